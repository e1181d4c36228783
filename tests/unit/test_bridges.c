/* test_bridges.c - [bridge] sections: what they mean and what is refused; what
   the process of one says, and how long it is waited for.
   SPDX-License-Identifier: MIT */
#include "config_rig.h"

#include "engine/bridges.h"

Test(bridges, play_the_first_two_inputs_by_default)
{
  struct config *const c = load_text("[bridge room]\ndevice = plughw:1\n");
  cr_assert_not_null(c, "%s", errors);
  cr_assert_eq(c->bridge_count, 1);
  const struct config_bridge *const b = &c->bridges[0];
  cr_expect_str_eq(b->name, "room");
  cr_expect_str_eq(b->device, "plughw:1");
  cr_expect_not(b->is_capture);
  cr_expect_eq(b->first, 0);
  cr_expect_eq(b->count, 2);
  cr_expect_eq(b->latency, 0);
  cr_expect_str_eq(b->resampler, "samplerate");
  config_destroy(c);
}

Test(bridges, capture_what_they_are_told)
{
  struct config *const c = load_text(
    "[bridge a]\ndevice = default\ndirection = capture\nchannels = 5\n"
    "latency = 20ms\nresampler = linear\n");
  cr_assert_not_null(c, "%s", errors);
  const struct config_bridge *const b = &c->bridges[0];
  cr_expect(b->is_capture);
  cr_expect_eq(b->first, 4);
  cr_expect_eq(b->count, 1);
  cr_expect_eq(b->latency, 20000000);
  cr_expect_str_eq(b->resampler, "linear");
  config_destroy(c);
}

Test(bridges, are_dropped_when_disabled)
{
  struct config *const c =
    load_text("[bridge a]\ndevice = default\nenabled = no\n");
  cr_assert_not_null(c, "%s", errors);
  cr_expect_eq(c->bridge_count, 0);
  config_destroy(c);
}

Test(bridges, need_a_card)
{
  expect_error("[bridge a]\nchannels = 1-2\n", "[bridge a] needs the key");
}

Test(bridges, need_a_range_that_the_device_has)
{
  expect_error("[bridge a]\ndevice = d\nchannels = 1,3\n",
               "p.ini:3: channels: \"1,3\" is no range");
  expect_error("[device]\ninputs = 8\n[bridge a]\ndevice = d\nchannels = 8-9\n",
               "p.ini:5: channels: \"8-9\": the device has 8 inputs");
  expect_error("[bridge a]\ndevice = d\nchannels = x\n", "is no range");
}

Test(bridges, know_two_directions)
{
  expect_error("[bridge a]\ndevice = d\ndirection = both\n", "p.ini:3: ");
}

Test(bridges, name_the_nearest_key)
{
  expect_error("[bridge a]\ndevice = d\nchanels = 1-2\n", "channels");
}

Test(bridges, do_not_fill_the_same_outputs)
{
  expect_error("[bridge a]\ndevice = d\ndirection = capture\n"
               "[bridge b]\ndevice = e\ndirection = capture\nchannels = 2-3\n",
               "\"a\" fills some of these outputs already");
}

#define REPORT                                                                 \
  "{\"schema\": \"vsc.bridge/1\", \"frames\": 48000, \"silent_frames\": 3, "   \
  "\"latency_ns\": 25000000, \"drift_ppm\": -1.5, \"settled\": true, "         \
  "\"card_stops\": 1, \"jumps\": 2}"

Test(bridge_report, is_read)
{
  struct bridge_report r;
  cr_assert(bridge_report_read(REPORT, sizeof REPORT - 1, &r));
  cr_expect_eq(r.frames, 48000);
  cr_expect_eq(r.silent_frames, 3);
  cr_expect_eq(r.latency_ns, 25000000);
  cr_expect_float_eq(r.ppm, -1.5, 1e-9);
  cr_expect_eq(r.stops, 1);
  cr_expect_eq(r.jumps, 2);
  cr_expect(r.is_settled);
}

Test(bridge_report, is_whole_or_nothing)
{
  struct bridge_report r = { .frames = 7 };
  for (size_t n = 0; n < sizeof REPORT - 1; n++) {
    cr_expect_not(bridge_report_read(REPORT, n, &r), "%zu bytes", n);
  }
  static const char negative[] = "{\"frames\": -1, \"silent_frames\": 0, "
                                 "\"latency_ns\": 0, \"drift_ppm\": 0, "
                                 "\"card_stops\": 0, \"jumps\": 0}";
  cr_expect_not(bridge_report_read(negative, sizeof negative - 1, &r));
  cr_expect_eq(r.frames, 7);
}

Test(bridge_pause, grows_to_half_a_minute)
{
  static const int seconds[] = { 1, 1, 2, 4, 8, 16, 30, 30 };
  for (unsigned i = 0; i < sizeof seconds / sizeof seconds[0]; i++) {
    cr_expect_eq(bridge_pause(i), seconds[i] * INT64_C(1000000000), "%u", i);
  }
  cr_expect_eq(bridge_pause(UINT32_MAX), INT64_C(30000000000));
}
