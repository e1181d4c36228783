/* cache.c - who has said what, and who may say it.
   SPDX-License-Identifier: MIT */
#include "cache.h"

#include <string.h>

#define SECOND 1000000000
/* Ten periods, but at least an hour (RFC 2974, 4). */
#define PERIODS 10
#define KEEP_NS (3600 * (vsc_ns)SECOND)
/* Said once and not again for longer than RFC 2974's period of 300 s: the first
   to go when room is needed. */
#define ONCE_NS (330 * (vsc_ns)SECOND)

static uint32_t
bucket_of(vsc_ip source, uint16_t hash)
{
  const uint32_t mixed = (source ^ (uint32_t)hash << 16 ^ hash) * 2654435761u;
  return mixed >> 21; /* 11 bits: CACHE_BUCKETS */
}

void
cache_init(struct cache *c, const vsc_discovery_sink *sink)
{
  c->sink = *sink;
  c->tokens = CACHE_BURST;
  memset(c->buckets, 0xFF, sizeof c->buckets);
}

static uint16_t
find_message(const struct cache *c,
             const struct sap_packet *packet,
             vsc_ip source)
{
  uint16_t i = c->buckets[bucket_of(source, packet->hash)];
  while (i != CACHE_NONE &&
         (c->rows[i].source != source || c->rows[i].hash != packet->hash ||
          c->rows[i].origin != packet->origin)) {
    i = c->rows[i].next;
  }
  return i;
}

static uint16_t
find_session(const struct cache *c, const char *id)
{
  for (uint16_t i = 0; i < CACHE_SESSIONS; i++) {
    if (c->rows[i].source && strcmp(c->rows[i].id, id) == 0) {
      return i;
    }
  }
  return CACHE_NONE;
}

static void
chain(struct cache *c, uint16_t i)
{
  uint16_t *const bucket =
    &c->buckets[bucket_of(c->rows[i].source, c->rows[i].hash)];
  c->rows[i].next = *bucket;
  *bucket = i;
}

static void
unchain(struct cache *c, uint16_t i)
{
  uint16_t *link = &c->buckets[bucket_of(c->rows[i].source, c->rows[i].hash)];
  while (*link != i) {
    link = &c->rows[*link].next;
  }
  *link = c->rows[i].next;
}

/* Lost: all streams of row I but those in the result at hand, if KEEPS. */
static void
lose(struct cache *c, uint16_t i, bool keeps)
{
  struct cached *const row = &c->rows[i];
  for (uint32_t n = 0; n < row->streams; n++) {
    bool is_there = false;
    for (uint32_t k = 0; keeps && k < c->result.count; k++) {
      is_there |= strcmp(row->ids[n], c->result.streams[k].id) == 0;
    }
    if (!is_there) {
      c->sink.lost(c->sink.arg, row->ids[n]);
    }
  }
  row->streams = 0;
}

static void
drop(struct cache *c, uint16_t i)
{
  lose(c, i, false);
  unchain(c, i);
  c->bytes -= c->rows[i].bytes;
  c->count--;
  c->rows[i].source = 0;
}

static void
find(struct cache *c, uint16_t i)
{
  struct cached *const row = &c->rows[i];
  const struct sdp_result *const r = &c->result;
  for (uint32_t n = 0; n < r->count; n++) {
    memcpy(row->ids[row->streams++], r->streams[n].id, sizeof row->ids[0]);
    c->sink.found(c->sink.arg, &r->streams[n]);
  }
}

/* Streams that are found, of SOURCE or (0) of all, but for row I. */
static uint32_t
count_others(const struct cache *c, vsc_ip source, uint16_t i)
{
  uint32_t count = 0;
  for (uint16_t k = 0; k < CACHE_SESSIONS; k++) {
    const struct cached *const row = &c->rows[k];
    if (k != i && row->source && (source == 0 || row->source == source)) {
      count += row->streams;
    }
  }
  return count;
}

/* May SOURCE have the streams at hand, in the place of row I? */
static bool
is_within(const struct cache *c, vsc_ip source, uint16_t i)
{
  return count_others(c, source, i) + c->result.count <= CACHE_PER_SOURCE;
}

static bool
has_room(const struct cache *c, vsc_ip source, uint16_t i)
{
  return is_within(c, source, i) &&
         count_others(c, 0, i) + c->result.count <= CACHE_SESSIONS;
}

/* The row that is given up for a new one of SOURCE, or none. A sender may have
   so many streams; when all rows are taken, first what was said once, long ago,
   then what was said once, just now: a flood of made-up sessions washes out
   itself, and nothing that was there before. */
static uint16_t
victim(const struct cache *c, vsc_ip source, vsc_ns now)
{
  uint16_t free = CACHE_NONE;
  uint16_t own = CACHE_NONE, old = CACHE_NONE, young = CACHE_NONE;
  for (uint16_t i = 0; i < CACHE_SESSIONS; i++) {
    const struct cached *const row = &c->rows[i];
    if (!row->source) {
      free = i;
    } else if (row->heard == 1) {
      if (row->source == source &&
          (own == CACHE_NONE || row->last > c->rows[own].last)) {
        own = i;
      }
      old = now - row->last > ONCE_NS ? i : old;
      young = now - row->last < SECOND ? i : young;
    }
  }
  if (free != CACHE_NONE && has_room(c, source, CACHE_NONE)) {
    return free;
  }
  return !is_within(c, source, CACHE_NONE) ? own
         : old != CACHE_NONE               ? old
                                           : young;
}

static bool
has_token(struct cache *c, vsc_ns now)
{
  const vsc_ns each = SECOND / CACHE_PER_SECOND;
  const vsc_ns count = (now - c->filled) / each;
  if (count > 0) {
    const uint64_t tokens = c->tokens + (uint64_t)count;
    c->tokens = tokens < CACHE_BURST ? (uint32_t)tokens : CACHE_BURST;
    c->filled += count * each;
  }
  if (c->tokens == 0) {
    return false;
  }
  c->tokens--;
  return true;
}

static void
refresh(struct cached *row, vsc_ns now)
{
  const vsc_ns apart = now - row->last < KEEP_NS ? now - row->last : KEEP_NS;
  row->period = apart > row->period ? apart : row->period;
  row->last = now;
  row->heard++;
}

static void
fill(struct cache *c,
     uint16_t i,
     const struct sap_packet *packet,
     vsc_ip source)
{
  struct cached *const row = &c->rows[i];
  row->source = source;
  row->origin = packet->origin;
  row->hash = packet->hash;
  row->check = sap_check(packet->text, packet->bytes);
  c->bytes += packet->bytes - row->bytes;
  row->bytes = (uint32_t)packet->bytes;
  chain(c, i);
}

/* Only who announced it may delete it; nobody else knows his hash, but
   everybody can hear it. */
static enum cache_verdict
withdraw(struct cache *c, const struct sap_packet *packet, vsc_ip source)
{
  const uint16_t i = find_message(c, packet, source);
  if (i == CACHE_NONE || packet->hash == 0) { /* 0: of any of his sessions */
    return CACHE_FOREIGN;
  }
  drop(c, i);
  return CACHE_GONE;
}

/* A session's id is its o= line: whoever says it first has it while he does. */
static enum cache_verdict
change(struct cache *c,
       uint16_t i,
       const struct sap_packet *packet,
       vsc_ip source,
       vsc_ns now)
{
  if (c->rows[i].source != source) {
    return CACHE_FOREIGN;
  }
  if (!has_room(c, source, i)) {
    return CACHE_FULL;
  }
  unchain(c, i);
  fill(c, i, packet, source);
  refresh(&c->rows[i], now);
  lose(c, i, true);
  find(c, i);
  return CACHE_NEWS;
}

enum cache_verdict
cache_take(struct cache *c,
           const struct sap_packet *packet,
           vsc_ip source,
           vsc_ns now)
{
  if (packet->is_deletion) {
    return withdraw(c, packet, source);
  }
  const uint16_t known = find_message(c, packet, source);
  if (known != CACHE_NONE &&
      c->rows[known].check == sap_check(packet->text, packet->bytes)) {
    refresh(&c->rows[known], now);
    return CACHE_KNOWN;
  }
  if (!has_token(c, now)) {
    return CACHE_FULL;
  }
  if (sdp_parse(packet->text, packet->bytes, &c->result) < 0) {
    return CACHE_REFUSED;
  }
  sdp_drop_copies(&c->result);
  const uint16_t same = find_session(c, c->result.streams[0].id);
  if (same != CACHE_NONE) {
    return change(c, same, packet, source, now);
  }
  const uint16_t i = victim(c, source, now);
  if (i == CACHE_NONE || !has_room(c, source, i)) {
    return CACHE_FULL;
  }
  if (c->rows[i].source) {
    drop(c, i);
  }
  c->rows[i] = (struct cached){ .since = now, .last = now, .heard = 1 };
  memcpy(c->rows[i].id, c->result.streams[0].id, sizeof c->rows[i].id);
  fill(c, i, packet, source);
  c->count++;
  find(c, i);
  return CACHE_NEWS;
}

void
cache_expire(struct cache *c, vsc_ns now)
{
  for (uint16_t i = 0; i < CACHE_SESSIONS; i++) {
    const struct cached *const row = &c->rows[i];
    const vsc_ns periods = PERIODS * row->period;
    if (row->source &&
        now - row->last > (periods > KEEP_NS ? periods : KEEP_NS)) {
      drop(c, i);
    }
  }
}
