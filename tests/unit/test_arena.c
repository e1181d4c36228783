/* test_arena.c - memory that is zeroed, aligned, and freed at once.
   SPDX-License-Identifier: MIT */
#include "engine/arena.h"

#include <criterion/criterion.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static void
expect_zeroed_lines(bool is_for_main)
{
  struct arena arena = { .is_for_main = is_for_main };
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

Test(arena, gives_zeroed_memory_on_cache_lines)
{
  expect_zeroed_lines(false);
  expect_zeroed_lines(true);
}

/* Pages of ours that are resident now. */
static long
resident_pages(void)
{
  long pages = -1;
  FILE *const f = fopen("/proc/self/statm", "r");
  cr_assert_not_null(f);
  cr_assert_eq(fscanf(f, "%*d %ld", &pages), 1);
  fclose(f);
  return pages;
}

Test(arena, of_the_main_thread_has_pages_when_they_are_used)
{
  struct arena arena = { .is_for_main = true };
  const long before = resident_pages();
  unsigned char *const chunk = arena_alloc(&arena, 16u << 20);
  cr_assert_not_null(chunk);
  chunk[1000] = 1;
  cr_expect_lt(resident_pages() - before, 1024); /* of 4096 or more */
  cr_expect_eq(arena.unlocked, 0);
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
