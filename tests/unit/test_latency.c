/* test_latency.c - what `aes67 latency` finds on a way whose length is known,
   in virtual time. SPDX-License-Identifier: MIT */
#include "cli/latency_report.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#define FRAMES 32
#define S_IN 16
#define S_OUT 7
#define RATE 48000
#define WAY (1 << 16) /* frames that are remembered */

static struct latency_probe probe;
static int32_t played[WAY]; /* by position */
static vsc_pos away = 72;   /* frames from output to input */
static vsc_ns late;         /* of every callback */

static const struct latency_way way = { .rate = RATE,
                                        .buffer = FRAMES,
                                        .headroom = S_OUT,
                                        .margin = S_IN,
                                        .link_there = 36,
                                        .link_back = 36,
                                        .knows_there = true };

static vsc_ns
time_of(vsc_pos pos)
{
  return 1000000000 + pos * 1000000000 / RATE;
}

static int32_t *
at(vsc_pos pos)
{
  return &played[(uint64_t)pos % WAY];
}

/* The callback at device position D hears what has come, and plays. */
static void
call(vsc_pos d)
{
  int32_t in[FRAMES], out[FRAMES];
  const vsc_client_time time = {
    .size = sizeof time,
    .generation = 1,
    .pos = d,
    .in_pos = d - S_IN - FRAMES,
    .out_pos = d + S_OUT,
    .host_ns = time_of(d) + late,
    .capture_ns = time_of(d - S_IN - FRAMES),
    .playback_ns = time_of(d + S_OUT),
  };
  for (unsigned i = 0; i < FRAMES; i++) {
    in[i] = *at(time.in_pos + i - away);
  }
  latency_probe_process(&probe, in, out, FRAMES, &time);
  for (unsigned i = 0; i < FRAMES; i++) {
    *at(time.out_pos + i) = out[i];
  }
}

/* COUNT callbacks, one after the other, from position FROM on. */
static vsc_pos
run(vsc_pos from, unsigned count)
{
  for (unsigned n = 0; n < count; n++) {
    call(from + (vsc_pos)n * FRAMES);
  }
  return from + (vsc_pos)count * FRAMES;
}

static void
set_up(void)
{
  memset(played, 0, sizeof played);
  cr_assert_eq(latency_probe_init(&probe, RATE, 320), VSC_OK);
}

static void
tear_down(void)
{
  latency_probe_finish(&probe);
}

TestSuite(latency, .init = set_up, .fini = tear_down);

static struct latency_report
report(void)
{
  struct latency_report r;
  latency_report_make(&probe, &way, &r);
  return r;
}

static double
sum(const struct latency_report *r)
{
  double ns = 0;
  for (unsigned i = 0; i < LATENCY_STAGES; i++) {
    ns += r->stages[i].ns;
  }
  return ns;
}

/* 7 + 32 + 36 + 36 + 16 frames: ARCHITECTURE's arithmetic of one application.
 */
Test(latency, is_buffer_and_edges_and_link_offsets)
{
  run(100000, 5000);
  const struct latency_report r = report();
  cr_expect_eq(r.samples, 320);
  cr_expect_float_eq(r.mean, 127 * 1e9 / RATE, 30, "%f", r.mean);
  cr_expect_eq(r.far_frames, 0);
  cr_expect_eq(r.wrong, 0);
  cr_expect_eq(r.drop_outs, 0);
}

Test(latency, from_engine_to_engine_has_no_application)
{
  run(100000, 5000);
  cr_expect_eq(report().engine_to_engine, (vsc_ns)(88 * 1e9 / RATE));
}

Test(latency, stages_add_up_to_the_mean)
{
  for (unsigned n = 0; n < 5000; n++) {
    late = (vsc_ns)(n * n * 7919 % 300000);
    call(100000 + (vsc_pos)n * FRAMES);
  }
  late = 0;
  const struct latency_report r = report();
  cr_expect_float_eq(sum(&r), r.mean, 2); /* the clock has whole ns */
  cr_expect_gt(r.max, r.p50);
}

Test(latency, stages_from_engine_to_engine_add_up_to_it)
{
  away = 72 + S_IN + FRAMES + S_OUT;
  run(100000, 5000);
  away = 72;
  const struct latency_report r = report();
  double engines = 0;
  for (unsigned i = 0; i < LATENCY_STAGES; i++) {
    engines += r.stages[i].engines_ns;
  }
  cr_expect_float_eq(engines, (double)r.engine_to_engine, 1);
}

Test(latency, sees_an_application_at_the_far_end)
{
  away = 72 + S_IN + FRAMES + S_OUT;
  run(100000, 5000);
  away = 72;
  const struct latency_report r = report();
  cr_expect_eq(r.far_frames, S_IN + FRAMES + S_OUT);
  cr_expect_float_eq(r.mean, 182 * 1e9 / RATE, 30);
  cr_expect_eq(r.engine_to_engine, (vsc_ns)(88 * 1e9 / RATE));
}

Test(latency, knows_positions_before_the_epoch)
{
  run(-80000, 5000);
  const struct latency_report r = report();
  cr_expect_eq(r.samples, 320);
  cr_expect_float_eq(r.mean, 127 * 1e9 / RATE, 30, "%f", r.mean);
  cr_expect_eq(r.wrong, 0);
  cr_expect_eq(r.moved, 0);
}

Test(latency, counts_a_run_of_silence_once)
{
  const vsc_pos d = run(100000, 100);
  for (vsc_pos p = d; p < d + 12; p++) {
    *at(p - away) = 0;
  }
  run(d, 300);
  const struct latency_report r = report();
  cr_expect_eq(r.drop_outs, 1);
  cr_expect_eq(r.silent, 12);
  cr_expect_eq(latency_report_verdict(&r), CLI_OK);
}

Test(latency, counts_what_is_not_a_number_of_ours_as_wrong)
{
  const vsc_pos d = run(100000, 100);
  *at(d - away) = 12345;
  run(d, 300);
  const struct latency_report r = report();
  cr_expect_eq(r.wrong, 1);
  cr_expect_eq(r.drop_outs, 1);
}

Test(latency, follows_a_way_that_becomes_longer)
{
  const vsc_pos d = run(100000, 100);
  away = 84;
  run(d, 300);
  away = 72;
  const struct latency_report r = report();
  cr_expect_eq(r.moved, 1);
  cr_expect_eq(probe.away, 84);
  cr_expect_eq(r.wrong, 0);
}

Test(latency, takes_the_middle_of_three)
{
  static const vsc_ns totals[] = { 30, 10, 20 };
  for (unsigned i = 0; i < 3; i++) {
    probe.samples[i] = (struct latency_sample){ .total = totals[i] };
  }
  atomic_store(&probe.taken, 3);
  const struct latency_report r = report();
  cr_expect_eq(r.p50, 20);
  cr_expect_eq(r.p99, 30);
  cr_expect_eq(r.max, 30);
}

Test(latency, is_degraded_when_little_came_back)
{
  const struct latency_report r = { .exact = 98, .silent = 2 };
  cr_expect_eq(latency_report_verdict(&r), CLI_DEGRADED);
}
