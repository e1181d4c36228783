/* test_arena.c - memory that is zeroed, aligned, and freed at once.
   SPDX-License-Identifier: MIT */
#include "engine/arena.h"

#include <criterion/criterion.h>
#include <stdint.h>
#include <string.h>

Test(arena, gives_zeroed_memory_on_cache_lines)
{
  struct arena arena = { 0 };
  for (size_t bytes = 1; bytes < 40000; bytes = bytes * 3 + 1) {
    unsigned char *const chunk = arena_alloc(&arena, bytes);
    cr_assert_not_null(chunk);
    cr_assert_eq((uintptr_t)chunk % 64, 0);
    for (size_t i = 0; i < bytes; i++) {
      cr_assert_eq(chunk[i], 0);
    }
    memset(chunk, 0xff, bytes);
  }
  arena_free(&arena);
}

Test(arena, chunks_do_not_overlap)
{
  struct arena arena = { 0 };
  unsigned char *chunks[300];
  for (unsigned i = 0; i < 300; i++) {
    chunks[i] = arena_alloc(&arena, 100);
    memset(chunks[i], (int)(i & 255), 100);
  }
  for (unsigned i = 0; i < 300; i++) {
    cr_assert_eq(chunks[i][0], i & 255);
    cr_assert_eq(chunks[i][99], i & 255);
  }
  arena_free(&arena);
}

Test(arena, refuses_sizes_that_overflow)
{
  struct arena arena = { 0 };
  cr_assert_null(arena_alloc(&arena, SIZE_MAX));
  cr_assert_null(arena_alloc(&arena, SIZE_MAX - 63));
  cr_assert_null(arena_alloc(&arena, SIZE_MAX / 2));
  cr_assert_eq(arena.bytes, 0);
  arena_free(&arena);
}

Test(arena, nothing_is_a_chunk_too)
{
  struct arena arena = { 0 };
  void *const a = arena_alloc(&arena, 0);
  cr_assert_not_null(a);
  cr_assert_neq(a, arena_alloc(&arena, 0));
  arena_free(&arena);
}

Test(arena, is_ready_again_after_free)
{
  struct arena arena = { 0 };
  cr_assert_not_null(arena_alloc(&arena, 100000));
  arena_free(&arena);
  cr_assert_null(arena.blocks);
  cr_assert_eq(arena.bytes, 0);
  unsigned char *const chunk = arena_alloc(&arena, 100000);
  cr_assert_eq(chunk[99999], 0);
  arena_free(&arena);
  arena_free(NULL);
}
