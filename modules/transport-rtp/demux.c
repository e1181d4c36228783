/* demux.c - linear probing at half load; the keys are ours, so nobody on the
   network chooses where they collide.
   SPDX-License-Identifier: MIT */
#include "modules/transport-rtp/demux.h"

#include <assert.h>

static size_t
slots_for(uint32_t count)
{
  size_t slots = 2;
  while (slots < 2 * (size_t)count) {
    slots *= 2;
  }
  return slots;
}

size_t
demux_size(uint32_t count)
{
  return count * sizeof(struct demux_row) +
         slots_for(count) * sizeof(struct demux_row *);
}

void
demux_init(struct demux *demux, uint32_t count, void *memory)
{
  struct demux_row *const rows = memory;
  *demux = (struct demux){
    .mask = (uint32_t)slots_for(count) - 1,
    .capacity = count,
    .rows = rows,
    .slots = (const struct demux_row **)(void *)(rows + count),
  };
}

/* The slot of a key, or the empty one where it belongs. It ends: half of the
   slots are empty. */
static uint32_t
slot_of(const struct demux *demux, uint32_t socket, vsc_ip dest) VSC_RT
{
  /* Knuth's multiplier spreads groups, which differ in their low bits only. */
  uint32_t slot = (dest ^ socket << 24) * 2654435761u;
  slot = (slot ^ slot >> 16) & demux->mask;
  for (uint32_t i = 0; i <= demux->mask; i++) {
    const struct demux_row *const row = demux->slots[slot];
    if (!row || (row->dest == dest && row->socket == socket)) {
      break;
    }
    slot = (slot + 1) & demux->mask;
  }
  return slot;
}

void
demux_add(struct demux *demux, uint32_t socket, vsc_ip dest, void *item)
{
  assert(demux->count < demux->capacity);
  struct demux_row *const row = &demux->rows[demux->count++];
  const uint32_t slot = slot_of(demux, socket, dest);
  *row = (struct demux_row){
    .next = demux->slots[slot], .item = item, .dest = dest, .socket = socket
  };
  demux->slots[slot] = row;
}

const struct demux_row *
demux_find(const struct demux *demux, uint32_t socket, vsc_ip dest) VSC_RT
{
  return demux->slots[slot_of(demux, socket, dest)];
}
