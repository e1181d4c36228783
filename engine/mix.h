/* mix.h - several applications on one output channel: each writes a lane, a
   timeline of its own behind the device's, and the audio thread puts the lanes
   together into the device's before anybody reads that.

   Who has a lane goes from thread to thread in two words: the main thread
   grants and releases it, the audio thread takes it and lets it go once all
   that was written there has been heard. Only then is it granted again.
   SPDX-License-Identifier: MIT */
#ifndef VSC_ENGINE_MIX_H
#define VSC_ENGINE_MIX_H

#include "timeline.h"

struct mix_lane {
  /* constant after mix_init */
  struct timeline timeline; /* without edges: those of the device hold */
  /* main thread writes: first | count << 8 of the writer's channels, no count:
     nobody's; above, the how manieth writer it is */
  _Atomic uint32_t granted;
  /* audio thread writes: what it was granted and sums, or is done with */
  _Atomic uint32_t taken;
  /* audio thread */
  vsc_pos whole_to; /* from here on it is silence, whatever lies there */
  vsc_pos until; /* of one that was released: nothing is written from here on */
};

struct mix {
  /* constant after mix_init */
  uint32_t count; /* of lanes; 0: applications write to the device's timeline */
  uint32_t channels;
  /* main thread writes */
  _Atomic uint64_t raw[2]; /* a bit per channel whose words are no floats */
  /* audio thread writes */
  _Atomic uint64_t
    saturated; /* samples that were summed to beyond full scale */
  /* audio thread */
  vsc_pos done; /* frames below are in the device's timeline */
  uint64_t raw_seen[2];
  uint16_t writers[VSC_CHANNELS_MAX]; /* a bit per lane */
  struct mix_lane lanes[REGION_LANES_MAX];
};

/** Lanes as REGION has them; nobody has one. [main-thread] */
void
mix_init(struct mix *m, const struct region *region);
/** A lane that can be granted, 1..count; PREFERRED when it can. VSC_ERR_AGAIN:
    one will soon be free; VSC_ERR_REFUSED: none. [main-thread] */
vsc_status
mix_find(const struct mix *m, uint32_t preferred, uint32_t *out);
/** Lane LANE, silent, to the writer of these channels. [main-thread] */
void
mix_grant(struct mix *m, uint32_t lane, uint32_t first, uint32_t count);
/** The writer is gone; what it wrote is still heard. [main-thread] */
void
mix_release(struct mix *m, uint32_t lane);
/** Nothing is heard any more: [main-thread], while no audio thread runs. */
void
mix_stop(struct mix *m);
/** Words of CHANNEL are bits: one writer's are passed on, never a sum.
    [main-thread] */
void
mix_set_raw(struct mix *m, uint32_t channel, bool is_raw);

/** Is what LANE's writer, who is gone, had written still heard? [main-thread]
 */
bool
mix_is_heard(const struct mix *m, uint32_t lane);

/** All silence: before timeline_reset of the device's OUT at POS.
    [audio-thread] */
void
mix_reset(struct mix *m, vsc_pos pos) VSC_RT;
/** Take and let go lanes; zero ahead in those in use. Before timeline_clean of
    OUT at NOW, which lets applications write there. [audio-thread] */
void
mix_clean(struct mix *m, const struct timeline *out, vsc_pos now) VSC_RT;
/** Frames below T into OUT: one writer's word for word, several as the sum of
    floats, NaN as 0. Writers are done with them. [audio-thread] */
void
mix_run(struct mix *m, struct timeline *out, vsc_pos t) VSC_RT;
/** RUN frames of channel C at P, which wrap nowhere, of the lanes in WRITERS (a
    bit each) into WORDS, as mix_run puts them; how many samples are beyond full
    scale. Only what mix_run has come to. [audio-thread] */
uint32_t
mix_put(const struct mix *m,
        uint32_t writers,
        uint32_t c,
        vsc_pos p,
        uint32_t run,
        uint32_t *words) VSC_RT;

#endif
