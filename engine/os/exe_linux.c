/* exe_linux.c - the running program's own path.
   SPDX-License-Identifier: MIT */
#include "engine/paths.h"

#include <unistd.h>

vsc_status
exe_path(char *out, size_t bytes)
{
  const ssize_t got = readlink("/proc/self/exe", out, bytes);
  if (got <= 0 || (size_t)got >= bytes) {
    return VSC_ERR_SYSTEM;
  }
  out[got] = '\0';
  return VSC_OK;
}
