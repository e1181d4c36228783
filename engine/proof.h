/* proof.h - the verdict on a stream that was watched: each check with its
   limit, and one sentence. For the engine, which has its own counters, and for
   who listens beside it. Pure. SPDX-License-Identifier: MIT */
#ifndef VSC_ENGINE_PROOF_H
#define VSC_ENGINE_PROOF_H

#include "window.h"
#include <stdbool.h>
#include <vsc/stream.h>

enum proof_verdict { PROOF_PASS, PROOF_WARN, PROOF_FAIL };

#define PROOF_CHECKS 12
#define PROOF_WINDOWS_MAX 3000 /* ten minutes */

struct proof_check {
  const char *name;
  enum proof_verdict verdict;
  char reason[200]; /* also of what passes: the figure */
};

/** The clock by which the packets were watched. */
struct proof_clock {
  uint8_t grandmaster[8]; /* all 0: none known */
  uint8_t domain;
  vsc_ns error; /* it may be off by this; below 0: not known */
};

/** What came. */
struct proof_facts {
  const vsc_stream *expected; /* 0 or 255 in it is "not said" */
  bool is_relative;           /* no offset is described: no lead is judged */
  bool has_marking;           /* DSCP and TTL were seen */
  bool is_readable;           /* the encoding is one that we know */
  uint64_t packets, malformed, foreign; /* foreign: another source or SSRC */
  uint64_t lost, duplicate, reordered;
  uint64_t late;    /* of the lost: they came, but could not be played */
  uint64_t unread;  /* of the lost: who watches was too slow for them */
  uint64_t skipped; /* frames left out by time stamps, not by numbers */
  uint64_t other_type, other_size, other_frames;
  uint64_t other_dscp, other_ttl; /* than the first packet's */
  uint8_t dscp, ttl, type;
  vsc_ip source, stranger;
  uint32_t frames;    /* of a packet, the last */
  uint32_t length;    /* of its payload, bytes */
  vsc_ns packet_ns;   /* what packets last, in the mean; 0: not known */
  vsc_ns link_offset; /* of who listens with one; 0: nobody, or has counted */
  const struct window *windows; /* without a hole between them */
  uint32_t window_count;        /* up to PROOF_WINDOWS_MAX */
  vsc_ns quiet;                 /* since the last of them */
};

/** What the windows say. ns; 0 without any. */
struct proof_figures {
  vsc_ns lead_min, lead_max;
  double lead_mean;
  vsc_ns spread_worst, spread_middle; /* of the lead in a window */
  double spacing;                     /* from packet to packet, mean */
  vsc_ns gap_max;
  double drift_ppm;
  double drift_error_ppm; /* it may be off by this; 0: too short to be known */
};

/** The middle one of VALUES, which are sorted for that; 0 of none. */
vsc_ns
proof_middle(vsc_ns *values, uint32_t count);
void
proof_figures(const struct proof_facts *f, struct proof_figures *out);
/** Is there a drift, beyond what it may be off by? */
bool
proof_has_drift(const struct proof_figures *x);
/** How many checks there are; the worst of them goes to WORST, the first of
    those that say most. */
uint32_t
proof_judge(const struct proof_facts *f,
            const struct proof_clock *clock,
            struct proof_check out[PROOF_CHECKS],
            const struct proof_check **worst);
/** pass, warn, fail */
const char *
proof_word(enum proof_verdict verdict);

#endif
