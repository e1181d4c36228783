/* test_phc_map.c - the line from an interface's clock to host time, with
   made-up readings. SPDX-License-Identifier: MIT */
#include "engine/os/phc_map.h"

#include <criterion/criterion.h>

#include <stdlib.h>

#define MS INT64_C(1000000)
#define SECOND INT64_C(1000000000)
#define HOST (5000 * SECOND)
#define PHC (1700000000 * SECOND)
#define EVERY (200 * MS)

/* A PHC that runs faster than host time by PPM since it was last set. */
struct world {
  struct phc_map map;
  vsc_ns now, set_host;
  int64_t set_phc;
  double ppm;
  vsc_ns width, noise; /* of a reading; it is off by less than NOISE */
  uint32_t seed;
};

static struct world
begin(double ppm, vsc_ns noise)
{
  return (struct world){ .now = HOST,
                         .set_host = HOST,
                         .set_phc = PHC,
                         .ppm = ppm,
                         .width = 2 * noise,
                         .noise = noise,
                         .seed = 1 };
}

static int64_t
phc_at(const struct world *w, vsc_ns host)
{
  const vsc_ns since = host - w->set_host;
  return w->set_phc + since + (int64_t)((double)since * w->ppm * 1e-6);
}

/* Another rate from here on, and BY ns elsewhere. */
static void
set(struct world *w, double ppm, int64_t by)
{
  w->set_phc = phc_at(w, w->now) + by;
  w->set_host = w->now;
  w->ppm = ppm;
}

static int
read_off(struct world *w, int64_t by)
{
  w->seed = w->seed * 1664525 + 1013904223;
  const int64_t noise =
    w->noise ? (int64_t)(w->seed >> 8) % (2 * w->noise) - w->noise : 0;
  const struct phc_reading r = { .phc = phc_at(w, w->now) + noise + by,
                                 .host = w->now,
                                 .width = w->width };
  return phc_map_add(&w->map, &r);
}

static void
run(struct world *w, unsigned readings)
{
  for (unsigned i = 0; i < readings; i++) {
    w->now += EVERY;
    if (read_off(w, 0)) {
      w->now += MS / 10;
      read_off(w, 0);
    }
  }
}

/* By how much a stamp of AGO ns before now is misplaced; a second: not known.
 */
static int64_t
error(const struct world *w, vsc_ns ago)
{
  vsc_ns host;
  if (!phc_map_host(&w->map, phc_at(w, w->now - ago), &host)) {
    return SECOND;
  }
  return llabs(host - (w->now - ago));
}

Test(phc_map, knows_nothing_before_a_third_of_a_second)
{
  struct world w = begin(50, 0);
  cr_expect_eq(error(&w, 0), SECOND);
  run(&w, 3);
  cr_expect_eq(error(&w, 0), SECOND);
  run(&w, 1);
  cr_expect_lt(error(&w, 0), 2);
}

Test(phc_map, follows_any_crystal)
{
  for (double ppm = -100; ppm <= 100; ppm += 25) {
    struct world w = begin(ppm, 0);
    run(&w, 50);
    cr_expect_lt(error(&w, 0), 2);
    cr_expect_lt(error(&w, 150 * MS), 2);
    cr_expect_lt(error(&w, SECOND), 2);
    cr_expect_eq(w.map.steps, 0);
  }
}

Test(phc_map, averages_the_noise_of_readings)
{
  struct world w = begin(-30, 300);
  double sum = 0;
  run(&w, 20);
  for (int i = 0; i < 500; i++) {
    run(&w, 1);
    const double e = (double)error(&w, 100 * MS);
    cr_assert_lt(e, 400, "%g ns", e);
    sum += e * e;
  }
  /* a single reading errs by 173 ns */
  cr_expect_lt(sum / 500, 100 * 100.0);
}

Test(phc_map, weighs_a_wide_bracket_little)
{
  struct world w = begin(10, 50);
  run(&w, 20);
  for (int i = 0; i < 5; i++) {
    w.now += EVERY;
    w.width = 200000;
    cr_expect_eq(read_off(&w, 80000), 0); /* its bracket admits it */
    w.width = 100;
    run(&w, 3);
    cr_expect_lt(error(&w, 0), 100);
  }
}

Test(phc_map, maps_nothing_while_it_doubts)
{
  struct world w = begin(10, 50);
  run(&w, 20);
  w.now += EVERY;
  cr_expect_neq(read_off(&w, 300000), 0); /* a stall of which the bracket knows
                                             nothing */
  cr_expect_eq(error(&w, 0), SECOND);
  w.now += MS / 10;
  cr_expect_eq(read_off(&w, 0), 0);
  cr_expect_lt(error(&w, 0), 100);
  cr_expect_eq(w.map.steps, 0);
}

Test(phc_map, forgets_two_outliers_that_do_not_agree)
{
  struct world w = begin(10, 50);
  run(&w, 20);
  w.now += EVERY;
  cr_expect_neq(read_off(&w, 300000), 0);
  w.now += MS / 10;
  cr_expect_neq(read_off(&w, -90000), 0);
  w.now += MS / 10;
  cr_expect_eq(read_off(&w, 0), 0);
  cr_expect_lt(error(&w, 0), 100);
}

Test(phc_map, begins_again_when_the_phc_is_set)
{
  static const int64_t steps[] = { 10000, -10000, 37 * SECOND, -PHC / 2 };
  for (unsigned i = 0; i < 4; i++) {
    struct world w = begin(20, 50);
    run(&w, 20);
    w.now += 50 * MS;
    set(&w, 20, steps[i]);
    run(&w, 1);
    cr_expect_eq(w.map.steps, 1);
    cr_expect_eq(error(&w, 0), SECOND);
    run(&w, 4);
    cr_expect_lt(error(&w, 0), 200);
    cr_expect_eq(w.map.steps, 1);
  }
}

Test(phc_map, follows_a_phc_whose_rate_is_steered)
{
  struct world w = begin(0, 50);
  run(&w, 20);
  for (int i = 0; i < 20; i++) {
    set(&w, i % 2 ? 1 : -1, 0);
    run(&w, 16);
    cr_expect_lt(error(&w, 0), 1000);
  }
  cr_expect_eq(w.map.steps, 0);
}

Test(phc_map, is_never_ready_for_a_phc_that_stands_still)
{
  struct world w = begin(-1e6, 0);
  for (int i = 0; i < 100; i++) {
    run(&w, 1);
    cr_assert_not(w.map.is_ready);
  }
  set(&w, 5, 0);
  run(&w, 5);
  cr_expect_lt(error(&w, 0), 2);
}

Test(phc_map, stops_mapping_when_it_stops)
{
  struct world w = begin(5, 50);
  run(&w, 20);
  set(&w, -1e6, 0);
  run(&w, 3);
  cr_expect_eq(error(&w, 0), SECOND);
}

Test(phc_map, begins_again_after_a_long_silence)
{
  struct world w = begin(5, 50);
  run(&w, 20);
  w.now += 60 * SECOND;
  run(&w, 1);
  cr_expect_eq(error(&w, 0), SECOND);
  run(&w, 4);
  cr_expect_lt(error(&w, 0), 200);
}

Test(phc_map, refuses_stamps_of_another_time)
{
  struct world w = begin(5, 50);
  vsc_ns host;
  run(&w, 20);
  cr_expect_eq(error(&w, 10 * SECOND), SECOND);
  cr_expect_eq(error(&w, -10 * SECOND), SECOND);
  cr_expect_not(phc_map_host(&w.map, 0, &host));
  cr_expect_not(phc_map_host(&w.map, INT64_MAX, &host));
  cr_expect_not(phc_map_host(&w.map, INT64_MIN, &host));
}
