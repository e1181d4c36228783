/* window.h - the packets of 200 ms together: how far behind their media time
   they came. One thread fills windows and leaves the newest whole one for
   another. SPDX-License-Identifier: MIT */
#ifndef VSC_ENGINE_WINDOW_H
#define VSC_ENGINE_WINDOW_H

#include <stdatomic.h>
#include <vsc/base.h>

#define WINDOW_NS INT64_C(200000000) /* EBU Tech 3337: of TS-DF */

/** The lead is how much later than its media time a packet came; all are int64,
    ns but for count. */
struct window {
  vsc_ns begin, end; /* first and last arrival */
  vsc_ns least, most, sum;
  vsc_ns gap; /* longest to the packet before */
  int64_t count;
};

#define WINDOW_WORDS (sizeof(struct window) / sizeof(int64_t))

/** Where a whole window lies; odd while it is written. */
struct window_page {
  _Atomic uint64_t serial;
  _Atomic int64_t words[WINDOW_WORDS];
};

/** Add a packet to W, which is zeroed before the first. Not 0: it is the first
    of the next window, and the one before is in DONE. [audio-thread] */
int
window_add(struct window *w,
           vsc_ns at,
           vsc_ns lead,
           struct window *done) VSC_RT;
/** With LATER added to each lead. One writer. [audio-thread] */
void
window_publish(struct window_page *page,
               const struct window *w,
               vsc_ns later) VSC_RT;
/** Not 0: there is one after SERIAL, which grows by 2 with each. [thread-safe]
 */
int
window_read(const struct window_page *page,
            uint64_t *serial,
            struct window *out);

#endif
