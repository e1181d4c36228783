/* region_map.h - one shared-memory object: open, look at, map. Only the
   region's own files need it. SPDX-License-Identifier: MIT */
#ifndef VSC_HAL_REGION_MAP_H
#define VSC_HAL_REGION_MAP_H

#include "region.h"

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

#endif
