/* test_written.c - an application that is held up while it writes: what it has
   not finished is heard by nobody, in none of its channels.
   SPDX-License-Identifier: MIT */
#include "device_rig.h"

#include "engine/door.h"
#include "engine/patch.h"
#include "hal/client_audio.h"

TestSuite(written, .init = rig_set_up, .fini = rig_tear_down);

#define FRAMES 48

/* Words as they are, channel behind channel; NULL is silence. */
static uint32_t
encode(void *self, const vsc_span *src, uint8_t *dst) VSC_RT
{
  (void)self;
  for (uint32_t i = 0; i < src->frames; i++) {
    for (uint32_t c = 0; c < src->channels; c++) {
      const float f = src->ch[c] ? src->ch[c][i] : 0.0f;
      memcpy(dst, &f, sizeof f);
      dst += sizeof f;
    }
  }
  return 0;
}

static const vsc_codec_ops codec = { .size = sizeof codec, .encode = encode };
static const struct route_map map = { .device = { 0, 1, 2, 3 } };
static struct tx_counts counts;
static struct route_tx tx;
static float packet[FRAMES * 4];

/* What a sender of all four channels takes at POS. */
static void
take_packet(vsc_pos pos)
{
  tx = (struct route_tx){ .counts = &counts,
                          .codec = &codec,
                          .timeline = &rig.out,
                          .device = rig.device,
                          .channels = 4,
                          .bytes_per_frame = 4 * sizeof(float),
                          .frames = FRAMES,
                          .map = &map };
  route_tx_init(&tx);
  device_look(rig.device, pos + FRAMES);
  cr_assert_eq(tx.port.packet(&tx.port, pos, (uint8_t *)packet, sizeof packet),
               sizeof packet);
}

static float
sent(uint32_t c, uint32_t frame)
{
  return packet[frame * 4 + c];
}

static void
put(uint32_t c, vsc_pos from, vsc_pos to)
{
  for (vsc_pos p = from; p < to; p++) {
    const float f = rig_signal(c, p);
    memcpy(timeline_at(&rig.out, c, p), &f, sizeof f);
  }
}

static struct region_slot *
slot_of(vsc_client *c)
{
  return c->lease->slot;
}

Test(written, frames_that_are_not_finished_are_silent_in_all_channels)
{
  vsc_client *a = NULL;
  vsc_client *b = NULL;
  cr_assert_eq(rig_open(0, 0, 2, &a), VSC_OK);
  cr_assert_eq(rig_open(0, 2, 2, &b), VSC_OK);
  const vsc_pos pos = rig_pos() + 100;
  /* One has both channels; the other was held up within its second. */
  put(0, pos, pos + FRAMES);
  put(1, pos, pos + 20);
  put(2, pos, pos + FRAMES);
  put(3, pos, pos + FRAMES);
  rig_say(slot_of(a), pos + 16);
  rig_say(slot_of(b), pos + FRAMES);
  counts = (struct tx_counts){ 0 };
  take_packet(pos);
  for (uint32_t i = 0; i < FRAMES; i++) {
    for (uint32_t c = 0; c < 4; c++) {
      const float wanted = c >= 2 || i < 16 ? rig_signal(c, pos + i) : 0.0f;
      cr_assert_eq(sent(c, i), wanted, "channel %u, frame %u", c, i);
    }
  }
  cr_expect_eq(counts.counters[TX_UNDERRUN_FRAMES], FRAMES - 16);
  vsc_client_close(a);
  vsc_client_close(b);
}

Test(written, nothing_is_heard_of_one_that_has_not_finished_its_first_block)
{
  vsc_client *a = NULL;
  cr_assert_eq(rig_open(0, 0, 4, &a), VSC_OK);
  const vsc_pos pos = rig_pos() + 100;
  put(0, pos, pos + FRAMES);
  counts = (struct tx_counts){ 0 };
  take_packet(pos);
  for (uint32_t i = 0; i < FRAMES; i++) {
    cr_assert_eq(sent(0, i), 0.0f);
  }
  cr_expect_eq(counts.counters[TX_UNDERRUN_FRAMES], 0, "it has not begun");
  vsc_client_close(a);
}

Test(written, is_the_same_for_all_that_is_sent_at_one_wake_up)
{
  vsc_client *a = NULL;
  cr_assert_eq(rig_open(0, 0, 4, &a), VSC_OK);
  const vsc_pos pos = rig_pos() + 100;
  put(0, pos, pos + FRAMES);
  rig_say(slot_of(a), pos);
  device_look(rig.device, pos + FRAMES);
  rig_say(slot_of(a), pos + FRAMES);
  cr_expect_eq(device_whole_to(rig.device, 0), pos, "as it was looked at");
  device_look(rig.device, pos + FRAMES);
  cr_expect_geq(device_whole_to(rig.device, 0), pos + FRAMES);
  vsc_client_close(a);
}

Test(written, what_one_who_left_had_finished_is_heard)
{
  vsc_client *a = NULL;
  cr_assert_eq(rig_open(0, 0, 4, &a), VSC_OK);
  const vsc_pos pos = rig_pos() + 200;
  for (uint32_t c = 0; c < 4; c++) {
    put(c, pos, pos + FRAMES);
  }
  rig_say(slot_of(a), pos + FRAMES);
  vsc_client_close(a);
  take_packet(pos);
  cr_expect_eq(sent(3, FRAMES - 1), rig_signal(3, pos + FRAMES - 1));
  rig_run(RIG_WAKE);
  take_packet(pos);
  cr_expect_eq(sent(3, FRAMES - 1), rig_signal(3, pos + FRAMES - 1));
  /* Also when somebody else has the channels and has not begun. */
  cr_assert_eq(rig_open(0, 0, 4, &a), VSC_OK);
  take_packet(pos);
  cr_expect_eq(sent(3, FRAMES - 1), rig_signal(3, pos + FRAMES - 1));
  vsc_client_close(a);
}

Test(written, what_one_who_died_had_not_finished_is_gone)
{
  vsc_client *a = NULL;
  cr_assert_eq(rig_open(0, 0, 4, &a), VSC_OK);
  const vsc_pos pos = rig_pos() + 200;
  put(0, pos, pos + FRAMES);
  rig_say(slot_of(a), pos + 8);
  struct region_slot *const slot = slot_of(a);
  atomic_store(&slot->ticket,
               (uint64_t)INT32_MAX << 32 | SLOT_ATTACHED); /* nobody */
  rig_run(RIG_WAKE);
  cr_assert_eq(device_clients(rig.device), 0);
  take_packet(pos);
  cr_expect_eq(sent(0, 7), rig_signal(0, pos + 7));
  cr_expect_eq(sent(0, 8), 0.0f);
  /* Nor does the next owner bring it back. */
  vsc_client *b = NULL;
  cr_assert_eq(rig_open(0, 0, 4, &b), VSC_OK);
  const float four[4 * 4] = { 0.5f, 0, 0, 0, 0.5f, 0, 0, 0, 0.5f };
  cr_assert_eq(vsc_client_begin_at(b, pos + 40), VSC_OK);
  cr_assert_eq(vsc_client_write(b, four, 4, NULL), VSC_OK);
  take_packet(pos);
  for (uint32_t i = 8; i < 40; i++) {
    cr_assert_eq(sent(0, i), 0.0f);
  }
  cr_expect_eq(sent(0, 40), 0.5f);
  vsc_client_close(b);
  vsc_client_close(a);
}

Test(written, what_one_who_died_in_its_first_block_left_is_never_heard)
{
  vsc_client *a = NULL;
  cr_assert_eq(rig_open(0, 0, 4, &a), VSC_OK);
  const vsc_pos pos = rig_pos() + 200;
  put(0, pos, pos + FRAMES);
  atomic_store(&slot_of(a)->ticket, (uint64_t)INT32_MAX << 32 | SLOT_ATTACHED);
  for (int i = 0; i < 3 * RIG_RING / RIG_WAKE; i++) {
    rig_run(RIG_WAKE);
    take_packet(pos);
    cr_assert_eq(sent(0, 0), 0.0f, "wake-up %d", i);
  }
  device_look(rig.device, INT64_MAX);
  cr_expect_eq(device_whole_to(rig.device, 0), INT64_MAX, "it is forgotten");
  vsc_client_close(a);
}

Test(written, what_the_engine_plays_where_somebody_was_is_heard)
{
  vsc_client *a = NULL;
  cr_assert_eq(rig_open(0, 0, 4, &a), VSC_OK);
  vsc_client_close(a);
  rig_run(RIG_WAKE);
  device_reserve_output(rig.device, 3);
  const vsc_pos pos = rig_pos();
  put(2, pos, pos + FRAMES);
  put(3, pos, pos + FRAMES);
  take_packet(pos);
  cr_expect_eq(sent(2, 0), 0.0f);
  cr_expect_eq(sent(3, 0), rig_signal(3, pos));
}

Test(written, a_claim_of_other_positions_counts_for_nothing)
{
  vsc_client *a = NULL;
  cr_assert_eq(rig_open(0, 0, 4, &a), VSC_OK);
  const vsc_pos pos = rig_pos() + 100;
  put(0, pos, pos + FRAMES);
  rig_say(slot_of(a), pos + FRAMES);
  atomic_store(&slot_of(a)->epoch, slot_of(a)->epoch - 1);
  take_packet(pos);
  cr_expect_eq(sent(0, 0), 0.0f);
  vsc_client_close(a);
}

Test(written, a_loopback_takes_only_what_is_finished)
{
  static struct patch_state state;
  vsc_client *a = NULL;
  cr_assert_eq(rig_open(0, 0, 2, &a), VSC_OK);
  const vsc_pos pos = rig_pos();
  const struct patch p = { .state = &state,
                           .device = rig.device,
                           .source = &rig.out,
                           .target = &rig.in,
                           .delay = RIG_WAKE,
                           .channels = 2,
                           .from = { 0, 1 },
                           .to = { 2, 3 } };
  put(0, pos, pos + RIG_WAKE);
  put(1, pos, pos + RIG_WAKE);
  rig_say(slot_of(a), pos + 10);
  device_look(rig.device, pos + RIG_WAKE);
  patch_run(&p, pos, pos + RIG_WAKE);
  for (uint32_t c = 0; c < 2; c++) {
    float f[2];
    memcpy(&f[0], timeline_at(&rig.in, 2 + c, pos + RIG_WAKE + 9), sizeof *f);
    memcpy(&f[1], timeline_at(&rig.in, 2 + c, pos + RIG_WAKE + 10), sizeof *f);
    cr_expect_eq(f[0], rig_signal(c, pos + 9));
    cr_expect_eq(f[1], 0.0f);
  }
  vsc_client_close(a);
}

Test(written, a_lane_counts_only_as_far_as_it_is_finished)
{
  device_destroy(rig.device);
  rig.lanes = 2;
  rig_start(4);
  vsc_client *a = NULL;
  vsc_client *b = NULL;
  cr_assert_eq(rig_open(0, 0, 2, &a), VSC_OK);
  cr_assert_eq(rig_open(0, 0, 2, &b), VSC_OK);
  rig_run(RIG_WAKE);
  const vsc_pos pos = rig_pos();
  const struct mix *const m = device_mix(rig.device);
  for (vsc_pos p = pos; p < pos + RIG_WAKE; p++) {
    const float f = 0.25f;
    memcpy(timeline_at(&m->lanes[0].timeline, 0, p), &f, sizeof f);
    memcpy(timeline_at(&m->lanes[1].timeline, 0, p), &f, sizeof f);
  }
  rig_say(slot_of(a), pos + RIG_WAKE);
  rig_say(slot_of(b), pos + 5);
  rig_run(RIG_WAKE);
  float f[2];
  memcpy(&f[0], timeline_at(&rig.out, 0, pos + 4), sizeof *f);
  memcpy(&f[1], timeline_at(&rig.out, 0, pos + 5), sizeof *f);
  cr_expect_eq(f[0], 0.5f);
  cr_expect_eq(f[1], 0.25f, "the other one is heard");
  vsc_client_close(a);
  vsc_client_close(b);
}

/* The clock as a thread sees it that is held up right after it looked. */
static vsc_pos held_up;

static vsc_ns
now_then_held_up(void) VSC_RT
{
  const vsc_ns now = rig.now;
  const vsc_pos frames = held_up;
  held_up = 0;
  if (frames > 0) {
    rig_run(frames);
  }
  return now;
}

static const struct client_host slow_host = { .now = now_then_held_up,
                                              .sleep = rig_sleep };

/* A block of 0.5 that comes after so many frames; how many places have it. */
static unsigned
write_held_up(vsc_client *c, vsc_pos frames, vsc_client_time *when)
{
  float block[2 * 64];
  for (int i = 0; i < 2 * 64; i++) {
    block[i] = 0.5f;
  }
  unsigned found = 0;
  held_up = frames;
  cr_assert_eq(vsc_client_write(c, block, 64, when), VSC_OK);
  for (uint32_t i = 0; i < 2 * rig.out.stride; i++) {
    found += rig.out.words[i] != 0;
  }
  return found;
}

static vsc_client *
open_slow(void)
{
  const vsc_client_config config = { .size = sizeof config,
                                     .instance = "test",
                                     .runtime_dir = rig.dir,
                                     .app = "slow",
                                     .outputs = 2,
                                     .sample = VSC_SAMPLE_F32 };
  vsc_client *c = NULL;
  cr_assert_eq(client_open(&config, &slow_host, &c), VSC_OK);
  cr_assert_eq(vsc_client_begin(c, 0), VSC_OK);
  return c;
}

Test(written, a_block_that_comes_a_ring_too_late_leaves_nothing_behind)
{
  static const vsc_pos stalls[] = {
    RIG_RING / 2 + 200, RIG_RING - 30, RIG_RING, 3 * RIG_RING / 2, 5 * RIG_RING
  };
  for (unsigned i = 0; i < 5; i++) {
    vsc_client *const c = open_slow();
    vsc_client_time when = { .size = sizeof when };
    cr_expect_eq(write_held_up(c, stalls[i], &when), 0, "stall %u", i);
    cr_expect_eq(when.late_frames, 64);
    cr_expect_eq(slot_of(c)->late_frames, 64);
    cr_expect_eq(slot_of(c)->xruns, 1);
    cr_expect_eq(slot_of(c)->written_to, INT64_MIN, "nothing is written");
    vsc_client_close(c);
    rig_run(RIG_WAKE);
  }
}

Test(written, a_block_that_comes_a_little_late_is_still_there_for_who_needs_it)
{
  vsc_client *const c = open_slow();
  vsc_client_time when = { .size = sizeof when };
  cr_expect_eq(write_held_up(c, RIG_RING / 4, &when), 2 * 64);
  cr_expect_eq(when.late_frames, 0);
  cr_expect_eq(slot_of(c)->written_to, when.out_pos + 64);
  vsc_client_close(c);
}

static void
step_the_clock(void)
{
  rig.view.generation++;
  rig.view.tai_ns += 20000000;
  device_set_clock(rig.device, &rig.view);
  rig_reset();
}

static vsc_ns
now_then_step(void) VSC_RT
{
  const vsc_ns now = rig.now;
  if (held_up) {
    held_up = 0;
    step_the_clock();
  }
  return now;
}

Test(written, what_was_written_before_a_step_counts_for_nothing_after_it)
{
  static const struct client_host host = { .now = now_then_step,
                                           .sleep = rig_sleep };
  vsc_client *const c = open_slow();
  vsc_client_time when = { .size = sizeof when };
  cr_assert_eq(write_held_up(c, 0, &when), 2 * 64);
  cr_expect_lt(rig_written_to(0), INT64_MAX);
  c->host = &host;
  held_up = 1;
  (void)vsc_client_clock(c, NULL);
  device_look(rig.device, INT64_MAX);
  cr_expect_eq(device_whole_to(rig.device, 0), INT64_MIN);
  cr_expect_eq(rig_written_to(0), INT64_MAX);
  vsc_client_close(c);
}

Test(written, what_a_clock_that_was_set_back_left_keeps_nobody_awake)
{
  vsc_client *a = NULL;
  cr_assert_eq(rig_open(0, 0, 4, &a), VSC_OK);
  const vsc_pos pos = rig_pos() + 200;
  rig_say(slot_of(a), pos);
  vsc_client_close(a);
  rig_run(RIG_WAKE);
  cr_expect(device_is_needed(rig.device));
  /* As the audio thread has it after the step, an hour back. */
  const vsc_pos back = rig_pos() - 3600 * RIG_RATE;
  timeline_reset(&rig.out, back);
  device_poll(rig.device, rig.now + 1000000000);
  cr_expect_not(device_is_needed(rig.device));
}
