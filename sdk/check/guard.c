/* guard.c - a border of known bytes on both sides.
   SPDX-License-Identifier: MIT */
#include "guard.h"

#include <stdlib.h>
#include <string.h>

#define LINE 64u
#define BORDER 128u
#define MARK 0xA5

struct guard *
guard_create(size_t bytes, unsigned shift)
{
  struct guard *const g = calloc(1, sizeof *g);
  const size_t whole = (bytes / LINE + 2) * LINE + 2 * BORDER;
  if (!g || bytes > SIZE_MAX / 2) {
    free(g);
    return NULL;
  }
  g->whole = aligned_alloc(LINE, whole);
  if (!g->whole) {
    free(g);
    return NULL;
  }
  g->bytes = bytes;
  g->memory = g->whole + BORDER + shift % LINE;
  memset(g->whole, MARK, whole);
  memset(g->memory, 0, bytes);
  return g;
}

void
guard_destroy(struct guard *g)
{
  if (g) {
    free(g->whole);
    free(g);
  }
}

bool
guard_is_intact(const struct guard *g)
{
  const unsigned char *const memory = g->memory;
  unsigned char marks[BORDER + LINE];
  memset(marks, MARK, sizeof marks);
  return memcmp(g->whole, marks, (size_t)(memory - g->whole)) == 0 &&
         memcmp(memory + g->bytes, marks, BORDER) == 0;
}
