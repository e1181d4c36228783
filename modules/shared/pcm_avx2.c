/* pcm_avx2.c - eight channels x four frames: channels 0-3 in the lower halves
   of the registers, 4-7 in the upper ones. Bytes are shuffled into words, and a
   4 x 4 block of words is transposed in each half, as in pcm_ssse3.c. Four
   frames and not eight, since packets are of 6, 12 and 48: of a shorter last
   tile most is done twice. SPDX-License-Identifier: MIT */
#include "modules/shared/pcm_path.h"

#include <immintrin.h>

#define FRAMES 4

static inline __m256i
load_two(const uint8_t *low, const uint8_t *high) VSC_RT
{
  const __m128i *const a = (const __m128i *)(const void *)low;
  const __m128i *const b = (const __m128i *)(const void *)high;
  return _mm256_inserti128_si256(
    _mm256_castsi128_si256(_mm_loadu_si128(a)), _mm_loadu_si128(b), 1);
}

static inline void
store(uint8_t *p, __m128i v) VSC_RT
{
  _mm_storeu_si128((__m128i *)(void *)p, v);
}

/* In each half. */
static inline void
transpose(__m256i v[FRAMES]) VSC_RT
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
  const __m256i spread = load_two(layout->spread[0], layout->spread[1]);
  const __m256 scale = _mm256_set1_ps(0x1p-31f);
  const size_t second = layout->second;
  for (uint32_t at = 0; at < frames; at += FRAMES) {
    const uint32_t first = pcm_tile(at, FRAMES, frames);
    __m256i v[FRAMES];
    const uint8_t *p = src + first * stride;
    for (uint32_t i = 0; i < FRAMES; i++, p += stride) {
      v[i] = _mm256_shuffle_epi8(load_two(p, p + second), spread);
    }
    transpose(v);
    for (uint32_t c = 0; c < 4; c++) {
      const __m256 x = _mm256_mul_ps(_mm256_cvtepi32_ps(v[c]), scale);
      _mm_storeu_ps(row[c] + first, _mm256_castps256_ps128(x));
      _mm_storeu_ps(row[c + 4] + first, _mm256_extractf128_ps(x, 1));
    }
  }
}

/* Four words of two rows. In SEEN, bits from 2 * LIMIT on are of words that do
   not fit: with LIMIT added, all others are 0 to 2 * LIMIT - 1. What has no
   integer, as NaN, becomes the least one. */
static inline __m256i
quantise(const float *low,
         const float *high,
         __m256 limit,
         __m256i *seen) VSC_RT
{
  const __m256 x = _mm256_insertf128_ps(
    _mm256_castps128_ps256(_mm_loadu_ps(low)), _mm_loadu_ps(high), 1);
  const __m256i y = _mm256_cvtps_epi32(_mm256_mul_ps(x, limit));
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
  const __m256i gather = load_two(layout->first, layout->first);
  const __m256i join =
    _mm256_loadu_si256((const __m256i *)(const void *)layout->join);
  const __m256 limit = _mm256_set1_ps(layout->limit);
  const size_t second = layout->second;
  __m256i seen = _mm256_setzero_si256();
  for (uint32_t at = 0; at < frames; at += FRAMES) {
    const uint32_t first = pcm_tile(at, FRAMES, frames);
    __m256i v[FRAMES];
    for (uint32_t c = 0; c < 4; c++) {
      v[c] = quantise(row[c] + first, row[c + 4] + first, limit, &seen);
    }
    transpose(v);
    uint8_t *p = dst + first * stride;
    for (uint32_t i = 0; i < FRAMES; i++, p += stride) {
      const __m256i b =
        _mm256_permutevar8x32_epi32(_mm256_shuffle_epi8(v[i], gather), join);
      store(p, _mm256_castsi256_si128(b));
      store(p + second, _mm256_extracti128_si256(b, 1));
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
