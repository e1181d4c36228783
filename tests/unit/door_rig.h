/* door_rig.h - a device, one stream of another rate and its door in virtual
   time: the wake-ups of engine/audio.c, with packets that say at each frame
   which one it is. SPDX-License-Identifier: MIT */
#ifndef VSC_TESTS_DOOR_RIG_H
#define VSC_TESTS_DOOR_RIG_H

#include <criterion/criterion.h>
#include <dlfcn.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vsc/position.h>

#include "engine/door.h"

#define RIG_CHANNELS 2
#define RIG_RING 8192
/* A ramp that begins again after so many frames: where it does not, linear
   interpolation is exact, and a float holds a ten-thousandth of a frame. */
#define RAMP 1024
#define NEAR 2e-4

struct rig {
  uint32_t device_rate, rate;
  uint32_t wake_frames, s_in, link_offset;
  int is_send;
  struct timeline device;
  struct region_edges edges;
  struct route_map map;
  struct wake wake;
  vsc_ns now;
  vsc_pos grid;
  int has_reset;
  struct arena arena;
  struct door *door;
  uint32_t packet; /* stream frames */
  _Atomic uint64_t underruns, realigned;
  /* receivers */
  struct route_rx rx;
  struct rx_counts rx_counts;
  vsc_pos sent;       /* stream frames below are sent */
  vsc_pos first_sent; /* the first of all */
  /* which packets are lost; NULL: none */
  int (*is_lost)(vsc_pos pos);
  /* senders */
  struct route_tx tx;
  struct tx_counts tx_counts;
  vsc_pos filled; /* the application has written device frames below */
  /* Called for each device frame (receivers) or stream frame (senders) that is
     final: channel 0. */
  void (*hear)(struct rig *r, vsc_pos p, float x);
  vsc_pos heard;
  uint64_t frames, exact, silent, wrong;
  double worst;
};

static struct rig rig;
static max_align_t rig_self[256];
static void *rig_module;

static inline vsc_pos
rig_mod(vsc_pos a, vsc_pos b)
{
  const vsc_pos rest = a % b;
  return rest < 0 ? rest + b : rest;
}

/** What the frame at position P / OVER is: exact wherever it lies. False where
    the ramp begins again. */
static inline int
rig_ramp(vsc_pos p, vsc_pos over, double *out)
{
  *out = (double)rig_mod(p, RAMP * over) / (double)over;
  return *out > 0 && *out < RAMP - 1;
}

static inline void
rig_log(const vsc_host *h, int level, const char *format, ...) VSC_RT
{
  (void)h;
  (void)level;
  (void)format;
}
static const vsc_host rig_host = { .size = sizeof rig_host, .log = rig_log };

/* A codec whose bytes are the channels' floats. */
static void
rig_decode(void *self, const uint8_t *src, const vsc_span *dst) VSC_RT
{
  (void)self;
  for (uint32_t i = 0; i < dst->frames; i++) {
    for (uint32_t c = 0; c < dst->channels; c++) {
      if (dst->ch[c]) {
        memcpy(
          &dst->ch[c][i], src + (i * dst->channels + c) * 4, sizeof(float));
      }
    }
  }
}

static uint32_t
rig_encode(void *self, const vsc_span *src, uint8_t *dst) VSC_RT
{
  (void)self;
  for (uint32_t i = 0; i < src->frames; i++) {
    for (uint32_t c = 0; c < src->channels; c++) {
      const float x = src->ch[c] ? src->ch[c][i] : 0;
      memcpy(dst + (i * src->channels + c) * 4, &x, sizeof x);
    }
  }
  return 0;
}
static const vsc_codec_ops rig_codec = { .size = sizeof rig_codec,
                                         .encoding = "F32",
                                         .decode = rig_decode,
                                         .encode = rig_encode };

/** The fixture's ops; its instance is rig_self. */
static inline const vsc_resampler_ops *
rig_linear(void)
{
  rig_module =
    dlopen(VSC_FIXTURES "/resampler-linear.so", RTLD_NOW | RTLD_LOCAL);
  cr_assert_not_null(rig_module, "%s", dlerror());
  const vsc_module *const entry = dlsym(rig_module, VSC_MODULE_SYMBOL);
  cr_assert(entry->instance_size <= sizeof rig_self);
  memset(rig_self, 0, sizeof rig_self);
  cr_assert_eq(entry->init(rig_self, &rig_host), VSC_OK);
  return entry->ops;
}

static inline struct door_setup
rig_setup(const vsc_resampler_ops *ops)
{
  return (struct door_setup){
    .ops = ops,
    .self = rig_self,
    .module = "resampler-linear",
    .is_send = rig.is_send,
    .channels = RIG_CHANNELS,
    .device_rate = rig.device_rate,
    .stream_rate = rig.rate,
    .device = &rig.device,
    .link_offset = rig.link_offset,
    .age = rig.is_send ? rig.rate * 17 / 1000 + rig.packet : 0,
    .underruns = &rig.underruns,
    .realigned = &rig.realigned,
  };
}

/** A stream of RATE on a device of DEVICE_RATE, on channels 0 and 1. */
static inline void
rig_create(uint32_t device_rate, uint32_t rate, int is_send)
{
  const uint32_t stride = RIG_RING + 48;
  rig = (struct rig){
    .device_rate = device_rate,
    .rate = rate,
    .is_send = is_send,
    .wake_frames = device_rate / 1000,
    .s_in = device_rate / 1000 + 4,
    .link_offset = device_rate / 250 + 1, /* 4 ms and a bit */
    .now = 5000000000000,
    .grid = INT64_MIN,
    .heard = INT64_MIN,
    .wake = { .rate = device_rate,
              .view = { .size = sizeof rig.wake.view,
                        .state = VSC_CLOCK_LOCKED,
                        .host_ns = 4000000000000,
                        .tai_ns = 1800000000123456789,
                        .rate = 1.00001,
                        .generation = 1 } },
    .packet = rate / 1000,
  };
  rig.map.device[1] = 1;
  for (uint32_t c = 2; c < VSC_CHANNELS_MAX; c++) {
    rig.map.device[c] = ROUTE_NONE;
  }
  uint32_t *const words =
    arena_alloc(&rig.arena, 4 * (size_t)stride * sizeof *words);
  cr_assert_not_null(words);
  timeline_init(&rig.device, words, &rig.edges, 4, RIG_RING, stride);
}

/** The door by OPS, and the route at it. */
static inline void
rig_open(const vsc_resampler_ops *ops)
{
  char why[200] = "";
  const struct door_setup setup = rig_setup(ops);
  cr_assert_eq(door_create(&setup, &rig.arena, &rig.door, why, sizeof why),
               VSC_OK,
               "%s",
               why);
  struct door *const d = rig.door;
  if (rig.is_send) {
    rig.tx = (struct route_tx){ .counts = &rig.tx_counts,
                                .codec = &rig_codec,
                                .timeline = &d->timeline,
                                .wake = &d->wake,
                                .channels = RIG_CHANNELS,
                                .bytes_per_frame = 4 * RIG_CHANNELS,
                                .frames = rig.packet,
                                .max_age = rig.rate * 17 / 1000 };
    route_tx_init(&rig.tx);
  } else {
    rig.rx = (struct route_rx){ .counts = &rig.rx_counts,
                                .codec = &rig_codec,
                                .timeline = &d->timeline,
                                .wake = &d->wake,
                                .channels = RIG_CHANNELS,
                                .bytes_per_frame = 4 * RIG_CHANNELS,
                                .link_offset = d->link_offset };
    route_rx_init(&rig.rx, arena_alloc(&rig.arena, d->timeline.frames / 8 * 2));
  }
}

static inline void
rig_close(void)
{
  door_close(rig.door);
  arena_free(&rig.arena);
  if (rig_module) {
    dlclose(rig_module);
    rig_module = NULL;
  }
}

/** The packet of the ramp at stream position POS, as its transport hands it
    over. */
static inline void
rig_deliver(vsc_pos pos, uint32_t flags)
{
  float bytes[1024 * RIG_CHANNELS];
  for (uint32_t i = 0; i < rig.packet; i++) {
    const float x = (float)rig_mod(pos + (vsc_pos)i, RAMP);
    bytes[i * RIG_CHANNELS] = x;
    bytes[i * RIG_CHANNELS + 1] = -x;
  }
  const vsc_packet packet = { .size = sizeof packet,
                              .flags = flags,
                              .pos = pos,
                              .when = rig.now,
                              .payload = (const uint8_t *)bytes,
                              .length = rig.packet * RIG_CHANNELS * 4 };
  rig.rx.port.packet(&rig.rx.port, &packet);
}

/* What was sent, and has had a millisecond on its way. */
static inline void
rig_receive(void)
{
  const vsc_pos now = vsc_view_pos(&rig.wake.view, rig.now - 1000000, rig.rate);
  if (rig.sent == 0) {
    rig.sent = now - now % (vsc_pos)rig.packet;
    rig.first_sent = rig.sent;
  }
  for (; rig.sent + (vsc_pos)rig.packet <= now; rig.sent += rig.packet) {
    if (!rig.is_lost || !rig.is_lost(rig.sent)) {
      rig_deliver(rig.sent, rig.sent == rig.first_sent ? VSC_PACKET_FIRST : 0);
    }
  }
}

/* The application: the ramp, 10 ms ahead. */
static inline void
rig_play(void)
{
  const vsc_pos end = rig.wake.pos + rig.device_rate / 100;
  if (rig.filled < rig.wake.pos) {
    rig.filled = rig.wake.pos;
  }
  for (; rig.filled < end; rig.filled++) {
    const float x = (float)rig_mod(rig.filled, RAMP);
    const float y = -x;
    memcpy(timeline_at(&rig.device, 0, rig.filled), &x, sizeof x);
    memcpy(timeline_at(&rig.device, 1, rig.filled), &y, sizeof y);
  }
}

static inline void
rig_send(void)
{
  float bytes[1024 * RIG_CHANNELS];
  vsc_pos pos;
  uint32_t flags;
  const vsc_pos due = door_due(rig.door, rig.grid);
  rig.tx.sent_from = rig.tx.sent_to = due;
  while (route_tx_due(&rig.tx, due, &pos, &flags)) {
    const int32_t n =
      rig.tx.port.packet(&rig.tx.port, pos, (uint8_t *)bytes, sizeof bytes);
    cr_assert_eq(n, (int32_t)(rig.packet * RIG_CHANNELS * 4));
    cr_assert_eq(pos % rig.packet, 0);
    route_tx_done(
      &rig.tx, pos, due, door_duration(rig.door, rig.wake_frames), 1);
    for (uint32_t i = 0; i < rig.packet; i++) {
      cr_assert_eq(bytes[2 * i], -bytes[2 * i + 1]);
      rig.hear(&rig, pos + (vsc_pos)i, bytes[2 * i]);
    }
  }
}

static inline void
rig_listen(void)
{
  if (rig.heard == INT64_MIN) {
    rig.heard = rig.device.final_to;
  }
  if (rig.heard < timeline_oldest(&rig.device)) {
    rig.heard = timeline_oldest(&rig.device);
  }
  for (; rig.heard < rig.device.final_to; rig.heard++) {
    float x, y;
    memcpy(&x, timeline_at(&rig.device, 0, rig.heard), sizeof x);
    memcpy(&y, timeline_at(&rig.device, 1, rig.heard), sizeof y);
    cr_assert_eq(x, -y);
    rig.hear(&rig, rig.heard, x);
  }
}

/** A wake-up at rig.now, in the order of audio_wake. */
static inline void
rig_wake(void)
{
  struct wake *const w = &rig.wake;
  w->now = rig.now;
  w->pos = vsc_view_pos(&w->view, rig.now, rig.device_rate);
  if (!rig.has_reset) {
    rig.has_reset = 1;
    timeline_reset(&rig.device,
                   rig.is_send ? w->pos : w->pos - (vsc_pos)rig.s_in);
    door_reset(rig.door);
    rig.rx.map = rig.tx.map = door_map(rig.door, &rig.map);
    rig.rx.wake_frames = door_duration(rig.door, rig.wake_frames);
    if (rig.is_send) {
      route_tx_reset(&rig.tx);
    } else {
      route_rx_reset(&rig.rx);
    }
  }
  const vsc_pos t = w->pos - w->pos % (vsc_pos)rig.wake_frames;
  if (t <= rig.grid) {
    return;
  }
  rig.grid = t;
  timeline_clean(&rig.device, w->pos);
  if (rig.is_send) {
    rig_play();
    timeline_finish(&rig.device, t);
    door_tx_run(rig.door, w, t);
    rig_send();
    return;
  }
  timeline_finish(&rig.device, w->pos - (vsc_pos)rig.s_in);
  door_rx_begin(rig.door, &rig.rx, w, rig.s_in);
  rig_receive();
  door_rx_run(rig.door, &rig.rx, t);
  timeline_finish(&rig.device, t);
  route_rx_scan(&rig.rx);
  rig_listen();
}

/** Time passes, with a wake-up each W, a little late. */
static inline void
rig_run(vsc_ns duration)
{
  const vsc_ns end = rig.now + duration;
  while (rig.now < end) {
    rig_wake();
    rig.now = 7001 + vsc_view_host_time(&rig.wake.view,
                                        rig.grid + (vsc_pos)rig.wake_frames,
                                        rig.device_rate);
  }
}

/** The media clock is moved by NS. */
static inline void
rig_step(int64_t ns)
{
  rig.wake.view.tai_ns += ns;
  rig.wake.view.generation++;
  rig.has_reset = 0;
  rig.grid = INT64_MIN;
  rig.heard = INT64_MIN;
  rig.sent = 0;
  rig.filled = 0;
}

#endif
