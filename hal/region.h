/* region.h - how to make, find and check the shared memory between the engine
   and the applications.

   What POSIX shared memory cannot prevent: whoever may write an object may also
   cut it short under those who have mapped it, and their next touch is a
   SIGBUS. For RX that is the engine's user alone (0600 or 0640), for TX also
   the group when there is one. Sizes are checked when it is mapped.
   SPDX-License-Identifier: MIT */
#ifndef VSC_HAL_REGION_H
#define VSC_HAL_REGION_H

#include "region_layout.h"
#include <stdbool.h>

/** One mapped pair; geometry is a checked private copy. */
struct region {
  struct region_rx *rx; /* clients: read-only mapping */
  struct region_tx *tx;
  struct region_geometry geometry;
  uint32_t *in_words;  /* rx timeline */
  uint32_t *out_words; /* tx timeline */
  size_t rx_bytes, tx_bytes;
  char rx_name[REGION_NAME_BYTES], tx_name[REGION_NAME_BYTES];
  uint32_t owner; /* the user whose objects they are */
  /* engine: whom the one before had attached, a ticket a slot; 0: nobody */
  uint64_t attached[REGION_SLOTS];
  bool is_locked; /* engine: the memory cannot be swapped out */
};

/** Object names for an instance in RUNTIME_DIR owned by UID. */
void
region_names(uint32_t uid,
             const char *runtime_dir,
             const char *instance,
             char rx[REGION_NAME_BYTES],
             char tx[REGION_NAME_BYTES]);
/** Is it a geometry that this code can serve? WHY may be NULL. */
bool
region_geometry_ok(const struct region_geometry *g, const char **why);
/** Words from one channel to the next: a few cache lines more than RING. */
uint32_t
region_stride(uint32_t ring);
/** Bytes of the two objects. */
size_t
region_rx_bytes(const struct region_geometry *g);
size_t
region_tx_bytes(const struct region_geometry *g);
/** Check mapped headers against the objects' true sizes; fills OUT->geometry
    and the word pointers. Nothing in the headers is trusted before or after.
    VSC_ERR_MALFORMED, VSC_ERR_UNSUPPORTED for another layout (WHY names both),
    or VSC_ERR_AGAIN while an engine is still making it. */
vsc_status
region_check(struct region *out, char *why, size_t why_bytes);

/** The engine's side: make or take over the objects, for our user and, unless
   GROUP is NULL, its members (we must be one). Memory is allocated (no SIGBUS
   later) and prefaulted. Objects of the same geometry are used again: silent,
   no clock view, `starts` one higher, slots kept. Others are marked superseded
   and replaced. Nothing else may create the same names at the same time (the
   instance's lock). [main-thread] */
vsc_status
region_create(const char *rx_name,
              const char *tx_name,
              const struct region_geometry *g,
              const uint32_t *group,
              struct region *out,
              char *why,
              size_t why_bytes);
/** Remove the objects that our user's engines left when they were killed: those
    whose engine is dead and that no living application is attached to (it waits
    for its engine). Of this layout only. Shared memory does not outlive the
    system, so all are of this boot. How many regions. [main-thread] */
unsigned
region_clear_stale(void);
/** The client's side: map and check. VSC_ERR_NOT_FOUND when there is none,
    VSC_ERR_REFUSED when it may not be opened, or as region_check. */
vsc_status
region_open(const char *rx_name,
            const char *tx_name,
            struct region *out,
            char *why,
            size_t why_bytes);
/** Unmaps; FORGET also removes the names. A zeroed region is fine. */
void
region_close(struct region *region, bool forget);

#endif
