/* send.h - from the senders' ports to the sockets: the sending half of the
   transport.
   SPDX-License-Identifier: MIT */
#ifndef VSC_RTP_SEND_H
#define VSC_RTP_SEND_H

#include <vsc/transport.h>

#include "modules/transport-rtp/rtp_packet.h"

#define TX_SOCKETS 32 /* classes of DSCP and TTL */
#define TX_BATCH 64   /* packets of one system call */
/* Of a packet held; a multiple of the cache line. */
#define TX_PACKET_BYTES 1472

/** A send socket, shared by all senders of its class. */
struct tx_class {
  vsc_socket *socket; /* NULL: free */
  uint8_t dscp, ttl;
  uint8_t is_direct; /* past the system's UDP, if it may */
  uint32_t uses;
};

struct send_table { /* main thread */
  const vsc_host *host;
  uint32_t buffer_bytes;
  int is_direct; /* what goes to groups, if the host can */
  struct tx_class classes[TX_SOCKETS];
};

/** A sender; the host allocates it. It outlives plans: its sequence goes on
    when the graph changes. */
struct tx {
  /* constant after open */
  const vsc_tx_port *port; /* NULL: not open */
  vsc_ip dest;
  uint16_t dest_port;
  uint8_t payload_type;
  uint8_t class_number;
  uint32_t rtp_offset;
  uint32_t ssrc;
  uint32_t also_count; /* destinations beside dest */
  vsc_ip also[VSC_DESTINATIONS_MAX - 1];
  /* audio thread */
  uint16_t sequence; /* of the next packet that is sent */
};

/** What is held for one socket. */
struct send_lane {
  vsc_socket *socket;
  uint32_t count;        /* held */
  uint32_t refusals_max; /* of one flush: then the buffer is full */
  vsc_datagram batch[TX_BATCH];
  uint8_t bytes[TX_BATCH][TX_PACKET_BYTES];
};

/** The sending part of a plan. */
struct send_plan {
  const vsc_host *host;
  vsc_counter *failed;
  uint32_t lane_count;
  struct send_lane *lanes;
  uint8_t lane_of[TX_SOCKETS]; /* by class */
};

/** [main-thread] */
vsc_status
send_open(struct send_table *table,
          struct tx *tx,
          const vsc_stream *stream,
          const vsc_tx_port *port);
/** A sender that is not open is fine. [main-thread] */
void
send_close(struct send_table *table, struct tx *tx);

/** Bytes of memory behind a plan of these senders. [main-thread] */
size_t
send_plan_size(void *const *senders, uint32_t count);
/** MEMORY: zeroed, send_plan_size() bytes. [main-thread] */
void
send_plan_init(struct send_plan *plan,
               const struct send_table *table,
               vsc_counter *failed,
               void *const *senders,
               uint32_t count,
               void *memory);

/** Hold the packet of TX whose first frame is POS. The sequence counts packets
    that were made: frames that a sender skips jump the timestamp alone.
    [audio-thread] */
vsc_status
send_packet(struct send_plan *plan, struct tx *tx, vsc_pos pos) VSC_RT;

/** [audio-thread] */
void
send_flush(struct send_plan *plan) VSC_RT;

#endif
