/* wake.h - the instant of a wake-up, shared by every route of it.
   SPDX-License-Identifier: MIT */
#ifndef VSC_ENGINE_WAKE_H
#define VSC_ENGINE_WAKE_H

#include <vsc/position.h>

/** The audio thread's. */
struct wake {
  vsc_clock_view view;
  vsc_ns now;
  vsc_pos pos; /* of now */
  uint32_t rate;
  vsc_pos asked; /* wake_host_time's newest; INT64_MIN when view is new */
  vsc_ns answer;
};

/** The smallest host time whose position is at least P. The streams of a
    wake-up mostly ask for the same one, and it takes two divisions.
    [audio-thread] */
static inline vsc_ns
wake_host_time(struct wake *w, vsc_pos p) VSC_RT
{
  if (p != w->asked) {
    w->answer = vsc_view_host_time(&w->view, p, w->rate);
    w->asked = p;
  }
  return w->answer;
}

#endif
