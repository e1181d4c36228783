/* test_door_underruns.c - what a resampled sender says of an application that
   does not play. SPDX-License-Identifier: MIT */
#include "device_rig.h"
#include "engine/door.h"

TestSuite(door_underruns, .init = rig_set_up, .fini = rig_tear_down);

static struct arena arena;
static struct door *door;
static struct wake wake = { .rate = RIG_RATE };
static _Atomic uint64_t underruns, realigned;

static vsc_status
hold_open(void *self, uint32_t channels, double nominal, uint32_t max_frames)
{
  (void)self;
  (void)channels;
  (void)max_frames;
  return nominal == 2.0 ? VSC_OK : VSC_ERR_INVALID;
}

static double
hold_latency(const void *self)
{
  (void)self;
  return 0;
}

/* Twice as many frames of nothing. */
static int32_t
hold_run(void *self,
         const vsc_span *in,
         const vsc_span *out,
         double ratio) VSC_RT
{
  (void)self;
  (void)in;
  (void)ratio;
  static uint32_t odd;
  const uint32_t frames = out->frames + odd;
  odd = frames % 2;
  return (int32_t)(frames / 2);
}

static void
hold_reset(void *self) VSC_RT
{
  (void)self;
}

static const vsc_resampler_ops hold = { .size = sizeof hold,
                                        .open = hold_open,
                                        .latency = hold_latency,
                                        .run = hold_run,
                                        .reset = hold_reset };

static void
run(int64_t frames)
{
  for (int64_t i = 0; i < frames; i += RIG_WAKE) {
    rig_run(RIG_WAKE);
    wake.view = rig.view;
    wake.now = rig.now;
    wake.pos = rig_pos();
    door_tx_run(door, &wake, wake.pos);
  }
}

Test(door_underruns, count_frames_of_the_device_that_were_claimed)
{
  static const struct route_map map = { .device = { 2, 3 } };
  char why[200];
  const struct door_setup setup = { .ops = &hold,
                                    .module = "hold",
                                    .is_send = 1,
                                    .channels = 2,
                                    .device_rate = RIG_RATE,
                                    .stream_rate = 2 * RIG_RATE,
                                    .device = &rig.out,
                                    .age = 1700,
                                    .owner = rig.device,
                                    .underruns = &underruns,
                                    .realigned = &realigned };
  cr_assert_eq(door_create(&setup, &arena, &door, why, sizeof why), VSC_OK);
  door_map(door, &map);
  run(480);
  cr_expect_eq(underruns, 0, "nobody has claimed the channels");
  vsc_client *client = NULL;
  cr_assert_eq(rig_open(0, 2, 2, &client), VSC_OK);
  run(480);
  cr_expect_eq(underruns, 0, "the application has not begun");
  struct region_slot *slot = rig.region->tx->slots;
  while (SLOT_STATE(slot->ticket) != SLOT_ATTACHED) {
    slot++;
  }
  rig_say(slot, rig_pos() + 1000);
  run(960);
  cr_expect_eq(underruns, 0, "what is needed is there");
  const vsc_pos missing = rig_pos() + 480 - slot->written_to;
  run(480);
  cr_expect_eq(underruns, (uint64_t)missing);
  run(480);
  cr_expect_eq(underruns, (uint64_t)missing + 480);
  vsc_client_close(client);
  door_close(door);
  arena_free(&arena);
}
