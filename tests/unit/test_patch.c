/* test_patch.c - words from timeline to timeline: which, when, and what a late
   wake-up, a step of the clock and an application that is left out do to them.
   SPDX-License-Identifier: MIT */
#include "device_rig.h"

#include <math.h>

#include "engine/audio.h"
#include "engine/device_state.h"

#define INPUT 1 /* the input timeline, in put and got */
#define OUTPUT 0
#define MARGIN (RIG_S_IN - RIG_WAKE)

static struct audio audio;
static struct graph *graph;
static struct patch_state state[2];
static vsc_pos now;

static void
set_up(void)
{
  rig_set_up();
  audio = (struct audio){ 0 };
  memset(state, 0, sizeof state);
  audio_init(&audio, NULL, rig.device);
  graph = graph_create(0, 0, 0);
  graph->serial = 1;
  graph->wake_frames = RIG_WAKE;
  graph->patches = arena_alloc(&graph->arena, 2 * sizeof *graph->patches);
  audio_publish(&audio, graph);
  audio_restart(&audio);
}

static void
tear_down(void)
{
  graph_destroy(graph);
  rig_tear_down();
}

TestSuite(patch, .init = set_up, .fini = tear_down);

/* Outputs FROM.. to inputs TO.., or the other way for a reflection. */
static struct patch *
add(int is_reflection, uint32_t from, uint32_t to, uint32_t n, uint32_t delay)
{
  struct patch *const p = &graph->patches[graph->patch_count];
  *p = (struct patch){
    .state = &state[graph->patch_count++],
    .source = is_reflection ? &audio.in : &audio.out,
    .target = is_reflection ? &audio.out : &audio.in,
    .delay = delay,
    .channels = n,
    .fall = patch_fall(RIG_WAKE, RIG_RATE),
  };
  for (uint32_t k = 0; k < n; k++) {
    p->from[k] = (uint16_t)(from + k);
    p->to[k] = (uint16_t)(to + k);
  }
  return p;
}

/* Wake up at position P. */
static void
wake_at(vsc_pos p)
{
  now = p;
  rig.now = vsc_view_host_time(&rig.view, p, RIG_RATE);
  audio_wake(&audio, rig.now);
}

/* Start on the grid. */
static void
start(void)
{
  now = rig_pos();
  wake_at(now + RIG_WAKE - now % RIG_WAKE);
}

static uint32_t *
word(int is_input, uint32_t c, vsc_pos p)
{
  return timeline_at(is_input ? &audio.in : &audio.out, c, p);
}

static void
put(int is_input, uint32_t c, vsc_pos p, uint32_t w)
{
  *word(is_input, c, p) = w;
}

/* Never 0, a number, another one for each frame and channel of the ring. */
static uint32_t
noise(uint32_t c, vsc_pos p)
{
  return 0x3f000000u | ((uint32_t)p * 4u + c + 1) % 0x7fffffu;
}

/* Applications have played channels 0-3 up to P. */
static vsc_pos played;
static void
play_to(vsc_pos p)
{
  for (; played < p; played++) {
    for (uint32_t c = 0; c < 4; c++) {
      put(OUTPUT, c, played, noise(c, played));
    }
  }
}

static void
run_on_time(unsigned wakes)
{
  for (unsigned i = 0; i < wakes; i++) {
    play_to(now + RIG_WAKE);
    wake_at(now + RIG_WAKE);
  }
}

Test(patch, brings_every_frame_delay_later_and_in_time)
{
  add(0, 0, 2, 2, RIG_WAKE);
  start();
  const vsc_pos began = played = now;
  for (unsigned i = 0; i < 100; i++) {
    run_on_time(1);
    for (vsc_pos p = now - RIG_WAKE; p < audio.in.final_to; p++) {
      for (uint32_t c = 0; c < 2; c++) {
        const vsc_pos from = p - RIG_WAKE;
        const uint32_t wanted = from >= began ? noise(c, from) : 0;
        cr_assert_eq(*word(INPUT, 2 + c, p), wanted);
        cr_assert_eq(*word(INPUT, c, p), 0);
      }
    }
  }
  cr_expect_eq(state[0].frames, 100 * RIG_WAKE);
  cr_expect_eq(state[0].late_frames, 0);
  cr_expect_eq(state[0].nan, 0);
}

Test(patch, changes_no_bit_of_any_float_but_nan)
{
  add(0, 0, 0, 1, RIG_WAKE);
  start();
  uint64_t nan = 0;
  static const uint32_t lows[] = { 0, 1, 0xffff };
  vsc_pos p = now;
  vsc_pos checked = now;
  for (uint32_t n = 0; n < 3 * 65536; n += RIG_WAKE) {
    for (uint32_t i = n; i < n + RIG_WAKE; i++, p++) {
      put(OUTPUT, 0, p, (i / 3 & 0xffff) << 16 | lows[i % 3]);
    }
    wake_at(now + RIG_WAKE);
    for (; checked < p; checked++) {
      const uint32_t w = *word(OUTPUT, 0, checked);
      float f;
      memcpy(&f, &w, sizeof f);
      nan += f != f;
      cr_assert_eq(
        *word(INPUT, 0, checked + RIG_WAKE), f != f ? 0 : w, "%08x", w);
    }
  }
  cr_expect_eq(state[0].nan, nan);
  cr_expect_gt(nan, 700);
}

Test(patch, passes_bits_of_raw_channels_untouched)
{
  struct patch *const raw = add(0, 0, 0, 2, RIG_WAKE);
  raw->raw[0] = 2;
  start();
  put(OUTPUT, 0, now, 0x7fc00001u);
  put(OUTPUT, 1, now, 0x7fc00001u);
  wake_at(now + RIG_WAKE);
  cr_expect_eq(*word(INPUT, 0, now), 0);
  cr_expect_eq(*word(INPUT, 1, now), 0x7fc00001u);
  cr_expect_eq(state[0].nan, 1);
  cr_expect_eq(state[0].levels[1], 0);
}

/* A wake-up that is LATE frames after it was asked for loses what is beyond the
   delay and the margin, to the frame; what readers have heard stays. */
static void
wake_late(vsc_pos late, uint32_t delay)
{
  const uint64_t lost_before = state[0].late_frames;
  const vsc_pos before = audio.grid;
  const vsc_pos t = before + RIG_WAKE + late / RIG_WAKE * RIG_WAKE;
  play_to(before + RIG_WAKE + late);
  wake_at(before + RIG_WAKE + late);
  const vsc_pos heard = now - RIG_S_IN;
  vsc_pos lost = heard - (before + (vsc_pos)delay);
  lost = lost < 0 ? 0 : lost > t - before ? t - before : lost;
  cr_assert_eq(state[0].late_frames - lost_before,
               (uint64_t)lost,
               "late by %ld",
               (long)late);
  if (late > (vsc_pos)delay + MARGIN) {
    cr_assert_gt(lost, 0);
  } else {
    cr_assert_eq(lost, 0);
  }
  for (vsc_pos p = before + (vsc_pos)delay; p < t + (vsc_pos)delay; p++) {
    const bool is_lost = p < before + (vsc_pos)delay + lost;
    cr_assert_eq(*word(INPUT, 0, p),
                 is_lost ? 0 : noise(0, p - (vsc_pos)delay),
                 "late by %ld",
                 (long)late);
  }
}

Test(patch, loses_to_the_frame_what_a_late_wake_up_had_no_time_for)
{
  static const uint32_t delays[] = { RIG_WAKE, RIG_WAKE + 1, 4 * RIG_WAKE };
  for (unsigned i = 0; i < 3; i++) {
    graph->patch_count = 0;
    add(0, 0, 0, 1, delays[i]);
    if (i == 0) {
      start();
      played = now;
    }
    for (vsc_pos late = 0; late < 6 * RIG_WAKE; late++) {
      /* Old frames go by; then on the grid again. */
      wake_at(audio.grid + RIG_WAKE);
      run_on_time(8);
      wake_late(late, delays[i]);
    }
  }
}

Test(patch, hears_nothing_old_after_a_stall_beyond_the_ring)
{
  add(0, 0, 0, 1, RIG_WAKE);
  start();
  played = now;
  run_on_time(10);
  const uint64_t frames = state[0].frames;
  const vsc_pos before = now;
  play_to(now + RIG_RING / 2);
  wake_at(now + 3 * RIG_RING);
  /* The newest frames are in time for their targets, and silent: nobody could
     play that far ahead. */
  const uint64_t moved = state[0].frames - frames;
  cr_expect_leq(moved, RIG_WAKE + RIG_S_IN);
  cr_expect_eq(state[0].late_frames + moved, (uint64_t)(audio.grid - before));
  for (vsc_pos p = now - RIG_RING / 2; p < now + RIG_RING / 2; p++) {
    cr_assert_eq(*word(INPUT, 0, p), 0);
  }
}

Test(patch, begins_anew_after_a_step_of_the_clock)
{
  add(0, 0, 0, 1, 2 * RIG_WAKE);
  start();
  played = now;
  run_on_time(10);
  rig.view.tai_ns += 1234567891;
  rig.view.generation++;
  device_set_clock(rig.device, &rig.view);
  const uint64_t frames = state[0].frames;
  now = rig_pos();
  wake_at(now + RIG_WAKE - now % RIG_WAKE);
  cr_expect_eq(audio.steps, 1);
  cr_expect_eq(state[0].frames, frames, "nothing is moved across the step");
  for (vsc_pos p = now - RIG_RING / 2; p < now + RIG_RING / 2; p++) {
    cr_assert_eq(*word(INPUT, 0, p), 0);
  }
  const vsc_pos began = played = now;
  run_on_time(10);
  for (vsc_pos p = began; p < now; p++) {
    cr_assert_eq(*word(INPUT, 0, p + 2 * RIG_WAKE), noise(0, p));
  }
  cr_expect_eq(state[0].late_frames, 0);
}

/* The word of LANE's channel 0 at P. */
static void
put_lane(uint32_t lane, vsc_pos p, uint32_t w)
{
  *timeline_at(&audio.mix->lanes[lane - 1].timeline, 0, p) = w;
}

Test(patch, leaves_one_of_several_writers_out_and_counts)
{
  device_destroy(rig.device);
  rig.lanes = 3;
  rig_start(4);
  audio_init(&audio, NULL, rig.device);
  struct patch *const p = add(0, 0, 1, 1, RIG_WAKE);
  p->mix = audio.mix;
  mix_grant(audio.mix, 1, 0, 2);
  mix_grant(audio.mix, 2, 0, 1);
  start();
  for (uint32_t i = 0; i < 3; i++) {
    audio.mix->lanes[i].whole_to = INT64_MAX;
  }
  atomic_store(&state[0].left_out, 2);
  put_lane(1, now, 0x7f7fffffu); /* the largest number */
  put_lane(2, now, 0x3f000000u);
  put_lane(1, now + 1, 0x80000001u); /* a denormal below 0 */
  put_lane(2, now + 1, 0x7f800000u);
  rig.device->written.lanes[0].end = INT64_MAX;
  rig.device->written.lanes[1].end = INT64_MAX;
  wake_at(now + RIG_WAKE);
  cr_expect_eq(*word(INPUT, 1, now), 0x7f7fffffu);
  cr_expect_eq(*word(INPUT, 1, now + 1), 0x80000001u);
  cr_expect_eq(state[0].excluded, RIG_WAKE);
  cr_expect_eq(
    *word(OUTPUT, 0, now - RIG_WAKE + 1), 0x7f800000u, "it is heard elsewhere");
  atomic_store(&state[0].left_out, 3);
  put_lane(1, now, 0x3f000000u);
  wake_at(now + RIG_WAKE);
  cr_expect_eq(*word(INPUT, 1, now), 0, "nobody remains");
  cr_expect_eq(state[0].excluded, 2 * RIG_WAKE);
}

Test(patch, leaves_a_muted_channel_silent_and_counts)
{
  add(0, 0, 0, 2, RIG_WAKE);
  start();
  played = now;
  atomic_store(&state[0].muted[0], 2);
  put(INPUT, 1, now + RIG_WAKE, 1);
  run_on_time(1);
  cr_expect_eq(*word(INPUT, 0, now), noise(0, now - RIG_WAKE));
  for (vsc_pos p = now; p < now + RIG_WAKE; p++) {
    cr_assert_eq(*word(INPUT, 1, p), 0);
  }
  cr_expect_eq(state[0].excluded, RIG_WAKE);
  atomic_store(&state[0].muted[0], 0);
  run_on_time(1);
  cr_expect_eq(*word(INPUT, 1, now), noise(1, now - RIG_WAKE));
  cr_expect_eq(state[0].excluded, RIG_WAKE);
}

Test(patch, reflects_what_has_come_without_delay_before_it_is_sent)
{
  add(1, 0, 2, 2, 0);
  start();
  for (unsigned i = 0; i < 50; i++) {
    for (vsc_pos p = now; p < now + RIG_WAKE; p++) {
      put(INPUT, 0, p, noise(0, p));
      put(INPUT, 1, p, noise(1, p));
    }
    /* Some wake-ups are late, by less than what was written. */
    wake_at(audio.grid + RIG_WAKE + (i % 3 ? 0 : 7));
    for (vsc_pos p = audio.grid - RIG_WAKE; p < audio.grid; p++) {
      cr_assert_eq(*word(OUTPUT, 2, p), noise(0, p));
      cr_assert_eq(*word(OUTPUT, 3, p), noise(1, p));
    }
    now = audio.grid;
  }
  cr_expect_eq(state[0].late_frames, 0);
}

Test(patch, takes_a_frame_through_two_in_one_wake_up)
{
  add(1, 0, 1, 1, 0);
  add(0, 1, 2, 1, RIG_WAKE);
  start();
  const vsc_pos p = now;
  put(INPUT, 0, p, noise(0, p));
  wake_at(now + RIG_WAKE);
  cr_expect_eq(*word(OUTPUT, 1, p), noise(0, p));
  cr_expect_eq(*word(INPUT, 2, p + RIG_WAKE), noise(0, p));
}

static double
dbfs(uint32_t channel)
{
  float level;
  memcpy(&level, &state[0].levels[channel], sizeof level);
  return 20.0 * log10((double)level);
}

Test(patch, shows_levels_that_fall_by_20_db_a_second)
{
  add(0, 0, 0, 4, RIG_WAKE);
  start();
  static const float samples[] = { -0.5f, 4.0f, INFINITY, 0.0f };
  for (uint32_t c = 0; c < 4; c++) {
    memcpy(word(OUTPUT, c, now + 5), &samples[c], sizeof(float));
  }
  wake_at(now + RIG_WAKE);
  cr_expect_float_eq(dbfs(0), -6.02, 0.01);
  cr_expect_float_eq(dbfs(1), 12.04, 0.01);
  cr_expect_float_eq(dbfs(2), 60.0, 0.01);
  cr_expect(dbfs(3) < -1000.0);
  for (unsigned i = 0; i < RIG_RATE / RIG_WAKE; i++) {
    wake_at(now + RIG_WAKE);
  }
  cr_expect_float_eq(dbfs(0), -26.02, 0.02);
}
