/* verify_watch.h - what somebody who only listens can find out about a stream
   from its packets and a clock: how they are spaced, how far behind their media
   time they come, and what is not as its description says. Pure; figures after
   EBU Tech 3337 and JT-NM Tested. SPDX-License-Identifier: MIT */
#ifndef VSC_CLI_VERIFY_WATCH_H
#define VSC_CLI_VERIFY_WATCH_H

#include <stdbool.h>
#include <vsc/stream.h>

#define VERIFY_WINDOW_NS INT64_C(200000000) /* of TS-DF */
#define VERIFY_WINDOWS_MAX 3000             /* ten minutes */

/** One packet, as a socket gives it. */
struct verify_packet {
  const uint8_t *bytes;
  uint32_t length;
  vsc_ns media_ns; /* media time of its arrival; since the PTP epoch */
  vsc_ip source;
  uint8_t dscp, ttl;
};

/** A window of 200 ms: the lead is how far the arrival is behind the media time
    of the first frame. ns. */
struct verify_window {
  vsc_ns begin, min, max;
};

/** Frames and ns. Zeroed, then verify_watch_init(). */
struct verify_watch {
  vsc_stream expected;
  uint32_t bytes_per_frame; /* 0: an encoding that we do not know */
  bool is_relative;         /* no offset is described: leads begin with 0 */
  /* What has come. */
  uint64_t packets, malformed, foreign; /* foreign: another source or SSRC */
  uint64_t lost, duplicate, reordered;
  uint64_t skipped; /* frames left out by time stamps, not by numbers */
  uint64_t other_type, other_size, other_frames;
  uint64_t other_dscp, other_ttl; /* than the first packet's */
  uint8_t dscp, ttl, type;
  vsc_ip source, stranger;
  uint32_t ssrc, frames; /* frames of a packet, the last */
  uint32_t length;       /* of its payload, bytes */
  vsc_ns first, last;    /* arrivals */
  vsc_ns gap_max;        /* between two packets */
  vsc_ns lead_min, lead_max;
  double lead_sum;
  uint64_t too_late; /* packets with a lead of more than 20 packet times */
  uint64_t too_far;  /* gaps of more than 17 */
  uint32_t window_count;
  struct verify_window windows[VERIFY_WINDOWS_MAX];
  /* The last packet's. */
  uint16_t sequence;
  uint32_t timestamp;
  uint64_t seen; /* bits: which of the 64 sequence numbers up to it came */
};

/** STREAM is what it should be; 0 or 255 in it is "not said". */
void
verify_watch_init(struct verify_watch *w, const vsc_stream *stream);
void
verify_watch_packet(struct verify_watch *w, const struct verify_packet *packet);

/** The figures. ns; 0 without packets. */
vsc_ns
verify_packet_time(const struct verify_watch *w);
/** Longest spread of the lead in one window: the worst, and the middle one. */
vsc_ns
verify_spread(const struct verify_watch *w, bool is_worst);
double
verify_lead(const struct verify_watch *w); /* mean */
/** Mean distance of two packets. */
double
verify_gap(const struct verify_watch *w);
/** How fast the least lead of the windows moves; 0 within the first second. */
double
verify_drift_ppm(const struct verify_watch *w);

#endif
