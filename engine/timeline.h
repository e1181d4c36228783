/* timeline.h - audio addressed by position: planar words behind each channel,
   with the three edges that say what may be read and what may be written. Its
   memory is the region's, so applications read and write it directly.
   SPDX-License-Identifier: MIT */
#ifndef VSC_ENGINE_TIMELINE_H
#define VSC_ENGINE_TIMELINE_H

#include "hal/region.h"
#include <vsc/stream.h>

/** Edges move in steps of this many frames, so that one 64-bit word of a
    route's bits is cleared at a time and zeroing touches whole cache lines. */
#define TIMELINE_STEP 64

/** Everything here is the audio thread's, but for edges, which all may read. */
struct timeline {
  uint32_t *words; /* channel c, position p: words[c * stride + (p & mask)] */
  struct region_edges *edges;
  uint32_t channels;
  uint32_t frames; /* a power of two */
  uint32_t mask;
  uint32_t stride;
  vsc_pos clean_to; /* the audio thread's own copies: what it wrote last */
  vsc_pos final_to;
};

void
timeline_init(struct timeline *t,
              uint32_t *words,
              struct region_edges *edges,
              uint32_t channels,
              uint32_t frames,
              uint32_t stride);
/** All silence, all edges at POS (rounded down to a step): the start, and a
    step of the clock. [audio-thread] */
void
timeline_reset(struct timeline *t, vsc_pos pos) VSC_RT;
/** Zero ahead of NOW so that clean_to is at least now + frames / 2: raises
    valid_from before it zeroes, stores clean_to after. Returns the old
   clean_to: [old, clean_to) is what was cleaned. [audio-thread] */
vsc_pos
timeline_clean(struct timeline *t, vsc_pos now) VSC_RT;
/** What clean_to will be after timeline_clean. [audio-thread] */
vsc_pos
timeline_clean_end(const struct timeline *t, vsc_pos now) VSC_RT;
/** Silence in the slots of [FROM, TO), at most the whole ring, of COUNT
    channels. [audio-thread] */
void
timeline_zero(const struct timeline *t,
              uint32_t first,
              uint32_t count,
              vsc_pos from,
              vsc_pos to) VSC_RT;
/** Frames below P are never written again; never goes back. [audio-thread] */
void
timeline_finish(struct timeline *t, vsc_pos p) VSC_RT;

/** Oldest position whose slot still is its own. [audio-thread] */
static inline vsc_pos
timeline_oldest(const struct timeline *t) VSC_RT
{
  return t->clean_to - (vsc_pos)t->frames;
}

/** Where channel C's frame P lies; RUN frames lie behind each other, at most
    WANT. */
static inline uint32_t *
timeline_at(const struct timeline *t, uint32_t c, vsc_pos p) VSC_RT
{
  return t->words + (size_t)c * t->stride + ((uint32_t)p & t->mask);
}
static inline uint32_t
timeline_run(const struct timeline *t, vsc_pos p, uint32_t want) VSC_RT
{
  const uint32_t left = t->frames - ((uint32_t)p & t->mask);
  return want < left ? want : left;
}

#endif
