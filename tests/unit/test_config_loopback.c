/* test_config_loopback.c - [loopback] sections: what they mean, what is
   refused, and where the message points.
   SPDX-License-Identifier: MIT */
#include "config_rig.h"

#define JOIN "[loopback join]\nfrom = out 1-8\nto = in 9-16\n"
#define BACK "[loopback back]\nfrom = in 1-8\nto = out 1-8\n"
#define RECEIVE "[receive r]\nchannels = 1-8\naddress = 239.1.1.2\n"

Test(config_loopback, joins_outputs_to_inputs)
{
  struct config *const c =
    load_text(JOIN "delay = 96frames\nexclude = a b,c\n");
  cr_assert_not_null(c, "%s", errors);
  cr_assert_eq(c->loopback_count, 1);
  const struct loopback_config *const l = &c->loopbacks[0].config;
  cr_expect_str_eq(l->name, "join");
  cr_expect_not(l->is_reflection);
  cr_expect_eq(l->channels, 8);
  cr_expect_eq(l->delay, 96);
  cr_expect_eq(l->from[0], 0);
  cr_expect_eq(l->to[7], 15);
  cr_expect_str_eq(l->from_text, "out 1-8");
  cr_expect(config_excludes(l, "a b"));
  cr_expect(config_excludes(l, "c"));
  cr_expect_not(config_excludes(l, "a"));
  cr_expect_not(config_excludes(l, ""));
  config_destroy(c);
}

Test(config_loopback, reflects_inputs_to_outputs)
{
  struct config *const c =
    load_text("[loopback x]\nfrom = in 4,2\nto = out 1-2\ndelay = 2ms\n");
  cr_assert_not_null(c, "%s", errors);
  const struct loopback_config *const l = &c->loopbacks[0].config;
  cr_expect(l->is_reflection);
  cr_expect_eq(l->channels, 2);
  cr_expect_eq(l->delay, 96);
  cr_expect_eq(l->from[0], 3);
  cr_expect_eq(l->from[1], 1);
  config_destroy(c);
}

Test(config_loopback, has_the_least_delay_by_default)
{
  struct config *const c = load_text(
    "[stream]\npacket_time = 250us\n[loopback a]\nfrom = out 9\nto = in "
    "9\n" BACK);
  cr_assert_not_null(c, "%s", errors);
  cr_expect_eq(c->loopbacks[0].config.delay, 12);
  cr_expect_eq(c->loopbacks[1].config.delay, 0);
  config_destroy(c);
}

Test(config_loopback, needs_a_wake_up_of_delay_and_names_the_least)
{
  expect_error(JOIN "delay = 47frames\n",
               "p.ini:4: delay: \"47frames\" is too short; from out to in the "
               "least is 48 frames (1ms), the time between two wake-ups");
  expect_error(JOIN "delay = 0s\n", "p.ini:4: delay: \"0s\" is too short");
  expect_error("[stream]\npacket_time = 250us\n" JOIN "delay = 200us\n",
               "the least is 12 frames (250us)");
  expect_error(JOIN "delay = 3569frames\n",
               "is 3569 frames; with a ring of 8192 frames it may be at most "
               "3568: make [device] ring larger");
  expect_error(BACK "delay = 99999999999999999999frames\n", "at most 3568");
  expect_error(BACK "delay = 1h\n", "at most 3568");
  expect_error(JOIN "delay = 3\n", "write a time such as 3ms, or frames");
  expect_error(JOIN "delay = -3frames\n", "write a time such as 3ms");
  expect_error(JOIN "delay = 3packets\n", "write a time such as 3ms");
}

Test(config_loopback, names_wrong_channels_with_their_line)
{
  expect_error("[loopback x]\nto = in 1\n", "p.ini:1: from: write outputs as");
  expect_error("[loopback x]\nfrom = out 1\n", "p.ini:1: to: write outputs as");
  expect_error("[loopback x]\nfrom = 1-8\nto = in 1-8\n",
               "p.ini:2: from: write outputs as in out 1-8");
  expect_error("[loopback x]\nfrom = out 1,1\nto = in 1-2\n", "each once");
  expect_error("[loopback x]\nfrom = out 64-65\nto = in 1-2\n",
               "p.ini:2: from: channel 65: the device has 64 outputs");
  expect_error("[loopback x]\nfrom = out 1\nto = in 65\n",
               "p.ini:3: to: channel 65: the device has 64 inputs");
  expect_error("[loopback x]\nfrom = out 1\nto = out 2\n",
               "p.ini:3: to: sound goes from outputs to inputs");
  expect_error("[loopback x]\nfrom = out 1-8\nto = in 1-4\n",
               "p.ini:3: to: 4 channels, and \"from\" has 8");
  expect_error("[loopback]\nfrom = out 1\n", "needs a name");
  expect_error(JOIN "dely = 1ms\n", "did you mean \"delay\"");
}

Test(config_loopback, refuses_names_that_no_application_has)
{
  expect_error(JOIN "exclude = a,,b\n",
               "p.ini:4: exclude: write names of 1 to");
  expect_error(JOIN "exclude = 12345678901234567890123456789012\n", "1 to 31");
  expect_error(BACK "exclude = a\n", "no application plays what is received");
}

Test(config_loopback, shares_no_input_with_a_stream_or_another)
{
  expect_error(RECEIVE "[loopback x]\nfrom = out 1\nto = in 8\n",
               "p.ini:6: to: device input 8 is fed by \"r\" already");
  expect_error(JOIN "[loopback x]\nfrom = out 20\nto = in 16\n",
               "p.ini:6: to: device input 16 is fed by \"join\" already");
  expect_error(BACK "[loopback x]\nfrom = in 20\nto = out 1\n",
               "p.ini:6: to: device output 1 is fed by \"back\" already");
}

Test(config_loopback, may_share_an_output_that_it_only_reads)
{
  struct config *const c =
    load_text(JOIN "[loopback x]\nfrom = out 1-8\nto = in 17-24\n"
                   "[send s]\nchannels = 1-8\naddress = 239.1.1.1\n");
  cr_assert_not_null(c, "%s", errors);
  cr_assert_eq(c->loopback_count, 2);
  config_destroy(c);
}

Test(config_loopback, names_a_circle)
{
  expect_error("[loopback a]\nfrom = out 1-8\nto = in 1-8\n" BACK,
               "p.ini:2: from: sound would go in a circle: \"a\" is fed by "
               "\"back\", that is fed by \"a\"");
  expect_error("[loopback a]\nfrom = out 1\nto = in 1\n"
               "[loopback b]\nfrom = in 1\nto = out 2\n"
               "[loopback c]\nfrom = out 2\nto = in 2\n"
               "[loopback d]\nfrom = in 2\nto = out 1\n"
               "[loopback e]\nfrom = out 1\nto = in 9\n",
               "\"d\" is fed by \"c\", that is fed by \"b\", that is fed by "
               "\"a\", that is fed by \"d\"");
}

Test(config_loopback, may_hear_what_is_reflected)
{
  struct config *const c = load_text(RECEIVE JOIN BACK);
  cr_assert_not_null(c, "%s", errors);
  cr_expect_str_eq(c->loopbacks[0].config.name, "back");
  cr_expect_str_eq(c->loopbacks[1].config.name, "join");
  config_destroy(c);
}

Test(config_loopback, puts_what_feeds_another_before_it)
{
  struct config *const c = load_text("[loopback c]\nfrom = out 2\nto = in 2\n"
                                     "[loopback b]\nfrom = in 1\nto = out 2\n"
                                     "[loopback x]\nfrom = out 9\nto = in 9\n"
                                     "[loopback a]\nfrom = out 1\nto = in 1\n");
  cr_assert_not_null(c, "%s", errors);
  cr_assert_eq(c->loopback_count, 4);
  static const char *const order[] = { "x", "a", "b", "c" };
  for (unsigned i = 0; i < 4; i++) {
    cr_expect_str_eq(c->loopbacks[i].config.name, order[i]);
  }
  config_destroy(c);
}

Test(config_loopback, enabled_no_drops_one)
{
  struct config *const c =
    load_text(JOIN "enabled = no\n[loopback x]\nfrom = out 20\nto = in 16\n");
  cr_assert_not_null(c, "%s", errors);
  cr_assert_eq(c->loopback_count, 1);
  cr_expect_str_eq(c->loopbacks[0].config.name, "x");
  config_destroy(c);
}
