/* net_linux.h - the batches that the audio thread works with, and the kernel's
   time stamps.
   SPDX-License-Identifier: MIT */
#ifndef VSC_ENGINE_NET_LINUX_H
#define VSC_ENGINE_NET_LINUX_H

#include "os_linux.h"
#include "system.h"

#include <time.h>

#define NET_SEND_BATCH 64 /* of one system call */

/** One direction: the message headers point into the others for ever. */
struct batch {
  struct mmsghdr *messages;
  struct iovec *parts;
  struct sockaddr_in *peers;
};

struct traffic {
  /* the thread that receives */
  struct batch in;
  union control *controls;
  int64_t real_offset; /* CLOCK_REALTIME - host time, when last compared */
  vsc_ns compared;     /* 0: never */
  /* the thread that sends */
  struct batch out;
};

/** A port of our stamped sockets that another program has, too; 0: none.
    [main-thread] */
uint16_t
ports_shared(const struct os_unix *os);
/** The wall clock and host time at one instant. */
struct comparison {
  vsc_ns host;
  int64_t real; /* CLOCK_REALTIME */
  vsc_ns width; /* of the bracket */
};
/** Of SO_TIMESTAMPING; 0: none. */
struct stamps {
  int64_t software; /* CLOCK_REALTIME */
  int64_t hardware; /* of the interface's clock */
};

/** The narrowest of a few brackets. */
struct comparison
stamp_compare(void) VSC_RT;
/** CLOCK_REALTIME - host time; IS_STEADY says that nobody set the wall clock
   since the last call for this socket. */
int64_t
stamp_offset(vsc_socket *s, int *is_steady) VSC_RT;
/** Before a socket is opened: look for the interface's stamps when it is the
   first that wants them. What hinders is logged. [main-thread] */
void
stamp_open(struct os_unix *os, const vsc_socket_config *config);
/** After a socket has left the list: the interface's clock is closed when no
   other wants it. [main-thread] */
void
stamp_close(struct os_unix *os);
/** The interface is another, or was away: look again. [main-thread] */
void
stamp_renew(struct os_unix *os);
/** Has this socket the interface's own stamps? [main-thread] when it wants them
 */
int
stamp_is_hardware(const vsc_socket *s) VSC_RT;
/** SO_TIMESTAMPING; 0, or what the kernel refuses. */
int
stamp_enable(int fd, int is_hardware);
struct stamps
stamp_read(const void *data, size_t bytes) VSC_RT;

#endif
