/* rtsp_server.h - our sessions, described to whoever asks: DESCRIBE by-name and
   by-id, ANNOUNCE when one changes, and as much of SETUP and PLAY as a program
   needs that then joins the group. All [main-thread].
   SPDX-License-Identifier: MIT */
#ifndef VSC_MDNS_RTSP_SERVER_H
#define VSC_MDNS_RTSP_SERVER_H

#include "modules/shared/rtsp_message.h"
#include "rtsp_link.h"

#include <vsc/host.h>
#include <vsc/stream.h>

#define RTSP_SESSIONS 256
#define RTSP_GUESTS 32
#define RTSP_GUESTS_OF_ONE 8 /* from one address */

struct rtsp_server;

/** Who is connected. */
struct rtsp_guest {
  struct rtsp_server *server;
  struct rtsp_link link;
  vsc_ip from;
  vsc_ns heard;
  uint32_t cseq;                          /* of our own requests */
  uint64_t has_asked[RTSP_SESSIONS / 64]; /* for which rows */
  char bytes[RTSP_HEAD_MAX];
};

struct rtsp_server {
  /* constant after init */
  const vsc_host *host;
  uint16_t wish; /* for a port */
  vsc_counter *asked, *refused;
  /* set before the first tick: which of ours others know as PUBLISHED, or NULL
   */
  const char *(*own)(void *arg, const char *published);
  void *arg;
  /* while it listens */
  vsc_ip address; /* 0: not */
  uint16_t port;
  int fd;
  vsc_watch *watch; /* NULL: has to pause */
  bool has_warned;
  vsc_stream rows[RTSP_SESSIONS]; /* id empty: a free row */
  struct rtsp_guest guests[RTSP_GUESTS];
};

/** S is zeroed. Nothing is opened before the first tick. */
void
rtsp_server_init(struct rtsp_server *s, const vsc_host *host, uint16_t port);
/** Now and then: listen where the interface is now, and nowhere without one;
    forget guests that say nothing. True: at another place than before. */
bool
rtsp_server_tick(struct rtsp_server *s);
void
rtsp_server_stop(struct rtsp_server *s);

/** One of ours is new or has changed: guests that have asked for it are told.
    VSC_ERR_NOMEM: there are too many; VSC_ERR_INVALID: it cannot be
    described. */
vsc_status
rtsp_server_put(struct rtsp_server *s, const vsc_stream *stream);
/** The row of ID, or NULL. */
const vsc_stream *
rtsp_server_find(const struct rtsp_server *s, const char *id);
/** It is gone: guests that have asked for it are sent away. */
void
rtsp_server_drop(struct rtsp_server *s, const char *id);

#endif
