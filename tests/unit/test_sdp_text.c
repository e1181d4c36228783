/* test_sdp_text.c - names made fit to show.
   SPDX-License-Identifier: MIT */
#include "modules/shared/sdp_text.h"

#include <vsc/stream.h>

#include <criterion/criterion.h>

#include <string.h>

static const char *
clean(const char *in)
{
  static char out[VSC_NAME_BYTES];
  text_clean((struct slice){ in, in + strlen(in) }, out, sizeof out);
  return out;
}

Test(text_clean, removes_controls_and_keeps_valid_utf8)
{
  cr_expect_str_eq(clean(" a\033[2Jb\177 \n"), "a[2Jb");
  cr_expect_str_eq(clean("\xC3\xA9t\xC2\x9B\xE2\x82\xAC"),
                   "\xC3\xA9t\xE2\x82\xAC");
  cr_expect_str_eq(clean("\xFF\xC0\xAF\xED\xA0\x80"), "??????");
}

Test(text_clean, never_cuts_a_character_in_two)
{
  char in[VSC_NAME_BYTES + 2];
  memset(in, 'x', sizeof in);
  memcpy(in + VSC_NAME_BYTES - 2, "\xC3\xA9", 3);
  cr_assert_eq(strlen(clean(in)), VSC_NAME_BYTES - 2);
}

Test(text_clean, removes_what_turns_or_breaks_a_line)
{
  cr_expect_str_eq(clean("a\xE2\x80\xAE"
                         "b\xE2\x81\xA9\xD8\x9C\xE2\x80\xA8"
                         "c\xE2\x80\x8F"),
                   "abc");
}

Test(text_clean, leaves_nothing_behind_the_end)
{
  char out[8] = { 0 };
  const char in[] = "ab   ";
  text_clean((struct slice){ in, in + 5 }, out, sizeof out);
  cr_expect_arr_eq(out, "ab\0\0\0\0\0", 8);
}
