/* card_clock.c - see card_clock.h. SPDX-License-Identifier: MIT */
#include "card_clock.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The rows of struct card_clock.p. */
enum { FRAMES, DRIFT, WANDER, STATES = CARD_CLOCK_STATES };

/* Crystals differ by 100 ppm at the worst; software that plays a card by more.
 */
#define DRIFT_FIRST 1e-3
/* A crystal's rate follows its warmth, which is smooth: so what changes at
   random is how fast it wanders, and the rate itself hardly. Both per square
   root of a second. A model without the former lags behind every cheap crystal
   in a room that is heated: by 0.05 ppm where the rate moves by 1 ppm in a
   quarter of an hour. */
#define WANDER_FIRST 2e-9 /* per second, before it is known */
#define WANDER_WALK 6e-11
#define DRIFT_WALK 4e-9
/* What warms does so for minutes. Seconds: after a longer pause it wanders no
   further. */
#define WANDER_LASTS 100.0
/* What a card says is late by a scheduler's whim: of which size, before it is
   known, and at the least. Seconds. */
#define NOISE_FIRST 200e-6
#define NOISE_LEAST 2e-6
/* Samples that the noise is averaged over. */
#define NOISE_SAMPLES 256.0
/* Standard deviations beyond which a sample is pulled in: late ones are late by
   much more than the rest, and should tell no more than the others. */
#define OUTLIER 0.8
/* And beyond which it is no noise. */
#define FAR 3.0
/* So many of them in a row, on one side: a card that lost or gained frames. */
#define STEP 24
#define SETTLED 1e-6
#define SETTLED_SAMPLES 100

void
card_clock_init(struct card_clock *c, double nominal) VSC_RT
{
  const double noise = NOISE_FIRST * nominal;
  *c = (struct card_clock){ .nominal = nominal, .noise = noise * noise };
}

static void
begin(struct card_clock *c, vsc_ns t, double frames) VSC_RT
{
  c->at = t;
  c->frames = frames;
  c->drift = c->wander = 0;
  memset(c->p, 0, sizeof c->p);
  c->p[FRAMES][FRAMES] = c->noise;
  c->p[DRIFT][DRIFT] = DRIFT_FIRST * DRIFT_FIRST;
  c->p[WANDER][WANDER] = WANDER_FIRST * WANDER_FIRST;
  c->samples = 1;
}

/* The covariance when BY times state FROM was added to state TO. */
static void
add_state(double p[STATES][STATES], int to, int from, double by) VSC_RT
{
  for (int i = 0; i < STATES; i++) {
    p[to][i] += by * p[from][i];
  }
  for (int i = 0; i < STATES; i++) {
    p[i][to] += by * p[i][from];
  }
}

static void
advance(struct card_clock *c, vsc_ns t) VSC_RT
{
  const double s = (double)(t - c->at) * 1e-9;
  const double n = c->nominal * s; /* frames a drift of 1 makes */
  c->drift += fmin(s, WANDER_LASTS) * c->wander;
  c->frames += n * (1 + c->drift);
  add_state(c->p, DRIFT, WANDER, s);
  add_state(c->p, FRAMES, DRIFT, n);
  c->p[DRIFT][DRIFT] += DRIFT_WALK * DRIFT_WALK * s;
  c->p[WANDER][WANDER] += WANDER_WALK * WANDER_WALK * s;
  c->at = t;
}

/* Of what is seen less what is expected, if all is as it should be. */
static double
deviation(const struct card_clock *c) VSC_RT
{
  return sqrt(c->p[FRAMES][FRAMES] + c->noise);
}

/* Counts what is far off, and on which side. */
static int
has_stepped(struct card_clock *c, double frames) VSC_RT
{
  const double far = frames - c->frames;
  if (fabs(far) <= FAR * deviation(c)) {
    c->far = 0;
  } else if (far > 0) {
    c->far = c->far > 0 ? c->far + 1 : 1;
  } else {
    c->far = c->far < 0 ? c->far - 1 : -1;
  }
  if (abs(c->far) < STEP) {
    return 0;
  }
  c->far = 0;
  return 1;
}

/* What a card says may be late, never early. So one that comes early for a
   model that is still young tells that all before were late: they are no rate.
 */
static int
was_late(const struct card_clock *c, double frames) VSC_RT
{
  return c->samples < SETTLED_SAMPLES &&
         frames - c->frames > FAR * deviation(c);
}

/* The states and what is known of them, after it was seen to be off by ERROR.
 */
static void
take(struct card_clock *c, double error) VSC_RT
{
  const double s = c->p[FRAMES][FRAMES] + c->noise;
  double *const state[] = { &c->frames, &c->drift, &c->wander };
  double gain[STATES];
  double of_frames[STATES];
  for (int i = 0; i < STATES; i++) {
    of_frames[i] = c->p[FRAMES][i];
    gain[i] = of_frames[i] / s;
    *state[i] += gain[i] * error;
  }
  for (int i = 0; i < STATES; i++) {
    for (int j = 0; j < STATES; j++) {
      c->p[i][j] -= gain[i] * of_frames[j];
    }
  }
}

/* It is at FRAMES, whatever was thought. */
static void
place(struct card_clock *c, double frames) VSC_RT
{
  c->frames = frames;
  for (int i = 0; i < STATES; i++) {
    c->p[FRAMES][i] = c->p[i][FRAMES] = 0;
  }
  c->p[FRAMES][FRAMES] = c->noise;
}

void
card_clock_restart(struct card_clock *c, vsc_ns t, double doubt) VSC_RT
{
  if (t > c->at) {
    advance(c, t);
  }
  place(c, 0);
  c->p[DRIFT][DRIFT] += doubt * doubt;
  c->far = 0;
}

void
card_clock_add(struct card_clock *c, vsc_ns t, double frames) VSC_RT
{
  if (c->samples == 0) {
    begin(c, t, frames);
    return;
  }
  if (t <= c->at) {
    return;
  }
  advance(c, t);
  if (was_late(c, frames)) {
    begin(c, t, frames);
    return;
  }
  if (has_stepped(c, frames)) {
    place(c, frames);
    c->steps++;
    return;
  }
  const double total = deviation(c);
  const double far = frames - c->frames;
  take(c, fabs(far) > OUTLIER * total ? copysign(OUTLIER * total, far) : far);
  /* What is seen is the noise and our own error; when settled, mostly it. */
  const double least = NOISE_LEAST * c->nominal;
  const double seen = fabs(far) > FAR * total ? FAR * total : far;
  c->noise += (seen * seen - c->noise) / NOISE_SAMPLES;
  c->noise = fmax(c->noise, least * least);
  c->samples++;
}

int
card_clock_is_settled(const struct card_clock *c)
{
  return c->samples >= SETTLED_SAMPLES &&
         c->p[DRIFT][DRIFT] < SETTLED * SETTLED;
}

double
card_clock_frame(const struct card_clock *c, vsc_ns t) VSC_RT
{
  return c->frames + (double)(t - c->at) * 1e-9 * c->nominal * (1 + c->drift);
}

vsc_ns
card_clock_time(const struct card_clock *c, double frame)
{
  const double s = (frame - c->frames) / (c->nominal * (1 + c->drift));
  return c->at + (vsc_ns)llround(s * 1e9);
}
