/* test_label.c - what a channel is called stays text, whoever wrote it.
   SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "hal/label.h"

static const char *
kept(const char *text)
{
  static struct label label;
  static char out[LABEL_BYTES];
  (void)label_write(&label, text);
  label_read(&label, out);
  return out;
}

Test(label, keeps_what_fits)
{
  cr_expect_str_eq(kept(""), "");
  cr_expect_str_eq(kept("Bühne links 3"), "Bühne links 3");
}

Test(label, is_cut_between_characters)
{
  /* 30 bytes, and a character of two that would need the NUL's place */
  cr_expect_str_eq(kept("123456789012345678901234567890ü"),
                   "123456789012345678901234567890");
  cr_expect_eq(strlen(kept("1234567890123456789012345678901234567890")),
               LABEL_BYTES - 1);
}

Test(label, is_one_line)
{
  cr_expect_str_eq(kept("a\nb\x1b[2Jc\x7f"), "a?b?[2Jc?");
  cr_expect_str_eq(kept("\xc2\x9bz"), "??z"); /* a control character, too */
}

Test(label, shows_no_broken_characters)
{
  cr_expect_str_eq(kept("\xff\xc0\xaf"), "???");
  cr_expect_str_eq(kept("\xed\xa0\x80."), "???.");      /* surrogate */
  cr_expect_str_eq(kept("\xf4\x90\x80\x80."), "????."); /* after U+10FFFF */
  cr_expect_str_eq(kept("x\xe2\x82"), "x??");           /* not ended */
}

Test(label, turns_no_text_around)
{
  cr_expect_str_eq(kept("a\xe2\x80\xae"
                        "b"),
                   "a???b"); /* U+202E */
}

Test(label, says_whether_it_changed)
{
  struct label label = { 0 };
  cr_expect(label_write(&label, "a"));
  cr_expect_not(label_write(&label, "a"));
  cr_expect(label_write(&label, "ab"));
  cr_expect(label_write(&label, ""));
}

/* Another process wrote it: no NUL anywhere, and no character whole. */
Test(label, reads_anything)
{
  struct label label;
  char out[LABEL_BYTES];
  memset(&label, 0xe2, sizeof label);
  label_read(&label, out);
  cr_expect_eq(strlen(out), LABEL_BYTES - 1);
  cr_expect_eq(strspn(out, "?"), LABEL_BYTES - 1);
}
