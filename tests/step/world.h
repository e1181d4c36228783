/* world.h - the device rig of the unit tests for plain programs: a failure is
   told with the place where it happened, and counted.
   SPDX-License-Identifier: MIT */
#ifndef VSC_TESTS_STEP_WORLD_H
#define VSC_TESTS_STEP_WORLD_H

#include <stdio.h>
#include <stdlib.h>

/** What is being tried, for messages. */
static struct {
  const char *what;
  uint64_t count; /* of instructions before it */
  unsigned failures;
} trial;

#define check(condition, ...)                                                  \
  do {                                                                         \
    if (!(condition)) {                                                        \
      trial.failures++;                                                        \
      fprintf(stderr,                                                          \
              "%s, instruction %llu: not %s: ",                                \
              trial.what,                                                      \
              (unsigned long long)trial.count,                                 \
              #condition);                                                     \
      fprintf(stderr, "" __VA_ARGS__);                                         \
      fprintf(stderr, "\n");                                                   \
    }                                                                          \
  } while (0)
/* What the rig cannot do without. */
#define cr_assert(condition)                                                   \
  do {                                                                         \
    if (!(condition)) {                                                        \
      fprintf(stderr, "%s: not %s\n", trial.what, #condition);                 \
      exit(1);                                                                 \
    }                                                                          \
  } while (0)
#define cr_assert_eq(a, b, ...) cr_assert((a) == (b))

#include "tests/unit/device_rig.h"

#endif
