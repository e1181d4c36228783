/* test_ptp_stream.c - the rung "stream": where no master is heard, the clock
   goes at the pace of a stream's sender. SPDX-License-Identifier: MIT */
#include "ptp_rig.h"

#include <vsc/position.h>

#include <criterion/criterion.h>

static struct rig r;

/* Half a second, then what the sender says: it began at EPOCH and is PPM off.
 */
static void
hear(double seconds, int64_t epoch, double ppm, uint32_t generation)
{
  for (double s = 0; s < seconds; s += 0.5) {
    rig_run(&r, 0.5);
    const vsc_clock_view view = {
      .size = sizeof view,
      .host_ns = r.now,
      .tai_ns = epoch + llround((double)r.now * (1 + ppm * 1e-6)),
      .rate = 1 + ppm * 1e-6,
      .generation = generation,
    };
    ladder_stream(&r.ladder, &view);
  }
}

static double
rate_ppm(void)
{
  return (r.ladder.media.view.rate - 1) * 1e6;
}

static void
begin(void)
{
  rig_init(&r, PORT_FOLLOWER);
  r.is_mute = 1;
}

Test(ptp_stream, is_taken_without_a_step_and_gives_the_pace)
{
  begin();
  hear(20, 77 * SECOND, 31, 1);
  cr_expect_eq(r.ladder.rung, RUNG_STREAM);
  cr_expect_eq(r.steps, 0);
  cr_expect_float_eq(rate_ppm(), 31, 0.1);
  cr_expect_eq(r.ladder.media.view.state, VSC_CLOCK_FREE);
  cr_expect_eq(r.ladder.media.view.error_ns, -1);
  cr_expect_not(ladder_holds_master(&r.ladder));
}

/* Two senders of 31 ppm, one after the other. */
static void
hear_two(uint32_t first, uint32_t second)
{
  begin();
  hear(20, 77 * SECOND, 31, first);
  const int64_t before = media_at(&r.ladder.media, r.now);
  const vsc_ns at = r.now;
  hear(20, -12345 * SECOND, 31, second);
  const int64_t passed = media_at(&r.ladder.media, r.now) - before;
  cr_expect_leq(llabs(passed - llround((double)(r.now - at) * (1 + 31e-6))),
                1000);
  cr_expect_eq(r.steps, 0);
  cr_expect_not(r.has_went_back);
}

Test(ptp_stream, a_sender_that_begins_anew_moves_nothing)
{
  hear_two(1, 2);
}

/* The receiver was given another address: it counts from the start. */
Test(ptp_stream, another_sender_of_the_same_generation_moves_nothing)
{
  hear_two(1, 1);
}

Test(ptp_stream, its_pace_is_held_when_it_stops)
{
  begin();
  hear(20, 0, -50, 1);
  rig_run(&r, 30);
  cr_expect_eq(r.ladder.rung, RUNG_HOLDOVER);
  cr_expect_float_eq(rate_ppm(), -50, 0.1);
  cr_expect_eq(r.ladder.media.view.error_ns, -1);
  cr_expect_eq(r.steps, 0);
}

Test(ptp_stream, a_master_that_comes_is_better_and_one_step)
{
  begin();
  hear(10, 0, -50, 1);
  r.is_mute = 0;
  hear(20, 0, -50, 1);
  cr_expect_eq(r.ladder.rung, RUNG_PTP);
  cr_expect_eq(r.steps, 1);
  cr_expect_leq(rig_worst(&r, 5), 300);
}

Test(ptp_stream, comes_after_a_master_at_its_pace_without_a_step)
{
  rig_init(&r, PORT_FOLLOWER);
  hear(20, 0, -50, 1);
  cr_expect_eq(r.steps, 1);
  r.is_mute = 1;
  hear(20, 0, -50, 1);
  cr_expect_eq(r.ladder.rung, RUNG_STREAM);
  cr_expect_eq(r.steps, 1);
  cr_expect_float_eq(rate_ppm(), -50, 0.1);
  cr_expect_not(r.has_went_back);
}

Test(ptp_stream, nobody_leads_while_it_is_heard)
{
  begin();
  hear(5, 0, 0, 1);
  cr_expect_not(ladder_may_lead(&r.ladder, r.now));
  rig_run(&r, 3);
  cr_expect(ladder_may_lead(&r.ladder, r.now));
}
