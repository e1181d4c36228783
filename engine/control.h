/* control.h - the control socket: one JSON object per line in, one per line
   out.

   Request {"op": NAME, ...}; reply {"ok": true, ...} or {"ok": false, "error":
   "one sentence", "exit": 5}. A request's "id" (text or integer) comes back in
   its reply. Known to every socket:
     {"op": "help"}                                   what may be asked
     {"op": "subscribe", "what": OP, "interval_ms": N, ...}
                  the reply of OP to this request now and every N ms
   (50..60000); one per connection, the newest counts
     {"op": "unsubscribe"}
   Who may connect: our own user, root, members of the socket's group.
   SPDX-License-Identifier: MIT */
#ifndef VSC_ENGINE_CONTROL_H
#define VSC_ENGINE_CONTROL_H

#include "loop.h"
#include <jansson.h>
#include <stdbool.h>

#define CONTROL_LINE_MAX (64u << 10) /* bytes of a request */
/* Bytes waiting for one client: 256 streams with every bucket of their
 * histograms. */
#define CONTROL_REPLY_MAX (4u << 20)
#define CONTROL_DEPTH_MAX 16 /* of a request's JSON */
#define CONTROL_CONNECTIONS_MAX 32

struct control;
struct log;

/** Why a request failed. */
struct control_error {
  int exit;       /* of the command that asked: INTERFACE.md; 1 unless set */
  char text[512]; /* one sentence, lower case, no full stop */
};

/** Answer REQUEST (an object, borrowed) with a new object, which the caller
    owns, or NULL after control_fail. [main-thread] */
typedef json_t *
control_handler(void *context,
                const json_t *request,
                struct control_error *error);

/** A row of what can be asked; a NULL name ends the table. */
struct control_op {
  const char *name;
  control_handler *handler;
  const char *help; /* one line */
  bool is_query;    /* changes nothing: may be subscribed to */
};

/** For handlers: `return control_fail(error, 5, "no stream \"%s\"", name);` */
json_t *
control_fail(struct control_error *error, int exit, const char *fmt, ...)
  VSC_PRINTF(3, 4);

/** Listen at PATH (runtime_socket_path). OPS and CONTEXT outlive it. The socket
    of a dead engine is replaced. VSC_ERR_REFUSED: an engine lives there;
    VSC_ERR_SYSTEM: no permission, no folder; either is logged. [main-thread] */
vsc_status
control_create(struct loop *loop,
               struct os *os,
               const char *path,
               const struct control_op *ops,
               void *context,
               struct log *log,
               struct control **out);
/** Members of GROUP may connect, too, instead of those of our own. Logged when
   it fails. [main-thread] */
vsc_status
control_share(struct control *control, uint32_t group);
/** Drops every client and removes the socket. NULL is fine. [main-thread] */
void
control_destroy(struct control *control);
/** Clients connected now. [main-thread] */
unsigned
control_clients(const struct control *control);

/** One request line (no newline) to one reply object, never NULL unless memory
    is out; pure but for the handler. Subscriptions are the socket's: it is
    refused here. [main-thread] */
json_t *
control_answer(const struct control_op *ops,
               void *context,
               const char *line,
               size_t bytes);

#endif
