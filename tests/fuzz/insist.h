/* insist.h - what must be true of whatever a fuzzer feeds: the program dies
   where it is not. SPDX-License-Identifier: MIT */
#ifndef VSC_TESTS_INSIST_H
#define VSC_TESTS_INSIST_H

#include <stdlib.h>

static inline void
insist(int truth)
{
  if (!truth) {
    abort();
  }
}

/** An error function: counts the lines that say something in the unsigned
    at ARG. */
static inline void
count_line(void *arg, const char *line)
{
  unsigned *const lines = arg;
  *lines += *line != '\0';
}

#endif
