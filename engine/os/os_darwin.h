/* os_darwin.h - time as macOS counts it. SPDX-License-Identifier: MIT */
#ifndef VSC_ENGINE_OS_DARWIN_H
#define VSC_ENGINE_OS_DARWIN_H

#include "system.h"

/** A time of mach_absolute_time() in ns. */
vsc_ns
mach_ns(uint64_t ticks) VSC_RT;

#endif
