/* route_account.c - the exact account of every frame of a receiver: it came,
   came late, was left out by the sender, or never came.
   SPDX-License-Identifier: MIT */
#include "route_account.h"

/* Frames become packets of the size the sender uses now. */
static void
count_frames(struct route_rx *r,
             enum rx_counter frames,
             enum rx_counter packets,
             uint64_t *rest,
             uint64_t n) VSC_RT
{
  const uint32_t size = r->packet_frames ? r->packet_frames : 1;
  rx_count(r, frames, n);
  *rest += n;
  rx_count(r, packets, *rest / size);
  *rest %= size;
}

void
account_begin(struct route_rx *r, vsc_pos d) VSC_RT
{
  if (!r->has_started) {
    r->has_started = 1;
    r->first = r->scan = r->newest_end = d;
  } else if (d < r->first && d >= r->timeline->final_to) {
    /* The first packet that came was not the first sent. */
    r->scan = d < r->scan ? d : r->scan;
    r->first = d;
  }
}

void
account_skip(struct route_rx *r, vsc_pos d) VSC_RT
{
  const vsc_pos oldest = timeline_oldest(r->timeline);
  vsc_pos from = r->newest_end;
  if (from < oldest) {
    /* Beyond the ring there are no bits: count now. */
    route_rx_scan(r);
    from = oldest < d ? oldest : d;
    count_frames(r,
                 RX_SKIPPED_FRAMES,
                 RX_SKIPPED,
                 &r->skipped_rest,
                 (uint64_t)(from - r->scan));
    r->scan = from;
  }
  bits_set(&r->late, from, d);
  bits_set(&r->written, from, d);
}

int
account_claim(struct route_rx *r, vsc_pos d, vsc_pos end) VSC_RT
{
  uint64_t missing = 0;
  while (d < end) {
    uint32_t word;
    uint64_t mask;
    d = bits_part(&r->written, d, end, &word, &mask);
    missing |= mask & (~r->written.words[word] | r->late.words[word]);
    r->written.words[word] |= mask;
    r->late.words[word] &= ~mask;
  }
  return missing != 0;
}

vsc_status
account_late(struct route_rx *r, vsc_pos d, vsc_pos end) VSC_RT
{
  const vsc_pos oldest = timeline_oldest(r->timeline);
  vsc_pos p = d < oldest ? (oldest < end ? oldest : end) : d;
  uint64_t news = (uint64_t)(p - d);
  while (p < end) {
    uint32_t word;
    uint64_t mask;
    p = bits_part(&r->written, p, end, &word, &mask);
    mask &= ~r->written.words[word];
    news += (uint64_t)__builtin_popcountll(mask & ~r->late.words[word]);
    r->late.words[word] |= mask;
  }
  if (news == 0) {
    rx_count(r, RX_DUPLICATE, 1);
    return VSC_OK;
  }
  rx_count(r, RX_LATE, 1);
  rx_count(r, RX_LATE_FRAMES, news);
  if (end <= r->first) {
    /* Sent before the first that came: the scan does not get there. */
    count_frames(r, RX_LOST_FRAMES, RX_LOST, &r->lost_rest, news);
  }
  return VSC_ERR_LATE;
}

void
route_rx_cleaned(struct route_rx *r, vsc_pos from, vsc_pos to) VSC_RT
{
  const vsc_pos all = to - (vsc_pos)r->written.frames;
  bits_clear(&r->written, from > all ? from : all, to);
  bits_clear(&r->late, from > all ? from : all, to);
}

/* How many runs of GONE frames begin in a word; MASK is what is looked at. */
static uint64_t
runs_in(struct route_rx *r, uint64_t gone, uint64_t mask) VSC_RT
{
  const uint64_t first = mask & -mask;
  const uint64_t going_on = gone << 1 | (r->is_out ? first : 0);
  r->is_out = (gone & ~(mask >> 1)) != 0; /* the last one is */
  return (uint64_t)__builtin_popcountll(gone & ~going_on);
}

void
route_rx_scan(struct route_rx *r) VSC_RT
{
  const struct timeline *const t = r->timeline;
  const vsc_pos limit =
    r->newest_end < t->final_to ? r->newest_end : t->final_to;
  if (!r->has_started || r->scan >= limit) {
    return;
  }
  const vsc_pos oldest = timeline_oldest(t);
  uint64_t lost = 0;
  uint64_t runs = 0;
  if (r->scan < oldest) {
    /* Longer than the ring: whatever was there, nobody could have heard it. */
    const vsc_pos to = oldest < limit ? oldest : limit;
    lost += (uint64_t)(to - r->scan);
    runs += !r->is_out;
    r->is_out = 1;
    r->scan = to;
  }
  uint64_t played = 0;
  uint64_t skipped = 0;
  while (r->scan < limit) {
    uint32_t word;
    uint64_t mask;
    const vsc_pos from = r->scan;
    r->scan = bits_part(&r->written, from, limit, &word, &mask);
    const uint64_t written = r->written.words[word] & mask;
    const uint64_t late = r->late.words[word] & mask;
    if (written == mask && !late) { /* as it should be: no bits to count */
      played += (uint64_t)(r->scan - from);
      r->is_out = 0;
      continue;
    }
    runs += runs_in(r, mask & (~written | late), mask);
    lost += (uint64_t)__builtin_popcountll(mask & ~written);
    played += (uint64_t)__builtin_popcountll(written & ~late);
    skipped += (uint64_t)__builtin_popcountll(written & late);
  }
  rx_count(r, RX_PLAYED_FRAMES, played);
  if (lost > 0) {
    count_frames(r, RX_LOST_FRAMES, RX_LOST, &r->lost_rest, lost);
  }
  if (skipped > 0) {
    count_frames(r, RX_SKIPPED_FRAMES, RX_SKIPPED, &r->skipped_rest, skipped);
  }
  rx_count(r, RX_DROPOUTS, runs);
}

vsc_pos
route_rx_ready(const struct route_rx *r) VSC_RT
{
  vsc_pos p = r->timeline->final_to;
  const vsc_pos end = r->has_started ? r->newest_end : p;
  while (p < end) {
    uint32_t word;
    uint64_t mask;
    const vsc_pos next = bits_part(&r->written, p, end, &word, &mask);
    const uint64_t missing =
      mask & (~r->written.words[word] | r->late.words[word]);
    if (missing) {
      return p + __builtin_ctzll(missing) - __builtin_ctzll(mask);
    }
    p = next;
  }
  return p;
}
