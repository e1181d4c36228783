/* test_pace.c - when PipeWire's cycles are, and which frames are theirs.
   SPDX-License-Identifier: MIT */
#include "hal/pipewire/pace.h"

#include <criterion/criterion.h>
#include <string.h>

static const vsc_client_info device = { .size = sizeof device,
                                        .rate = 48000,
                                        .inputs = 64,
                                        .outputs = 64,
                                        .ring = 8192,
                                        .input_latency = 16,
                                        .output_latency = 7 };

/* Begun at NOW. */
static struct pace
begun(vsc_pos now, uint32_t quantum)
{
  struct pace p = { 0 };
  cr_assert(pace_turn(&p, now, quantum, 0));
  return p;
}

Test(pace, begins_on_the_grid)
{
  const struct pace p = begun(100000, 256);
  cr_assert_eq(p.at, 390 * 256);
}

Test(pace, begins_on_the_grid_below_zero)
{
  const struct pace p = begun(-1, 256);
  cr_assert_eq(p.at, -256);
}

Test(pace, tells_the_position_of_the_first_frame)
{
  const struct pace p = begun(100000, 256);
  cr_assert_eq(p.told, p.at - 256);
}

Test(pace, waits_for_the_next_cycle)
{
  struct pace p = begun(1024, 256);
  cr_assert_not(pace_turn(&p, 1279, 256, 0));
}

Test(pace, runs_each_cycle_once)
{
  struct pace p = begun(1024, 256);
  for (vsc_pos now = 1280; now < 100000; now += 256) {
    const vsc_pos end = p.end;
    cr_assert(pace_turn(&p, now, 256, 0));
    cr_assert_eq(p.at, now);
    cr_assert_eq(p.told, end);
  }
  cr_assert_eq(p.left_out, 0);
}

Test(pace, runs_late_cycles_while_there_is_patience)
{
  struct pace p = begun(1024, 256);
  cr_assert(pace_turn(&p, 2000, 256, 2000));
  cr_assert_eq(p.at, 1280);
  cr_assert(pace_turn(&p, 2000, 256, 2000));
  cr_assert_eq(p.at, 1536);
}

Test(pace, leaves_out_what_came_too_late)
{
  struct pace p = begun(1024, 256);
  cr_assert(pace_turn(&p, 4100, 256, 2000));
  cr_assert_eq(p.at, 4096);
  cr_assert_eq(p.left_out, 11);
  cr_assert_eq(p.frames_out, 4096 - 1280);
}

Test(pace, tells_what_was_left_out_as_time)
{
  struct pace p = begun(1024, 256);
  const vsc_pos end = p.end;
  pace_turn(&p, 4100, 256, 2000);
  cr_assert_eq(p.told - end, 4096 - 1280);
}

Test(pace, a_jump_is_no_delay)
{
  struct pace p = begun(1024, 256);
  p.has_jumped = true;
  cr_assert(pace_turn(&p, INT64_C(80000000000000), 256, 2000));
  cr_assert_eq(p.left_out, 0);
}

Test(pace, goes_on_when_the_clock_is_set_back)
{
  struct pace p = begun(1000192, 256);
  const vsc_pos end = p.end;
  cr_assert(pace_turn(&p, 5000, 256, 2000));
  cr_assert_eq(p.at, 4864);
  cr_assert_eq(p.told, end, "the graph's position goes on");
}

Test(pace, stays_when_the_clock_is_a_moment_behind)
{
  struct pace p = begun(1024, 256);
  cr_assert_not(pace_turn(&p, 1025, 256, 2000));
}

Test(pace, longer_cycles_follow_without_a_gap)
{
  struct pace p = begun(1024, 256);
  cr_assert_not(pace_turn(&p, 1280, 1024, 2000));
  cr_assert(pace_turn(&p, 2048, 1024, 2000));
  /* It hears [1024, 2048), the one before heard up to 1024. */
  cr_assert_eq(p.at - 1024, 1024);
}

Test(pace, shorter_cycles_follow_without_a_gap)
{
  struct pace p = begun(4096, 1024);
  cr_assert(pace_turn(&p, 4160, 64, 2000));
  cr_assert_eq(p.at - 64, 4096);
  cr_assert_eq(p.told, 4096);
}

Test(pace_limits, playback_has_the_whole_cycle)
{
  cr_assert_eq(pace_limits(&device, 1024).lead, 1024);
}

Test(pace_limits, everything_fits_into_the_half_of_the_ring)
{
  for (uint32_t n = PACE_QUANTUM_MIN; n <= PACE_QUANTUM_MAX; n++) {
    const struct pace_limits l = pace_limits(&device, n);
    if (l.lead > 0) {
      cr_assert_leq(n + l.lead + device.output_latency, device.ring / 2);
    }
    if (l.patience > 0) {
      cr_assert_leq(n + l.patience + device.input_latency, device.ring / 2);
    }
  }
}

Test(pace_limits, the_grace_leaves_time_to_play)
{
  for (uint32_t n = PACE_QUANTUM_MIN; n <= 2048; n++) {
    const struct pace_limits l = pace_limits(&device, n);
    cr_assert_leq(l.grace, l.patience);
    cr_assert_leq(l.grace, n / 2);
  }
}

Test(pace_limits, long_cycles_have_less)
{
  const uint32_t lead = pace_limits(&device, 2048).lead;
  cr_assert_gt(lead, 0);
  cr_assert_lt(lead, 2048);
}

Test(pace_limits, what_cannot_be_played_has_no_lead)
{
  cr_assert_eq(pace_limits(&device, 8192).lead, 0);
}

Test(pace_limits, the_most_is_a_power_of_two_that_has_it_all)
{
  const uint32_t most = pace_quantum_most(&device);
  cr_assert_eq(most, 1024);
  cr_assert_eq(pace_limits(&device, most).lead, most);
}

Test(pace_names, empty_ones_are_numbered)
{
  char names[3][32] = { "rx1 1", "", "rx1 3" };
  pace_names(names[0], sizeof *names, 3, "capture");
  cr_assert_str_eq(names[0], "rx1 1");
  cr_assert_str_eq(names[1], "capture_2");
  cr_assert_str_eq(names[2], "rx1 3");
}

Test(pace_names, the_second_of_one_name_has_its_number)
{
  char names[3][32] = { "Stage 1", "Stage 1", "Stage 1" };
  pace_names(names[0], sizeof *names, 3, "capture");
  cr_assert_str_eq(names[0], "Stage 1");
  cr_assert_str_eq(names[1], "Stage 1 (2)");
  cr_assert_str_eq(names[2], "Stage 1 (3)");
}

Test(pace_names, a_long_name_keeps_its_number)
{
  char names[2][32] = { "1234567890123456789012345678901",
                        "1234567890123456789012345678901" };
  pace_names(names[0], sizeof *names, 2, "capture");
  cr_assert_str_eq(names[1], "123456789012345678901234567 (2)");
}

Test(pace_names, a_long_name_keeps_whole_characters)
{
  char names[2][32] = { "12345678901234567890123456\xc3\xa4"
                        "901",
                        "12345678901234567890123456\xc3\xa4"
                        "901" };
  pace_names(names[0], sizeof *names, 2, "capture");
  cr_assert_str_eq(names[1], "12345678901234567890123456 (2)");
}

Test(pace_names, a_number_that_somebody_has_is_no_help)
{
  char names[3][32] = { "x (3)", "x", "x" };
  pace_names(names[0], sizeof *names, 3, "capture");
  cr_assert_str_eq(names[2], "x (3) (3)");
}

Test(pace_names, all_differ)
{
  static char names[128][32];
  for (unsigned i = 0; i < 128; i++) {
    strcpy(names[i], i % 3 == 2 ? "a" : i % 3 ? "" : "capture_2");
  }
  pace_names(names[0], sizeof *names, 128, "capture");
  for (unsigned i = 0; i < 128; i++) {
    for (unsigned j = 0; j < i; j++) {
      cr_assert_str_neq(names[i], names[j], "%u and %u", j, i);
    }
  }
}
