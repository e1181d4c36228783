/* client_lease.h - one attachment of a client to a device, from asking to
   leaving.
   SPDX-License-Identifier: MIT */
#ifndef VSC_HAL_CLIENT_LEASE_H
#define VSC_HAL_CLIENT_LEASE_H

#include "region.h"

struct vsc_client;

/** An engine whose heart has not beaten this long is away; it beats at least
    every 100 ms. */
#define CLIENT_AWAY_NS INT64_C(250000000)

/** What we hold at one device: its mapping, a slot, what was granted. Constant
    from when the audio thread may see it. */
struct lease {
  struct region region;
  struct region_slot *slot; /* NULL: none */
  uint64_t ticket;
  uint32_t starts;     /* of the engine that answered */
  uint32_t *out_words; /* the device's, or of our lane */
  vsc_clock_view view; /* when it was granted */
};

/** Is its device served by a living engine, as far as its words tell? */
bool
lease_is_served(const struct lease *l, vsc_ns now);
/** Is the slot ours, and the engine the one that granted it? */
bool
lease_is_ours(const struct lease *l) VSC_RT;

/** Let an engine that has nothing to do look at the slots. */
void
lease_ring(struct lease *l);
/** Claim a free slot and ask. VSC_ERR_REFUSED when all are taken. */
vsc_status
lease_ask(const struct vsc_client *c, struct lease *l);
/** The answer: VSC_OK (granted), VSC_ERR_AGAIN (not yet; *IS_CHANGING: the
   device will be another), or VSC_ERR_REFUSED and why. */
vsc_status
lease_answer(const struct vsc_client *c, struct lease *l, bool *is_changing);
/** Give the slot back, if it still is ours. */
void
lease_leave(struct lease *l);

#endif
