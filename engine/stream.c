/* stream.c - one stream: from its configuration to a route on a transport.
   SPDX-License-Identifier: MIT */
#include "stream.h"

#include "door.h"
#include "guest.h"
#include "log.h"
#include "modules/shared/sdp.h"
#include "option.h"
#include "refclk.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vsc/position.h>

struct stream *
stream_create(const struct stream_config *config, const struct route_map *map)
{
  struct stream *const s = calloc(1, sizeof *s);
  struct stream_counts *const counts = s ? calloc(1, sizeof *counts) : NULL;
  if (!counts) {
    free(s);
    return NULL;
  }
  s->counts = counts;
  s->config = *config;
  s->map = *map;
  memcpy(s->name, config->desc.name, sizeof s->name);
  return s;
}

void
stream_destroy(struct stream *s)
{
  if (s) {
    stream_close(s);
    guest_destroy(s->guest);
    free(s->counts);
    free(s);
  }
}

void
stream_set_map(struct stream *s, const struct route_map *map)
{
  s->map = *map;
}

static vsc_status
refuse(struct engine *e, struct stream *s, vsc_status status, const char *why)
{
  if (strncmp(s->reason, why, sizeof s->reason - 1) != 0) {
    snprintf(s->reason, sizeof s->reason, "%s", why);
    if (status != VSC_ERR_NOT_FOUND) {
      log_write(e->setup.log, VSC_LOG_ERROR, s->name, "%s", s->reason);
    }
  }
  return status;
}

/* Is D's epoch ours? Of a clock that it does not name we believe it. */
static bool
is_our_epoch(const struct engine *e,
             const struct stream_config *c,
             const vsc_stream *d)
{
  return d->has_rtp_offset &&
         (c->ignores_refclk || (d->reference == VSC_REFERENCE_PTP &&
                                (!refclk_is_told(d) || refclk_is_ours(e, d))));
}

/* What an SDP or a session says replaces what the profile could not know. Where
   timestamps come from a clock that is not ours, the sender is followed as its
   packets come, from the offset that was told where that fits. */
static void
take_description(const struct engine *e,
                 struct stream_config *r,
                 const vsc_stream *d)
{
  const vsc_stream mine = r->desc;
  r->desc.address = d->address;
  r->desc.port = d->port;
  if (!mine.source) {
    r->desc.source = d->source;
  }
  r->desc.format = d->format;
  r->desc.copy_address = d->copy_address;
  r->desc.copy_source = d->copy_source;
  r->desc.copy_port = d->copy_port;
  r->desc.payload_type = d->payload_type;
  r->desc.packet_time = d->packet_time ? d->packet_time : mine.packet_time;
  if (!r->desc.format.frames_per_packet) {
    r->desc.format.frames_per_packet =
      vsc_packet_frames(r->desc.packet_time, d->format.rate);
  }
  memcpy(r->desc.clock_id, d->clock_id, sizeof d->clock_id);
  r->desc.clock_domain = d->clock_domain;
  r->desc.reference = d->reference;
  if (r->takes_sdp_offset || r->is_auto_offset) {
    r->desc.rtp_offset = d->has_rtp_offset ? d->rtp_offset : 0;
  }
  if (r->takes_sdp_offset && !is_our_epoch(e, r, d)) {
    r->is_auto_offset = 1;
    r->desc.has_rtp_offset = 0;
  }
  snprintf(r->codec, sizeof r->codec, "codec-%s", d->format.encoding);
  for (char *p = r->codec; *p; p++) {
    *p = (char)(*p >= 'A' && *p <= 'Z' ? *p - 'A' + 'a' : *p);
  }
}

static vsc_status
read_sdp_file(const struct engine *e, struct stream *s, char *why, size_t bytes)
{
  char text[16384];
  FILE *const file = fopen(s->config.sdp, "rb");
  const size_t n = file ? fread(text, 1, sizeof text, file) : 0;
  if (!file || n == sizeof text) {
    snprintf(why,
             bytes,
             "sdp file \"%s\": %s",
             s->config.sdp,
             file ? "longer than 16 KiB" : strerror(errno));
  }
  if (file) {
    fclose(file);
  }
  if (!file || n == sizeof text) {
    return VSC_ERR_SYSTEM;
  }
  struct sdp_result result;
  if (sdp_parse(text, n, &result) < 0 || result.count == 0) {
    snprintf(why,
             bytes,
             "sdp file \"%s\":%u: %s",
             s->config.sdp,
             result.line,
             result.reason);
    return VSC_ERR_MALFORMED;
  }
  take_description(e, &s->resolved, &result.streams[0]);
  memcpy(s->title, result.streams[0].name, sizeof s->title);
  return VSC_OK;
}

static vsc_status
describe(struct engine *e, struct stream *s, char *why, size_t bytes)
{
  s->resolved = s->config;
  if (s->config.sdp[0]) {
    return read_sdp_file(e, s, why, bytes);
  }
  if (s->config.session[0]) {
    const struct session *const found = sessions_find(e, s->config.session);
    if (!found) {
      char shown[100];
      snprintf(why,
               bytes,
               "no session \"%s\" has been found yet",
               text_shorten(s->config.session, shown, sizeof shown));
      return VSC_ERR_NOT_FOUND;
    }
    take_description(e, &s->resolved, &found->stream);
    memcpy(s->title, found->stream.name, sizeof s->title);
  }
  return VSC_OK;
}

static vsc_status
resolve(struct engine *e, struct stream *s, char *why, size_t bytes)
{
  const vsc_status status = describe(e, s, why, bytes);
  if (status < 0 || s->config.is_send ||
      !refclk_is_of_other_domain(e, s, &s->resolved.desc)) {
    return status;
  }
  snprintf(why,
           bytes,
           "its session follows PTP domain %u, our clock domain %u: set "
           "clock.domain = %u, or ignore_refclk = yes for this receiver",
           s->resolved.desc.clock_domain,
           e->view.domain,
           s->resolved.desc.clock_domain);
  return VSC_ERR_UNSUPPORTED;
}

struct transport *
stream_transport(struct engine *e,
                 const struct services *services,
                 const char *module,
                 char *why,
                 size_t bytes)
{
  struct transport **end = &e->transports;
  for (; *end; end = &(*end)->next) {
    if (strcmp((*end)->module, module) == 0 &&
        (*end)->instance->services == services) {
      return *end;
    }
  }
  struct transport *const t = calloc(1, sizeof *t);
  if (!t) {
    return NULL;
  }
  snprintf(t->module, sizeof t->module, "%s", module);
  char name[VSC_NAME_BYTES];
  snprintf(name,
           sizeof name,
           "%s%s",
           module,
           services == &e->services ? "" : " secondary");
  struct profile *const p = e->config->profile;
  if (instance_create(services,
                      module,
                      VSC_KIND_TRANSPORT,
                      name,
                      p,
                      profile_section(p, "transport", module + 10),
                      &t->instance,
                      why,
                      bytes) < 0) {
    free(t);
    return NULL;
  }
  t->ops = t->instance->module->ops;
  *end = t;
  return t;
}

/* Codec and sizes for a device at the configured rate; the largest packet is
   bounded before anything is opened. */
static vsc_status
open_codec(struct engine *e,
           struct stream *s,
           uint32_t *bytes_per_frame,
           char *why,
           size_t bytes)
{
  const vsc_format *const f = &s->resolved.desc.format;
  struct profile *const p = e->config->profile;
  vsc_status status =
    instance_create(&e->services,
                    s->resolved.codec,
                    VSC_KIND_CODEC,
                    s->name,
                    p,
                    profile_section(p, "codec", s->resolved.codec + 6),
                    &s->codec,
                    why,
                    bytes);
  if (status < 0) {
    return status;
  }
  const vsc_codec_ops *const ops = s->codec->module->ops;
  status = ops->open(s->codec->self, f, bytes_per_frame);
  if (status < 0 || *bytes_per_frame == 0) {
    instance_destroy(s->codec);
    s->codec = NULL;
    snprintf(why,
             bytes,
             "%s does not take %u channels of \"%.15s\"",
             s->resolved.codec,
             f->channels,
             f->encoding);
    return VSC_ERR_UNSUPPORTED;
  }
  const uint64_t packet = (uint64_t)*bytes_per_frame * f->frames_per_packet;
  if (s->config.is_send && packet > VSC_PACKET_BYTES_MAX) {
    snprintf(why,
             bytes,
             "a packet would hold %llu bytes, the most is %d: fewer channels "
             "or a shorter packet_time",
             (unsigned long long)packet,
             VSC_PACKET_BYTES_MAX);
    return VSC_ERR_UNSUPPORTED;
  }
  return VSC_OK;
}

/* Frames: older packets are not sent any more. AES67 7.5: jitter of a sender,
   at most 17 packet times or 17 ms. */
static uint32_t
max_age(const vsc_format *f)
{
  const uint32_t packets = 17 * f->frames_per_packet;
  const uint32_t ms17 = f->rate * 17u / 1000u;
  return packets < ms17 ? packets : ms17;
}

static bool
needs_door(const struct stream *s, uint32_t device)
{
  return s->resolved.desc.format.rate != device || s->resolved.follows;
}

/* Why a stream at another rate than a device at DEVICE cannot be resampled. */
static vsc_status
check_rates(const struct stream *s, uint32_t device, char *why, size_t bytes)
{
  const uint32_t rate = s->resolved.desc.format.rate;
  const vsc_codec_ops *const codec = s->codec->module->ops;
  const int n = snprintf(why,
                         bytes,
                         "the stream runs at %u frames/s%s, the device at %u: ",
                         rate,
                         s->resolved.follows ? " of its own clock" : "",
                         device);
  const size_t used = n > 0 && (size_t)n < bytes ? (size_t)n : 0;
  if (!config_is_rate(rate)) {
    snprintf(why + used,
             bytes - used,
             "only 44100 and 48000 times 1, 2, 4, 8 can be resampled");
  } else if (codec->is_raw) {
    snprintf(why + used,
             bytes - used,
             "words of %s are bits, which cannot be resampled",
             s->resolved.codec);
  } else if (!s->resolved.resampler[0]) {
    snprintf(why + used,
             bytes - used,
             "name a resampler module with the key \"resampler\", as in "
             "resampler = linear for resampler-linear.so");
  } else {
    return VSC_OK;
  }
  return VSC_ERR_UNSUPPORTED;
}

static vsc_status
open_door(struct engine *e, struct stream *s, char *why, size_t bytes)
{
  const vsc_format *const f = &s->resolved.desc.format;
  const char *const module = s->resolved.resampler;
  struct profile *const p = e->config->profile;
  if (!needs_door(s, e->region->geometry.rate)) {
    return VSC_OK;
  }
  vsc_status status = check_rates(s, e->region->geometry.rate, why, bytes);
  if (status >= 0) {
    status = instance_create(&e->services,
                             module,
                             VSC_KIND_RESAMPLER,
                             s->name,
                             p,
                             profile_section(p, "resampler", module + 10),
                             &s->resampler,
                             why,
                             bytes);
  }
  if (status < 0) {
    return status;
  }
  const bool is_send = s->config.is_send != 0;
  const struct door_setup setup = {
    .ops = s->resampler->module->ops,
    .self = s->resampler->self,
    .module = module,
    .is_send = is_send,
    .channels = f->channels,
    .device_rate = e->region->geometry.rate,
    .stream_rate = f->rate,
    .device = is_send ? &e->audio.out : &e->audio.in,
    .link_offset = s->resolved.link_offset,
    .age = is_send ? max_age(f) + f->frames_per_packet : 0,
    .follows = s->resolved.follows ? &s->counts->sender : NULL,
    .owner = e->device,
    .underruns = &s->counts->tx.counters[TX_UNDERRUN_FRAMES],
    .realigned = &s->counts->realigned,
  };
  return door_create(&setup, &s->arena, &s->door, why, bytes);
}

/* Of a sender that is followed, or that our own clock goes by. */
static vsc_status
open_sender_clock(struct engine *e, struct stream *s, struct route_rx *r)
{
  if (s->resolved.follows) {
    r->sender = s->door->sender;
  } else if (strcmp(e->config->clock_follow, s->name) == 0) {
    const vsc_pos ahead = (vsc_pos)r->timeline->frames / 2;
    const vsc_pos link = (vsc_pos)r->link_offset;
    r->sender = arena_alloc(&s->arena, sizeof *r->sender);
    if (!r->sender) {
      return VSC_ERR_NOMEM;
    }
    sender_clock_init(r->sender,
                      &s->counts->sender,
                      s->resolved.desc.format.rate,
                      link,
                      ahead - link);
  }
  return VSC_OK;
}

static vsc_status
open_rx(struct engine *e, struct stream *s, uint32_t bytes_per_frame)
{
  const struct stream_config *const c = &s->resolved;
  struct timeline *const t = s->door ? &s->door->timeline : &e->audio.in;
  struct route_rx *const r = arena_alloc(&s->arena, sizeof *r);
  uint64_t *const bits = arena_alloc(&s->arena, t->frames / 8 * 2);
  if (!r || !bits) {
    return VSC_ERR_NOMEM;
  }
  r->codec = s->codec->module->ops;
  r->codec_self = s->codec->self;
  r->counts = &s->counts->rx;
  r->timeline = t;
  r->wake = s->door ? &s->door->wake : &e->audio.wake;
  r->channels = c->desc.format.channels;
  r->bytes_per_frame = bytes_per_frame;
  r->link_offset = s->door ? s->door->link_offset : c->link_offset;
  r->whole_offset = c->link_offset_ns;
  r->is_auto_offset = c->is_auto_offset && !c->follows;
  r->is_followed = c->follows;
  if (open_sender_clock(e, s, r) < 0) {
    return VSC_ERR_NOMEM;
  }
  route_rx_init(r, bits);
  s->rx = r;
  const vsc_status status = s->transport->ops->rx_open(
    s->transport->instance->self, s->io, &c->desc, &r->port);
  if (status < 0) {
    s->rx = NULL;
  } else {
    stream_copy_open(e, s);
  }
  return status;
}

static struct device *
device_of(const struct engine *e, const struct stream *s)
{
  return s->guest ? guest_device(s->guest) : e->device;
}

static vsc_status
open_tx(struct engine *e, struct stream *s, uint32_t bytes_per_frame)
{
  const struct stream_config *const c = &s->resolved;
  struct route_tx *const r = arena_alloc(&s->arena, sizeof *r);
  if (!r) {
    return VSC_ERR_NOMEM;
  }
  r->codec = s->codec->module->ops;
  r->codec_self = s->codec->self;
  r->counts = &s->counts->tx;
  r->timeline = s->door    ? &s->door->timeline
                : s->guest ? &guest_lines(s->guest)->out
                           : &e->audio.out;
  r->wake = s->door ? &s->door->wake : &e->audio.wake;
  r->device = s->door ? NULL : device_of(e, s);
  r->channels = c->desc.format.channels;
  r->bytes_per_frame = bytes_per_frame;
  r->frames = c->desc.format.frames_per_packet;
  r->max_age = max_age(&c->desc.format);
  route_tx_init(r);
  s->tx = r;
  const vsc_status status = s->transport->ops->tx_open(
    s->transport->instance->self, s->io, &c->desc, &r->port);
  if (status < 0) {
    s->tx = NULL;
  }
  return status;
}

/* Applications see whether words are bits. */
static void
mark_channels(struct engine *e, const struct stream *s)
{
  const vsc_codec_ops *const ops = s->codec->module->ops;
  for (uint32_t c = 0; c < s->resolved.desc.format.channels; c++) {
    if (s->map.device[c] != ROUTE_NONE) {
      device_mark_raw(device_of(e, s),
                      !s->config.is_send,
                      s->map.device[c],
                      ops->is_raw != 0);
    }
  }
}

vsc_status
stream_open(struct engine *e, struct stream *s)
{
  char why[480] = "";
  uint32_t bytes_per_frame = 0;
  vsc_status status = resolve(e, s, why, sizeof why);
  if (status < 0) {
    return refuse(e, s, status, why);
  }
  s->transport =
    stream_transport(e, &e->services, s->resolved.transport, why, sizeof why);
  if (!s->transport) {
    return refuse(e, s, VSC_ERR_UNSUPPORTED, *why ? why : "no memory");
  }
  status = open_codec(e, s, &bytes_per_frame, why, sizeof why);
  if (status >= 0) {
    status = open_door(e, s, why, sizeof why);
  }
  const vsc_transport_ops *const ops = s->transport->ops;
  if (status >= 0) {
    s->io = arena_alloc(
      &s->arena, s->config.is_send ? ops->tx_size + 1u : ops->rx_size + 1u);
    s->transport->instance->current = &s->arena;
    status = !s->io              ? VSC_ERR_NOMEM
             : s->config.is_send ? open_tx(e, s, bytes_per_frame)
                                 : open_rx(e, s, bytes_per_frame);
    s->transport->instance->current = &s->transport->instance->arena;
    if (status == VSC_ERR_UNSUPPORTED &&
        !e->setup.os->net.address(&e->setup.os->net)) {
      snprintf(why,
               sizeof why,
               "there is no network: name an interface, as in --set "
               "engine.interface=eth0");
    } else if (status < 0) {
      snprintf(
        why, sizeof why, "the transport cannot open it (status %d)", status);
    }
  }
  if (status < 0) {
    stream_close(s);
    return refuse(e, s, status, why);
  }
  mark_channels(e, s);
  s->is_open = true;
  s->reason[0] = '\0';
  return VSC_OK;
}

vsc_status
stream_check(struct engine *e,
             const struct stream_config *config,
             uint32_t rate,
             char *why,
             size_t why_bytes)
{
  struct stream s = { .config = *config };
  char text[480];
  uint32_t bytes_per_frame = 0;
  memcpy(s.name, config->desc.name, sizeof s.name);
  /* A session that is not known yet may be anything. */
  if (resolve(e, &s, text, sizeof text) < 0) {
    return VSC_OK;
  }
  vsc_status status = open_codec(e, &s, &bytes_per_frame, text, sizeof text);
  if (status >= 0 && needs_door(&s, rate)) {
    status = check_rates(&s, rate, text, sizeof text);
  }
  if (status < 0) {
    snprintf(why, why_bytes, "%s: %s", s.name, text);
  }
  stream_close(&s);
  return status;
}

void
stream_close(struct stream *s)
{
  stream_copy_close(s);
  if (s->rx) {
    s->transport->ops->rx_close(s->transport->instance->self, s->io);
  }
  if (s->tx) {
    s->transport->ops->tx_close(s->transport->instance->self, s->io);
  }
  if (s->codec) {
    const vsc_codec_ops *const ops = s->codec->module->ops;
    if (ops->close) {
      ops->close(s->codec->self);
    }
    instance_destroy(s->codec);
  }
  door_close(s->door);
  instance_destroy(s->resampler);
  arena_free(&s->arena);
  s->codec = NULL;
  s->resampler = NULL;
  s->door = NULL;
  s->io = NULL;
  s->rx = NULL;
  s->tx = NULL;
  s->is_open = false;
}
