/* histogram.c - log buckets around zero.
   SPDX-License-Identifier: MIT */
#include "histogram.h"

/* 0..3 are themselves; from 4 on, four buckets a power of two. */
static unsigned
side_bucket(uint64_t v) VSC_RT
{
  if (v < 4) {
    return (unsigned)v;
  }
  unsigned power = 63u - (unsigned)__builtin_clzll(v);
  const unsigned b = (power - 1) * 4 + (unsigned)(v >> (power - 2) & 3);
  return b < HISTOGRAM_SIDE ? b : HISTOGRAM_SIDE - 1;
}

static int64_t
side_top(unsigned b)
{
  if (b < 4) {
    return (int64_t)b;
  }
  const unsigned power = b / 4 + 1;
  return ((int64_t)(4 + b % 4 + 1) << (power - 2)) - 1;
}

void
histogram_add(struct histogram *h, vsc_ns value) VSC_RT
{
  const uint64_t n = atomic_load_explicit(&h->count, memory_order_relaxed);
  if (n == 0 || value < atomic_load_explicit(&h->min, memory_order_relaxed)) {
    atomic_store_explicit(&h->min, value, memory_order_relaxed);
  }
  if (n == 0 || value > atomic_load_explicit(&h->max, memory_order_relaxed)) {
    atomic_store_explicit(&h->max, value, memory_order_relaxed);
  }
  const unsigned b =
    value < 0 ? HISTOGRAM_SIDE - 1 - side_bucket((uint64_t)(-1 - value))
              : HISTOGRAM_SIDE + side_bucket((uint64_t)value);
  const uint32_t old =
    atomic_load_explicit(&h->buckets[b], memory_order_relaxed);
  atomic_store_explicit(&h->buckets[b], old + 1, memory_order_relaxed);
  atomic_store_explicit(&h->count, n + 1, memory_order_release);
}

vsc_ns
histogram_top(unsigned b)
{
  return b >= HISTOGRAM_SIDE       ? side_top(b - HISTOGRAM_SIDE)
         : b == HISTOGRAM_SIDE - 1 ? -1
                                   : -2 - side_top(HISTOGRAM_SIDE - 2 - b);
}

uint32_t
histogram_in(const struct histogram *h, unsigned b)
{
  return atomic_load_explicit(&h->buckets[b], memory_order_relaxed);
}

vsc_ns
histogram_quantile(const struct histogram *h, double share)
{
  uint64_t total = 0;
  for (unsigned b = 0; b < HISTOGRAM_BUCKETS; b++) {
    total += histogram_in(h, b);
  }
  if (total == 0) {
    return 0;
  }
  const int64_t min = atomic_load_explicit(&h->min, memory_order_relaxed);
  const int64_t max = atomic_load_explicit(&h->max, memory_order_relaxed);
  uint64_t seen = 0;
  for (unsigned b = 0; b < HISTOGRAM_BUCKETS; b++) {
    seen += histogram_in(h, b);
    if ((double)seen >= share * (double)total && seen > 0) {
      const int64_t top = histogram_top(b);
      return top < min ? min : top > max ? max : top;
    }
  }
  return max;
}
