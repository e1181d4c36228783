/* pcm_path.h - what one set of instructions has to do: eight channels, and
   everything around them is pcm.c's.
   SPDX-License-Identifier: MIT */
#ifndef VSC_PCM_PATH_H
#define VSC_PCM_PATH_H

#include "modules/shared/pcm.h"

#define PCM_ROWS 8

struct pcm_path {
  const char *name;
  uint32_t frames_min; /* fewer go to the next path; 0: plain C, takes any */
  /** FRAMES frames of eight samples, frame i at SRC + i * STRIDE, to
      row[c][i]. Reads nothing else. Writes no more, but some words twice.
      [audio-thread] */
  void (*decode)(const struct pcm_layout *layout,
                 const uint8_t *src,
                 size_t stride,
                 float *const row[PCM_ROWS],
                 uint32_t frames) VSC_RT;
  /** The other way. Not 0: some word is beyond full scale, or NaN, and need not
      be right. STRIDE may be shorter than eight samples: frames are written in
     ascending order, and of two that overlap the later one wins. [audio-thread]
   */
  int (*encode)(const struct pcm_layout *layout,
                float *const row[PCM_ROWS],
                uint8_t *dst,
                size_t stride,
                uint32_t frames) VSC_RT;
};

/** Where the tile of N frames at AT begins: the last one of FRAMES, at least N,
    early enough to be whole. */
static inline uint32_t
pcm_tile(uint32_t at, uint32_t n, uint32_t frames) VSC_RT
{
  return at + n <= frames ? at : frames - n;
}

/** The reference, a whole span at a time. [audio-thread] */
void
pcm_plain_decode(const struct pcm_layout *layout,
                 const uint8_t *src,
                 const vsc_span *dst) VSC_RT;
uint32_t
pcm_plain_encode(const struct pcm_layout *layout,
                 const vsc_span *src,
                 uint8_t *dst) VSC_RT;

/* Each is in its own file, which CMake chooses for the processor. */
extern const struct pcm_path pcm_plain, pcm_ssse3, pcm_avx2, pcm_neon;

#endif
