/* test_verify.c - what `aes67 verify` says of streams that are as described,
   and of ten that are not. SPDX-License-Identifier: MIT */
#include "cli/verify_watch.h"
#include "modules/transport-rtp/rtp_packet.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <vsc/position.h>

#define RATE 48000
#define FRAMES 48
#define CHANNELS 2
#define BEGIN INT64_C(1700000000000000000)

/* How the packets differ from good ones. */
static struct {
  vsc_ns late;     /* of all */
  double drift;    /* of the sender's clock */
  uint32_t burst;  /* packets that leave together */
  uint32_t loses;  /* one in so many */
  uint32_t copies; /* of each */
  uint8_t dscp, ttl;
  uint32_t frames;
  vsc_ip stranger;  /* sends every tenth packet, too */
  uint32_t restart; /* from this packet on sequence begins 1000 further back */
  uint32_t detour;  /* one in so many has passed one router less */
  uint32_t stumble; /* this packet is 2 packet times late */
} plan;

static struct verify_watch *w;
static struct proof_clock ours;
static vsc_stream described;
static struct proof_check checks[PROOF_CHECKS];
static const struct proof_check *worst;
static uint32_t count;

static void
send_one(uint32_t n, uint32_t ssrc, vsc_ip source)
{
  uint8_t bytes[RTP_HEADER_BYTES + 3 * CHANNELS * 480] = { 0 };
  const uint32_t back = plan.restart && n >= plan.restart ? 1000 : 0;
  const uint32_t last =
    plan.burst ? n / plan.burst * plan.burst + plan.burst - 1 : n;
  const vsc_pos pos =
    vsc_pos_at(BEGIN, RATE) + (vsc_pos)n * (vsc_pos)plan.frames;
  const double leaves =
    (double)(last + 1) * plan.frames * 1e9 / RATE * (1 - plan.drift);
  const struct rtp_packet rtp = { .payload_type = 98,
                                  .sequence = (uint16_t)(65000 + n - back),
                                  .timestamp = (uint32_t)pos,
                                  .ssrc = ssrc };
  rtp_packet_write_header(&rtp, bytes);
  const struct verify_packet p = {
    .bytes = bytes,
    .length = RTP_HEADER_BYTES + 3 * CHANNELS * plan.frames,
    .media_ns = BEGIN + (vsc_ns)leaves + plan.late + n * 7919 % 20000 +
                (plan.stumble && n == plan.stumble ? 2000000 : 0),
    .source = source,
    .dscp = plan.dscp,
    .ttl = plan.ttl - (plan.detour && n % plan.detour == 1),
  };
  verify_watch_packet(w, &p);
}

/* Five seconds. */
static void
send_all(void)
{
  const uint32_t packets = 5 * RATE / plan.frames;
  for (uint32_t n = 0; n < packets; n++) {
    if (plan.loses && n % plan.loses == plan.loses - 1) {
      continue;
    }
    for (uint32_t c = 0; c < plan.copies; c++) {
      send_one(n, 7, 0x0A000001);
    }
    if (plan.stranger && n % 10 == 0) {
      send_one(n, 8, plan.stranger);
    }
  }
}

static enum proof_verdict
judge(void)
{
  count = proof_judge(verify_watch_facts(w), &ours, checks, &worst);
  return worst->verdict;
}

static enum proof_verdict
verdict(void)
{
  verify_watch_init(w, &described);
  send_all();
  return judge();
}

/* Looked at END seconds after the first; UNREAD more were not read in time. */
static enum proof_verdict
verdict_after(int end, uint64_t unread)
{
  verify_watch_init(w, &described);
  send_all();
  verify_watch_end(w, BEGIN + end * INT64_C(1000000000), unread);
  return judge();
}

/* Of all checks only NAME says anything, and that is WANTED. */
static void
only(const char *name, enum proof_verdict wanted)
{
  cr_expect_eq(verdict(), wanted);
  for (uint32_t i = 0; i < count; i++) {
    const enum proof_verdict due =
      strcmp(checks[i].name, name) == 0 ? wanted : PROOF_PASS;
    cr_expect_eq(checks[i].verdict,
                 due,
                 "%s: %s: %s",
                 checks[i].name,
                 proof_word(checks[i].verdict),
                 checks[i].reason);
  }
}

static void
set_up(void)
{
  w = calloc(1, sizeof *w);
  plan.copies = 1;
  plan.dscp = 34;
  plan.ttl = 32;
  plan.frames = FRAMES;
  described = (vsc_stream){
    .size = sizeof described,
    .format = { .rate = RATE,
                .channels = CHANNELS,
                .frames_per_packet = FRAMES,
                .encoding = "L24" },
    .payload_type = 98,
    .ttl = 32,
    .has_rtp_offset = 1,
    .clock_id = { 1, 2, 3, 4, 5, 6, 7, 8 },
  };
  memcpy(ours.grandmaster, described.clock_id, sizeof ours.grandmaster);
  ours.error = 100;
}

static void
tear_down(void)
{
  free(w);
}

TestSuite(verify, .init = set_up, .fini = tear_down);

Test(verify, passes_what_is_as_described)
{
  only("none", PROOF_PASS);
}

Test(verify, fails_bursts)
{
  plan.burst = 20;
  cr_expect_eq(verdict(), PROOF_FAIL);
  cr_expect_str_eq(checks[8].name, "ts-df");
  cr_expect_eq(checks[8].verdict, PROOF_FAIL, "%s", checks[8].reason);
}

Test(verify, fails_a_clock_5_ms_behind)
{
  plan.late = 5000000;
  only("lead", PROOF_FAIL);
}

Test(verify, fails_a_clock_5_ms_ahead)
{
  plan.late = -5000000;
  only("lead", PROOF_FAIL);
}

Test(verify, judges_no_lead_where_no_offset_is_described)
{
  described.has_rtp_offset = 0;
  plan.late = INT64_C(5000000000000);
  only("none", PROOF_PASS);
}

Test(verify, judges_no_spacing_where_no_packet_time_is_known)
{
  described.format.frames_per_packet = 0;
  snprintf(described.format.encoding, sizeof described.format.encoding, "opus");
  cr_expect_eq(verdict(), PROOF_WARN);
}

Test(verify, fails_a_drift_of_20_ppm)
{
  plan.drift = 20e-6;
  plan.late = 500000;
  only("drift", PROOF_FAIL);
  struct proof_figures x;
  proof_figures(verify_watch_facts(w), &x);
  cr_expect_float_eq(x.drift_ppm, 20, 1);
}

Test(verify, fails_a_dscp_that_no_switch_knows)
{
  plan.dscp = 0;
  only("dscp", PROOF_FAIL);
}

Test(verify, fails_a_ttl_of_1)
{
  plan.ttl = 1;
  only("ttl", PROOF_FAIL);
}

Test(verify, fails_another_packet_time_than_described)
{
  plan.frames = 6;
  only("format", PROOF_FAIL);
}

Test(verify, fails_the_loss_of_one_packet_in_100)
{
  plan.loses = 100;
  only("loss", PROOF_FAIL);
  cr_expect_eq(w->facts.lost, 49); /* the last one nobody misses */
}

Test(verify, blames_nobody_for_packets_that_were_read_too_late_here)
{
  plan.loses = 100;
  cr_expect_eq(verdict_after(5, 1), PROOF_WARN);
  cr_expect_str_eq(worst->name, "loss");
}

Test(verify, fails_a_second_sender)
{
  plan.stranger = 0x0A000002;
  only("sender", PROOF_FAIL);
}

Test(verify, fails_a_sender_that_begins_anew)
{
  plan.restart = 2500;
  only("sender", PROOF_FAIL);
  cr_expect_eq(w->facts.foreign, 1);
  cr_expect_eq(w->facts.lost + w->facts.reordered + w->facts.duplicate, 0);
  cr_expect_eq(w->facts.packets, 5000);
}

Test(verify, warns_of_packets_that_come_another_way)
{
  plan.detour = 100;
  only("ttl", PROOF_WARN);
}

Test(verify, fails_packets_that_are_late)
{
  plan.late = 25000000;
  only("lead", PROOF_FAIL);
}

Test(verify, fails_another_grandmaster)
{
  ours.grandmaster[7] = 9;
  only("clock", PROOF_FAIL);
}

Test(verify, warns_of_packets_that_come_twice)
{
  plan.copies = 2;
  only("order", PROOF_WARN);
  cr_expect_eq(w->facts.lost, 0);
}

Test(verify, fails_a_sender_that_ends)
{
  cr_expect_eq(verdict_after(8, 0), PROOF_FAIL);
  cr_expect_str_eq(worst->name, "spacing");
}

Test(verify, warns_of_one_window_that_is_wide)
{
  plan.stumble = 2500;
  only("ts-df", PROOF_WARN);
}

Test(verify, counts_no_packet_twice_that_came_too_late)
{
  struct proof_figures x;
  verify_watch_init(w, &described);
  send_all();
  w->facts.lost = w->facts.late = 500; /* as an engine counts them */
  proof_figures(verify_watch_facts(w), &x);
  cr_expect_float_eq(x.spacing, 1e6, 1e3);
}

Test(verify, fails_silence)
{
  verify_watch_init(w, &described);
  cr_expect_eq(judge(), PROOF_FAIL);
  cr_expect_eq(count, 1);
}

Test(verify, knows_that_utc_is_not_tai)
{
  plan.late = INT64_C(37000000000);
  cr_expect_eq(verdict(), PROOF_FAIL);
  cr_expect_not_null(strstr(checks[7].reason, "UTC and TAI"));
}

Test(verify, bears_bytes_that_are_no_rtp)
{
  static const uint8_t bytes[2048] = { 0x7f, 1, 2, 3 };
  verify_watch_init(w, &described);
  for (uint32_t n = 0; n < sizeof bytes; n++) {
    const struct verify_packet p = { .bytes = bytes, .length = n };
    verify_watch_packet(w, &p);
  }
  cr_expect_eq(w->facts.malformed, sizeof bytes);
  cr_expect_eq(w->facts.packets, 0);
}
