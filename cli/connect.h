/* connect.h - the client of the control socket.
   SPDX-License-Identifier: MIT */
#ifndef VSC_CLI_CONNECT_H
#define VSC_CLI_CONNECT_H

#include "cli.h"
#include <jansson.h>

struct connection;

/** To the engine that runs as cli->instance. CLI_OK, or the exit code after a
    message. */
int
connection_open(const struct cli *cli, struct connection **out);
void
connection_close(struct connection *connection);
/** Ask and wait for the answer; takes REQUEST over. CLI_OK and a new object
    without "ok", or the exit code after a message. */
int
connection_call(struct connection *connection, json_t *request, json_t **reply);
/** The next pushed object of a subscription, begun by connection_call. */
int
connection_next(struct connection *connection, json_t **reply);

/** Is the engine still there? CLI_OK, or the exit code after a message. Between
    calls, when nothing is subscribed. */
int
connection_check(const struct connection *connection);

/** open, call, close. */
int
connect_call(const struct cli *cli, json_t *request, json_t **reply);
/** The same with a request that is nothing but its OP. */
int
connect_ask(const struct cli *cli, const char *op, json_t **reply);

#endif
