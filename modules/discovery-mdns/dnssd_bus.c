/* dnssd_bus.c - libdbus on the engine's loop, without its calls that wait.
   SPDX-License-Identifier: MIT */
#include "dnssd_bus.h"

#include <stdlib.h>

#define PATIENCE (10 * (vsc_ns)1000000000)
#define BATCH 64 /* messages of one turn: others want theirs */
/* What a found service's text records can be at most, and more. */
#define MESSAGE_BYTES (1 << 18)

/* D-Bus Specification, "Well-known Message Bus Instances". */
#define SYSTEM_BUS "unix:path=/var/run/dbus/system_bus_socket"

static void
pump(void *arg);

/* Soon, from the loop: not inside of libdbus, nor of who called it. */
static void
pump_soon(struct bus *b)
{
  if (!b->pump) {
    b->pump = b->host->timer(b->host, b->host->now(b->host), 0, pump, b);
  }
}

static void
break_off(struct bus *b)
{
  b->is_broken = true;
  pump_soon(b);
}

static void
pump(void *arg)
{
  struct bus *const b = arg;
  b->host->untimer(b->host, b->pump);
  b->pump = NULL;
  DBusDispatchStatus status = DBUS_DISPATCH_DATA_REMAINS;
  for (unsigned i = 0;
       i < BATCH && !b->is_broken && status == DBUS_DISPATCH_DATA_REMAINS;
       i++) {
    status = dbus_connection_dispatch(b->connection);
  }
  if (b->is_broken || status == DBUS_DISPATCH_NEED_MEMORY) {
    b->ended(b->arg);
  } else if (status == DBUS_DISPATCH_DATA_REMAINS) {
    pump_soon(b);
  }
}

static void
on_status(DBusConnection *connection, DBusDispatchStatus status, void *arg)
{
  (void)connection;
  if (status != DBUS_DISPATCH_COMPLETE) {
    pump_soon(arg);
  }
}

static void
on_socket(void *arg, uint32_t events)
{
  const struct bus_watch *const w = arg;
  struct bus *const b = w->bus; /* libdbus may take the watch away */
  const unsigned flags =
    (events & VSC_FD_READ ? DBUS_WATCH_READABLE : 0u) |
    (events & VSC_FD_WRITE ? DBUS_WATCH_WRITABLE : 0u) |
    (events & VSC_FD_ERROR ? DBUS_WATCH_ERROR | DBUS_WATCH_HANGUP : 0u);
  if (!dbus_watch_handle(w->watch, flags)) {
    break_off(b);
  }
}

/* As libdbus wants it now. */
static dbus_bool_t
arm(struct bus_watch *w)
{
  const vsc_host *const host = w->bus->host;
  const unsigned flags = dbus_watch_get_flags(w->watch);
  host->unwatch(host, w->at);
  w->at = NULL;
  if (!dbus_watch_get_enabled(w->watch)) {
    return TRUE;
  }
  w->at = host->watch(host,
                      dbus_watch_get_unix_fd(w->watch),
                      (flags & DBUS_WATCH_READABLE ? VSC_FD_READ : 0u) |
                        (flags & DBUS_WATCH_WRITABLE ? VSC_FD_WRITE : 0u),
                      on_socket,
                      w);
  return w->at != NULL;
}

static struct bus_watch *
row_of(struct bus *b, const DBusWatch *watch)
{
  for (unsigned i = 0; i < BUS_WATCHES; i++) {
    if (b->watches[i].watch == watch) {
      return &b->watches[i];
    }
  }
  return NULL;
}

static dbus_bool_t
on_watch(DBusWatch *watch, void *arg)
{
  struct bus_watch *const w = row_of(arg, NULL);
  if (!w) {
    return FALSE;
  }
  *w = (struct bus_watch){ .bus = arg, .watch = watch };
  return arm(w);
}

static void
on_toggled(DBusWatch *watch, void *arg)
{
  struct bus_watch *const w = row_of(arg, watch);
  if (w && !arm(w)) {
    break_off(arg);
  }
}

static void
on_unwatch(DBusWatch *watch, void *arg)
{
  struct bus_watch *const w = row_of(arg, watch);
  if (w) {
    w->bus->host->unwatch(w->bus->host, w->at);
    *w = (struct bus_watch){ .bus = NULL };
  }
}

static DBusHandlerResult
on_message(DBusConnection *connection, DBusMessage *message, void *arg)
{
  struct bus *const b = arg;
  (void)connection;
  if (dbus_message_is_signal(message, DBUS_INTERFACE_LOCAL, "Disconnected")) {
    break_off(b);
  } else if (dbus_message_get_type(message) == DBUS_MESSAGE_TYPE_SIGNAL) {
    b->signal(b->arg, message);
    return DBUS_HANDLER_RESULT_HANDLED;
  }
  return DBUS_HANDLER_RESULT_NOT_YET_HANDLED;
}

static void
on_hello(void *arg, DBusMessage *answer)
{
  struct bus *const b = arg;
  const char *name = NULL;
  if (!dbus_message_get_args(
        answer, NULL, DBUS_TYPE_STRING, &name, DBUS_TYPE_INVALID) ||
      !dbus_bus_set_unique_name(b->connection, name)) {
    break_off(b);
    return;
  }
  b->ready(b->arg);
}

vsc_status
bus_open(struct bus *b)
{
  const char *const named = getenv("DBUS_SYSTEM_BUS_ADDRESS");
  b->is_broken = false;
  b->waiting = 0;
  dbus_connection_set_change_sigpipe(FALSE); /* that is the engine's */
  /* A Unix socket, so connecting to it does not wait. */
  b->connection =
    dbus_connection_open_private(named && *named ? named : SYSTEM_BUS, NULL);
  if (!b->connection) {
    return VSC_ERR_SYSTEM;
  }
  dbus_connection_set_exit_on_disconnect(b->connection, FALSE);
  dbus_connection_set_max_message_size(b->connection, MESSAGE_BYTES);
  dbus_connection_set_dispatch_status_function(
    b->connection, on_status, b, NULL);
  if (!dbus_connection_add_filter(b->connection, on_message, b, NULL) ||
      !dbus_connection_set_watch_functions(
        b->connection, on_watch, on_unwatch, on_toggled, b, NULL)) {
    bus_close(b);
    return VSC_ERR_NOMEM;
  }
  b->hello.answered = on_hello;
  b->hello.arg = b;
  bus_ask(b,
          &b->hello,
          dbus_message_new_method_call(
            DBUS_SERVICE_DBUS, DBUS_PATH_DBUS, DBUS_INTERFACE_DBUS, "Hello"));
  return VSC_OK;
}

void
bus_close(struct bus *b)
{
  bus_forget(&b->hello);
  if (b->connection) {
    dbus_connection_set_dispatch_status_function(
      b->connection, NULL, NULL, NULL);
    dbus_connection_close(b->connection);
    dbus_connection_unref(b->connection);
    b->connection = NULL;
  }
  b->host->untimer(b->host, b->pump);
  b->pump = NULL;
}

static void
on_answer(DBusPendingCall *pending, void *arg)
{
  struct bus_call *const call = arg;
  DBusMessage *const answer = dbus_pending_call_steal_reply(pending);
  call->bus->waiting--;
  call->bus->since = call->bus->host->now(call->bus->host);
  call->pending = NULL;
  dbus_pending_call_unref(pending);
  if (answer) {
    call->answered(call->arg, answer);
    dbus_message_unref(answer);
  }
}

void
bus_ask(struct bus *b, struct bus_call *call, DBusMessage *message)
{
  bus_forget(call);
  call->bus = b;
  /* Without a limit of libdbus's: bus_is_stuck() judges that, and what was
     stopped may go on. */
  if (!b->connection || !message ||
      !dbus_connection_send_with_reply(
        b->connection, message, &call->pending, DBUS_TIMEOUT_INFINITE) ||
      !call->pending ||
      !dbus_pending_call_set_notify(call->pending, on_answer, call, NULL)) {
    break_off(b);
  }
  if (call->pending && b->waiting++ == 0) {
    b->since = b->host->now(b->host);
  }
  if (message) {
    dbus_message_unref(message);
  }
}

void
bus_forget(struct bus_call *call)
{
  if (call->pending) {
    call->bus->waiting--;
    dbus_pending_call_cancel(call->pending);
    dbus_pending_call_unref(call->pending);
    call->pending = NULL;
  }
}

void
bus_tell(struct bus *b, DBusMessage *message)
{
  if (message) {
    dbus_message_set_no_reply(message, TRUE);
  }
  if (!b->connection || !message ||
      !dbus_connection_send(b->connection, message, NULL)) {
    break_off(b);
  }
  if (message) {
    dbus_message_unref(message);
  }
}

const char *
bus_error(DBusMessage *answer)
{
  return dbus_message_get_type(answer) == DBUS_MESSAGE_TYPE_ERROR
           ? dbus_message_get_error_name(answer)
           : NULL;
}

bool
bus_is_stuck(const struct bus *b, vsc_ns now)
{
  return b->waiting > 0 && now - b->since > PATIENCE;
}
