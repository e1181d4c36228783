/* test_advice.c - what is said of link offsets: nothing too early, what was
   counted, and how far the worst lets one look. SPDX-License-Identifier: MIT */
#include "engine/advice.h"

#include <criterion/criterion.h>
#include <math.h>

static struct histogram need;
static struct advice seen;
static char text[ADVICE_TEXT];

static void
see(unsigned windows, vsc_ns needed)
{
  for (unsigned i = 0; i < windows; i++) {
    histogram_add(&need, needed);
  }
}

static void
set_up(void)
{
  need = (struct histogram){ 0 };
  seen = (struct advice){ .need = &need, .link_offset = 750000 };
}

TestSuite(advice, .init = set_up);

Test(advice, is_silent_while_little_was_seen)
{
  see(19, 500000);
  cr_expect_str_empty(advice_text(&seen, text));
  cr_expect_lt(advice_period(&seen, 750000), 0);
}

Test(advice, counts_what_was_often_too_late)
{
  see(2900, 500000);
  see(100, 2000000);
  cr_expect_float_eq(advice_period(&seen, 1000000), 6, 0.2);
}

Test(advice, expects_several_in_a_window_where_most_have_one)
{
  see(150, 500000);
  see(2850, 2000000); /* a share of exp(-3) has none: 3 in the mean */
  cr_expect_float_eq(advice_period(&seen, 1000000), 0.2 / 3, 0.001);
  seen.link_offset = 1000000;
  cr_expect_str_eq(advice_text(&seen, text),
                   "1 ms: 15 drop-outs a second; 3 ms: none expected in "
                   "100 min (watched for 10 min)");
}

Test(advice, expects_them_together_where_they_came_so)
{
  see(2970, 500000);
  see(30, 2000000);
  seen.drop_outs = 150; /* five in each */
  cr_expect_float_eq(advice_period(&seen, 750000), 4, 0.1);
  cr_expect_float_eq(advice_period(&seen, 1000000), 4, 0.1);
}

Test(advice, expects_what_no_link_offset_helps_with_each)
{
  see(2970, 800000);
  see(30, INT64_MAX);
  cr_expect_float_eq(advice_period(&seen, 100000000), 20, 0.5);
  seen.link_offset = 3000000;
  cr_expect_eq(advice_offset(&seen), 1500000);
  cr_expect_str_eq(advice_text(&seen, text),
                   "3 ms: a drop-out every 19 s; 1.5 ms: none expected in "
                   "100 min, but 30 times packets never "
                   "came (watched for 10 min)");
}

Test(advice, expects_nothing_far_beyond_what_never_varies)
{
  see(3000, 500000); /* ten minutes */
  cr_expect(isinf(advice_period(&seen, 750000)));
  cr_expect_str_eq(advice_text(&seen, text),
                   "750 us: none expected in 100 min (watched for 10 min)");
}

Test(advice, names_the_least_that_holds_for_an_hour)
{
  see(2700, 600000);
  for (unsigned i = 1; i <= 300; i++) { /* falls as the fourth power */
    histogram_add(&need, (vsc_ns)(600e3 * pow(i / 300.0, -0.25)));
  }
  const double period = advice_period(&seen, 2000000);
  cr_expect(period > 60 && period < 500, "%f", period); /* 247 s */
  const vsc_ns least = advice_offset(&seen);            /* 3.9 ms would do */
  cr_expect(least >= 3000000 && least <= 6000000, "%lld", (long long)least);
}

Test(advice, bears_no_values_and_values_below_0)
{
  see(1000, -5000000);
  cr_expect_str_empty(advice_text(&seen, text));
  cr_expect_eq(advice_offset(&seen), 0);
}
