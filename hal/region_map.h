/* region_map.h - one shared-memory object: open, look at, map. Only the
   region's own files need it. SPDX-License-Identifier: MIT */
#ifndef VSC_HAL_REGION_MAP_H
#define VSC_HAL_REGION_MAP_H

#include "region.h"

#include <sys/types.h>

struct region_object {
  void *address;
  size_t bytes; /* true size, all mapped */
  uint32_t owner;
};

/** Map NAME as it is. VSC_ERR_NOT_FOUND, VSC_ERR_REFUSED (no permission),
    VSC_ERR_AGAIN (still empty), VSC_ERR_MALFORMED (smaller than LEAST or larger
    than any device), VSC_ERR_SYSTEM; WHY is one sentence. */
vsc_status
region_map(const char *name,
           bool is_writable,
           size_t least,
           struct region_object *out,
           char *why,
           size_t why_bytes);
/** Fill in the geometry and where the timelines are. */
void
region_place(struct region *region, const struct region_geometry *g);

/* What systems do each in their own way, in region_*_linux.c and
   region_darwin.c. */

/** A new object, or -1 and errno; then give it to its group. */
int
region_os_make(const char *name, mode_t mode, const uint32_t *group);
/** Our user, and unless it is NULL the GROUP, may open FD with MODE, and nobody
    else. 0, or an errno value. */
int
region_os_admit(int fd, mode_t mode, const uint32_t *group);
/** Something to close when the object has been taken over, until when nobody
    clears it away as a dead engine's; or -1. */
int
region_os_hold(const char *rx_name);

#endif
