/* steer.h - how fast a resampler between two clocks runs: from where its next
   frame should stand, by the models of both, never from how full a buffer is.
   Pure arithmetic. SPDX-License-Identifier: MIT */
#ifndef VSC_BRIDGE_STEER_H
#define VSC_BRIDGE_STEER_H

#include <stdint.h>
#include <vsc/base.h>

/** In is what goes into the resampler. */
struct steer {
  double nominal; /* frames out for a frame in */
  double rate;    /* frames out per second */
  double slew;    /* how much faster or slower an error may be run off */
  double at;      /* where the next frame out stands: frames in since 0 */
  uint64_t jumps; /* times AT was set anew after the beginning */
  int has_begun;
};

/** What to do for the next block. */
struct steer_step {
  double ratio; /* frames out for a frame in */
  double from;  /* where its first frame stands */
  int jumps;    /* begin anew there, at a whole frame */
};

void
steer_init(struct steer *s, double nominal, double rate);
/** The next block, of FRAMES out: its first frame should stand at WANTED and
   the one behind its last at WANTED_END. A small error is run off within about
   a second, a large one is jumped over. */
struct steer_step
steer_next(struct steer *s,
           uint32_t frames,
           double wanted,
           double wanted_end) VSC_RT;

#endif
