/* listener.h - somebody at node 1 who hears what node 0 plays, frame by frame.
   SPDX-License-Identifier: MIT */
#ifndef VSC_TESTS_LISTENER_H
#define VSC_TESTS_LISTENER_H

#include "sim.h"

#include <string.h>

#define LISTENER_LINK_OFFSET 36 /* 750 us at 48 kHz */

/* Compares device inputs FIRST.. of node 1 with the signal of outputs FIRST..
   of node 0. */
struct listener {
  uint32_t first, channels;
  vsc_pos heard;
  uint64_t exact, silent, wrong;
  int has_begun;
};

static inline void
listen(void *arg, struct sim *sim, unsigned node)
{
  struct listener *const l = arg;
  const struct engine *const e = sim->nodes[node].engine;
  if (node != 1) {
    return;
  }
  const struct region *const r = e->region;
  if (!l->has_begun) {
    l->has_begun = 1;
    l->heard = e->audio.in.final_to;
  }
  for (; l->heard < e->audio.in.final_to; l->heard++) {
    unsigned right = 0;
    unsigned zero = 0;
    for (uint32_t c = l->first; c < l->first + l->channels; c++) {
      float x;
      memcpy(&x,
             &r->in_words[(size_t)c * r->geometry.stride +
                          ((uint64_t)l->heard & (r->geometry.ring - 1))],
             sizeof x);
      right += x == sim_signal(c, l->heard - LISTENER_LINK_OFFSET);
      zero += x == 0.0f;
    }
    l->exact += right == l->channels;
    l->silent += zero == l->channels;
    l->wrong += right != l->channels && zero != l->channels;
  }
}

#endif
