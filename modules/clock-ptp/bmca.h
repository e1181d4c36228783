/* bmca.h - which of the masters that are heard is the best (IEEE
   1588-2008 9.3): datasets compared, foreign masters remembered, within bounds.
   SPDX-License-Identifier: MIT */
#ifndef VSC_PTP_BMCA_H
#define VSC_PTP_BMCA_H

#include <vsc/host.h>

#include "modules/clock-ptp/message.h"

#define BMCA_MASTERS 16 /* remembered at once; the worst has to go */
#define BMCA_ALLOWED 16 /* identities in the allow-list */
/* Announces within as many intervals make a master eligible (9.3.2.5). */
#define BMCA_THRESHOLD 2
#define BMCA_WINDOW 4
/* Syncs of one that sends time, and how long it may then send none: five of the
   longest interval of AES67's. */
#define BMCA_SYNCS 3
#define BMCA_MUTE INT64_C(10000000000)

struct foreign {
  struct ptp_identity source;
  vsc_ip address;
  struct ptp_dataset set;
  int8_t log_interval;
  vsc_ns heard, before; /* the last Announce and the one before it; 0: none */
  vsc_ns synced;        /* the last Sync */
  unsigned syncs;       /* in a row, as far as BMCA_SYNCS */
  int is_used;
};

struct bmca {
  struct foreign masters[BMCA_MASTERS];
  uint8_t allowed[BMCA_ALLOWED][8];
  unsigned allowed_count; /* 0: anybody */
};

/** Below 0: A is the better. Two that differ only in topology compare by steps
    removed, then by the sender (figures 27 and 28). */
int
bmca_compare(const struct ptp_dataset *a,
             const struct ptp_identity *a_source,
             const struct ptp_dataset *b,
             const struct ptp_identity *b_source);

/** Grandmasters, by identity, between blanks or commas; nothing else is ever
    followed. 0 when TEXT is not such a list. */
int
bmca_allow(struct bmca *b, const char *text);
int
bmca_is_allowed(const struct bmca *b, const uint8_t grandmaster[8]);
/** Remember an Announce that came at NOW. KEEP, the one that is followed, is
    never forgotten for another. NULL: it is not remembered, as one that is
    heard FROM another address. */
struct foreign *
bmca_hear(struct bmca *b,
          const struct ptp_message *m,
          vsc_ip from,
          vsc_ns now,
          const struct ptp_identity *keep);
/** The best that is qualified at NOW, or NULL; forgets what has been silent for
    TIMEOUT of its own intervals and a second. KEEP, the one that is followed or
    NULL, stays qualified until then. */
const struct foreign *
bmca_best(struct bmca *b,
          vsc_ns now,
          unsigned timeout,
          const struct ptp_identity *keep);
/** The best of those that send time, or NULL; after bmca_best(). */
const struct foreign *
bmca_best_with_time(const struct bmca *b,
                    vsc_ns now,
                    const struct ptp_identity *keep);
/** A Sync of SOURCE came FROM there at NOW. */
void
bmca_note_sync(struct bmca *b,
               const struct ptp_identity *source,
               vsc_ip from,
               vsc_ns now);
struct foreign *
bmca_find(struct bmca *b, const struct ptp_identity *source);
/** Masters that are qualified at NOW. */
unsigned
bmca_count(const struct bmca *b, vsc_ns now);
/** 2^LOG seconds, within -7..6. */
vsc_ns
ptp_interval(int log);

#endif
