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

/* Four words of a row. In SEEN, bits from 2 * LIMIT on are of words that do not
   fit: with LIMIT added, all others are 0 to 2 * LIMIT - 1. What has no
   integer, as NaN, becomes the least one. */
static inline __m128i
quantise(const float *in, __m128 limit, __m128i *seen) VSC_RT
{
  const __m128i y = _mm_cvtps_epi32(_mm_mul_ps(_mm_loadu_ps(in), limit));
  *seen = _mm_or_si128(*seen, _mm_add_epi32(y, _mm_cvtps_epi32(limit)));
  return y;
}

static int
encode(const struct pcm_layout *layout,
       float *const row[PCM_ROWS],
       uint8_t *dst,
       size_t stride,
       uint32_t frames) VSC_RT
{
  const __m128i begin = load(layout->first);
  const __m128i low = load(layout->gather[0]);
  const __m128i high = load(layout->gather[1]);
  const __m128 limit = _mm_set1_ps(layout->limit);
  const size_t second = layout->second;
  __m128i seen = _mm_setzero_si128();
  for (uint32_t at = 0; at < frames; at += FRAMES) {
    const uint32_t first = pcm_tile(at, FRAMES, frames);
    __m128i a[FRAMES], b[FRAMES];
    for (uint32_t c = 0; c < 4; c++) {
      a[c] = quantise(row[c] + first, limit, &seen);
      b[c] = quantise(row[c + 4] + first, limit, &seen);
    }
    transpose(a);
    transpose(b);
    uint8_t *p = dst + first * stride;
    for (uint32_t i = 0; i < FRAMES; i++, p += stride) {
      store(p, _mm_shuffle_epi8(a[i], begin));
      store(p + second,
            _mm_or_si128(_mm_shuffle_epi8(a[i], low),
                         _mm_shuffle_epi8(b[i], high)));
    }
  }
  const __m128i over = _mm_cvtps_epi32(_mm_mul_ps(limit, _mm_set1_ps(-2.0f)));
  const __m128i fits =
    _mm_cmpeq_epi32(_mm_and_si128(seen, over), _mm_setzero_si128());
  return _mm_movemask_epi8(fits) != 0xFFFF;
}

const struct pcm_path pcm_ssse3 = {
  .name = "ssse3",
  .frames_min = FRAMES,
  .decode = decode,
  .encode = encode,
};
