/* requests.c - what the control socket answers. Every command and the panel
   come through here.
   SPDX-License-Identifier: MIT */
#include "runner.h"

#include "guest.h"
#include "loopbacks.h"
#include "option.h"
#include "requests_streams.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vsc/position.h>

#define CHANGES_MAX 256

static json_t *
on_status(void *context, const json_t *request, struct control_error *error)
{
  struct runner *const r = context;
  (void)request;
  (void)error;
  return status_json(r->engine);
}

static json_t *
on_stats(void *context, const json_t *request, struct control_error *error)
{
  struct runner *const r = context;
  (void)request;
  (void)error;
  return stats_json(r->engine);
}

/* Simultaneous readings of three clocks, from one evaluation of the map. */
static json_t *
on_clock(void *context, const json_t *request, struct control_error *error)
{
  struct runner *const r = context;
  (void)request;
  vsc_ns host = 0;
  int64_t tai = 0;
  int32_t offset = 0;
  if (r->os->system_clock(r->os, &host, &tai, &offset) < 0) {
    return control_fail(error, 1, "the system's clocks cannot be read");
  }
  const vsc_clock_view *const v = &r->engine->view;
  return json_pack("{s:I, s:I, s:I, s:s, s:I}",
                   "mono_raw_ns",
                   (json_int_t)host,
                   "tai_ns",
                   (json_int_t)tai,
                   "ptp_ns",
                   (json_int_t)vsc_view_tai(v, host),
                   "state",
                   status_clock_word(v->state),
                   "error_ns",
                   (json_int_t)v->error_ns);
}

static json_t *
finish_change(struct runner *r,
              vsc_status status,
              const char *why,
              struct control_error *error)
{
  if (status < 0) {
    return control_fail(error,
                        status == VSC_ERR_SYSTEM ? 1 : 2,
                        "%s",
                        *why ? why : "the change was not understood");
  }
  return json_pack("{s:b}", "restarts", r->wants_restart);
}

/* {"set": {"section.key": "value"}, "remove": ["receive x"], "profile": "p"} */
static json_t *
on_configure(void *context, const json_t *request, struct control_error *error)
{
  struct runner *const r = context;
  const json_t *const set = json_object_get(request, "set");
  const json_t *const remove = json_object_get(request, "remove");
  const char *sets[CHANGES_MAX + 1] = { 0 };
  const char *removes[CHANGES_MAX + 1] = { 0 };
  char *texts[CHANGES_MAX] = { 0 };
  unsigned n = 0;
  const char *key;
  json_t *value;
  if (json_object_size(set) > CHANGES_MAX ||
      json_array_size(remove) > CHANGES_MAX) {
    return control_fail(error, 2, "more than %d changes at once", CHANGES_MAX);
  }
  json_object_foreach((json_t *)set, key, value)
  {
    const char *const text = json_string_value(value);
    const size_t bytes = strlen(key) + (text ? strlen(text) : 0) + 2;
    texts[n] = text ? malloc(bytes) : NULL;
    if (texts[n]) {
      snprintf(texts[n], bytes, "%s=%s", key, text);
      sets[n] = texts[n];
      n++;
    }
  }
  unsigned removed = 0;
  for (size_t i = 0; i < json_array_size(remove); i++) {
    const char *const name = json_string_value(json_array_get(remove, i));
    if (name) {
      removes[removed++] = name;
    }
  }
  char why[512];
  const vsc_status status =
    runner_configure(r,
                     json_string_value(json_object_get(request, "profile")),
                     sets,
                     removes,
                     why,
                     sizeof why);
  for (unsigned i = 0; i < n; i++) {
    free(texts[i]);
  }
  return finish_change(r, status, why, error);
}

static json_t *
on_route_show(void *context, const json_t *request, struct control_error *error)
{
  struct runner *const r = context;
  (void)request;
  (void)error;
  json_t *const routes = json_array();
  for (const struct stream *s = r->engine->streams; s; s = s->next) {
    const struct stream_config *const c =
      s->is_open ? &s->resolved : &s->config;
    if (s->guest) {
      continue; /* not of this device */
    }
    char map[1024];
    route_map_format(
      &s->map, c->desc.format.channels, c->is_send, map, sizeof map);
    json_array_append_new(routes,
                          json_pack("{s:s, s:s, s:i, s:s}",
                                    "stream",
                                    s->name,
                                    "direction",
                                    c->is_send ? "send" : "receive",
                                    "channels",
                                    (int)c->desc.format.channels,
                                    "map",
                                    map));
  }
  json_t *const loopbacks = json_array();
  for (const struct loopback *l = r->engine->loopbacks; l; l = l->next) {
    json_array_append_new(loopbacks,
                          json_pack("{s:s, s:s, s:s, s:i}",
                                    "name",
                                    l->config.name,
                                    "from",
                                    l->config.from_text,
                                    "to",
                                    l->config.to_text,
                                    "delay_frames",
                                    (int)l->config.delay));
  }
  return json_pack("{s:s, s:o, s:o}",
                   "schema",
                   "vsc.routes/1",
                   "routes",
                   routes,
                   "loopbacks",
                   loopbacks);
}

/* {"stream": "rx1", "map": "3>17, 4>18"} */
static json_t *
on_route_set(void *context, const json_t *request, struct control_error *error)
{
  struct runner *const r = context;
  const char *const name =
    json_string_value(json_object_get(request, "stream"));
  const char *const map = json_string_value(json_object_get(request, "map"));
  const struct stream *const s = name ? streams_find(r->engine, name) : NULL;
  if (!s || s->guest || !map) {
    return control_fail(
      error, 5, "no stream \"%.64s\"; see: aes67 route show", name ? name : "");
  }
  char text[2048];
  char why[512];
  snprintf(text,
           sizeof text,
           "%s %s.map=%s",
           s->config.is_send ? "send" : "receive",
           name,
           map);
  const char *const sets[] = { text, NULL };
  const vsc_status status =
    runner_configure(r, NULL, sets, NULL, why, sizeof why);
  return finish_change(r, status, why, error);
}

/* {"name": "x", "channels": 2, "address": "239.69.9.9", "port": "5004",
   "packet_time": "1ms", "encoding": "L24"}; the last three may be left out. */
static json_t *
on_stream_open(void *context,
               const json_t *request,
               struct control_error *error)
{
  struct runner *const r = context;
  const char *const name = json_string_value(json_object_get(request, "name"));
  const json_int_t channels =
    json_integer_value(json_object_get(request, "channels"));
  if (!name || channels < 1 || channels > VSC_CHANNELS_MAX) {
    return control_fail(
      error, 2, "a stream needs a name and 1 to %d channels", VSC_CHANNELS_MAX);
  }
  const struct config_extra extra = {
    .name = name,
    .channels = (uint32_t)channels,
    .loader = r->loader,
    .address = json_string_value(json_object_get(request, "address")),
    .port = json_string_value(json_object_get(request, "port")),
    .packet_time = json_string_value(json_object_get(request, "packet_time")),
    .encoding = json_string_value(json_object_get(request, "encoding")),
  };
  char instance[GUEST_INSTANCE_BYTES];
  char why[512];
  const vsc_status status =
    guest_open(r->engine, &extra, instance, why, sizeof why);
  if (status < 0) {
    return control_fail(error, status == VSC_ERR_MALFORMED ? 2 : 1, "%s", why);
  }
  const vsc_stream *const d = &streams_find(r->engine, name)->config.desc;
  char ip[16];
  char address[32];
  ip_format(d->address, ip);
  snprintf(address, sizeof address, "%s:%u", ip, d->port);
  return json_pack("{s:s, s:s, s:s, s:s, s:I}",
                   "stream",
                   name,
                   "device",
                   instance,
                   "address",
                   address,
                   "encoding",
                   d->format.encoding,
                   "packet_time_ns",
                   (json_int_t)d->packet_time);
}

static json_t *
on_stop(void *context, const json_t *request, struct control_error *error)
{
  struct runner *const r = context;
  (void)request;
  (void)error;
  r->wants_stop = true;
  return json_object();
}

static const struct control_op ops[] = {
  { "status", on_status, "health of everything", true },
  { "stats", on_stats, "status, and every counter", true },
  { "clock", on_clock, "three clocks read at once", true },
  { "configure", on_configure, "change the running engine and save it", false },
  { "route.show", on_route_show, "which channel goes where", true },
  { "route.set", on_route_set, "change a stream's channel map", false },
  { "list", requests_list, "streams that were found, and ours", true },
  { "sdp", requests_sdp, "a stream as SDP", true },
  { "stream.subscribe", requests_subscribe, "receive a stream", false },
  { "stream.unsubscribe", requests_unsubscribe, "no longer", false },
  { "stream.publish", requests_publish, "send a stream", false },
  { "stream.unpublish", requests_unpublish, "no longer", false },
  { "stream.open", on_stream_open, "a sender for as long as you live", false },
  { "stop", on_stop, "end the engine in good order", false },
  { NULL, NULL, NULL, false },
};

const struct control_op *
runner_requests(void)
{
  return ops;
}
