/* test_card_clock.c - the model of a sound card's clock, told by a machine that
   is late now and then. SPDX-License-Identifier: MIT */
#include "hal/bridge/card_clock.h"

#include <criterion/criterion.h>
#include <math.h>

#define RATE 48000.0
#define PERIOD 1024.0
#define TRUE_DRIFT 20e-6

static vsc_ns
true_time(double frame)
{
  return 1000000000 + (vsc_ns)(frame / (RATE * (1 + TRUE_DRIFT)) * 1e9);
}

/* Periods from FIRST to LAST, each told LATE_NS after it was over. */
static void
tell(struct card_clock *c, unsigned first, unsigned last, vsc_ns late_ns)
{
  for (unsigned k = first; k <= last; k++) {
    card_clock_add(c, true_time(k * PERIOD) + late_ns, k * PERIOD);
  }
}

static struct card_clock
begun(void)
{
  struct card_clock c;
  card_clock_init(&c, RATE);
  return c;
}

Test(card_clock, finds_the_rate)
{
  struct card_clock c = begun();
  tell(&c, 1, 500, 0);
  cr_expect_float_eq(c.drift, TRUE_DRIFT, 1e-6, "%g", c.drift);
}

/* After LATE samples that were told late, and others that were not. */
static void
expect_no_rate(unsigned late, unsigned all, double error)
{
  struct card_clock c = begun();
  tell(&c, 1, late, 3300000);
  tell(&c, late + 1, all, 0);
  cr_expect_float_eq(c.drift, TRUE_DRIFT, error, "%g", c.drift);
  cr_expect_float_eq(
    card_clock_frame(&c, true_time((all + 1) * PERIOD)), (all + 1) * PERIOD, 5);
}

Test(card_clock, takes_a_late_beginning_for_no_rate)
{
  expect_no_rate(1, 10, 200e-6);
}

Test(card_clock, takes_several_late_ones_for_no_rate)
{
  expect_no_rate(12, 40, 100e-6);
}

Test(card_clock, is_not_led_by_one_late_sample)
{
  struct card_clock c = begun();
  tell(&c, 1, 200, 0);
  tell(&c, 201, 201, 40000000);
  tell(&c, 204, 210, 0);
  cr_expect_float_eq(c.drift, TRUE_DRIFT, 20e-6, "%g", c.drift);
}

Test(card_clock, follows_a_card_that_has_lost_frames)
{
  struct card_clock c = begun();
  tell(&c, 1, 400, 0);
  for (unsigned k = 401; k <= 440; k++) {
    card_clock_add(&c, true_time((k + 3) * PERIOD), k * PERIOD);
  }
  cr_expect_eq(c.steps, 1);
  cr_expect_float_eq(
    card_clock_frame(&c, true_time(444 * PERIOD)), 441 * PERIOD, 5);
}

/* Its rate has grown by 1 ppm in a quarter of an hour: by the next day it has
   not grown by a hundred. */
Test(card_clock, does_not_wander_on_through_a_long_pause)
{
  const double wander = 1e-6 / 900;
  struct card_clock c = begun();
  double t = 0;
  for (; t < 900; t += 0.5) {
    card_clock_add(
      &c, (vsc_ns)(1e9 * (1 + t)), RATE * (t + wander * t * t / 2));
  }
  cr_expect_float_eq(c.wander, wander, wander / 4, "%g", c.wander);
  card_clock_restart(&c, (vsc_ns)(1e9 * (t + 86400)), 0);
  cr_expect_float_eq(c.drift, 1e-6, 0.2e-6, "%g", c.drift);
}
