/* xdp_linux.h - the way past the kernel's UDP: an AF_XDP socket that only
   sends, one for all sockets of an interface that are VSC_SOCKET_DIRECT. There
   is no XDP program: what the interface receives is not touched.
   SPDX-License-Identifier: MIT */
#ifndef VSC_ENGINE_XDP_LINUX_H
#define VSC_ENGINE_XDP_LINUX_H

#include <stdatomic.h>
#include <vsc/net.h>

struct os_unix;
struct xdp;

/** Part of struct os_hardware; all zero is none. */
struct xdp_place {
  /* Who takes it out has it, and puts it back: the sender for the time of a
     system call, the main thread to make it anew. NULL meanwhile. */
  struct xdp *_Atomic ring;
  _Atomic uint32_t mtu; /* of the interface; main thread writes */
  int is_there;         /* main thread: there is a ring, here or taken out */
};

/** Before a socket is opened: make the ring when it is the first that wants it.
    What hinders is logged. [main-thread] */
void
xdp_open(struct os_unix *os, const vsc_socket_config *config);
/** After a socket has left the list: away with the ring when no other wants it.
    [main-thread] */
void
xdp_close(struct os_unix *os);
/** The interface is another, or was away: the ring is made anew. [main-thread]
 */
void
xdp_renew(struct os_unix *os);
/** Something about the interface may be another. [main-thread] */
void
xdp_look(struct os_unix *os);

/** As vsc_net.send; -1: there is no such way now, take the kernel's. */
int32_t
xdp_send(vsc_socket *s, const vsc_datagram *batch, uint32_t count) VSC_RT;

#endif
