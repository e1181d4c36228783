/* convert.c - one loop for each format and direction.
   SPDX-License-Identifier: MIT */
#include "convert.h"

#include <math.h>
#include <string.h>

/* Powers of two: multiplying by them rounds nothing. */
#define SCALE_16 32768.0f
#define SCALE_24 8388608.0f
#define SCALE_32 2147483648.0f

uint32_t
convert_sample_bytes(uint32_t sample)
{
  static const uint8_t bytes[] = { [VSC_SAMPLE_F32] = 4,
                                   [VSC_SAMPLE_S16] = 2,
                                   [VSC_SAMPLE_S24] = 3,
                                   [VSC_SAMPLE_S32] = 4 };
  return sample < sizeof bytes ? bytes[sample] : 0;
}

static float
float_of(uint32_t word) VSC_RT
{
  float f;
  memcpy(&f, &word, sizeof f);
  return f;
}

static uint32_t
word_of(float f) VSC_RT
{
  uint32_t word;
  memcpy(&word, &f, sizeof word);
  return word;
}

/* Nearest even (the mode every thread starts with), clamped, NaN is 0. SCALE is
   one more than the largest value: a float cannot hold 2^31 - 1. */
static int32_t
integer_of(float f, float scale) VSC_RT
{
  const float scaled = f * scale;
  if (scaled != scaled) {
    return 0;
  }
  if (scaled <= -scale) {
    return (int32_t)-scale;
  }
  const float rounded = rintf(scaled);
  return rounded >= scale ? (int32_t)((int64_t)scale - 1) : (int32_t)rounded;
}

static void
put_16(uint8_t *dst, int32_t value) VSC_RT
{
  const int16_t s = (int16_t)value;
  memcpy(dst, &s, sizeof s);
}

static void
put_24(uint8_t *dst, int32_t value) VSC_RT
{
  const uint32_t u = (uint32_t)value;
  dst[0] = (uint8_t)u;
  dst[1] = (uint8_t)(u >> 8);
  dst[2] = (uint8_t)(u >> 16);
}

static int32_t
get_16(const uint8_t *src) VSC_RT
{
  int16_t s;
  memcpy(&s, src, sizeof s);
  return s;
}

/* The 24 bits in the upper end of a word. */
static uint32_t
get_24(const uint8_t *src) VSC_RT
{
  return (uint32_t)src[0] << 8 | (uint32_t)src[1] << 16 |
         (uint32_t)src[2] << 24;
}

static int32_t
signed_of(uint32_t word) VSC_RT
{
  int32_t s;
  memcpy(&s, &word, sizeof s);
  return s;
}

void
convert_from_words(uint32_t sample,
                   bool is_raw,
                   const uint32_t *words,
                   uint8_t *dst,
                   size_t step,
                   uint32_t frames) VSC_RT
{
  switch ((enum vsc_sample)sample) {
    case VSC_SAMPLE_F32:
      for (uint32_t i = 0; i < frames; i++, dst += step) {
        memcpy(dst, &words[i], sizeof words[i]);
      }
      break;
    case VSC_SAMPLE_S32:
      for (uint32_t i = 0; i < frames; i++, dst += step) {
        const int32_t s = is_raw ? signed_of(words[i])
                                 : integer_of(float_of(words[i]), SCALE_32);
        memcpy(dst, &s, sizeof s);
      }
      break;
    case VSC_SAMPLE_S24:
      for (uint32_t i = 0; i < frames; i++, dst += step) {
        put_24(dst,
               is_raw ? (int32_t)(words[i] >> 8)
                      : integer_of(float_of(words[i]), SCALE_24));
      }
      break;
    case VSC_SAMPLE_S16:
      for (uint32_t i = 0; i < frames; i++, dst += step) {
        put_16(dst,
               is_raw ? signed_of(words[i] & 0xffff0000u) / 65536
                      : integer_of(float_of(words[i]), SCALE_16));
      }
      break;
  }
}

void
convert_to_words(uint32_t sample,
                 bool is_raw,
                 const uint8_t *src,
                 size_t step,
                 uint32_t *words,
                 uint32_t frames) VSC_RT
{
  switch ((enum vsc_sample)sample) {
    case VSC_SAMPLE_F32:
      for (uint32_t i = 0; i < frames; i++, src += step) {
        memcpy(&words[i], src, sizeof words[i]);
      }
      break;
    case VSC_SAMPLE_S32:
      for (uint32_t i = 0; i < frames; i++, src += step) {
        uint32_t w;
        memcpy(&w, src, sizeof w);
        words[i] = is_raw ? w : word_of((float)signed_of(w) / SCALE_32);
      }
      break;
    case VSC_SAMPLE_S24:
      for (uint32_t i = 0; i < frames; i++, src += step) {
        const uint32_t w = get_24(src);
        words[i] = is_raw ? w : word_of((float)signed_of(w) / SCALE_32);
      }
      break;
    case VSC_SAMPLE_S16:
      for (uint32_t i = 0; i < frames; i++, src += step) {
        const int32_t s = get_16(src);
        words[i] = is_raw ? (uint32_t)s << 16 : word_of((float)s / SCALE_16);
      }
      break;
  }
}
