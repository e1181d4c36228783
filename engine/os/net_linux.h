/* net_linux.h - one socket: what the main thread keeps to make it anew, and the
   batches that the audio thread works with.
   SPDX-License-Identifier: MIT */
#ifndef VSC_ENGINE_NET_LINUX_H
#define VSC_ENGINE_NET_LINUX_H

#include "engine/arena.h"
#include "os_linux.h"

#include <netinet/in.h>
#include <stdatomic.h>
#include <sys/socket.h>

#define NET_BATCH 256         /* most datagrams of one receive: vsc/net.h */
#define NET_SEND_BATCH 64     /* of one system call */
#define NET_PAYLOAD 2048      /* bytes; more than any Ethernet MTU we speak */
#define NET_CONTROL_BYTES 192 /* IP_PKTINFO, SO_TIMESTAMPING, an error: 160 */

struct membership {
  vsc_ip group, source; /* source 0: any */
  unsigned uses;
};

/** Control messages of one datagram, aligned. */
union control {
  struct cmsghdr header;
  unsigned char bytes[NET_CONTROL_BYTES];
};

/** One direction: the message headers point into the others for ever. */
struct batch {
  struct mmsghdr *messages;
  struct iovec *parts;
  struct sockaddr_in *peers;
};

struct vsc_socket {
  /* constant after open */
  struct os_linux *os;
  vsc_socket_config config;
  int fd; /* its number; what is behind it may be replaced */
  struct arena memory;
  /* main thread */
  vsc_socket *next;
  struct membership groups[VSC_NET_GROUPS];
  unsigned group_count;
  /* the thread that receives */
  struct batch in;
  unsigned char *payloads;
  union control *controls;
  int64_t real_offset; /* CLOCK_REALTIME - host time, when last compared */
  vsc_ns compared;     /* 0: never */
  /* the thread that sends */
  struct batch out;
  /* main thread writes, any reads */
  _Atomic int is_live;
  _Atomic uint16_t port;
};

/** A multicast group, on an interface by its number. */
struct net_group {
  vsc_ip group, source; /* source 0: any */
  int index;
};
/** As setsockopt(). [main-thread] */
int
net_change_group(int fd, const struct net_group *g, int is_join);
/** A socket that is bound to the group, so that it takes no packet from any
   other program, and has joined it. -1: errno. [thread-safe] if that may block
 */
int
net_listen(const struct net_group *g, uint16_t port);

/** A port of our stamped sockets that another program has, too; 0: none.
    [main-thread] */
uint16_t
ports_shared(const struct os_linux *os);
/** Memory for both directions. VSC_ERR_NOMEM. [main-thread] */
vsc_status
batch_init(vsc_socket *s);
/** Are vsc_net.receive and vsc_net.send. */
int32_t
batch_receive(const vsc_net *net,
              vsc_socket *s,
              vsc_datagram *out,
              uint32_t max) VSC_RT;
int32_t
batch_send(const vsc_net *net,
           vsc_socket *s,
           const vsc_datagram *batch,
           uint32_t count) VSC_RT;

/** A duplicate of the UDP socket that the service manager bound to PORT for us,
    or -1. [main-thread] */
int
activation_socket(uint16_t port);

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
stamp_open(struct os_linux *os, const vsc_socket_config *config);
/** After a socket has left the list: the interface's clock is closed when no
   other wants it. [main-thread] */
void
stamp_close(struct os_linux *os);
/** The interface is another, or was away: look again. [main-thread] */
void
stamp_renew(struct os_linux *os);
/** Has this socket the interface's own stamps? [main-thread] when it wants them
 */
int
stamp_is_hardware(const vsc_socket *s) VSC_RT;
/** SO_TIMESTAMPING; 0, or what the kernel refuses. */
int
stamp_enable(int fd, int is_hardware);
struct stamps
stamp_read(const void *data, size_t bytes) VSC_RT;
/** Is vsc_net.sent. */
int32_t
stamp_sent(const vsc_net *net, vsc_socket *s, vsc_ns *out, uint32_t max);

#endif
