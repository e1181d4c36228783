/* arena.c - blocks, of whole pages where they are locked (so that locking one
   never touches another), and a bump pointer in the newest.
   SPDX-License-Identifier: MIT */
#include "arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* A cache line on every machine we build for, and enough for SIMD. */
#define LINE ((size_t)64)
/* The largest page of those machines (arm64, Apple: 16 KiB). */
#define BLOCK ((size_t)16384)
/* A bigger wish is a mistake in a number that came from outside. */
#define LARGEST ((size_t)1 << 30)

struct arena_block {
  struct arena_block *next;
  void *memory; /* to be freed */
  size_t bytes; /* with this header */
  size_t used;
  int is_locked;
};

static size_t
round_up(size_t bytes, size_t unit)
{
  return (bytes + unit - 1) / unit * unit;
}

/* Zeroed, but none of it touched. */
static struct arena_block *
untouched(size_t bytes)
{
  unsigned char *const memory = calloc(1, bytes + LINE);
  if (!memory) {
    return NULL;
  }
  const size_t odd = (uintptr_t)memory % LINE;
  struct arena_block *const block = (void *)(memory + (odd ? LINE - odd : 0));
  block->memory = memory;
  return block;
}

/* Whole pages of its own. */
static struct arena_block *
resident(size_t bytes)
{
  void *memory = NULL;
  if (posix_memalign(&memory, BLOCK, bytes)) {
    return NULL;
  }
  memset(memory, 0, bytes); /* also the page faults, here and not later */
  struct arena_block *const block = memory;
  block->memory = memory;
  block->is_locked = mlock(memory, bytes) == 0;
  return block;
}

static struct arena_block *
block_create(struct arena *arena, size_t bytes)
{
  struct arena_block *const block =
    arena->is_for_main ? untouched(bytes) : resident(bytes);
  if (!block) {
    return NULL;
  }
  block->bytes = bytes;
  block->used = round_up(sizeof *block, LINE);
  if (!arena->is_for_main && !block->is_locked) {
    arena->unlocked += bytes;
  }
  block->next = arena->blocks;
  arena->blocks = block;
  return block;
}

void *
arena_alloc(struct arena *arena, size_t bytes)
{
  if (bytes > LARGEST) {
    return NULL;
  }
  const size_t need = round_up(bytes ? bytes : 1, LINE);
  struct arena_block *block = arena->blocks;
  if (!block || block->bytes - block->used < need) {
    const size_t head = round_up(sizeof *block, LINE);
    block = block_create(arena, round_up(head + need, BLOCK));
    if (!block) {
      return NULL;
    }
  }
  void *const chunk = (unsigned char *)block + block->used;
  block->used += need;
  arena->bytes += need;
  return chunk;
}

void
arena_free(struct arena *arena)
{
  if (!arena) {
    return;
  }
  struct arena_block *block = arena->blocks;
  while (block) {
    struct arena_block *const next = block->next;
    if (block->is_locked) {
      munlock(block, block->bytes);
    }
    free(block->memory);
    block = next;
  }
  *arena = (struct arena){ .is_for_main = arena->is_for_main };
}
