/* test_status.c - what status tells is text, whatever a module says.
   SPDX-License-Identifier: MIT */
#include "engine/loopbacks.h"

#include <criterion/criterion.h>
#include <string.h>

static void
say_bytes(void *self, vsc_clock_report *out)
{
  (void)self;
  memset(out->diagnosis, 0xFF, sizeof out->diagnosis);
  memset(out->goes_by, 'x', sizeof out->goes_by);
}

Test(status, a_clock_may_say_any_bytes)
{
  static const vsc_clock_ops ops = { .size = sizeof ops, .report = say_bytes };
  struct instance clock = { .self = NULL };
  const struct engine e = { .clock_ops = &ops, .clock = &clock };
  vsc_clock_report report;
  status_clock_report(&e, &report);
  json_t *const diagnosis = json_string(report.diagnosis);
  cr_expect_not_null(diagnosis, "no text: status would have none at all");
  cr_expect_eq(strlen(report.goes_by), sizeof report.goes_by - 1);
  json_decref(diagnosis);
}

/* A sentence may be cut within a character of a name. */
Test(status, a_loopback_is_told_whatever_its_reason_ends_in)
{
  struct loopback l = { .reason = "\"B\xC3" };
  const struct engine e = { .loopbacks = &l };
  json_t *const list = loopbacks_json(&e);
  cr_expect_eq(json_array_size(list), 1);
  json_decref(list);
}
