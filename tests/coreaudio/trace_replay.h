/* trace_replay.h - asks a driver again what coreaudiod asked one on a Mac, as
   its trace tells, and says where the answer is another.
   SPDX-License-Identifier: MIT */
#ifndef VSC_TESTS_TRACE_REPLAY_H
#define VSC_TESTS_TRACE_REPLAY_H

#include "simulated_host.h"

#include <stdio.h>

/** Zeroed, but for the first group. */
struct replay {
  struct host *host; /* that has loaded the driver; its habit is HOST_WAITS */
  /** The driver's own thread goes on for a tenth of a second. */
  void (*rest)(void *arg);
  void *arg;
  bool is_quiet; /* it tells nothing */
  /* what happened */
  unsigned long lines, bad, calls, others;
  unsigned long read, last; /* of its own lines; the highest number of one */
};

/** Do what LINE, the next one of a log, tells of. What is not of a trace is
    passed over. */
void
replay_line(struct replay *r, const char *line);
/** All of LOG. True: it was a trace, every line was understood, and every
   answer is the same; what was found is told. */
bool
replay_log(struct replay *r, FILE *log);

#endif
