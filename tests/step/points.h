/* points.h - at which instructions of a call to kill a process.

   To everybody else a process is the same after two instructions when neither
   has changed the shared memory's words (the timelines' samples aside) nor
   called the C library, and with it perhaps the system. One of each such row is
   enough for calls that are long; ./test long takes all.
   SPDX-License-Identifier: MIT */
#ifndef VSC_TESTS_STEP_POINTS_H
#define VSC_TESTS_STEP_POINTS_H

#include "step.h"

#define POINTS_MOST 8192

struct points {
  uint64_t at[POINTS_MOST]; /* kill after so many instructions */
  unsigned count;
  uint64_t instructions; /* of the call */
};

/** Go through the call that S is at the beginning of, to its end. RX and TX are
    the names of the region's objects; TAKES_ALL: every instruction. */
void
points_find(struct points *p,
            struct step *s,
            const char *rx,
            const char *tx,
            bool takes_all);

#endif
