/* steer.c - see steer.h. SPDX-License-Identifier: MIT */
#include "steer.h"

#include <math.h>

/* Seconds in which an error falls to a third. */
#define SECONDS 0.5
/* An error beyond this is a jump: nobody hears a pitch for so long. Seconds. */
#define JUMP 5e-3
/* How far the ratio may go from nominal: less than resampler.h allows. */
#define MOVES 0.005

void
steer_init(struct steer *s, double nominal, double rate)
{
  *s = (struct steer){ .nominal = nominal, .rate = rate, .slew = MOVES };
}

struct steer_step
steer_next(struct steer *s,
           uint32_t frames,
           double wanted,
           double wanted_end) VSC_RT
{
  struct steer_step step = { .ratio = s->nominal };
  const double error = wanted - s->at;
  if (!s->has_begun || fabs(error) > JUMP * s->rate / s->nominal) {
    s->jumps += s->has_begun != 0;
    s->has_begun = 1;
    s->at = floor(wanted);
    step.jumps = 1;
  }
  /* By how much input one frame out is further than the one before. */
  const double faster = (wanted - s->at) / (SECONDS * s->rate);
  const double per_frame =
    (wanted_end - wanted) / frames + fmin(fmax(faster, -s->slew), s->slew);
  const double ratio = 1 / per_frame;
  const double most = s->nominal * (1 + MOVES);
  const double least = s->nominal * (1 - MOVES);
  step.from = s->at;
  step.ratio = ratio > most ? most : ratio < least ? least : ratio;
  s->at += frames / step.ratio;
  return step;
}
