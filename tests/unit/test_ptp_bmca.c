/* test_ptp_bmca.c - which master is the best, and how many are remembered.
   SPDX-License-Identifier: MIT */
#include "modules/clock-ptp/bmca.h"

#include <criterion/criterion.h>

#include <string.h>

#define SECOND INT64_C(1000000000)

static struct ptp_message
announce(unsigned number, unsigned priority1)
{
  struct ptp_message m = { .type = PTP_ANNOUNCE, .source.port = 1 };
  m.announce = (struct ptp_dataset){ .priority1 = (uint8_t)priority1,
                                     .priority2 = 128,
                                     .clock_class = 248 };
  m.source.clock[6] = m.announce.grandmaster[6] = (uint8_t)(number >> 8);
  m.source.clock[7] = m.announce.grandmaster[7] = (uint8_t)number;
  return m;
}

static int
compare(const struct ptp_message *a, const struct ptp_message *b)
{
  const int order =
    bmca_compare(&a->announce, &a->source, &b->announce, &b->source);
  const int reverse =
    bmca_compare(&b->announce, &b->source, &a->announce, &a->source);
  cr_assert_eq(order<0, reverse> 0);
  return order;
}

Test(ptp_bmca, compares_in_the_order_of_the_standard)
{
  struct ptp_message a = announce(1, 128), b = announce(2, 128);
  cr_expect_lt(compare(&a, &b), 0, "identity");
  b.announce.priority2 = 127;
  cr_expect_gt(compare(&a, &b), 0, "priority2");
  a.announce.variance = 1;
  b.announce.variance = 2;
  cr_expect_lt(compare(&a, &b), 0, "variance");
  b.announce.accuracy = 0x20;
  a.announce.accuracy = 0x21;
  cr_expect_gt(compare(&a, &b), 0, "accuracy");
  a.announce.clock_class = 6;
  cr_expect_lt(compare(&a, &b), 0, "class");
  b.announce.priority1 = 1;
  cr_expect_gt(compare(&a, &b), 0, "priority1");
}

Test(ptp_bmca, takes_the_nearer_way_to_the_same_grandmaster)
{
  struct ptp_message a = announce(1, 128), b = a;
  b.source.clock[0] = 9;
  cr_expect_lt(compare(&a, &b), 0, "the sender decides a tie");
  a.announce.steps_removed = 1;
  cr_expect_gt(compare(&a, &b), 0);
}

Test(ptp_bmca, wants_two_announces_in_four_intervals)
{
  struct bmca b = { 0 };
  const struct ptp_message m = announce(1, 128);
  bmca_hear(&b, &m, 1, 10 * SECOND, NULL);
  cr_expect_null(bmca_best(&b, 10 * SECOND, 3, NULL));
  bmca_hear(&b, &m, 1, 11 * SECOND, NULL);
  cr_expect_not_null(bmca_best(&b, 11 * SECOND, 3, NULL));
  cr_expect_null(bmca_best(&b, 15 * SECOND, 3, NULL));
}

Test(ptp_bmca, keeps_the_one_that_is_followed_until_its_timeout)
{
  struct bmca b = { 0 };
  const struct ptp_message m = announce(1, 128);
  bmca_hear(&b, &m, 1, 10 * SECOND, NULL);
  bmca_hear(&b, &m, 1, 11 * SECOND, NULL);
  cr_expect_not_null(bmca_best(&b, 15 * SECOND, 3, &m.source));
  cr_expect_null(bmca_best(&b, 16 * SECOND, 3, &m.source));
}

Test(ptp_bmca, a_master_is_where_it_was_heard_first_until_its_timeout)
{
  struct bmca b = { 0 };
  const struct ptp_message m = announce(1, 128);
  bmca_hear(&b, &m, 1, 10 * SECOND, NULL);
  bmca_hear(&b, &m, 1, 11 * SECOND, NULL);
  cr_expect_null(bmca_hear(&b, &m, 2, 11 * SECOND, &m.source));
  cr_expect_eq(bmca_best(&b, 12 * SECOND, 3, &m.source)->address, 1);
  cr_expect_null(bmca_best(&b, 16 * SECOND, 3, &m.source));
  cr_expect_not_null(bmca_hear(&b, &m, 2, 16 * SECOND, NULL));
}

Test(ptp_bmca, ignores_circles_and_alternates)
{
  struct bmca b = { 0 };
  struct ptp_message m = announce(1, 128);
  m.announce.steps_removed = 255;
  cr_expect_null(bmca_hear(&b, &m, 1, SECOND, NULL));
  m.announce.steps_removed = 0;
  m.flags = PTP_ALTERNATE_MASTER;
  cr_expect_null(bmca_hear(&b, &m, 1, SECOND, NULL));
}

Test(ptp_bmca, a_thousand_false_masters_do_not_drive_out_a_better_one)
{
  struct bmca b = { 0 };
  const struct ptp_message good = announce(9999, 100);
  vsc_ns now = SECOND;
  for (unsigned round = 0; round < 3; round++) {
    bmca_hear(&b, &good, 1, now, NULL);
    for (unsigned i = 0; i < 1000; i++) {
      const struct ptp_message bad = announce(i, 101);
      bmca_hear(&b, &bad, 2, now + i * 1000000, NULL);
    }
    now += SECOND;
  }
  const struct foreign *const best = bmca_best(&b, now, 3, NULL);
  cr_assert_not_null(best);
  cr_expect_eq(best->set.priority1, 100);
}

Test(ptp_bmca, even_better_false_masters_leave_the_one_that_is_followed)
{
  struct bmca b = { 0 };
  const struct ptp_message good = announce(9999, 100);
  bmca_hear(&b, &good, 1, SECOND, NULL);
  bmca_hear(&b, &good, 1, 2 * SECOND, NULL);
  for (unsigned i = 0; i < 1000; i++) {
    const struct ptp_message bad = announce(i, 1);
    bmca_hear(&b, &bad, 2, 2 * SECOND, &good.source);
  }
  cr_expect_not_null(bmca_find(&b, &good.source));
  cr_expect_eq(bmca_count(&b, 2 * SECOND), 1);
}

Test(ptp_bmca, follows_only_what_is_allowed)
{
  struct bmca b = { 0 };
  const struct ptp_message m = announce(1, 1), n = announce(2, 128);
  cr_assert(bmca_allow(&b, "00-00-00-00-00-00-00-02, 0000000000000007"));
  for (int i = 1; i < 3; i++) {
    bmca_hear(&b, &m, 1, i * SECOND, NULL);
    bmca_hear(&b, &n, 1, i * SECOND, NULL);
  }
  const struct foreign *const best = bmca_best(&b, 2 * SECOND, 3, NULL);
  cr_assert_not_null(best);
  cr_expect_eq(best->source.clock[7], 2);
}

Test(ptp_bmca, reads_no_broken_list)
{
  struct bmca b = { 0 };
  cr_expect(bmca_allow(&b, NULL));
  cr_expect(bmca_allow(&b, " , "));
  cr_expect_not(bmca_allow(&b, "00-00-00-00-00-00-00"));
  cr_expect_not(bmca_allow(&b, "00-00-00-00-00-00-00-02x"));
  char many[25 * (BMCA_ALLOWED + 1) + 1] = "";
  for (int i = 0; i <= BMCA_ALLOWED; i++) {
    strcat(many, "00-00-00-00-00-00-00-02 ");
  }
  cr_expect_not(bmca_allow(&b, many));
}

Test(ptp_bmca, bounds_intervals)
{
  cr_expect_eq(ptp_interval(-3), SECOND / 8);
  cr_expect_eq(ptp_interval(1), 2 * SECOND);
  cr_expect_eq(ptp_interval(-128), SECOND / 128);
  cr_expect_eq(ptp_interval(127), 64 * SECOND);
}
