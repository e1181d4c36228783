/* rtsp_host.h - one host that is asked for sessions: when it is connected to,
   which question is next, and what becomes of the answer.
   SPDX-License-Identifier: MIT */
#ifndef VSC_MDNS_RTSP_HOST_H
#define VSC_MDNS_RTSP_HOST_H

#include "rtsp_client.h"

/** H is a zeroed place of C. */
void
rtsp_host_init(struct rtsp_host *h, struct rtsp_client *c);
/** The one that URL leads to, a new one if need be; NULL: no place. IS_FIRST:
    also one of those that are kept for sessions that somebody asked for. */
struct rtsp_host *
rtsp_host_for(struct rtsp_client *c, const struct rtsp_url *url, bool is_first);
/** Connect, ask, or give up, if it is time. Not from a link's events. */
void
rtsp_host_tick(struct rtsp_host *h);
/** Something is awaited or due: tick every second. */
bool
rtsp_host_is_busy(const struct rtsp_host *h);
/** The row W of it has just been forgotten: the last one ends it. */
void
rtsp_host_release(struct rtsp_host *h, const struct rtsp_wanted *w);
/** End the connection and forget it. */
void
rtsp_host_leave(struct rtsp_host *h);

/** rtsp_client.c: a description of W has come; false: it is of no use. */
bool
rtsp_wanted_take(struct rtsp_client *c,
                 struct rtsp_wanted *w,
                 struct slice body);
/** The host says that there is no W. */
void
rtsp_wanted_gone(struct rtsp_client *c, struct rtsp_wanted *w, const char *why);

#endif
