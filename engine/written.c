/* written.c - what clients say of how far they have written, believed only of
   their own positions. SPDX-License-Identifier: MIT */
#include "written.h"

#define NEVER INT64_MIN

void
written_init(struct written *w)
{
  *w = (struct written){ .all_to = INT64_MAX, .left_to = NEVER };
  written_forget(w);
}

void
written_forget(struct written *w)
{
  for (uint32_t c = 0; c < VSC_CHANNELS_MAX; c++) {
    written_free(w, c);
  }
  atomic_store_explicit(&w->hides, false, memory_order_relaxed);
  w->left_to = NEVER;
}

void
written_free(struct written *w, uint32_t channel)
{
  atomic_store_explicit(&w->floors[channel], NEVER, memory_order_relaxed);
}

void
written_tidy(struct written *w, const struct region *region)
{
  if (atomic_load_explicit(&w->hides, memory_order_relaxed) &&
      region_edge(&region->rx->out.clean_to) >= w->hidden_to) {
    const vsc_pos left_to = w->left_to;
    written_forget(w);
    w->left_to = left_to;
  }
}

/* Frames below are whole, as SLOT says under EPOCH; NEVER: it has not begun. */
static vsc_pos
slot_end(const struct region_slot *slot, uint64_t epoch) VSC_RT
{
  /* acquire: the client's release; it emptied written_to before */
  if (atomic_load_explicit(&slot->epoch, memory_order_acquire) != epoch) {
    return NEVER;
  }
  /* acquire: the client's release, after it wrote the words */
  const vsc_pos to =
    atomic_load_explicit(&slot->written_to, memory_order_acquire);
  return to == NEVER ? NEVER : region_edge(&slot->written_to);
}

static uint64_t
epoch_of(const struct region *region) VSC_RT
{
  return atomic_load_explicit(&region->rx->epoch, memory_order_relaxed);
}

static void
own(struct written *w, unsigned slot, uint32_t c, bool is_owner)
{
  const uint64_t bit = UINT64_C(1) << slot;
  const uint64_t old =
    atomic_load_explicit(&w->owners[c], memory_order_relaxed);
  /* release: the slot's words were set before its ticket */
  atomic_store_explicit(
    &w->owners[c], is_owner ? old | bit : old & ~bit, memory_order_release);
}

void
written_grant(struct written *w,
              unsigned slot,
              uint32_t lane,
              uint32_t first,
              uint32_t count)
{
  for (uint32_t c = first; c < first + count; c++) {
    own(w, slot, c, true);
  }
  if (lane > 0) {
    atomic_store_explicit(
      &w->lanes[lane - 1].writer, slot + 1, memory_order_release);
  }
  if (count > 0) {
    atomic_fetch_or_explicit(
      &w->writers, UINT64_C(1) << slot, memory_order_release);
  }
}

void
written_keep(struct written *w, const struct region *region, unsigned slot)
{
  const vsc_pos end = slot_end(&region->tx->slots[slot], epoch_of(region));
  const vsc_pos clean_to = region_edge(&region->rx->out.clean_to);
  const vsc_pos to = end < clean_to ? end : clean_to;
  w->left_to = to > w->left_to ? to : w->left_to;
}

bool
written_is_left(const struct written *w, const struct region *region)
{
  /* The packet of the last frame may end later: no packet is as long. */
  const vsc_pos packet = (vsc_pos)(region->geometry.ring / 8);
  /* What is beyond clean_to was written before the clock was set back. */
  return w->left_to > region_edge(&region->rx->out.final_to) - packet &&
         w->left_to <= region_edge(&region->rx->out.clean_to);
}

/* The owner of channel C has gone, who had written up to END, or nothing. */
static void
raise_floor(struct written *w, uint32_t c, vsc_pos end)
{
  const vsc_pos before =
    atomic_load_explicit(&w->floors[c], memory_order_relaxed);
  if (end == NEVER) {
    end = before != NEVER ? before : -REGION_POS_LIMIT;
  }
  atomic_store_explicit(&w->floors[c], end, memory_order_relaxed);
}

void
written_release(struct written *w,
                const struct region *region,
                unsigned slot,
                uint32_t lane,
                uint32_t first,
                uint32_t count)
{
  const vsc_pos end = slot_end(&region->tx->slots[slot], epoch_of(region));
  if (count > 0) {
    written_keep(w, region, slot);
  }
  for (uint32_t c = first; c < first + count; c++) {
    if (lane == 0) {
      raise_floor(w, c, end);
    }
    own(w, slot, c, false);
  }
  if (lane == 0 && count > 0) {
    w->hidden_to =
      region_edge(&region->rx->out.clean_to) + (vsc_pos)region->geometry.ring;
    atomic_store_explicit(&w->hides, true, memory_order_relaxed);
  }
  if (lane > 0) {
    atomic_store_explicit(&w->lanes[lane - 1].end, end, memory_order_relaxed);
    /* release: with its end */
    atomic_store_explicit(&w->lanes[lane - 1].writer, 0, memory_order_release);
  }
  /* Last: until here its channels are looked at. */
  atomic_fetch_and_explicit(
    &w->writers, ~(UINT64_C(1) << slot), memory_order_release);
}

/* One writer, as looked at. */
struct seen {
  vsc_pos end;      /* NEVER: it has not begun */
  vsc_pos expected; /* as in struct written */
};

static struct seen
look_at(const struct region_slot *slot, uint64_t epoch) VSC_RT
{
  const vsc_pos end = slot_end(slot, epoch);
  const uint32_t activity =
    atomic_load_explicit(&slot->activity, memory_order_relaxed);
  return (struct seen){
    .end = end,
    .expected = end != NEVER && activity == ACTIVITY_PLAYING ? end : INT64_MAX,
  };
}

/* Channel C, of what its owners say; those in LOOKED have been looked at. */
static void
put(struct written *w,
    const struct seen seen[REGION_SLOTS],
    uint64_t looked,
    uint32_t c,
    bool has_lanes) VSC_RT
{
  /* acquire: own()'s release. A slot that is somebody else's by now was let go
     before, which is seen here. */
  uint64_t owners = atomic_load_explicit(&w->owners[c], memory_order_acquire);
  const vsc_pos floor =
    atomic_load_explicit(&w->floors[c], memory_order_relaxed);
  vsc_pos whole = owners || floor == NEVER || has_lanes ? INT64_MAX : floor;
  vsc_pos expected = INT64_MAX;
  for (; owners; owners &= owners - 1) {
    const int i = __builtin_ctzll(owners);
    const bool has_begun = looked >> i & 1u && seen[i].end != NEVER;
    const vsc_pos end = has_begun ? seen[i].end : floor;
    whole = !has_lanes && end < whole ? end : whole;
    expected =
      has_begun && seen[i].expected < expected ? seen[i].expected : expected;
  }
  w->whole_to[c] = whole;
  w->expected_to[c] = expected;
}

/* How far lane I is whole. */
static vsc_pos
lane_end(const struct written *w,
         const struct region *region,
         uint32_t i,
         uint64_t epoch) VSC_RT
{
  const _Atomic uint32_t *const writer = &w->lanes[i].writer;
  /* acquire: written_release */
  const uint32_t slot = atomic_load_explicit(writer, memory_order_acquire);
  const vsc_pos end =
    slot > 0 ? slot_end(&region->tx->slots[slot - 1], epoch) : NEVER;
  /* The slot may be somebody else's: then it was let go before. */
  return slot > 0 && atomic_load_explicit(writer, memory_order_acquire) == slot
           ? end
           : atomic_load_explicit(&w->lanes[i].end, memory_order_relaxed);
}

void
written_look(struct written *w,
             const struct region *region,
             struct mix *m,
             vsc_pos t) VSC_RT
{
  const uint64_t epoch = epoch_of(region);
  struct seen seen[REGION_SLOTS]; /* those of LOOKED */
  vsc_pos least =
    atomic_load_explicit(&w->hides, memory_order_relaxed) ? NEVER : INT64_MAX;
  /* acquire: written_grant's release */
  const uint64_t looked =
    atomic_load_explicit(&w->writers, memory_order_acquire);
  for (uint64_t left = looked; left; left &= left - 1) {
    const int i = __builtin_ctzll(left);
    seen[i] = look_at(&region->tx->slots[i], epoch);
    least = seen[i].end < least ? seen[i].end : least;
  }
  w->all_to = least < t ? least : INT64_MAX;
  for (uint32_t c = 0; least < t && c < region->geometry.outputs; c++) {
    put(w, seen, looked, c, m->count > 0);
  }
  for (uint32_t i = 0; i < m->count; i++) {
    m->lanes[i].whole_to = lane_end(w, region, i, epoch);
  }
}
