/* os_darwin.h - what the rooms of the macOS back-end share.
   SPDX-License-Identifier: MIT */
#ifndef VSC_ENGINE_OS_DARWIN_H
#define VSC_ENGINE_OS_DARWIN_H

#include "engine/arena.h"
#include "engine/os.h"
#include "interface.h"

#include <netinet/in.h>
#include <stdatomic.h>
#include <sys/socket.h>

#define NET_BATCH 256    /* most datagrams of one receive: vsc/net.h */
#define NET_PAYLOAD 2048 /* bytes; more than any Ethernet MTU we speak */
#define NET_STAMPS 16    /* of what was sent and nobody has asked for yet */

struct os_darwin {
  struct os os; /* first */
  /* constant after os_create */
  struct log *log;
  char name[64]; /* of the interface; empty: none */
  vsc_ip wish;   /* the address it has when it has several */
  int route_fd;  /* routing messages; -1: none */
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
  struct os_darwin *os;
  vsc_socket_config config;
  int fd; /* its number; what is behind it may be replaced */
  struct arena memory;
  /* main thread */
  vsc_socket *next;
  struct membership groups[VSC_NET_GROUPS];
  unsigned group_count;
  /* the thread that receives */
  unsigned char *payloads;
  /* the thread that sends with VSC_SOCKET_STAMPS, which is the main thread */
  vsc_ns stamps[NET_STAMPS];
  unsigned stamp_count;
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
/** A socket that is bound to the group and has joined it. -1: errno.
    [thread-safe] if that may block */
int
net_listen(const struct net_group *g, uint16_t port);
/** A UDP socket that does not block and is no child's. -1: errno. */
int
net_socket(void);

/** os.net's functions and the open sockets, in net_darwin.c. [main-thread] */
void
net_init(struct os_darwin *os);
/** The interface came back: join again, or, when its number or address has
    changed, also make every socket anew behind its descriptor. */
void
net_revive(struct os_darwin *os, int is_changed);
/** The interface is gone or without address: send and receive nothing. */
void
net_silence(struct os_darwin *os);

/** Memory to receive into. VSC_ERR_NOMEM. [main-thread] */
vsc_status
batch_init(vsc_socket *s);
/** Are vsc_net.receive, vsc_net.send and vsc_net.sent. */
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
int32_t
batch_sent(const vsc_net *net, vsc_socket *s, vsc_ns *out, uint32_t max);

/** A time of mach_absolute_time() in ns. */
vsc_ns
mach_ns(uint64_t ticks) VSC_RT;

/** A duplicate of the UDP socket that launchd bound to PORT for us, or -1.
    [main-thread] */
int
activation_socket(uint16_t port);

/** Open os.link_fd, in link_darwin.c; the initial is_up. [main-thread] */
void
link_init(struct os_darwin *os);
/** Is os.service. */
void
link_service(struct os *os);

#endif
