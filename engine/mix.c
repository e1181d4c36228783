/* mix.c - lanes into the device's output timeline.
   SPDX-License-Identifier: MIT */
#include "mix.h"

#include <string.h>

#define NEVER INT64_MIN
#define FIRST(channels) ((channels)&0xffu)
#define COUNT(channels) ((channels) >> 8 & 0xffu)
#define USE(channels) ((channels)&0xffff0000u)

void
mix_init(struct mix *m, const struct region *region)
{
  const struct region_geometry *const g = &region->geometry;
  *m = (struct mix){ .count = g->lanes, .channels = g->outputs };
  for (uint32_t i = 0; i < g->lanes; i++) {
    struct mix_lane *const lane = &m->lanes[i];
    timeline_init(&lane->timeline,
                  region->out_words + (size_t)(i + 1) * g->outputs * g->stride,
                  NULL,
                  g->outputs,
                  g->ring,
                  g->stride);
    lane->until = NEVER;
    lane->whole_to = INT64_MAX;
  }
}

static bool
is_free(const struct mix_lane *lane)
{
  const uint32_t granted =
    atomic_load_explicit(&lane->granted, memory_order_relaxed);
  /* acquire: the audio thread's release, after it last touched the lane. It has
     answered this very use: one that it was slow to take is not given away
     under its hands. */
  return COUNT(granted) == 0 &&
         atomic_load_explicit(&lane->taken, memory_order_acquire) == granted;
}

vsc_status
mix_find(const struct mix *m, uint32_t preferred, uint32_t *out)
{
  vsc_status status = VSC_ERR_REFUSED;
  *out = 0;
  for (uint32_t i = 0; i < m->count; i++) {
    const struct mix_lane *const lane = &m->lanes[i];
    if (is_free(lane)) {
      *out = *out == 0 || i + 1 == preferred ? i + 1 : *out;
    } else if (COUNT(atomic_load_explicit(&lane->granted,
                                          memory_order_relaxed)) == 0) {
      status = VSC_ERR_AGAIN;
    }
  }
  return *out ? VSC_OK : status;
}

void
mix_grant(struct mix *m, uint32_t lane, uint32_t first, uint32_t count)
{
  struct mix_lane *const l = &m->lanes[lane - 1];
  const struct timeline *const t = &l->timeline;
  /* Ahead of the present everything is silent until it is written, as in the
     device's own; and of whoever had it before nothing is left. */
  memset(t->words, 0, (size_t)t->channels * t->stride * sizeof *t->words);
  uint32_t use =
    USE(atomic_load_explicit(&l->granted, memory_order_relaxed) + 0x10000u);
  use = use ? use : 0x10000u; /* 0 is none: mix_stop */
  /* release: the zeros are there before it is taken */
  atomic_store_explicit(
    &l->granted, first | count << 8 | use, memory_order_release);
}

void
mix_release(struct mix *m, uint32_t lane)
{
  struct mix_lane *const l = &m->lanes[lane - 1];
  const uint32_t granted =
    atomic_load_explicit(&l->granted, memory_order_relaxed);
  atomic_store_explicit(&l->granted, USE(granted), memory_order_release);
}

bool
mix_is_heard(const struct mix *m, uint32_t lane)
{
  const struct mix_lane *const l = &m->lanes[lane - 1];
  const uint32_t granted =
    atomic_load_explicit(&l->granted, memory_order_relaxed);
  return COUNT(granted) == 0 &&
         atomic_load_explicit(&l->taken, memory_order_relaxed) != granted;
}

void
mix_stop(struct mix *m)
{
  for (uint32_t i = 0; i < m->count; i++) {
    const uint32_t granted =
      atomic_load_explicit(&m->lanes[i].granted, memory_order_relaxed);
    atomic_store_explicit(
      &m->lanes[i].taken, COUNT(granted) ? 0 : granted, memory_order_relaxed);
  }
}

void
mix_set_raw(struct mix *m, uint32_t channel, bool is_raw)
{
  _Atomic uint64_t *const word = &m->raw[channel / 64];
  const uint64_t bit = UINT64_C(1) << channel % 64;
  const uint64_t old = atomic_load_explicit(word, memory_order_relaxed);
  atomic_store_explicit(
    word, is_raw ? old | bit : old & ~bit, memory_order_relaxed);
}

/* Which lanes each channel is made of. */
static void
plan(struct mix *m) VSC_RT
{
  memset(m->writers, 0, sizeof m->writers);
  for (uint32_t i = 0; i < m->count; i++) {
    const uint32_t channels =
      atomic_load_explicit(&m->lanes[i].taken, memory_order_relaxed);
    for (uint32_t c = 0; c < COUNT(channels); c++) {
      m->writers[FIRST(channels) + c] |= (uint16_t)(1u << i);
    }
  }
  /* A channel that became raw while several had it: one is better than the sum
     of bits. */
  for (uint32_t c = 0; c < m->channels; c++) {
    if (m->raw_seen[c / 64] >> c % 64 & 1u) {
      m->writers[c] &= (uint16_t)(0u - m->writers[c]);
    }
  }
}

/* What the audio thread is to do with a lane from here on. CLEAN_TO: nothing
   has been written there or beyond. */
static bool
follow(const struct mix *m, struct mix_lane *lane, vsc_pos clean_to) VSC_RT
{
  /* acquire: mix_grant's release, after it emptied the lane */
  const uint32_t granted =
    atomic_load_explicit(&lane->granted, memory_order_acquire);
  const uint32_t taken =
    atomic_load_explicit(&lane->taken, memory_order_relaxed);
  if (granted == taken) {
    return false;
  }
  if (COUNT(granted) == 0 && COUNT(taken) > 0) {
    lane->until = lane->until == NEVER ? clean_to : lane->until;
    if (m->done < lane->until) {
      return false;
    }
  }
  lane->until = NEVER;
  /* release: we are done with the lane when this has no channels */
  atomic_store_explicit(&lane->taken, granted, memory_order_release);
  return true;
}

static bool
follow_raw(struct mix *m) VSC_RT
{
  bool has_changed = false;
  for (int i = 0; i < 2; i++) {
    const uint64_t raw = atomic_load_explicit(&m->raw[i], memory_order_relaxed);
    has_changed |= raw != m->raw_seen[i];
    m->raw_seen[i] = raw;
  }
  return has_changed;
}

static void
zero(struct mix_lane *lane, vsc_pos from, vsc_pos to) VSC_RT
{
  const uint32_t channels =
    atomic_load_explicit(&lane->taken, memory_order_relaxed);
  timeline_zero(&lane->timeline, FIRST(channels), COUNT(channels), from, to);
}

void
mix_reset(struct mix *m, vsc_pos pos) VSC_RT
{
  (void)follow_raw(m);
  m->done = pos;
  for (uint32_t i = 0; i < m->count; i++) {
    struct mix_lane *const lane = &m->lanes[i];
    /* Positions begin anew: one that was released is let go at once. */
    lane->until = pos;
    (void)follow(m, lane, pos);
    lane->until = NEVER;
    zero(lane, pos, pos + (vsc_pos)lane->timeline.frames);
  }
  plan(m);
}

void
mix_clean(struct mix *m, const struct timeline *out, vsc_pos now) VSC_RT
{
  bool has_changed = m->count > 0 && follow_raw(m);
  const vsc_pos to = timeline_clean_end(out, now);
  for (uint32_t i = 0; i < m->count; i++) {
    has_changed |= follow(m, &m->lanes[i], out->clean_to);
    zero(&m->lanes[i], out->clean_to, to);
  }
  if (has_changed) {
    plan(m);
  }
}

/* Add SRC to SUM; NaN is silence. */
static void
add(float *sum, const float *src, uint32_t frames) VSC_RT
{
  for (uint32_t i = 0; i < frames; i++) {
    sum[i] += src[i] == src[i] ? src[i] : 0.0f;
  }
}

/* Infinities of both signs are NaN by now. How many samples of SUM a codec
   would have to clip. */
static uint32_t
settle(float *sum, uint32_t frames) VSC_RT
{
  uint32_t beyond = 0;
  for (uint32_t i = 0; i < frames; i++) {
    sum[i] = sum[i] == sum[i] ? sum[i] : 0.0f;
    beyond += sum[i] > 1.0f || sum[i] < -1.0f;
  }
  return beyond;
}

/* Of RUN frames at P, how many of LANE count. */
static uint32_t
whole(const struct mix_lane *lane, vsc_pos p, uint32_t run) VSC_RT
{
  return lane->whole_to >= p + (vsc_pos)run ? run
         : lane->whole_to <= p              ? 0
                                            : (uint32_t)(lane->whole_to - p);
}

uint32_t
mix_put(const struct mix *m,
        uint32_t writers,
        uint32_t c,
        vsc_pos p,
        uint32_t run,
        uint32_t *words) VSC_RT
{
  if (writers && (writers & (writers - 1)) == 0) {
    const struct mix_lane *const lane = &m->lanes[__builtin_ctz(writers)];
    const uint32_t n = whole(lane, p, run);
    memcpy(words, timeline_at(&lane->timeline, c, p), n * sizeof *words);
    memset(words + n, 0, (run - n) * sizeof *words);
    return 0;
  }
  float *const sum = (float *)(void *)words;
  memset(words, 0, run * sizeof *words);
  for (; writers; writers &= writers - 1) {
    const struct mix_lane *const lane = &m->lanes[__builtin_ctz(writers)];
    add(sum,
        (const float *)(void *)timeline_at(&lane->timeline, c, p),
        whole(lane, p, run));
  }
  return settle(sum, run);
}

void
mix_run(struct mix *m, struct timeline *out, vsc_pos t) VSC_RT
{
  if (m->count == 0) {
    return;
  }
  /* After a stall: what still lies in the ring, never more. */
  const vsc_pos oldest = timeline_oldest(out);
  vsc_pos from = m->done > oldest ? m->done : oldest;
  uint32_t beyond = 0;
  while (from < t) {
    const uint32_t run = timeline_run(out, from, (uint32_t)(t - from));
    for (uint32_t c = 0; c < m->channels; c++) {
      const uint32_t writers = m->writers[c];
      if (writers) {
        beyond += mix_put(m, writers, c, from, run, timeline_at(out, c, from));
      }
    }
    from += run;
  }
  m->done = t > m->done ? t : m->done;
  if (beyond > 0) {
    atomic_store_explicit(
      &m->saturated,
      atomic_load_explicit(&m->saturated, memory_order_relaxed) + beyond,
      memory_order_relaxed);
  }
}
