/* announcer.h - the sessions that we announce, and when (RFC 2974, 3.1). No
   clock and no network of its own.
   SPDX-License-Identifier: MIT */
#ifndef VSC_SAP_ANNOUNCER_H
#define VSC_SAP_ANNOUNCER_H

#include "modules/shared/sdp.h"
#include "packet.h"

#define ANNOUNCER_SESSIONS 256
#define ANNOUNCER_BYTES (SAP_HEAD_BYTES + SDP_PRINT_BYTES)

struct announced {
  vsc_stream stream; /* id empty: a free row */
  uint16_t hash;
  uint32_t bytes;
  vsc_ns due;
};

struct announcer {
  vsc_ns period; /* between two announcements of a session, at least */
  uint64_t seed; /* not 0 */
  uint64_t bytes;
  struct announced rows[ANNOUNCER_SESSIONS];
  char text[SDP_PRINT_BYTES];
};

/** A session of ours is new, or has changed: due at once, and known by the hash
    of what is said. NULL when it cannot be said or there is no row left. */
struct announced *
announcer_put(struct announcer *a, const vsc_stream *stream, vsc_ns now);
/** The one with this id, or NULL. */
struct announced *
announcer_find(struct announcer *a, const char *id);
/** One that is due, or NULL. */
struct announced *
announcer_due(struct announcer *a, vsc_ns now);
/** It has been said: when next. OTHERS: bytes that others announce. */
void
announcer_said(struct announcer *a,
               struct announced *row,
               uint64_t others,
               vsc_ns now);
void
announcer_drop(struct announcer *a, struct announced *row);

/** The packet that announces or deletes ROW; how many bytes, or below 0. */
vsc_status
announcer_packet(struct announcer *a,
                 const struct announced *row,
                 bool is_deletion,
                 uint8_t out[ANNOUNCER_BYTES]);
/** Is it one of ours that came back to us? */
bool
announcer_knows(const struct announcer *a, const struct sap_packet *packet);

#endif
