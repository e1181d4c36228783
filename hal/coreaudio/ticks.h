/* ticks.h - the host clock as coreaudiod counts it, in ticks, and as ours does,
   in nanoseconds. SPDX-License-Identifier: MIT */
#ifndef VSC_COREAUDIO_TICKS_H
#define VSC_COREAUDIO_TICKS_H

#include <vsc/base.h>

/** How long ticks are on this machine: before the other two. [main-thread] */
void
ticks_init(void);
/** Host time. [thread-safe] */
vsc_ns
ticks_now(void) VSC_RT;
/** The tick at which host time T has come. [thread-safe] */
uint64_t
ticks_at(vsc_ns t) VSC_RT;

#endif
