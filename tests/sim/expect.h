/* expect.h - what a simulation expects: each failure is told, and counted for
   the program's exit. SPDX-License-Identifier: MIT */
#ifndef VSC_TESTS_EXPECT_H
#define VSC_TESTS_EXPECT_H

#include <stdio.h>

static int failures;

static inline void
expect(int is_true, const char *what)
{
  if (!is_true) {
    fprintf(stderr, "failed: %s\n", what);
    failures++;
  }
}

#endif
