/* guarded.h - memory whose neighbours cannot be touched: one word too far is a
   SIGSEGV, with and without a sanitizer.
   SPDX-License-Identifier: MIT */
#ifndef VSC_TESTS_GUARDED_H
#define VSC_TESTS_GUARDED_H

#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

#define GUARD 65536 /* bytes; no page is larger */

/** BYTES of them: whole pages. Never freed. */
static inline void *
guarded(size_t bytes)
{
  uint8_t *const all = mmap(
    NULL, bytes + 2 * GUARD, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (all == MAP_FAILED ||
      mprotect(all + GUARD, bytes, PROT_READ | PROT_WRITE)) {
    abort();
  }
  return all + GUARD;
}

#endif
