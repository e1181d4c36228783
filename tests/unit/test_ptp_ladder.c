/* test_ptp_ladder.c - how near the media clock is to a master that is made of
   numbers: lock, holdover, noise, steps, and the estimator and map beneath.
   SPDX-License-Identifier: MIT */
#include "ptp_rig.h"

#include <vsc/position.h>

#include <criterion/criterion.h>

static struct rig r;

/* Of fifty paths, the mean square of the worst in ten seconds. */
Test(ptp_ladder, is_within_250_ns_after_3_seconds)
{
  double sum = 0;
  for (uint64_t seed = 1; seed <= 50; seed++) {
    rig_init(&r, PORT_FOLLOWER);
    r.random = seed;
    rig_run(&r, 3.5);
    const double worst = (double)rig_worst(&r, 10);
    sum += worst * worst;
    cr_expect_eq(r.ladder.media.view.state, VSC_CLOCK_LOCKED);
    cr_expect_eq(r.steps, 1);
  }
  cr_expect_leq(sqrt(sum / 50), 250);
}

Test(ptp_ladder, is_within_100_ns_after_a_minute)
{
  rig_init(&r, PORT_FOLLOWER);
  rig_run(&r, 60);
  cr_expect_leq(rig_worst(&r, 60), 100);
  cr_expect_eq(ladder_quality(&r.ladder), 4);
}

Test(ptp_ladder, holds_within_500_ns_for_a_minute)
{
  rig_init(&r, PORT_FOLLOWER);
  rig_run(&r, 90);
  r.is_mute = 1;
  cr_expect_leq(rig_worst(&r, 60), 500);
  cr_expect_eq(r.ladder.media.view.state, VSC_CLOCK_HOLDOVER);
  cr_expect_geq(r.ladder.media.view.error_ns, rig_error(&r));
}

Test(ptp_ladder, its_bound_grows_in_holdover)
{
  rig_init(&r, PORT_FOLLOWER);
  rig_run(&r, 60);
  r.is_mute = 1;
  rig_run(&r, 5);
  const int64_t soon = r.ladder.media.view.error_ns;
  rig_run(&r, 100);
  cr_expect_gt(r.ladder.media.view.error_ns, soon + 300);
}

Test(ptp_ladder, comes_back_from_holdover_without_a_step)
{
  rig_init(&r, PORT_FOLLOWER);
  rig_run(&r, 60);
  r.is_mute = 1;
  rig_run(&r, 30);
  r.is_mute = 0;
  rig_run(&r, 10);
  cr_expect_leq(rig_worst(&r, 10), 200);
  cr_expect_eq(r.steps, 1);
  cr_expect_not(r.has_went_back);
}

Test(ptp_ladder, slews_half_a_millisecond_and_never_goes_back)
{
  rig_init(&r, PORT_FOLLOWER);
  rig_run(&r, 20);
  r.epoch -= 500000;
  rig_run(&r, 12);
  cr_expect_leq(rig_worst(&r, 10), 300);
  cr_expect_eq(r.steps, 1);
  cr_expect_not(r.has_went_back);
}

Test(ptp_ladder, steps_once_for_a_second_and_says_so)
{
  rig_init(&r, PORT_FOLLOWER);
  rig_run(&r, 20);
  const uint32_t generation = r.ladder.media.view.generation;
  r.epoch += SECOND;
  rig_run(&r, 10);
  cr_expect_leq(rig_worst(&r, 10), 300);
  cr_expect_eq(r.steps, 2);
  cr_expect_eq(r.ladder.media.view.generation, generation + 1);
}

Test(ptp_ladder, a_master_5_us_apart_is_no_discontinuity)
{
  rig_init(&r, PORT_FOLLOWER);
  rig_run(&r, 60);
  r.clock[7] = 9;
  r.epoch += 5000;
  cr_expect_leq(rig_worst(&r, 15), 6000);
  cr_expect_leq(rig_worst(&r, 10), 200);
  cr_expect_eq(r.steps, 1);
  cr_expect_not(r.has_went_back);
}

Test(ptp_ladder, survives_one_sample_ten_milliseconds_off)
{
  rig_init(&r, PORT_FOLLOWER);
  rig_run(&r, 30);
  for (int i = 0; i < 3; i++) {
    struct observation o = { .at = r.now + 30000000 * (i + 1), .y = 0 };
    o.y = rig_time(&r, o.at) - o.at - 9600000;
    ladder_observe(&r.ladder, &o);
  }
  cr_expect_leq(rig_worst(&r, 10), 200);
}

Test(ptp_ladder, takes_any_epoch)
{
  static const int64_t epochs[] = { 0, 2574, 1700000000, INT64_C(4294967296) };
  for (unsigned i = 0; i < 4; i++) {
    rig_init(&r, PORT_FOLLOWER);
    r.epoch = epochs[i] * SECOND;
    rig_run(&r, 20);
    cr_expect_leq(rig_worst(&r, 5), 200, "%lld", (long long)epochs[i]);
  }
}

Test(ptp_ladder, follows_100_ppm_either_way)
{
  for (int sign = -1; sign < 2; sign += 2) {
    rig_init(&r, PORT_FOLLOWER);
    r.skew = sign * 100e-6;
    rig_run(&r, 20);
    cr_expect_leq(rig_worst(&r, 10), 200);
    cr_expect_not(r.has_went_back);
  }
}

Test(ptp_ladder, locks_at_one_sync_a_second)
{
  rig_init(&r, PORT_FOLLOWER);
  r.log_sync = 0;
  rig_run(&r, 40);
  cr_expect_eq(r.ladder.media.view.state, VSC_CLOCK_LOCKED);
}

Test(ptp_ladder, a_noisy_path_is_not_called_locked)
{
  rig_init(&r, PORT_FOLLOWER);
  r.noise_ns = 200000;
  rig_run(&r, 30);
  cr_expect_eq(r.ladder.media.view.state, VSC_CLOCK_LOCKING);
  cr_expect_leq(ladder_quality(&r.ladder), 2);
}

Test(ptp_ladder, follows_the_system_until_there_is_a_master)
{
  rig_init(&r, PORT_FOLLOWER);
  r.is_mute = 1;
  const int64_t tai = 1700000000 * SECOND;
  for (int i = 1; i < 30; i++) {
    rig_run(&r, 1);
    ladder_system(
      &r.ladder, (struct system_reading){ r.now, tai + i * SECOND }, SECOND);
  }
  cr_expect_eq(r.ladder.rung, RUNG_SYSTEM);
  cr_expect_eq(r.ladder.media.view.state, VSC_CLOCK_FREE);
  cr_expect_leq(llabs(media_at(&r.ladder.media, r.now) - tai - 29 * SECOND),
                100);
}

Test(ptp_ladder, steps_with_the_system_only_while_it_follows_it)
{
  rig_init(&r, PORT_FOLLOWER);
  r.is_mute = 1;
  rig_run(&r, 2);
  const struct system_reading far = { r.now, 1800000000 * SECOND };
  cr_expect(ladder_system(&r.ladder, far, SECOND));
  r.is_mute = 0;
  rig_run(&r, 10);
  const struct system_reading back = { r.now, 1700000000 * SECOND };
  cr_expect_not(ladder_system(&r.ladder, back, SECOND));
  cr_expect_leq(rig_worst(&r, 5), 300);
}

Test(ptp_ladder, reads_its_list)
{
  struct ladder_config c;
  cr_expect(ladder_read("ptp,free", &c));
  cr_expect_eq(c.count, 2);
  cr_expect_eq(c.rungs[1], RUNG_FREE);
  cr_expect_not(ladder_read("", &c));
  cr_expect_not(ladder_read(NULL, &c));
  cr_expect_not(ladder_read("ptp river", &c));
  cr_expect_not(ladder_read("ptp ptp ptp ptp ptp ptp ptp", &c));
  cr_expect_str_eq(ladder_word(RUNG_HOLDOVER), "holdover");
}

Test(ptp_media, joins_its_pieces_to_the_nanosecond)
{
  struct media m;
  media_init(&m, 0, 0);
  int64_t last = 0;
  for (vsc_ns t = 0; t < 100 * SECOND; t += 12345678) {
    media_steer(&m, t, -300e-6, (t / 7) % 2 ? 400 : -400);
    const int64_t here = media_at(&m, t);
    cr_assert_geq(here, last);
    cr_assert_leq(here - last, 12345678 + 1);
    last = here;
  }
}

Test(ptp_media, stamps_before_a_piece_are_read_in_the_piece_before)
{
  struct media m;
  media_init(&m, 0, 0);
  media_steer(&m, 0, 500e-6, 0);
  const int64_t before = media_at(&m, SECOND - 1000);
  media_steer(&m, SECOND, -500e-6, 0);
  cr_expect_eq(media_at(&m, SECOND - 1000), before);
  media_step(&m, 2 * SECOND, 77, 0);
  cr_expect_eq(media_at(&m, 2 * SECOND - 5), 72, "not the one before a step");
  media_steer(&m, SECOND, 0, 0);
  cr_expect_eq(media_at(&m, 2 * SECOND), 77, "time does not run backwards");
}

Test(ptp_media, bounds_its_rate)
{
  struct media m;
  media_init(&m, 0, 0);
  media_steer(&m, 0, 1, 1e12);
  cr_expect_leq(m.view.rate, 1 + MEDIA_RATE_MAX);
  media_steer(&m, 0, -1, -1e12);
  cr_expect_geq(m.view.rate, 1 - MEDIA_RATE_MAX);
}

Test(ptp_estimator, wants_samples_of_both_kinds)
{
  static struct estimator e;
  for (int i = 0; i < 50; i++) {
    estimator_add(
      &e, &(struct observation){ .at = (i + 1) * (SECOND / 8), .y = 1000 });
  }
  cr_expect_not(estimator_fit(&e));
}

Test(ptp_estimator, does_not_believe_one_kind_alone)
{
  static struct estimator e;
  for (int i = 1; i < 400; i++) {
    /* 2 us each way; the first requests were held for half a millisecond. */
    const int is_request = i % 2;
    const int64_t late = i < 14 && is_request ? 534000 : 0;
    const struct observation o = { .at = i * INT64_C(60000000),
                                   .y =
                                     (is_request ? 2000 : -2000) + i % 7 + late,
                                   .is_request = is_request };
    estimator_add(&e, &o);
    estimator_fit(&e);
    if (i > 60) {
      cr_assert(e.has_map);
      cr_assert_leq(fabs(e.map.offset + (double)e.map.base), 100, "at %d", i);
    }
  }
}

Test(ptp_estimator, all_samples_alike_are_a_line)
{
  static struct estimator e;
  for (int i = 1; i < 50; i++) {
    const struct observation o = { .at = i * INT64_C(60000000),
                                   .y = 1000,
                                   .is_request = i & 1 };
    estimator_add(&e, &o);
  }
  cr_assert(estimator_fit(&e));
  cr_expect_eq(estimate_at(&e.map, 100), 1100);
}
