/* selftest_wakeups.c - sleeps on a grid and looks how late it was.
   SPDX-License-Identifier: MIT */
#include "selftest_wakeups.h"
#include "engine/rtthread.h"

#include <poll.h>

/* A second shows the half of what a minute with work to do will show. */
#define MARGIN 2
/* A machine that sleeps longer than this cannot be helped by waiting. */
#define HELD_MAX 20000000

struct sleeper {
  vsc_ns due; /* 0: the first time */
  struct histogram lateness;
};

static vsc_ns
wake(void *arg, vsc_ns now) VSC_RT
{
  struct sleeper *const s = arg;
  if (s->due == 0) {
    s->due = now;
  }
  histogram_add(&s->lateness, now - s->due);
  /* Wake-ups that were slept through are part of the one that came. */
  s->due += ((now - s->due) / WAKEUPS_PERIOD + 1) * WAKEUPS_PERIOD;
  return s->due;
}

static vsc_ns
most(vsc_ns a, vsc_ns b)
{
  return a > b ? a : b;
}

vsc_status
wakeups_measure(const struct os *os, vsc_ns duration, struct wakeups *out)
{
  struct sleeper sleepers[WAKEUPS_THREADS] = { 0 };
  struct rtthread *threads[WAKEUPS_THREADS] = { 0 };
  struct rtthread_report report = { .scheduling = "normal" };
  vsc_status status = VSC_OK;
  for (unsigned i = 0; i < WAKEUPS_THREADS && status >= 0; i++) {
    status = rtthread_start(os, wake, &sleepers[i], &report, &threads[i]);
  }
  if (status >= 0) {
    poll(NULL, 0, (int)(duration / 1000000));
  }
  *out = (struct wakeups){ .scheduling = report.scheduling };
  for (unsigned i = 0; i < WAKEUPS_THREADS; i++) {
    rtthread_stop(threads[i]);
    const struct histogram *const h = &sleepers[i].lateness;
    out->count += h->count;
    out->p50 = most(out->p50, histogram_quantile(h, 0.5));
    out->p99 = most(out->p99, histogram_quantile(h, 0.99));
    out->p999 = most(out->p999, histogram_quantile(h, 0.999));
    out->max = most(out->max, h->max);
  }
  return status;
}

vsc_ns
wakeups_link_offset(vsc_ns late, vsc_ns floor)
{
  /* One packet is being filled while the thread sleeps. */
  const vsc_ns wish = MARGIN * late + WAKEUPS_PERIOD;
  const vsc_ns whole =
    (wish + WAKEUPS_PERIOD - 1) / WAKEUPS_PERIOD * WAKEUPS_PERIOD;
  return most(floor, whole < HELD_MAX ? whole : HELD_MAX);
}

uint32_t
wakeups_headroom(vsc_ns late, uint32_t floor, uint32_t rate)
{
  const vsc_ns held = MARGIN * late < HELD_MAX ? MARGIN * late : HELD_MAX;
  const uint32_t frames =
    (uint32_t)((held * (vsc_ns)rate + 999999999) / 1000000000);
  return frames > floor ? frames : floor;
}
