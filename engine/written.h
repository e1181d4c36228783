/* written.h - how far the applications have written, as the audio thread finds
   it once a wake-up: whatever is taken from the device at that wake-up has all
   channels of an application, or none.

   A client copies its channels one after the other and then says how far it has
   come. What lies above that may be half of a block, or the leftover of one
   that was held up for so long that its place is another position's by now; so
   it is silence. SPDX-License-Identifier: MIT */
#ifndef VSC_ENGINE_WRITTEN_H
#define VSC_ENGINE_WRITTEN_H

#include "mix.h"

struct written {
  /* main thread writes */
  _Atomic uint64_t owners[VSC_CHANNELS_MAX]; /* slots of an output channel */
  _Atomic uint64_t writers;                  /* slots that own any */
  /* How far the owner before had written: that is heard until the next one has
     begun. */
  _Atomic int64_t floors[VSC_CHANNELS_MAX];
  /* By lane, 0 being the first. */
  struct {
    _Atomic uint32_t writer; /* slot + 1; 0: its writer is gone */
    _Atomic int64_t end;     /* and had written up to here */
  } lanes[REGION_LANES_MAX];
  /* main thread: of those that are stopped or gone, how far one had written */
  vsc_pos left_to;
  /* audio thread: of this wake-up */
  vsc_pos all_to;                        /* no channel is behind this */
  vsc_pos whole_to[VSC_CHANNELS_MAX];    /* frames below are whole */
  vsc_pos expected_to[VSC_CHANNELS_MAX]; /* ... or nobody plays */
};

/** Nobody writes. [main-thread] */
void
written_init(struct written *w);
/** Slot SLOT has COUNT channels from FIRST on, in LANE (0: the device's own).
    [main-thread] */
void
written_grant(struct written *w,
              unsigned slot,
              uint32_t lane,
              uint32_t first,
              uint32_t count);
/** It is gone; what it has not finished never was. Before its slot is free.
    [main-thread] */
void
written_release(struct written *w,
                const struct region *region,
                unsigned slot,
                uint32_t lane,
                uint32_t first,
                uint32_t count);
/** Positions begin anew. [main-thread] */
void
written_forget(struct written *w);

/** Slot SLOT's client has stopped: what it has written is to be sent.
    [main-thread] */
void
written_keep(struct written *w, const struct region *region, unsigned slot);
/** Is anything of that still to be sent? [main-thread] */
bool
written_is_left(const struct written *w, const struct region *region);

/** How far everybody is, for frames below T; tells the lanes of M, too.
    [audio-thread] */
void
written_look(struct written *w,
             const struct region *region,
             struct mix *m,
             vsc_pos t) VSC_RT;

#endif
