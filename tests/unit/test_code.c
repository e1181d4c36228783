/* test_code.c - every page of the program is there before the audio thread
   runs. SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>

#include "engine/os/code.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* KiB of the mapping that holds WHERE, or of what of it has a page. */
static unsigned long
kilobytes(const void *where, const char *key)
{
  const uint64_t at = (uint64_t)(uintptr_t)where;
  unsigned long value = 0;
  bool is_here = false;
  char line[512];
  FILE *const file = fopen("/proc/self/smaps", "r");
  cr_assert(file);
  while (fgets(line, sizeof line, file)) {
    uint64_t from, to;
    if (sscanf(line, "%" SCNx64 "-%" SCNx64, &from, &to) == 2) {
      is_here = at >= from && at < to;
    } else if (is_here && strncmp(line, key, strlen(key)) == 0) {
      value = strtoul(line + strlen(key), NULL, 10);
    }
  }
  fclose(file);
  return value;
}

Test(code, is_there_after_prefault)
{
  code_prefault(NULL);
  /* Of this program, and of the C library. */
  const void *const places[] = { (const void *)(uintptr_t)kilobytes,
                                 (const void *)(uintptr_t)strtoul };
  for (unsigned i = 0; i < 2; i++) {
    const unsigned long size = kilobytes(places[i], "Size:");
    cr_expect_gt(size, 0);
    cr_expect_eq(kilobytes(places[i], "Rss:"), size);
  }
}
