/* receive.h - from the sockets to the receivers' ports: the receiving half of
   the transport.
   SPDX-License-Identifier: MIT */
#ifndef VSC_RTP_RECEIVE_H
#define VSC_RTP_RECEIVE_H

#include <vsc/transport.h>

#include "modules/transport-rtp/demux.h"
#include "modules/transport-rtp/membership.h"
#include "modules/transport-rtp/rtp_source.h"

#define RECEIVERS_MAX 1024 /* of one plan */

/** A receiver; the host allocates it. It outlives plans: what it knows of its
    sender goes on when the graph changes. */
struct rx {
  /* constant after open */
  const vsc_rx_port *port; /* NULL: not open */
  vsc_ip dest;
  uint32_t rate;
  uint32_t rtp_offset;
  uint8_t payload_type;        /* 255: any */
  uint8_t is_auto;             /* the sender's rtp_offset is not known */
  struct membership_hold hold; /* main thread */
  /* audio thread */
  struct rtp_source source;
  int64_t astray; /* is_auto: how far from now the sender's positions are */
};

struct receive_socket {
  vsc_socket *socket;
  uint32_t number; /* of the membership table */
  uint32_t is_drained;
};

/** The receiving part of a plan. */
struct receive_plan {
  /* constant after open */
  const vsc_host *host;
  vsc_counter *unexpected;
  struct demux demux;
  struct receive_socket *sockets;
  uint32_t socket_count;
  uint32_t budget; /* datagrams of one run */
  /* audio thread */
  uint32_t turn; /* the socket that is asked first */
  vsc_datagram batch[RX_BATCH];
};

/** [main-thread] */
vsc_status
receive_open(struct membership_table *table,
             struct rx *rx,
             const vsc_stream *stream,
             const vsc_rx_port *port);
/** A receiver that is not open is fine. [main-thread] */
void
receive_close(struct membership_table *table, struct rx *rx);

/** Bytes of memory behind a plan of COUNT receivers. [main-thread] */
size_t
receive_plan_size(uint32_t count);
/** MEMORY: zeroed, receive_plan_size(count) bytes. [main-thread] */
void
receive_plan_init(struct receive_plan *plan,
                  const struct membership_table *table,
                  vsc_counter *unexpected,
                  void *const *receivers,
                  uint32_t count,
                  void *memory);

/** [audio-thread] */
void
receive_run(struct receive_plan *plan) VSC_RT;

#endif
