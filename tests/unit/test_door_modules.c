/* test_door_modules.c - what a door makes of its resampler: those that drift,
   lie or fail, and those that it does not take. SPDX-License-Identifier: MIT */
#include "door_rig.h"

#define MS INT64_C(1000000)
#define SECOND INT64_C(1000000000)

/* A resampler that counts right, or not: its phase is off by DRIFT a frame, and
   a frame out is the number of the frame in. */
static struct {
  double at, drift, latency;
  int32_t answer; /* not 0: what run() says */
  vsc_status opened;
  int is_open;
  uint32_t runs, resets, max_frames;
  double ratio_min, ratio_max;
  float worst_in; /* the largest, by size */
} fake;

static vsc_status
fake_open(void *self, uint32_t channels, double nominal, uint32_t max_frames)
{
  (void)self;
  (void)channels;
  fake.ratio_min = fake.ratio_max = nominal;
  fake.max_frames = max_frames;
  fake.is_open = fake.opened >= 0;
  return fake.opened;
}

static void
fake_close(void *self)
{
  (void)self;
  fake.is_open = 0;
}

static double
fake_latency(const void *self)
{
  (void)self;
  return fake.latency;
}

static int32_t
fake_run(void *self,
         const vsc_span *in,
         const vsc_span *out,
         double ratio) VSC_RT
{
  (void)self;
  fake.runs++;
  if (fake.answer) {
    return fake.answer < 0 ? fake.answer : (int32_t)in->frames + fake.answer;
  }
  fake.ratio_min = ratio < fake.ratio_min ? ratio : fake.ratio_min;
  fake.ratio_max = ratio > fake.ratio_max ? ratio : fake.ratio_max;
  for (uint32_t i = 0; in->ch[0] && i < in->frames; i++) {
    const float x = fabsf(in->ch[0][i]);
    fake.worst_in = x <= fake.worst_in ? fake.worst_in : x;
  }
  const double next = fake.at + out->frames / ratio * (1 + fake.drift);
  if (floor(next) > in->frames || in->frames > fake.max_frames ||
      out->frames > fake.max_frames) {
    return VSC_ERR_AGAIN;
  }
  for (uint32_t c = 0; c < out->channels; c++) {
    for (uint32_t i = 0; out->ch[c] && i < out->frames; i++) {
      out->ch[c][i] = c == 0 ? 1.0f : -1.0f;
    }
  }
  fake.at = next - floor(next);
  return (int32_t)floor(next);
}

static void
fake_reset(void *self) VSC_RT
{
  (void)self;
  fake.resets++;
  fake.at = 0;
}

static const vsc_resampler_ops fake_ops = {
  .size = sizeof fake_ops,
  .open = fake_open,
  .close = fake_close,
  .latency = fake_latency,
  .run = fake_run,
  .reset = fake_reset,
};

static void
count(struct rig *r, vsc_pos p, float x)
{
  (void)p;
  r->frames++;
  r->silent += x == 0;
}

static void
begin(uint32_t device_rate, uint32_t rate, int is_send)
{
  rig_create(device_rate, rate, is_send);
  rig.hear = count;
  rig_open(&fake_ops);
}

/* By how many frames of input the account is off. */
static double
surplus(const struct door *d)
{
  return (double)(d->taken - d->taken_from) - (double)(d->made - d->made_from) *
                                                (double)d->in_step /
                                                (double)d->out_step;
}

Test(door_modules, a_resampler_that_drifts_is_steered)
{
  static const double drifts[] = { 3e-8, -3e-8, 2e-6, -2e-6 };
  for (size_t i = 0; i < 4; i++) {
    fake.drift = drifts[i];
    begin(48000, 44100, 0);
    double worst = 0;
    for (int k = 0; k < 600; k++) {
      rig_run(100 * MS);
      const double off = fabs(surplus(rig.door));
      worst = off > worst ? off : worst;
    }
    cr_expect_lt(worst, 3, "%g: %g", drifts[i], worst);
    cr_expect_eq(rig.realigned, 0);
    cr_expect_eq(fake.resets, i + 1);
    rig_close();
  }
}

Test(door_modules, a_resampler_that_does_not_drift_is_left_alone)
{
  begin(48000, 44100, 1);
  rig_run(60 * SECOND);
  cr_expect(fake.ratio_min == fake.ratio_max);
  cr_expect_eq(fake.resets, 1);
  rig_close();
}

Test(door_modules, one_that_fails_is_silence_and_asked_again)
{
  for (int is_send = 0; is_send < 2; is_send++) {
    for (int32_t answer = -7; answer <= 1; answer += 8) {
      fake.answer = 0;
      begin(48000, 96000, is_send);
      rig_run(50 * MS);
      fake.answer = answer;
      rig_run(50 * MS);
      rig.frames = rig.silent = 0;
      rig_run(50 * MS);
      cr_expect(rig.frames > 2000 && rig.silent == rig.frames);
      cr_expect_geq(rig.realigned, 90);
      fake.answer = 0;
      rig_run(50 * MS);
      rig.frames = rig.silent = 0;
      rig_run(50 * MS);
      cr_expect(rig.frames > 2000 && rig.silent == 0);
      rig_close();
    }
  }
}

Test(door_modules, work_of_a_wake_up_is_bounded_however_long_it_slept)
{
  for (int is_send = 0; is_send < 2; is_send++) {
    begin(48000, 44100, is_send);
    rig_run(100 * MS);
    for (vsc_ns stall = MS; stall < 10000 * SECOND; stall *= 3) {
      const uint32_t before = fake.runs;
      rig.now += stall;
      rig_wake();
      /* 17 ms, a period of 160 frames, and what is due. */
      cr_expect_leq(fake.runs - before, 12);
      rig_run(3 * MS);
    }
    rig_close();
  }
}

Test(door_modules, hear_no_nan_and_no_infinity)
{
  begin(48000, 44100, 1);
  rig_run(50 * MS);
  for (vsc_pos p = rig.filled; p < rig.filled + 1000; p++) {
    const float x = p % 3 == 0 ? NAN : p % 3 == 1 ? INFINITY : -INFINITY;
    memcpy(timeline_at(&rig.device, 0, p), &x, sizeof x);
  }
  rig.filled += 1000;
  rig_run(100 * MS);
  cr_expect(fake.worst_in <= RAMP);
  rig_close();
}

/* Why a door with these is not made. */
static const char *
refusal(void)
{
  static char why[200];
  struct door *door = NULL;
  const struct door_setup setup = rig_setup(&fake_ops);
  strcpy(why, "it is made");
  if (door_create(&setup, &rig.arena, &door, why, sizeof why) >= 0) {
    door_close(door);
  }
  cr_expect(!fake.is_open);
  return why;
}

Test(door_modules, a_link_offset_below_the_latency_is_refused)
{
  rig_create(48000, 96000, 0);
  fake.latency = 100;
  rig.link_offset = 50;
  cr_expect_str_eq(refusal(),
                   "resampler-linear delays by 100 frames, and 2 more are "
                   "needed: link_offset has to be at least 1073us, and longer "
                   "than a packet");
  rig.link_offset = 51;
  cr_expect_str_eq(refusal(), "it is made");
  arena_free(&rig.arena);
}

Test(door_modules, a_latency_that_cannot_be_is_refused)
{
  static const double latencies[] = { -1, NAN, INFINITY, 1e9 };
  for (int is_send = 0; is_send < 2; is_send++) {
    rig_create(48000, 96000, is_send);
    for (size_t i = 0; i < 4; i++) {
      fake.latency = latencies[i];
      cr_expect(strstr(refusal(), "are possible here"), "%s", refusal());
    }
    arena_free(&rig.arena);
  }
}

Test(door_modules, one_that_does_not_open_is_named)
{
  rig_create(48000, 96000, 1);
  fake.opened = VSC_ERR_UNSUPPORTED;
  cr_expect_str_eq(refusal(),
                   "resampler-linear does not take 2 channels from 48000 to "
                   "96000 frames/s: its own words are in the log");
  arena_free(&rig.arena);
}

Test(door_modules, every_pair_of_rates_has_room)
{
  static const uint32_t rates[] = { 44100,  48000,  88200,  96000,
                                    176400, 192000, 352800, 384000 };
  for (unsigned i = 0; i < 128; i++) {
    const uint32_t device = rates[i / 2 % 8];
    const uint32_t rate = rates[i / 16];
    if (device == rate) {
      continue;
    }
    fake.latency = 16;
    begin(device, rate, i % 2);
    rig_run(30 * MS);
    rig.frames = rig.silent = 0;
    rig_run(50 * MS);
    cr_expect_eq(rig.realigned, 0, "%u at %u", rate, device);
    cr_expect(rig.frames > 2000 && rig.silent == 0, "%u at %u", rate, device);
    rig_close();
  }
}
