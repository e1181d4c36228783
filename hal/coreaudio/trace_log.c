/* trace_log.c - the factory of a bundle that traces, and its lines in the
   system's log. SPDX-License-Identifier: MIT */
#include "trace.h"

#include <os/log.h>

/* plugin.c's, which has this name in such a bundle. */
void *
vsc_plugin_create_quiet(CFAllocatorRef allocator, CFUUIDRef type);
__attribute__((visibility("default"))) void *
vsc_plugin_create(CFAllocatorRef allocator, CFUUIDRef type);

void
trace_put(const char *line)
{
  os_log_with_type(os_log_create("org.aes67-vsc", "trace"),
                   OS_LOG_TYPE_DEFAULT,
                   "%{public}s",
                   line);
}

void *
vsc_plugin_create(CFAllocatorRef allocator, CFUUIDRef type)
{
  static AudioServerPlugInDriverRef traced;
  const AudioServerPlugInDriverRef driver =
    vsc_plugin_create_quiet(allocator, type);
  if (driver && !traced) {
    traced = driver;
    trace_driver(driver);
  }
  return driver;
}
