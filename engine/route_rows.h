/* route_rows.h - from a stream's channels to the timeline's memory.
   SPDX-License-Identifier: MIT */
#ifndef VSC_ENGINE_ROUTE_ROWS_H
#define VSC_ENGINE_ROUTE_ROWS_H

#include "route.h"

/** Where frame P of each of CHANNELS stream channels lies; NULL for those that
    are mapped nowhere. */
static inline void
route_rows(const struct route_map *map,
           const struct timeline *t,
           vsc_pos p,
           uint32_t channels,
           float *rows[VSC_CHANNELS_MAX]) VSC_RT
{
  for (uint32_t c = 0; c < channels; c++) {
    const uint16_t device = map->device[c];
    rows[c] =
      device == ROUTE_NONE ? NULL : (float *)(void *)timeline_at(t, device, p);
  }
}

/** Ask for where the next packet ends, a packet time ahead: that memory was
    last touched half a ring ago. ROWS are at P, a packet has FRAMES. Nothing
    waits for it, and of a long packet processors foresee the rest. */
static inline void
route_fetch_next(const struct timeline *t,
                 vsc_pos p,
                 uint32_t frames,
                 float *const *rows,
                 uint32_t channels) VSC_RT
{
  const uint32_t end = (uint32_t)p + 2 * frames - 1;
  const ptrdiff_t ahead =
    (ptrdiff_t)(end & t->mask) - (ptrdiff_t)((uint32_t)p & t->mask);
  for (uint32_t c = 0; c < channels; c++) {
    if (rows[c]) {
      __builtin_prefetch(rows[c] + ahead);
    }
  }
}

#endif
