/* test_convert.c - samples to words and back.
   SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "hal/convert.h"

static uint32_t
word(float f)
{
  uint32_t w;
  memcpy(&w, &f, sizeof w);
  return w;
}

static int32_t
to_s32(float f)
{
  const uint32_t w = word(f);
  int32_t s;
  convert_from_words(VSC_SAMPLE_S32, false, &w, (uint8_t *)&s, sizeof s, 1);
  return s;
}

static int32_t
to_s24(float f)
{
  const uint32_t w = word(f);
  uint8_t b[3];
  convert_from_words(VSC_SAMPLE_S24, false, &w, b, sizeof b, 1);
  return (int32_t)((uint32_t)b[0] << 8 | (uint32_t)b[1] << 16 |
                   (uint32_t)b[2] << 24) /
         256;
}

static int16_t
to_s16(float f)
{
  const uint32_t w = word(f);
  int16_t s;
  convert_from_words(VSC_SAMPLE_S16, false, &w, (uint8_t *)&s, sizeof s, 1);
  return s;
}

Test(convert, keeps_all_24_bit_values_through_s24)
{
  for (uint32_t v = 0; v < 1u << 24; v++) {
    const uint8_t in[3] = { (uint8_t)v, (uint8_t)(v >> 8), (uint8_t)(v >> 16) };
    uint8_t out[3];
    uint32_t w;
    convert_to_words(VSC_SAMPLE_S24, false, in, 3, &w, 1);
    convert_from_words(VSC_SAMPLE_S24, false, &w, out, 3, 1);
    cr_assert(memcmp(in, out, 3) == 0);
  }
}

Test(convert, keeps_all_24_bit_values_through_s32)
{
  for (uint32_t v = 0; v < 1u << 24; v++) {
    const uint32_t in = v << 8;
    uint32_t w, out;
    convert_to_words(VSC_SAMPLE_S32, false, (const uint8_t *)&in, 4, &w, 1);
    convert_from_words(VSC_SAMPLE_S32, false, &w, (uint8_t *)&out, 4, 1);
    cr_assert(in == out);
  }
}

Test(convert, gives_s24_and_s32_the_same_word)
{
  for (uint32_t v = 0; v < 1u << 24; v += 77) {
    const uint8_t b[3] = { (uint8_t)v, (uint8_t)(v >> 8), (uint8_t)(v >> 16) };
    const uint32_t s = v << 8;
    uint32_t a, c;
    convert_to_words(VSC_SAMPLE_S24, false, b, 3, &a, 1);
    convert_to_words(VSC_SAMPLE_S32, false, (const uint8_t *)&s, 4, &c, 1);
    cr_assert(a == c);
  }
}

Test(convert, keeps_all_16_bit_values)
{
  for (int32_t v = INT16_MIN; v <= INT16_MAX; v++) {
    const int16_t in = (int16_t)v;
    int16_t out;
    uint32_t w;
    convert_to_words(VSC_SAMPLE_S16, false, (const uint8_t *)&in, 2, &w, 1);
    convert_from_words(VSC_SAMPLE_S16, false, &w, (uint8_t *)&out, 2, 1);
    cr_assert(in == out);
  }
}

Test(convert, clamps_at_both_ends)
{
  cr_expect_eq(to_s32(1.0f), INT32_MAX);
  cr_expect_eq(to_s32(-1.0f), INT32_MIN);
  cr_expect_eq(to_s32(INFINITY), INT32_MAX);
  cr_expect_eq(to_s32(-INFINITY), INT32_MIN);
  cr_expect_eq(to_s24(1.5f), 8388607);
  cr_expect_eq(to_s24(-1.5f), -8388608);
  cr_expect_eq(to_s16(1.0f), 32767);
  cr_expect_eq(to_s16(32767.5f / 32768), 32767);
  cr_expect_eq(to_s16(-3e38f), -32768);
}

Test(convert, gives_0_for_nan)
{
  cr_expect_eq(to_s32(NAN), 0);
  cr_expect_eq(to_s24(-NAN), 0);
  cr_expect_eq(to_s16(NAN), 0);
}

Test(convert, rounds_to_the_nearest_even)
{
  cr_expect_eq(to_s16(0.5f / 32768), 0);
  cr_expect_eq(to_s16(1.5f / 32768), 2);
  cr_expect_eq(to_s16(-0.5f / 32768), 0);
  cr_expect_eq(to_s16(-2.5f / 32768), -2);
  cr_expect_eq(to_s24(1.5f / 8388608), 2);
}

Test(convert, keeps_every_bit_of_f32)
{
  const uint32_t in[] = { 0x7fc12345, 0x00000001, 0x80000000, 0xff800000 };
  uint32_t w[4], out[4];
  convert_to_words(VSC_SAMPLE_F32, false, (const uint8_t *)in, 4, w, 4);
  convert_from_words(VSC_SAMPLE_F32, false, w, (uint8_t *)out, 4, 4);
  cr_assert_eq(memcmp(in, out, sizeof in), 0);
}

Test(convert, keeps_every_bit_of_a_raw_channel_in_s32)
{
  const uint32_t in[] = { 0x7fc12345, 0x00000001, 0x80000000, 0xffffffff };
  uint32_t w[4], out[4];
  convert_to_words(VSC_SAMPLE_S32, true, (const uint8_t *)in, 4, w, 4);
  cr_expect_eq(memcmp(in, w, sizeof in), 0);
  convert_from_words(VSC_SAMPLE_S32, true, w, (uint8_t *)out, 4, 4);
  cr_expect_eq(memcmp(in, out, sizeof in), 0);
}

Test(convert, keeps_the_upper_bits_of_a_raw_channel_in_s16_and_s24)
{
  const uint32_t w = 0x89abcdef;
  uint8_t b[3];
  int16_t s;
  convert_from_words(VSC_SAMPLE_S24, true, &w, b, 3, 1);
  cr_expect_eq(b[0], 0xcd);
  cr_expect_eq(b[2], 0x89);
  convert_from_words(VSC_SAMPLE_S16, true, &w, (uint8_t *)&s, 2, 1);
  cr_expect_eq((uint16_t)s, 0x89ab);
}

Test(convert, touches_only_its_own_channel)
{
  const uint32_t w[2] = { word(0.5f), word(-0.5f) };
  int16_t frames[6] = { 11, 11, 11, 11, 11, 11 };
  convert_from_words(
    VSC_SAMPLE_S16, false, w, (uint8_t *)&frames[1], 3 * sizeof *frames, 2);
  const int16_t expected[6] = { 11, 16384, 11, 11, -16384, 11 };
  cr_assert_eq(memcmp(frames, expected, sizeof frames), 0);
}

Test(convert, knows_its_sample_formats)
{
  cr_expect_eq(convert_sample_bytes(VSC_SAMPLE_S24), 3);
  cr_expect_eq(convert_sample_bytes(4), 0);
  cr_expect_eq(convert_sample_bytes(UINT32_MAX), 0);
}
