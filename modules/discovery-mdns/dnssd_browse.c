/* dnssd_browse.c - sessions of others: from the browser's name to the
   resolver's address. Whatever avahi-daemon says comes from the network.
   SPDX-License-Identifier: MIT */
#include "dnssd_avahi.h"

#include "modules/shared/address.h"
#include "modules/shared/rtsp_url.h"

#include <stdio.h>
#include <string.h>

#define SECOND (vsc_ns)1000000000
/* A host's records live so long (RFC 6762, 10). */
#define STALE_NS (120 * SECOND)
/* Who is still there has answered a new daemon by then. */
#define RETURN_NS (15 * SECOND)
/* Who moves more often than that is asked again at the next tick. */
#define MOVE_NS (4 * SECOND)
#define BUDGET 256
#define BUDGET_TICK 64

static struct found *
find(struct dnssd *d, const char *name)
{
  for (unsigned i = 0; i < DNSSD_FOUND; i++) {
    if (strcmp(d->found[i].name, name) == 0 && !d->found[i].is_gone) {
      return &d->found[i];
    }
  }
  return NULL;
}

static void
drop(struct found *f)
{
  struct dnssd *const d = f->dnssd;
  if (f->is_told) {
    f->is_told = false;
    d->host->log(
      d->host, VSC_LOG_DEBUG, "DNS-SD has \"%s\" no longer", f->name);
    d->sink.lost(d->sink.arg, f->name);
  }
  if (f->call.pending) {
    f->is_gone = true;
    return;
  }
  dnssd_free(d, AVAHI_RESOLVER, f->path);
  *f = (struct found){ .port = 0 };
}

static void
on_resolver(void *arg, DBusMessage *answer)
{
  struct found *const f = arg;
  dnssd_path(answer, f->path); /* if not: again, at the next tick */
  if (f->is_gone) {
    drop(f);
  }
}

/* One that goes on: a session may move. */
static void
resolve(struct found *f)
{
  struct dnssd *const d = f->dnssd;
  if (d->budget == 0) {
    return;
  }
  d->budget--;
  DBusMessage *const m = dnssd_method("/", AVAHI_SERVER, "ServiceResolverNew");
  const dbus_int32_t protocol = AVAHI_IPV4;
  const dbus_uint32_t flags = 0;
  const char *const name = f->name, *const type = RTSP_TYPE,
                    *const domain = DOMAIN_LOCAL;
  if (m) {
    dbus_message_append_args(m,
                             DBUS_TYPE_INT32,
                             &d->index,
                             DBUS_TYPE_INT32,
                             &protocol,
                             DBUS_TYPE_STRING,
                             &name,
                             DBUS_TYPE_STRING,
                             &type,
                             DBUS_TYPE_STRING,
                             &domain,
                             DBUS_TYPE_INT32,
                             &protocol,
                             DBUS_TYPE_UINT32,
                             &flags,
                             DBUS_TYPE_INVALID);
  }
  f->call.answered = on_resolver;
  f->call.arg = f;
  bus_ask(&d->bus, &f->call, m);
}

/* The name of an item that is where we look, and not ours; or NULL. */
static const char *
item_name(struct dnssd *d, DBusMessage *message)
{
  dbus_int32_t index, protocol;
  const char *name, *type, *domain;
  dbus_uint32_t flags;
  if (!dbus_message_get_args(message,
                             NULL,
                             DBUS_TYPE_INT32,
                             &index,
                             DBUS_TYPE_INT32,
                             &protocol,
                             DBUS_TYPE_STRING,
                             &name,
                             DBUS_TYPE_STRING,
                             &type,
                             DBUS_TYPE_STRING,
                             &domain,
                             DBUS_TYPE_UINT32,
                             &flags,
                             DBUS_TYPE_INVALID) ||
      index != d->index || protocol != AVAHI_IPV4 || !*name ||
      strlen(name) >= DNSSD_LABEL_BYTES) {
    d->host->count(d->malformed, 1);
    return NULL;
  }
  return flags & AVAHI_OUR_OWN ? NULL : name;
}

static void
on_new(struct dnssd *d, const char *name)
{
  struct found *f = find(d, name);
  if (f && !f->is_stale) {
    return;
  }
  if (!f) {
    f = find(d, "");
    if (!f) {
      d->has_missed = true;
      d->host->count(d->too_many, 1);
      return;
    }
    *f = (struct found){ .dnssd = d };
    snprintf(f->name, sizeof f->name, "%s", name);
  }
  f->is_stale = false;
  resolve(f);
}

/* Loopback is nobody's on a network, but programs of this machine's listen
   there. */
static bool
is_a_host(vsc_ip ip)
{
  return ip != 0 && ip != UINT32_MAX && !VSC_IP_IS_MULTICAST(ip) &&
         ip >> 24 != 127;
}

static void
on_found(struct dnssd *d, DBusMessage *message)
{
  dbus_int32_t index, protocol, kind;
  const char *name, *type, *domain, *host, *address;
  dbus_uint16_t port;
  if (!dbus_message_get_args(message,
                             NULL,
                             DBUS_TYPE_INT32,
                             &index,
                             DBUS_TYPE_INT32,
                             &protocol,
                             DBUS_TYPE_STRING,
                             &name,
                             DBUS_TYPE_STRING,
                             &type,
                             DBUS_TYPE_STRING,
                             &domain,
                             DBUS_TYPE_STRING,
                             &host,
                             DBUS_TYPE_INT32,
                             &kind,
                             DBUS_TYPE_STRING,
                             &address,
                             DBUS_TYPE_UINT16,
                             &port,
                             DBUS_TYPE_INVALID)) {
    d->host->count(d->malformed, 1);
    return;
  }
  struct found *const f = *name ? find(d, name) : NULL;
  vsc_ip ip = 0;
  if (!f || (f->path[0] && !dbus_message_has_path(message, f->path))) {
    return;
  }
  if (!slice_ip((struct slice){ address, address + strlen(address) }, &ip) ||
      !is_a_host(ip) || port == 0) {
    d->host->count(d->malformed, 1);
    return;
  }
  if (f->is_told && f->address == ip && f->port == port) {
    return;
  }
  const vsc_ns now = d->host->now(d->host);
  if (f->is_told && now - f->told_at < MOVE_NS && f->path[0]) {
    dnssd_free(d, AVAHI_RESOLVER, f->path);
    return;
  }
  char url[RTSP_URL_BYTES];
  const int n = snprintf(
    url, sizeof url, "rtsp://" IP_FORMAT ":%u/by-name/", IP_BYTES(ip), port);
  if (rtsp_escape(name, url + n, sizeof url - (size_t)n) >= 0) {
    f->address = ip;
    f->port = port;
    f->is_told = true;
    f->told_at = now;
    d->host->log(
      d->host, VSC_LOG_DEBUG, "DNS-SD has \"%s\" at %s", f->name, url);
    d->sink.found(d->sink.arg, f->name, url);
  }
}

/* Nobody answered for its host: another try at the next tick. */
static void
on_failure(struct dnssd *d, const char *path)
{
  for (unsigned i = 0; path && i < DNSSD_FOUND; i++) {
    if (d->found[i].path[0] && strcmp(d->found[i].path, path) == 0) {
      dnssd_free(d, AVAHI_RESOLVER, d->found[i].path);
    }
  }
}

void
browse_signal(struct dnssd *d, DBusMessage *message)
{
  if (dbus_message_is_signal(message, AVAHI_RESOLVER, "Found")) {
    on_found(d, message);
  } else if (dbus_message_is_signal(message, AVAHI_RESOLVER, "Failure")) {
    on_failure(d, dbus_message_get_path(message));
  } else if (dbus_message_is_signal(message, AVAHI_BROWSER, "ItemNew")) {
    const char *const name = item_name(d, message);
    if (name) {
      on_new(d, name);
    }
  } else if (dbus_message_is_signal(message, AVAHI_BROWSER, "ItemRemove")) {
    const char *const name = item_name(d, message);
    struct found *const f = name ? find(d, name) : NULL;
    if (f && !f->is_stale) {
      drop(f);
    }
  }
}

/* If not: again, at the next tick. */
static void
on_browser(void *arg, DBusMessage *answer)
{
  struct dnssd *const d = arg;
  const bool is_refused = !dnssd_path(answer, d->browser);
  if (is_refused && !d->is_refused) {
    d->host->log(d->host,
                 VSC_LOG_WARN,
                 "avahi-daemon does not look for sessions on \"%s\": %s",
                 d->about.name,
                 bus_error(answer) ? bus_error(answer) : "no path");
  }
  d->is_refused = is_refused;
}

void
browse_start(struct dnssd *d)
{
  DBusMessage *const m = dnssd_method("/", AVAHI_SERVER, "ServiceBrowserNew");
  const dbus_int32_t protocol = AVAHI_IPV4;
  const dbus_uint32_t flags = 0;
  const char *const type = SESSION_TYPE, *const domain = DOMAIN_LOCAL;
  if (m) {
    dbus_message_append_args(m,
                             DBUS_TYPE_INT32,
                             &d->index,
                             DBUS_TYPE_INT32,
                             &protocol,
                             DBUS_TYPE_STRING,
                             &type,
                             DBUS_TYPE_STRING,
                             &domain,
                             DBUS_TYPE_UINT32,
                             &flags,
                             DBUS_TYPE_INVALID);
  }
  dnssd_free(d, AVAHI_BROWSER, d->browser);
  d->has_missed = false;
  d->budget = d->budget ? d->budget : BUDGET_TICK;
  d->forget_at = d->host->now(d->host) + RETURN_NS;
  d->browse_call.answered = on_browser;
  d->browse_call.arg = d;
  bus_ask(&d->bus, &d->browse_call, m);
}

/* Where there is no daemon, there is nothing to free. */
static void
forget(struct dnssd *d, const char *interface, char path[DNSSD_PATH_BYTES])
{
  if (d->is_running) {
    dnssd_free(d, interface, path);
  }
  path[0] = '\0';
}

void
browse_lost(struct dnssd *d)
{
  bus_forget(&d->browse_call);
  forget(d, AVAHI_BROWSER, d->browser);
  d->budget = BUDGET;
  d->forget_at = d->host->now(d->host) + STALE_NS;
  for (unsigned i = 0; i < DNSSD_FOUND; i++) {
    struct found *const f = &d->found[i];
    bus_forget(&f->call);
    forget(d, AVAHI_RESOLVER, f->path);
    f->is_stale = f->name[0] != '\0';
    if (f->is_gone) {
      drop(f);
    }
  }
}

void
browse_tick(struct dnssd *d, vsc_ns now)
{
  const bool is_over = now >= d->forget_at;
  bool has_room = false;
  d->budget =
    d->budget < BUDGET - BUDGET_TICK ? d->budget + BUDGET_TICK : BUDGET;
  for (unsigned i = 0; i < DNSSD_FOUND; i++) {
    struct found *const f = &d->found[i];
    if (f->name[0] && f->is_stale && is_over) {
      drop(f);
    }
    if (f->name[0] && !f->is_stale && !f->path[0] && !f->call.pending) {
      resolve(f);
    }
    has_room = has_room || !f->name[0];
  }
  d->forget_at = is_over ? INT64_MAX : d->forget_at;
  const bool is_due = d->browser[0] ? d->has_missed && has_room : d->is_running;
  if (is_due && !d->browse_call.pending) {
    const vsc_ns forget_at = d->forget_at;
    browse_start(d); /* it names all of them again */
    d->forget_at = forget_at;
  }
}
