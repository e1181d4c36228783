/* test_timeline.c - edges, cleaning, bits, histograms: what the audio thread
   relies on.
   SPDX-License-Identifier: MIT */
#include "engine/bits.h"
#include "engine/histogram.h"
#include "engine/timeline.h"

#include <criterion/criterion.h>
#include <string.h>

#define FRAMES 1024
#define STRIDE (FRAMES + 48)

static uint32_t words[2 * STRIDE];
static struct region_edges edges;

static struct timeline
made(vsc_pos pos)
{
  struct timeline t;
  memset(words, 0xFF, sizeof words);
  timeline_init(&t, words, &edges, 2, FRAMES, STRIDE);
  timeline_reset(&t, pos);
  return t;
}

Test(timeline, begins_silent_with_half_a_ring_ahead)
{
  const struct timeline t = made(100000);
  cr_assert_geq(t.clean_to, 100000 - TIMELINE_STEP + FRAMES / 2);
  cr_assert_leq(t.final_to, 100000);
  for (unsigned i = 0; i < FRAMES; i++) {
    cr_assert_eq(words[i], 0);
    cr_assert_eq(words[STRIDE + i], 0);
  }
}

Test(timeline, cleans_only_what_nobody_may_read_any_more)
{
  struct timeline t = made(100000);
  const vsc_pos p = t.final_to + 10;
  *timeline_at(&t, 1, p) = 7;
  timeline_clean(&t, p + FRAMES / 2 - 2 * TIMELINE_STEP);
  cr_assert_eq(*timeline_at(&t, 1, p), 7);
  cr_assert_leq(edges.valid_from, p);
  timeline_clean(&t, p + FRAMES / 2 + TIMELINE_STEP);
  cr_assert_eq(*timeline_at(&t, 1, p), 0);
  cr_assert_gt(edges.valid_from, p);
}

Test(timeline, valid_from_is_a_ring_behind_clean_to)
{
  struct timeline t = made(0);
  for (vsc_pos now = 0; now < 5 * FRAMES; now += 37) {
    timeline_clean(&t, now);
    cr_assert_geq(t.clean_to, now + FRAMES / 2);
    cr_assert_eq(t.clean_to % TIMELINE_STEP, 0);
    cr_assert_geq(edges.valid_from, t.clean_to - FRAMES);
  }
}

Test(timeline, a_stall_longer_than_the_ring_leaves_silence)
{
  struct timeline t = made(0);
  memset(words, 0xFF, sizeof words);
  timeline_clean(&t, 100 * FRAMES);
  for (unsigned i = 0; i < FRAMES; i++) {
    cr_assert_eq(words[i], 0);
  }
}

Test(timeline, final_never_goes_back)
{
  struct timeline t = made(1000);
  timeline_finish(&t, 2000);
  timeline_finish(&t, 1500);
  cr_assert_eq(t.final_to, 2000);
  cr_assert_eq(edges.final_to, 2000);
}

Test(timeline, works_before_the_epoch)
{
  struct timeline t = made(-5000);
  timeline_clean(&t, -4000);
  cr_assert_geq(t.clean_to, -4000 + FRAMES / 2);
  *timeline_at(&t, 0, -4001) = 3;
  cr_assert_eq(words[(-4001) & (FRAMES - 1)], 3);
}

Test(bits, count_what_was_set_across_words_and_the_wrap)
{
  uint64_t store[4] = { 0 };
  struct bits b = { .words = store, .frames = 256 };
  bits_set(&b, 250, 300);
  cr_assert_eq(bits_count(&b, 250, 300), 50);
  cr_assert_eq(bits_count(&b, 0, 256), 50);
  cr_assert_eq(bits_count(&b, 256, 300), 44);
  bits_clear(&b, 256, 260);
  cr_assert_eq(bits_count(&b, 250, 300), 46);
  bits_set(&b, 0, 256);
  cr_assert_eq(bits_count(&b, 0, 256), 256);
}

Test(histogram, quantiles_are_within_a_bucket)
{
  struct histogram h = { 0 };
  for (vsc_ns v = -1000; v <= 100000; v += 10) {
    histogram_add(&h, v);
  }
  const vsc_ns p50 = histogram_quantile(&h, 0.5);
  cr_assert_geq(p50, 49500);
  cr_assert_leq(p50, 49500 * 1.3);
  cr_assert_eq(h.min, -1000);
  cr_assert_eq(histogram_quantile(&h, 1.0), 100000);
  const vsc_ns low = histogram_quantile(&h, 0.005);
  cr_assert(low >= -700 && low <= -400, "%lld", (long long)low);
}

Test(histogram, takes_any_value)
{
  struct histogram h = { 0 };
  histogram_add(&h, INT64_MIN);
  histogram_add(&h, INT64_MAX);
  histogram_add(&h, 0);
  cr_assert_eq(h.count, 3);
  cr_assert_eq(h.min, INT64_MIN);
  cr_assert_eq(h.max, INT64_MAX);
}
