/* media.c - joins one straight piece to the next.
   SPDX-License-Identifier: MIT */
#include "modules/clock-ptp/media.h"

#include <vsc/position.h>

#include <math.h>

static double
within(double x, double bound)
{
  return x > bound ? bound : x < -bound ? -bound : x;
}

void
media_init(struct media *m, vsc_ns host, int64_t tai)
{
  *m = (struct media){ .view = { .size = sizeof m->view,
                                 .host_ns = host,
                                 .tai_ns = tai,
                                 .rate = 1,
                                 .error_ns = -1,
                                 .generation = 1 } };
  m->past = m->view;
}

int64_t
media_at(const struct media *m, vsc_ns t)
{
  const int is_past =
    t < m->view.host_ns && m->past.generation == m->view.generation;
  return vsc_view_tai(is_past ? &m->past : &m->view, t);
}

void
media_steer(struct media *m, vsc_ns now, double skew, double error_ns)
{
  const vsc_ns since = now - m->view.host_ns;
  if (since < 0) {
    return;
  }
  const int64_t read = vsc_view_tai(&m->view, now);
  const double exact = (double)since * (m->view.rate - 1) + m->fraction;
  /* What readers were told is never taken back; they round towards zero. */
  const int64_t whole = m->view.tai_ns + since + (int64_t)floor(exact);
  m->past = m->view;
  m->view.tai_ns = whole > read ? whole : read;
  m->fraction = exact - (double)(m->view.tai_ns - m->past.tai_ns - since);
  m->view.host_ns = now;
  const double tau =
    fabs(error_ns) > MEDIA_LARGE_NS ? MEDIA_LARGE_TAU_NS : MEDIA_TAU_NS;
  m->view.rate = 1 + within(within(skew, MEDIA_RATE_MAX) +
                              within(error_ns / tau, MEDIA_SLEW_MAX),
                            MEDIA_RATE_MAX);
}

void
media_step(struct media *m, vsc_ns now, int64_t tai, double skew)
{
  m->past = m->view;
  m->view.host_ns = now;
  m->view.tai_ns = tai;
  m->view.rate = 1 + within(skew, MEDIA_RATE_MAX);
  m->view.generation++;
  m->fraction = 0;
}
