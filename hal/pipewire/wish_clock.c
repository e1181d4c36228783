/* wish_clock.c - how long the next cycle shall be: PipeWire before 0.3.68 says
   so in the clock itself. SPDX-License-Identifier: MIT */
#include "graph.h"

uint64_t
driver_wish(const struct spa_io_position *position)
{
  return position->clock.duration;
}
