/* timeline.c - the ring of frames: cleaning ahead, finishing behind.
   SPDX-License-Identifier: MIT */
#include "timeline.h"

#include <string.h>

void
timeline_init(struct timeline *t,
              uint32_t *words,
              struct region_edges *edges,
              uint32_t channels,
              uint32_t frames,
              uint32_t stride)
{
  *t = (struct timeline){
    .words = words,
    .edges = edges,
    .channels = channels,
    .frames = frames,
    .mask = frames - 1,
    .stride = stride,
  };
}

static vsc_pos
step_down(vsc_pos p) VSC_RT
{
  return p & ~(vsc_pos)(TIMELINE_STEP - 1);
}

void
timeline_zero(const struct timeline *t,
              uint32_t first,
              uint32_t count,
              vsc_pos from,
              vsc_pos to) VSC_RT
{
  if (to - from > (vsc_pos)t->frames) {
    from = to - (vsc_pos)t->frames;
  }
  while (from < to) {
    const uint32_t run = timeline_run(t, from, (uint32_t)(to - from));
    for (uint32_t c = first; c < first + count; c++) {
      memset(timeline_at(t, c, from), 0, run * sizeof(uint32_t));
    }
    from += run;
  }
}

void
timeline_reset(struct timeline *t, vsc_pos pos) VSC_RT
{
  const vsc_pos from = step_down(pos);
  const vsc_pos to = from + (vsc_pos)t->frames / 2;
  /* Nothing is readable while the ring is emptied: valid_from leads. */
  atomic_store_explicit(&t->edges->valid_from, to, memory_order_release);
  atomic_thread_fence(memory_order_release);
  timeline_zero(t, 0, t->channels, to - (vsc_pos)t->frames, to);
  t->clean_to = to;
  t->final_to = from;
  atomic_store_explicit(&t->edges->final_to, from, memory_order_release);
  atomic_store_explicit(&t->edges->clean_to, to, memory_order_release);
  atomic_store_explicit(&t->edges->valid_from, from, memory_order_release);
}

vsc_pos
timeline_clean_end(const struct timeline *t, vsc_pos now) VSC_RT
{
  const vsc_pos need = now + (vsc_pos)t->frames / 2;
  return t->clean_to >= need ? t->clean_to
                             : step_down(need + TIMELINE_STEP - 1);
}

vsc_pos
timeline_clean(struct timeline *t, vsc_pos now) VSC_RT
{
  const vsc_pos old = t->clean_to;
  const vsc_pos to = timeline_clean_end(t, now);
  if (to == old) {
    return old;
  }
  const vsc_pos oldest = to - (vsc_pos)t->frames;
  if (oldest >
      atomic_load_explicit(&t->edges->valid_from, memory_order_relaxed)) {
    atomic_store_explicit(&t->edges->valid_from, oldest, memory_order_release);
    /* Readers re-check valid_from after they copied: the zeros below must not
       be seen before it. */
    atomic_thread_fence(memory_order_release);
  }
  timeline_zero(t, 0, t->channels, old, to);
  t->clean_to = to;
  atomic_store_explicit(&t->edges->clean_to, to, memory_order_release);
  return old;
}

void
timeline_finish(struct timeline *t, vsc_pos p) VSC_RT
{
  if (p > t->final_to) {
    t->final_to = p;
    atomic_store_explicit(&t->edges->final_to, p, memory_order_release);
  }
}
