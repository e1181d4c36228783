/* dnssd_avahi.c - DNS-SD by avahi-daemon, over D-Bus: whether it is there,
   whether it answers, and beginning anew when it comes back.
   SPDX-License-Identifier: MIT */
#include "dnssd_avahi.h"

#include <net/if.h>
#include <stdio.h>
#include <string.h>

#define TICK (5 * (vsc_ns)1000000000)
#define BUS_RULE                                                               \
  "type='signal',sender='" DBUS_SERVICE_DBUS                                   \
  "',interface='" DBUS_INTERFACE_DBUS                                          \
  "',member='NameOwnerChanged',arg0='" AVAHI "'"
#define STATE_RULE                                                             \
  "type='signal',sender='" AVAHI "',interface='" AVAHI_SERVER                  \
  "',member='StateChanged'"

DBusMessage *
dnssd_method(const char *path, const char *interface, const char *method)
{
  DBusMessage *const m =
    dbus_message_new_method_call(AVAHI, path, interface, method);
  if (m) {
    dbus_message_set_auto_start(m, FALSE); /* who runs it is not our matter */
  }
  return m;
}

bool
dnssd_path(DBusMessage *answer, char out[DNSSD_PATH_BYTES])
{
  const char *path = NULL;
  if (bus_error(answer) ||
      !dbus_message_get_args(
        answer, NULL, DBUS_TYPE_OBJECT_PATH, &path, DBUS_TYPE_INVALID) ||
      strlen(path) >= DNSSD_PATH_BYTES) {
    return false;
  }
  snprintf(out, DNSSD_PATH_BYTES, "%s", path);
  return true;
}

void
dnssd_free(struct dnssd *d, const char *interface, char path[DNSSD_PATH_BYTES])
{
  if (path[0]) {
    bus_tell(&d->bus, dnssd_method(path, interface, "Free"));
    path[0] = '\0';
  }
}

static const char *
sentence(enum dnssd_phase phase)
{
  switch (phase) {
    case DNSSD_NO_INTERFACE:
      return "no network: nobody is found or told by DNS-SD";
    case DNSSD_NO_BUS:
      return "there is no D-Bus: nobody is found or told by DNS-SD until "
             "avahi-daemon runs";
    case DNSSD_NO_DAEMON:
      return "avahi-daemon does not run: nobody is found or told by DNS-SD "
             "until it does";
    case DNSSD_STUCK:
      return "avahi-daemon does not answer: what DNS-SD knew stays";
    case DNSSD_STARTING:
      return "avahi-daemon is starting";
    case DNSSD_RUNNING:
      return "DNS-SD by avahi-daemon";
  }
  return "";
}

/* Most who have no avahi-daemon want none; one that hangs is another matter. */
static int
level_of(const struct dnssd *d, enum dnssd_phase phase)
{
  switch (phase) {
    case DNSSD_NO_INTERFACE:
    case DNSSD_STARTING:
      return VSC_LOG_DEBUG;
    case DNSSD_NO_BUS:
    case DNSSD_NO_DAEMON:
      return VSC_LOG_INFO;
    case DNSSD_STUCK:
      return VSC_LOG_WARN;
    case DNSSD_RUNNING:
      return d->has_complained ? VSC_LOG_INFO : VSC_LOG_DEBUG;
  }
  return VSC_LOG_INFO;
}

/* Said once for each way to be. */
static void
enter(struct dnssd *d, enum dnssd_phase phase)
{
  if (phase != d->phase) {
    const int level = level_of(d, phase);
    d->phase = phase;
    d->host->log(d->host, level, "%s", sentence(phase));
    d->has_complained =
      phase != DNSSD_RUNNING && (d->has_complained || level < VSC_LOG_DEBUG);
  }
}

static void
lose_daemon(struct dnssd *d)
{
  bus_forget(&d->owner_call);
  bus_forget(&d->state_call);
  d->owner[0] = '\0';
  d->is_running = false;
  browse_lost(d);
  publish_lost(d);
}

/* A host name that is taken or new: what we tell goes with it. */
static void
take_state(struct dnssd *d, dbus_int32_t state)
{
  const bool was_running = d->is_running;
  d->is_running = state == AVAHI_RUNNING;
  enter(d, d->is_running ? DNSSD_RUNNING : DNSSD_STARTING);
  if (d->is_running && !was_running) {
    if (!d->browser[0] && !d->browse_call.pending) {
      browse_start(d);
    }
    publish_start(d);
  }
}

static void
on_state(void *arg, DBusMessage *answer)
{
  dbus_int32_t state;
  if (!bus_error(answer) &&
      dbus_message_get_args(
        answer, NULL, DBUS_TYPE_INT32, &state, DBUS_TYPE_INVALID)) {
    take_state(arg, state);
  }
}

static void
meet_daemon(struct dnssd *d, const char *owner)
{
  if (strlen(owner) >= sizeof d->owner) {
    return;
  }
  strcpy(d->owner, owner);
  enter(d, DNSSD_STARTING);
  d->state_call.answered = on_state;
  d->state_call.arg = d;
  bus_ask(&d->bus, &d->state_call, dnssd_method("/", AVAHI_SERVER, "GetState"));
}

static void
on_owner(void *arg, DBusMessage *answer)
{
  struct dnssd *const d = arg;
  const char *owner;
  if (!bus_error(answer) &&
      dbus_message_get_args(
        answer, NULL, DBUS_TYPE_STRING, &owner, DBUS_TYPE_INVALID)) {
    meet_daemon(d, owner);
  } else {
    enter(d, DNSSD_NO_DAEMON);
  }
}

static DBusMessage *
bus_method(const char *method, const char *text)
{
  DBusMessage *const m = dbus_message_new_method_call(
    DBUS_SERVICE_DBUS, DBUS_PATH_DBUS, DBUS_INTERFACE_DBUS, method);
  if (m) {
    dbus_message_append_args(m, DBUS_TYPE_STRING, &text, DBUS_TYPE_INVALID);
  }
  return m;
}

static void
on_ready(void *arg)
{
  struct dnssd *const d = arg;
  bus_tell(&d->bus, bus_method("AddMatch", BUS_RULE));
  bus_tell(&d->bus, bus_method("AddMatch", STATE_RULE));
  d->owner_call.answered = on_owner;
  d->owner_call.arg = d;
  bus_ask(&d->bus, &d->owner_call, bus_method("GetNameOwner", AVAHI));
}

static void
on_owner_changed(struct dnssd *d, DBusMessage *message)
{
  const char *name, *before, *after;
  if (!dbus_message_get_args(message,
                             NULL,
                             DBUS_TYPE_STRING,
                             &name,
                             DBUS_TYPE_STRING,
                             &before,
                             DBUS_TYPE_STRING,
                             &after,
                             DBUS_TYPE_INVALID) ||
      strcmp(name, AVAHI) != 0 || strcmp(after, d->owner) == 0) {
    return;
  }
  lose_daemon(d);
  if (*after) {
    meet_daemon(d, after);
  } else {
    enter(d, DNSSD_NO_DAEMON);
  }
}

/* Others on the bus may send signals, too: avahi-daemon's are meant. */
static void
on_signal(void *arg, DBusMessage *message)
{
  struct dnssd *const d = arg;
  dbus_int32_t state;
  if (dbus_message_has_sender(message, DBUS_SERVICE_DBUS)) {
    if (dbus_message_is_signal(
          message, DBUS_INTERFACE_DBUS, "NameOwnerChanged")) {
      on_owner_changed(d, message);
    }
  } else if (!d->owner[0] || !dbus_message_has_sender(message, d->owner)) {
    return;
  } else if (dbus_message_is_signal(message, AVAHI_SERVER, "StateChanged")) {
    if (dbus_message_get_args(
          message, NULL, DBUS_TYPE_INT32, &state, DBUS_TYPE_INVALID)) {
      take_state(d, state);
    }
  } else {
    browse_signal(d, message);
    publish_signal(d, message);
  }
}

static void
connect_bus(struct dnssd *d)
{
  if (bus_open(&d->bus) < 0) {
    enter(d, DNSSD_NO_BUS);
  }
}

static void
on_ended(void *arg)
{
  struct dnssd *const d = arg;
  lose_daemon(d);
  bus_close(&d->bus);
  enter(d, DNSSD_NO_BUS);
}

/* An interface that went and came has another number. */
static void
follow_interface(struct dnssd *d)
{
  const int32_t index = (int32_t)if_nametoindex(d->about.name);
  if (index == 0 || index == d->index || !d->is_running) {
    return;
  }
  browse_lost(d);
  d->index = index;
  browse_start(d);
  publish_start(d);
}

static void
on_tick(void *arg)
{
  struct dnssd *const d = arg;
  const vsc_ns now = d->host->now(d->host);
  if (!d->bus.connection) {
    connect_bus(d);
  } else if (bus_is_stuck(&d->bus, now)) {
    enter(d, DNSSD_STUCK);
  } else if (d->is_running) {
    enter(d, DNSSD_RUNNING);
    follow_interface(d);
    publish_tick(d);
  }
  browse_tick(d, now);
}

vsc_status
dnssd_open(const vsc_host *host,
           const struct dnssd_sink *sink,
           struct dnssd **out)
{
  struct dnssd *const d = host->alloc(host, sizeof *d);
  *out = d;
  if (!d) {
    return VSC_ERR_NOMEM;
  }
  d->host = host;
  d->sink = *sink;
  d->bus = (struct bus){ .host = host,
                         .ready = on_ready,
                         .signal = on_signal,
                         .ended = on_ended,
                         .arg = d };
  d->too_many = host->counter(host, "too_many");
  d->malformed = host->counter(host, "malformed");
  d->about.size = sizeof d->about;
  d->forget_at = INT64_MAX;
  d->phase = DNSSD_STARTING;
  const vsc_net *const net = host->net;
  if (net->about(net, &d->about) >= 0) {
    d->index = (int32_t)if_nametoindex(d->about.name);
  }
  /* A simulated one is none of the system's, and loopback has no neighbours. */
  if (d->index == 0 || net->address(net) >> 24 == 127) {
    enter(d, DNSSD_NO_INTERFACE);
    return VSC_OK;
  }
  d->tick = host->timer(host, host->now(host) + TICK, TICK, on_tick, d);
  browse_lost(d);
  connect_bus(d);
  return d->tick ? VSC_OK : VSC_ERR_NOMEM;
}

/* Our name on the bus goes, and all that avahi-daemon has of us with it. */
void
dnssd_close(struct dnssd *d)
{
  if (d) {
    d->sink = (struct dnssd_sink){ .arg = NULL };
    lose_daemon(d);
    bus_close(&d->bus);
    d->host->untimer(d->host, d->tick);
  }
}
