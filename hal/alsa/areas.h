/* areas.h - between the channel areas of an ALSA application and interleaved
   frames, as the device's client takes them. SPDX-License-Identifier: MIT */
#ifndef VSC_HAL_ALSA_AREAS_H
#define VSC_HAL_ALSA_AREAS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <alsa/asoundlib.h>

/** A run of frames in an application's memory. */
struct areas {
  const snd_pcm_channel_area_t *area; /* one a channel */
  unsigned channels;
  size_t bytes; /* of a sample: 2, 3 or 4 */
  bool is_s24;  /* 24 bits in the low bytes of 32: the device has them in
                   the high ones */
  uint32_t frames;
  snd_pcm_uframes_t from;
};

/** The first frame, where they are interleaved already; else NULL. */
uint8_t *
areas_interleaved(const struct areas *a);
/** All frames to BLOCK, interleaved. */
void
areas_get(const struct areas *a, uint8_t *block);
/** And back; BLOCK is only read. */
void
areas_put(const struct areas *a, uint8_t *block);

#endif
