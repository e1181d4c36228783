/* served_device.h - for programs that look at a device's shared memory beside
   its applications: where it is, once an engine serves it.
   SPDX-License-Identifier: MIT */
#ifndef VSC_NET_SERVED_DEVICE_H
#define VSC_NET_SERVED_DEVICE_H

#include "hal/platform.h"
#include "hal/region.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define STEP 5000000  /* ns between two looks */
#define PATIENCE 2000 /* looks: ten seconds */

/* Below $XDG_RUNTIME_DIR; false after ten seconds without one. */
static bool
served_device(const char *instance, struct region *out)
{
  char dir[512];
  char rx[REGION_NAME_BYTES];
  char tx[REGION_NAME_BYTES];
  char why[240] = "no runtime folder";
  struct stat st;
  snprintf(dir, sizeof dir, "%s/aes67", getenv("XDG_RUNTIME_DIR"));
  for (int i = 0; i < PATIENCE; i++) {
    if (stat(dir, &st) == 0) {
      region_names((uint32_t)st.st_uid, dir, instance, rx, tx);
      if (region_open(rx, tx, out, why, sizeof why) == VSC_OK) {
        if (atomic_load(&out->rx->state) == REGION_RUNNING) {
          return true;
        }
        region_close(out, false);
      }
    }
    platform_sleep(STEP);
  }
  fprintf(stderr, "%s\n", why);
  return false;
}

#endif
