/* l16.c - the kernels of codec-l16.
   SPDX-License-Identifier: MIT */
#include "modules/codec-l16/l16.h"
#include "modules/shared/bytes.h"
#include "modules/shared/pcm.h"

#include <string.h>

void
l16_decode(const uint8_t *src, const vsc_span *dst) VSC_RT
{
  const size_t stride = (size_t)dst->channels * L16_BYTES;
  for (uint32_t c = 0; c < dst->channels; c++) {
    float *restrict const out = dst->ch[c];
    if (!out) {
      continue;
    }
    const uint8_t *restrict p = src + (size_t)c * L16_BYTES;
    for (uint32_t i = 0; i < dst->frames; i++, p += stride) {
      out[i] = (float)(int16_t)be16(p) * 0x1p-15f;
    }
  }
}

uint32_t
l16_encode(const vsc_span *src, uint8_t *dst) VSC_RT
{
  const size_t stride = (size_t)src->channels * L16_BYTES;
  uint32_t clipped = 0;
  for (uint32_t c = 0; c < src->channels; c++) {
    const float *const in = src->ch[c];
    uint8_t *restrict p = dst + (size_t)c * L16_BYTES;
    for (uint32_t done = 0; done < src->frames; done += PCM_BLOCK) {
      int32_t block[PCM_BLOCK];
      const uint32_t left = src->frames - done;
      const uint32_t n = left < PCM_BLOCK ? left : PCM_BLOCK;
      if (in) {
        clipped += pcm_quantise(in + done, block, n, 0x1p15f);
      } else {
        memset(block, 0, sizeof block);
      }
      for (uint32_t i = 0; i < n; i++, p += stride) {
        put_be16(p, (uint32_t)block[i]);
      }
    }
  }
  return clipped;
}
