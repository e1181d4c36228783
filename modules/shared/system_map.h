/* system_map.h - the map from host time to the system's TAI, as one steady line
   through noisy readings.
   SPDX-License-Identifier: MIT */
#ifndef VSC_SYSTEM_MAP_H
#define VSC_SYSTEM_MAP_H

#include <vsc/host.h>

#define SYSTEM_MAP_STEP_NS 1000000 /* a larger error is stepped, not slewed */
#define SYSTEM_MAP_RATE_MAX 500e-6 /* most that a view differs from rate 1 */

/** One instant on both clocks. */
struct system_reading {
  vsc_ns host;
  int64_t tai;
};

struct system_map {
  vsc_clock_view view;
  double skew;       /* rate - 1 of TAI against host time, estimated */
  uint32_t readings; /* since the last step */
  int64_t error;     /* of the last reading: TAI - map */
  double offset;     /* error, filtered */
  double jitter;     /* mean deviation of error from it */
};

/** A map through one reading, generation 1. */
void
system_map_init(struct system_map *m, struct system_reading r);
/** Take reading R; the next is due NEXT_NS later, and what error there is will
    be slewed until then. Not 0 when the error was too large: the map stepped,
    generation grew. A reading less than 1 ms after the last one is ignored. */
int
system_map_update(struct system_map *m,
                  struct system_reading r,
                  vsc_ns next_ns);
/** 0 none, 1 poor .. 4 excellent (vsc_clock_report). */
uint32_t
system_map_quality(const struct system_map *m);
/** The one with the median difference: a thread that is put to sleep between
    the two clock reads spoils one of three. */
struct system_reading
system_reading_median(const struct system_reading r[3]);
/** Three of them taken, and the one of these with OFFSET_S added, for a kernel
    that has no offset to UTC; what it has goes to KERNEL_S. [main-thread] */
vsc_status
system_reading_take(const vsc_host *host,
                    int64_t offset_s,
                    int32_t *kernel_s,
                    struct system_reading *out);

#endif
