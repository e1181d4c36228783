/* patch.c - moves one wake-up's frames from timeline to timeline.
   SPDX-License-Identifier: MIT */
#include "patch.h"

#include <math.h>
#include <string.h>

#include "device.h"
#include "route.h"

#define MAGNITUDE 0x7fffffffu
#define INFINITE 0x7f800000u /* above it: NaN */
#define LEVEL_MAX 1000.0f
#define SOME 64 /* frames: a wake-up has a few of it at most */

float
patch_fall(uint32_t wake_frames, uint32_t rate)
{
  return powf(10.0f, -(float)wake_frames / (float)rate);
}

/* Floats as they are, but NaN as 0; how many that were. PEAK: bits of the
   largest magnitude, which order as the magnitudes do. */
static uint32_t
move_floats(uint32_t *restrict dst,
            const uint32_t *restrict src,
            uint32_t frames,
            uint32_t *peak) VSC_RT
{
  uint32_t nan = 0;
  uint32_t top = *peak;
  for (uint32_t i = 0; i < frames; i++) {
    const uint32_t word = src[i];
    const uint32_t is_nan = (word & MAGNITUDE) > INFINITE;
    const uint32_t kept = is_nan ? 0 : word;
    const uint32_t magnitude = kept & MAGNITUDE;
    dst[i] = kept;
    nan += is_nan;
    top = magnitude > top ? magnitude : top;
  }
  *peak = top;
  return nan;
}

/* How many of them their application has finished. */
static uint32_t
count_whole(const struct patch *p,
            uint32_t c,
            vsc_pos pos,
            uint32_t frames) VSC_RT
{
  const vsc_pos to =
    p->device ? device_whole_to(p->device, p->from[c]) : INT64_MAX;
  return to >= pos + (vsc_pos)frames ? frames
         : to <= pos                 ? 0
                                     : (uint32_t)(to - pos);
}

/* Channel C's frames [POS, POS + FRAMES), which wrap nowhere; how many NaN. */
static uint32_t
move(const struct patch *p,
     uint32_t c,
     int is_muted,
     vsc_pos pos,
     uint32_t frames,
     uint32_t *peak) VSC_RT
{
  uint32_t *const dst =
    timeline_at(p->target, p->to[c], pos + (vsc_pos)p->delay);
  if (is_muted) {
    memset(dst, 0, frames * sizeof *dst);
    return 0;
  }
  const uint32_t *const src = timeline_at(p->source, p->from[c], pos);
  const uint32_t whole = count_whole(p, c, pos, frames);
  memset(dst + whole, 0, (frames - whole) * sizeof *dst);
  frames = whole;
  if (patch_bit(p->raw, c)) {
    memcpy(dst, src, frames * sizeof *dst);
    return 0;
  }
  return move_floats(dst, src, frames, peak);
}

/* The same but for the lanes in LEFT_OUT: what the others make together. */
static uint32_t
move_others(const struct patch *p,
            uint32_t c,
            uint32_t left_out,
            vsc_pos pos,
            uint32_t frames,
            uint32_t *peak) VSC_RT
{
  uint32_t words[SOME];
  uint32_t nan = 0;
  const uint16_t from = p->from[c];
  const uint32_t others = p->mix->writers[from] & ~left_out;
  for (uint32_t i = 0; i < frames; i += SOME) {
    const uint32_t n = frames - i < SOME ? frames - i : SOME;
    const vsc_pos at = pos + (vsc_pos)i;
    uint32_t *const dst = timeline_at(p->target, p->to[c], at + p->delay);
    (void)mix_put(p->mix, others, from, at, n, words);
    if (patch_bit(p->raw, c)) {
      memcpy(dst, words, n * sizeof *dst);
    } else {
      nan += move_floats(dst, words, n, peak);
    }
  }
  return nan;
}

static void
show_level(_Atomic uint32_t *shown, uint32_t peak, float fall) VSC_RT
{
  const uint32_t old = atomic_load_explicit(shown, memory_order_relaxed);
  float level;
  float now;
  memcpy(&level, &old, sizeof level);
  memcpy(&now, &peak, sizeof now);
  level *= fall;
  level = now > level ? now : level;
  level = level < LEVEL_MAX ? level : LEVEL_MAX;
  uint32_t bits;
  memcpy(&bits, &level, sizeof bits);
  atomic_store_explicit(shown, bits, memory_order_relaxed);
}

/* The first frame that is still there and may still be written. */
static vsc_pos
lowest(const struct patch *p) VSC_RT
{
  const vsc_pos delay = (vsc_pos)p->delay;
  const vsc_pos oldest_target = timeline_oldest(p->target);
  const vsc_pos writable =
    p->target->final_to > oldest_target ? p->target->final_to : oldest_target;
  const vsc_pos there = timeline_oldest(p->source);
  return there > writable - delay ? there : writable - delay;
}

static vsc_pos
clamp(vsc_pos pos, vsc_pos low, vsc_pos high) VSC_RT
{
  return pos < low ? low : pos > high ? high : pos;
}

void
patch_run(const struct patch *p, vsc_pos first, vsc_pos end) VSC_RT
{
  struct patch_state *const s = p->state;
  const vsc_pos from = clamp(lowest(p), first, end);
  const vsc_pos to = clamp(p->target->clean_to - (vsc_pos)p->delay, from, end);
  const uint64_t muted[2] = {
    atomic_load_explicit(&s->muted[0], memory_order_relaxed),
    atomic_load_explicit(&s->muted[1], memory_order_relaxed),
  };
  const uint32_t left_out =
    p->mix ? atomic_load_explicit(&s->left_out, memory_order_relaxed) : 0;
  uint32_t excluded = muted[0] || muted[1];
  uint32_t peaks[VSC_CHANNELS_MAX] = { 0 };
  uint64_t nan = 0;
  for (vsc_pos pos = from; pos < to;) {
    uint32_t run = timeline_run(p->source, pos, (uint32_t)(to - pos));
    run = timeline_run(p->target, pos + (vsc_pos)p->delay, run);
    for (uint32_t c = 0; c < p->channels; c++) {
      const uint32_t out =
        left_out ? left_out & p->mix->writers[p->from[c]] : 0;
      nan += out ? move_others(p, c, out, pos, run, &peaks[c])
                 : move(p, c, patch_bit(muted, c), pos, run, &peaks[c]);
      excluded |= out;
    }
    pos += run;
  }
  for (uint32_t c = 0; c < p->channels; c++) {
    show_level(&s->levels[c], peaks[c], p->fall);
  }
  const uint64_t moved = (uint64_t)(to - from);
  route_count(&s->frames, moved);
  route_count(&s->late_frames, (uint64_t)(end - first) - moved);
  route_count(&s->nan, nan);
  route_count(&s->excluded, excluded ? moved : 0);
}
