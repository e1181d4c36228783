/* device_rig.h - an engine's half of a device in virtual time, in this process:
   the real region, slots and timelines, and a signal that names its frames.
   SPDX-License-Identifier: MIT */
#ifndef VSC_TESTS_DEVICE_RIG_H
#define VSC_TESTS_DEVICE_RIG_H

#ifndef cr_assert /* a plain program brings its own (tests/step) */
#include <criterion/criterion.h>
#endif
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vsc/position.h>

#include "engine/device.h"
#include "engine/timeline.h"
#include "hal/client_state.h"

#define RIG_RATE 48000
#define RIG_RING 1024
#define RIG_WAKE 48
#define RIG_S_IN 52
#define RIG_S_OUT 16

struct rig {
  char dir[64];
  uint32_t rate, s_in; /* of the next rig_start */
  struct device *device;
  struct region *region;
  struct timeline in, out;
  vsc_clock_view view;
  vsc_ns now;
  vsc_pos filled; /* signal below */
  bool is_dead;   /* nothing moves any more */
  /* of the next rig_start */
  uint32_t lanes;
  device_rate *change_rate;
};
static struct rig rig;

/** What channel C carries at position P: never 0, exact in 24 bits. */
static inline float
rig_signal(uint32_t c, vsc_pos p)
{
  const uint32_t x = ((uint32_t)p * 131u + c * 7919u) & 0x3fffffu;
  return (float)(x | 1u) / 8388608.0f;
}

/** Samples of BLOCK that are not the signal from FIRST on; silence too. */
static inline unsigned
rig_wrong(const float *block, vsc_pos first, uint32_t frames, uint32_t channels)
{
  unsigned count = 0;
  for (uint32_t i = 0; i < frames * channels; i++) {
    count += block[i] != rig_signal(i % channels, first + i / channels);
  }
  return count;
}

static inline bool
rig_is_silent(const float *samples, size_t count)
{
  for (size_t i = 0; i < count; i++) {
    if (samples[i] != 0.0f) {
      return false;
    }
  }
  return true;
}

/** What the device has at position P of output CHANNEL. */
static inline float
rig_sent(uint32_t channel, vsc_pos p)
{
  float f;
  memcpy(&f, timeline_at(&rig.out, channel, p), sizeof f);
  return f;
}

static inline vsc_pos
rig_pos(void)
{
  return vsc_view_pos(&rig.view, rig.now, rig.rate);
}

/** One wake of the engine, at rig.now. */
static inline void
rig_wake(void)
{
  if (rig.is_dead) {
    return;
  }
  const vsc_pos pos = rig_pos();
  timeline_clean(&rig.in, pos);
  mix_clean(device_mix(rig.device), &rig.out, pos);
  timeline_clean(&rig.out, pos);
  device_look(rig.device, pos);
  mix_run(device_mix(rig.device), &rig.out, pos);
  for (; rig.filled < pos; rig.filled++) {
    for (uint32_t c = 0; c < rig.in.channels; c++) {
      const float f = rig_signal(c, rig.filled);
      memcpy(timeline_at(&rig.in, c, rig.filled), &f, sizeof f);
    }
  }
  timeline_finish(&rig.in, pos);
  timeline_finish(&rig.out, pos);
  device_poll(rig.device, rig.now);
}

/** Time passes, FRAMES of it, with a wake each RIG_WAKE. */
static inline void
rig_run(int64_t frames)
{
  const vsc_pos end = rig_pos() + frames;
  while (rig_pos() < end) {
    const int64_t left = end - rig_pos();
    rig.now = vsc_view_host_time(
      &rig.view, rig_pos() + (left < RIG_WAKE ? left : RIG_WAKE), rig.rate);
    rig_wake();
  }
}

static inline vsc_ns
rig_now(void) VSC_RT
{
  return rig.now;
}

static inline void
rig_sleep(vsc_ns duration)
{
  const vsc_ns end = rig.now + duration;
  while (rig.now < end) {
    rig.now = end - rig.now > 1000000 ? rig.now + 1000000 : end;
    rig_wake();
  }
}

static const struct client_host rig_host = { .now = rig_now,
                                             .sleep = rig_sleep };

/** Positions begin anew at rig.now, as after a step of the clock. */
static inline void
rig_reset(void)
{
  const vsc_pos pos = rig_pos();
  struct region_rx *const rx = rig.region->rx;
  atomic_store(&rx->epoch, 0);
  timeline_reset(&rig.in, pos);
  mix_reset(device_mix(rig.device), pos);
  timeline_reset(&rig.out, pos);
  atomic_store(&rx->epoch, region_epoch(rx->starts, rig.view.generation));
  rig.filled = pos & ~(vsc_pos)(TIMELINE_STEP - 1);
}

/** An engine starts (again) in rig.dir with CHANNELS each way. */
static inline void
rig_start(uint32_t channels)
{
  char why[200] = "";
  const struct device_config config = {
    .runtime_dir = rig.dir,
    .instance = "test",
    .geometry = { .rate = rig.rate,
                  .inputs = channels,
                  .outputs = channels,
                  .ring = RIG_RING,
                  .buffer = 32,
                  .wake = RIG_WAKE,
                  .s_in = rig.s_in,
                  .s_out = RIG_S_OUT,
                  .lanes = rig.lanes },
    .change_rate = rig.change_rate,
  };
  cr_assert_eq(
    device_create(&config, &rig.device, why, sizeof why), VSC_OK, "%s", why);
  rig.region = device_region(rig.device);
  const struct region_geometry *const g = &rig.region->geometry;
  timeline_init(&rig.in,
                rig.region->in_words,
                &rig.region->rx->in,
                g->inputs,
                g->ring,
                g->stride);
  timeline_init(&rig.out,
                rig.region->out_words,
                &rig.region->rx->out,
                g->outputs,
                g->ring,
                g->stride);
  rig.is_dead = false;
  device_set_clock(rig.device, &rig.view);
  rig_reset();
  device_poll(rig.device, rig.now);
  device_set_state(rig.device, REGION_RUNNING);
}

/** As SIGKILL would: nothing is said, the names stay. */
static inline void
rig_kill(void)
{
  rig.is_dead = true;
}

static inline void
rig_set_up(void)
{
  rig = (struct rig){
    .rate = RIG_RATE,
    .s_in = RIG_S_IN,
    .now = 5000000000000,
    .view = { .size = sizeof rig.view,
              .state = VSC_CLOCK_LOCKED,
              .host_ns = 4000000000000,
              .tai_ns = 1800000000123456789,
              .rate = 1.00001,
              .generation = 1 },
  };
  snprintf(rig.dir, sizeof rig.dir, "/tmp/aes67-test-XXXXXX");
  cr_assert(mkdtemp(rig.dir));
  rig_start(4);
}

static inline void
rig_tear_down(void)
{
  char lock[96];
  char rx[REGION_NAME_BYTES];
  char tx[REGION_NAME_BYTES];
  struct stat st;
  snprintf(lock, sizeof lock, "%s/test.lock", rig.dir);
  if (stat(rig.dir, &st) == 0) {
    region_names((uint32_t)st.st_uid, rig.dir, "test", rx, tx);
    device_destroy(rig.device);
    struct region leftover = { 0 };
    memcpy(leftover.rx_name, rx, sizeof rx);
    memcpy(leftover.tx_name, tx, sizeof tx);
    region_close(&leftover, true);
  }
  unlink(lock);
  rmdir(rig.dir);
}

/** What a client of the engine that runs says. */
static inline void
rig_say(struct region_slot *slot, vsc_pos written_to)
{
  atomic_store(&slot->epoch, atomic_load(&rig.region->rx->epoch));
  atomic_store(&slot->activity, ACTIVITY_PLAYING);
  atomic_store(&slot->written_to, written_to);
}

/** device_written_to, of one channel. */
static inline int64_t
rig_written_to(uint16_t channel)
{
  device_look(rig.device, INT64_MAX);
  return device_written_to(rig.device, &channel, 1);
}

/** A client of INPUTS and OUTPUTS channels; FIRST_OUTPUT is where it claims. */
static inline vsc_status
rig_open(uint32_t inputs,
         uint32_t first_output,
         uint32_t outputs,
         vsc_client **out)
{
  const vsc_client_config config = {
    .size = sizeof config,
    .instance = "test",
    .runtime_dir = rig.dir,
    .app = "rig",
    .inputs = inputs,
    .first_output = first_output,
    .outputs = outputs,
    .sample = VSC_SAMPLE_F32,
  };
  return client_open(&config, &rig_host, out);
}

#endif
