/* verify_watch.h - what somebody who only listens can find out about a stream
   from its packets and a clock: how they are spaced, how far behind their media
   time they come, and what is not as its description says. Pure; figures after
   EBU Tech 3337 and JT-NM Tested. SPDX-License-Identifier: MIT */
#ifndef VSC_CLI_VERIFY_WATCH_H
#define VSC_CLI_VERIFY_WATCH_H

#include "engine/proof.h"

/** One packet, as a socket gives it. */
struct verify_packet {
  const uint8_t *bytes;
  uint32_t length;
  vsc_ns media_ns; /* media time of its arrival; since the PTP epoch */
  vsc_ip source;
  uint8_t dscp, ttl;
};

/** Zeroed, then verify_watch_init(). The lead is how far the arrival is behind
    the media time of the first frame. */
struct verify_watch {
  vsc_stream expected;
  uint32_t bytes_per_frame; /* 0: an encoding that we do not know */
  struct proof_facts facts; /* but for what verify_watch_facts() adds */
  uint64_t frames;          /* of all packets */
  struct window window;     /* not yet whole */
  struct window windows[PROOF_WINDOWS_MAX];
  /* The last packet's. */
  uint32_t ssrc;
  uint16_t sequence;
  uint32_t timestamp;
  uint64_t seen; /* bits: which of the 64 sequence numbers up to it came */
};

/** STREAM is what it should be; 0 or 255 in it is "not said". */
void
verify_watch_init(struct verify_watch *w, const vsc_stream *stream);
void
verify_watch_packet(struct verify_watch *w, const struct verify_packet *packet);

/** It was watched until MEDIA_NS; UNREAD packets came and were not seen. */
void
verify_watch_end(struct verify_watch *w, vsc_ns media_ns, uint64_t unread);
/** What proof_judge() wants to know; W's until the next packet. */
const struct proof_facts *
verify_watch_facts(struct verify_watch *w);

#endif
