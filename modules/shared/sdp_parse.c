/* sdp_parse.c - reads session descriptions as devices write them, line by line:
   any line end, attributes in any order, at session or media level.
   SPDX-License-Identifier: MIT */
#include "modules/shared/sdp_parser.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* The heaviest that came first is what the result is about. */
vsc_status
sdp_say(struct parser *p,
        enum sdp_weight weight,
        uint32_t line,
        const char *format,
        ...)
{
  struct sdp_result *const out = p->out;
  struct sdp_fault fault = { .line = line, .weight = weight };
  char raw[sizeof fault.reason];
  va_list args;
  va_start(args, format);
  vsnprintf(raw, sizeof raw, format, args);
  va_end(args);
  text_clean((struct slice){ raw, raw + strlen(raw) },
             fault.reason,
             sizeof fault.reason);
  if (out->fault_count < SDP_FAULTS_MAX) {
    out->faults[out->fault_count++] = fault;
  } else if (weight > out->faults[SDP_FAULTS_MAX - 1].weight) {
    /* A full list still says why a text is refused. */
    out->faults[SDP_FAULTS_MAX - 1] = fault;
  }
  return weight == SDP_ERROR ? VSC_ERR_MALFORMED : VSC_OK;
}

/* 0 for what is none: it is the sender's business (RFC 4566, 5.2). */
static uint64_t
whole_number(struct slice s)
{
  uint64_t n = 0;
  return slice_number(&s, UINT64_MAX, &n) && !slice_length(s) ? n : 0;
}

/* o=<username> <sess-id> <sess-version> <nettype> <addrtype> <address> */
static vsc_status
origin_line(struct parser *p, struct slice s)
{
  struct slice words[6];
  for (int i = 0; i < 6; i++) {
    words[i] = slice_word(&s);
  }
  const bool is_second = p->has_origin;
  p->has_origin = true;
  if (is_second || !slice_length(words[5]) || slice_length(slice_trim(s))) {
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
  p->origin_session = whole_number(words[1]);
  p->origin_version = whole_number(words[2]);
  if (!slice_is(words[4], "IP4") || !slice_ip(words[5], &p->origin)) {
    p->origin = 0;
  }
  return VSC_OK;
}

static vsc_status
version_line(struct parser *p, struct slice s)
{
  const bool is_second = p->has_version;
  p->has_version = true;
  if (is_second || !slice_is(s, "0")) {
    return sdp_fail(p, p->line, "v=%.*s: only v=0, once, is SDP", QUOTE(s));
  }
  return VSC_OK;
}

static vsc_status
name_line(struct parser *p, struct slice s)
{
  memset(p->name, 0, sizeof p->name); /* streams are compared by bytes */
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
  } else if (section->address >= 0xF0000000) {
    section->address_problem = "the c= line has neither a group nor a host";
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
medium_line(struct parser *p, struct slice s)
{
  const vsc_status before = sdp_finish_medium(p);
  struct section *const m = &p->medium;
  *m = p->session;
  m->line = p->line;
  m->is_inherited = true;
  m->is_ignored = true;
  p->has_medium = true;
  if (before < 0) {
    return before;
  }
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
  if (!slice_is(kind, "audio")) {
    return sdp_skip(
      p, p->line, "m=%.*s is not supported: only audio", QUOTE(kind));
  }
  if (!slice_is(protocol, "RTP/AVP")) {
    return sdp_skip(
      p, p->line, "%.*s is not supported: only RTP/AVP", QUOTE(protocol));
  }
  if (port == 0) {
    return sdp_skip(p, p->line, "port 0: this medium is switched off");
  }
  m->is_ignored = false;
  return payload_types(p, s);
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
    p->has_version = true; /* say it once */
    return sdp_fail(p, p->line, "the first line must be v=0");
  }
  for (size_t i = 0; i < sizeof handlers / sizeof *handlers; i++) {
    if (slice_is(key, handlers[i].key)) {
      return handlers[i].read(p, value);
    }
  }
  return VSC_OK;
}

/* Goes on after an error: who corrects a text wants to know of all. */
static vsc_status
all_lines(struct parser *p, struct slice text)
{
  vsc_status status = VSC_OK;
  while (text.at < text.end) {
    p->line++;
    struct slice line = slice_until(&text, '\n');
    const struct slice inner = slice_trim(line);
    line.end = inner.end;
    if (slice_length(inner) > 0 && one_line(p, line) < 0) {
      status = VSC_ERR_MALFORMED;
    }
  }
  if (sdp_finish_medium(p) < 0) {
    status = VSC_ERR_MALFORMED;
  }
  sdp_finish_groups(p);
  return status;
}

/* The first of the heaviest. */
static void
choose_reason(struct sdp_result *out)
{
  const struct sdp_fault *worst = NULL;
  for (uint32_t i = 0; i < out->fault_count; i++) {
    if (!worst || out->faults[i].weight > worst->weight) {
      worst = &out->faults[i];
    }
  }
  if (worst) {
    out->line = worst->line;
    memcpy(out->reason, worst->reason, sizeof out->reason);
  }
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
    if (!p.has_origin) {
      status = sdp_fail(&p, 0, "there is no o= line");
    }
  }
  if (status == VSC_OK && out->count == 0) {
    if (out->fault_count == 0 || !p.has_medium) {
      sdp_skip(&p, 0, "there is no audio medium");
    }
    status = VSC_ERR_UNSUPPORTED;
  }
  choose_reason(out);
  if (status < 0) {
    out->count = 0;
    memset(out->streams, 0, sizeof out->streams);
    memset(out->more, 0, sizeof out->more);
  }
  return status;
}

void
sdp_drop_copies(struct sdp_result *r)
{
  uint32_t kept = 0;
  for (uint32_t i = 0; i < r->count; i++) {
    if (r->more[i].leg == 0) {
      r->streams[kept] = r->streams[i];
      r->more[kept++] = r->more[i];
    }
  }
  r->count = kept;
}
