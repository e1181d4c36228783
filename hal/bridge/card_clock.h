/* card_clock.h - the clock of a sound card, in host time: which frame it plays
   (or has recorded) when. A Kalman filter of three states, phase, rate and how
   fast that wanders, over what the card says now and then; pure arithmetic.
   SPDX-License-Identifier: MIT */
#ifndef VSC_BRIDGE_CARD_CLOCK_H
#define VSC_BRIDGE_CARD_CLOCK_H

#include <stdint.h>
#include <vsc/base.h>

#define CARD_CLOCK_STATES 3

/** Frames are counted from 0, when the card was started. */
struct card_clock {
  double nominal; /* frames per host second */
  uint64_t samples;
  vsc_ns at;                                      /* host time of the state */
  double frames;                                  /* at that time */
  double drift;                                   /* rate / nominal - 1 */
  double wander;                                  /* of drift, per second */
  double p[CARD_CLOCK_STATES][CARD_CLOCK_STATES]; /* covariance of the three */
  double noise;   /* variance of what the card says, frames^2 */
  int far;        /* samples in a row that were far off; sign: which way */
  uint64_t steps; /* times the card had gone elsewhere */
};

/** A card at NOMINAL frames per second, of which nothing is known. */
void
card_clock_init(struct card_clock *c, double nominal) VSC_RT;
/** At host time T the card was at FRAMES. What is far from all that was heard
    before counts little; when all that comes is far, the card has gone
    elsewhere. */
void
card_clock_add(struct card_clock *c, vsc_ns t, double frames) VSC_RT;
/** It begins anew with frame 0 at host time T; its rate is thought to be what
   it was, within DOUBT of itself more than before. At least one sample has been
    added. */
void
card_clock_restart(struct card_clock *c, vsc_ns t, double doubt) VSC_RT;
/** Has enough been heard to rely on it: the rate to a millionth? */
int
card_clock_is_settled(const struct card_clock *c);
/** The frame at host time T, and the host time of a frame. At least one sample
    has been added. */
double
card_clock_frame(const struct card_clock *c, vsc_ns t) VSC_RT;
vsc_ns
card_clock_time(const struct card_clock *c, double frame);

#endif
