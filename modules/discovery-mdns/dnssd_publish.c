/* dnssd_publish.c - our sessions and the device that has them: an entry group
   for each, filled step by step, under another label where one is taken.
   SPDX-License-Identifier: MIT */
#include "dnssd_avahi.h"

#include "modules/shared/sdp_text.h"

#include <stdio.h>
#include <string.h>

/* Other labels of one session between two ticks; who takes more than that means
   it (RFC 6762, 8.1, waits after 15 in 10 s). */
#define RENAMES 8

enum { GROUP_ESTABLISHED = 2, GROUP_COLLISION = 3, GROUP_FAILURE = 4 };

static const char device_name[] = "\n"; /* of no session */

static struct own *
find(struct dnssd *d, const char *name)
{
  for (unsigned i = 0; i < DNSSD_OWN; i++) {
    if (strcmp(d->own[i].name, name) == 0 && !d->own[i].is_gone) {
      return &d->own[i];
    }
  }
  return NULL;
}

static void
drop(struct own *o)
{
  struct dnssd *const d = o->dnssd;
  if (o->call.pending) {
    o->is_gone = true;
    return;
  }
  dnssd_free(d, AVAHI_GROUP, o->path);
  *o = (struct own){ .port = 0 };
}

/* Anybody's: the service is what we have, at whatever host name we have. */
static DBusMessage *
add_service(const struct own *o)
{
  DBusMessage *const m = dnssd_method(o->path, AVAHI_GROUP, "AddService");
  DBusMessageIter at, texts;
  const dbus_int32_t protocol = AVAHI_IPV4;
  const dbus_uint32_t flags = 0;
  const dbus_uint16_t port = o->port;
  const char *const label = o->label, *const type = RTSP_TYPE,
                    *const domain = DOMAIN_LOCAL, *const host = "";
  if (!m) {
    return NULL;
  }
  dbus_message_iter_init_append(m, &at);
  dbus_message_iter_append_basic(&at, DBUS_TYPE_INT32, &o->dnssd->index);
  dbus_message_iter_append_basic(&at, DBUS_TYPE_INT32, &protocol);
  dbus_message_iter_append_basic(&at, DBUS_TYPE_UINT32, &flags);
  dbus_message_iter_append_basic(&at, DBUS_TYPE_STRING, &label);
  dbus_message_iter_append_basic(&at, DBUS_TYPE_STRING, &type);
  dbus_message_iter_append_basic(&at, DBUS_TYPE_STRING, &domain);
  dbus_message_iter_append_basic(&at, DBUS_TYPE_STRING, &host);
  dbus_message_iter_append_basic(&at, DBUS_TYPE_UINT16, &port);
  dbus_message_iter_open_container(&at, DBUS_TYPE_ARRAY, "ay", &texts);
  dbus_message_iter_close_container(&at, &texts);
  return m;
}

static DBusMessage *
add_subtype(const struct own *o)
{
  DBusMessage *const m =
    dnssd_method(o->path, AVAHI_GROUP, "AddServiceSubtype");
  const dbus_int32_t protocol = AVAHI_IPV4;
  const dbus_uint32_t flags = 0;
  const char *const label = o->label, *const type = RTSP_TYPE,
                    *const domain = DOMAIN_LOCAL,
                    *const subtype = o->is_device ? DEVICE_TYPE : SESSION_TYPE;
  if (m) {
    dbus_message_append_args(m,
                             DBUS_TYPE_INT32,
                             &o->dnssd->index,
                             DBUS_TYPE_INT32,
                             &protocol,
                             DBUS_TYPE_UINT32,
                             &flags,
                             DBUS_TYPE_STRING,
                             &label,
                             DBUS_TYPE_STRING,
                             &type,
                             DBUS_TYPE_STRING,
                             &domain,
                             DBUS_TYPE_STRING,
                             &subtype,
                             DBUS_TYPE_INVALID);
  }
  return m;
}

static void
on_step(void *arg, DBusMessage *answer);

static void
begin(struct own *o, enum own_step step)
{
  DBusMessage *m = NULL;
  o->step = step;
  switch (step) {
    case OWN_NEW:
      m = dnssd_method("/", AVAHI_SERVER, "EntryGroupNew");
      break;
    case OWN_RESET:
      m = dnssd_method(o->path, AVAHI_GROUP, "Reset");
      break;
    case OWN_ADD:
      m = add_service(o);
      break;
    case OWN_SUBTYPE:
      m = add_subtype(o);
      break;
    case OWN_COMMIT:
      m = dnssd_method(o->path, AVAHI_GROUP, "Commit");
      break;
    case OWN_DONE:
      return;
  }
  o->call.answered = on_step;
  o->call.arg = o;
  bus_ask(&o->dnssd->bus, &o->call, m);
}

/* From the start, as soon as nothing is under way. */
static void
begin_anew(struct own *o)
{
  o->is_changed = o->call.pending != NULL;
  if (!o->is_changed && o->dnssd->is_running) {
    begin(o, o->path[0] ? OWN_RESET : OWN_NEW);
  }
}

static void
take_next_label(struct own *o)
{
  o->is_renamed = true;
  if (o->renames++ < RENAMES) {
    dnssd_label_next(o->label);
    begin_anew(o);
  } else {
    o->has_failed = true;
  }
}

/* Said when it is true: labels may have been taken by the dozen. */
static void
tell_label(struct own *o)
{
  const vsc_host *const host = o->dnssd->host;
  if (o->is_renamed) {
    host->log(host,
              VSC_LOG_WARN,
              "its name is another's: found as \"%s\" in DNS-SD",
              o->label);
  }
  o->is_renamed = false;
}

static void
fail(struct own *o, const char *why)
{
  const vsc_host *const host = o->dnssd->host;
  if (!o->has_failed) {
    host->log(host,
              VSC_LOG_WARN,
              "\"%s\" is not told by DNS-SD: avahi-daemon says %s",
              o->label,
              why);
  }
  o->has_failed = true;
}

static void
on_step(void *arg, DBusMessage *answer)
{
  struct own *const o = arg;
  const char *const error = bus_error(answer);
  if (!error && o->step == OWN_NEW) {
    dnssd_path(answer, o->path);
  }
  if (o->is_gone) {
    drop(o);
  } else if (o->is_changed) {
    begin_anew(o);
  } else if (error && strcmp(error, AVAHI ".CollisionError") == 0) {
    take_next_label(o);
  } else if (error || !o->path[0]) {
    fail(o, error ? error : "nothing");
  } else {
    o->has_failed = false;
    begin(o, o->step + 1);
  }
}

void
publish_signal(struct dnssd *d, DBusMessage *message)
{
  const char *const path = dbus_message_get_path(message);
  dbus_int32_t state;
  if (!path || !dbus_message_is_signal(message, AVAHI_GROUP, "StateChanged") ||
      !dbus_message_get_args(
        message, NULL, DBUS_TYPE_INT32, &state, DBUS_TYPE_INVALID)) {
    return;
  }
  for (unsigned i = 0; i < DNSSD_OWN; i++) {
    struct own *const o = &d->own[i];
    if (!o->path[0] || strcmp(o->path, path) != 0 || o->is_gone) {
      continue;
    }
    if (state == GROUP_ESTABLISHED) {
      tell_label(o);
    } else if (state == GROUP_COLLISION) {
      take_next_label(o);
    } else if (state == GROUP_FAILURE) {
      fail(o, "that it failed");
    }
  }
}

void
publish_start(struct dnssd *d)
{
  for (unsigned i = 0; i < DNSSD_OWN; i++) {
    if (d->own[i].name[0] && !d->own[i].is_gone) {
      begin_anew(&d->own[i]);
    }
  }
}

void
publish_lost(struct dnssd *d)
{
  for (unsigned i = 0; i < DNSSD_OWN; i++) {
    struct own *const o = &d->own[i];
    bus_forget(&o->call);
    o->path[0] = '\0';
    o->is_changed = false;
    o->step = OWN_NEW;
    if (o->is_gone) {
      drop(o);
    }
  }
}

void
publish_tick(struct dnssd *d)
{
  for (unsigned i = 0; i < DNSSD_OWN; i++) {
    d->own[i].renames = 0;
    if (d->own[i].has_failed && !d->own[i].call.pending) {
      begin_anew(&d->own[i]);
    }
  }
}

static vsc_status
put(struct dnssd *d, const char *name, const char *label, uint16_t port)
{
  struct own *o = find(d, name);
  if (o && o->port == port) {
    return VSC_OK;
  }
  if (!o) {
    o = find(d, "");
    if (!o) {
      return VSC_ERR_REFUSED;
    }
    *o = (struct own){ .dnssd = d, .is_device = name == device_name };
    snprintf(o->name, sizeof o->name, "%s", name);
    snprintf(o->label, sizeof o->label, "%s", label);
  }
  o->port = port;
  begin_anew(o);
  return VSC_OK;
}

/* One row stays for the device, which is there before any session. */
vsc_status
dnssd_register(struct dnssd *d, const char *name, uint16_t rtsp_port)
{
  if (!d || d->phase == DNSSD_NO_INTERFACE) {
    return VSC_ERR_UNSUPPORTED;
  }
  char label[DNSSD_LABEL_BYTES], device[DNSSD_LABEL_BYTES];
  text_clean((struct slice){ name, name + strlen(name) }, label, sizeof label);
  if (!label[0] || strlen(name) >= VSC_NAME_BYTES || rtsp_port == 0) {
    return VSC_ERR_INVALID;
  }
  const uint8_t *const id = d->about.identity;
  snprintf(device,
           sizeof device,
           "AES67 VSC %02x%02x%02x%02x%02x",
           id[3],
           id[4],
           id[5],
           id[6],
           id[7]);
  const vsc_status status = put(d, device_name, device, rtsp_port);
  return status < 0 ? status : put(d, name, label, rtsp_port);
}

void
dnssd_withdraw(struct dnssd *d, const char *name)
{
  struct own *const o = d && *name ? find(d, name) : NULL;
  if (!o) {
    return;
  }
  drop(o);
  unsigned left = 0;
  for (unsigned i = 0; i < DNSSD_OWN; i++) {
    left += d->own[i].name[0] && !d->own[i].is_gone && !d->own[i].is_device;
  }
  struct own *const device = find(d, device_name);
  if (left == 0 && device) {
    drop(device);
  }
}

const char *
dnssd_own(const struct dnssd *d, const char *published)
{
  for (unsigned i = 0; d && i < DNSSD_OWN; i++) {
    const struct own *const o = &d->own[i];
    if (o->name[0] && !o->is_gone && !o->is_device &&
        strcmp(o->label, published) == 0) {
      return o->name;
    }
  }
  return NULL;
}
