/* histogram.h - how times are spread: log buckets that one thread fills without
   waiting and any thread reads.
   SPDX-License-Identifier: MIT */
#ifndef VSC_ENGINE_HISTOGRAM_H
#define VSC_ENGINE_HISTOGRAM_H

#include <stdatomic.h>
#include <vsc/base.h>

/** Four buckets a power of two, both signs: 12 % wide, up to 2^40 ns. */
#define HISTOGRAM_SIDE 160
#define HISTOGRAM_BUCKETS (2 * HISTOGRAM_SIDE)

struct histogram {
  _Atomic uint64_t count;
  _Atomic int64_t min, max;
  _Atomic uint32_t buckets[HISTOGRAM_BUCKETS];
};

/** One writer. [audio-thread] */
void
histogram_add(struct histogram *h, vsc_ns value) VSC_RT;
/** The most that bucket B holds; that of B - 1 is less. */
vsc_ns
histogram_top(unsigned b);
/** How many values bucket B holds. [thread-safe] */
uint32_t
histogram_in(const struct histogram *h, unsigned b);
/** Smallest V such that SHARE (0..1) of the values are at most V, to a bucket's
    width; 0 when empty. [thread-safe] */
vsc_ns
histogram_quantile(const struct histogram *h, double share);

#endif
