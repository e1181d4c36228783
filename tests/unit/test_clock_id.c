/* test_clock_id.c - how identities of clocks are spelled.
   SPDX-License-Identifier: MIT */
#include "modules/shared/clock_id.h"

#include <criterion/criterion.h>
#include <string.h>

static const uint8_t ptp4l[CLOCK_ID_BYTES] = { 0xFE, 0x5C, 0x49, 0xFF,
                                               0xFE, 0xE3, 0x6D, 0x4C };

static const char *
read_all(const char *text, uint8_t *out)
{
  return clock_id_read(text, text + strlen(text), out, CLOCK_ID_BYTES);
}

Test(clock_id, is_written_in_capitals_with_dashes)
{
  char text[CLOCK_ID_TEXT];
  cr_expect_str_eq(clock_id_text(ptp4l, 8, text), "FE-5C-49-FF-FE-E3-6D-4C");
  cr_expect_str_eq(clock_id_text(ptp4l, 6, text), "FE-5C-49-FF-FE-E3");
}

Test(clock_id, is_read_as_anybody_writes_it)
{
  static const char *const texts[] = { "fe5c49.fffe.e36d4c,",
                                       "FE-5C-49-FF-FE-E3-6D-4C,",
                                       "fe:5c:49:ff:fe:e3:6d:4c," };
  for (unsigned i = 0; i < 3; i++) {
    uint8_t id[CLOCK_ID_BYTES] = { 0 };
    const char *const end = read_all(texts[i], id);
    cr_assert_not_null(end, "%s", texts[i]);
    cr_expect_arr_eq(id, ptp4l, sizeof id);
    cr_expect_eq(*end, ',');
  }
}

Test(clock_id, is_refused_when_it_is_short_or_something_else)
{
  static const char *const texts[] = { "",
                                       "fe5c49.fffe.e36d4",
                                       "fe5c49.fffe.e36d",
                                       "00-xx-C1-FF-FE-50-36-33",
                                       "traceable" };
  for (unsigned i = 0; i < 5; i++) {
    uint8_t id[CLOCK_ID_BYTES];
    cr_expect_null(read_all(texts[i], id), "%s", texts[i]);
  }
}

Test(clock_id, reads_nothing_beyond_its_limit)
{
  uint8_t id[CLOCK_ID_BYTES];
  const char *const text = "FE-5C-49-FF-FE-E3-6D-4C";
  cr_expect_null(clock_id_read(text, text + 22, id, 8));
  cr_expect_eq(clock_id_read(text, text + 17, id, 6), text + 17);
}
