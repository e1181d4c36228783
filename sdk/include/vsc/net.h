/* net.h - UDP sockets that the host lends to a module: batched, with kernel
   receive time stamps, bound to the profile's interface and to no other.
   SPDX-License-Identifier: MIT */
#ifndef VSC_NET_H
#define VSC_NET_H

#include <vsc/base.h>

VSC_BEGIN_DECLS

typedef struct vsc_socket vsc_socket;

/** An IPv4 address as a number: 0xEF450101 is 239.69.1.1. 0: none, any. */
typedef uint32_t vsc_ip;

#define VSC_IP_IS_MULTICAST(ip) (((ip) >> 28) == 0xE)

enum vsc_socket_flags {
  VSC_SOCKET_RECEIVE = 1, /**< bound to port; otherwise it only sends */
  VSC_SOCKET_UNICAST = 2, /**< bind to the interface's own address */
  /** Arrivals converted as exactly as the system can, and stamps of what is
      sent; one thread only. For clocks. */
  VSC_SOCKET_STAMPS = 4,
  /** What is sent to a group is not given to programs of this machine. */
  VSC_SOCKET_NO_LOOP = 8,
  /** With VSC_SOCKET_STAMPS: those of the interface itself, where it has them
     and the host may use them (vsc_net_about.has_hardware_stamps). Since ABI
     0.4. */
  VSC_SOCKET_HARDWARE = 16,
  /** It only sends, and only to groups: past the system's UDP where that is
      possible and permitted (AF_XDP), where not as ever, which was logged. What
      goes past is not given to programs of this machine, and no queueing
      discipline sees it. Since ABI 0.5. */
  VSC_SOCKET_DIRECT = 32,
};

/** What a socket is for; constant while it is open. */
typedef struct vsc_socket_config {
  uint32_t size;         /**< sizeof(vsc_socket_config) */
  uint32_t flags;        /**< enum vsc_socket_flags */
  uint16_t port;         /**< to bind, host byte order; 0: any */
  uint8_t dscp;          /**< of what is sent, 0..63 */
  uint8_t ttl;           /**< of what is sent, 1..255 */
  uint32_t buffer_bytes; /**< kernel buffer wished for; 0: the default */
  uint32_t batch;        /**< most datagrams of one receive, 1..256 */
} vsc_socket_config;

/** One datagram of a batch. Its layout never changes within an ABI major
    version: arrays of it cross the boundary. */
typedef struct vsc_datagram {
  uint8_t *bytes;  /**< payload; when received: the host's, until the next
                        receive on the same socket */
  uint32_t length; /**< bytes */
  vsc_ip source;   /**< received: who sent it */
  vsc_ip dest;     /**< received: the address it was sent to; to send: where */
  uint16_t source_port; /**< received: its sender's */
  uint16_t dest_port;   /**< to send: where; received: the socket's port */
  uint32_t truncated; /**< received: not 0 when it was longer than 2048 bytes */
  uint32_t is_exact;  /**< received: not 0 when VSC_SOCKET_STAMPS is set and
                           `when` is a stamp of the kernel or the interface */
  vsc_ns when;        /**< received: the kernel's arrival time; host time */
} vsc_datagram;

/** The interface of an engine. */
typedef struct vsc_net_about {
  uint32_t size;       /**< sizeof(vsc_net_about), to be set */
  char name[64];       /**< "eth0" */
  uint8_t identity[8]; /**< an EUI-64 from its hardware address, another for
                            each engine on it, the same after a restart */
  /* Since ABI 0.4 */
  uint32_t has_hardware_stamps; /**< not 0: open sockets that want the
                                   interface's own stamps have them */
  uint32_t shared_port; /**< of a stamped socket of the engine that another
                           program has, too; 0: none */
} vsc_net_about;

/** Part of vsc_host. On an engine without a usable interface open() answers
    VSC_ERR_UNSUPPORTED and nothing is ever sent. */
typedef struct vsc_net {
  uint32_t size; /**< sizeof(vsc_net) */
  void *os;      /**< the host's own; do not touch */

  /** VSC_ERR_REFUSED: no permission for the port; VSC_ERR_AGAIN: another
      program has it for itself. Both, and VSC_ERR_SYSTEM, were logged.
      [main-thread] */
  vsc_status (*open)(const struct vsc_net *net,
                     const vsc_socket_config *config,
                     vsc_socket **out);
  /** NULL is fine. [main-thread], never while the audio thread may use it. */
  void (*close)(const struct vsc_net *net, vsc_socket *s);
  /** Join GROUP on the interface, from SOURCE only when it is not 0 (SSM). The
      host joins again by itself when a link comes back. A socket takes at most
      VSC_NET_GROUPS groups: VSC_ERR_REFUSED asks for another socket.
      [main-thread] */
  vsc_status (*join)(const struct vsc_net *net,
                     vsc_socket *s,
                     vsc_ip group,
                     vsc_ip source);
  void (*leave)(const struct vsc_net *net,
                vsc_socket *s,
                vsc_ip group,
                vsc_ip source); /**< [main-thread] */
  /** Take what has arrived, at most the socket's batch and MAX, without waiting
      and with one system call: how many, 0 when there is none.
      [audio-thread] or [main-thread], one thread at a time */
  int32_t (*receive)(const struct vsc_net *net,
                     vsc_socket *s,
                     vsc_datagram *out,
                     uint32_t max) VSC_RT;
  /** Send COUNT datagrams with as few system calls as the system allows; how
      many were taken, never waits. [audio-thread] or [main-thread] */
  int32_t (*send)(const struct vsc_net *net,
                  vsc_socket *s,
                  const vsc_datagram *batch,
                  uint32_t count) VSC_RT;
  /** A file descriptor for vsc_host.watch, or -1. [main-thread] */
  int (*fd)(const struct vsc_net *net, const vsc_socket *s);
  /** The interface's IPv4 address; 0 when there is none. [thread-safe] */
  vsc_ip (*address)(const struct vsc_net *net) VSC_RT;

  /* Since ABI 0.2 */

  /** When the datagrams sent on a socket with VSC_SOCKET_STAMPS left, oldest
      first, each once; how many, 0 when none is known yet. What has no stamp is
      left out. The descriptor reports VSC_FD_ERROR when there are some, or they
      are known when send() returns. [main-thread] */
  int32_t (*sent)(const struct vsc_net *net,
                  vsc_socket *s,
                  vsc_ns *out,
                  uint32_t max);
  /** VSC_ERR_UNSUPPORTED without an interface. [main-thread] */
  vsc_status (*about)(const struct vsc_net *net, vsc_net_about *out);
} vsc_net;

#define VSC_NET_GROUPS 20 /* the kernel's igmp_max_memberships by default */

VSC_END_DECLS
#endif
