/* pcm_ssse3.c - eight channels x four frames, turned in registers: bytes are
   shuffled into words, and two 4 x 4 blocks of words are transposed.
   SPDX-License-Identifier: MIT */
#include "modules/shared/pcm_path.h"

#include <tmmintrin.h>

#define FRAMES 4

static inline __m128i
load(const uint8_t *p) VSC_RT
{
  return _mm_loadu_si128((const __m128i *)(const void *)p);
}

static inline void
store(uint8_t *p, __m128i v) VSC_RT
{
  _mm_storeu_si128((__m128i *)(void *)p, v);
}

static inline void
transpose(__m128i v[FRAMES]) VSC_RT
{
  const __m128i a = _mm_unpacklo_epi32(v[0], v[1]);
  const __m128i b = _mm_unpacklo_epi32(v[2], v[3]);
  const __m128i c = _mm_unpackhi_epi32(v[0], v[1]);
  const __m128i d = _mm_unpackhi_epi32(v[2], v[3]);
  v[0] = _mm_unpacklo_epi64(a, b);
  v[1] = _mm_unpackhi_epi64(a, b);
  v[2] = _mm_unpacklo_epi64(c, d);
  v[3] = _mm_unpackhi_epi64(c, d);
}

static void
decode(const struct pcm_layout *layout,
       const uint8_t *src,
       size_t stride,
       float *const row[PCM_ROWS],
       uint32_t frames) VSC_RT
{
  const __m128i spread_a = load(layout->spread[0]);
  const __m128i spread_b = load(layout->spread[1]);
  const __m128 scale = _mm_set1_ps(0x1p-31f);
  const size_t second = layout->second;
  for (uint32_t at = 0; at < frames; at += FRAMES) {
    const uint32_t first = pcm_tile(at, FRAMES, frames);
    __m128i a[FRAMES], b[FRAMES];
    const uint8_t *p = src + first * stride;
    for (uint32_t i = 0; i < FRAMES; i++, p += stride) {
      a[i] = _mm_shuffle_epi8(load(p), spread_a);
      b[i] = _mm_shuffle_epi8(load(p + second), spread_b);
    }
    transpose(a);
    transpose(b);
    for (uint32_t c = 0; c < 4; c++) {
      _mm_storeu_ps(row[c] + first, _mm_mul_ps(_mm_cvtepi32_ps(a[c]), scale));
      _mm_storeu_ps(row[c + 4] + first,
                    _mm_mul_ps(_mm_cvtepi32_ps(b[c]), scale));
    }
  }
}

/* Four words of a row. What min and max change is loud. They give their second
   operand for NaN, and its conversion has no bits below the highest: 0. */
static inline __m128i
quantise(const float *in, __m128 limit, __m128 *loud) VSC_RT
{
  const __m128 x = _mm_mul_ps(_mm_loadu_ps(in), limit);
  const __m128 top = _mm_sub_ps(limit, _mm_set1_ps(1.0f));
  const __m128 bottom = _mm_sub_ps(_mm_setzero_ps(), limit);
  const __m128 y = _mm_max_ps(bottom, _mm_min_ps(top, x));
  *loud = _mm_or_ps(*loud, _mm_cmpneq_ps(x, y));
  return _mm_cvtps_epi32(y);
}

static int
encode(const struct pcm_layout *layout,
       float *const row[PCM_ROWS],
       uint8_t *dst,
       size_t stride,
       uint32_t frames) VSC_RT
{
  __m128i gather[2][2];
  for (int i = 0; i < 2; i++) {
    gather[i][0] = load(layout->gather[i][0]);
    gather[i][1] = load(layout->gather[i][1]);
  }
  const __m128 limit = _mm_set1_ps(layout->limit);
  const size_t second = layout->second;
  __m128 loud = _mm_setzero_ps();
  for (uint32_t at = 0; at < frames; at += FRAMES) {
    const uint32_t first = pcm_tile(at, FRAMES, frames);
    __m128i a[FRAMES], b[FRAMES];
    for (uint32_t c = 0; c < 4; c++) {
      a[c] = quantise(row[c] + first, limit, &loud);
      b[c] = quantise(row[c + 4] + first, limit, &loud);
    }
    transpose(a);
    transpose(b);
    uint8_t *p = dst + first * stride;
    for (uint32_t i = 0; i < FRAMES; i++, p += stride) {
      store(p,
            _mm_or_si128(_mm_shuffle_epi8(a[i], gather[0][0]),
                         _mm_shuffle_epi8(b[i], gather[0][1])));
      store(p + second,
            _mm_or_si128(_mm_shuffle_epi8(a[i], gather[1][0]),
                         _mm_shuffle_epi8(b[i], gather[1][1])));
    }
  }
  return _mm_movemask_ps(loud);
}

const struct pcm_path pcm_ssse3 = {
  .name = "ssse3",
  .frames_min = FRAMES,
  .decode = decode,
  .encode = encode,
};
