/* test_dnssd_label.c - the next name, where one is taken in DNS-SD.
   SPDX-License-Identifier: MIT */
#include "modules/discovery-mdns/dnssd_label.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

static const char *
next(const char *in)
{
  static char label[DNSSD_LABEL_BYTES];
  snprintf(label, sizeof label, "%s", in);
  dnssd_label_next(label);
  return label;
}

Test(dnssd_label, numbers_from_two_on)
{
  cr_expect_str_eq(next("Stage"), "Stage #2");
  cr_expect_str_eq(next("Stage #2"), "Stage #3");
  cr_expect_str_eq(next("Stage #9"), "Stage #10");
}

Test(dnssd_label, takes_for_a_number_only_what_it_writes)
{
  cr_expect_str_eq(next("Stage #1"), "Stage #1 #2");
  cr_expect_str_eq(next("Stage #02"), "Stage #02 #2");
  cr_expect_str_eq(next("Stage#2"), "Stage#2 #2");
  cr_expect_str_eq(next("2"), "2 #2");
  cr_expect_str_eq(next("#2"), "#2 #2");
  cr_expect_str_eq(next(" #99999999999"), " #99999999999 #2");
}

Test(dnssd_label, cuts_in_front_of_the_number)
{
  char in[DNSSD_LABEL_BYTES];
  memset(in, 'x', sizeof in);
  in[DNSSD_LABEL_BYTES - 1] = '\0';
  const char *const out = next(in);
  cr_expect_eq(strlen(out), DNSSD_LABEL_BYTES - 1);
  cr_expect_str_eq(out + DNSSD_LABEL_BYTES - 4, " #2");
}

Test(dnssd_label, never_cuts_a_letter_in_two)
{
  char in[DNSSD_LABEL_BYTES] = "";
  for (unsigned i = 0; i < 21; i++) {
    strcat(in, "\xE2\x82\xAC");
  }
  const char *const out = next(in);
  cr_expect_eq(strlen(out), 3 * 20 + 3);
  cr_expect_str_eq(out + 3 * 20, " #2");
}
