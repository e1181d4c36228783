/* sdp_clock.c - what a session says about its clocks (RFC 7273): the one that
   its timestamps follow, and how they follow it.
   SPDX-License-Identifier: MIT */
#include "modules/shared/clock_id.h"
#include "modules/shared/sdp_parser.h"

#include <stdio.h>
#include <string.h>

/* All of S is an identity of COUNT octets. */
static bool
is_id(struct slice s, uint8_t *out, unsigned count)
{
  return clock_id_read(s.at, s.end, out, count) == s.end;
}

/* A clock of RANK is offered: is it the best of this level? */
static bool
takes(struct parser *p, struct section *section, enum clock_rank rank)
{
  if (p->has_medium && section->is_inherited) {
    section->is_inherited = false;
    section->rank = CLOCK_UNTOLD;
  }
  if (rank <= section->rank) {
    return false;
  }
  section->rank = rank;
  section->clock_line = p->line;
  memset(section->clock_id, 0, sizeof section->clock_id);
  return true;
}

/* ptp=<version>:<identity | traceable>[:<domain>] */
static vsc_status
ptp_clock(struct parser *p, struct slice s, struct slice whole)
{
  struct section *const section = sdp_here(p);
  const struct slice version = slice_until(&s, ':');
  const struct slice name = slice_until(&s, ':');
  if (slice_is(version, "traceable") || slice_is(name, "traceable")) {
    takes(p, section, CLOCK_TRACEABLE);
    return VSC_OK;
  }
  if (!slice_is(version, "IEEE1588-2008") &&
      !slice_is(version, "IEEE1588-2019")) {
    if (takes(p, section, CLOCK_FOREIGN)) {
      section->clock_foreign = whole;
    }
    return VSC_OK;
  }
  if (slice_length(name) == 0) {
    return VSC_OK;
  }
  uint8_t id[8];
  uint64_t domain = 0;
  slice_skip(&s, "domain-nmbr="); /* earlier drafts spelled it so */
  if (!is_id(name, id, 8) ||
      (slice_length(s) &&
       (!slice_number(&s, 255, &domain) || slice_length(s)))) {
    return sdp_note(
      p, p->line, "\"a=ts-refclk:%.*s\" names no clock: ignored", QUOTE(whole));
  }
  if (takes(p, section, CLOCK_PTP)) {
    memcpy(section->clock_id, id, sizeof id);
    section->clock_domain = (uint32_t)domain;
  }
  return VSC_OK;
}

/* a=ts-refclk:<clock> (RFC 7273, 4.3) */
vsc_status
sdp_ts_refclk(struct parser *p, struct slice s)
{
  const struct slice whole = s;
  struct section *const section = sdp_here(p);
  uint8_t mac[6];
  if (slice_skip(&s, "ptp=")) {
    return ptp_clock(p, s, whole);
  }
  if (slice_skip(&s, "localmac=") && is_id(s, mac, 6)) {
    if (takes(p, section, CLOCK_LOCAL)) {
      memcpy(section->clock_id, mac, sizeof mac);
    }
    return VSC_OK;
  }
  if (takes(p, section, CLOCK_FOREIGN)) {
    section->clock_foreign = whole;
  }
  return VSC_OK;
}

/* a=clock-domain:PTPv2 <domain>: RAVENNA's, without the grandmaster. */
vsc_status
sdp_clock_domain(struct parser *p, struct slice s)
{
  struct section *const section = sdp_here(p);
  uint64_t domain = 0;
  if (slice_is(slice_word(&s), "PTPv2") && section->rank == CLOCK_UNTOLD) {
    struct slice digits = slice_word(&s);
    if (slice_number(&digits, 255, &domain) && !slice_length(digits)) {
      section->clock_domain = (uint32_t)domain;
    }
  }
  return VSC_OK;
}

/* rate=<n>/<d>: the media clock is not what rtpmap says. */
static bool
is_another_rate(struct slice s)
{
  uint64_t n = 0;
  uint64_t d = 0;
  return slice_skip(&s, "rate=") && slice_number(&s, UINT32_MAX, &n) &&
         slice_skip(&s, "/") && slice_number(&s, UINT32_MAX, &d) && n != d;
}

static vsc_status
direct(struct parser *p, struct slice s, struct slice whole)
{
  struct section *const section = sdp_here(p);
  uint64_t offset = 0;
  s = slice_trim(s);
  const bool has_equals = slice_skip(&s, "=");
  struct slice number = slice_word(&s);
  if (!has_equals || !slice_number(&number, UINT32_MAX, &offset) ||
      slice_length(number)) {
    return sdp_fail(
      p, p->line, "\"a=mediaclk:%.*s\" has no offset below 2^32", QUOTE(whole));
  }
  section->has_rtp_offset = true;
  section->rtp_offset = (uint32_t)offset;
  if (is_another_rate(slice_word(&s))) {
    section->media_clock_foreign = whole;
  }
  return VSC_OK;
}

/* a=mediaclk:[id=<tag> ]direct=<offset>[ rate=<n>/<d>] (RFC 7273, 5) */
vsc_status
sdp_mediaclk(struct parser *p, struct slice s)
{
  struct section *const section = sdp_here(p);
  const struct slice whole = s;
  section->has_rtp_offset = false;
  section->rtp_offset = 0;
  section->media_clock_line = p->line;
  section->media_clock_foreign = (struct slice){ s.end, s.end };
  for (struct slice word = slice_word(&s); slice_length(word);
       word = slice_word(&s)) {
    if (slice_skip(&word, "direct")) {
      return direct(p, (struct slice){ word.at, s.end }, whole);
    }
    if (slice_is(word, "sender")) {
      return sdp_note(
        p,
        p->line,
        "a=mediaclk: the sender's own clock: it will not stay in step");
    }
  }
  section->media_clock_foreign = whole;
  return VSC_OK;
}

bool
sdp_has_our_clock(struct parser *p)
{
  const struct section *const m = &p->medium;
  if (m->rank == CLOCK_FOREIGN) {
    sdp_skip(p,
             m->clock_line,
             "the clock %.*s is not supported: only ptp=IEEE1588-2008",
             QUOTE(m->clock_foreign));
    return false;
  }
  if (slice_length(m->media_clock_foreign)) {
    sdp_skip(p,
             m->media_clock_line,
             "the media clock %.*s is not supported: only direct",
             QUOTE(m->media_clock_foreign));
    return false;
  }
  if (m->rank == CLOCK_LOCAL) {
    sdp_note(p,
             m->clock_line,
             "a=ts-refclk: the sender's own clock: it will not stay in step");
  }
  return true;
}
