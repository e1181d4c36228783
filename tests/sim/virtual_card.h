/* virtual_card.h - the crystal of a sound card, and how late its position is
   read. SPDX-License-Identifier: MIT */
#ifndef VSC_TESTS_VIRTUAL_CARD_H
#define VSC_TESTS_VIRTUAL_CARD_H

#include <math.h>
#include <stdint.h>

/** A card: its true frame is an integral, kept in steps of a block. */
struct card {
  double ppm, wander; /* the latter of a sine over half an hour */
  uint64_t seed;
  double time;     /* host seconds */
  double steps_at; /* when it stands still for a while, 0: never */
};

static inline double
card_noise(struct card *c)
{
  c->seed = c->seed * 6364136223846793005u + 1442695040888963407u;
  return (double)(c->seed >> 11) / 9007199254740992.0;
}

/** Off the host's clock by this share. */
static inline double
card_drift(const struct card *c)
{
  return 1e-6 * (c->ppm + c->wander * sin(c->time * 6.283185307179586 / 1800));
}

/** How late the reader of the card's position is, in seconds: a few
    microseconds, often some hundred, now and then milliseconds. Position and
    time are not read at once. */
static inline double
card_lateness(struct card *c)
{
  const double x = card_noise(c);
  const double y = card_noise(c);
  return x < 0.005 ? 5e-3 * y : x < 0.1 ? 300e-6 * y : 30e-6 * y;
}

#endif
