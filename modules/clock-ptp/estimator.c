/* estimator.c - Tukey's biweight over both kinds of sample at once: queues make
   the delays of both directions alike, and what is alike cancels only if one
   symmetric fit sees both. The fit is a smoother's track, whose oscillator
   wanders; how much is weighed by what the samples say: little against noise,
   much when it does wander.
   SPDX-License-Identifier: MIT */
#include "modules/clock-ptp/estimator.h"

#include <math.h>
#include <string.h>

#define ROUNDS_FIRST 8
#define ROUNDS 2 /* the weights are those of the fit before */
#define TUKEY 4.0
/* Of few samples it believes more: with half of them a track may be elsewhere.
 */
#define TUKEY_FEW 6.0
#define FEW 60
#define MANY 200
#define MAD_TO_SD 1.4826   /* of a normal distribution */
#define NOISE_FLOOR_NS 5.0 /* resolution of the stamps and their conversion */
/* Found with recordings of real paths, in units of the noise of a sample: what
   a weighed sample is worth less, what the samples of a second share, and how
   the delay wanders in a second. */
#define VARIANCE 1.5
#define COMMON 0.15
#define DRIFT 0.4
#define WANDER_BINS 20      /* before the samples say how much it wanders */
#define TRUST_SAMPLES 8     /* of each kind: do they say the same? */
#define RECENT_S 8.0        /* of the newest samples, */
#define RECENT_KEPT 0.1     /* so much must be believed */
#define RESTART_S 8.0       /* where not, what is left of the old ones */
#define SPACING_NS 25000000 /* closer samples of a kind say nothing new */
/* Farther from the line than that is no noise; so many on one side are a step.
 */
#define FAR_SD 50.0
#define FAR_NS 1000.0
#define FAR_COUNT 16
#define FAR_DOUBT 4 /* so many are a doubt */
#define TRUST_LEAST 0.4
#define KEPT_LEAST 0.25 /* of the weight of each kind */
#define RATE_MAX 500e-6 /* no oscillator is that far off */

/* Random walk of the rate, ns/s in a second: from a good oscillator to a cheap
   one in a draught. */
static const double wanders[ESTIMATOR_WANDERS] = { 0.5, 1, 2, 4, 8, 16, 32 };

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
estimator_agrees(const struct estimator *e)
{
  return e->map.trust >= TRUST_LEAST && e->far[0] < FAR_DOUBT &&
         e->far[1] < FAR_DOUBT;
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
  e->weights[e->head] = -1;
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

/* Of the sample that is the I-th newest. */
static unsigned
slot_of(const struct estimator *e, unsigned i)
{
  return (e->head + ESTIMATOR_SAMPLES - 1 - i) % ESTIMATOR_SAMPLES;
}

static int
gather(struct estimator *e, vsc_ns *at, int64_t *base)
{
  unsigned n = 0, requests = 0;
  for (unsigned i = 0; i < e->count; i++) {
    const struct observation *const o = &e->samples[slot_of(e, i)];
    if (i == 0) {
      *at = o->at;
      *base = o->y;
    }
    e->x[n] = (double)(o->at - *at) * 1e-9;
    if (e->x[n] < -SMOOTHER_BINS) {
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

/* Residuals as delays: positive is slower, whichever the direction. The track,
   or a line where there is none yet. */
static void
residuals(struct estimator *e, unsigned n, const double *line)
{
  const struct smoother *const s = &e->smoother;
  for (unsigned i = 0; i < n; i++) {
    const unsigned k = line ? 0 : smoother_bin_of(s, e->x[i]);
    const double *const z = line ? line : s->track[k];
    e->residual[i] = (e->y[i] - z[0] - z[1] * (e->x[i] + k)) * e->s[i] - z[2];
  }
}

static double
noise_of(struct estimator *e, unsigned n, double *center)
{
  *center = median_of(e, e->residual, n);
  for (unsigned i = 0; i < n; i++) {
    e->sorted[i] = fabs(e->residual[i] - *center);
  }
  return MAD_TO_SD * select_rank(e->sorted, n, n / 2) + NOISE_FLOOR_NS;
}

/* Beyond what, in units of the noise, a sample is not believed. */
static double
reach_of(unsigned n)
{
  const double few = ((double)MANY - n) / (MANY - FEW);
  return TUKEY + (TUKEY_FEW - TUKEY) * fmax(0, fmin(1, few));
}

static double
weigh(double residual, double reach)
{
  const double u = residual / reach, v = 1 - u * u;
  return v > 0 ? v * v : 0;
}

/* Into the bins. */
static void
put(struct estimator *e, unsigned n, double noise)
{
  smoother_clear(&e->smoother,
                 e->x[n - 1] < 0 ? (unsigned)-e->x[n - 1] + 1 : 1);
  e->kept[0] = e->kept[1] = 0;
  for (unsigned i = 0; i < n; i++) {
    const double w = e->weights[slot_of(e, i)];
    e->kept[e->s[i] > 0] += w;
    if (w > 0) {
      const struct smoother_sample sample = {
        .x = e->x[i],
        .sign = e->s[i],
        .value = e->y[i],
        .precision = w / (VARIANCE * noise * noise),
      };
      smoother_add(&e->smoother, &sample);
    }
  }
}

static struct smoother_model
model_of(unsigned wander, double noise)
{
  return (struct smoother_model){ .wander = wanders[wander],
                                  .drift = DRIFT * noise,
                                  .common = COMMON * noise };
}

/* The weights of N samples, and with them the track. START is a line; WIDTH is
   the noise about it, 0 when it is not to be trusted. The noise. */
static double
refine(struct estimator *e, unsigned n, const double start[3], double width)
{
  const int is_first = !(width > 0);
  double noise = width;
  for (int round = 0; round < (is_first ? ROUNDS_FIRST : ROUNDS); round++) {
    double center = 0;
    residuals(e, n, round == 0 ? start : NULL);
    if (round > 0 || is_first) {
      noise = noise_of(e, n, &center);
    }
    /* The line itself may be off at first, not only noisy. */
    center = round == 0 && is_first ? center : 0;
    const double reach = reach_of(n) * noise;
    for (unsigned i = 0; i < n; i++) {
      double *const w = &e->weights[slot_of(e, i)];
      if (round > 0 || is_first || *w < 0) {
        *w = weigh(e->residual[i] - center, reach);
      }
    }
    put(e, n, noise);
    const struct smoother_model model = model_of(e->wander, noise);
    smoother_filter(&e->smoother, &model, start);
    smoother_smooth(&e->smoother);
  }
  return noise;
}

/* How far the newest samples of either kind are believed, 0..1. */
static double
trust_of(const struct estimator *e, unsigned n)
{
  double kept[2] = { 0, 0 };
  unsigned count[2] = { 0, 0 };
  for (unsigned i = 0; i < n; i++) {
    const int kind = e->s[i] > 0;
    if (count[kind] < TRUST_SAMPLES) {
      count[kind]++;
      kept[kind] += e->weights[slot_of(e, i)];
    }
  }
  return fmin(kept[0] / count[0], kept[1] / count[1]);
}

/* A track through one kind alone, with all of the other far off, fits well and
   is wrong by the difference; and one that the newest samples are far from is
   of the past. */
static int
is_believed(const struct estimator *e, unsigned n)
{
  double kept[2] = { 0, 0 };
  unsigned count[2] = { 0, 0 }, recent[2] = { 0, 0 };
  for (unsigned i = 0; i < n; i++) {
    const int kind = e->s[i] > 0;
    count[kind]++;
    if (e->x[i] > -RECENT_S) {
      recent[kind]++;
      kept[kind] += e->weights[slot_of(e, i)];
    }
  }
  for (int kind = 0; kind < 2; kind++) {
    if (e->kept[kind] < KEPT_LEAST * count[kind] ||
        (recent[kind] >= ESTIMATOR_LEAST &&
         kept[kind] < RECENT_KEPT * recent[kind])) {
      return 0;
    }
  }
  return 1;
}

/* The map as all of the models see it, each by its evidence. */
static void
mix(struct estimator *e,
    double noise,
    const double start[3],
    struct estimate *m)
{
  struct smoother_state states[ESTIMATOR_WANDERS];
  double evidence[ESTIMATOR_WANDERS], sum = 0, z[3] = { 0, 0, 0 };
  unsigned first = e->wander, last = e->wander;
  if (e->smoother.count >= WANDER_BINS) {
    first = 0;
    last = ESTIMATOR_WANDERS - 1;
  }
  unsigned best = first;
  for (unsigned i = first; i <= last; i++) {
    const struct smoother_model model = model_of(i, noise);
    evidence[i] = smoother_filter(&e->smoother, &model, start);
    states[i] = e->smoother.after[0];
    best = evidence[i] > evidence[best] ? i : best;
  }
  const double most = evidence[best];
  for (unsigned i = first; i <= last; i++) {
    evidence[i] = exp(evidence[i] - most);
    sum += evidence[i];
    for (int k = 0; k < 3; k++) {
      z[k] += evidence[i] * states[i].z[k];
    }
  }
  double error = 0, rate_error = 0;
  for (unsigned i = first; i <= last; i++) {
    const double d = states[i].z[0] - z[0] / sum;
    const double r = states[i].z[1] - z[1] / sum;
    error += evidence[i] / sum * (states[i].p[0][0] + d * d);
    rate_error += evidence[i] / sum * (states[i].p[1][1] + r * r);
  }
  m->offset = z[0] / sum;
  m->rate = z[1] / sum * 1e-9;
  m->delay = z[2] / sum;
  m->error = sqrt(error);
  m->rate_error = sqrt(rate_error) * 1e-9;
  e->wander = best;
}

/* Anew, of what is not older than SECONDS. */
static unsigned
cut(struct estimator *e, unsigned n, double seconds)
{
  unsigned k = 0, requests = 0;
  while (k < n && e->x[k] >= -seconds) {
    requests += e->s[k++] > 0;
  }
  e->count = k < e->count ? k : e->count;
  return k >= ESTIMATOR_LEAST && requests >= ESTIMATOR_LEAST_EACH &&
             k - requests >= ESTIMATOR_LEAST_EACH
           ? k
           : 0;
}

/* Where the map says that the newest sample is, and how sure it is of that. */
static double
extrapolate(const struct estimator *e, vsc_ns at, int64_t base, double start[3])
{
  const struct estimate *const m = &e->map;
  const double ns = (double)(at - m->at), s = ns * 1e-9;
  const double walk = wanders[e->wander] * s * sqrt(s / 3);
  start[0] = (double)(m->base - base) + m->offset + m->rate * ns;
  start[1] = m->rate * 1e9;
  start[2] = m->delay;
  const double wide = hypot(m->error, hypot(m->rate_error * ns, walk));
  return hypot(m->noise, wide);
}

int
estimator_fit(struct estimator *e)
{
  struct estimate map = { 0 };
  unsigned n = (unsigned)gather(e, &map.at, &map.base);
  double start[3];
  if (!n) {
    return 0;
  }
  if (e->has_map) {
    const double width = extrapolate(e, map.at, map.base, start);
    map.noise = refine(e, n, start, width);
  }
  if (!e->has_map || !is_believed(e, n)) {
    n = e->has_map ? cut(e, n, RESTART_S) : n;
    e->wander = 1;
    if (!n) {
      e->has_map = 0;
      return 0;
    }
    begin(e, n, start);
    map.noise = refine(e, n, start, 0);
    if (!is_believed(e, n)) {
      return 0;
    }
  }
  mix(e, map.noise, start, &map);
  map.window = -e->x[n - 1];
  map.trust = trust_of(e, n);
  if (!isfinite(map.offset) || !(fabs(map.rate) < RATE_MAX)) {
    return 0;
  }
  e->map = map;
  e->has_map = 1;
  return 1;
}
