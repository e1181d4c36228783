/* route_account.h - what the way of a packet (route_rx.c) tells the account of
   its frames (route_account.c). All [audio-thread].
   SPDX-License-Identifier: MIT */
#ifndef VSC_ENGINE_ROUTE_ACCOUNT_H
#define VSC_ENGINE_ROUTE_ACCOUNT_H

#include "route.h"

static inline void
rx_count(struct route_rx *r, enum rx_counter c, uint64_t n) VSC_RT
{
  route_count(&r->counts->counters[c], n);
}

/** A packet begins at D, which is below the timeline's clean_to. */
void
account_begin(struct route_rx *r, vsc_pos d) VSC_RT;
/** What lies between the newest frame and D was not sent, as far as is known:
    marked, and counted when the scan passes; a packet that comes after all may
    still write it. */
void
account_skip(struct route_rx *r, vsc_pos d) VSC_RT;
/** Marks [D, END) as written. Was any frame of it not, or only as skipped? */
int
account_claim(struct route_rx *r, vsc_pos d, vsc_pos end) VSC_RT;
/** [D, END) cannot be written any more: VSC_ERR_LATE, or VSC_OK when it is no
    news. */
vsc_status
account_late(struct route_rx *r, vsc_pos d, vsc_pos end) VSC_RT;

#endif
