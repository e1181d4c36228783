/* membership.h - which receive socket holds which group: sockets are shared by
   port, 20 groups each, and a group that several streams receive is joined
   once.
   SPDX-License-Identifier: MIT */
#ifndef VSC_MEMBERSHIP_H
#define VSC_MEMBERSHIP_H

#include <vsc/host.h>
#include <vsc/stream.h>

#define RX_SOCKETS 128 /* 2560 groups */
#define RX_BATCH 64    /* datagrams of one system call */

/** A group, or our own address on a unicast socket. */
struct membership {
  vsc_ip group;
  vsc_ip source; /* 0: any */
  uint32_t uses; /* streams; 0: free */
};

struct rx_socket {
  vsc_socket *socket; /* NULL: free */
  uint16_t port;
  uint8_t is_unicast;
  struct membership members[VSC_NET_GROUPS];
};

/** All of it [main-thread]; the audio thread sees only the vsc_socket. */
struct membership_table {
  const vsc_host *host;
  uint32_t buffer_bytes;
  struct rx_socket *sockets; /* RX_SOCKETS of them */
};

/** A stream's hold on a socket. */
struct membership_hold {
  uint16_t socket; /* index into sockets */
  uint16_t member;
};

/** VSC_ERR_NOMEM was logged. HOST outlives the table. [main-thread] */
vsc_status
membership_init(struct membership_table *table,
                const vsc_host *host,
                uint32_t buffer_bytes);

/** Take part in STREAM's group, or its port on our own address. Failures were
    logged. [main-thread] */
vsc_status
membership_open(struct membership_table *table,
                const vsc_stream *stream,
                struct membership_hold *out);

/** Give it back; the last one leaves the group and closes the socket.
    [main-thread], when the audio thread has passed */
void
membership_close(struct membership_table *table,
                 const struct membership_hold *hold);

#endif
