/* verify_watch.c - see verify_watch.h. SPDX-License-Identifier: MIT */
#include "verify_watch.h"
#include "modules/transport-rtp/rtp_packet.h"
#include "modules/transport-rtp/rtp_source.h"

#include <string.h>
#include <vsc/position.h>

static uint32_t
sample_bytes(const char *encoding)
{
  return strcmp(encoding, "L24") == 0                                     ? 3
         : strcmp(encoding, "L16") == 0                                   ? 2
         : strcmp(encoding, "L32") == 0 || strcmp(encoding, "AM824") == 0 ? 4
                                                                          : 0;
}

void
verify_watch_init(struct verify_watch *w, const vsc_stream *stream)
{
  *w = (struct verify_watch){ .expected = *stream };
  w->bytes_per_frame =
    sample_bytes(stream->format.encoding) * stream->format.channels;
  w->facts = (struct proof_facts){ .expected = &w->expected,
                                   .is_relative = !stream->has_rtp_offset,
                                   .has_marking = true,
                                   .is_readable = w->bytes_per_frame > 0,
                                   .windows = w->windows };
}

/* How long after its media time; half of all time stamps is a day at 48 kHz, so
   the nearest is meant. */
static vsc_ns
lead_of(const struct verify_watch *w, uint32_t timestamp, vsc_ns media_ns)
{
  const uint32_t rate = w->expected.format.rate;
  const vsc_pos near = vsc_pos_at(media_ns, rate);
  const vsc_pos pos = vsc_unwrap(near, timestamp - w->expected.rtp_offset);
  return media_ns - vsc_tai_of(pos, rate);
}

static void
begin_lead(struct verify_watch *w, uint32_t timestamp, vsc_ns at)
{
  if (w->facts.is_relative) {
    w->expected.rtp_offset =
      timestamp - (uint32_t)vsc_pos_at(at, w->expected.format.rate);
  }
}

static void
add_lead(struct verify_watch *w, vsc_ns at, vsc_ns lead)
{
  struct proof_facts *const f = &w->facts;
  struct window done;
  if (window_add(&w->window, at, lead, &done) &&
      f->window_count < PROOF_WINDOWS_MAX) {
    w->windows[f->window_count++] = done;
  }
}

/* False: one that came before. Further back it is no reordering but a sender
   that began anew, which is as another one. RFC 3550 A.1 without its probation:
   this is one stream by its SSRC. */
static bool
follow_sequence(struct verify_watch *w, uint16_t sequence, vsc_ip source)
{
  struct proof_facts *const f = &w->facts;
  const int16_t step = (int16_t)(sequence - w->sequence);
  if (f->packets == 0) {
    w->seen = 1;
  } else if (step > 0) {
    f->lost += (uint64_t)step - 1;
    w->seen = step < 64 ? w->seen << step | 1 : 1;
  } else if (step < -RTP_MISORDER_MAX) {
    f->foreign++;
    f->stranger = source;
    w->seen = 1;
  } else if (step > -64 && w->seen >> -step & 1) {
    f->duplicate++;
    return false;
  } else {
    f->reordered++;
    f->lost -= f->lost > 0;
    w->seen |= step > -64 ? UINT64_C(1) << -step : 0;
    return true;
  }
  w->sequence = sequence;
  return true;
}

/* A number that follows, and a time that does not. */
static void
follow_time(struct verify_watch *w, uint32_t timestamp, bool is_next)
{
  struct proof_facts *const f = &w->facts;
  const int32_t jump = (int32_t)(timestamp - w->timestamp - f->frames);
  if (is_next && f->frames > 0 && jump > 0) {
    f->skipped += (uint64_t)jump;
  }
  w->timestamp = timestamp;
}

/* Is P of the stream that was there first? */
static bool
is_ours(struct verify_watch *w, const struct rtp_packet *r, vsc_ip source)
{
  struct proof_facts *const f = &w->facts;
  if (f->packets == 0) {
    w->ssrc = r->ssrc;
    f->source = source;
  }
  if (r->ssrc == w->ssrc && source == f->source) {
    return true;
  }
  f->foreign++;
  f->stranger = source;
  return false;
}

static void
compare(struct verify_watch *w,
        const struct verify_packet *p,
        const struct rtp_packet *r)
{
  const vsc_stream *const e = &w->expected;
  struct proof_facts *const f = &w->facts;
  if (f->packets == 1) {
    f->dscp = p->dscp;
    f->ttl = p->ttl;
  }
  f->other_dscp += p->dscp != f->dscp;
  f->other_ttl += p->ttl != f->ttl;
  f->type = r->payload_type;
  f->other_type += e->payload_type < 128 && r->payload_type != e->payload_type;
  f->length = r->length;
  if (w->bytes_per_frame == 0) {
    return;
  }
  f->other_size += r->length % w->bytes_per_frame != 0;
  f->frames = r->length / w->bytes_per_frame;
  f->other_frames += e->format.frames_per_packet != 0 &&
                     f->frames != e->format.frames_per_packet;
  w->frames += f->frames;
}

void
verify_watch_packet(struct verify_watch *w, const struct verify_packet *packet)
{
  struct proof_facts *const f = &w->facts;
  struct rtp_packet r;
  if (rtp_packet_parse(packet->bytes, packet->length, &r) < 0) {
    f->malformed++;
    return;
  }
  if (!is_ours(w, &r, packet->source) ||
      !follow_sequence(w, r.sequence, packet->source)) {
    return;
  }
  if (r.sequence == w->sequence) { /* none that came after a later one */
    follow_time(w, r.timestamp, w->seen >> 1 & 1);
  }
  f->packets++;
  compare(w, packet, &r);
  if (f->packets == 1) {
    begin_lead(w, r.timestamp, packet->media_ns);
  }
  add_lead(w, packet->media_ns, lead_of(w, r.timestamp, packet->media_ns));
}

void
verify_watch_end(struct verify_watch *w, vsc_ns media_ns, uint64_t unread)
{
  w->facts.unread = unread;
  w->facts.quiet = w->facts.packets > 0 ? media_ns - w->window.end : 0;
}

/* A last window that is not whole would only be narrower. */
const struct proof_facts *
verify_watch_facts(struct verify_watch *w)
{
  struct proof_facts *const f = &w->facts;
  const vsc_format *const said = &w->expected.format;
  if (f->window_count == 0 && w->window.count > 0) {
    w->windows[f->window_count++] = w->window;
  }
  f->packet_ns =
    said->rate == 0 ? 0
    : w->frames > 0
      ? (vsc_ns)((double)w->frames * 1e9 / said->rate / (double)f->packets)
      : vsc_tai_of(said->frames_per_packet, said->rate);
  return f;
}
