/* test_sender_clock.c - what is believed of a sender's clock.
   SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

#include "engine/sender_clock.h"

#define MS INT64_C(1000000)
#define PACKET 48

static struct sender_report report;
static struct sender_clock clock_;
static vsc_ns now;
static double frames; /* that the sender has sent */

static void
begin(void)
{
  report = (struct sender_report){ 0 };
  now = 5000 * MS;
  frames = 1e9;
  srand(1);
  sender_clock_init(&clock_, &report, 48000, 480, 2000);
}

/* A packet a millisecond of the sender's, each up to JITTER ns late. */
static void
send(double seconds, double ppm, int jitter)
{
  for (int i = 0; i < seconds * 1000; i++) {
    now += llround(1e6 / (1 + ppm * 1e-6));
    frames += PACKET;
    const vsc_ns late = jitter ? rand() % jitter : 0;
    sender_clock_hear(&clock_, now + late, llround(frames), 0);
  }
}

static double
drift_ppm(void)
{
  vsc_clock_view v = { .size = sizeof v };
  return clockpage_read(&report.page, &v) ? (v.rate - 1) * 1e6 : NAN;
}

/* How far the model is from the sender, frames. */
static double
far(void)
{
  return card_clock_frame(&clock_.model, now) + (double)clock_.base - frames;
}

Test(sender_clock, knows_nothing_before_half_a_second_was_heard)
{
  begin();
  send(0.4, 0, 0);
  cr_expect(clock_.is_seeking);
  send(0.2, 0, 0);
  cr_expect(!clock_.is_seeking);
}

Test(sender_clock, learns_the_rate_although_packets_are_late)
{
  begin();
  send(120, 150, 2 * MS);
  cr_expect_float_eq(drift_ppm(), 150, 1);
  cr_expect_float_eq(far(), 0, 2);
}

Test(sender_clock, a_storm_of_late_packets_moves_it_little)
{
  begin();
  send(120, 150, MS);
  for (int i = 0; i < 400; i++) {
    now += MS;
    frames += PACKET * (1 + 150e-6);
    sender_clock_hear(&clock_, now + 8 * MS, llround(frames), 0);
  }
  send(1, 150, MS);
  cr_expect_float_eq(far(), 0, 2);
  cr_expect_eq(report.jumps, 0);
}

Test(sender_clock, keeps_the_rate_when_the_sender_begins_anew)
{
  begin();
  send(60, -90, 0);
  frames = 77;
  sender_clock_hear(&clock_, now, 77, 1);
  cr_expect(clock_.is_seeking);
  send(0.6, -90, 0);
  cr_expect(!clock_.is_seeking);
  cr_expect_eq(report.jumps, 1);
  cr_expect_float_eq(drift_ppm(), -90, 1);
  cr_expect_float_eq(far(), 0, 0.1);
}

Test(sender_clock, packets_that_cannot_be_played_are_a_jump)
{
  begin();
  send(10, 0, 0);
  now += 20 * MS; /* 960 frames late */
  send(2.2, 0, 0);
  cr_expect_eq(report.jumps, 1);
  frames += 2400;
  send(2.2, 0, 0);
  cr_expect_eq(report.jumps, 2);
  cr_expect_float_eq(far(), 0, 0.1);
}

Test(sender_clock, a_machine_that_stalls_for_a_second_moves_nothing)
{
  begin();
  send(120, 60, MS);
  const vsc_ns stalled = now;
  for (int i = 0; i < 1000; i++) { /* what is late comes a little less late */
    now += MS;
    frames += PACKET * (1 + 60e-6);
    const vsc_ns late = 400 * MS - (now - stalled) / 4;
    sender_clock_hear(&clock_, now + late, llround(frames), 0);
  }
  now += 400 * MS;
  frames += 400 * PACKET * (1 + 60e-6);
  send(1, 60, MS);
  cr_expect_eq(report.jumps, 0);
  cr_expect_float_eq(drift_ppm(), 60, 2);
  cr_expect_float_eq(far(), 0, 2);
}

Test(sender_clock, another_machine_is_known_as_soon)
{
  begin();
  send(120, 150, MS);
  frames = 5;
  sender_clock_hear(&clock_, now, 5, 1);
  send(60, -150, MS);
  cr_expect_float_eq(drift_ppm(), -150, 2, "%f", drift_ppm());
  cr_expect_float_eq(far(), 0, 2);
}

Test(sender_clock, stamps_that_tell_lies_stay_within_bounds)
{
  begin();
  for (int i = 0; i < 20000; i++) {
    now += MS;
    const vsc_pos any = (vsc_pos)(((uint64_t)rand() << 8) & 0xffffffffu);
    sender_clock_hear(&clock_, now, any, rand() % 900 == 0);
    cr_assert(fabs(drift_ppm()) < 2001 || isnan(drift_ppm()));
    cr_assert(isfinite(clock_.model.frames));
  }
}
