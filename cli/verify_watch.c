/* verify_watch.c - see verify_watch.h. SPDX-License-Identifier: MIT */
#include "verify_watch.h"
#include "modules/transport-rtp/rtp_packet.h"
#include "modules/transport-rtp/rtp_source.h"

#include <stdlib.h>
#include <string.h>
#include <vsc/position.h>

#define FAR_WINDOWS 5u /* less than a second says nothing of a drift */
#define LATE_PACKETS 20
#define GAP_PACKETS 17

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
  w->is_relative = !stream->has_rtp_offset;
  w->bytes_per_frame =
    sample_bytes(stream->format.encoding) * stream->format.channels;
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
begin_lead(struct verify_watch *w, uint32_t timestamp)
{
  if (w->is_relative) {
    w->expected.rtp_offset =
      timestamp - (uint32_t)vsc_pos_at(w->first, w->expected.format.rate);
  }
}

static struct verify_window *
window_at(struct verify_watch *w, vsc_ns at)
{
  const uint32_t n = w->window_count;
  if (n > 0 && at - w->windows[n - 1].begin <= VERIFY_WINDOW_NS) {
    return &w->windows[n - 1];
  }
  if (n == VERIFY_WINDOWS_MAX) {
    return NULL;
  }
  w->windows[n] =
    (struct verify_window){ .begin = at, .min = INT64_MAX, .max = INT64_MIN };
  w->window_count++;
  return &w->windows[n];
}

static void
add_lead(struct verify_watch *w, vsc_ns lead, vsc_ns at)
{
  struct verify_window *const v = window_at(w, at);
  if (v) {
    v->min = lead < v->min ? lead : v->min;
    v->max = lead > v->max ? lead : v->max;
  }
  w->lead_min = w->packets == 1 || lead < w->lead_min ? lead : w->lead_min;
  w->lead_max = w->packets == 1 || lead > w->lead_max ? lead : w->lead_max;
  w->lead_sum += (double)lead;
  const vsc_ns packet = verify_packet_time(w);
  w->too_late += packet > 0 && lead > LATE_PACKETS * packet;
}

/* False: one that came before. Further back it is no reordering but a sender
   that began anew, which is as another one. RFC 3550 A.1 without its probation:
   this is one stream by its SSRC. */
static bool
follow_sequence(struct verify_watch *w, uint16_t sequence, vsc_ip source)
{
  const int16_t step = (int16_t)(sequence - w->sequence);
  if (w->packets == 0) {
    w->seen = 1;
  } else if (step > 0) {
    w->lost += (uint64_t)step - 1;
    w->seen = step < 64 ? w->seen << step | 1 : 1;
  } else if (step < -RTP_MISORDER_MAX) {
    w->foreign++;
    w->stranger = source;
    w->seen = 1;
  } else if (step > -64 && w->seen >> -step & 1) {
    w->duplicate++;
    return false;
  } else {
    w->reordered++;
    w->lost -= w->lost > 0;
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
  const int32_t jump = (int32_t)(timestamp - w->timestamp - w->frames);
  if (is_next && w->frames > 0 && jump > 0) {
    w->skipped += (uint64_t)jump;
  }
  w->timestamp = timestamp;
}

/* Is P of the stream that was there first? */
static bool
is_ours(struct verify_watch *w, const struct rtp_packet *r, vsc_ip source)
{
  if (w->packets == 0) {
    w->ssrc = r->ssrc;
    w->source = source;
  }
  if (r->ssrc == w->ssrc && source == w->source) {
    return true;
  }
  w->foreign++;
  w->stranger = source;
  return false;
}

static void
compare(struct verify_watch *w,
        const struct verify_packet *p,
        const struct rtp_packet *r)
{
  const vsc_stream *const e = &w->expected;
  if (w->packets == 1) {
    w->dscp = p->dscp;
    w->ttl = p->ttl;
  }
  w->other_dscp += p->dscp != w->dscp;
  w->other_ttl += p->ttl != w->ttl;
  w->type = r->payload_type;
  w->other_type += e->payload_type < 128 && r->payload_type != e->payload_type;
  w->length = r->length;
  if (w->bytes_per_frame == 0) {
    return;
  }
  w->other_size += r->length % w->bytes_per_frame != 0;
  w->frames = r->length / w->bytes_per_frame;
  w->other_frames += e->format.frames_per_packet != 0 &&
                     w->frames != e->format.frames_per_packet;
}

void
verify_watch_packet(struct verify_watch *w, const struct verify_packet *packet)
{
  struct rtp_packet r;
  if (rtp_packet_parse(packet->bytes, packet->length, &r) < 0) {
    w->malformed++;
    return;
  }
  if (!is_ours(w, &r, packet->source) ||
      !follow_sequence(w, r.sequence, packet->source)) {
    return;
  }
  const vsc_ns gap = packet->media_ns - w->last;
  if (r.sequence == w->sequence) { /* none that came after a later one */
    follow_time(w, r.timestamp, w->seen >> 1 & 1);
  }
  w->packets++;
  compare(w, packet, &r);
  if (w->packets == 1) {
    w->first = packet->media_ns;
    begin_lead(w, r.timestamp);
  } else {
    w->gap_max = gap > w->gap_max ? gap : w->gap_max;
    w->too_far += gap > GAP_PACKETS * verify_packet_time(w);
  }
  w->last = packet->media_ns;
  add_lead(w, lead_of(w, r.timestamp, packet->media_ns), packet->media_ns);
}

vsc_ns
verify_packet_time(const struct verify_watch *w)
{
  const uint32_t said = w->expected.format.frames_per_packet;
  const uint32_t frames = w->frames ? w->frames : said;
  return w->expected.format.rate ? vsc_tai_of(frames, w->expected.format.rate)
                                 : 0;
}

static int
by_size(const void *a, const void *b)
{
  const vsc_ns x = *(const vsc_ns *)a;
  const vsc_ns y = *(const vsc_ns *)b;
  return (x > y) - (x < y);
}

vsc_ns
verify_spread(const struct verify_watch *w, bool is_worst)
{
  vsc_ns spreads[VERIFY_WINDOWS_MAX];
  for (uint32_t i = 0; i < w->window_count; i++) {
    spreads[i] = w->windows[i].max - w->windows[i].min;
  }
  qsort(spreads, w->window_count, sizeof *spreads, by_size);
  return w->window_count == 0 ? 0
         : is_worst           ? spreads[w->window_count - 1]
                              : spreads[w->window_count / 2];
}

double
verify_lead(const struct verify_watch *w)
{
  return w->packets ? w->lead_sum / (double)w->packets : 0;
}

double
verify_gap(const struct verify_watch *w)
{
  const uint64_t gaps = w->packets + w->lost;
  return gaps > 1 ? (double)(w->last - w->first) / (double)(gaps - 1) : 0;
}

/* The line through the windows' least leads by least absolute error would not
   be led by one bad window; the middle of the two halves' medians is enough. */
static vsc_ns
middle_of(const struct verify_window *v, uint32_t count)
{
  vsc_ns least[VERIFY_WINDOWS_MAX];
  for (uint32_t i = 0; i < count; i++) {
    least[i] = v[i].min;
  }
  qsort(least, count, sizeof *least, by_size);
  return least[count / 2];
}

double
verify_drift_ppm(const struct verify_watch *w)
{
  const uint32_t half = w->window_count / 2;
  if (half < FAR_WINDOWS) {
    return 0;
  }
  const struct verify_window *const later = &w->windows[w->window_count - half];
  const vsc_ns apart = later[half / 2].begin - w->windows[half / 2].begin;
  const vsc_ns moved = middle_of(later, half) - middle_of(w->windows, half);
  /* A sender that is too fast comes earlier and earlier. */
  return apart > 0 ? -1e6 * (double)moved / (double)apart : 0;
}
