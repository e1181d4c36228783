/* mach_time.h - the host clock of macOS as it is documented, declared anew for
   builds without its SDK.
   SPDX-License-Identifier: MIT */
#ifndef VSC_APPLE_MACH_TIME_H
#define VSC_APPLE_MACH_TIME_H

#include <stdint.h>

typedef struct mach_timebase_info {
  uint32_t numer; /* nanoseconds are ticks * numer / denom */
  uint32_t denom;
} mach_timebase_info_data_t;

uint64_t
mach_absolute_time(void);
/** 0 when INFO was filled in. */
int
mach_timebase_info(mach_timebase_info_data_t *info);

#endif
