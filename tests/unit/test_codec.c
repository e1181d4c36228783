/* test_codec.c - codec-l24 and codec-l16, as modules: every word, every edge.
   SPDX-License-Identifier: MIT */
#include <vsc/codec.h>

#include <criterion/criterion.h>

#include <dlfcn.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CHANNELS VSC_CHANNELS_MAX
#define FRAMES 256

struct codec {
  const char *path;
  const char *encoding;
  uint32_t bytes; /* of a sample */
  double limit;   /* full scale */
};

static const struct codec l24 = { VSC_MODULES "/codec-l24.so",
                                  "L24",
                                  3,
                                  8388608 };
static const struct codec l16 = { VSC_MODULES "/codec-l16.so",
                                  "L16",
                                  2,
                                  32768 };

static void
fake_log(const vsc_host *h, int level, const char *format, ...) VSC_RT
{
  (void)h;
  (void)level;
  (void)format;
}

static const vsc_host host = { .size = sizeof host, .log = fake_log };

struct opened {
  const vsc_codec_ops *ops;
  void *self;
};

static struct opened
load(const struct codec *codec)
{
  void *const handle = dlopen(codec->path, RTLD_NOW | RTLD_LOCAL);
  cr_assert_not_null(handle, "%s", dlerror());
  const vsc_module *const entry = dlsym(handle, VSC_MODULE_SYMBOL);
  cr_assert_not_null(entry);
  static max_align_t instance[64];
  memset(instance, 0, sizeof instance);
  cr_assert(entry->instance_size <= sizeof instance);
  cr_assert_eq(entry->init(instance, &host), VSC_OK);
  return (struct opened){ entry->ops, instance };
}

static vsc_status
open_as(const struct codec *codec,
        const char *encoding,
        uint32_t channels,
        uint32_t *bytes)
{
  const struct opened o = load(codec);
  vsc_format f = { .size = sizeof f, .rate = 48000, .channels = channels };
  strncpy(f.encoding, encoding, sizeof f.encoding - 1);
  return o.ops->open(o.self, &f, bytes);
}

/* A span of CHANNELS x FRAMES words. */
static float words[CHANNELS][FRAMES];
static float *rows[CHANNELS];

static vsc_span
span(uint32_t channels, uint32_t frames)
{
  for (uint32_t c = 0; c < CHANNELS; c++) {
    rows[c] = words[c];
  }
  return (vsc_span){ rows, channels, frames };
}

static int32_t
word_at(const struct codec *codec, const uint8_t *p)
{
  uint32_t v = 0;
  for (uint32_t i = 0; i < 4; i++) {
    v = v << 8 | (i < codec->bytes ? p[i] : 0);
  }
  return (int32_t)v / (1 << (32 - 8 * codec->bytes));
}

/* What rounding to nearest even should give, done the slow way in double. */
static int32_t
expected(const struct codec *codec, float x, uint32_t *clipped)
{
  const double y = isnan(x) ? 0 : nearbyint((double)x * codec->limit);
  *clipped += y > codec->limit - 1 || y < -codec->limit;
  return (int32_t)fmax(-codec->limit, fmin(codec->limit - 1, y));
}

static void
check_encode(const struct codec *codec, uint32_t channels, uint32_t frames)
{
  const struct opened o = load(codec);
  const vsc_span s = span(channels, frames);
  const size_t bytes = (size_t)channels * frames * codec->bytes;
  uint8_t *const wire = malloc(bytes + 1); /* odd address, exact end */
  uint32_t clipped = 0;
  const uint32_t counted = o.ops->encode(o.self, &s, wire + 1);
  for (uint32_t i = 0; i < channels * frames; i++) {
    const float x = words[i % channels][i / channels];
    const int32_t want = expected(codec, x, &clipped);
    const int32_t got = word_at(codec, wire + 1 + (size_t)i * codec->bytes);
    if (got != want) {
      cr_assert_fail("%a gives %d instead of %d", (double)x, got, want);
    }
  }
  cr_assert_eq(counted, clipped, "%u instead of %u", counted, clipped);
  free(wire);
}

/* One value in channel 0, frame 0. */
static int32_t
encoded(const struct codec *codec, float x, uint32_t *clipped)
{
  const struct opened o = load(codec);
  const vsc_span s = span(1, 1);
  uint8_t wire[4];
  words[0][0] = x;
  *clipped = o.ops->encode(o.self, &s, wire);
  return word_at(codec, wire);
}

static void
all_words_round_trip(const struct codec *codec)
{
  const struct opened o = load(codec);
  const vsc_span s = span(CHANNELS, FRAMES);
  const uint32_t each = CHANNELS * FRAMES;
  const uint32_t total = 1u << (8 * codec->bytes);
  static uint8_t wire[CHANNELS * FRAMES * 3], again[sizeof wire];
  for (uint32_t first = 0; first < total; first += each) {
    for (uint32_t i = 0; i < each; i++) {
      for (uint32_t b = 0; b < codec->bytes; b++) {
        wire[i * codec->bytes + b] =
          (uint8_t)((first + i) >> (8 * (codec->bytes - 1 - b)));
      }
    }
    o.ops->decode(o.self, wire, &s);
    for (uint32_t c = 0; c < CHANNELS; c++) {
      const double want =
        word_at(codec, wire + c * codec->bytes) / codec->limit;
      cr_assert(words[c][0] == (float)want);
    }
    cr_assert_eq(o.ops->encode(o.self, &s, again), 0);
    cr_assert_eq(memcmp(wire, again, (size_t)each * codec->bytes), 0);
  }
}

static uint32_t seed = 1;

static uint32_t
noise(void)
{
  seed = seed * 1664525 + 1013904223;
  return seed >> 8 ^ seed << 13;
}

static void
fill_any_bits(void)
{
  for (uint32_t c = 0; c < CHANNELS; c++) {
    for (uint32_t i = 0; i < FRAMES; i++) {
      /* Every second one near full scale, the others anything at all. */
      uint32_t bits = noise();
      bits = i % 2 ? bits : (bits & 0x800FFFFF) | 0x3F700000;
      memcpy(&words[c][i], &bits, sizeof bits);
    }
  }
}

static void
any_float_is_rounded_to_nearest_even(const struct codec *codec)
{
  for (int round = 0; round < 16; round++) {
    fill_any_bits();
    check_encode(codec, CHANNELS, FRAMES);
  }
}

static void
every_shape_is_encoded(const struct codec *codec)
{
  static const uint32_t channels[] = { 1, 2, 3, 8, 64, 128 };
  static const uint32_t frames[] = { 1, 6, 12, 16, 48, 64, 65, 192 };
  for (size_t c = 0; c < sizeof channels / sizeof *channels; c++) {
    for (size_t f = 0; f < sizeof frames / sizeof *frames; f++) {
      fill_any_bits();
      check_encode(codec, channels[c], frames[f]);
    }
  }
}

static void
every_shape_is_decoded(const struct codec *codec)
{
  static const uint32_t channels[] = { 1, 2, 3, 8, 64, 128 };
  static const uint32_t frames[] = { 1, 6, 12, 16, 48, 64, 65, 192 };
  const struct opened o = load(codec);
  for (size_t k = 0; k < 6 * 8; k++) {
    const vsc_span s = span(channels[k % 6], frames[k / 6]);
    const size_t bytes = (size_t)s.channels * s.frames * codec->bytes;
    uint8_t *const wire = malloc(bytes + 1);
    for (size_t i = 0; i <= bytes; i++) {
      wire[i] = (uint8_t)noise();
    }
    memset(words, 0x7F, sizeof words);
    const float untouched = words[0][FRAMES - 1];
    o.ops->decode(o.self, wire + 1, &s);
    for (uint32_t i = 0; i < s.channels * s.frames; i++) {
      const double want = word_at(codec, wire + 1 + i * codec->bytes);
      cr_assert(words[i % s.channels][i / s.channels] ==
                (float)(want / codec->limit));
    }
    for (uint32_t c = 0; c < s.channels; c++) {
      cr_assert(words[c][s.frames] == untouched);
    }
    free(wire);
  }
}

static void
null_channels(const struct codec *codec)
{
  const struct opened o = load(codec);
  const vsc_span s = span(3, 4);
  uint8_t wire[4 * 3 * 3];
  fill_any_bits();
  memset(wire, 0xAA, sizeof wire);
  rows[1] = NULL;
  o.ops->encode(o.self, &s, wire);
  for (uint32_t i = 0; i < 4; i++) {
    cr_assert_eq(word_at(codec, wire + (i * 3 + 1) * codec->bytes), 0);
  }
  memset(wire, 0x40, sizeof wire);
  memset(words, 0, sizeof words);
  o.ops->decode(o.self, wire, &s);
  cr_assert(words[0][3] > 0.5f && words[1][3] == 0 && words[2][3] > 0.5f);
}

Test(codec_l24, round_trips_all_words_exactly)
{
  all_words_round_trip(&l24);
}

Test(codec_l16, round_trips_all_words_exactly)
{
  all_words_round_trip(&l16);
}

Test(codec_l24, rounds_any_float_to_nearest_even)
{
  any_float_is_rounded_to_nearest_even(&l24);
}

Test(codec_l16, rounds_any_float_to_nearest_even)
{
  any_float_is_rounded_to_nearest_even(&l16);
}

Test(codec_l24, encodes_every_shape_to_an_odd_address)
{
  every_shape_is_encoded(&l24);
}

Test(codec_l16, encodes_every_shape_to_an_odd_address)
{
  every_shape_is_encoded(&l16);
}

Test(codec_l24, decodes_every_shape_from_an_odd_address)
{
  every_shape_is_decoded(&l24);
}

Test(codec_l16, decodes_every_shape_from_an_odd_address)
{
  every_shape_is_decoded(&l16);
}

Test(codec_l24, skips_null_channels_and_sends_silence_for_them)
{
  null_channels(&l24);
}

Test(codec_l16, skips_null_channels_and_sends_silence_for_them)
{
  null_channels(&l16);
}

Test(codec_l24, sends_ties_to_the_even_word)
{
  uint32_t clipped;
  cr_expect_eq(encoded(&l24, 0x1.8p-23f, &clipped), 2);
  cr_expect_eq(encoded(&l24, 0x1.4p-22f, &clipped), 2);
  cr_expect_eq(encoded(&l24, -0x1p-24f, &clipped), 0);
  cr_expect_eq(encoded(&l24, -0x1.8p-23f, &clipped), -2);
}

Test(codec_l24, clips_and_counts_plus_one)
{
  uint32_t clipped;
  cr_assert_eq(encoded(&l24, 1.0f, &clipped), 0x7FFFFF);
  cr_assert_eq(clipped, 1);
}

Test(codec_l24, counts_what_rounds_up_to_plus_one)
{
  uint32_t clipped;
  cr_assert_eq(encoded(&l24, 0x1.FFFFFEp-1f, &clipped), 0x7FFFFF);
  cr_assert_eq(clipped, 1);
}

Test(codec_l24, does_not_count_the_largest_word)
{
  uint32_t clipped;
  cr_assert_eq(encoded(&l24, 0x1.FFFFFCp-1f, &clipped), 0x7FFFFF);
  cr_assert_eq(clipped, 0);
}

Test(codec_l24, does_not_count_minus_one)
{
  uint32_t clipped;
  cr_assert_eq(encoded(&l24, -1.0f, &clipped), -0x800000);
  cr_assert_eq(clipped, 0);
}

Test(codec_l24, counts_what_is_below_minus_one)
{
  uint32_t clipped;
  cr_assert_eq(encoded(&l24, -0x1.000002p0f, &clipped), -0x800000);
  cr_assert_eq(clipped, 1);
}

Test(codec_l16, counts_only_what_rounding_leaves_outside)
{
  uint32_t clipped;
  cr_expect_eq(encoded(&l16, 32767.4f / 32768, &clipped), 32767);
  cr_expect_eq(clipped, 0);
  cr_expect_eq(encoded(&l16, 32767.5f / 32768, &clipped), 32767);
  cr_expect_eq(clipped, 1);
  cr_expect_eq(encoded(&l16, -32768.5f / 32768, &clipped), -32768);
  cr_expect_eq(clipped, 0);
  cr_expect_eq(encoded(&l16, -32768.6f / 32768, &clipped), -32768);
  cr_expect_eq(clipped, 1);
}

Test(codec_l24, makes_silence_of_nan_without_counting_it)
{
  uint32_t clipped;
  cr_expect_eq(encoded(&l24, NAN, &clipped), 0);
  cr_expect_eq(clipped, 0);
  cr_expect_eq(encoded(&l24, -NAN, &clipped), 0);
}

Test(codec_l24, clamps_and_counts_infinity)
{
  uint32_t clipped;
  cr_expect_eq(encoded(&l24, INFINITY, &clipped), 0x7FFFFF);
  cr_expect_eq(clipped, 1);
  cr_expect_eq(encoded(&l24, -INFINITY, &clipped), -0x800000);
  cr_expect_eq(clipped, 1);
}

Test(codec_l24, makes_silence_of_denormals)
{
  uint32_t clipped;
  cr_expect_eq(encoded(&l24, 0x1p-149f, &clipped), 0);
  cr_expect_eq(encoded(&l24, -0x1p-127f, &clipped), 0);
  cr_expect_eq(clipped, 0);
}

Test(codec_l24, opens_with_three_bytes_a_channel)
{
  uint32_t bytes = 0;
  cr_assert_eq(open_as(&l24, "L24", 128, &bytes), VSC_OK);
  cr_assert_eq(bytes, 384);
}

Test(codec_l16, opens_with_two_bytes_a_channel)
{
  uint32_t bytes = 0;
  cr_assert_eq(open_as(&l16, "L16", 3, &bytes), VSC_OK);
  cr_assert_eq(bytes, 6);
}

Test(codec_l24, refuses_no_channels_too_many_and_another_encoding)
{
  uint32_t bytes;
  cr_expect_eq(open_as(&l24, "L24", 0, &bytes), VSC_ERR_UNSUPPORTED);
  cr_expect_eq(open_as(&l24, "L24", 129, &bytes), VSC_ERR_UNSUPPORTED);
  cr_expect_eq(open_as(&l24, "L16", 2, &bytes), VSC_ERR_UNSUPPORTED);
  cr_expect_eq(open_as(&l16, "L24", 2, &bytes), VSC_ERR_UNSUPPORTED);
}
