/* l24.c - the kernels of codec-l24.
   SPDX-License-Identifier: MIT */
#include "modules/codec-l24/l24.h"
#include "modules/shared/bytes.h"
#include "modules/shared/pcm.h"

#include <string.h>

void
l24_decode(const uint8_t *src, const vsc_span *dst) VSC_RT
{
  const size_t stride = (size_t)dst->channels * L24_BYTES;
  for (uint32_t c = 0; c < dst->channels; c++) {
    float *restrict out = dst->ch[c];
    if (!out) {
      continue;
    }
    const uint8_t *restrict p = src + (size_t)c * L24_BYTES;
    /* In blocks, so that gathering is apart from converting, which vectorises.
       A word in the upper three bytes needs no sign extension: 24 significant
       bits convert exactly, and so does the power of two. */
    for (uint32_t done = 0; done < dst->frames; done += PCM_BLOCK) {
      int32_t block[PCM_BLOCK];
      const uint32_t left = dst->frames - done;
      const uint32_t n = left < PCM_BLOCK ? left : PCM_BLOCK;
      for (uint32_t i = 0; i < n; i++, p += stride) {
        block[i] = (int32_t)(be24(p) << 8);
      }
      for (uint32_t i = 0; i < n; i++) {
        out[i] = (float)block[i] * 0x1p-31f;
      }
      out += n;
    }
  }
}

uint32_t
l24_encode(const vsc_span *src, uint8_t *dst) VSC_RT
{
  const size_t stride = (size_t)src->channels * L24_BYTES;
  uint32_t clipped = 0;
  for (uint32_t c = 0; c < src->channels; c++) {
    const float *const in = src->ch[c];
    uint8_t *restrict p = dst + (size_t)c * L24_BYTES;
    for (uint32_t done = 0; done < src->frames; done += PCM_BLOCK) {
      int32_t block[PCM_BLOCK];
      const uint32_t left = src->frames - done;
      const uint32_t n = left < PCM_BLOCK ? left : PCM_BLOCK;
      if (in) {
        clipped += pcm_quantise(in + done, block, n, 0x1p23f);
      } else {
        memset(block, 0, sizeof block);
      }
      for (uint32_t i = 0; i < n; i++, p += stride) {
        put_be24(p, (uint32_t)block[i]);
      }
    }
  }
  return clipped;
}
