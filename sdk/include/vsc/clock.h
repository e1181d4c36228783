/* clock.h - a clock module disciplines nothing but our own view: it measures,
   filters, and publishes. Readers use host->clock_read and never call it.
   SPDX-License-Identifier: MIT */
#ifndef VSC_CLOCK_H
#define VSC_CLOCK_H

#include <vsc/module.h>

VSC_BEGIN_DECLS

/** Figures for people: `aes67 status`, `aes67 stats --ptp`. */
typedef struct vsc_clock_report {
  uint32_t size;         /**< sizeof(vsc_clock_report) */
  uint32_t priority1;    /**< of the grandmaster */
  int64_t offset_ns;     /**< filtered */
  int64_t jitter_ns;     /**< of the offset, filtered */
  int64_t path_delay_ns; /**< to the master, one way, filtered */
  uint32_t quality;      /**< 0 none, 1 poor, 2 fair, 3 good, 4 excellent */
  char diagnosis[160];   /**< one sentence when something is wrong, or empty */
  /* Since ABI 0.4 */
  uint32_t stamps; /**< of messages: 0 none, 1 software, 2 hardware */
  /* Since ABI 0.5 */
  char goes_by[16]; /**< what of several things, in the module's word for it */
} vsc_clock_report;

/** Where a clock module's views go. [main-thread] */
typedef struct vsc_clock_sink {
  uint32_t size; /**< sizeof(vsc_clock_sink) */
  void *arg;     /**< for publish */
  /** The host copies VIEW. [main-thread] */
  void (*publish)(void *arg, const vsc_clock_view *view);
} vsc_clock_sink;

/** What a clock module can do. */
typedef struct vsc_clock_ops {
  uint32_t size; /**< sizeof(vsc_clock_ops) */
  /** Begin; publish a first view before returning, then whenever the map
      changes. A view never makes media time at the present instant go
      backwards within a generation. [main-thread] */
  vsc_status (*start)(void *self, const vsc_clock_sink *sink);
  void (*stop)(void *self);                          /**< [main-thread] */
  void (*report)(void *self, vsc_clock_report *out); /**< [main-thread] */
  /* Since ABI 0.5 */
  /** The profile names a stream to go by where there is nothing better: VIEW
      maps host time to its sender's, which began anywhere; with another
      generation it begins anew. Called several times a second; news has another
      host_ns, and there is none while nothing comes. May be NULL: the module
      goes by no stream. [main-thread] */
  void (*follow)(void *self, const vsc_clock_view *view);
} vsc_clock_ops;

VSC_END_DECLS
#endif
