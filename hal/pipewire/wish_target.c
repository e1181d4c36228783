/* wish_target.c - how long the next cycle shall be: PipeWire says so beside the
   clock, and the driver takes it over. SPDX-License-Identifier: MIT */
#include "graph.h"

uint64_t
driver_wish(const struct spa_io_position *position)
{
  const struct spa_io_clock *const clock = &position->clock;
  /* 0: a daemon that does not know of it. */
  return clock->target_duration ? clock->target_duration : clock->duration;
}
