/* pcm_neon.c - as pcm_ssse3.c with the instructions of 64-bit ARM.
   SPDX-License-Identifier: MIT */
#include "modules/shared/pcm_path.h"

#include <arm_neon.h>

#define FRAMES 4

static inline int32x4_t
pairs_low(int32x4_t a, int32x4_t b) VSC_RT
{
  return vreinterpretq_s32_s64(
    vzip1q_s64(vreinterpretq_s64_s32(a), vreinterpretq_s64_s32(b)));
}

static inline int32x4_t
pairs_high(int32x4_t a, int32x4_t b) VSC_RT
{
  return vreinterpretq_s32_s64(
    vzip2q_s64(vreinterpretq_s64_s32(a), vreinterpretq_s64_s32(b)));
}

static inline void
transpose(int32x4_t v[FRAMES]) VSC_RT
{
  const int32x4_t a = vzip1q_s32(v[0], v[1]);
  const int32x4_t b = vzip1q_s32(v[2], v[3]);
  const int32x4_t c = vzip2q_s32(v[0], v[1]);
  const int32x4_t d = vzip2q_s32(v[2], v[3]);
  v[0] = pairs_low(a, b);
  v[1] = pairs_high(a, b);
  v[2] = pairs_low(c, d);
  v[3] = pairs_high(c, d);
}

static inline int32x4_t
spread(const uint8_t *p, uint8x16_t from) VSC_RT
{
  return vreinterpretq_s32_u8(vqtbl1q_u8(vld1q_u8(p), from));
}

static void
decode(const struct pcm_layout *layout,
       const uint8_t *src,
       size_t stride,
       float *const row[PCM_ROWS],
       uint32_t frames) VSC_RT
{
  const uint8x16_t spread_a = vld1q_u8(layout->spread[0]);
  const uint8x16_t spread_b = vld1q_u8(layout->spread[1]);
  const size_t second = layout->second;
  for (uint32_t at = 0; at < frames; at += FRAMES) {
    const uint32_t first = pcm_tile(at, FRAMES, frames);
    int32x4_t a[FRAMES], b[FRAMES];
    const uint8_t *p = src + first * stride;
    for (uint32_t i = 0; i < FRAMES; i++, p += stride) {
      a[i] = spread(p, spread_a);
      b[i] = spread(p + second, spread_b);
    }
    transpose(a);
    transpose(b);
    for (uint32_t c = 0; c < 4; c++) {
      vst1q_f32(row[c] + first, vcvtq_n_f32_s32(a[c], 31));
      vst1q_f32(row[c + 4] + first, vcvtq_n_f32_s32(b[c], 31));
    }
  }
}

/* Four words of a row. What min and max change is loud. They keep NaN, which
   converts to 0. */
static inline int32x4_t
quantise(const float *in, float limit, uint32x4_t *quiet) VSC_RT
{
  const float32x4_t x = vmulq_n_f32(vld1q_f32(in), limit);
  const float32x4_t y =
    vmaxq_f32(vminq_f32(x, vdupq_n_f32(limit - 1.0f)), vdupq_n_f32(-limit));
  *quiet = vandq_u32(*quiet, vceqq_f32(x, y));
  return vcvtnq_s32_f32(y);
}

static inline uint8x16_t
gather(int32x4_t v, uint8x16_t from) VSC_RT
{
  return vqtbl1q_u8(vreinterpretq_u8_s32(v), from);
}

static int
encode(const struct pcm_layout *layout,
       float *const row[PCM_ROWS],
       uint8_t *dst,
       size_t stride,
       uint32_t frames) VSC_RT
{
  const uint8x16_t begin = vld1q_u8(layout->first);
  const uint8x16_t low = vld1q_u8(layout->gather[0]);
  const uint8x16_t high = vld1q_u8(layout->gather[1]);
  const float limit = layout->limit;
  const size_t second = layout->second;
  uint32x4_t quiet = vdupq_n_u32(UINT32_MAX);
  for (uint32_t at = 0; at < frames; at += FRAMES) {
    const uint32_t first = pcm_tile(at, FRAMES, frames);
    int32x4_t a[FRAMES], b[FRAMES];
    for (uint32_t c = 0; c < 4; c++) {
      a[c] = quantise(row[c] + first, limit, &quiet);
      b[c] = quantise(row[c + 4] + first, limit, &quiet);
    }
    transpose(a);
    transpose(b);
    uint8_t *p = dst + first * stride;
    for (uint32_t i = 0; i < FRAMES; i++, p += stride) {
      vst1q_u8(p, gather(a[i], begin));
      vst1q_u8(p + second, vorrq_u8(gather(a[i], low), gather(b[i], high)));
    }
  }
  return vminvq_u32(quiet) == 0;
}

const struct pcm_path pcm_neon = {
  .name = "neon",
  .frames_min = FRAMES,
  .decode = decode,
  .encode = encode,
};
