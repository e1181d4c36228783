/* config_stream.c - one [send] or [receive] section into a stream.
   SPDX-License-Identifier: MIT */
#include "config_stream.h"

#include "option.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vsc/position.h>

static int
fail(struct config *c,
     struct profile_section *s,
     const char *key,
     const char *text)
{
  const struct profile_entry *const entry = key ? profile_entry(s, key) : NULL;
  profile_complain(
    c->profile, s, entry, "%s%s%s", key ? key : "", key ? ": " : "", text);
  return -1;
}

/* Bounded copy of a profile's text; too long is a mistake. */
static int
copy(struct config *c,
     struct profile_section *s,
     const char *key,
     char *out,
     size_t bytes,
     const char *prefix,
     const char *text)
{
  const int n = snprintf(out, bytes, "%s%s", prefix, text);
  if (n < 0 || (size_t)n >= bytes) {
    return fail(c, s, key, "the value is too long");
  }
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
set_link_offset(struct config *c,
                struct profile_section *s,
                const struct stream_options *o,
                struct stream_config *out)
{
  const uint32_t rate = out->desc.format.rate;
  char *end = NULL;
  const unsigned long packets = strtoul(o->link_offset, &end, 10);
  if (end != o->link_offset && strcmp(end, "packets") == 0 && packets <= 1000) {
    out->link_offset_ns = (vsc_ns)packets * o->packet_time;
    out->link_offset =
      device_frames(c, out, packets * vsc_packet_frames(o->packet_time, rate));
  } else if (duration_parse(o->link_offset, &out->link_offset_ns) >= 0) {
    out->link_offset = (uint32_t)vsc_frames_in(
      out->link_offset_ns < 10 * (vsc_ns)VSC_SECOND ? out->link_offset_ns
                                                    : 10 * (vsc_ns)VSC_SECOND,
      c->geometry.rate);
  } else {
    return fail(c,
                s,
                "link_offset",
                "write a time such as 3ms, or packets as in 3packets");
  }
  const int64_t room =
    (int64_t)c->geometry.ring / 2 - (int64_t)c->geometry.rate / 100 -
    device_frames(c, out, out->desc.format.frames_per_packet);
  if ((int64_t)out->link_offset > room) {
    char text[160];
    snprintf(text,
             sizeof text,
             "%u frames; with a ring of %u frames it may be at "
             "most %lld: make [device] ring larger",
             out->link_offset,
             c->geometry.ring,
             (long long)(room > 0 ? room : 0));
    return fail(c, s, "link_offset", text);
  }
  return 0;
}

static int
set_address(struct config *c,
            struct profile_section *s,
            const struct stream_options *o,
            struct stream_config *out)
{
  if (*o->address && ip_parse(o->address, &out->desc.address) < 0) {
    return fail(c, s, "address", "write an IPv4 address such as 239.69.1.1");
  }
  if (*o->source && ip_parse(o->source, &out->desc.source) < 0) {
    return fail(c, s, "source", "write an IPv4 address such as 192.168.1.20");
  }
  out->desc.port = (uint16_t)o->port;
  const int has_session = *o->session || *o->sdp;
  if (out->is_send && out->desc.address == 0) {
    return fail(c, s, NULL, "a stream to send needs an address");
  }
  if (!out->is_send && out->desc.address == 0 && !has_session) {
    return fail(
      c, s, NULL, "a stream to receive needs an address, a session or an sdp");
  }
  return 0;
}

static int
set_rtp_offset(struct config *c,
               struct profile_section *s,
               const struct stream_options *o,
               struct stream_config *out)
{
  const char *const text = o->rtp_offset;
  out->desc.has_rtp_offset = 1;
  if (!out->is_send && strcmp(text, "auto") == 0) {
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
    return fail(c,
                s,
                "rtp_offset",
                out->is_send ? "write a number of 0..4294967295"
                             : "write auto, sdp, or a number of 0..4294967295");
  }
  out->desc.rtp_offset = (uint32_t)n;
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
  char why[160];
  if (n <= 0) {
    return fail(c,
                s,
                "channels",
                "channels are needed: 1-8, or 1-4,9; each once, from 1");
  }
  k->desc.format.channels = (uint32_t)n;
  if (route_map_parse(*o->map ? o->map : "1>1",
                      0,
                      (uint32_t)n,
                      device ? device : 1,
                      k->is_send,
                      &out->map,
                      why,
                      sizeof why) < 0) {
    return fail(c, s, "map", why);
  }
  if (!*o->map) {
    for (int32_t i = 0; i < n; i++) {
      if (list[i] >= device) {
        snprintf(why,
                 sizeof why,
                 "channel %u: the device has %u %s",
                 list[i] + 1u,
                 device,
                 k->is_send ? "outputs" : "inputs");
        return fail(c, s, "channels", why);
      }
      out->map.device[i] = list[i];
    }
  }
  return copy(
    c, s, "channels", k->channels, sizeof k->channels, "", o->channels);
}

/* "L24" -> "codec-l24", "linear" -> "resampler-linear". */
static int
set_modules(struct config *c,
            struct profile_section *s,
            const struct stream_options *o,
            struct stream_config *out)
{
  if (copy(c,
           s,
           "encoding",
           out->desc.format.encoding,
           sizeof out->desc.format.encoding,
           "",
           o->encoding) ||
      copy(c,
           s,
           "encoding",
           out->codec,
           sizeof out->codec,
           "codec-",
           o->encoding) ||
      copy(c,
           s,
           "transport",
           out->transport,
           sizeof out->transport,
           "transport-",
           o->transport) ||
      copy(c,
           s,
           "resampler",
           out->resampler,
           sizeof out->resampler,
           *o->resampler ? "resampler-" : "",
           o->resampler)) {
    return -1;
  }
  for (char *p = out->codec; *p; p++) {
    *p = (char)(*p >= 'A' && *p <= 'Z' ? *p - 'A' + 'a' : *p);
  }
  return 0;
}

int
config_stream_set(struct config *c,
                  struct profile_section *s,
                  const struct stream_options *o,
                  struct config_stream *out)
{
  struct stream_config *const k = &out->config;
  k->is_send = strcmp(s->role, "send") == 0;
  k->is_always = o->when == 1;
  vsc_stream *const d = &k->desc;
  d->size = sizeof *d;
  d->format.size = sizeof d->format;
  d->format.rate = o->rate ? (uint32_t)o->rate : c->geometry.rate;
  d->format.frames_per_packet =
    vsc_packet_frames(o->packet_time, d->format.rate);
  d->packet_time = o->packet_time;
  d->ttl = (uint8_t)o->ttl;
  d->dscp = (uint8_t)o->dscp;
  const int is_any_type = !k->is_send && !profile_entry(s, "payload_type");
  d->payload_type = is_any_type ? 255 : (uint8_t)o->payload_type;
  if (!config_is_rate(d->format.rate)) {
    return fail(c, s, "rate", "use 44100 or 48000 times 1, 2, 4, 8");
  }
  if (copy(c, s, NULL, d->name, sizeof d->name, "", s->name) ||
      copy(c, s, NULL, d->id, sizeof d->id, "", s->name) ||
      copy(c, s, "session", k->session, sizeof k->session, "", o->session) ||
      copy(c, s, "sdp", k->sdp, sizeof k->sdp, "", o->sdp) ||
      set_modules(c, s, o, k) || set_channels(c, s, o, out) ||
      set_address(c, s, o, k) || set_rtp_offset(c, s, o, k) ||
      set_link_offset(c, s, o, k)) {
    return -1;
  }
  const uint32_t f = d->format.frames_per_packet;
  if (f < 1 || device_frames(c, k, f) > c->geometry.ring / 8) {
    return fail(c, s, "packet_time", "no whole frame fits; make it longer");
  }
  return 0;
}
