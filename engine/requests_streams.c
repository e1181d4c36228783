/* requests_streams.c - streams of the network: listed, described, subscribed
   to, published. What is changed is a change of the profile, and is saved so.
   SPDX-License-Identifier: MIT */
#include "requests_streams.h"

#include "control_text.h"
#include "runner.h"

#include "modules/shared/rtsp_url.h"
#include "modules/shared/sdp.h"
#include "modules/shared/sdp_text.h"
#include "option.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_BYTES 512
#define SETS_MAX 6
/* Of a session that nobody has described yet: what every device can send. */
#define CHANNELS_UNKNOWN 8

static const char *
text_of(const json_t *request, const char *key)
{
  const char *const text = json_string_value(json_object_get(request, key));
  return text ? text : "";
}

/* A name without blanks at its ends: no session has them, and profiles lose
   them. False: it is too long. */
static bool
name_of(const json_t *request, const char *key, char out[TEXT_BYTES])
{
  const char *const text = text_of(request, key);
  const struct slice name =
    slice_trim((struct slice){ text, text + strlen(text) });
  const int n =
    snprintf(out, TEXT_BYTES, "%.*s", (int)slice_length(name), name.at);
  return n >= 0 && n < TEXT_BYTES;
}

/* Who hears which session: asked once, not again for each. */
struct hearer {
  const struct session *session;
  const struct stream *stream;
};

static unsigned
find_hearers(const struct engine *e, struct hearer out[VSC_CHANNELS_MAX])
{
  unsigned n = 0;
  for (const struct stream *s = e->streams; s && n < VSC_CHANNELS_MAX;
       s = s->next) {
    if (!s->config.is_send && s->config.session[0]) {
      out[n].session = sessions_find(e, s->config.session);
      out[n].stream = s;
      n++;
    }
  }
  return n;
}

static json_t *
stream_json(const vsc_stream *d)
{
  char address[16], source[16] = "", origin[16] = "", clock[SDP_CLOCK_BYTES];
  ip_format(d->address, address);
  if (d->source) {
    ip_format(d->source, source);
  }
  if (d->origin) {
    ip_format(d->origin, origin);
  }
  sdp_clock_text(d, clock);
  return json_pack(
    "{s:s, s:s, s:s, s:i, s:s, s:i, s:i, s:i, s:I, s:I, s:s, s:s, s:s, s:I}",
    "name",
    d->name,
    "id",
    d->id,
    "address",
    address,
    "port",
    (int)d->port,
    "encoding",
    d->format.encoding,
    "rate",
    (int)d->format.rate,
    "channels",
    (int)d->format.channels,
    "payload_type",
    (int)d->payload_type,
    "packet_time_ns",
    (json_int_t)d->packet_time,
    "rtp_offset",
    (json_int_t)d->rtp_offset,
    "clock",
    clock,
    "source",
    source,
    "origin",
    origin,
    "version",
    (json_int_t)d->version);
}

json_t *
requests_list(void *context, const json_t *request, struct control_error *error)
{
  struct runner *const r = context;
  const struct engine *const e = r->engine;
  json_t *const streams = json_array();
  (void)request;
  (void)error;
  const vsc_ns now = r->os->now(r->os);
  struct hearer hearers[VSC_CHANNELS_MAX];
  const unsigned count = find_hearers(e, hearers);
  for (const struct session *s = e->sessions; s; s = s->next) {
    if (s->is_shadow) {
      continue;
    }
    json_t *const j = stream_json(&s->stream);
    const struct stream *hearer = NULL;
    for (unsigned i = 0; i < count; i++) {
      hearer = hearers[i].session == s ? hearers[i].stream : hearer;
    }
    json_object_set_new(j, "direction", json_string("found"));
    if (s->stream.copy_address) {
      char copy[16];
      ip_format(s->stream.copy_address, copy);
      json_object_set_new(j, "copy_address", json_string(copy));
      json_object_set_new(j, "copy_port", json_integer(s->stream.copy_port));
    }
    json_object_set_new(
      j, "discovery", json_string(e->config->discoveries[s->finder].name));
    json_object_set_new(j, "receiver", json_string(hearer ? hearer->name : ""));
    json_object_set_new(
      j,
      "state",
      json_string(hearer ? status_word(stream_state(e, hearer)) : ""));
    json_object_set_new(
      j, "reason", control_text(hearer ? stream_reason(e, hearer) : ""));
    json_object_set_new(
      j, "age_s", json_integer((now - s->found_at) / 1000000000));
    json_array_append_new(streams, j);
  }
  for (const struct published *p = e->published; p; p = p->next) {
    json_t *const j = stream_json(&p->stream);
    json_object_set_new(j, "direction", json_string("ours"));
    json_object_set_new(j, "sender", json_string(p->name));
    json_array_append_new(streams, j);
  }
  return json_pack("{s:s, s:o}", "schema", "vsc.list/1", "streams", streams);
}

static bool
describe(const struct engine *e, const char *name, vsc_stream *out)
{
  const vsc_stream *const ours = publish_find(e, name);
  const struct stream *const s = streams_find(e, name);
  const struct session *const found = sessions_find(e, name);
  if (ours) {
    *out = *ours;
  } else if (s) {
    return publish_describe(e, s, out);
  } else if (found) {
    *out = found->stream;
  }
  return ours || found;
}

json_t *
requests_sdp(void *context, const json_t *request, struct control_error *error)
{
  struct runner *const r = context;
  const char *const name = text_of(request, "stream");
  const char *const dialect = text_of(request, "dialect");
  vsc_stream d;
  if (!publish_find(r->engine, name) && !streams_find(r->engine, name) &&
      !sessions_find(r->engine, name)) {
    return control_fail(error, 5, "no stream \"%.64s\"; see: aes67 list", name);
  }
  char text[SDP_PRINT_BYTES];
  if (!describe(r->engine, name, &d)) {
    return control_fail(error, 1, "\"%.64s\" cannot be described yet", name);
  }
  for (uint8_t i = 0; sdp_dialects[i]; i++) {
    d.dialect = strcmp(dialect, sdp_dialects[i]) == 0 ? i : d.dialect;
  }
  vsc_stream legs[2] = { d, d };
  legs[1].address = d.copy_address;
  legs[1].port = d.copy_port;
  legs[1].source = d.copy_source;
  if (sdp_print(legs, d.copy_address ? 2 : 1, text, sizeof text) < 0) {
    return control_fail(error, 1, "\"%.64s\" cannot be described so", name);
  }
  return json_pack(
    "{s:s, s:b}", "text", text, "has_rtp_offset", (int)d.has_rtp_offset);
}

/* A section's name out of what somebody else calls his session: letters, digits
   and dashes, one that is not taken. */
static void
invent_name(const struct engine *e, const char *text, char out[VSC_NAME_BYTES])
{
  char stem[VSC_NAME_BYTES - 8];
  size_t n = 0;
  for (; *text && n + 1 < sizeof stem; text++) {
    const char c = *text;
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                          (c >= '0' && c <= '9') || c == '_';
    if (is_plain || (n > 0 && stem[n - 1] != '-')) {
      stem[n++] = is_plain ? c : '-';
    }
  }
  stem[n] = '\0';
  snprintf(out, VSC_NAME_BYTES, "%s", n > 0 ? stem : "stream");
  for (unsigned i = 2; streams_find(e, out) && i < 1000; i++) {
    snprintf(out, VSC_NAME_BYTES, "%s-%u", n > 0 ? stem : "stream", i);
  }
}

/* The receiver that was made by subscribing to NAME, or NULL. */
static const struct stream *
subscription(const struct engine *e, const char *name)
{
  const struct stream *s = e->streams;
  while (s &&
         (s->config.is_send || !s->config.takes_over || s->guest ||
          (strcmp(s->config.session, name) != 0 &&
           strcmp(s->config.sdp, name) != 0 && strcmp(s->name, name) != 0))) {
    s = s->next;
  }
  return s;
}

/* The inputs that S feeds. */
static void
mark(const struct stream *s, bool is_fed[VSC_CHANNELS_MAX])
{
  for (uint32_t i = 0; i < s->config.desc.format.channels; i++) {
    if (s->map.device[i] != ROUTE_NONE) {
      is_fed[s->map.device[i]] = true;
    }
  }
  for (uint32_t i = 0; i < s->map.copies; i++) {
    is_fed[s->map.copy[i].to] = true;
  }
}

/* The first COUNT inputs in a row that no subscription has, and if possible
   nobody who hears something; false: there are none. */
static bool
free_inputs(const struct engine *e, uint32_t count, char out[32])
{
  const uint32_t inputs = e->region->geometry.inputs;
  for (int is_strict = 1; is_strict >= 0; is_strict--) {
    bool is_fed[VSC_CHANNELS_MAX] = { false };
    for (const struct stream *s = e->streams; s; s = s->next) {
      const enum stream_state state =
        s->config.is_send ? STREAM_WAITING : stream_state(e, s);
      const bool is_heard = state == STREAM_PLAYING ||
                            state == STREAM_DEGRADED ||
                            state == STREAM_CONFLICT;
      if (!s->config.is_send &&
          (s->config.takes_over || (is_strict && is_heard))) {
        mark(s, is_fed);
      }
    }
    uint32_t run = 0;
    for (uint32_t i = 0; i < inputs; i++) {
      run = is_fed[i] ? 0 : run + 1;
      if (run == count) {
        snprintf(out, 32, "%u-%u", i + 2 - count, i + 1);
        return true;
      }
    }
  }
  return false;
}

/* ROLE NAME.KEY=VALUE, collected for runner_configure(). */
struct changes {
  char texts[SETS_MAX][TEXT_BYTES];
  const char *sets[SETS_MAX + 1];
  unsigned count;
};

static void
set(struct changes *c, const char *section, const char *key, const char *value)
{
  if (*value && c->count < SETS_MAX) {
    char *const text = c->texts[c->count];
    snprintf(text, TEXT_BYTES, "%s.%s=%s", section, key, value);
    c->sets[c->count++] = text;
  }
}

static json_t *
apply(struct runner *r,
      const struct changes *c,
      const char *remove,
      struct control_error *error)
{
  const char *const removes[] = { remove, NULL };
  char why[512];
  const vsc_status status = runner_configure(
    r, NULL, c ? c->sets : NULL, remove ? removes : NULL, why, sizeof why);
  if (status < 0) {
    return control_fail(error,
                        status == VSC_ERR_SYSTEM ? 1 : 2,
                        "%s",
                        *why ? why : "the change was not understood");
  }
  return json_pack("{s:b}", "restarts", r->wants_restart);
}

/* How many channels the session has; by what is known of it. */
static uint32_t
channels_of(const struct engine *e, const json_t *request, const char *session)
{
  const struct session *const s = *session ? sessions_find(e, session) : NULL;
  const json_int_t given =
    json_integer_value(json_object_get(request, "count"));
  return s                                        ? s->stream.format.channels
         : given > 0 && given <= VSC_CHANNELS_MAX ? (uint32_t)given
                                                  : CHANNELS_UNKNOWN;
}

/* What a session that is described at URL may be called: the URL's last part.
 */
static void
label_of(const char *session, char out[VSC_NAME_BYTES * 2])
{
  const struct slice text = { session, session + strlen(session) };
  if (!rtsp_url_is(session) ||
      !rtsp_unescape(rtsp_last_part(text), out, VSC_NAME_BYTES * 2)) {
    snprintf(out, VSC_NAME_BYTES * 2, "%s", session);
  }
}

json_t *
requests_subscribe(void *context,
                   const json_t *request,
                   struct control_error *error)
{
  struct runner *const r = context;
  char session[TEXT_BYTES];
  const bool is_name = name_of(request, "session", session);
  const char *const sdp = text_of(request, "sdp");
  const char *const what = *session ? session : sdp;
  char label[VSC_NAME_BYTES * 2];
  if (!*what || !is_name || strlen(session) >= VSC_NAME_BYTES * 2) {
    return control_fail(
      error,
      2,
      *what ? "a name or URL has at most 127 bytes; there may be a /by-id/"
            : "what to subscribe to? see: aes67 list");
  }
  label_of(*session ? session : text_of(request, "name"), label);
  const struct stream *const old = subscription(r->engine, what);
  char name[VSC_NAME_BYTES], section[VSC_NAME_BYTES + 16], channels[64];
  if (old) {
    snprintf(name, sizeof name, "%s", old->name);
  } else {
    invent_name(r->engine, label, name);
  }
  snprintf(section, sizeof section, "receive %s", name);
  snprintf(channels, sizeof channels, "%s", text_of(request, "channels"));
  if (!*channels && old) {
    snprintf(channels, sizeof channels, "%s", old->config.channels);
  }
  const uint32_t count = channels_of(r->engine, request, session);
  if (!*channels && !free_inputs(r->engine, count, channels)) {
    return control_fail(error,
                        2,
                        "no %u inputs in a row are free; name some: "
                        "--channels 1-%u",
                        count,
                        count);
  }
  struct changes c = { .count = 0 };
  set(&c, section, "session", session);
  set(&c, section, "sdp", sdp);
  set(&c, section, "channels", channels);
  set(&c, section, "takes_over", "yes");
  json_t *const reply = apply(r, &c, NULL, error);
  if (reply) {
    json_object_set_new(reply, "stream", json_string(name));
    json_object_set_new(reply, "channels", json_string(channels));
    json_object_set_new(
      reply,
      "is_found",
      json_boolean(*sdp || sessions_find(r->engine, session)));
  }
  return reply;
}

json_t *
requests_unsubscribe(void *context,
                     const json_t *request,
                     struct control_error *error)
{
  struct runner *const r = context;
  char name[TEXT_BYTES];
  const bool is_name = name_of(request, "name", name) && *name;
  const struct stream *const s = is_name ? subscription(r->engine, name) : NULL;
  if (!s) {
    return control_fail(error, 5, "no subscription to \"%.100s\"", name);
  }
  char section[VSC_NAME_BYTES + 16];
  snprintf(section, sizeof section, "receive %s", s->name);
  return apply(r, NULL, section, error);
}

static bool
is_taken(const struct engine *e, vsc_ip address)
{
  for (const struct session *s = e->sessions; s; s = s->next) {
    if (s->stream.address == address) {
      return true;
    }
  }
  for (const struct stream *s = e->streams; s; s = s->next) {
    if (s->config.desc.address == address) {
      return true;
    }
  }
  return false;
}

/* A group of 239.69/16, where AES67 devices look for theirs, that nobody is
   known to have: by this machine's address, so that two do not begin at the
   same. */
static vsc_ip
free_group(const struct engine *e, const char *name)
{
  uint32_t low = e->setup.os->net.address(&e->setup.os->net) * 251;
  for (const char *p = name; *p; p++) {
    low = low * 31 + (uint8_t)*p;
  }
  vsc_ip address;
  do {
    low = (low + 1) & 0xFFFF;
    address = 0xEF450000 | low;
  } while ((low & 0xFF) == 0 || (low & 0xFF) == 0xFF || is_taken(e, address));
  return address;
}

json_t *
requests_publish(void *context,
                 const json_t *request,
                 struct control_error *error)
{
  struct runner *const r = context;
  const char *const name = text_of(request, "name");
  char section[VSC_NAME_BYTES + 16], address[16];
  const struct stream *const old = *name ? streams_find(r->engine, name) : NULL;
  if (!*name || strlen(name) >= VSC_NAME_BYTES || strpbrk(name, "=[]")) {
    return control_fail(
      error, 2, "\"%.64s\" is no name: up to 63 bytes, without = [ ]", name);
  }
  if (old && (!old->config.is_send || old->guest)) {
    return control_fail(error, 2, "\"%s\" is another stream's name", name);
  }
  snprintf(section, sizeof section, "send %s", name);
  snprintf(address, sizeof address, "%s", text_of(request, "address"));
  if (!*address && !old) {
    ip_format(free_group(r->engine, name), address);
  }
  struct changes c = { .count = 0 };
  set(&c, section, "channels", text_of(request, "channels"));
  set(&c, section, "address", address);
  set(&c, section, "port", text_of(request, "port"));
  json_t *const reply = apply(r, &c, NULL, error);
  if (reply) {
    const struct stream *const s = streams_find(r->engine, name);
    if (s) {
      ip_format(s->config.desc.address, address);
    }
    json_object_set_new(reply, "stream", json_string(name));
    json_object_set_new(reply, "address", json_string(address));
  }
  return reply;
}

json_t *
requests_unpublish(void *context,
                   const json_t *request,
                   struct control_error *error)
{
  struct runner *const r = context;
  const char *const name = text_of(request, "name");
  const struct stream *const s = *name ? streams_find(r->engine, name) : NULL;
  if (!s || !s->config.is_send || s->guest) {
    return control_fail(error, 5, "nothing is published as \"%.64s\"", name);
  }
  char section[VSC_NAME_BYTES + 16];
  snprintf(section, sizeof section, "send %s", name);
  return apply(r, NULL, section, error);
}
