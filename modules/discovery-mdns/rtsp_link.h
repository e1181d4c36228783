/* rtsp_link.h - one TCP connection that carries RTSP or HTTP messages,
   whichever side began it. All [main-thread]. SPDX-License-Identifier: MIT */
#ifndef VSC_MDNS_RTSP_LINK_H
#define VSC_MDNS_RTSP_LINK_H

#include "modules/shared/rtsp_message.h"

#include <vsc/host.h>

/** What a link tells its owner, who may close it from there. */
struct rtsp_link_events {
  void (*opened)(void *arg); /* of one that we began */
  void (*message)(void *arg, const struct rtsp_message *message);
  /* Closed. WHY is what a sentence about the other side ends with. */
  void (*ended)(void *arg, const char *why);
};

struct rtsp_link {
  /* constant after init */
  const vsc_host *host;
  const struct rtsp_link_events *events;
  void *arg;
  char *bytes;
  uint32_t capacity;
  /* while open */
  int fd; /* below 0: closed */
  vsc_watch *watch;
  struct rtsp_reader reader;
};

/** Closed, with the fields above that are constant; BYTES are what a message
    may have. */
void
rtsp_link_init(struct rtsp_link *l, char *bytes, uint32_t capacity);
/** Take a connection over. */
vsc_status
rtsp_link_take(struct rtsp_link *l, int fd);
/** Begin one, from the interface's own address: opened() or ended() comes
    later. Below 0: WHY. */
vsc_status
rtsp_link_begin(struct rtsp_link *l,
                vsc_ip to,
                uint16_t port,
                const char **why);
/** False: it was not taken whole; close the link. */
bool
rtsp_link_write(const struct rtsp_link *l, const struct rtsp_words *words);
/** Tells nobody. Closed is fine. */
void
rtsp_link_close(struct rtsp_link *l);

#endif
