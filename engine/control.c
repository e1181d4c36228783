/* control.c - the control socket's server: accepts clients, cuts their bytes
   into lines, queues replies, repeats subscriptions. Everything a client can
   make it hold is bounded.
   SPDX-License-Identifier: MIT */
#include "control.h"
#include "control_sock.h"
#include "control_text.h"
#include "log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* When there is no descriptor left, connections wait this long. */
#define ACCEPT_PAUSE 1000000000
#define INTERVAL_MIN_MS 50
#define INTERVAL_MAX_MS 60000

struct client {
  struct control *control;
  struct vsc_watch *watch;
  uint32_t events; /* what is watched */
  int fd;
  bool has_ended; /* sends no more; gone when it has its replies */
  size_t in_bytes;
  char *out; /* grows to CONTROL_REPLY_MAX */
  size_t out_bytes, out_size;
  json_t *subscription; /* the request, or NULL */
  struct vsc_timer *timer;
  char in[CONTROL_LINE_MAX];
};

struct control {
  struct loop *loop;
  struct os *os;
  const struct control_op *ops;
  void *context;
  struct log *log;
  char *path;
  gid_t gid;
  int fd;
  struct vsc_watch *watch;
  struct vsc_timer *pause;
  struct client *clients[CONTROL_CONNECTIONS_MAX];
};

static void
client_event(void *arg, uint32_t events);

static void
unsubscribe(struct client *c)
{
  loop_untimer(c->control->loop, c->timer);
  c->timer = NULL;
  json_decref(c->subscription);
  c->subscription = NULL;
}

static void
drop(struct client *c)
{
  struct control *const control = c->control;
  unsubscribe(c);
  loop_unwatch(control->loop, c->watch);
  close(c->fd);
  for (unsigned i = 0; i < CONTROL_CONNECTIONS_MAX; i++) {
    if (control->clients[i] == c) {
      control->clients[i] = NULL;
    }
  }
  free(c->out);
  free(c);
}

/* Every function below that answers a bool says: the client is still there. */

static bool
watch_for(struct client *c, uint32_t events)
{
  if (c->watch && c->events == events) {
    return true;
  }
  loop_unwatch(c->control->loop, c->watch);
  c->events = events;
  c->watch = loop_watch(c->control->loop, c->fd, events, client_event, c);
  if (!c->watch) {
    drop(c);
    return false;
  }
  return true;
}

/* Send what the socket takes. */
static bool
flush(struct client *c)
{
  size_t sent = 0;
  while (sent < c->out_bytes) {
    const ssize_t n =
      control_sock_send(c->fd, c->out + sent, c->out_bytes - sent);
    if (n > 0) {
      sent += (size_t)n;
    } else if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
      break;
    } else if (n == 0 || errno != EINTR) {
      drop(c);
      return false;
    }
  }
  c->out_bytes -= sent;
  if (c->out_bytes > 0) {
    memmove(c->out, c->out + sent, c->out_bytes);
  } else if (c->has_ended) {
    drop(c);
    return false;
  }
  return watch_for(
    c, (c->has_ended ? 0 : VSC_FD_READ) | (c->out_bytes ? VSC_FD_WRITE : 0));
}

static bool
need(struct client *c, size_t bytes)
{
  if (bytes > CONTROL_REPLY_MAX) {
    log_write(c->control->log,
              VSC_LOG_WARN,
              "control",
              "a client that does not read its replies was dropped");
    return false;
  }
  if (bytes <= c->out_size) {
    return true;
  }
  size_t size = c->out_size ? c->out_size : 4096;
  while (size < bytes) {
    size *= 2;
  }
  char *const out = realloc(c->out, size);
  if (out) {
    c->out = out;
    c->out_size = size;
  }
  return out != NULL;
}

/* Queue REPLY and take it over. */
static bool
send_reply(struct client *c, json_t *reply)
{
  const size_t bytes = json_dumpb(reply, NULL, 0, JSON_COMPACT);
  if (bytes == 0 || !need(c, c->out_bytes + bytes + 1)) {
    json_decref(reply);
    drop(c);
    return false;
  }
  json_dumpb(reply, c->out + c->out_bytes, bytes, JSON_COMPACT);
  json_decref(reply);
  c->out_bytes += bytes;
  c->out[c->out_bytes++] = '\n';
  return flush(c);
}

/* A push. A reader that has not taken the last one misses this one. */
static void
push(void *arg)
{
  struct client *const c = arg;
  const struct control *const control = c->control;
  if (c->out_bytes > 0) {
    return;
  }
  struct control_error error = { .exit = 1 };
  const char *const what =
    json_string_value(json_object_get(c->subscription, "what"));
  const struct control_op *const op = control_find(control->ops, what, &error);
  send_reply(c, control_perform(op, control->context, c->subscription));
}

/* The subscribed row, or NULL with ERROR filled. */
static const struct control_op *
check_subscription(const struct control *control,
                   const json_t *request,
                   int64_t *interval_ms,
                   struct control_error *error)
{
  const char *const what = json_string_value(json_object_get(request, "what"));
  if (!what) {
    control_fail(error, 2, "subscribe needs a text \"what\"");
    return NULL;
  }
  const struct control_op *const op = control_find(control->ops, what, error);
  if (!op) {
    return NULL;
  }
  if (!op->is_query) {
    control_fail(
      error, 2, "\"%s\" changes something; nobody may subscribe to it", what);
    return NULL;
  }
  const json_t *const interval = json_object_get(request, "interval_ms");
  *interval_ms = interval ? json_integer_value(interval) : 1000;
  if (*interval_ms < INTERVAL_MIN_MS || *interval_ms > INTERVAL_MAX_MS) {
    control_fail(error,
                 2,
                 "interval_ms is not a number in %d..%d",
                 INTERVAL_MIN_MS,
                 INTERVAL_MAX_MS);
    return NULL;
  }
  return op;
}

static json_t *
subscribe(struct client *c, json_t *request)
{
  struct control *const control = c->control;
  struct control_error error = { .exit = 1 };
  int64_t interval_ms = 0;
  const struct control_op *const op =
    check_subscription(control, request, &interval_ms, &error);
  if (!op) {
    return control_refusal(&error, request);
  }
  json_t *const reply = control_perform(op, control->context, request);
  if (!json_is_true(json_object_get(reply, "ok"))) {
    return reply;
  }
  const vsc_ns period = interval_ms * 1000000;
  unsubscribe(c);
  c->timer = loop_timer(
    control->loop, control->os->now(control->os) + period, period, push, c);
  if (!c->timer) {
    json_decref(reply);
    control_fail(&error, 1, "no memory left");
    return control_refusal(&error, request);
  }
  c->subscription = json_incref(request);
  return reply;
}

static bool
answer(struct client *c, const char *line, size_t bytes)
{
  struct control_error error = { .exit = 1 };
  json_t *const request = control_parse(line, bytes, &error);
  if (!request) {
    return send_reply(c, control_refusal(&error, NULL));
  }
  const char *const name = json_string_value(json_object_get(request, "op"));
  json_t *reply;
  if (strcmp(name, "subscribe") == 0) {
    reply = subscribe(c, request);
  } else if (strcmp(name, "unsubscribe") == 0) {
    unsubscribe(c);
    reply = control_success(json_object(), request);
  } else {
    reply = control_dispatch(c->control->ops, c->control->context, request);
  }
  json_decref(request);
  return send_reply(c, reply);
}

/* Answer every whole line in the buffer; the rest moves to its front. */
static bool
answer_lines(struct client *c, size_t from)
{
  size_t begin = 0;
  for (char *end;
       (end = memchr(c->in + from, '\n', c->in_bytes - from)) != NULL;) {
    const size_t next = (size_t)(end - c->in) + 1;
    if (next - begin > 1 && !answer(c, c->in + begin, next - begin - 1)) {
      return false;
    }
    begin = from = next;
  }
  c->in_bytes -= begin;
  memmove(c->in, c->in + begin, c->in_bytes);
  return true;
}

static bool
receive(struct client *c)
{
  const size_t had = c->in_bytes;
  const ssize_t n =
    control_sock_receive(c->fd, c->in + had, sizeof c->in - had);
  if (n < 0) {
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) {
      return true;
    }
    drop(c);
    return false;
  }
  if (n == 0) {
    c->has_ended = true;
    return flush(c);
  }
  c->in_bytes += (size_t)n;
  if (!answer_lines(c, had)) {
    return false;
  }
  if (c->in_bytes == sizeof c->in) {
    struct control_error error;
    control_fail(&error, 2, "the line is longer than %u", CONTROL_LINE_MAX);
    c->has_ended = true;
    return send_reply(c, control_refusal(&error, NULL));
  }
  return true;
}

static void
client_event(void *arg, uint32_t events)
{
  struct client *const c = arg;
  if ((events & VSC_FD_WRITE) && !flush(c)) {
    return;
  }
  if ((events & VSC_FD_READ) && !c->has_ended) {
    receive(c);
  } else if (events & VSC_FD_ERROR) {
    drop(c);
  }
}

static void
refuse(int fd)
{
  static const char full[] =
    "{\"ok\":false,\"error\":\"too many clients are connected\",\"exit\":1}\n";
  (void)!control_sock_send(fd, full, sizeof full - 1);
  close(fd);
}

static void
admit(struct control *control, int fd)
{
  unsigned i = 0;
  while (i < CONTROL_CONNECTIONS_MAX && control->clients[i]) {
    i++;
  }
  struct client *const c =
    i < CONTROL_CONNECTIONS_MAX ? calloc(1, sizeof *c) : NULL;
  if (!c) {
    refuse(fd);
    return;
  }
  c->control = control;
  c->fd = fd;
  control->clients[i] = c;
  watch_for(c, VSC_FD_READ);
}

static void
resume(void *arg);

static void
listener_event(void *arg, uint32_t events)
{
  struct control *const control = arg;
  (void)events;
  int fd = -1;
  const vsc_status accepted =
    control_sock_accept(control->fd, control->gid, &fd);
  if (accepted == VSC_OK) {
    admit(control, fd);
  } else if (accepted == VSC_ERR_SYSTEM) {
    /* No descriptor is left and the listener stays readable: do not spin. */
    log_write(control->log,
              VSC_LOG_WARN,
              "control",
              "cannot accept a client: %s",
              strerror(errno));
    loop_unwatch(control->loop, control->watch);
    control->watch = NULL;
    loop_untimer(control->loop, control->pause);
    control->pause = loop_timer(control->loop,
                                control->os->now(control->os) + ACCEPT_PAUSE,
                                0,
                                resume,
                                control);
  }
}

static void
resume(void *arg)
{
  struct control *const control = arg;
  control->watch = loop_watch(
    control->loop, control->fd, VSC_FD_READ, listener_event, control);
}

vsc_status
control_create(struct loop *loop,
               struct os *os,
               const char *path,
               const struct control_op *ops,
               void *context,
               struct log *log,
               struct control **out)
{
  char why[512] = "no memory left";
  int fd = -1;
  const vsc_status listening = control_sock_listen(path, &fd, why, sizeof why);
  if (listening < 0) {
    log_write(log, VSC_LOG_ERROR, "control", "%s", why);
    return listening;
  }
  struct control *const control = calloc(1, sizeof *control);
  struct stat st;
  if (!control || stat(path, &st) || !(control->path = strdup(path))) {
    log_write(log, VSC_LOG_ERROR, "control", "%s", why);
    free(control);
    close(fd);
    unlink(path);
    return VSC_ERR_NOMEM;
  }
  control->loop = loop;
  control->os = os;
  control->ops = ops;
  control->context = context;
  control->log = log;
  control->gid = st.st_gid;
  control->fd = fd;
  resume(control);
  if (!control->watch) {
    log_write(log, VSC_LOG_ERROR, "control", "%s", why);
    control_destroy(control);
    return VSC_ERR_NOMEM;
  }
  *out = control;
  return VSC_OK;
}

vsc_status
control_share(struct control *control, uint32_t group)
{
  if (chown(control->path, (uid_t)-1, (gid_t)group)) {
    log_write(control->log,
              VSC_LOG_ERROR,
              "control",
              "cannot give \"%s\" to group %lu: %s",
              control->path,
              (unsigned long)group,
              strerror(errno));
    return VSC_ERR_SYSTEM;
  }
  control->gid = (gid_t)group;
  return VSC_OK;
}

void
control_destroy(struct control *control)
{
  if (!control) {
    return;
  }
  for (unsigned i = 0; i < CONTROL_CONNECTIONS_MAX; i++) {
    if (control->clients[i]) {
      drop(control->clients[i]);
    }
  }
  loop_unwatch(control->loop, control->watch);
  loop_untimer(control->loop, control->pause);
  close(control->fd);
  unlink(control->path);
  free(control->path);
  free(control);
}

unsigned
control_clients(const struct control *control)
{
  unsigned count = 0;
  for (unsigned i = 0; i < CONTROL_CONNECTIONS_MAX; i++) {
    count += control->clients[i] != NULL;
  }
  return count;
}
