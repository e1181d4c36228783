/* guard.h - memory with a marked border, so that writing over its edge is
   noticed.
   SPDX-License-Identifier: MIT */
#ifndef VSC_CHECK_GUARD_H
#define VSC_CHECK_GUARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct guard {
  struct guard *next; /* for whoever keeps a list */
  void *memory;       /* zeroed, at a cache line plus shift */
  size_t bytes;
  unsigned char *whole;
};

/** SHIFT: bytes off a cache line, below 64. NULL without memory. */
struct guard *
guard_create(size_t bytes, unsigned shift);
void
guard_destroy(struct guard *g);
/** Nobody has written outside. */
bool
guard_is_intact(const struct guard *g);

#endif
