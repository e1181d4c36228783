/* selftest_wakeups.h - how late this machine wakes a thread, and which link
   offset and headroom it can therefore hold.
   SPDX-License-Identifier: MIT */
#ifndef VSC_CLI_SELFTEST_WAKEUPS_H
#define VSC_CLI_SELFTEST_WAKEUPS_H

#include "engine/histogram.h"
#include "engine/os.h"

/** As many as two engines and their application have. */
#define WAKEUPS_THREADS 3
/** Between two wake-ups: the packet time of the low-latency profile. */
#define WAKEUPS_PERIOD 250000

struct wakeups {
  const char *scheduling; /* "fifo" or "normal" */
  uint64_t count;
  vsc_ns p50, p99, p999, max; /* of the worst thread */
};

/** Measure for DURATION, all threads at once. [main-thread] */
vsc_status
wakeups_measure(const struct os *os, vsc_ns duration, struct wakeups *out);

/** The link offset that survives wake-ups twice as late as LATE: not below
    FLOOR, whole packets of WAKEUPS_PERIOD, at most 20 ms. */
vsc_ns
wakeups_link_offset(vsc_ns late, vsc_ns floor);
/** The same for what an application may take to answer, in frames. */
uint32_t
wakeups_headroom(vsc_ns late, uint32_t floor, uint32_t rate);

#endif
