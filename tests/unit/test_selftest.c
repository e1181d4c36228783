/* test_selftest.c - what `aes67 selftest` concludes: the signal, the streams
   between two engines, the counters that explain silence, the verdict.
   SPDX-License-Identifier: MIT */
#include "cli/selftest_report.h"
#include "cli/selftest_signal.h"
#include "cli/selftest_wakeups.h"

#include <criterion/criterion.h>

static struct selftest_path path;
static struct selftest_counts counts;
static char why[300];

static json_t *
json(const char *text)
{
  json_t *const j = json_loads(text, 0, NULL);
  cr_assert_not_null(j);
  return j;
}

static vsc_status
streams(const char *tx_text, const char *rx_text, uint32_t channels)
{
  json_t *const tx = json(tx_text);
  json_t *const rx = json(rx_text);
  const vsc_status status =
    selftest_streams(tx, rx, 48000, channels, &path, why, sizeof why);
  if (status >= 0) {
    selftest_counts_read(tx, rx, &path, &counts);
  }
  json_decref(tx);
  json_decref(rx);
  return status;
}

#define TX                                                                     \
  "{\"senders\":[{\"address\":\"239.69.1.1:5004\",\"channels\":\"1-8\","       \
  "\"underrun_frames\":5}]}"
#define RX(address, channels)                                                  \
  "{\"receivers\":[{\"name\":\"rx1\",\"address\":\"" address                   \
  "\",\"channels\":\"" channels "\",\"link_offset_ns\":750000,"                \
  "\"packet_time_ns\":250000,\"lost\":3,\"late\":2,\"lost_frames\":36,"        \
  "\"skipped_frames\":12,\"margin_ns\":{\"min\":-300000,\"p50\":1,"            \
  "\"p99\":600000}}],\"audio\":{\"lateness_ns\":{\"max\":100000}}}"

Test(selftest_signal, is_never_silence_and_has_24_bits)
{
  for (vsc_pos p = 0; p < 1000000; p++) {
    const uint32_t s = selftest_sample(1, (uint32_t)p % 64, p * 7919);
    cr_assert(s != 0 && (s & 255) == 0, "position %lld", (long long)p);
  }
}

Test(selftest_signal, differs_a_frame_a_channel_or_a_direction_away)
{
  unsigned same = 0;
  for (vsc_pos p = 1; p < 10000; p++) {
    const uint32_t s = selftest_sample(1, 3, p);
    same += s == selftest_sample(1, 3, p + 1);
    same += s == selftest_sample(1, 4, p);
    same += s == selftest_sample(2, 3, p);
  }
  cr_expect_leq(same, 2); /* 1 in 2^24 is chance */
}

Test(selftest_streams, join_a_sender_and_a_receiver_of_one_address)
{
  cr_assert_eq(streams(TX, RX("239.69.1.1:5004", "1-8"), 8), VSC_OK);
  cr_expect_eq(path.stream_count, 1);
  cr_expect_eq(path.streams[0].first, 0);
  cr_expect_eq(path.streams[0].channels, 8);
  cr_expect_eq(path.streams[0].link_frames, 36);
}

Test(selftest_streams, of_another_address_are_refused)
{
  cr_expect_lt(streams(TX, RX("239.69.1.9:5004", "1-8"), 8), 0);
}

Test(selftest_streams, on_other_channels_are_refused)
{
  cr_expect_lt(streams(TX, RX("239.69.1.1:5004", "2-9"), 8), 0);
}

Test(selftest_streams, beyond_the_device_are_refused)
{
  cr_expect_lt(streams(TX, RX("239.69.1.1:5004", "1-8"), 4), 0);
}

Test(selftest_streams, with_jumps_between_channels_are_refused)
{
  cr_expect_lt(streams(TX, RX("239.69.1.1:5004", "1-4,9"), 5), 0);
}

Test(selftest_streams, survive_json_that_is_something_else)
{
  cr_expect_lt(streams("[]", "{\"receivers\":[1,null,{\"name\":2}]}", 8), 0);
}

Test(selftest_counts, explain_by_loss_skips_and_underruns)
{
  cr_assert_eq(streams(TX, RX("239.69.1.1:5004", "1-8"), 8), VSC_OK);
  cr_expect_eq(counts.explained[0], 36 + 12 + 5);
  cr_expect_eq(counts.lost, 3);
  cr_expect_eq(counts.late, 2);
}

Test(selftest_counts, the_latest_packet_says_which_link_offset_is_enough)
{
  const struct selftest_counts c = { .link_offset = 750000,
                                     .packet_time = 250000,
                                     .margin_min = -300000 };
  cr_expect_eq(selftest_enough(&c, true), 1250000);
}

Test(selftest_counts, without_a_drop_out_the_used_link_offset_is_enough)
{
  const struct selftest_counts c = { .link_offset = 750000,
                                     .packet_time = 250000,
                                     .margin_min = -300000 };
  cr_expect_eq(selftest_enough(&c, false), 750000);
}

Test(selftest_counts, a_drop_out_wants_more_than_the_used_link_offset)
{
  const struct selftest_counts c = { .link_offset = 750000,
                                     .packet_time = 250000,
                                     .margin_min = 500000 };
  cr_expect_eq(selftest_enough(&c, true), 1000000);
}

static struct selftest_report
report(uint64_t compared, uint64_t silent, uint64_t wrong, uint64_t unexplained)
{
  const struct selftest_direction d = { .compared = compared,
                                        .exact = compared - silent - wrong,
                                        .silent = silent,
                                        .wrong = wrong,
                                        .unexplained = unexplained };
  const struct selftest_report r = { .directions = { d, d } };
  return r;
}

Test(selftest_verdict, is_good_with_one_percent_of_explained_silence)
{
  const struct selftest_report r = report(10000, 100, 0, 0);
  cr_expect_eq(selftest_verdict(&r), CLI_OK);
}

Test(selftest_verdict, is_degraded_with_more)
{
  const struct selftest_report r = report(10000, 101, 0, 0);
  cr_expect_eq(selftest_verdict(&r), CLI_DEGRADED);
}

Test(selftest_verdict, is_degraded_when_frames_were_not_heard)
{
  struct selftest_report r = report(10000, 0, 0, 0);
  r.directions[0].missed = 200;
  cr_expect_eq(selftest_verdict(&r), CLI_DEGRADED);
}

Test(selftest_verdict, fails_with_one_wrong_frame)
{
  const struct selftest_report r = report(10000, 0, 1, 0);
  cr_expect_eq(selftest_verdict(&r), CLI_FAILED);
}

Test(selftest_verdict, fails_with_one_unexplained_frame)
{
  const struct selftest_report r = report(10000, 1, 0, 1);
  cr_expect_eq(selftest_verdict(&r), CLI_FAILED);
}

Test(selftest_verdict, fails_when_one_way_was_not_compared)
{
  struct selftest_report r = report(10000, 0, 0, 0);
  r.directions[1].compared = 0;
  cr_expect_eq(selftest_verdict(&r), CLI_FAILED);
}

Test(selftest_direction, silence_beyond_the_counters_is_unexplained)
{
  cr_assert_eq(streams(TX, RX("239.69.1.1:5004", "1-8"), 8), VSC_OK);
  const struct selftest_counts begin = { .explained = { 50 } };
  struct selftest_direction d;
  path.compared = 1000;
  path.stream_silent[0] = 10;
  path.unwritten = 5;
  selftest_direction(&path, &begin, &counts, &d);
  cr_expect_eq(d.unexplained, 10 - 3 - 5);
}

Test(selftest_wakeups, advise_the_profiles_values_on_a_quiet_machine)
{
  cr_expect_eq(wakeups_link_offset(100000, 750000), 750000);
  cr_expect_eq(wakeups_headroom(50000, 7, 48000), 7);
}

Test(selftest_wakeups, advise_twice_the_worst_and_a_packet_on_a_busy_one)
{
  cr_expect_eq(wakeups_link_offset(1000000, 750000), 2250000);
  cr_expect_eq(wakeups_headroom(1000000, 7, 48000), 96);
}

Test(selftest_wakeups, advise_at_most_20_ms)
{
  cr_expect_eq(wakeups_link_offset(500000000, 750000), 20000000);
  cr_expect_eq(wakeups_headroom(500000000, 7, 48000), 960);
}
