/* fuzz_trace.c - whatever somebody sends as the trace of a Mac: it is read and
   given to the driver. SPDX-License-Identifier: MIT */
#include "insist.h"

#include "tests/coreaudio/mac.h"
#include "tests/coreaudio/minicf.h"
#include "tests/coreaudio/trace_replay.h"

#include <string.h>

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

void *
vsc_plugin_create(CFAllocatorRef allocator, CFUUIDRef type);

static struct host host = { .ticks_per_second = MAC_TICKS_PER_SECOND,
                            .habit = HOST_WAITS,
                            .is_quiet = true };
static vsc_ns now = 1000000000;

static vsc_ns
virtual_now(void)
{
  return now;
}

static UInt64
ticks(void)
{
  return (UInt64)now * MAC_DENOM / MAC_NUMER;
}

static void
rest(void *arg)
{
  (void)arg;
  now += 100000000;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct replay r = { .host = &host, .rest = rest, .is_quiet = true };
  char line[1024];
  if (!host.ticks) {
    mac_now = virtual_now;
    host.ticks = ticks;
    insist(host_load(&host, vsc_plugin_create));
  }
  while (size > 0) {
    const uint8_t *const end = memchr(data, '\n', size);
    const size_t length = end ? (size_t)(end - data) : size;
    const size_t kept = length < sizeof line ? length : sizeof line - 1;
    memcpy(line, data, kept);
    line[kept] = '\0';
    replay_line(&r, line);
    data += length + (end != NULL);
    size -= length + (end != NULL);
  }
  insist(r.calls + r.bad <= r.lines && minicf_living() == 0);
  return 0;
}
