/* clockpage.h - the clock view in shared memory: one writer, any number of
   readers, nobody waits. Two copies; a sequence number says which is whole.
   SPDX-License-Identifier: MIT */
#ifndef VSC_HAL_CLOCKPAGE_H
#define VSC_HAL_CLOCKPAGE_H

#include <vsc/host.h>
#include <stdatomic.h>
#include <stdbool.h>

#define CLOCKPAGE_WORDS 7

/** Zeroed: no view yet. */
struct clockpage {
  _Alignas(64) _Atomic uint32_t sequence; /* copy sequence & 1 is whole */
  uint32_t reserved;
  _Atomic uint64_t words[2][CLOCKPAGE_WORDS];
};

/** The one writer; does not wait either. */
void
clockpage_write(struct clockpage *page, const vsc_clock_view *view) VSC_RT;
/** False when there is no view yet, or the writer overtook every try (then a
    reader keeps the view it has). OUT->rate is always finite and in
    0.99..1.01. [thread-safe] */
bool
clockpage_read(const struct clockpage *page, vsc_clock_view *out) VSC_RT;

#endif
