/* test_resampler_linear.c - the fixture that proves resampler.h.
   SPDX-License-Identifier: MIT */
#include <vsc/resampler.h>

#include <criterion/criterion.h>

#include <dlfcn.h>
#include <math.h>
#include <string.h>

#define MAX 512

static void
fake_log(const vsc_host *h, int level, const char *format, ...) VSC_RT
{
  (void)h;
  (void)level;
  (void)format;
}

static const vsc_host host = { .size = sizeof host, .log = fake_log };
static max_align_t self[256];
static float in[MAX], out[MAX];
static float *in_rows[] = { in, NULL };
static float *out_rows[] = { out, NULL };

static const vsc_resampler_ops *
load(void)
{
  void *const handle =
    dlopen(VSC_FIXTURES "/resampler-linear.so", RTLD_NOW | RTLD_LOCAL);
  cr_assert_not_null(handle, "%s", dlerror());
  const vsc_module *const entry = dlsym(handle, VSC_MODULE_SYMBOL);
  cr_assert_eq(entry->kind, VSC_KIND_RESAMPLER);
  cr_assert(entry->instance_size <= sizeof self);
  cr_assert_eq(entry->init(self, &host), VSC_OK);
  const vsc_resampler_ops *const ops = entry->ops;
  cr_assert_eq(ops->open(self, 2, 1, MAX), VSC_OK);
  for (int i = 0; i < MAX; i++) {
    in[i] = (float)i + 1;
  }
  return ops;
}

static int32_t
run(const vsc_resampler_ops *ops, uint32_t taken, uint32_t made, double ratio)
{
  const vsc_span from = { in_rows, 2, taken };
  const vsc_span to = { out_rows, 2, made };
  return ops->run(self, &from, &to, ratio);
}

Test(resampler_linear, is_exact_and_one_frame_late_at_ratio_1)
{
  const vsc_resampler_ops *const ops = load();
  cr_expect_eq(run(ops, 48, 48, 1), 48);
  for (int i = 0; i < 48; i++) {
    cr_assert(out[i] == (float)i);
  }
  cr_expect(ops->latency(self) == 1);
}

Test(resampler_linear, goes_on_where_the_last_run_ended)
{
  const vsc_resampler_ops *const ops = load();
  const double ratio = 1.0 / 0.75;
  int32_t at = 0;
  int made = 0;
  for (int i = 0; i < 16; i++) {
    const vsc_span from = { (float *[]){ in + at, NULL }, 2, 12 };
    const vsc_span to = { out_rows, 2, 7 };
    const int32_t n = ops->run(self, &from, &to, ratio);
    cr_assert_geq(n, 0);
    for (int k = 0; k < 7; k++, made++) {
      cr_assert_float_eq(out[k], made * 0.75, 1e-4);
    }
    at += n;
  }
}

Test(resampler_linear, makes_nothing_when_there_is_too_little)
{
  const vsc_resampler_ops *const ops = load();
  out[0] = -1;
  cr_expect_eq(run(ops, 47, 48, 1), VSC_ERR_AGAIN);
  cr_expect(out[0] == -1);
  cr_expect_eq(run(ops, 48, 48, 1), 48);
}

Test(resampler_linear, takes_twice_as_many_at_ratio_one_half)
{
  const vsc_resampler_ops *const ops = load();
  cr_expect_eq(run(ops, 100, 48, 0.5), 96);
  cr_expect(out[47] == 94);
}

Test(resampler_linear, forgets_at_reset)
{
  const vsc_resampler_ops *const ops = load();
  run(ops, 48, 48, 1);
  ops->reset(self);
  run(ops, 48, 48, 1);
  cr_assert(out[0] == 0);
}

Test(resampler_linear, hears_silence_on_a_null_input)
{
  const vsc_resampler_ops *const ops = load();
  out_rows[1] = out;
  out_rows[0] = NULL;
  out[5] = 1;
  cr_expect_eq(run(ops, 48, 48, 1), 48);
  cr_expect(out[5] == 0);
}

Test(resampler_linear, refuses_senseless_channels_and_ratios)
{
  const vsc_resampler_ops *const ops = load();
  cr_expect_eq(ops->open(self, 0, 1, MAX), VSC_ERR_UNSUPPORTED);
  cr_expect_eq(ops->open(self, 129, 1, MAX), VSC_ERR_UNSUPPORTED);
  cr_expect_eq(ops->open(self, 2, 0, MAX), VSC_ERR_UNSUPPORTED);
  cr_expect_eq(ops->open(self, 2, (double)NAN, MAX), VSC_ERR_UNSUPPORTED);
  cr_expect_eq(run(ops, 48, 48, (double)NAN), VSC_ERR_INVALID);
}
