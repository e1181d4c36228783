/* pcm_plain.c - the reference: what every path must give, in C that any
   compiler takes. The usual case has no branch, so that compilers vectorise it;
   what clips is behind it. SPDX-License-Identifier: MIT */
#include "modules/shared/pcm_path.h"

#include "modules/shared/bytes.h"

#include <math.h>
#include <string.h>

#define BLOCK 64 /* frames at once: 256 bytes of stack */

const struct pcm_path pcm_plain = { .name = "plain" };

/* The bits of |x|: ordered as the magnitudes are, NaN above all. */
static inline int32_t
magnitude_bits(float x) VSC_RT
{
  int32_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits & 0x7FFFFFFF;
}

/* Right for |x| <= 1 - 1 / limit; below 0 when there is anything else. No
   branch, so that it vectorises. */
static int32_t
round_quiet(const float *restrict in,
            int32_t *restrict out,
            uint32_t count,
            float limit) VSC_RT
{
  /* Between 2^23 and 2^24 floats are the integers: adding 2^23 to a magnitude
     rounds it to nearest even, and the sum's bits count from there. */
  const float magic = 0x1p23f;
  const uint32_t magic_bits = 0x4B000000;
  const int32_t quiet = magnitude_bits(1 - 1 / limit);
  int32_t loud = 0;
  for (uint32_t i = 0; i < count; i++) {
    uint32_t bits, sum_bits;
    memcpy(&bits, &in[i], sizeof bits);
    const uint32_t sign = 0u - (bits >> 31);
    const float sum = fabsf(in[i]) * limit + magic;
    memcpy(&sum_bits, &sum, sizeof sum_bits);
    out[i] = (int32_t)(((sum_bits - magic_bits) ^ sign) - sign);
    loud |= quiet - (int32_t)(bits & 0x7FFFFFFF);
  }
  return loud;
}

/* Mends what round_quiet could not do; how many rounding leaves beyond full
   scale: the tie below LIMIT goes to LIMIT, which is even; the one below -LIMIT
   stays. */
static uint32_t
clip_loud(const float *in, int32_t *out, uint32_t count, float limit) VSC_RT
{
  const int32_t top = (int32_t)limit;
  uint32_t clipped = 0;
  for (uint32_t i = 0; i < count; i++) {
    if (in[i] * limit >= limit - 0.5f) {
      out[i] = top - 1;
    } else if (in[i] <= -1.0f) {
      out[i] = -top;
    } else if (in[i] != in[i]) {
      out[i] = 0;
    }
    clipped += in[i] * limit >= limit - 0.5f || in[i] * limit < -limit - 0.5f;
  }
  return clipped;
}

static void
scatter(const int32_t *restrict in,
        uint32_t n,
        uint32_t bytes,
        uint8_t *restrict p,
        size_t stride) VSC_RT
{
  if (bytes == 3) {
    for (uint32_t i = 0; i < n; i++, p += stride) {
      put_be24(p, (uint32_t)in[i]);
    }
  } else {
    for (uint32_t i = 0; i < n; i++, p += stride) {
      put_be16(p, (uint32_t)in[i]);
    }
  }
}

static void
decode_row_16(const uint8_t *restrict src,
              size_t stride,
              float *restrict out,
              uint32_t frames) VSC_RT
{
  for (uint32_t i = 0; i < frames; i++, src += stride) {
    out[i] = (float)(int16_t)be16(src) * 0x1p-15f;
  }
}

/* In blocks, so that gathering is apart from converting, which vectorises. A
   word in the upper three bytes needs no sign extension: 24 significant bits
   convert exactly, and so does the power of two. */
static void
decode_row_24(const uint8_t *restrict src,
              size_t stride,
              float *restrict out,
              uint32_t frames) VSC_RT
{
  for (uint32_t n; frames > 0; frames -= n, out += n) {
    int32_t block[BLOCK];
    n = frames < BLOCK ? frames : BLOCK;
    for (uint32_t i = 0; i < n; i++, src += stride) {
      block[i] = (int32_t)(be24(src) << 8);
    }
    for (uint32_t i = 0; i < n; i++) {
      out[i] = (float)block[i] * 0x1p-31f;
    }
  }
}

static uint32_t
encode_row(const float *in,
           uint32_t frames,
           const struct pcm_layout *layout,
           uint8_t *dst,
           size_t stride) VSC_RT
{
  uint32_t clipped = 0;
  for (uint32_t n; frames > 0; frames -= n, dst += n * stride) {
    int32_t block[BLOCK];
    n = frames < BLOCK ? frames : BLOCK;
    if (!in) {
      memset(block, 0, sizeof block);
    } else {
      if (round_quiet(in, block, n, layout->limit) < 0) {
        clipped += clip_loud(in, block, n, layout->limit);
      }
      in += n;
    }
    scatter(block, n, layout->bytes, dst, stride);
  }
  return clipped;
}

void
pcm_plain_decode(const struct pcm_layout *layout,
                 const uint8_t *src,
                 const vsc_span *dst) VSC_RT
{
  const size_t stride = (size_t)dst->channels * layout->bytes;
  for (uint32_t c = 0; c < dst->channels; c++, src += layout->bytes) {
    if (!dst->ch[c]) {
      continue;
    }
    if (layout->bytes == 3) {
      decode_row_24(src, stride, dst->ch[c], dst->frames);
    } else {
      decode_row_16(src, stride, dst->ch[c], dst->frames);
    }
  }
}

uint32_t
pcm_plain_encode(const struct pcm_layout *layout,
                 const vsc_span *src,
                 uint8_t *dst) VSC_RT
{
  const size_t stride = (size_t)src->channels * layout->bytes;
  uint32_t clipped = 0;
  for (uint32_t c = 0; c < src->channels; c++, dst += layout->bytes) {
    clipped += encode_row(src->ch[c], src->frames, layout, dst, stride);
  }
  return clipped;
}
