/* pcm_avx2.c - as pcm_ssse3.c with eight frames: frames 0-3 in the lower halves
   of the registers, 4-7 in the upper ones, so that nothing crosses.
   SPDX-License-Identifier: MIT */
#include "modules/shared/pcm_path.h"

#include <immintrin.h>

#define FRAMES 8
#define HALF 4

static inline __m128i
load(const uint8_t *p) VSC_RT
{
  return _mm_loadu_si128((const __m128i *)(const void *)p);
}

static inline __m256i
load_two(const uint8_t *low, const uint8_t *high) VSC_RT
{
  return _mm256_inserti128_si256(
    _mm256_castsi128_si256(load(low)), load(high), 1);
}

static inline void
store(uint8_t *p, __m128i v) VSC_RT
{
  _mm_storeu_si128((__m128i *)(void *)p, v);
}

/* In each half. */
static inline void
transpose(__m256i v[HALF]) VSC_RT
{
  const __m256i a = _mm256_unpacklo_epi32(v[0], v[1]);
  const __m256i b = _mm256_unpacklo_epi32(v[2], v[3]);
  const __m256i c = _mm256_unpackhi_epi32(v[0], v[1]);
  const __m256i d = _mm256_unpackhi_epi32(v[2], v[3]);
  v[0] = _mm256_unpacklo_epi64(a, b);
  v[1] = _mm256_unpackhi_epi64(a, b);
  v[2] = _mm256_unpacklo_epi64(c, d);
  v[3] = _mm256_unpackhi_epi64(c, d);
}

static void
decode(const struct pcm_layout *layout,
       const uint8_t *src,
       size_t stride,
       float *const row[PCM_ROWS],
       uint32_t frames) VSC_RT
{
  const __m256i spread_a = load_two(layout->spread[0], layout->spread[0]);
  const __m256i spread_b = load_two(layout->spread[1], layout->spread[1]);
  const __m256 scale = _mm256_set1_ps(0x1p-31f);
  const size_t second = layout->second;
  for (uint32_t at = 0; at < frames; at += FRAMES) {
    const uint32_t first = pcm_tile(at, FRAMES, frames);
    __m256i a[HALF], b[HALF];
    const uint8_t *p = src + first * stride;
    for (uint32_t i = 0; i < HALF; i++, p += stride) {
      const uint8_t *const q = p + HALF * stride;
      a[i] = _mm256_shuffle_epi8(load_two(p, q), spread_a);
      b[i] = _mm256_shuffle_epi8(load_two(p + second, q + second), spread_b);
    }
    transpose(a);
    transpose(b);
    for (uint32_t c = 0; c < 4; c++) {
      _mm256_storeu_ps(row[c] + first,
                       _mm256_mul_ps(_mm256_cvtepi32_ps(a[c]), scale));
      _mm256_storeu_ps(row[c + 4] + first,
                       _mm256_mul_ps(_mm256_cvtepi32_ps(b[c]), scale));
    }
  }
}

/* Eight words of a row. In SEEN, bits from 2 * LIMIT on are of words that do
   not fit: with LIMIT added, all others are 0 to 2 * LIMIT - 1. What has no
   integer, as NaN, becomes the least one. */
static inline __m256i
quantise(const float *in, __m256 limit, __m256i *seen) VSC_RT
{
  const __m256i y =
    _mm256_cvtps_epi32(_mm256_mul_ps(_mm256_loadu_ps(in), limit));
  *seen =
    _mm256_or_si256(*seen, _mm256_add_epi32(y, _mm256_cvtps_epi32(limit)));
  return y;
}

static int
encode(const struct pcm_layout *layout,
       float *const row[PCM_ROWS],
       uint8_t *dst,
       size_t stride,
       uint32_t frames) VSC_RT
{
  const __m256i begin = load_two(layout->first, layout->first);
  const __m256i low = load_two(layout->gather[0], layout->gather[0]);
  const __m256i high = load_two(layout->gather[1], layout->gather[1]);
  const __m256 limit = _mm256_set1_ps(layout->limit);
  const size_t second = layout->second;
  __m256i seen = _mm256_setzero_si256();
  for (uint32_t at = 0; at < frames; at += FRAMES) {
    const uint32_t first = pcm_tile(at, FRAMES, frames);
    __m256i a[HALF], b[HALF];
    for (uint32_t c = 0; c < 4; c++) {
      a[c] = quantise(row[c] + first, limit, &seen);
      b[c] = quantise(row[c + 4] + first, limit, &seen);
    }
    transpose(a);
    transpose(b);
    uint8_t *p = dst + first * stride;
    for (uint32_t i = 0; i < HALF; i++, p += stride) {
      b[i] = _mm256_or_si256(_mm256_shuffle_epi8(a[i], low),
                             _mm256_shuffle_epi8(b[i], high));
      a[i] = _mm256_shuffle_epi8(a[i], begin);
      store(p, _mm256_castsi256_si128(a[i]));
      store(p + second, _mm256_castsi256_si128(b[i]));
    }
    for (uint32_t i = 0; i < HALF; i++, p += stride) {
      store(p, _mm256_extracti128_si256(a[i], 1));
      store(p + second, _mm256_extracti128_si256(b[i], 1));
    }
  }
  const __m256i over =
    _mm256_cvtps_epi32(_mm256_mul_ps(limit, _mm256_set1_ps(-2.0f)));
  return !_mm256_testz_si256(seen, over);
}

const struct pcm_path pcm_avx2 = {
  .name = "avx2",
  .frames_min = FRAMES,
  .decode = decode,
  .encode = encode,
};
