/* platform.h - what the region and its clients need of the system, one file per
   system behind it.
   SPDX-License-Identifier: MIT */
#ifndef VSC_HAL_PLATFORM_H
#define VSC_HAL_PLATFORM_H

#include <stdbool.h>
#include <vsc/base.h>

/** Host time: the raw monotonic clock. [thread-safe] */
vsc_ns
platform_now(void) VSC_RT;
/** Sleep about DURATION; shorter when a signal comes. */
void
platform_sleep(vsc_ns duration);
/** Is process PID alive (a zombie is not)? START: when it began, in the
    system's own units; 0 when that cannot be known. */
bool
platform_process(uint32_t pid, uint64_t *start);
/** What this process is called. */
void
platform_process_name(char *out, size_t bytes);
/** Give the shared-memory object FD exactly BYTES of memory that is really
    there; an errno value, 0 when done. */
int
platform_allocate(int fd, size_t bytes);

#endif
