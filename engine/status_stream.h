/* status_stream.h - what the engine tells of receivers and senders, and how it
   writes figures: the objects of INTERFACE.md. SPDX-License-Identifier: MIT */
#ifndef VSC_ENGINE_STATUS_STREAM_H
#define VSC_ENGINE_STATUS_STREAM_H

#include "engine.h"

#include <jansson.h>

static inline uint64_t
status_get(const _Atomic uint64_t *counter)
{
  return atomic_load_explicit(counter, memory_order_relaxed);
}

static inline json_t *
status_whole(uint64_t n)
{
  return json_integer((json_int_t)n);
}

/** IS_WORST_LOW: its tail is its low end; IS_WHOLE: with all buckets. */
json_t *
status_histogram_json(const struct histogram *h,
                      int is_worst_low,
                      bool is_whole);
/** IS_WHOLE: with how figures are spread. [main-thread] */
json_t *
status_receiver_json(const struct engine *e,
                     const struct stream *s,
                     bool is_whole);
/** The same. [main-thread] */
json_t *
status_sender_json(const struct engine *e,
                   const struct stream *s,
                   bool is_whole);

#endif
