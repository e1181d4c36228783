/* phc_map.c - the line, and what does not lie on it.
   SPDX-License-Identifier: MIT */
#include "phc_map.h"

#include <string.h>

#define LEAST 4                    /* readings of a line */
#define LEAST_SPAN 300000000       /* ns from the first of them to the last */
#define OLDEST INT64_C(3000000000) /* ns that the line is trusted for */
#define NOISE 100.0     /* ns that a reading errs besides its bracket */
#define TOLERANCE 500.0 /* ns that it may: five times as much */
/* Who else steers the PHC moves its rate by less at once. */
#define TURN 1e-5
/* No crystal is so far off, and a PHC that stands still is by 1. */
#define DRIFT_MOST 1e-3

/* Of the newest I-th. */
static const struct phc_reading *
at(const struct phc_map *m, unsigned i) VSC_RT
{
  return &m->readings[(m->next + PHC_READINGS - 1 - i) % PHC_READINGS];
}

static double
size_of(double x) VSC_RT
{
  return x < 0 ? -x : x;
}

/* By how much the reading is off the line. */
static double
miss(const struct phc_map *m, const struct phc_reading *r) VSC_RT
{
  return (double)(r->host - r->phc - m->base) - m->offset -
         m->drift * (double)(r->host - m->origin);
}

static int
fits(const struct phc_map *m, const struct phc_reading *r) VSC_RT
{
  const double age = (double)(r->host - at(m, 0)->host);
  return size_of(miss(m, r)) <=
         (double)r->width / 2 + TOLERANCE + TURN * size_of(age);
}

static void
restart(struct phc_map *m) VSC_RT
{
  m->count = m->next = 0;
  m->has_doubt = m->is_ready = 0;
}

static void
put(struct phc_map *m, const struct phc_reading *r) VSC_RT
{
  m->readings[m->next] = *r;
  m->next = (m->next + 1) % PHC_READINGS;
  m->count += m->count < PHC_READINGS;
}

/* Least squares, each weighed by what its bracket leaves open; the middle as
   the origin makes offset and drift independent. */
static void
draw(struct phc_map *m) VSC_RT
{
  const struct phc_reading *const newest = at(m, 0);
  double weights = 0, x = 0, y = 0, xx = 0, xy = 0;
  m->base = newest->host - newest->phc;
  m->origin = newest->host;
  for (unsigned i = 0; i < m->count; i++) {
    const struct phc_reading *const r = at(m, i);
    const double error = NOISE + (double)r->width / 2;
    const double w = 1 / (error * error);
    const double dx = (double)(r->host - m->origin);
    const double dy = (double)(r->host - r->phc - m->base);
    weights += w;
    x += w * dx;
    y += w * dy;
    xx += w * dx * dx;
    xy += w * dx * dy;
  }
  x /= weights;
  y /= weights;
  const double spread = xx / weights - x * x;
  m->drift = spread > 0 ? (xy / weights - x * y) / spread : 0;
  m->offset = y - m->drift * x;
}

/* Is it a line? Without enough readings it is not known yet; with them and no
   line the clock stepped or stood still, and only the newest counts. */
static void
judge(struct phc_map *m) VSC_RT
{
  const struct phc_reading newest = *at(m, 0);
  m->is_ready = 0;
  if (m->count < LEAST ||
      newest.host - at(m, m->count - 1)->host < LEAST_SPAN) {
    return;
  }
  int is_line = size_of(m->drift) <= DRIFT_MOST;
  for (unsigned i = 0; is_line && i < m->count; i++) {
    is_line = fits(m, at(m, i));
  }
  if (is_line) {
    m->is_ready = 1;
  } else {
    restart(m);
    put(m, &newest);
  }
}

/* Do two that do not lie on the line lie on another, as steep? */
static int
agrees(const struct phc_map *m,
       const struct phc_reading *a,
       const struct phc_reading *b) VSC_RT
{
  const double moved = miss(m, b) - miss(m, a);
  return size_of(moved) <= (double)(a->width + b->width) / 2 + TOLERANCE +
                             TURN * (double)(b->host - a->host);
}

int
phc_map_add(struct phc_map *m, const struct phc_reading *r) VSC_RT
{
  if (r->phc < 0 || (m->count && r->host <= at(m, 0)->host)) {
    return 0;
  }
  if (m->count && r->host - at(m, 0)->host > OLDEST) {
    restart(m); /* nobody asked for so long */
  }
  if (m->is_ready && !fits(m, r)) {
    if (!m->has_doubt || !agrees(m, &m->doubted, r)) {
      m->has_doubt = 1;
      m->doubted = *r;
      return 1;
    }
    const struct phc_reading before = m->doubted;
    restart(m);
    m->steps++;
    put(m, &before);
  }
  m->has_doubt = 0;
  put(m, r);
  draw(m);
  judge(m);
  return 0;
}

int
phc_map_host(const struct phc_map *m, int64_t phc, vsc_ns *out) VSC_RT
{
  if (!m->is_ready || m->has_doubt || phc < 0) {
    return 0;
  }
  const int64_t age = at(m, 0)->phc - phc;
  if (age > OLDEST || age < -OLDEST) {
    return 0;
  }
  /* host - origin = x: phc + base - origin + offset + drift * x. */
  const double x =
    ((double)(phc + m->base - m->origin) + m->offset) / (1 - m->drift);
  *out = m->origin + (vsc_ns)(x < 0 ? x - 0.5 : x + 0.5);
  return 1;
}
