/* advice.h - which link offset this machine and network can hold, from the
   offsets that windows of packets would have needed. Pure.
   SPDX-License-Identifier: MIT */
#ifndef VSC_ENGINE_ADVICE_H
#define VSC_ENGINE_ADVICE_H

#include "histogram.h"

#define ADVICE_TEXT 200

/** What was seen of a receiver. */
struct advice {
  /* One value of each WINDOW_NS, INT64_MAX where none would have done. */
  const struct histogram *need;
  vsc_ns link_offset; /* that it has; 0: none */
  uint64_t drop_outs; /* meanwhile */
};

/** Seconds between two drop-outs with LINK_OFFSET; below 0: too little was seen
    to say anything, and INFINITY: rarer than can be told from it. Counted where
    there were enough; beyond, by the tail's slope. */
double
advice_period(const struct advice *a, vsc_ns link_offset);
/** The least round link offset with more than an hour between drop-outs that
    one can help, as far as can be told; 0: none up to 100 ms. */
vsc_ns
advice_offset(const struct advice *a);
/** "750 us: a drop-out every 4 min; 2 ms: every 3 h (watched for 20 min)": of
   its link offset and of the least that has more than an hour, and how often
   none helped; empty when too little was seen. Returns OUT. */
const char *
advice_text(const struct advice *a, char out[ADVICE_TEXT]);

#endif
