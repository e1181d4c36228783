/* selftest_counts.h - what the two engines say about the signal between them:
   which stream goes where, and the counters that explain each silent frame.
   SPDX-License-Identifier: MIT */
#ifndef VSC_CLI_SELFTEST_COUNTS_H
#define VSC_CLI_SELFTEST_COUNTS_H

#include "selftest_audio.h"
#include <jansson.h>
#include <stdbool.h>

/** One direction at one moment. */
struct selftest_counts {
  uint64_t lost, late; /* packets; lost includes late */
  uint64_t strangers;  /* packets of, and changes to, another sender */
  /* Per stream: frames that its receiver lost or skipped, and that its sender
     had to send as silence. */
  uint64_t explained[SELFTEST_STREAMS];
  vsc_ns margin_min, margin_p99;   /* the worst of all receivers */
  vsc_ns lateness_max;             /* of the receiving engine's wake-ups */
  vsc_ns link_offset, packet_time; /* the longest */
};

/** The streams from the engine that answered "stats" with TX to the one that
    answered RX, as far as they are one channel to the same channel. Exactly
    CHANNELS of them, or VSC_ERR_UNSUPPORTED and one sentence in WHY. */
vsc_status
selftest_streams(const json_t *tx,
                 const json_t *rx,
                 uint32_t rate,
                 uint32_t channels,
                 struct selftest_path *out,
                 char *why,
                 size_t why_bytes);
/** The counters of the streams of PATH. */
void
selftest_counts_read(const json_t *tx,
                     const json_t *rx,
                     const struct selftest_path *path,
                     struct selftest_counts *out);
/** The first receiver of RX that does not play, and why, in one sentence. */
void
selftest_why_silent(const json_t *rx, char *out, size_t bytes);

/** The smallest link offset, in whole packet times, that would have kept every
    packet: as early as the latest one came, and as long as the engine was not
    there to take it. */
vsc_ns
selftest_enough(const struct selftest_counts *c, bool has_dropped);

#endif
