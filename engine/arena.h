/* arena.h - memory of one owner (an instance, a stream, a graph): zeroed,
   cache-aligned, freed at once; for the audio thread also prefaulted, and
   locked where the system allows. SPDX-License-Identifier: MIT */
#ifndef VSC_ENGINE_ARENA_H
#define VSC_ENGINE_ARENA_H

#include <stdbool.h>
#include <stddef.h>

/** A zeroed struct arena is empty and ready. */
struct arena {
  bool is_for_main; /* set before the first: pages come when they are used, for
                       tables of which little is filled */
  struct arena_block *blocks; /* newest first */
  size_t bytes;               /* handed out so far */
  size_t unlocked;            /* bytes the system refused to lock; 0: none */
};

/** NULL when there is none, and for more than a GiB. [main-thread] */
void *
arena_alloc(struct arena *arena, size_t bytes);
/** Frees everything; the arena is empty and ready. [main-thread] */
void
arena_free(struct arena *arena);

#endif
