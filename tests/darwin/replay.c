/* replay.c - a trace of somebody's Mac, asked again of the driver in
   VSC_BUNDLE, in true time. Reads stdin. SPDX-License-Identifier: MIT */
#include "tests/coreaudio/mac.h"
#include "tests/coreaudio/trace_replay.h"

#include <mach/mach_time.h>
#include <time.h>

void *
vsc_plugin_create(CFAllocatorRef allocator, CFUUIDRef type);

static UInt64
ticks(void)
{
  return mach_absolute_time();
}

static void
rest(void *arg)
{
  const struct timespec tenth = { 0, 100000000 };
  (void)arg;
  nanosleep(&tenth, NULL);
}

int
main(void)
{
  static struct host h;
  h = (struct host){ .ticks = ticks,
                     .ticks_per_second = MAC_TICKS_PER_SECOND,
                     .slope_ppm = 510,
                     .habit = HOST_WAITS };
  struct replay r = { .host = &h, .rest = rest };
  return !(host_load(&h, vsc_plugin_create) && replay_log(&r, stdin));
}
