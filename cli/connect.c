/* connect.c - the client of the control socket: finds it, asks, waits.
   SPDX-License-Identifier: MIT */
#include "connect.h"
#include "engine/control_sock.h"
#include "engine/runtime_dir.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* An engine that needs longer hangs: it answers from its main loop. */
#define TIMEOUT_MS 10000
#define REPLY_MAX (8u << 20)

struct connection {
  const struct cli *cli;
  int fd;
  char *bytes;
  size_t used, size;
};

static int
no_engine(const struct cli *cli)
{
  const bool is_default = strcmp(cli->instance, "default") == 0;
  return cli_fail(cli,
                  CLI_NO_ENGINE,
                  "no engine runs as instance \"%s\"; start one with: aes67 "
                  "run low-latency%s%s",
                  cli->instance,
                  is_default ? "" : " --instance ",
                  is_default ? "" : cli->instance);
}

static int
connect_socket(const struct cli *cli, int *fd)
{
  struct runtime_places places;
  char path[RUNTIME_DIR_BYTES];
  char why[512];
  runtime_places_read(&places);
  const vsc_status found = runtime_find(
    &places, cli->runtime_dir, cli->instance, NULL, path, why, sizeof why);
  if (found == VSC_ERR_NOT_FOUND) {
    return no_engine(cli);
  }
  if (found < 0) {
    return cli_fail(cli, CLI_FAILED, "%s", why);
  }
  switch (control_sock_connect(path, fd)) {
    case VSC_OK:
      return CLI_OK;
    case VSC_ERR_NOT_FOUND:
      return no_engine(cli);
    case VSC_ERR_REFUSED:
      return cli_fail(cli,
                      CLI_FAILED,
                      "not permitted to talk to the engine at \"%s\"; join the "
                      "group of that socket",
                      path);
    case VSC_ERR_AGAIN:
      return cli_fail(
        cli, CLI_FAILED, "the engine at \"%s\" does not answer", path);
    default:
      return cli_fail(
        cli, CLI_FAILED, "cannot connect to \"%s\": %s", path, strerror(errno));
  }
}

int
connection_open(const struct cli *cli, struct connection **out)
{
  int fd = -1;
  const int code = connect_socket(cli, &fd);
  if (code != CLI_OK) {
    return code;
  }
  struct connection *const c = calloc(1, sizeof *c);
  if (!c) {
    close(fd);
    return cli_fail(cli, CLI_FAILED, "no memory left");
  }
  c->cli = cli;
  c->fd = fd;
  *out = c;
  return CLI_OK;
}

void
connection_close(struct connection *connection)
{
  if (connection) {
    close(connection->fd);
    free(connection->bytes);
    free(connection);
  }
}

/* CLI_OK when the descriptor is ready for EVENTS. */
static int
wait_for(const struct connection *c, short events)
{
  struct pollfd poll_fd = { .fd = c->fd, .events = events };
  int ready;
  do {
    ready = poll(&poll_fd, 1, TIMEOUT_MS);
  } while (ready < 0 && errno == EINTR);
  return ready > 0 ? CLI_OK
                   : cli_fail(c->cli,
                              CLI_FAILED,
                              "the engine has not answered for %d s",
                              TIMEOUT_MS / 1000);
}

static int
gone(const struct connection *c)
{
  return cli_fail(c->cli,
                  CLI_NO_ENGINE,
                  "the engine of instance \"%s\" has ended",
                  c->cli->instance);
}

static int
send_text(const struct connection *c, const char *text, size_t bytes)
{
  while (bytes > 0) {
    const ssize_t n = control_sock_send(c->fd, text, bytes);
    if (n > 0) {
      text += n;
      bytes -= (size_t)n;
    } else if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) {
      return gone(c);
    } else if (wait_for(c, POLLOUT) != CLI_OK) {
      return CLI_FAILED;
    }
  }
  return CLI_OK;
}

/* More bytes behind those there are. */
static int
receive(struct connection *c)
{
  if (c->used == c->size) {
    const size_t size = c->size ? c->size * 2 : 16384;
    char *const bytes = size <= REPLY_MAX ? realloc(c->bytes, size) : NULL;
    if (!bytes) {
      return cli_fail(c->cli, CLI_FAILED, "the engine's reply is too long");
    }
    c->bytes = bytes;
    c->size = size;
  }
  for (;;) {
    const ssize_t n =
      control_sock_receive(c->fd, c->bytes + c->used, c->size - c->used);
    if (n > 0) {
      c->used += (size_t)n;
      return CLI_OK;
    }
    if (n == 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)) {
      return gone(c);
    }
    if (wait_for(c, POLLIN) != CLI_OK) {
      return CLI_FAILED;
    }
  }
}

/* One line to its object; refusals are printed. Takes WHOLE over. */
static int
unwrap(const struct connection *c, json_t *whole, json_t **reply)
{
  if (!json_is_object(whole)) {
    json_decref(whole);
    return cli_fail(c->cli,
                    CLI_FAILED,
                    "the engine's reply is no JSON; is it the same "
                    "version? see: aes67 version");
  }
  if (json_is_true(json_object_get(whole, "ok"))) {
    json_object_del(whole, "ok");
    *reply = whole;
    return CLI_OK;
  }
  const char *const error = json_string_value(json_object_get(whole, "error"));
  const json_int_t code = json_integer_value(json_object_get(whole, "exit"));
  const int exit =
    code >= CLI_FAILED && code <= CLI_NOT_FOUND ? (int)code : CLI_FAILED;
  cli_fail(c->cli, exit, "%s", error ? error : "the engine refused");
  json_decref(whole);
  return exit;
}

int
connection_next(struct connection *connection, json_t **reply)
{
  struct connection *const c = connection;
  size_t seen = 0;
  char *end = NULL;
  while (
    !(end = c->used ? memchr(c->bytes + seen, '\n', c->used - seen) : NULL)) {
    seen = c->used;
    const int code = receive(c);
    if (code != CLI_OK) {
      return code;
    }
  }
  const size_t line = (size_t)(end - c->bytes);
  json_t *const whole = json_loadb(c->bytes, line, 0, NULL);
  c->used -= line + 1;
  memmove(c->bytes, end + 1, c->used);
  return unwrap(c, whole, reply);
}

int
connection_call(struct connection *connection, json_t *request, json_t **reply)
{
  char *const text = json_dumps(request, JSON_COMPACT);
  json_decref(request);
  if (!text) {
    return cli_fail(
      connection->cli, CLI_USAGE, "what was typed is not UTF-8 text");
  }
  int code = send_text(connection, text, strlen(text));
  free(text);
  if (code == CLI_OK) {
    code = send_text(connection, "\n", 1);
  }
  return code == CLI_OK ? connection_next(connection, reply) : code;
}

int
connection_check(const struct connection *connection)
{
  /* Nobody asked anything: what is readable is the end. */
  struct pollfd poll_fd = { .fd = connection->fd, .events = POLLIN };
  return poll(&poll_fd, 1, 0) > 0 ? gone(connection) : CLI_OK;
}

int
connect_call(const struct cli *cli, json_t *request, json_t **reply)
{
  struct connection *connection = NULL;
  int code = connection_open(cli, &connection);
  if (code == CLI_OK) {
    code = connection_call(connection, request, reply);
  } else {
    json_decref(request);
  }
  connection_close(connection);
  return code;
}

int
connect_ask(const struct cli *cli, const char *op, json_t **reply)
{
  return connect_call(cli, json_pack("{s:s}", "op", op), reply);
}
