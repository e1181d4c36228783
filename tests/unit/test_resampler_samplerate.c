/* test_resampler_samplerate.c - what comes out of the converter, by ear of a
   least-squares fit: distortion, level, and what a moving ratio leaves.
   SPDX-License-Identifier: MIT */
#include <vsc/resampler.h>

#include <criterion/criterion.h>

#include <dlfcn.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define RUN 64       /* frames out of a run */
#define IN_MAX 1024  /* frames into one, at the lowest ratio */
#define FRAMES 48000 /* analysed */
#define SETTLE                                                                 \
  4096 /* frames out until silence before the start is forgotten               \
        */

static void
fake_log(const vsc_host *h, int level, const char *format, ...) VSC_RT
{
  (void)h;
  (void)level;
  (void)format;
}

static void *blocks[8];
static unsigned block_count;

static void *
fake_alloc(const vsc_host *h, size_t bytes)
{
  (void)h;
  cr_assert(block_count < 8);
  return blocks[block_count++] = calloc(1, bytes);
}

static const vsc_host host = { .size = sizeof host,
                               .log = fake_log,
                               .alloc = fake_alloc };
static const vsc_resampler_ops *ops;
static void *self;
static uint64_t taken_all; /* since open */
static float out[FRAMES];

enum { BEST, MEDIUM, FAST };

/* A whole converter of one channel. */
static void
open_at(int32_t quality, double nominal)
{
  void *const handle =
    dlopen(VSC_MODULES "/resampler-samplerate.so", RTLD_NOW | RTLD_LOCAL);
  cr_assert_not_null(handle, "%s", dlerror());
  const vsc_module *const entry = dlsym(handle, VSC_MODULE_SYMBOL);
  self = calloc(1, entry->instance_size);
  memcpy((char *)self + entry->options[0].offset, &quality, sizeof quality);
  cr_assert_eq(entry->init(self, &host), VSC_OK);
  ops = entry->ops;
  cr_assert_eq(ops->open(self, 1, nominal, IN_MAX), VSC_OK);
  taken_all = 0;
}

static void
close_it(void)
{
  ops->close(self);
  while (block_count) {
    free(blocks[--block_count]);
  }
  free(self);
}

/* RUN frames of a sine of RADIANS a frame of input. */
static void
run(double radians, double ratio, float *to)
{
  float in[IN_MAX];
  for (unsigned i = 0; i < IN_MAX; i++) {
    in[i] = (float)(0.9 * sin(radians * (double)(taken_all + i)));
  }
  float *from[] = { in };
  float *rows[] = { to };
  const vsc_span in_span = { from, 1, IN_MAX };
  const vsc_span out_span = { rows, 1, RUN };
  const int32_t taken = ops->run(self, &in_span, &out_span, ratio);
  cr_assert_geq(taken, 0);
  taken_all += (uint64_t)taken;
}

static void
fill(double radians, double ratio)
{
  float forgotten[RUN];
  for (unsigned i = 0; i < SETTLE; i += RUN) {
    run(radians, ratio, forgotten);
  }
  for (unsigned i = 0; i < FRAMES; i += RUN) {
    run(radians, ratio, out + i);
  }
}

/* The sine of RADIANS that is in OUT, and the power of all else, both in dB of
   the sine that went in. */
struct heard {
  double level, rest;
};

static struct heard
fit(double radians)
{
  double ss = 0, cc = 0, sc = 0, xs = 0, xc = 0;
  for (unsigned i = 0; i < FRAMES; i++) {
    const double s = sin(radians * i);
    const double c = cos(radians * i);
    ss += s * s;
    cc += c * c;
    sc += s * c;
    xs += (double)out[i] * s;
    xc += (double)out[i] * c;
  }
  const double det = ss * cc - sc * sc;
  const double a = (xs * cc - xc * sc) / det;
  const double b = (xc * ss - xs * sc) / det;
  double rest = 0;
  for (unsigned i = 0; i < FRAMES; i++) {
    const double d =
      (double)out[i] - a * sin(radians * i) - b * cos(radians * i);
    rest += d * d;
  }
  const double whole = 0.9 * 0.9 / 2 * FRAMES;
  return (struct heard){ .level = 10 * log10((a * a + b * b) / (0.9 * 0.9)),
                         .rest = 10 * log10(rest / whole) };
}

/* HZ at RATE, through the converter. */
static struct heard
hear(int32_t quality, double rate, double ratio, double hz)
{
  open_at(quality, ratio);
  const double radians = 6.283185307179586 * hz / rate;
  fill(radians, ratio);
  close_it();
  return fit(radians / ratio);
}

static void
expect_clean(int32_t quality, double limit)
{
  static const double ratios[] = { 44100.0 / 48000, 1.0001, 0.9999,
                                   48000.0 / 44100, 2,      0.5 };
  for (unsigned i = 0; i < sizeof ratios / sizeof *ratios; i++) {
    const struct heard heard = hear(quality, 48000, ratios[i], 997);
    cr_expect(heard.rest <= limit,
              "THD+N at ratio %g is %.1f dB",
              ratios[i],
              heard.rest);
    cr_expect(fabs(heard.level) < 0.01,
              "997 Hz at ratio %g have %.4f dB",
              ratios[i],
              heard.level);
  }
}

static void
expect_flat(int32_t quality, double rate, double ratio, double to)
{
  for (double hz = 20; hz <= to; hz = hz < 2000 ? hz * 3 : hz + 1000) {
    const struct heard heard = hear(quality, rate, ratio, hz);
    cr_expect(fabs(heard.level) < 0.01,
              "%g Hz at ratio %g have %.4f dB",
              hz,
              ratio,
              heard.level);
  }
}

/* docs/rates.md has these figures. */
Test(resampler_samplerate, distortion_is_as_documented)
{
  expect_clean(BEST, -145);
  expect_clean(MEDIUM, -135);
  expect_clean(FAST, -103);
}

Test(resampler_samplerate, medium_is_flat_to_20_khz_at_48_khz)
{
  expect_flat(MEDIUM, 48000, 1.0001, 20000);
}

Test(resampler_samplerate, fast_is_flat_to_16_khz_at_48_khz)
{
  expect_flat(FAST, 48000, 1.0001, 16000);
}

Test(resampler_samplerate, best_is_flat_to_20_khz_at_44_1_khz, .timeout = 60)
{
  expect_flat(BEST, 44100, 48000.0 / 44100, 20000);
}

/* The ratio of two clocks that wander: what is not the tone with its moving
   pitch is a line that should not be there. */
static void
expect_clean_moving(int32_t quality, double limit)
{
  const double radians = 6.283185307179586 * 997 / 48000;
  open_at(quality, 1);
  double at = 0; /* of the next frame out, in frames in */
  double sum = 0;
  double worst = 0;
  for (unsigned i = 0; i < SETTLE + FRAMES; i += RUN) {
    float made[RUN];
    const double ratio = 1 + 2e-4 * sin(i * 1e-4);
    run(radians, ratio, made);
    for (unsigned k = 0; i >= SETTLE && k < RUN; k++) {
      const double wanted =
        0.9 * sin(radians * (at + k / ratio - ops->latency(self)));
      const double d = (double)made[k] - wanted;
      sum += d * d;
      worst = fmax(worst, fabs(d));
    }
    at += RUN / ratio;
  }
  close_it();
  const double rest = 10 * log10(sum / (0.9 * 0.9 / 2 * FRAMES));
  cr_expect(rest < limit, "all that is not the tone is %.1f dB", rest);
  cr_expect(worst < 1e-4, "the worst frame is %g away", worst);
}

Test(resampler_samplerate, a_moving_ratio_leaves_as_little)
{
  expect_clean_moving(BEST, -145);
  expect_clean_moving(MEDIUM, -135);
  expect_clean_moving(FAST, -105);
}

Test(resampler_samplerate, better_costs_latency)
{
  open_at(FAST, 1);
  const double fast = ops->latency(self);
  close_it();
  open_at(MEDIUM, 1);
  const double medium = ops->latency(self);
  close_it();
  open_at(BEST, 1);
  const double best = ops->latency(self);
  close_it();
  cr_expect(fast < 24 && fast < medium && medium < 50 && medium < best &&
              best < 150,
            "%g, %g and %g frames",
            fast,
            medium,
            best);
}

Test(resampler_samplerate, keeps_its_account_over_millions_of_frames)
{
  open_at(FAST, 44100.0 / 48000);
  float in[IN_MAX] = { 0 }, made[512];
  float *from[] = { in };
  float *rows[] = { made };
  uint64_t out_all = 0;
  for (unsigned i = 0; i < 50000; i++) {
    const uint32_t frames = 1 + i * 7919 % 512;
    const double ratio = 44100.0 / 48000;
    out_all += frames;
    /* Just what is promised to be enough. */
    const uint64_t enough = (uint64_t)((double)out_all / ratio + 1e-9) + 1;
    const vsc_span in_span = { from, 1, (uint32_t)(enough - taken_all) };
    const vsc_span out_span = { rows, 1, frames };
    const int32_t taken = ops->run(self, &in_span, &out_span, ratio);
    cr_assert_geq(taken, 0, "run %u", i);
    taken_all += (uint64_t)taken;
  }
  close_it();
}

Test(resampler_samplerate, refuses_what_it_cannot_serve)
{
  open_at(FAST, 1);
  cr_expect_eq(ops->open(self, 0, 1, 64), VSC_ERR_UNSUPPORTED);
  cr_expect_eq(ops->open(self, 129, 1, 64), VSC_ERR_UNSUPPORTED);
  cr_expect_eq(ops->open(self, 2, 100, 64), VSC_ERR_UNSUPPORTED);
  cr_expect_eq(ops->open(self, 2, (double)NAN, 64), VSC_ERR_UNSUPPORTED);
  float silence[RUN] = { 0 };
  float *rows[] = { silence };
  const vsc_span span = { rows, 1, RUN };
  cr_expect_eq(ops->run(self, &span, &span, 1.02), VSC_ERR_INVALID);
  cr_expect_eq(ops->run(self, &span, &span, (double)NAN), VSC_ERR_INVALID);
  close_it();
}
