/* config_stream.c - one [send] or [receive] section into a stream.
   SPDX-License-Identifier: MIT */
#include "config_parts.h"

#include "modules/shared/rtsp_url.h"
#include "option.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vsc/position.h>

/* Bounded copy of a profile's text; too long is a mistake. */
static int
copy(struct config *c,
     struct profile_section *s,
     const char *key,
     char *out,
     size_t bytes,
     const char *text)
{
  const size_t length = strlen(text);
  if (length >= bytes) {
    config_complain(
      c, s, key, "%zu bytes are too long, at most %zu", length, bytes - 1);
    return -1;
  }
  memcpy(out, text, length + 1);
  return 0;
}

/* Frames of the stream in the device's, nearest. */
static uint32_t
device_frames(const struct config *c,
              const struct stream_config *s,
              uint64_t frames)
{
  const uint32_t rate = s->desc.format.rate;
  return (uint32_t)((frames * c->geometry.rate + rate / 2) / rate);
}

static int
set_rate(struct config *c, struct profile_section *s, uint32_t rate)
{
  if (c->has_geometry && !config_is_rate(rate)) {
    config_complain(
      c, s, "rate", "\"%u\" is not 44100 or 48000 times 1, 2, 4 or 8", rate);
    return -1;
  }
  return 0;
}

static int
set_packet_time(struct config *c,
                struct profile_section *s,
                const struct stream_options *o,
                struct stream_config *out)
{
  const uint32_t frames =
    vsc_packet_frames(o->packet_time, out->desc.format.rate);
  const uint32_t most = c->geometry.ring / 8;
  out->desc.packet_time = o->packet_time;
  out->desc.format.frames_per_packet = frames;
  if (c->has_geometry && (frames < 1 || device_frames(c, out, frames) > most)) {
    config_complain(c,
                    s,
                    "packet_time",
                    "%u frames; with a ring of %u frames it may be 1 to %u",
                    frames,
                    c->geometry.ring,
                    most);
    return -1;
  }
  return 0;
}

/* "3ms" or "3packets"; NULL, or what is wrong with it. */
static const char *
parse_link_offset(const struct config *c,
                  const struct stream_options *o,
                  struct stream_config *out)
{
  char *end = NULL;
  const char *const text = o->link_offset;
  const unsigned long packets = strtoul(text, &end, 10);
  if (*text >= '0' && *text <= '9' && strcmp(end, "packets") == 0 &&
      packets <= 1000) {
    out->link_offset_ns = (vsc_ns)packets * o->packet_time;
    out->link_offset = device_frames(
      c,
      out,
      packets * vsc_packet_frames(o->packet_time, out->desc.format.rate));
  } else if (duration_parse(text, &out->link_offset_ns) >= 0) {
    out->link_offset = (uint32_t)vsc_frames_in(
      out->link_offset_ns < 10 * (vsc_ns)VSC_SECOND ? out->link_offset_ns
                                                    : 10 * (vsc_ns)VSC_SECOND,
      c->geometry.rate);
  } else {
    return *text && !text[strspn(text, "0123456789.")] ? "has no unit"
                                                       : "is not a time";
  }
  return out->link_offset_ns > 0 ? NULL : "is not more than 0";
}

static int
set_link_offset(struct config *c,
                struct profile_section *s,
                const struct stream_options *o,
                struct stream_config *out)
{
  const char *const flaw = parse_link_offset(c, o, out);
  if (flaw) {
    char shown[64];
    config_complain(c,
                    s,
                    "link_offset",
                    "\"%s\" %s; write a time such as 3ms, or packets as in "
                    "3packets",
                    text_shorten(o->link_offset, shown, sizeof shown),
                    flaw);
    return -1;
  }
  const int64_t room = region_offset_room(
    &c->geometry, device_frames(c, out, out->desc.format.frames_per_packet));
  if (c->has_geometry && (int64_t)out->link_offset > room) {
    config_complain(c,
                    s,
                    "link_offset",
                    "%u frames; with a ring of %u frames it may be at "
                    "most %lld: make [device] ring larger",
                    out->link_offset,
                    c->geometry.ring,
                    (long long)(room > 0 ? room : 0));
    return -1;
  }
  return 0;
}

/* An address that a socket can use; IS_HOST: no group. */
static int
set_ip(struct config *c,
       struct profile_section *s,
       const char *key,
       const char *text,
       bool is_host,
       vsc_ip *out)
{
  char shown[64];
  text_shorten(text, shown, sizeof shown);
  if (ip_parse(text, out) < 0) {
    config_complain(c,
                    s,
                    key,
                    "\"%s\" is not an IPv4 address such as %s",
                    shown,
                    is_host ? "192.168.1.20" : "239.69.1.1");
    return -1;
  }
  const uint32_t first = *out >> 24;
  if (first == 0 || first >= 240 || (is_host && first >= 224)) {
    config_complain(
      c,
      s,
      key,
      is_host ? "\"%s\" is not the address of a host"
              : "\"%s\" is neither a group (224.0.0.0 to 239.255.255.255) nor "
                "a host",
      shown);
    return -1;
  }
  return 0;
}

/* "10.0.0.2, 10.0.0.3": to each of them. */
static int
set_addresses(struct config *c,
              struct profile_section *s,
              const char *text,
              vsc_stream *out)
{
  unsigned count = 0;
  for (const char *at = text; at; count++) {
    char one[64];
    vsc_ip ip = 0;
    at += strspn(at, " \t");
    const size_t length = strcspn(at, ", \t");
    const char *const next = at + length + strspn(at + length, " \t");
    snprintf(one, sizeof one, "%.*s", (int)(length < 63 ? length : 63), at);
    if (*next && *next != ',') {
      config_complain(c, s, "address", "\"%s\" wants a comma behind it", one);
      return -1;
    }
    if (count == VSC_DESTINATIONS_MAX) {
      config_complain(
        c, s, "address", "more than %d addresses", VSC_DESTINATIONS_MAX);
      return -1;
    }
    if (set_ip(c, s, "address", one, false, &ip) < 0) {
      return -1;
    }
    if (stream_goes_to(out, ip)) {
      config_complain(c, s, "address", "\"%s\" is there twice", one);
      return -1;
    }
    if (count == 0) {
      out->address = ip;
    } else {
      out->also[out->also_count++] = ip;
    }
    at = *next ? next + 1 : NULL;
  }
  return 0;
}

static int
set_address(struct config *c,
            struct profile_section *s,
            const struct stream_options *o,
            struct stream_config *out)
{
  int wrong = 0;
  out->desc.port = (uint16_t)o->port;
  if (*o->address && out->is_send) {
    wrong |= set_addresses(c, s, o->address, &out->desc);
  } else if (*o->address) {
    wrong |= set_ip(c, s, "address", o->address, false, &out->desc.address);
  } else if (out->is_send) {
    config_complain_missing(c, s, "needs an address");
    wrong = -1;
  } else if (!*o->session && !*o->sdp) {
    config_complain_missing(c, s, "needs an address, a session or an sdp");
    wrong = -1;
  }
  if (*o->source) {
    wrong |= set_ip(c, s, "source", o->source, true, &out->desc.source);
  }
  return wrong;
}

/* A name, or a URL that can be asked. */
static int
set_session(struct config *c,
            struct profile_section *s,
            const char *text,
            struct stream_config *out)
{
  struct rtsp_url url;
  const char *why = "";
  if (rtsp_url_is(text) && rtsp_url_read(text, &url, &why) < 0) {
    char shown[64];
    config_complain(c,
                    s,
                    "session",
                    "\"%s\" %s",
                    text_shorten(text, shown, sizeof shown),
                    why);
    return -1;
  }
  return copy(c, s, "session", out->session, sizeof out->session, text);
}

static int
set_rtp_offset(struct config *c,
               struct profile_section *s,
               const struct stream_options *o,
               struct stream_config *out)
{
  const char *const text = o->rtp_offset;
  out->desc.has_rtp_offset = 1;
  if (out->follows && profile_entry(s, "rtp_offset") &&
      strcmp(text, "auto") != 0) {
    config_complain(c,
                    s,
                    "rtp_offset",
                    "with follow = stream a stream is placed as its packets "
                    "come: leave it out");
    return -1;
  }
  if (!out->is_send && (out->follows || strcmp(text, "auto") == 0)) {
    out->is_auto_offset = 1;
    out->desc.has_rtp_offset = 0;
    return 0;
  }
  if (!out->is_send && strcmp(text, "sdp") == 0) {
    out->takes_sdp_offset = 1;
    return 0;
  }
  char *end = NULL;
  const unsigned long long n = strtoull(text, &end, 10);
  if (*text < '0' || *text > '9' || *end || n > UINT32_MAX) {
    char shown[64];
    config_complain(c,
                    s,
                    "rtp_offset",
                    "\"%s\" is not %sa number of 0..4294967295",
                    text_shorten(text, shown, sizeof shown),
                    out->is_send ? "" : "auto, sdp, or ");
    return -1;
  }
  out->desc.rtp_offset = (uint32_t)n;
  if (out->is_send && n > 0 && out->desc.dialect == VSC_DIALECT_ST2110) {
    config_complain(c,
                    s,
                    "rtp_offset",
                    "%llu: with dialect = st2110 it is 0 (ST 2110-10, 7.3)",
                    n);
    return -1;
  }
  return 0;
}

/* A device input that MAP feeds twice, or ROUTE_NONE. */
static uint16_t
fed_twice(const struct route_map *m, uint32_t channels)
{
  bool is_fed[VSC_CHANNELS_MAX] = { false };
  for (uint32_t i = 0; i < channels + m->copies; i++) {
    const uint16_t to = i < channels ? m->device[i] : m->copy[i - channels].to;
    if (to != ROUTE_NONE && is_fed[to]) {
      return to;
    }
    if (to != ROUTE_NONE) {
      is_fed[to] = true;
    }
  }
  return ROUTE_NONE;
}

static int
set_map(struct config *c,
        struct profile_section *s,
        const char *text,
        struct config_stream *out)
{
  const struct stream_config *const k = &out->config;
  const uint32_t n = k->desc.format.channels;
  char why[160];
  if (route_map_parse(text,
                      0,
                      n,
                      k->is_send ? c->geometry.outputs : c->geometry.inputs,
                      k->is_send,
                      &out->map,
                      why,
                      sizeof why) < 0) {
    config_complain(c, s, "map", "%s", why);
    return -1;
  }
  const uint16_t twice = k->is_send ? ROUTE_NONE : fed_twice(&out->map, n);
  if (twice != ROUTE_NONE) {
    config_complain(c, s, "map", "device input %u is fed twice", twice + 1u);
    return -1;
  }
  return 0;
}

static int
set_channels(struct config *c,
             struct profile_section *s,
             const struct stream_options *o,
             struct config_stream *out)
{
  struct stream_config *const k = &out->config;
  const uint32_t device = k->is_send ? c->geometry.outputs : c->geometry.inputs;
  uint16_t list[VSC_CHANNELS_MAX];
  const int32_t n = channels_parse(o->channels, list, VSC_CHANNELS_MAX);
  if (!*o->channels) {
    config_complain_missing(c, s, "needs channels, such as 1-8 or 1-4,9");
    return -1;
  }
  if (n <= 0) {
    char shown[64];
    config_complain(c,
                    s,
                    "channels",
                    "\"%s\" are no channels; write 1-8, or 1-4,9: from 1, each "
                    "once, at most %d",
                    text_shorten(o->channels, shown, sizeof shown),
                    VSC_CHANNELS_MAX);
    return -1;
  }
  k->desc.format.channels = (uint32_t)n;
  if (!c->has_geometry) {
    return 0;
  }
  if (copy(c, s, "channels", k->channels, sizeof k->channels, o->channels)) {
    return -1;
  }
  if (*o->map) {
    return set_map(c, s, o->map, out);
  }
  (void)route_map_parse(
    NULL, 0, 0, device, k->is_send, &out->map, (char[1]){ 0 }, 1);
  for (int32_t i = 0; i < n; i++) {
    if (list[i] >= device) {
      config_complain(c,
                      s,
                      "channels",
                      "channel %u: the device has %u %s",
                      list[i] + 1u,
                      device,
                      k->is_send ? "outputs" : "inputs");
      return -1;
    }
    out->map.device[i] = list[i];
  }
  return 0;
}

/* "L24" -> "codec-l24", "linear" -> "resampler-linear"; are they there? */
static int
set_modules(struct config *c,
            const struct config_source *src,
            struct profile_section *s,
            const struct stream_options *o,
            struct stream_config *out)
{
  char *const encoding = out->desc.format.encoding;
  int wrong = copy(
    c, s, "encoding", encoding, sizeof out->desc.format.encoding, o->encoding);
  char transport[sizeof out->transport - sizeof "transport-" + 1];
  wrong |= copy(c, s, "transport", transport, sizeof transport, o->transport);
  char resampler[sizeof out->resampler - sizeof "resampler-" + 1];
  const bool is_left_out = out->follows && !*o->resampler;
  wrong |= copy(c,
                s,
                "resampler",
                resampler,
                sizeof resampler,
                is_left_out ? "samplerate" : o->resampler);
  if (wrong) {
    return wrong;
  }
  snprintf(out->codec, sizeof out->codec, "codec-%s", encoding);
  for (char *p = out->codec; *p; p++) {
    *p = (char)(*p >= 'A' && *p <= 'Z' ? *p - 'A' + 'a' : *p);
  }
  snprintf(out->transport, sizeof out->transport, "transport-%s", transport);
  snprintf(out->resampler,
           sizeof out->resampler,
           "%s%s",
           *resampler ? "resampler-" : "",
           resampler);
  if (!config_check_module(c, src, s, "encoding", out->codec, VSC_KIND_CODEC)) {
    wrong = -1;
  }
  if (!config_check_module(
        c, src, s, "transport", out->transport, VSC_KIND_TRANSPORT)) {
    wrong = -1;
  }
  if (*resampler &&
      !config_check_module(
        c, src, s, "resampler", out->resampler, VSC_KIND_RESAMPLER)) {
    wrong = -1;
  }
  return wrong;
}

/* Samples of so many bits have a size that is known without asking a codec. */
static int
check_size(struct config *c,
           struct profile_section *s,
           const struct stream_config *k)
{
  char *end = NULL;
  const vsc_format *const f = &k->desc.format;
  const char *const encoding = f->encoding;
  const bool is_linear = encoding[0] == 'L' || encoding[0] == 'l';
  const unsigned long bits = is_linear ? strtoul(encoding + 1, &end, 10) : 0;
  const uint64_t bytes =
    (uint64_t)f->channels * f->frames_per_packet * (bits / 8);
  if (!k->is_send || bits > 64 || (end && *end) ||
      bytes <= VSC_PACKET_BYTES_MAX) {
    return 0;
  }
  config_complain(c,
                  s,
                  "packet_time",
                  "a packet of %u channels would hold %llu bytes, the most is "
                  "%d: fewer channels or a shorter packet_time",
                  f->channels,
                  (unsigned long long)bytes,
                  VSC_PACKET_BYTES_MAX);
  return -1;
}

int
config_stream_set(struct config *c,
                  const struct config_source *src,
                  struct profile_section *s,
                  const struct stream_options *o,
                  struct config_stream *out)
{
  struct stream_config *const k = &out->config;
  k->is_send = strcmp(s->role, "send") == 0;
  k->is_always = o->when == 1;
  k->follows = o->follow == 1 && !k->is_send;
  vsc_stream *const d = &k->desc;
  d->size = sizeof *d;
  d->format.size = sizeof d->format;
  d->format.rate = o->rate ? (uint32_t)o->rate : c->geometry.rate;
  d->ttl = (uint8_t)o->ttl;
  d->dscp = (uint8_t)o->dscp;
  d->dialect = (uint8_t)o->dialect;
  k->takes_over = o->takes_over;
  k->ignores_refclk = o->ignores_refclk || k->follows;
  const int is_any_type = !k->is_send && !profile_entry(s, "payload_type");
  d->payload_type = is_any_type ? 255 : (uint8_t)o->payload_type;
  /* All of them, so that every mistake is told. */
  int wrong = set_rate(c, s, d->format.rate);
  wrong |= copy(c, s, NULL, d->name, sizeof d->name, s->name);
  wrong |= copy(c, s, NULL, d->id, sizeof d->id, s->name);
  wrong |= set_session(c, s, o->session, k);
  wrong |= copy(c, s, "sdp", k->sdp, sizeof k->sdp, o->sdp);
  wrong |= set_modules(c, src, s, o, k);
  wrong |= set_channels(c, s, o, out);
  wrong |= set_address(c, s, o, k);
  wrong |= set_rtp_offset(c, s, o, k);
  wrong |= set_packet_time(c, s, o, k);
  wrong |= set_link_offset(c, s, o, k);
  return wrong ? wrong : check_size(c, s, k);
}

void
config_stream_check(struct config *c,
                    const struct config_source *src,
                    struct profile_section *s,
                    const struct stream_options *o)
{
  struct stream_config scratch = { 0 };
  scratch.desc.format.rate = o->rate ? (uint32_t)o->rate : c->geometry.rate;
  (void)set_rate(c, s, scratch.desc.format.rate);
  (void)set_modules(c, src, s, o, &scratch);
  (void)set_packet_time(c, s, o, &scratch);
  (void)set_link_offset(c, s, o, &scratch);
}
