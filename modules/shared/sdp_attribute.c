/* sdp_attribute.c - the a= lines that say what a stream is (AES67-2018, 8).
   SPDX-License-Identifier: MIT */
#include "modules/shared/sdp_parser.h"

#include <stdio.h>
#include <string.h>

static void
choose_encoding(struct section *m, struct slice name)
{
  /* Names are equal in either case (RFC 4855, 3); codecs know one spelling. */
  static const char *const known[] = { "L8",  "L16",   "L20", "L24",
                                       "L32", "AM824", NULL };
  memset(m->encoding, 0, sizeof m->encoding); /* compared by bytes */
  snprintf(
    m->encoding, sizeof m->encoding, "%.*s", (int)slice_length(name), name.at);
  for (int i = 0; known[i]; i++) {
    if (slice_is_any_case(name, known[i])) {
      memset(m->encoding, 0, sizeof m->encoding);
      snprintf(m->encoding, sizeof m->encoding, "%s", known[i]);
    }
  }
}

/* a=rtpmap:<payload type> <encoding>/<rate>[/<channels>] */
static vsc_status
rtpmap(struct parser *p, struct slice s)
{
  struct section *const m = &p->medium;
  const struct slice whole = s;
  uint64_t type = 0;
  uint64_t rate = 0;
  uint64_t channels = 1; /* may be left out for one channel (RFC 4566, 6) */
  const bool has_type = slice_number(&s, 127, &type);
  struct slice map = slice_word(&s);
  const struct slice encoding = slice_until(&map, '/');
  if (!p->has_medium || !has_type || !slice_is_token(encoding) ||
      slice_length(encoding) >= sizeof m->encoding ||
      !slice_number(&map, 1000000000, &rate) ||
      (slice_skip(&map, "/") && slice_length(map) &&
       !slice_number(&map, 1000000000, &channels)) ||
      slice_length(map)) {
    return sdp_fail(p,
                    p->line,
                    "\"a=rtpmap:%.*s\" is not TYPE NAME/RATE/CHANNELS",
                    QUOTE(whole));
  }
  for (uint32_t i = 0; i < m->payload_type_count; i++) {
    if (m->payload_types[i] == type && (!m->has_rtpmap || i < m->chosen)) {
      m->has_rtpmap = true;
      m->chosen = i;
      m->rate = rate;
      m->channels = channels;
      choose_encoding(m, encoding);
    }
  }
  return VSC_OK;
}

/* a=ptime:<milliseconds, with decimals> */
static vsc_status
ptime(struct parser *p, struct slice s)
{
  const struct slice whole = s;
  uint64_t ms = 0;
  uint64_t ns = 0;
  const bool has_ms = slice_number(&s, 1000, &ms);
  if (slice_skip(&s, ".")) {
    for (uint64_t unit = 100000; s.at < s.end && *s.at >= '0' && *s.at <= '9';
         unit /= 10) {
      ns += unit * (uint64_t)(*s.at++ - '0');
    }
  }
  ns += ms * 1000000;
  if (!has_ms || slice_length(slice_trim(s)) || ns == 0 || ns > 1000000000) {
    return sdp_fail(p,
                    p->line,
                    "\"a=ptime:%.*s\" is not a time in milliseconds, up to "
                    "1000",
                    QUOTE(whole));
  }
  sdp_here(p)->ptime_ns = ns;
  return VSC_OK;
}

/* a=framecount:<frames>, or a range from which the receiver may choose. */
static vsc_status
framecount(struct parser *p, struct slice s)
{
  uint64_t frames = 0;
  if (slice_number(&s, SDP_RATE_MAX, &frames) && !slice_length(slice_trim(s))) {
    sdp_here(p)->framecount = frames;
  }
  return VSC_OK;
}

/* a=source-filter: incl IN IP4 <destination | *> <source>... (RFC 4570, 3) */
static vsc_status
source_filter(struct parser *p, struct slice s)
{
  struct section *const section = sdp_here(p);
  const bool is_incl = slice_is(slice_word(&s), "incl");
  const bool is_ip4 =
    slice_is(slice_word(&s), "IN") && slice_is(slice_word(&s), "IP4");
  const struct slice group = slice_word(&s);
  const struct slice source = slice_word(&s);
  vsc_ip group_ip = 0;
  vsc_ip source_ip = 0;
  if (!is_incl || !is_ip4 ||
      (!slice_is(group, "*") && !slice_ip(group, &group_ip)) ||
      !slice_ip(source, &source_ip)) {
    return sdp_note(
      p, p->line, "a=source-filter that is not incl IN IP4: ignored");
  }
  if (slice_length(slice_word(&s))) {
    source_ip = 0;
    sdp_note(
      p, p->line, "a=source-filter with several sources: any is accepted");
  }
  section->filter_group = group_ip;
  section->filter_source = source_ip;
  return VSC_OK;
}

/* a=group:<kind> <mid>... (RFC 5888, 5) */
static vsc_status
group(struct parser *p, struct slice s)
{
  if (p->group_count == GROUPS_MAX) {
    return sdp_note(p, p->line, "more than %d groups", GROUPS_MAX);
  }
  p->group_lines[p->group_count] = p->line;
  p->groups[p->group_count++] = s;
  return VSC_OK;
}

static vsc_status
mid(struct parser *p, struct slice s)
{
  if (!p->has_medium || slice_length(s) == 0 ||
      slice_length(s) >= sizeof p->out->more[0].mid) {
    return sdp_note(
      p, p->line, "\"a=mid:%.*s\" names no medium: ignored", QUOTE(s));
  }
  p->medium.mid = s;
  return VSC_OK;
}

/* a=fmtp:<payload type> ...channel-order=<convention>.(<order>)
   (ST 2110-30, 6.2.2) */
static vsc_status
fmtp(struct parser *p, struct slice s)
{
  slice_word(&s);
  while (slice_length(s)) {
    struct slice item = slice_trim(slice_until(&s, ';'));
    if (slice_skip(&item, "channel-order=")) {
      sdp_here(p)->channel_order = slice_trim(item);
    }
  }
  return VSC_OK;
}

vsc_status
sdp_attribute(struct parser *p, struct slice s)
{
  static const struct handler handlers[] = {
    { .key = "rtpmap", .read = rtpmap },
    { .key = "ptime", .read = ptime },
    { .key = "framecount", .read = framecount },
    { .key = "mediaclk", .read = sdp_mediaclk },
    { .key = "ts-refclk", .read = sdp_ts_refclk },
    { .key = "clock-domain", .read = sdp_clock_domain },
    { .key = "group", .read = group },
    { .key = "mid", .read = mid },
    { .key = "fmtp", .read = fmtp },
    { .key = "source-filter", .read = source_filter },
  };
  if (p->has_medium && p->medium.is_ignored) {
    return VSC_OK;
  }
  const struct slice key = slice_until(&s, ':');
  for (size_t i = 0; i < sizeof handlers / sizeof *handlers; i++) {
    if (slice_is(key, handlers[i].key)) {
      return handlers[i].read(p, slice_trim(s));
    }
  }
  return VSC_OK;
}
