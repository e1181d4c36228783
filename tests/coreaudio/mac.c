/* mac.c - time and threads of the machine that is not there.
   SPDX-License-Identifier: MIT */
#include "mac.h"

#include "hal/coreaudio/tender.h"

#include <mach/mach_time.h>
#include <stdint.h>

vsc_ns (*mac_now)(void);
vsc_ns mac_due = INT64_MAX;

static vsc_ns (*step)(void *arg);
static void *step_arg;

uint64_t
mach_absolute_time(void)
{
  return (uint64_t)mac_now() * MAC_DENOM / MAC_NUMER;
}

int
mach_timebase_info(mach_timebase_info_data_t *info)
{
  *info = (mach_timebase_info_data_t){ MAC_NUMER, MAC_DENOM };
  return 0;
}

vsc_status
tender_start(vsc_ns (*fn)(void *arg), void *arg)
{
  step = fn;
  step_arg = arg;
  mac_due = mac_now();
  return VSC_OK;
}

void
mac_turn(void)
{
  mac_due = mac_now() + step(step_arg);
}
