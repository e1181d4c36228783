/* test_door.c - a stream of another rate: its frames stand at the positions
   that are the same instants, for good, and nothing else changes with them.
   SPDX-License-Identifier: MIT */
#include "door_rig.h"

#include <criterion/parameterized.h>

#define MS INT64_C(1000000)
#define SECOND INT64_C(1000000000)

/* The instant of device frame P on the stream's side, as it must sound. */
static void
hear_ramp(struct rig *r, vsc_pos p, float x)
{
  /* Both are multiples of 300; positions times rates would not fit. */
  const vsc_pos in = (r->is_send ? r->device_rate : r->rate) / 300;
  const vsc_pos out = (r->is_send ? r->rate : r->device_rate) / 300;
  const vsc_pos shift = r->is_send ? 0 : (vsc_pos)r->link_offset;
  double wanted;
  r->frames++;
  if (!rig_ramp((p - shift) * in, out, &wanted)) {
    return;
  }
  const double error = fabs((double)x - wanted);
  if (error < NEAR) {
    r->exact++;
    r->worst = error > r->worst ? error : r->worst;
  } else if (x == 0) {
    r->silent++;
  } else {
    r->wrong++;
  }
}

static void
begin(uint32_t device_rate, uint32_t rate, int is_send)
{
  rig_create(device_rate, rate, is_send);
  rig.hear = hear_ramp;
  rig_open(rig_linear());
}

/* A new account. */
static void
forget(void)
{
  rig.frames = rig.exact = rig.silent = rig.wrong = 0;
}

struct rates {
  uint32_t device, stream;
};
static struct rates pairs[] = {
  { 48000, 44100 },  { 44100, 48000 },  { 48000, 96000 }, { 96000, 48000 },
  { 48000, 88200 },  { 96000, 44100 },  { 44100, 88200 }, { 44100, 384000 },
  { 48000, 352800 }, { 192000, 48000 },
};

/* In the account since. */
static void
expect_exact(const struct rates *p)
{
  cr_expect_gt(rig.exact, rig.frames * 98 / 100);
  cr_expect_eq(rig.silent + rig.wrong,
               0,
               "%u at %u: %llu silent %llu wrong of %llu",
               p->stream,
               p->device,
               (unsigned long long)rig.silent,
               (unsigned long long)rig.wrong,
               (unsigned long long)rig.frames);
}

ParameterizedTestParameters(door, received_frames_stand_where_they_belong)
{
  return cr_make_param_array(
    struct rates, pairs, sizeof pairs / sizeof pairs[0]);
}

ParameterizedTest(struct rates *p,
                  door,
                  received_frames_stand_where_they_belong)
{
  begin(p->device, p->stream, 0);
  rig_run(20 * MS);
  forget();
  rig_run(SECOND);
  expect_exact(p);
  cr_expect_eq(rig.rx_counts.counters[RX_LOST], 0);
  cr_expect_eq(rig.realigned, 0);
  rig_close();
}

ParameterizedTestParameters(door, sent_frames_stand_where_they_belong)
{
  return cr_make_param_array(
    struct rates, pairs, sizeof pairs / sizeof pairs[0]);
}

ParameterizedTest(struct rates *p, door, sent_frames_stand_where_they_belong)
{
  begin(p->device, p->stream, 1);
  rig_run(40 * MS);
  forget();
  rig_run(SECOND);
  expect_exact(p);
  cr_expect_eq(rig.tx_counts.counters[TX_LATE], 0);
  cr_expect_eq(rig.tx_counts.counters[TX_SKIPPED], 0);
  cr_expect_eq(rig.realigned, 0);
  rig_close();
}

Test(door, a_receiver_begins_with_its_first_packet)
{
  begin(48000, 44100, 0);
  rig_run(100 * MS);
  /* Between silence and the first frame that came there are two. */
  cr_expect_leq(rig.wrong, 2);
  /* The way and the link offset are 5 ms; the grids of wakes and packets. */
  cr_expect_lt(rig.silent, 48 * 7);
  cr_expect_gt(rig.exact, 48 * 92);
  rig_close();
}

/* Every 50th packet, by position. */
static int
is_fiftieth(vsc_pos pos)
{
  return pos / 96 % 50 == 0;
}

Test(door, lost_packets_are_silence_and_counted_in_stream_frames)
{
  begin(48000, 96000, 0);
  rig_run(20 * MS);
  forget();
  rig.is_lost = is_fiftieth;
  rig_run(SECOND);
  rig.is_lost = NULL;
  rig_run(20 * MS);
  const uint64_t lost = rig.rx_counts.counters[RX_LOST];
  cr_expect(lost >= 19 && lost <= 21, "%llu", (unsigned long long)lost);
  cr_expect_eq(rig.rx_counts.counters[RX_LOST_FRAMES], lost * 96);
  cr_expect_eq(rig.rx_counts.counters[RX_LATE], 0);
  cr_expect_eq(rig.rx_counts.counters[RX_PLAYED_FRAMES] + lost * 96,
               (uint64_t)(rig.rx.scan - rig.rx.first));
  /* A packet of 96 frames is 48 device frames. */
  cr_expect_leq(rig.silent, lost * 48);
  cr_expect_geq(rig.silent, lost * 46);
  cr_expect_eq(rig.wrong, 0);
  rig_close();
}

Test(door, a_late_packet_is_late_by_the_latency_and_the_link_offset)
{
  begin(48000, 96000, 0);
  rig_run(20 * MS);
  rig.is_lost = is_fiftieth;
  rig_run(200 * MS);
  rig.is_lost = NULL;
  const vsc_pos final_to = rig.door->timeline.final_to;
  const vsc_pos edge = final_to - (vsc_pos)rig.rx.link_offset;
  const uint64_t late = rig.rx_counts.counters[RX_LATE];
  rig_deliver(edge - 1 - rig.packet, VSC_PACKET_REORDERED);
  cr_expect_eq(rig.rx_counts.counters[RX_LATE] +
                 rig.rx_counts.counters[RX_DUPLICATE],
               late + 1);
  /* 8 frames of link offset pay for a latency of 1 and the two ahead. */
  cr_expect_eq(rig.rx.link_offset, rig.link_offset * 2 - 1 - DOOR_AHEAD);
  rig_close();
}

Test(door, begins_anew_after_a_step_of_the_clock)
{
  for (int is_send = 0; is_send < 2; is_send++) {
    begin(48000, 44100, is_send);
    rig_run(100 * MS);
    rig_step(-3 * SECOND - 12345);
    rig_run(60 * MS);
    forget();
    rig_run(100 * MS);
    cr_expect(rig.exact > 4000 && rig.silent + rig.wrong == 0);
    cr_expect_eq(rig.realigned, 0);
    rig_close();
  }
}

Test(door, is_exact_right_after_any_stall_of_a_receiver)
{
  static const vsc_ns stalls[] = {
    2 * MS, 9 * MS, 90 * MS, 700 * MS, 5000 * MS
  };
  begin(48000, 44100, 0);
  rig.packet = 8;
  rig_run(100 * MS);
  for (size_t i = 0; i < sizeof stalls / sizeof stalls[0]; i++) {
    rig.now += stalls[i];
    forget();
    rig_wake();
    /* What nobody can have heard yet is there at once, from the first whole
       packet on; two frames on the way to silence and back. */
    cr_expect_geq(rig.exact, (uint64_t)(rig.wake_frames - 14));
    cr_expect_leq(rig.wrong, 4);
    rig_run(MS);
    forget();
    rig_run(100 * MS);
    cr_expect(rig.exact > 4000 && rig.silent + rig.wrong == 0,
              "after %lld ms: %llu exact, %llu silent, %llu wrong",
              (long long)(stalls[i] / MS),
              (unsigned long long)rig.exact,
              (unsigned long long)rig.silent,
              (unsigned long long)rig.wrong);
  }
  cr_expect_geq(rig.realigned, 3);
  rig_close();
}

Test(door, a_wake_up_that_is_late_silences_nothing_that_has_come)
{
  begin(48000, 44100, 0);
  rig.packet = 8;
  rig_run(50 * MS);
  forget();
  for (int i = 0; i < 20; i++) {
    /* Packets are a millisecond on their way, the link offset is 4 ms. */
    rig.now += 5 * MS / 2;
    rig_run(5 * MS);
  }
  cr_expect(rig.exact > 6000 && rig.silent + rig.wrong == 0);
  rig_close();
}

Test(door, a_stalled_sender_skips_what_is_old_and_sends_the_rest_exactly)
{
  begin(48000, 96000, 1);
  rig_run(100 * MS);
  forget();
  /* The application goes on: its frames are there. */
  for (int i = 0; i < 60; i++) {
    rig.now += MS;
    rig.wake.pos = vsc_view_pos(&rig.wake.view, rig.now, rig.device_rate);
    timeline_clean(&rig.device, rig.wake.pos);
    rig_play();
  }
  rig_wake();
  const uint64_t skipped = rig.tx_counts.counters[TX_SKIPPED];
  cr_expect(
    skipped >= 41 && skipped <= 45, "%llu", (unsigned long long)skipped);
  cr_expect_geq(rig.frames, 16 * 96);
  cr_expect_eq(rig.silent + rig.wrong, 0);
  rig_run(100 * MS);
  cr_expect_eq(rig.silent + rig.wrong, 0);
  rig_close();
}

/* As if it had run for YEARS: whole periods on both sides. */
static void
age(struct door *d, vsc_pos years)
{
  const vsc_pos periods = years * 31557600 * 48000 / d->out_step;
  d->made_from -= periods * d->out_step;
  d->taken_from -= periods * d->in_step;
}

Test(door, stands_exactly_after_a_hundred_years)
{
  for (int is_send = 0; is_send < 2; is_send++) {
    begin(48000, 44100, is_send);
    rig_run(50 * MS);
    age(rig.door, 100);
    rig_run(10 * MS);
    forget();
    rig_run(SECOND);
    cr_expect(rig.exact > 40000 && rig.silent + rig.wrong == 0);
    rig_close();
  }
}

Test(door, does_not_drift_while_it_runs)
{
  rig_create(48000, 44100, 1);
  rig.hear = hear_ramp;
  rig.wake_frames = 480;
  rig.packet = 441;
  rig_open(rig_linear());
  rig_run(100 * MS);
  forget();
  rig_run(200 * SECOND);
  cr_expect_gt(rig.exact, 200u * 44100 * 98 / 100);
  cr_expect_eq(rig.silent + rig.wrong, 0);
  rig_close();
}

Test(door, feeds_the_channels_that_the_map_names)
{
  begin(48000, 96000, 0);
  rig.map = (struct route_map){ .device = { 0, 1 }, .copies = 1 };
  rig.map.copy[0].from = 0;
  rig.map.copy[0].to = 3;
  rig_run(100 * MS);
  uint64_t heard = 0;
  for (vsc_pos p = rig.heard - 1000; p < rig.heard; p++) {
    cr_assert_eq(*timeline_at(&rig.device, 3, p),
                 *timeline_at(&rig.device, 0, p));
    cr_assert_eq(*timeline_at(&rig.device, 2, p), 0);
    heard += *timeline_at(&rig.device, 3, p) != 0;
  }
  cr_expect_gt(heard, 900);
  const struct route_map none = { .device = { ROUTE_NONE, 2 } };
  rig.hear = NULL;
  rig.rx.map = door_map(rig.door, &none);
  rig.map = none;
  const vsc_pos from = rig.heard;
  rig.heard = INT64_MAX;
  rig_run(100 * MS);
  for (vsc_pos p = from + 10; p < rig.device.final_to; p++) {
    cr_assert_eq(*timeline_at(&rig.device, 0, p), 0);
    cr_assert_eq(*timeline_at(&rig.device, 1, p), 0);
    heard += *timeline_at(&rig.device, 2, p) != 0;
  }
  cr_expect_gt(heard, 5000);
  rig_close();
}
