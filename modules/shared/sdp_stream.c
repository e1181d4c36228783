/* sdp_stream.c - a medium that was read becomes a stream, or the reason why
   not; and two of them become the legs of one. SPDX-License-Identifier: MIT */
#include "modules/shared/sdp_parser.h"

#include <vsc/position.h>

#include <stdio.h>
#include <string.h>

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

bool
sdp_is_nominal(uint64_t ptime_ns, uint64_t rate)
{
  static const uint64_t times[] = { 125000, 250000,  333000,
                                    333333, 1000000, 4000000 };
  bool is_one = false;
  for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
    is_one |= ptime_ns == times[i];
  }
  return is_one && rate % 11025 == 0;
}

/* Frames of a packet: what framecount says, if it can be meant: some count
   frames of 48 kHz at 96 kHz. */
static uint64_t
packet_frames(struct parser *p)
{
  const struct section *const m = &p->medium;
  const uint64_t scaled = m->ptime_ns * m->rate; /* below 2^49 */
  const uint64_t counted = m->framecount * 1000000000;
  const uint64_t apart = counted > scaled ? counted - scaled : scaled - counted;
  /* A second is the longest ptime that is taken, too. */
  const bool is_long = m->framecount > m->rate;
  if (m->framecount && !is_long && (!m->ptime_ns || apart <= scaled / 10)) {
    return m->framecount;
  }
  if (m->framecount) {
    sdp_note(p,
             m->line,
             "framecount %llu %s: ignored",
             (unsigned long long)m->framecount,
             is_long ? "is more than a second" : "contradicts ptime");
  }
  if (sdp_is_nominal(m->ptime_ns, m->rate)) {
    return vsc_packet_frames((vsc_ns)m->ptime_ns, (uint32_t)m->rate);
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
copy_clock(const struct section *m, vsc_stream *out)
{
  memcpy(out->clock_id, m->clock_id, sizeof m->clock_id);
  out->clock_domain = m->clock_domain;
  out->reference = m->rank == CLOCK_LOCAL       ? VSC_REFERENCE_LOCAL
                   : m->rank == CLOCK_TRACEABLE ? VSC_REFERENCE_TRACEABLE
                                                : VSC_REFERENCE_PTP;
}

static void
add_more(struct parser *p, struct sdp_more *out)
{
  const struct section *const m = &p->medium;
  out->line = m->line;
  text_clean(m->mid, out->mid, sizeof out->mid);
  text_clean(m->channel_order, out->channel_order, sizeof out->channel_order);
}

static void
add_stream(struct parser *p)
{
  const struct section *const m = &p->medium;
  add_more(p, &p->out->more[p->out->count]);
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
    .session = p->origin_session,
    .version = p->origin_version,
    .origin = p->origin,
  };
  memcpy(out->format.encoding, m->encoding, sizeof m->encoding);
  memcpy(out->name, p->name, sizeof p->name);
  copy_clock(m, out);
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

/* The medium as its attributes describe it: could we play that? */
static bool
has_our_format(struct parser *p)
{
  const struct section *const m = &p->medium;
  if (!m->has_rtpmap) {
    sdp_skip(p,
             m->line,
             "payload type %u has no a=rtpmap",
             (unsigned)m->payload_types[0]);
  } else if (m->rate < SDP_RATE_MIN || m->rate > SDP_RATE_MAX) {
    sdp_skip(p,
             m->line,
             "rate %llu is not supported: 44100 to 384000",
             (unsigned long long)m->rate);
  } else if (m->channels == 0 || m->channels > VSC_CHANNELS_MAX) {
    sdp_skip(p,
             m->line,
             "%llu channels are not supported: 1 to %d",
             (unsigned long long)m->channels,
             VSC_CHANNELS_MAX);
  } else if (strcmp(m->encoding, "AM824") == 0 && m->channels % 2 != 0) {
    /* ST 2110-31, 6.1: two subframes make a frame of AES3. */
    sdp_skip(p,
             m->line,
             "AM824 has pairs of channels, not %llu",
             (unsigned long long)m->channels);
  } else {
    return true;
  }
  return false;
}

/* Packets that cannot be: bytes of a sample are known where its name says how
   many bits it has. */
static void
note_size(struct parser *p)
{
  const vsc_stream *const s = &p->out->streams[p->out->count - 1];
  uint64_t bits = strcmp(s->format.encoding, "AM824") == 0 ? 32 : 0;
  struct slice digits = { s->format.encoding + 1,
                          s->format.encoding + strlen(s->format.encoding) };
  if (s->format.encoding[0] == 'L') {
    slice_number(&digits, 64, &bits);
  }
  const uint64_t bytes =
    (uint64_t)s->format.frames_per_packet * s->format.channels * bits / 8;
  if (bytes > VSC_PACKET_BYTES_MAX) {
    sdp_note(p,
             p->medium.line,
             "packets of %llu bytes: AES67 allows %d",
             (unsigned long long)bytes,
             VSC_PACKET_BYTES_MAX);
  }
}

vsc_status
sdp_finish_medium(struct parser *p)
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
    return sdp_skip(p, m->address_line, "%s", m->address_problem);
  }
  if (!has_our_format(p) || !sdp_has_our_clock(p)) {
    return VSC_OK;
  }
  if (p->out->count == SDP_STREAMS_MAX) {
    return sdp_fail(
      p, m->line, "more than %d streams in one text", SDP_STREAMS_MAX);
  }
  add_stream(p);
  note_size(p);
  return VSC_OK;
}

static bool
is_same_audio(const vsc_stream *a, const vsc_stream *b)
{
  return a->payload_type == b->payload_type &&
         memcmp(&a->format, &b->format, sizeof a->format) == 0;
}

/* The stream whose a=mid is WORD, or count. */
static uint32_t
find_mid(const struct sdp_result *out, struct slice word)
{
  uint32_t i = 0;
  while (i < out->count && !slice_is(word, out->more[i].mid)) {
    i++;
  }
  return i;
}

/* Two legs are what ST 2022-7 has; a third is only listed. */
static void
add_copy(vsc_stream *s, const vsc_stream *copy)
{
  if (!s->copy_address) {
    s->copy_address = copy->address;
    s->copy_source = copy->source;
    s->copy_port = copy->port;
  }
}

/* IS_IN: the members of a group DUP. The one that is first in the text is the
   stream, whichever the group names first. */
static void
mark_copies(struct parser *p, const bool is_in[SDP_STREAMS_MAX])
{
  struct sdp_result *const out = p->out;
  uint32_t first = 0;
  while (first < out->count && !is_in[first]) {
    first++;
  }
  for (uint32_t i = first + 1; i < out->count; i++) {
    if (!is_in[i]) {
      continue;
    }
    if (is_same_audio(&out->streams[first], &out->streams[i])) {
      out->more[i].leg = 1;
      add_copy(&out->streams[first], &out->streams[i]);
    } else {
      sdp_note(p,
               out->more[i].line,
               "this medium is no copy of \"%s\": another format",
               out->more[first].mid);
    }
  }
}

/* a=group:DUP <mid> <mid> (RFC 7104, 4) */
static void
one_group(struct parser *p, uint32_t n)
{
  struct sdp_result *const out = p->out;
  struct slice rest = p->groups[n];
  const struct slice kind = slice_word(&rest);
  bool is_in[SDP_STREAMS_MAX] = { false };
  for (struct slice word = slice_word(&rest); slice_length(word);
       word = slice_word(&rest)) {
    const uint32_t i = find_mid(out, word);
    if (i == out->count) {
      sdp_note(p,
               p->group_lines[n],
               "a=group names \"%.*s\", and there is no such stream",
               QUOTE(word));
      continue;
    }
    text_clean(p->groups[n], out->more[i].group, sizeof out->more[i].group);
    is_in[i] = true;
  }
  if (slice_is(kind, "DUP")) {
    mark_copies(p, is_in);
  }
}

void
sdp_finish_groups(struct parser *p)
{
  for (uint32_t n = 0; n < p->group_count; n++) {
    one_group(p, n);
  }
}
