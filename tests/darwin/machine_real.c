/* machine_real.c - as tests/coreaudio/mac.c, for the bundle on this machine as
   it is: its clock, at the speed of Apple's processors, and true threads.
   SPDX-License-Identifier: MIT */
#include "shims.h"
#include "tests/coreaudio/mac.h"

#include <mach/mach_time.h>

uint64_t
mach_absolute_time(void)
{
  struct timespec t = { 0, 0 };
  clock_gettime(CLOCK_MONOTONIC_RAW, &t);
  return ((uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec) * MAC_DENOM /
         MAC_NUMER;
}

int
mach_timebase_info(mach_timebase_info_data_t *info)
{
  *info = (mach_timebase_info_data_t){ MAC_NUMER, MAC_DENOM };
  return 0;
}

int
machine_thread(pthread_t *out,
               const pthread_attr_t *attr,
               void *(*run)(void *),
               void *arg)
{
  (void)attr;
  return pthread_create(out, NULL, run, arg);
}

int
machine_sleep(const struct timespec *duration, struct timespec *left)
{
  return nanosleep(duration, left);
}
