/* code_darwin.c - what is mapped of a program, as its loader knows it.
   SPDX-License-Identifier: MIT */
#include "code.h"

#include <mach-o/dyld.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

struct mach_header_64;
/* mach-o/getsect.h, which not everything that stands for an SDK has. */
uint8_t *
getsegmentdata(const struct mach_header_64 *image,
               const char *segment,
               unsigned long *bytes);

/* The system's libraries are one file that every program has in memory; the
   program and its module are what may be missing. */
void
code_prefault(const char *path)
{
  for (uint32_t i = 0; i < _dyld_image_count(); i++) {
    const char *const name = _dyld_get_image_name(i);
    if (i == 0 || (path && name && strcmp(name, path) == 0)) {
      unsigned long bytes = 0;
      const void *const text =
        getsegmentdata((const struct mach_header_64 *)_dyld_get_image_header(i),
                       "__TEXT",
                       &bytes);
      if (text) {
        (void)mlock(text, bytes);
      }
    }
  }
}
