/* test_ptp_replay.c - paths made from seeds, with the impairments of real ones,
   through the estimator and the media clock: how near it comes, and whether it
   is locked only where it is.
   SPDX-License-Identifier: MIT */
#include "ptp_replay.h"

#include <criterion/criterion.h>

static struct replay r;

/* RMS over five seeds, of 90 s, from 30 s on; the master wanders by 1 ppb. */
static double
rms_of(const struct replay_path *path)
{
  double sum = 0;
  for (uint64_t seed = 1; seed <= 5; seed++) {
    replay_model(&r, 20, 1, seed);
    replay_make(&r, path, seed);
    const struct replay_result result = replay_run(&r, 30);
    cr_expect_leq(result.lying * 1000, result.locked);
    sum += result.rms * result.rms;
  }
  return sqrt(sum / 5);
}

/* Limits: what the slave has on the same samples that is to be beaten, a robust
   line over the longest of 8, 16, 32 and 64 s that no shorter one contradicts.
 */
Test(ptp_replay, a_cable)
{
  const struct replay_path path = {
    .delay = 2000, .normal = 300, .tail = 100, .seconds = 90, .interval = 0.125
  };
  cr_expect_leq(rms_of(&path), 42);
}

Test(ptp_replay, jitter_and_outliers)
{
  const struct replay_path path = { .delay = 2000,
                                    .normal = 500,
                                    .outliers = 0.02,
                                    .far = 50000,
                                    .seconds = 90,
                                    .interval = 0.125 };
  cr_expect_leq(rms_of(&path), 65);
}

/* Here that has 248, and neither is much good: the sharp edge is one-sided. */
Test(ptp_replay, a_queue)
{
  const struct replay_path path = {
    .delay = 8000, .tail = 5000, .seconds = 90, .interval = 0.125
  };
  cr_expect_leq(rms_of(&path), 330);
}

Test(ptp_replay, bursts)
{
  const struct replay_path path = { .delay = 8000,
                                    .normal = 600,
                                    .burst = 0.3,
                                    .burst_delay = 15000,
                                    .seconds = 90,
                                    .interval = 0.125 };
  cr_expect_leq(rms_of(&path), 86);
}

Test(ptp_replay, a_fifth_is_lost)
{
  const struct replay_path path = { .delay = 2000,
                                    .normal = 300,
                                    .tail = 100,
                                    .loss = 0.2,
                                    .seconds = 90,
                                    .interval = 0.125 };
  cr_expect_leq(rms_of(&path), 45);
}

Test(ptp_replay, an_oscillator_that_wanders)
{
  const struct replay_path path = {
    .delay = 2000, .normal = 300, .tail = 100, .seconds = 90, .interval = 0.125
  };
  replay_model(&r, 20, 20, 3);
  replay_make(&r, &path, 3);
  cr_expect_leq(replay_run(&r, 30).rms, 139);
}

Test(ptp_replay, is_back_after_a_minute_of_silence)
{
  const struct replay_path path = {
    .delay = 2000, .normal = 300, .seconds = 200, .interval = 0.125
  };
  for (uint64_t seed = 1; seed <= 5; seed++) {
    replay_model(&r, 20, 10, seed);
    replay_make(&r, &path, seed);
    unsigned kept = 0;
    for (unsigned i = 0; i < r.count; i++) {
      const double t = (double)r.events[i].known * 1e-9;
      if (t < 60 || t > 120) {
        r.events[kept++] = r.events[i];
      }
    }
    r.count = kept;
    cr_expect_leq(replay_run(&r, 130).worst, 500, "seed %d", (int)seed);
  }
}

/* A random path, a random oscillator. An asymmetry cannot be seen, so what it
   does to the truth is left out of the judgement: 1 us is for the rest. */
static struct replay_result
lock_from_cold(uint64_t seed)
{
  uint64_t random = seed * 977;
  const double kind = replay_uniform(&random);
  struct replay_path path = {
    .delay = 500 + 20000 * replay_uniform(&random),
    .normal = 50 + 1000 * replay_uniform(&random),
    .tail = 1500 * replay_uniform(&random) * replay_uniform(&random),
    .outliers = 0.05 * replay_uniform(&random),
    .far = 100000 * replay_uniform(&random),
    .loss = 0.4 * replay_uniform(&random),
    .seconds = 15,
    .interval = 0.125,
  };
  if (kind < 0.3) {
    path.late_requests = 20 * replay_uniform(&random);
    path.lateness = 1e6 * replay_uniform(&random);
  }
  path.asymmetry = 800 * (replay_uniform(&random) - 0.5);
  replay_model(&r,
               200 * (replay_uniform(&random) - 0.5),
               10 * replay_uniform(&random),
               seed);
  replay_make(&r, &path, seed);
  return replay_run(&r, 5);
}

Test(ptp_replay, a_thousand_locks_from_cold_tell_the_truth, .timeout = 110)
{
  uint64_t locked = 0, lying = 0, have = 0;
  for (uint64_t seed = 1; seed <= 1000; seed++) {
    const struct replay_result result = lock_from_cold(seed);
    locked += result.locked;
    lying += result.lying;
    have += result.locked > 0;
  }
  cr_expect_geq(have, 900);
  cr_expect_leq(lying * 1000, locked);
}

/* A cable between busy machines: slow for some seconds of ten, stalls of up to
   tens of ms, an oscillator from good to bad. */
static struct replay_result
two_minutes_of_a_cable(uint64_t seed)
{
  uint64_t random = seed * 7919;
  const struct replay_path path = {
    .delay = 500 + 2500 * replay_uniform(&random),
    .normal = 50 + 500 * replay_uniform(&random),
    .tail = 400 * replay_uniform(&random),
    .outliers = 0.02 * replay_uniform(&random),
    .far = 1e7 * replay_uniform(&random) * replay_uniform(&random),
    .burst = 0.5 * replay_uniform(&random),
    .burst_delay = 3000 * replay_uniform(&random),
    .loss = 0.1 * replay_uniform(&random),
    .seconds = 120,
    .interval = 0.125,
  };
  replay_model(&r,
               200 * (replay_uniform(&random) - 0.5),
               20 * replay_uniform(&random),
               seed);
  replay_make(&r, &path, seed);
  return replay_run(&r, 20);
}

Test(ptp_replay, locked_is_within_1_us_for_999_of_1000, .timeout = 60)
{
  uint64_t locked = 0, lying = 0;
  for (uint64_t seed = 1; seed <= 60; seed++) {
    const struct replay_result result = two_minutes_of_a_cable(seed);
    locked += result.locked;
    lying += result.lying;
  }
  cr_expect_geq(locked, 60 * 110 * 20, "locked for 110 s of 120");
  cr_expect_leq(lying * 1000, locked, "%d of %d", (int)lying, (int)locked);
}
