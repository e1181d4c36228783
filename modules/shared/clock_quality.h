/* clock_quality.h - how good a clock is, in one word's number.
   SPDX-License-Identifier: MIT */
#ifndef VSC_CLOCK_QUALITY_H
#define VSC_CLOCK_QUALITY_H

#include <stdint.h>

/** Of the sizes of filtered offset and jitter, ns: 1 poor .. 4 excellent
    (vsc_clock_report). */
static inline uint32_t
clock_quality(double offset, double jitter)
{
  const double worst = offset > jitter ? offset : jitter;
  return offset < 500 && jitter < 100 ? 4
         : worst < 1000               ? 3
         : worst < 10000              ? 2
                                      : 1;
}

#endif
