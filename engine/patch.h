/* patch.h - copies words between the device's own timelines, by position: what
   applications play to what they hear (a loopback), or what was received to
   what is sent (a reflection). The word at p comes out at p + delay.
   SPDX-License-Identifier: MIT

   At the wake-up for T, the one before having been for T', a patch moves
   [T', T) to [T' + delay, T + delay): after everything that arrives has been
   written, before the input timeline is final up to T. What may be read and
   written then:

   Source frames below T are done. Applications write outputs at or above the
   present only, and T is not after it; nobody writes inputs below T any more.
   (An application that was held up between looking at the clock and writing is
   late here as it is for a sender.)

   Inputs are written from final_to on, which by then is max(T', now - S_in):
   below it readers may have heard silence. With a delay of W or more every
   target of a wake-up in time is at or above T, so only wake-ups that are more
   than delay + S_in - W later than T' + W lose frames.

   Outputs are written from T' on: senders have taken nothing above it, and run
   after this. So a reflection needs no delay and is never late for them.

   Slots hold [clean_to - ring, clean_to). What a stall has pushed out of that,
   at either end, cannot be moved. What cannot is counted as late.

   A start and a step of the clock forget T': nothing of before is moved. Where
   one patch feeds another it runs first, and a frame passes both in one
   wake-up; in a circle none could be first. */
#ifndef VSC_ENGINE_PATCH_H
#define VSC_ENGINE_PATCH_H

#include "mix.h"

struct device;

/** What is known of a patch; outlives the graphs it is in. */
struct patch_state {
  /* main thread writes */
  _Atomic uint64_t muted[2]; /* a bit per channel of the patch: silence */
  _Atomic uint32_t left_out; /* a bit per lane: not heard here */
  /* audio thread writes */
  _Atomic uint64_t frames;      /* moved */
  _Atomic uint64_t late_frames; /* dropped */
  _Atomic uint64_t nan;         /* samples that were no number: 0 instead */
  _Atomic uint64_t excluded;    /* frames of which somebody was left out */
  /* The peak of each channel, as the bits of a float; it falls by 20 dB a
     second and is 1000 (60 dBFS) at most. */
  _Atomic uint32_t levels[VSC_CHANNELS_MAX];
};

/** Constant once its graph is published. */
struct patch {
  struct patch_state *state;
  const struct device *device; /* whose outputs SOURCE is; NULL: a reflection */
  const struct mix *mix;       /* SOURCE's lanes; NULL: it has none */
  const struct timeline *source;
  struct timeline *target;
  uint32_t delay; /* frames */
  uint32_t channels;
  float fall;      /* of levels, a factor per wake-up */
  uint64_t raw[2]; /* a bit per channel whose words are no floats */
  uint16_t from[VSC_CHANNELS_MAX], to[VSC_CHANNELS_MAX];
};

/** How much levels fall between wake-ups of WAKE_FRAMES. [main-thread] */
float
patch_fall(uint32_t wake_frames, uint32_t rate);
/** Move frames [FIRST, END): those of one wake-up. [audio-thread] */
void
patch_run(const struct patch *p, vsc_pos first, vsc_pos end) VSC_RT;

/** Is bit CHANNEL set? */
static inline int
patch_bit(const uint64_t bits[2], uint32_t channel) VSC_RT
{
  return (int)(bits[channel / 64] >> channel % 64 & 1);
}

#endif
