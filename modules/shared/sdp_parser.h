/* sdp_parser.h - what the parts of the SDP parser share: lines and attributes.
   For sdp_*.c only.
   SPDX-License-Identifier: MIT */
#ifndef VSC_SDP_PARSER_H
#define VSC_SDP_PARSER_H

#include "modules/shared/sdp.h"
#include "modules/shared/sdp_text.h"

#define SDP_RATE_MIN 44100
#define SDP_RATE_MAX 384000
/* Of one medium; later ones are never preferred. */
#define PAYLOAD_TYPES_MAX 8
#define GROUPS_MAX 8
/* For %.*s: a slice of text, not too much of it. */
#define QUOTE(s) (int)(slice_length(s) < 48 ? slice_length(s) : 48), (s).at

/* How good a clock is for us; of several a=ts-refclk the best counts, they are
   equal in the sender's eyes (RFC 7273, 4.8). */
enum clock_rank {
  CLOCK_UNTOLD,
  CLOCK_FOREIGN, /* NTP, GPS, ...: none that we could follow */
  CLOCK_LOCAL,
  CLOCK_TRACEABLE,
  CLOCK_PTP,
};

/* What may be said once for all media and again for one. */
struct section {
  /* c= */
  bool has_address;
  const char *address_problem; /* why the address cannot be used, or NULL */
  uint32_t address_line;
  vsc_ip address;
  uint8_t ttl;
  /* m= */
  bool is_ignored; /* not audio over RTP, already noted */
  uint32_t line;
  uint16_t port;
  uint8_t payload_types[PAYLOAD_TYPES_MAX];
  uint32_t payload_type_count;
  /* a= */
  uint32_t chosen; /* payload_types[chosen] is what rtpmap gave */
  bool has_rtpmap;
  char encoding[16];
  uint64_t rate, channels;
  uint64_t ptime_ns, framecount;
  bool has_rtp_offset;
  uint32_t rtp_offset;
  uint32_t media_clock_line;        /* of one that is not for us */
  struct slice media_clock_foreign; /* it; empty: none */
  enum clock_rank rank;
  bool is_inherited; /* the clock is the session's */
  uint32_t clock_line;
  struct slice clock_foreign; /* of CLOCK_FOREIGN */
  uint8_t clock_id[8];
  uint32_t clock_domain;
  vsc_ip filter_group, filter_source; /* group 0: any */
  struct slice mid, channel_order;
};

struct parser {
  struct sdp_result *out;
  uint32_t line;
  bool has_version, has_medium, has_origin;
  struct section session;
  struct section medium;
  char id[VSC_NAME_BYTES * 2 - 4]; /* room for " #16" */
  char name[VSC_NAME_BYTES];
  uint64_t origin_session, origin_version;
  vsc_ip origin;
  uint32_t group_count;
  struct slice groups[GROUPS_MAX]; /* behind "a=group:" */
  uint32_t group_lines[GROUPS_MAX];
};

/* What a line's key, or an attribute's, leads to. */
struct handler {
  const char *key;
  vsc_status (*read)(struct parser *p, struct slice value);
};

/** Says what is wrong at LINE. VSC_ERR_MALFORMED for an error, else VSC_OK. */
VSC_PRINTF(4, 5)
vsc_status
sdp_say(struct parser *p,
        enum sdp_weight weight,
        uint32_t line,
        const char *format,
        ...);
#define sdp_fail(p, line, ...) sdp_say(p, SDP_ERROR, line, __VA_ARGS__)
#define sdp_note(p, line, ...) sdp_say(p, SDP_NOTE, line, __VA_ARGS__)
#define sdp_skip(p, line, ...) sdp_say(p, SDP_SKIPPED, line, __VA_ARGS__)
/** Where the line at hand belongs. */
static inline struct section *
sdp_here(struct parser *p)
{
  return p->has_medium ? &p->medium : &p->session;
}

/** sdp_attribute.c: a=KEY[:VALUE] */
vsc_status
sdp_attribute(struct parser *p, struct slice s);
/** sdp_clock.c: a=ts-refclk:, a=mediaclk:, a=clock-domain: */
vsc_status
sdp_ts_refclk(struct parser *p, struct slice s);
vsc_status
sdp_mediaclk(struct parser *p, struct slice s);
vsc_status
sdp_clock_domain(struct parser *p, struct slice s);
/** Could we follow the medium's clock? False after saying why not. */
bool
sdp_has_our_clock(struct parser *p);
/** sdp_stream.c: the medium that was read, if it is one that we can play. */
vsc_status
sdp_finish_medium(struct parser *p);
/** Does an a=ptime at RATE, of 44.1 kHz's family, name one of AES67's packet
    times (AES67, 7.2: 1 ms there has 48 frames), not a length? */
bool
sdp_is_nominal(uint64_t ptime_ns, uint64_t rate);
/** Which media are copies of each other (RFC 7104, ST 2022-7). */
void
sdp_finish_groups(struct parser *p);

#endif
