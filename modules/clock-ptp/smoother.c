/* smoother.c - offset, rate and delay as a random walk in steps of a second
   (Rauch, Tung and Striebel's smoother behind Kalman's filter).
   SPDX-License-Identifier: MIT */
#include "modules/clock-ptp/smoother.h"

#include <math.h>
#include <string.h>

/* Nothing is known before the oldest bin: ms, 100 ppm, ms. */
#define VAGUE_NS 1e6
#define VAGUE_RATE 1e5

void
smoother_clear(struct smoother *s, unsigned bins)
{
  s->count = bins < SMOOTHER_BINS ? bins : SMOOTHER_BINS;
  s->count = s->count ? s->count : 1;
  memset(s->bins, 0, s->count * sizeof s->bins[0]);
}

unsigned
smoother_bin_of(const struct smoother *s, double x)
{
  /* Above 0: a sample that came late makes others the newest in time. */
  const unsigned k = x >= 0               ? 0
                     : x > -SMOOTHER_BINS ? (unsigned)-x
                                          : SMOOTHER_BINS;
  return k < s->count ? k : s->count - 1;
}

void
smoother_add(struct smoother *s, const struct smoother_sample *sample)
{
  const unsigned k = smoother_bin_of(s, sample->x);
  struct smoother_bin *const b = &s->bins[k];
  const double a[3] = { 1, sample->x + k, sample->sign };
  for (int r = 0; r < 3; r++) {
    for (int c = 0; c < 3; c++) {
      b->j[r][c] += sample->precision * a[r] * a[c];
    }
    b->h[r] += sample->precision * a[r] * sample->value;
  }
  b->square += sample->precision * sample->value * sample->value;
}

static void
multiply(double a[3][3], double b[3][3], double out[3][3])
{
  for (int r = 0; r < 3; r++) {
    for (int c = 0; c < 3; c++) {
      out[r][c] = a[r][0] * b[0][c] + a[r][1] * b[1][c] + a[r][2] * b[2][c];
    }
  }
}

/* The determinant; 0 when there is no inverse. */
static double
invert(double a[3][3], double out[3][3])
{
  double det = 0;
  for (int r = 0; r < 3; r++) {
    const int s = (r + 1) % 3, t = (r + 2) % 3;
    for (int c = 0; c < 3; c++) {
      const int u = (c + 1) % 3, v = (c + 2) % 3;
      out[c][r] = a[s][u] * a[t][v] - a[s][v] * a[t][u];
    }
    det += r == 0
             ? a[0][0] * out[0][0] + a[0][1] * out[1][0] + a[0][2] * out[2][0]
             : 0;
  }
  if (!(fabs(det) > 0) || !isfinite(det)) {
    return 0;
  }
  for (int i = 0; i < 9; i++) {
    out[i / 3][i % 3] /= det;
  }
  return det;
}

/* A second later. */
static void
predict(struct smoother_state *s, const struct smoother_model *m)
{
  const double q = m->wander * m->wander;
  double(*p)[3] = s->p;
  s->z[0] += s->z[1];
  /* A random walk of the rate, integrated over the second. */
  p[0][0] += 2 * p[0][1] + p[1][1] + q / 3;
  p[0][1] += p[1][1] + q / 2;
  p[0][2] += p[1][2];
  p[1][1] += q;
  p[2][2] += m->drift * m->drift;
  p[1][0] = p[0][1];
  p[2][0] = p[0][2];
}

/* With the samples of a bin; the logarithm of its evidence. */
static double
update(struct smoother_state *s,
       const struct smoother_bin *b,
       const struct smoother_model *m)
{
  double j[3][3], h[3], evidence = -b->square / 2;
  memcpy(j, b->j, sizeof j);
  for (int r = 0; r < 3; r++) {
    const double jz = j[r][0] * s->z[0] + j[r][1] * s->z[1] + j[r][2] * s->z[2];
    h[r] = b->h[r] - jz;
    evidence += s->z[r] * (b->h[r] - jz / 2);
  }
  /* What they share is an offset of its own variance (Sherman, Morrison). */
  const double variance = m->common * m->common;
  const double shared = 1 + variance * b->j[0][0];
  const double gain = variance / shared, h0 = h[0];
  for (int r = 0; r < 3; r++) {
    h[r] -= b->j[r][0] * gain * h0;
    for (int c = 0; c < 3; c++) {
      j[r][c] -= b->j[r][0] * b->j[c][0] * gain;
    }
  }
  evidence += gain * h0 * h0 / 2 - log(shared) / 2;
  double pj[3][3], inverse[3][3], p[3][3];
  multiply(s->p, j, pj);
  for (int r = 0; r < 3; r++) {
    pj[r][r] += 1;
  }
  const double det = invert(pj, inverse);
  if (det == 0) {
    return -INFINITY;
  }
  multiply(inverse, s->p, p);
  double square = 0;
  for (int r = 0; r < 3; r++) {
    const double d = p[r][0] * h[0] + p[r][1] * h[1] + p[r][2] * h[2];
    s->z[r] += d;
    square += d * h[r];
    for (int c = 0; c < 3; c++) {
      s->p[r][c] = (p[r][c] + p[c][r]) / 2;
    }
  }
  return evidence + square / 2 - log(fabs(det)) / 2;
}

double
smoother_filter(struct smoother *s,
                const struct smoother_model *model,
                const double start[3])
{
  struct smoother_state now = {
    .z = { start[0] - start[1] * (s->count - 1), start[1], start[2] },
  };
  now.p[0][0] = now.p[2][2] = VAGUE_NS * VAGUE_NS;
  now.p[1][1] = VAGUE_RATE * VAGUE_RATE;
  double evidence = 0;
  for (unsigned k = s->count; k-- > 0;) {
    if (k + 1 < s->count) {
      predict(&now, model);
    }
    s->before[k] = now;
    evidence += update(&now, &s->bins[k], model);
    s->after[k] = now;
  }
  return evidence;
}

void
smoother_smooth(struct smoother *s)
{
  memcpy(s->track[0], s->after[0].z, sizeof s->track[0]);
  for (unsigned k = 1; k < s->count; k++) {
    struct smoother_state *const a = &s->after[k], *const b = &s->before[k - 1];
    double forward[3][3], inverse[3][3], gain[3][3] = { { 0 } };
    for (int r = 0; r < 3; r++) {
      forward[r][0] = a->p[r][0] + a->p[r][1];
      forward[r][1] = a->p[r][1];
      forward[r][2] = a->p[r][2];
    }
    if (invert(b->p, inverse) != 0) {
      multiply(forward, inverse, gain);
    }
    for (int r = 0; r < 3; r++) {
      s->track[k][r] = a->z[r];
      for (int c = 0; c < 3; c++) {
        s->track[k][r] += gain[r][c] * (s->track[k - 1][c] - b->z[c]);
      }
    }
  }
}
