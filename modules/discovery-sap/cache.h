/* cache.h - the sessions that others announce: bounded, fair to those who
   announce few, and deaf to deletions by strangers. No clock and no network of
   its own.
   SPDX-License-Identifier: MIT */
#ifndef VSC_SAP_CACHE_H
#define VSC_SAP_CACHE_H

#include "modules/shared/sdp.h"
#include "packet.h"

#include <vsc/discovery.h>

#define CACHE_SESSIONS 1024
#define CACHE_PER_SOURCE 64 /* of one sender's address */
#define CACHE_BUCKETS 2048
/* New or changed sessions: so many at once, so many a second. Everybody repeats
   what he has said (RFC 2974, 3.1). */
#define CACHE_BURST 512
#define CACHE_PER_SECOND 256
#define CACHE_NONE UINT16_MAX

/** What became of an announcement. */
enum cache_verdict {
  CACHE_KNOWN,   /* as before */
  CACHE_NEWS,    /* new, or changed */
  CACHE_GONE,    /* deleted */
  CACHE_REFUSED, /* no session that we could play */
  CACHE_FULL,    /* no room for it, or too many at once */
  CACHE_FOREIGN, /* somebody else's session, or his to delete */
  CACHE_VERDICTS
};

struct cached {
  vsc_ip source; /* who sent it; 0: a free row */
  vsc_ip origin; /* as the packet says */
  uint16_t hash;
  uint16_t next;    /* in its bucket */
  uint32_t check;   /* of the text */
  uint32_t heard;   /* how often */
  uint32_t streams; /* found and not lost */
  uint32_t bytes;   /* of the text */
  vsc_ns since, last;
  vsc_ns period; /* longest time between two */
  char id[VSC_NAME_BYTES * 2];
  char ids[SDP_STREAMS_MAX][VSC_NAME_BYTES * 2];
};

struct cache {
  vsc_discovery_sink sink;
  struct sdp_result result; /* of the text at hand */
  uint16_t buckets[CACHE_BUCKETS];
  uint32_t count;
  uint64_t bytes; /* of all texts, for RFC 2974, 3.1 */
  uint32_t tokens;
  vsc_ns filled;
  struct cached rows[CACHE_SESSIONS];
};

/** C is zeroed; SINK is copied. */
void
cache_init(struct cache *c, const vsc_discovery_sink *sink);

/** PACKET came from SOURCE at NOW. */
enum cache_verdict
cache_take(struct cache *c,
           const struct sap_packet *packet,
           vsc_ip source,
           vsc_ns now);

/** Forget whom nobody has heard of for long (RFC 2974, 4). */
void
cache_expire(struct cache *c, vsc_ns now);

#endif
