/* test_position.c - the arithmetic of positions.
   SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <vsc/position.h>

static const uint32_t rates[] = { 44100, 48000, 88200, 96000, 192000, 384000 };

Test(position, of_whole_seconds_is_exact)
{
  for (int64_t s = -3; s < 5000000000; s = s * 3 + 7) {
    for (size_t r = 0; r < 6; r++) {
      cr_assert_eq(vsc_pos_at(s * VSC_SECOND, rates[r]), s * rates[r]);
    }
  }
}

Test(position, tai_of_is_the_smallest_time_with_that_position)
{
  for (vsc_pos p = -100; p < 400000000000000; p = p * 2 + 101) {
    for (size_t r = 0; r < 6; r++) {
      const int64_t tai = vsc_tai_of(p, rates[r]);
      cr_assert_eq(vsc_pos_at(tai, rates[r]), p);
      cr_assert_eq(vsc_pos_at(tai - 1, rates[r]), p - 1);
    }
  }
}

Test(position, host_time_is_the_smallest_with_at_least_that_position)
{
  const double ratios[] = { 1.0, 1.0001, 0.9999, 1.0005, 0.9995 };
  for (size_t k = 0; k < 5; k++) {
    const vsc_clock_view view = { .size = sizeof view,
                                  .host_ns = 123456789012,
                                  .tai_ns = 1800000000123456789,
                                  .rate = ratios[k] };
    for (int64_t ahead = -4000000000000; ahead < 4000000000000;
         ahead += 333333333333) {
      for (size_t r = 0; r < 6; r++) {
        const vsc_pos p = vsc_view_pos(&view, view.host_ns + ahead, rates[r]);
        const vsc_ns t = vsc_view_host_time(&view, p, rates[r]);
        cr_assert_geq(vsc_view_pos(&view, t, rates[r]), p);
        cr_assert_lt(vsc_view_pos(&view, t - 1, rates[r]), p);
      }
    }
  }
}

Test(position, unwrap_finds_the_nearest)
{
  const vsc_pos near = (INT64_C(5) << 32) + 10;
  cr_assert_eq(vsc_unwrap(near, 5), (INT64_C(5) << 32) + 5);
  cr_assert_eq(vsc_unwrap(near, UINT32_MAX), (INT64_C(5) << 32) - 1);
  cr_assert_eq(vsc_unwrap(-3, 7), 7);
}

Test(position, packet_frames_use_the_base_of_both_families)
{
  cr_assert_eq(vsc_packet_frames(1000000, 48000), 48);
  cr_assert_eq(vsc_packet_frames(1000000, 44100), 48);
  cr_assert_eq(vsc_packet_frames(333000, 48000), 16);
  cr_assert_eq(vsc_packet_frames(125000, 48000), 6);
  cr_assert_eq(vsc_packet_frames(250000, 96000), 24);
  cr_assert_eq(vsc_packet_frames(1000000, 88200), 96);
  cr_assert_eq(vsc_packet_frames(4000000, 48000), 192);
}

Test(position, frames_of_a_duration_are_the_nearest)
{
  cr_assert_eq(vsc_frames_in(750000, 48000), 36);
  cr_assert_eq(vsc_frames_in(333333, 48000), 16);
  cr_assert_eq(vsc_frames_in(0, 48000), 0);
}
