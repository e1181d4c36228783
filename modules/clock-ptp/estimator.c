/* estimator.c - Tukey's biweight over both kinds of sample at once: queues make
   the delays of both directions alike, and what is alike cancels only if one
   symmetric fit sees both. The window is the longest of 8, 16, 32 and 64 s that
   does not contradict a shorter one (after Lepski): long against noise, short
   against an oscillator that wanders.
   SPDX-License-Identifier: MIT */
#include "modules/clock-ptp/estimator.h"

#include <math.h>
#include <string.h>

#define ROUNDS 8
#define TUKEY 4.685         /* 95 % efficient on a normal distribution */
#define MAD_TO_SD 1.4826    /* of a normal distribution */
#define NOISE_FLOOR_NS 5.0  /* resolution of the stamps and their conversion */
#define AGREEMENT 2.5       /* standard errors */
#define SPACING_NS 25000000 /* closer samples of a kind say nothing new */
/* Farther from the line than that is no noise; so many on one side are a step.
 */
#define FAR_SD 50.0
#define FAR_NS 1000.0
#define FAR_COUNT 16
#define KEPT_LEAST 0.25 /* of the weight of each kind */
#define RATE_MAX 500e-6 /* no oscillator is that far off */

static const double windows_s[ESTIMATOR_WINDOWS] = { 8, 16, 32, 64 };

void
estimator_reset(struct estimator *e)
{
  e->head = e->count = 0;
  e->last[0] = e->last[1] = 0;
  e->has_map = 0;
  e->far[0] = e->far[1] = 0;
  memset(&e->map, 0, sizeof e->map);
}

int64_t
estimate_at(const struct estimate *m, vsc_ns t)
{
  return t + m->base + llround(m->offset + m->rate * (double)(t - m->at));
}

/* What is left of the ring after a step: the samples since. */
static void
keep_newest(struct estimator *e, unsigned count)
{
  e->count = e->count < count ? e->count : count;
  e->has_map = 0;
  e->far[0] = e->far[1] = 0;
  e->restarts++;
}

static int
is_step(struct estimator *e, const struct observation *o)
{
  const struct estimate *const m = &e->map;
  const double line = m->offset + m->rate * (double)(o->at - m->at) +
                      (o->is_request ? m->delay : -m->delay);
  const double off = (double)(o->y - m->base) - line;
  const int sign = off < 0 ? -1 : 1;
  const int kind = o->is_request != 0;
  if (fabs(off) <= FAR_SD * m->noise + FAR_NS) {
    e->far[kind] = 0;
    return 0;
  }
  e->far[kind] = sign == e->far_sign[kind] ? e->far[kind] + 1 : 1;
  e->far_sign[kind] = sign;
  return e->far[kind] >= FAR_COUNT;
}

int
estimator_add(struct estimator *e, const struct observation *o)
{
  vsc_ns *const last = &e->last[o->is_request != 0];
  if (*last && o->at - *last < SPACING_NS) {
    return 0;
  }
  *last = o->at;
  e->samples[e->head] = *o;
  e->head = (e->head + 1) % ESTIMATOR_SAMPLES;
  e->count += e->count < ESTIMATOR_SAMPLES;
  if (!e->has_map || !is_step(e, o)) {
    return 0;
  }
  keep_newest(e, 2 * FAR_COUNT);
  return 1;
}

/* The element of rank K of V, which is shuffled (Hoare's selection). */
static double
select_rank(double *v, unsigned n, unsigned k)
{
  unsigned low = 0, high = n - 1;
  while (low < high) {
    const double pivot = v[low + (high - low) / 2];
    unsigned i = low, j = high;
    for (;;) {
      while (v[i] < pivot) {
        i++;
      }
      while (v[j] > pivot) {
        j--;
      }
      if (i >= j) {
        break;
      }
      const double t = v[i];
      v[i++] = v[j];
      v[j--] = t;
    }
    if (k <= j) {
      high = j;
    } else {
      low = j + 1;
    }
  }
  return v[k];
}

static double
median_of(struct estimator *e, const double *v, unsigned n)
{
  memcpy(e->sorted, v, n * sizeof *v);
  return select_rank(e->sorted, n, n / 2);
}

/* Solve a symmetric 3 x 3 system in place; 0 when it has no solution. */
static int
solve(double a[3][4])
{
  for (int j = 0; j < 3; j++) {
    int best = j;
    for (int k = j + 1; k < 3; k++) {
      best = fabs(a[k][j]) > fabs(a[best][j]) ? k : best;
    }
    if (fabs(a[best][j]) < 1e-9) {
      return 0;
    }
    for (int k = 0; k < 4; k++) {
      const double t = a[j][k];
      a[j][k] = a[best][k];
      a[best][k] = t;
    }
    for (int k = 0; k < 3; k++) {
      const double factor = k == j ? 0 : a[k][j] / a[j][j];
      for (int q = j; q < 4; q++) {
        a[k][q] -= factor * a[j][q];
      }
    }
  }
  return 1;
}

/* Residuals as delays: positive is slower, whichever the direction. */
static void
residuals(struct estimator *e, unsigned n, const double p[3])
{
  for (unsigned i = 0; i < n; i++) {
    e->residual[i] = (e->y[i] - p[0] - p[1] * e->x[i]) * e->s[i] - p[2];
  }
}

/* One round: the weighted least squares line; the sum of weights. */
static double
reweigh(struct estimator *e,
        unsigned n,
        double center,
        double scale,
        double p[3])
{
  const double width = 1 / (TUKEY * scale);
  double a[3][4] = { { 0 } };
  double sum = 0;
  e->kept[0] = e->kept[1] = 0;
  for (unsigned i = 0; i < n; i++) {
    const double u = (e->residual[i] - center) * width;
    const double v = 1 - u * u;
    const double w = v > 0 ? v * v : 0;
    const double x = e->x[i], s = e->s[i], y = e->y[i];
    sum += w;
    e->kept[s > 0] += w;
    a[0][1] += w * x;
    a[0][2] += w * s;
    a[0][3] += w * y;
    a[1][1] += w * x * x;
    a[1][2] += w * x * s;
    a[1][3] += w * x * y;
    a[2][3] += w * s * y;
  }
  a[0][0] = a[2][2] = sum;
  a[1][0] = a[0][1];
  a[2][0] = a[0][2];
  a[2][1] = a[1][2];
  if (sum < 3 || !solve(a)) {
    return 0;
  }
  for (int j = 0; j < 3; j++) {
    p[j] = a[j][3] / a[j][j];
  }
  return sum;
}

/* Of the newest N samples. P {offset, rate per s, delay} is where it begins;
   the noise, and the sum of weights, 0 when there is no line. */
static double
fit(struct estimator *e, unsigned n, double p[3], double *weight)
{
  double scale = NOISE_FLOOR_NS;
  for (int round = 0; round < ROUNDS; round++) {
    residuals(e, n, p);
    const double center = median_of(e, e->residual, n);
    for (unsigned i = 0; i < n; i++) {
      e->sorted[i] = fabs(e->residual[i] - center);
    }
    scale = MAD_TO_SD * select_rank(e->sorted, n, n / 2) + NOISE_FLOOR_NS;
    const double before = p[0];
    /* The line itself may be off at first, not only noisy. */
    *weight = reweigh(e, n, round == 0 ? center : 0, scale, p);
    if (*weight == 0 || fabs(p[0] - before) < 0.5) {
      break;
    }
  }
  return scale;
}

static int
gather(struct estimator *e, vsc_ns *at, int64_t *base)
{
  unsigned n = 0, requests = 0;
  for (unsigned i = 0; i < e->count; i++) {
    const struct observation *const o =
      &e->samples[(e->head + ESTIMATOR_SAMPLES - 1 - i) % ESTIMATOR_SAMPLES];
    if (i == 0) {
      *at = o->at;
      *base = o->y;
    }
    e->x[n] = (double)(o->at - *at) * 1e-9;
    if (e->x[n] < -windows_s[ESTIMATOR_WINDOWS - 1]) {
      break;
    }
    e->y[n] = (double)(o->y - *base);
    e->s[n] = o->is_request ? 1 : -1;
    requests += o->is_request != 0;
    n++;
  }
  return n >= ESTIMATOR_LEAST && requests >= ESTIMATOR_LEAST_EACH &&
             n - requests >= ESTIMATOR_LEAST_EACH
           ? (int)n
           : 0;
}

/* The median of the samples of kind S on one side of X. */
static double
half_median(struct estimator *e,
            unsigned n,
            double s,
            double middle,
            int is_new)
{
  unsigned k = 0;
  for (unsigned i = 0; i < n; i++) {
    if (e->s[i] == s && (e->x[i] >= middle) == is_new) {
      e->residual[k++] = e->y[i];
    }
  }
  return k ? median_of(e, e->residual, k) : NAN;
}

/* Without a line yet: medians of both halves. Least squares would follow one
   sample that a stall made 10 ms late. */
static void
begin(struct estimator *e, unsigned n, double p[3])
{
  const double middle = e->x[n / 2];
  const double down = half_median(e, n, -1, middle, 1);
  const double up = half_median(e, n, 1, middle, 1);
  const double old_down = half_median(e, n, -1, middle, 0);
  const double old_up = half_median(e, n, 1, middle, 0);
  const double newer = middle / 2, older = (e->x[n - 1] + middle) / 2;
  p[1] = ((up + down) - (old_up + old_down)) / 2 / (newer - older);
  if (!(fabs(p[1]) < RATE_MAX * 1e9)) {
    p[1] = 0; /* NaN, too: one of four is empty */
  }
  p[0] = (up + down) / 2 - p[1] * newer;
  p[2] = (up - down) / 2;
  if (!isfinite(p[0])) {
    p[0] = median_of(e, e->y, n);
    p[2] = 0;
  }
}

/* A line through one kind alone, with all of the other far off, fits well and
   is wrong by the difference. */
static int
is_balanced(const struct estimator *e, unsigned n)
{
  unsigned count[2] = { 0, 0 };
  for (unsigned i = 0; i < n; i++) {
    count[e->s[i] > 0]++;
  }
  return e->kept[0] >= KEPT_LEAST * count[0] &&
         e->kept[1] >= KEPT_LEAST * count[1];
}

int
estimator_fit(struct estimator *e)
{
  vsc_ns at = 0;
  int64_t base = 0;
  const unsigned n = (unsigned)gather(e, &at, &base);
  double start[3];
  if (!n) {
    return 0;
  }
  if (e->has_map) {
    const double since = (double)(at - e->map.at);
    start[0] =
      (double)(e->map.base - base) + e->map.offset + e->map.rate * since;
    start[1] = e->map.rate * 1e9;
    start[2] = e->map.delay;
  } else {
    begin(e, n, start);
  }
  struct estimate map = { .at = at, .base = base };
  double offsets[ESTIMATOR_WINDOWS], errors[ESTIMATOR_WINDOWS];
  unsigned taken = 0;
  for (unsigned w = 0; w < ESTIMATOR_WINDOWS; w++) {
    unsigned k = 0;
    while (k < n && e->x[k] >= -windows_s[w]) {
      k++;
    }
    if (k < ESTIMATOR_LEAST) {
      continue;
    }
    double p[3] = { start[0], start[1], start[2] }, weight = 0;
    const double noise = fit(e, k, p, &weight);
    int agrees = weight > 0 && fabs(p[1]) < RATE_MAX * 1e9 && is_balanced(e, k);
    for (unsigned i = 0; i < taken; i++) {
      agrees = agrees && fabs(p[0] - offsets[i]) <= AGREEMENT * errors[i];
    }
    if (!agrees) {
      break;
    }
    offsets[taken] = p[0];
    /* Of a line's end: twice that of its middle. */
    errors[taken] = 2 * noise / sqrt(weight > 4 ? weight : 4);
    map.offset = p[0];
    map.rate = p[1] * 1e-9;
    map.delay = p[2];
    map.noise = noise;
    map.error = errors[taken];
    map.spread = fabs(p[0] - offsets[0]);
    map.window = -e->x[k - 1];
    taken++;
    if (k == n) {
      break;
    }
  }
  if (taken) {
    e->map = map;
    e->has_map = 1;
  }
  return taken > 0;
}
