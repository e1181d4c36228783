/* sdp_parse.c - reads session descriptions as devices write them: any line end,
   attributes in any order, at session or media level.
   SPDX-License-Identifier: MIT */
#include "modules/shared/sdp_parser.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void
say(struct parser *p, uint32_t line, const char *format, va_list args)
{
  char raw[sizeof p->out->reason];
  vsnprintf(raw, sizeof raw, format, args);
  p->out->line = line;
  text_clean((struct slice){ raw, raw + strlen(raw) },
             p->out->reason,
             sizeof p->out->reason);
}

vsc_status
sdp_fail(struct parser *p, uint32_t line, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  say(p, line, format, args);
  va_end(args);
  return VSC_ERR_MALFORMED;
}

vsc_status
sdp_note(struct parser *p, uint32_t line, const char *format, ...)
{
  if (!p->out->reason[0]) {
    va_list args;
    va_start(args, format);
    say(p, line, format, args);
    va_end(args);
  }
  return VSC_OK;
}

/* A medium that we cannot play; that matters more than a note. */
VSC_PRINTF(3, 4)
static vsc_status
skip(struct parser *p, uint32_t line, const char *format, ...)
{
  if (!p->has_skipped) {
    va_list args;
    va_start(args, format);
    say(p, line, format, args);
    va_end(args);
  }
  p->has_skipped = true;
  return VSC_OK;
}

/* o=<username> <sess-id> <sess-version> <nettype> <addrtype> <address> */
static vsc_status
origin_line(struct parser *p, struct slice s)
{
  struct slice words[6];
  for (int i = 0; i < 6; i++) {
    words[i] = slice_word(&s);
  }
  if (p->id[0] || !slice_length(words[5]) || slice_length(slice_trim(s))) {
    return sdp_fail(
      p, p->line, "the o= line must be there once, with six words");
  }
  const struct slice head = { words[0].at, words[1].end };
  const struct slice tail = { words[3].at, words[5].end };
  char key[sizeof p->id];
  const int n = snprintf(key,
                         sizeof key,
                         "%.*s %.*s",
                         (int)slice_length(head),
                         head.at,
                         (int)slice_length(tail),
                         tail.at);
  if (n < 0 || (size_t)n >= sizeof p->id) {
    return sdp_fail(
      p, p->line, "the o= line is longer than %d bytes", (int)sizeof p->id - 1);
  }
  text_clean((struct slice){ key, key + n }, p->id, sizeof p->id);
  return VSC_OK;
}

static vsc_status
version_line(struct parser *p, struct slice s)
{
  if (p->has_version || !slice_is(s, "0")) {
    return sdp_fail(p, p->line, "v=%.*s: only v=0, once, is SDP", QUOTE(s));
  }
  p->has_version = true;
  return VSC_OK;
}

static vsc_status
name_line(struct parser *p, struct slice s)
{
  text_clean(s, p->name, sizeof p->name);
  return VSC_OK;
}

/* c=IN IP4 <address>[/<ttl>[/<count>]] */
static vsc_status
connection_line(struct parser *p, struct slice s)
{
  struct section *const section = sdp_here(p);
  const struct slice whole = s;
  const struct slice net = slice_word(&s);
  const struct slice type = slice_word(&s);
  struct slice where = slice_word(&s);
  section->has_address = true;
  section->address_line = p->line;
  section->address_problem = NULL;
  section->address = 0;
  section->ttl = 0;
  if (slice_is(net, "IN") && slice_is(type, "IP6")) {
    section->address_problem = "IP6 is not supported: only IP4";
    return VSC_OK;
  }
  const struct slice address = slice_until(&where, '/');
  uint64_t ttl = 0;
  const struct slice hops = slice_until(&where, '/');
  struct slice digits = hops;
  if (!slice_is(net, "IN") || !slice_is(type, "IP4") ||
      !slice_length(address) || slice_length(slice_trim(s)) ||
      (slice_length(hops) &&
       (!slice_number(&digits, 255, &ttl) || slice_length(digits)))) {
    return sdp_fail(
      p, p->line, "\"c=%.*s\" is not IN IP4 ADDRESS/TTL", QUOTE(whole));
  }
  section->ttl = (uint8_t)ttl;
  if (!slice_ip(address, &section->address)) {
    section->address_problem = "the c= line has no IPv4 address in numbers";
  } else if (section->address == 0) {
    section->address_problem = "the c= line has address 0.0.0.0: on hold";
  }
  return VSC_OK;
}

/* m=audio <port>[/<count>] RTP/AVP <payload type>... */
static vsc_status
payload_types(struct parser *p, struct slice s)
{
  struct section *const m = &p->medium;
  for (struct slice word = slice_word(&s); slice_length(word);
       word = slice_word(&s)) {
    uint64_t type;
    struct slice digits = word;
    if (!slice_number(&digits, 127, &type) || slice_length(digits)) {
      return sdp_fail(
        p, p->line, "\"%.*s\" is not a payload type: 0 to 127", QUOTE(word));
    }
    if (m->payload_type_count < PAYLOAD_TYPES_MAX) {
      m->payload_types[m->payload_type_count++] = (uint8_t)type;
    }
  }
  return m->payload_type_count
           ? VSC_OK
           : sdp_fail(p, p->line, "the m= line has no payload type");
}

static vsc_status
finish_medium(struct parser *p);

static vsc_status
medium_line(struct parser *p, struct slice s)
{
  const vsc_status status = finish_medium(p);
  if (status < 0) {
    return status;
  }
  struct section *const m = &p->medium;
  *m = p->session;
  m->line = p->line;
  p->has_medium = true;
  const struct slice kind = slice_word(&s);
  struct slice where = slice_word(&s);
  const struct slice protocol = slice_word(&s);
  uint64_t port = 0;
  uint64_t ports = 1;
  if (!slice_number(&where, 65535, &port) ||
      (slice_skip(&where, "/") && !slice_number(&where, 65535, &ports)) ||
      slice_length(where)) {
    return sdp_fail(p, p->line, "the m= line has no port from 0 to 65535");
  }
  m->port = (uint16_t)port;
  m->is_ignored = true;
  if (!slice_is(kind, "audio")) {
    return skip(p, p->line, "m=%.*s is not supported: only audio", QUOTE(kind));
  }
  if (!slice_is(protocol, "RTP/AVP")) {
    return skip(
      p, p->line, "%.*s is not supported: only RTP/AVP", QUOTE(protocol));
  }
  if (port == 0) {
    return skip(p, p->line, "port 0: this medium is switched off");
  }
  m->is_ignored = false;
  return payload_types(p, s);
}

/* The payload types that need no rtpmap and that we can play (RFC 3551, 6). */
static void
static_payload_type(struct section *m)
{
  const uint8_t type = m->payload_types[0];
  if (!m->has_rtpmap && (type == 10 || type == 11)) {
    m->has_rtpmap = true;
    m->chosen = 0;
    m->rate = 44100;
    m->channels = type == 10 ? 2 : 1;
    snprintf(m->encoding, sizeof m->encoding, "L16");
  }
}

/* Frames of a packet: what framecount says, if it can be meant: some write the
   nominal time at 44.1 kHz (48 frames, ptime 1), and some count frames of
   48 kHz at 96 kHz. */
static uint64_t
packet_frames(struct parser *p)
{
  const struct section *const m = &p->medium;
  const uint64_t scaled = m->ptime_ns * m->rate; /* below 2^49 */
  const uint64_t counted = m->framecount * 1000000000;
  const uint64_t apart = counted > scaled ? counted - scaled : scaled - counted;
  if (m->framecount && (!m->ptime_ns || apart <= scaled / 10)) {
    return m->framecount;
  }
  if (m->framecount) {
    sdp_note(p,
             m->line,
             "framecount %llu contradicts ptime: ignored",
             (unsigned long long)m->framecount);
  }
  return (scaled + 500000000) / 1000000000;
}

static void
packet_time(struct parser *p, vsc_stream *out)
{
  uint64_t base = 48000; /* as vsc_packet_frames() */
  while (base < p->medium.rate) {
    base *= 2;
  }
  const uint64_t frames = packet_frames(p);
  out->format.frames_per_packet = (uint32_t)frames;
  out->packet_time = (vsc_ns)((frames * 1000000000 + base / 2) / base);
}

static void
add_stream(struct parser *p)
{
  const struct section *const m = &p->medium;
  vsc_stream *const out = &p->out->streams[p->out->count++];
  *out = (vsc_stream){
    .size = sizeof *out,
    .format = { .size = sizeof out->format,
                .rate = (uint32_t)m->rate,
                .channels = (uint32_t)m->channels },
    .address = m->address,
    .port = m->port,
    .payload_type = m->payload_types[m->chosen],
    .ttl = m->ttl,
    .has_rtp_offset = m->has_rtp_offset,
    .rtp_offset = m->rtp_offset,
    .clock_domain = m->clock_domain,
  };
  memcpy(out->format.encoding, m->encoding, sizeof m->encoding);
  memcpy(out->clock_id, m->clock_id, sizeof m->clock_id);
  memcpy(out->name, p->name, sizeof p->name);
  if (m->filter_group == 0 || m->filter_group == m->address) {
    out->source = m->filter_source;
  }
  packet_time(p, out);
  if (p->out->count == 1) {
    snprintf(out->id, sizeof out->id, "%s", p->id);
  } else {
    snprintf(out->id, sizeof out->id, "%s #%u", p->id, p->out->count);
  }
}

static vsc_status
finish_medium(struct parser *p)
{
  struct section *const m = &p->medium;
  if (!p->has_medium || m->is_ignored) {
    return VSC_OK;
  }
  static_payload_type(m);
  if (!m->has_address) {
    return sdp_fail(p, m->line, "this medium has no c= line");
  }
  if (m->address_problem) {
    return skip(p, m->address_line, "%s", m->address_problem);
  }
  if (!m->has_rtpmap) {
    return skip(
      p, m->line, "payload type %u has no a=rtpmap", m->payload_types[0]);
  }
  if (m->rate < SDP_RATE_MIN || m->rate > SDP_RATE_MAX) {
    return skip(p,
                m->line,
                "rate %llu is not supported: 44100 to 384000",
                (unsigned long long)m->rate);
  }
  if (m->channels == 0 || m->channels > VSC_CHANNELS_MAX) {
    return skip(p,
                m->line,
                "%llu channels are not supported: 1 to %d",
                (unsigned long long)m->channels,
                VSC_CHANNELS_MAX);
  }
  if (p->out->count == SDP_STREAMS_MAX) {
    return sdp_fail(
      p, m->line, "more than %d streams in one text", SDP_STREAMS_MAX);
  }
  add_stream(p);
  return VSC_OK;
}

static vsc_status
one_line(struct parser *p, struct slice line)
{
  static const struct handler handlers[] = {
    { .key = "v", .read = version_line },
    { .key = "o", .read = origin_line },
    { .key = "s", .read = name_line },
    { .key = "c", .read = connection_line },
    { .key = "m", .read = medium_line },
    { .key = "a", .read = sdp_attribute },
  };
  if (slice_length(line) < 2 || line.at[1] != '=' || line.at[0] < 'a' ||
      line.at[0] > 'z') {
    return sdp_fail(
      p, p->line, "\"%.*s\" is not a line of the form x=value", QUOTE(line));
  }
  const struct slice key = { line.at, line.at + 1 };
  const struct slice value = { line.at + 2, line.end };
  if (!p->has_version && !slice_is(key, "v")) {
    return sdp_fail(p, p->line, "the first line must be v=0");
  }
  for (size_t i = 0; i < sizeof handlers / sizeof *handlers; i++) {
    if (slice_is(key, handlers[i].key)) {
      return handlers[i].read(p, value);
    }
  }
  return VSC_OK;
}

static vsc_status
all_lines(struct parser *p, struct slice text)
{
  while (text.at < text.end) {
    p->line++;
    struct slice line = slice_until(&text, '\n');
    line.end = slice_trim(line).end;
    line.at = line.at < line.end ? line.at : line.end;
    if (slice_length(line) == 0) {
      continue;
    }
    const vsc_status status = one_line(p, line);
    if (status < 0) {
      return status;
    }
  }
  return finish_medium(p);
}

vsc_status
sdp_parse(const char *text, size_t bytes, struct sdp_result *out)
{
  memset(out, 0, sizeof *out);
  struct parser p = { .out = out };
  vsc_status status = VSC_OK;
  if (bytes > SDP_BYTES_MAX) {
    status = sdp_fail(&p, 0, "longer than %d bytes", SDP_BYTES_MAX);
  } else if (bytes > 0 && memchr(text, 0, bytes)) {
    status = sdp_fail(&p, 0, "a byte 0 is in the text");
  } else {
    status = all_lines(&p, (struct slice){ text, text + bytes });
  }
  if (status == VSC_OK && !p.id[0]) {
    status = sdp_fail(&p, 0, "there is no o= line");
  }
  if (status == VSC_OK && out->count == 0) {
    skip(&p, 0, "there is no audio medium");
    status = VSC_ERR_UNSUPPORTED;
  }
  if (status < 0) {
    out->count = 0;
  }
  return status;
}
