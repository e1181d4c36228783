/* bits.h - one bit per frame of a ring, addressed by position.
   SPDX-License-Identifier: MIT */
#ifndef VSC_ENGINE_BITS_H
#define VSC_ENGINE_BITS_H

#include <vsc/base.h>

/** WORDS holds FRAMES bits, FRAMES a power of two and at least 64. */
struct bits {
  uint64_t *words;
  uint32_t frames;
};

/* The part of [p, end) inside one word: its index and its mask; returns where
   the next part begins. */
static inline vsc_pos
bits_part(const struct bits *b,
          vsc_pos p,
          vsc_pos end,
          uint32_t *word,
          uint64_t *mask) VSC_RT
{
  const uint32_t slot = (uint32_t)p & (b->frames - 1);
  const uint32_t low = slot & 63u;
  const vsc_pos next = p + (64 - (vsc_pos)low);
  const uint32_t n = (uint32_t)((next < end ? next : end) - p);
  *word = slot >> 6;
  *mask = (n == 64 ? UINT64_MAX : (UINT64_C(1) << n) - 1) << low;
  return p + n;
}

/** [p, end) is at most the ring; so for the others. */
static inline void
bits_set(struct bits *b, vsc_pos p, vsc_pos end) VSC_RT
{
  while (p < end) {
    uint32_t word;
    uint64_t mask;
    p = bits_part(b, p, end, &word, &mask);
    b->words[word] |= mask;
  }
}

static inline void
bits_clear(struct bits *b, vsc_pos p, vsc_pos end) VSC_RT
{
  while (p < end) {
    uint32_t word;
    uint64_t mask;
    p = bits_part(b, p, end, &word, &mask);
    b->words[word] &= ~mask;
  }
}

/** How many of [p, end) are set. */
static inline uint32_t
bits_count(const struct bits *b, vsc_pos p, vsc_pos end) VSC_RT
{
  uint32_t n = 0;
  while (p < end) {
    uint32_t word;
    uint64_t mask;
    p = bits_part(b, p, end, &word, &mask);
    n += (uint32_t)__builtin_popcountll(b->words[word] & mask);
  }
  return n;
}

#endif
