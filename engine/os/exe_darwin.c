/* exe_darwin.c - the running program's own path.
   SPDX-License-Identifier: MIT */
#include "engine/paths.h"

#include <mach-o/dyld.h>
#include <stdlib.h>
#include <string.h>

vsc_status
exe_path(char *out, size_t bytes)
{
  char name[PATHS_BYTES];
  uint32_t room = sizeof name;
  char *const real =
    _NSGetExecutablePath(name, &room) == 0 ? realpath(name, NULL) : NULL;
  const size_t length = real ? strlen(real) : bytes;
  if (length < bytes) {
    memcpy(out, real, length + 1);
  }
  free(real);
  return length < bytes ? VSC_OK : VSC_ERR_SYSTEM;
}
