/* os_unix.h - what the rooms of the back-end share that Linux and macOS have in
   common, and at the end what each of the two has its own of.
   SPDX-License-Identifier: MIT */
#ifndef VSC_ENGINE_OS_UNIX_H
#define VSC_ENGINE_OS_UNIX_H

#include "engine/arena.h"
#include "engine/os.h"
#include "interface.h"

#include <netinet/in.h>
#include <stdatomic.h>
#include <sys/socket.h>

#define NET_BATCH 256         /* most datagrams of one receive: vsc/net.h */
#define NET_PAYLOAD 2048      /* bytes; more than any Ethernet MTU we speak */
#define NET_CONTROL_BYTES 192 /* IP_PKTINFO, SO_TIMESTAMPING, an error: 160 */

struct os_hardware;
struct traffic;

struct os_unix {
  struct os os; /* first */
  /* constant after os_create */
  struct log *log;
  char name[64];                /* of the interface; empty: none */
  vsc_ip wish;                  /* the address it has when it has several */
  int route_fd;                 /* tells of links and addresses; -1: none */
  struct os_hardware *hardware; /* the system's own, see below */
  /* main thread */
  int is_up;
  vsc_socket *sockets;
  /* main thread writes, any reads */
  _Atomic int index; /* 0: the interface is not there */
  _Atomic vsc_ip address;
};

struct membership {
  vsc_ip group, source; /* source 0: any */
  unsigned uses;
};

struct vsc_socket {
  /* constant after open */
  struct os_unix *os;
  vsc_socket_config config;
  int fd; /* its number; what is behind it may be replaced */
  struct arena memory;
  unsigned char *payloads; /* NULL: it does not receive */
  struct traffic *traffic; /* the system's own, see below */
  /* main thread */
  vsc_socket *next;
  struct membership groups[VSC_NET_GROUPS];
  unsigned group_count;
  /* main thread writes, any reads */
  _Atomic int is_live;
  _Atomic uint16_t port;
};

static inline int
os_index(const struct os_unix *os) VSC_RT
{
  return atomic_load_explicit(&os->index, memory_order_relaxed);
}

static inline vsc_ip
os_address(const struct os_unix *os) VSC_RT
{
  return atomic_load_explicit(&os->address, memory_order_relaxed);
}

/** Room for the control messages of one datagram, aligned. */
union control {
  struct cmsghdr header;
  unsigned char bytes[NET_CONTROL_BYTES];
};
/** One of them. */
struct control_message {
  int level, type;
  const unsigned char *data;
  size_t bytes;
};
/** The one at place *AT, which goes on to the next; 0: there is none. */
int
control_next(const struct msghdr *m,
             size_t *at,
             struct control_message *out) VSC_RT;

/** A multicast group, on an interface by its number. */
struct net_group {
  vsc_ip group, source; /* source 0: any */
  int index;
};
/** A socket that is bound to the group, so that it takes no packet from any
    other program, and has joined it. -1: errno. [thread-safe] if that may block
 */
int
net_listen(const struct net_group *g, uint16_t port);
/** os.net's functions and the open sockets. [main-thread] */
void
net_init(struct os_unix *os);
/** The interface came back: join again, or, when its number or address has
    changed, also make every socket anew behind its descriptor. */
void
net_revive(struct os_unix *os, int is_changed);
/** The interface is gone or without address: send and receive nothing. */
void
net_silence(struct os_unix *os);
/** Is what came by interface number INDEX for us? A socket bound to all
   addresses hears all of them. */
int
net_is_ours(const vsc_socket *s, int index) VSC_RT;

/** Open os.link_fd; the initial is_up. [main-thread] */
void
link_init(struct os_unix *os);
/** Is os.service. */
void
link_service(struct os *os);

#endif
