/* rtp_source.h - who is playing on a stream, and where in its sequence. It
   decides nothing about time: position does that, behind the port.
   SPDX-License-Identifier: MIT */
#ifndef VSC_RTP_SOURCE_H
#define VSC_RTP_SOURCE_H

#include <vsc/stream.h>

/** Another address is foreign until the one playing was silent this long. */
#define RTP_SOURCE_ALIVE_NS 250000000

/** RFC 3550 A.1, MAX_MISORDER: sequence that is further back is a restart. Its
    MAX_DROPOUT and its probation are left out: a jump forward is loss, and
    whether a packet fits is decided by its position. */
#define RTP_MISORDER_MAX 100

/** Zeroed but for filter, it has heard nobody. */
struct rtp_source {
  vsc_ip filter; /* the only address allowed; 0: any; constant */
  vsc_ip address;
  uint32_t ssrc;
  uint16_t newest; /* sequence */
  uint8_t is_known;
  vsc_ns heard; /* when its newest packet arrived */
};

/** What came. */
struct rtp_arrival {
  vsc_ip address;
  uint32_t ssrc;
  uint16_t sequence;
  vsc_ns when; /* kernel arrival time; host time */
};

struct rtp_verdict {
  uint32_t flags;     /* enum vsc_packet_flags */
  uint8_t is_foreign; /* drop it; SOURCE is as before */
  uint8_t is_restart; /* another sender, SSRC or sequence took over */
  uint8_t is_older;   /* sequence strictly before the newest one */
};

/** [audio-thread] */
struct rtp_verdict
rtp_source_judge(struct rtp_source *source,
                 const struct rtp_arrival *arrival) VSC_RT;

#endif
