/* test_route_rx.c - how often a receiver was silent: runs of frames, counted
   once however the scan cuts them. SPDX-License-Identifier: MIT */
#include "engine/route.h"

#include <criterion/criterion.h>
#include <string.h>

#define FRAMES 1024
#define PACKET 12 /* frames, of a byte each */
#define PACKET_NS INT64_C(250000)

static uint32_t words[FRAMES];
static uint64_t bits[2 * FRAMES / 64];
static struct region_edges edges;
static struct timeline timeline;
static struct wake wake;
static struct rx_counts counts;
static struct route_map map;
static struct route_rx route;

static void
decode(void *self, const uint8_t *src, const vsc_span *dst) VSC_RT
{
  (void)self;
  (void)src;
  (void)dst;
}

static const vsc_codec_ops codec = { .size = sizeof codec, .decode = decode };

static void
begin(void)
{
  timeline_init(&timeline, words, &edges, 1, FRAMES, FRAMES);
  timeline_reset(&timeline, 0);
  wake = (struct wake){ .view = { .size = sizeof wake.view, .rate = 1.0 },
                        .rate = 48000,
                        .asked = INT64_MIN };
  route = (struct route_rx){ .counts = &counts,
                             .codec = &codec,
                             .timeline = &timeline,
                             .wake = &wake,
                             .channels = 1,
                             .bytes_per_frame = 1,
                             .map = &map,
                             .wake_frames = PACKET };
  route_rx_init(&route, bits);
}

/* Packet N arrives. */
static void
arrive(int n)
{
  const uint8_t payload[PACKET] = { 1 };
  const vsc_packet p = { .size = sizeof p,
                         .pos = n * PACKET,
                         .payload = payload,
                         .length = sizeof payload };
  route.port.packet(&route.port, &p);
}

/* The same, a packet time and LATER after its media time. */
static void
arrive_at(int n, vsc_ns later)
{
  const uint8_t payload[PACKET] = { 1 };
  const vsc_packet p = { .size = sizeof p,
                         .pos = n * PACKET,
                         .payload = payload,
                         .length = sizeof payload,
                         .when = (n + 1) * PACKET_NS + later };
  route.port.packet(&route.port, &p);
}

/* All before packet N is final. */
static void
finish(int n)
{
  timeline_finish(&timeline, n * PACKET);
  route_rx_scan(&route);
}

static uint64_t
dropouts(void)
{
  return counts.counters[RX_DROPOUTS];
}

Test(route_rx, has_no_dropout_while_everything_comes, .init = begin)
{
  for (int n = 0; n < 20; n++) {
    arrive(n);
    finish(n + 1);
  }
  cr_assert_eq(counts.counters[RX_PLAYED_FRAMES], 20 * PACKET);
  cr_assert_eq(dropouts(), 0);
}

Test(route_rx, counts_a_dropout_once_over_many_scans, .init = begin)
{
  arrive(0);
  arrive(20);
  for (int n = 1; n <= 21; n++) {
    finish(n);
  }
  cr_assert_eq(counts.counters[RX_LOST_FRAMES], 19 * PACKET);
  cr_assert_eq(dropouts(), 1);
}

Test(route_rx, counts_each_of_two_dropouts_in_one_scan, .init = begin)
{
  arrive(0);
  arrive(2);
  arrive(4);
  finish(5);
  cr_assert_eq(counts.counters[RX_LOST_FRAMES], 2 * PACKET);
  cr_assert_eq(dropouts(), 2);
}

Test(route_rx, late_packets_are_a_dropout, .init = begin)
{
  arrive(0);
  arrive(2);
  finish(2);
  arrive(1);
  finish(3);
  cr_assert_eq(counts.counters[RX_LATE], 1);
  cr_assert_eq(dropouts(), 1);
}

Test(route_rx, knows_how_far_packets_are_behind_their_media_time, .init = begin)
{
  struct window w;
  uint64_t serial = 0;
  route.link_offset = 24;
  for (int n = 0; n < 802; n++) {
    arrive_at(n, n % 2 * 1000);
  }
  cr_assert(window_read(&counts.windows, &serial, &w));
  cr_expect_eq(w.count, 801);
  cr_expect_eq(w.least, PACKET_NS);
  cr_expect_eq(w.most, PACKET_NS + 1000);
  cr_expect_float_eq((double)w.sum / 801, PACKET_NS + 500, 2);
}

Test(route_rx,
     needs_what_a_resampler_takes_beside_what_packets_do,
     .init = begin)
{
  route.link_offset = 24;
  route.whole_offset = 1500000; /* 1 ms behind the 24 frames */
  for (int n = 0; n < 802; n++) {
    arrive_at(n, 0); /* the first could be taken up to frame 24 */
  }
  cr_expect_eq(counts.need.max, 1000000);
}

Test(route_rx, needs_what_none_has_where_a_packet_never_came, .init = begin)
{
  for (int n = 0; n < 2410; n++) { /* three windows */
    arrive_at(n, 0);
    counts.counters[RX_SKIPPED_FRAMES] += n == 400 ? PACKET : 0;
    counts.counters[RX_LOST_FRAMES] += n == 1205 ? PACKET : 0;
    counts.counters[RX_LATE_FRAMES] += n == 1207 ? PACKET : 0;
  }
  cr_expect_eq(counts.need.count, 3);
  cr_expect_eq(histogram_in(&counts.need, HISTOGRAM_BUCKETS - 1), 1);
}

Test(route_rx, shows_no_window_while_the_clock_is_locking, .init = begin)
{
  struct window w;
  uint64_t serial = 0;
  wake.view.state = VSC_CLOCK_LOCKING;
  for (int n = 0; n < 802; n++) {
    arrive_at(n, 0);
  }
  cr_expect_not(window_read(&counts.windows, &serial, &w));
  cr_expect_eq(counts.need.count, 0);
}
