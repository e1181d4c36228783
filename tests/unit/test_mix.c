/* test_mix.c - lanes into the device's timeline: exact sums, nothing old,
   nobody cut short. SPDX-License-Identifier: MIT */
#include "engine/mix.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define RING 1024
#define WAKE 48
#define LANES 3
#define CHANNELS 4

static struct region region;
static struct region_edges edges;
static struct timeline out;
static struct mix mix;
static vsc_pos now;

static void
set_up(void)
{
  region = (struct region){ .geometry = { .outputs = CHANNELS,
                                          .ring = RING,
                                          .stride = region_stride(RING),
                                          .lanes = LANES } };
  const struct region_geometry *const g = &region.geometry;
  region.out_words =
    calloc((size_t)g->outputs * (1 + g->lanes) * g->stride, sizeof(uint32_t));
  cr_assert_not_null(region.out_words);
  timeline_init(&out, region.out_words, &edges, g->outputs, g->ring, g->stride);
  mix_init(&mix, &region);
  now = 1000000 * WAKE;
  mix_reset(&mix, now);
  timeline_reset(&out, now);
}

static void
tear_down(void)
{
  free(region.out_words);
}

TestSuite(mix, .init = set_up, .fini = tear_down);

/* A wake-up, FRAMES later. */
static void
wake(vsc_pos frames)
{
  now += frames;
  mix_clean(&mix, &out, now);
  timeline_clean(&out, now);
  mix_run(&mix, &out, now);
  timeline_finish(&out, now);
}

/* A clock step by FRAMES. */
static void
step(vsc_pos frames)
{
  now += frames;
  mix_reset(&mix, now);
  timeline_reset(&out, now);
}

/* Does the audio thread sum it? */
static bool
is_taken(uint32_t lane)
{
  return (mix.lanes[lane - 1].taken >> 8 & 0xffu) != 0;
}

static uint32_t *
at(uint32_t lane, uint32_t c, vsc_pos p)
{
  return timeline_at(&mix.lanes[lane - 1].timeline, c, p);
}

static float
heard(uint32_t c, vsc_pos p)
{
  float x;
  memcpy(&x, timeline_at(&out, c, p), sizeof x);
  return x;
}

/* Noise of 23 bits, so that a sum of two is exact; never 0. */
static float
noise(uint32_t lane, uint32_t c, vsc_pos p)
{
  const uint64_t z =
    ((uint64_t)p * 4 + c) * UINT64_C(0x9E3779B97F4A7C15) + lane;
  const int32_t x = (int32_t)((z ^ z >> 29) >> 12 & 0x7fffff) - 0x400000;
  return (float)(x ? x : 1) / 8388608.0f;
}

/* What an application does: noise in all frames of [from, to). */
static void
play(uint32_t lane, vsc_pos from, vsc_pos to)
{
  for (vsc_pos p = from; p < to; p++) {
    for (uint32_t c = 0; c < CHANNELS; c++) {
      const float x = noise(lane, c, p);
      memcpy(at(lane, c, p), &x, sizeof x);
    }
  }
}

static unsigned
loud_words(const struct timeline *t)
{
  unsigned n = 0;
  for (size_t i = 0; i < (size_t)t->channels * t->stride; i++) {
    n += t->words[i] != 0;
  }
  return n;
}

Test(mix, one_writer_is_passed_bit_by_bit)
{
  uint32_t x = 1;
  mix_grant(&mix, 1, 0, CHANNELS);
  mix_clean(&mix, &out, now);
  for (int round = 0; round < 100; round++) {
    for (vsc_pos p = now; p < now + WAKE; p++) {
      for (uint32_t c = 0; c < CHANNELS; c++) {
        x = x * 1664525u + 1013904223u;
        *at(1, c, p) = x; /* NaN, infinity and all that */
      }
    }
    wake(WAKE);
    for (vsc_pos p = now - WAKE; p < now; p++) {
      for (uint32_t c = 0; c < CHANNELS; c++) {
        cr_assert_eq(*timeline_at(&out, c, p), *at(1, c, p));
      }
    }
  }
  cr_expect_eq(mix.saturated, 0);
}

Test(mix, two_writers_are_summed_exactly)
{
  mix_grant(&mix, 1, 0, 3);
  mix_grant(&mix, 3, 1, 3);
  for (int round = 0; round < 100; round++) {
    const vsc_pos from = now;
    play(1, from, from + 17 + round);
    play(3, from, from + 17 + round);
    wake(17 + round);
    for (vsc_pos p = from; p < now; p++) {
      cr_assert_eq(heard(0, p), noise(1, 0, p));
      cr_assert_eq(heard(1, p), noise(1, 1, p) + noise(3, 1, p));
      cr_assert_eq(heard(2, p), noise(1, 2, p) + noise(3, 2, p));
      cr_assert_eq(heard(3, p), noise(3, 3, p));
    }
  }
  cr_expect_eq(mix.saturated, 0);
}

Test(mix, hears_no_channel_that_a_writer_did_not_claim)
{
  mix_grant(&mix, 2, 1, 1);
  play(2, now, now + WAKE);
  wake(WAKE);
  cr_expect_eq(heard(0, now - 1), 0.0f);
  cr_expect_eq(heard(1, now - 1), noise(2, 1, now - 1));
  cr_expect_eq(heard(2, now - 1), 0.0f);
}

Test(mix, what_is_no_number_is_silence_in_a_sum)
{
  const float a[] = { NAN, INFINITY, INFINITY, 0.5f, -0.0f };
  const float b[] = { 0.25f, -INFINITY, 1.0f, NAN, -0.0f };
  const float sum[] = { 0.25f, 0.0f, INFINITY, 0.5f, 0.0f };
  mix_grant(&mix, 1, 0, 1);
  mix_grant(&mix, 2, 0, 1);
  memcpy(at(1, 0, now), a, sizeof a);
  memcpy(at(2, 0, now), b, sizeof b);
  wake(WAKE);
  for (int i = 0; i < 5; i++) {
    cr_expect_eq(heard(0, now - WAKE + i), sum[i], "sum %d", i);
  }
}

Test(mix, counts_samples_that_saturate_and_does_not_clamp_them)
{
  const float a[] = { 0.5f, 0.75f, -0.75f, 1.0f, -1.0f };
  const float b[] = { 0.5f, 0.5f, -0.5f, 0.0f, -0.0f };
  mix_grant(&mix, 1, 0, 1);
  mix_grant(&mix, 2, 0, 1);
  memcpy(at(1, 0, now), a, sizeof a);
  memcpy(at(2, 0, now), b, sizeof b);
  wake(WAKE);
  cr_expect_eq(mix.saturated, 2);
  cr_expect_eq(heard(0, now - WAKE + 1), 1.25f);
  cr_expect_eq(heard(0, now - WAKE + 2), -1.25f);
}

Test(mix, a_channel_that_becomes_raw_keeps_one_writer)
{
  mix_grant(&mix, 2, 0, 2);
  mix_grant(&mix, 3, 0, 2);
  wake(WAKE);
  mix_set_raw(&mix, 1, true);
  play(2, now, now + WAKE);
  play(3, now, now + WAKE);
  *at(2, 1, now) = 0x7fc12345;
  wake(WAKE);
  cr_expect_eq(heard(0, now - 1), noise(2, 0, now - 1) + noise(3, 0, now - 1));
  cr_expect_eq(heard(1, now - 1), noise(2, 1, now - 1));
  cr_expect_eq(*timeline_at(&out, 1, now - WAKE), 0x7fc12345);
  mix_set_raw(&mix, 1, false);
  play(2, now, now + WAKE);
  play(3, now, now + WAKE);
  wake(WAKE);
  cr_expect_eq(heard(1, now - 1), noise(2, 1, now - 1) + noise(3, 1, now - 1));
}

Test(mix, a_writer_that_leaves_is_heard_to_its_end_and_the_other_goes_on)
{
  mix_grant(&mix, 1, 0, CHANNELS);
  mix_grant(&mix, 2, 0, CHANNELS);
  wake(WAKE);
  const vsc_pos end = now + 400;
  play(1, now, end);
  vsc_pos written = now;
  for (int round = 0; round < 100; round++) {
    play(2, written, now + 300);
    written = now + 300;
    if (round == 1) {
      mix_release(&mix, 1);
    }
    wake(WAKE);
    for (vsc_pos p = now - WAKE; p < now; p++) {
      const float first = p < end ? noise(1, 2, p) : 0.0f;
      cr_assert_eq(heard(2, p), first + noise(2, 2, p), "round %d", round);
    }
  }
  cr_expect_not(is_taken(1));
}

/* What lay in it, of a writer that wrote wherever it could, is gone. */
Test(mix, a_lane_is_silent_for_its_next_writer)
{
  mix_grant(&mix, 1, 0, CHANNELS);
  wake(WAKE);
  mix_release(&mix, 1);
  while (is_taken(1)) {
    wake(WAKE);
  }
  memset(mix.lanes[0].timeline.words, 0x3f, CHANNELS * out.stride * 4);
  mix_grant(&mix, 1, 1, 2);
  cr_expect_eq(loud_words(&mix.lanes[0].timeline), 0);
  for (int round = 0; round < 100; round++) {
    wake(WAKE);
    cr_assert_eq(loud_words(&out), 0, "round %d", round);
  }
}

/* Zeroed ahead, as the device's own: what a stopped writer left in the ring
   never comes round again. */
Test(mix, a_writer_that_stops_is_silent)
{
  mix_grant(&mix, 1, 0, CHANNELS);
  mix_grant(&mix, 2, 0, 1);
  wake(WAKE);
  play(1, now, now + 400);
  wake(400);
  for (int round = 0; round < 100; round++) {
    wake(WAKE);
    for (vsc_pos p = now - WAKE; p < now; p++) {
      cr_assert_eq(heard(0, p), 0.0f);
      cr_assert_eq(heard(3, p), 0.0f);
    }
  }
}

Test(mix, says_which_lane_is_free)
{
  uint32_t lane = 0;
  cr_expect_eq(mix_find(&mix, 0, &lane), VSC_OK);
  cr_expect_eq(lane, 1);
  cr_expect_eq(mix_find(&mix, 3, &lane), VSC_OK);
  cr_expect_eq(lane, 3);
  cr_expect_eq(mix_find(&mix, UINT32_MAX, &lane), VSC_OK);
  cr_expect_eq(lane, 1);
  for (uint32_t i = 1; i <= LANES; i++) {
    mix_grant(&mix, i, 0, 1);
  }
  cr_expect_eq(mix_find(&mix, 1, &lane), VSC_ERR_REFUSED);
  cr_expect_eq(lane, 0);
  wake(WAKE);
  mix_release(&mix, 2);
  cr_expect_eq(mix_find(&mix, 1, &lane), VSC_ERR_AGAIN, "it still sounds");
  wake(RING);
  wake(WAKE);
  cr_expect_eq(mix_find(&mix, 1, &lane), VSC_OK);
  cr_expect_eq(lane, 2);
}

/* The audio thread may just be taking it, and does not see that it has gone. */
Test(mix, a_lane_that_was_never_taken_is_not_free_at_once)
{
  uint32_t lane = 0;
  for (uint32_t i = 1; i <= LANES; i++) {
    mix_grant(&mix, i, 0, 1);
  }
  wake(WAKE);
  mix_release(&mix, 2);
  wake(RING);
  wake(WAKE);
  mix_grant(&mix, 2, 0, 1);
  mix_release(&mix, 2);
  cr_expect_eq(mix_find(&mix, 2, &lane), VSC_ERR_AGAIN);
  wake(WAKE);
  cr_expect_eq(mix_find(&mix, 2, &lane), VSC_OK);
}

Test(mix, lets_go_of_lanes_when_the_audio_thread_stops)
{
  uint32_t lane = 0;
  for (uint32_t i = 1; i <= LANES; i++) {
    mix_grant(&mix, i, 0, 1);
  }
  wake(WAKE);
  mix_release(&mix, 1);
  cr_expect_eq(mix_find(&mix, 1, &lane), VSC_ERR_AGAIN);
  mix_stop(&mix);
  cr_expect_eq(mix_find(&mix, 1, &lane), VSC_OK);
  step(5 * RING);
  cr_expect(is_taken(2), "the others are taken again");
}

Test(mix, a_writer_that_came_and_went_between_two_wakes_leaves_nothing)
{
  mix_grant(&mix, 1, 0, CHANNELS);
  play(1, now, now + 200);
  mix_release(&mix, 1);
  mix_grant(&mix, 1, 2, 1);
  wake(WAKE);
  mix_release(&mix, 1);
  wake(RING);
  wake(WAKE);
  cr_expect_not(is_taken(1));
  cr_expect_eq(loud_words(&out), 0);
}

Test(mix, after_a_short_stall_all_is_there)
{
  mix_grant(&mix, 1, 0, CHANNELS);
  mix_grant(&mix, 2, 0, CHANNELS);
  wake(WAKE);
  play(1, now, now + 450);
  play(2, now, now + 450);
  wake(450);
  for (vsc_pos p = now - 450; p < now; p++) {
    cr_assert_eq(heard(3, p), noise(1, 3, p) + noise(2, 3, p));
  }
}

Test(mix, after_a_stall_longer_than_the_ring_nothing_old_sounds)
{
  const vsc_pos stalls[] = { RING - 1, RING, 3 * RING + 5, INT64_C(1) << 40 };
  mix_grant(&mix, 1, 0, CHANNELS);
  mix_grant(&mix, 2, 1, 2);
  for (unsigned i = 0; i < 4; i++) {
    const vsc_pos from = now;
    play(1, now, now + 450);
    play(2, now, now + 450);
    wake(stalls[i]);
    for (vsc_pos p = now - RING / 2 + 64; p < now; p++) {
      const float x = p < from + 450 ? noise(1, 0, p) : 0.0f;
      cr_assert_eq(heard(0, p), x, "stall %u", i);
    }
    wake(WAKE);
    wake(RING);
    wake(RING);
  }
}

Test(mix, a_step_of_the_clock_begins_anew)
{
  const vsc_pos steps[] = { 7, -7, RING / 2, -RING, 1000000007, -999999937 };
  mix_grant(&mix, 1, 0, CHANNELS);
  mix_grant(&mix, 2, 0, CHANNELS);
  wake(WAKE);
  for (unsigned i = 0; i < 6; i++) {
    play(1, now, now + 450);
    play(2, now, now + 450);
    wake(WAKE);
    step(steps[i]);
    const vsc_pos from = now;
    wake(WAKE);
    play(2, now, now + WAKE);
    wake(WAKE);
    for (vsc_pos p = from; p < now; p++) {
      const float x = p < from + WAKE ? 0.0f : noise(2, 0, p);
      cr_assert_eq(heard(0, p), x, "step %u", i);
    }
  }
}

Test(mix, a_step_ends_one_that_was_leaving)
{
  mix_grant(&mix, 1, 0, CHANNELS);
  wake(WAKE);
  play(1, now, now + 450);
  mix_release(&mix, 1);
  wake(WAKE);
  cr_expect(is_taken(1));
  step(1);
  cr_expect_not(is_taken(1));
  wake(450);
  cr_expect_eq(loud_words(&out), 0);
}

Test(mix, without_lanes_it_leaves_the_device_alone)
{
  region.geometry.lanes = 0;
  mix_init(&mix, &region);
  wake(WAKE);
  *timeline_at(&out, 0, now) = 7;
  wake(WAKE);
  cr_expect_eq(*timeline_at(&out, 0, now - WAKE), 7);
  uint32_t lane = 9;
  cr_expect_eq(mix_find(&mix, 0, &lane), VSC_ERR_REFUSED);
}
