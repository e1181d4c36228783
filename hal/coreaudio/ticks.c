/* ticks.c - converts between ticks and nanoseconds: 125/3 of them on Apple
   silicon, 1 elsewhere. SPDX-License-Identifier: MIT */
#include "ticks.h"

#include <mach/mach_time.h>

/* It reads a register: no system call, no lock. */
uint64_t
mach_absolute_time(void) VSC_RT;

static uint64_t numer = 1, denom = 1;

void
ticks_init(void)
{
  mach_timebase_info_data_t info;
  if (mach_timebase_info(&info) == 0 && info.numer && info.denom) {
    numer = info.numer;
    denom = info.denom;
  }
}

/* x * a / b without overflow in between: whole multiples and the rest apart. */
static uint64_t
scale(uint64_t x, uint64_t a, uint64_t b) VSC_RT
{
  return x / b * a + x % b * a / b;
}

vsc_ns
ticks_now(void) VSC_RT
{
  return (vsc_ns)scale(mach_absolute_time(), numer, denom);
}

uint64_t
ticks_at(vsc_ns t) VSC_RT
{
  return t > 0 ? scale((uint64_t)t + (numer - 1) / denom, denom, numer) : 0;
}
