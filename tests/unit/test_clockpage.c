/* test_clockpage.c - the clock view in shared memory.
   SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "hal/clockpage.h"

static const vsc_clock_view example = {
  .size = sizeof(vsc_clock_view),
  .state = VSC_CLOCK_HOLDOVER,
  .host_ns = 123456789012345,
  .tai_ns = 1800000000987654321,
  .rate = 1.0000123,
  .error_ns = -1,
  .generation = 7,
  .domain = 127,
  .grandmaster = { 0, 0x1d, 0xc1, 0xff, 0xfe, 0x50, 0x36, 0x33 },
};

Test(clockpage, has_no_view_when_zeroed)
{
  struct clockpage page = { 0 };
  vsc_clock_view view;
  cr_assert_not(clockpage_read(&page, &view));
}

Test(clockpage, gives_back_every_field)
{
  struct clockpage page = { 0 };
  vsc_clock_view view;
  clockpage_write(&page, &example);
  cr_assert(clockpage_read(&page, &view));
  cr_assert_eq(memcmp(&view, &example, sizeof view), 0);
}

Test(clockpage, gives_the_newest_view)
{
  struct clockpage page = { 0 };
  vsc_clock_view view = example;
  for (uint32_t i = 0; i < 5; i++) {
    view.generation = i;
    clockpage_write(&page, &view);
  }
  cr_assert(clockpage_read(&page, &view));
  cr_assert_eq(view.generation, 4);
}

Test(clockpage, survives_the_wrap_of_its_sequence)
{
  struct clockpage page = { 0 };
  vsc_clock_view view = example;
  atomic_store(&page.sequence, UINT32_MAX - 1);
  for (uint32_t i = 0; i < 4; i++) {
    view.generation = i;
    clockpage_write(&page, &view);
    cr_assert(clockpage_read(&page, &view));
    cr_assert_eq(view.generation, i);
  }
}

/* A writer that died after some words has changed nothing for readers. */
Test(clockpage, is_whole_when_the_writer_died_in_the_middle)
{
  struct clockpage page = { 0 };
  vsc_clock_view view;
  clockpage_write(&page, &example);
  const uint32_t next = atomic_load(&page.sequence) + 1;
  for (int i = 0; i < CLOCKPAGE_WORDS / 2; i++) {
    atomic_store(&page.words[next & 1][i], UINT64_C(0xdeadbeefdeadbeef));
  }
  cr_assert(clockpage_read(&page, &view));
  cr_assert_eq(view.tai_ns, example.tai_ns);
}

static bool
is_taken(vsc_clock_view view)
{
  struct clockpage page = { 0 };
  vsc_clock_view out;
  clockpage_write(&page, &view);
  return clockpage_read(&page, &out);
}

Test(clockpage, refuses_a_rate_that_is_none)
{
  const double rates[] = {
    0.0, 0.98, 1.02, -1.0, (double)NAN, (double)INFINITY, -(double)INFINITY
  };
  for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
    vsc_clock_view view = example;
    view.rate = rates[i];
    cr_expect_not(is_taken(view), "rate %g", rates[i]);
  }
}

Test(clockpage, refuses_times_that_would_overflow)
{
  vsc_clock_view view = example;
  view.host_ns = INT64_MIN;
  cr_expect_not(is_taken(view));
  view.host_ns = INT64_MAX;
  cr_expect_not(is_taken(view));
  view = example;
  view.tai_ns = INT64_MAX;
  cr_expect_not(is_taken(view));
  view.tai_ns = INT64_MIN;
  cr_expect_not(is_taken(view));
}
