/* sdp_parser.h - what the two halves of the SDP parser share: lines and
   attributes. For sdp_parse.c and sdp_attribute.c only.
   SPDX-License-Identifier: MIT */
#ifndef VSC_SDP_PARSER_H
#define VSC_SDP_PARSER_H

#include "modules/shared/sdp.h"
#include "modules/shared/sdp_text.h"

#define SDP_RATE_MIN 44100
#define SDP_RATE_MAX 384000
/* Of one medium; later ones are never preferred. */
#define PAYLOAD_TYPES_MAX 8
/* For %.*s: a slice of text, not too much of it. */
#define QUOTE(s) (int)(slice_length(s) < 48 ? slice_length(s) : 48), (s).at

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
  uint8_t clock_id[8];
  uint32_t clock_domain;
  vsc_ip filter_group, filter_source; /* group 0: any */
};

struct parser {
  struct sdp_result *out;
  uint32_t line;
  bool has_version, has_medium;
  bool has_skipped; /* reason says why a medium was skipped */
  struct section session;
  struct section medium;
  char id[VSC_NAME_BYTES * 2 - 4]; /* room for " #16" */
  char name[VSC_NAME_BYTES];
};

/* What a line's key, or an attribute's, leads to. */
struct handler {
  const char *key;
  vsc_status (*read)(struct parser *p, struct slice value);
};

/** The text is refused: says why at LINE. Always VSC_ERR_MALFORMED. */
VSC_PRINTF(3, 4)
vsc_status
sdp_fail(struct parser *p, uint32_t line, const char *format, ...);
/** Something is ignored; the first such thing is kept. Always VSC_OK. */
VSC_PRINTF(3, 4)
vsc_status
sdp_note(struct parser *p, uint32_t line, const char *format, ...);
/** Where the line at hand belongs. */
static inline struct section *
sdp_here(struct parser *p)
{
  return p->has_medium ? &p->medium : &p->session;
}
/** a=KEY[:VALUE] */
vsc_status
sdp_attribute(struct parser *p, struct slice s);

#endif
