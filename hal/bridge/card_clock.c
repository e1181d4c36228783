/* card_clock.c - see card_clock.h. SPDX-License-Identifier: MIT */
#include "card_clock.h"

#include <math.h>
#include <stdlib.h>

/* Crystals differ by 100 ppm at the worst; software that plays a card by more.
 */
#define DRIFT_FIRST 1e-3
/* How fast a crystal's rate wanders, per square root of a second: a few times
   that of a cheap one in a room that is heated. */
#define WANDER 8e-9
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
  c->drift = 0;
  c->p[0] = c->noise;
  c->p[1] = 0;
  c->p[2] = DRIFT_FIRST * DRIFT_FIRST;
  c->samples = 1;
}

static void
advance(struct card_clock *c, vsc_ns t) VSC_RT
{
  const double s = (double)(t - c->at) * 1e-9;
  const double n = c->nominal * s; /* frames a drift of 1 makes */
  const double q = WANDER * WANDER * s;
  c->frames += n * (1 + c->drift);
  c->p[0] += 2 * n * c->p[1] + n * n * (c->p[2] + q / 3);
  c->p[1] += n * (c->p[2] + q / 2);
  c->p[2] += q;
  c->at = t;
}

/* Counts what is far off, and on which side. */
static int
has_stepped(struct card_clock *c, double frames) VSC_RT
{
  const double far = frames - c->frames;
  if (fabs(far) <= FAR * sqrt(c->p[0] + c->noise)) {
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
         frames - c->frames > FAR * sqrt(c->p[0] + c->noise);
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
    c->frames = frames;
    c->p[0] = c->noise;
    c->p[1] = 0;
    c->steps++;
    return;
  }
  const double total = sqrt(c->p[0] + c->noise);
  const double far = frames - c->frames;
  const double error =
    fabs(far) > OUTLIER * total ? copysign(OUTLIER * total, far) : far;
  const double s = c->p[0] + c->noise;
  const double gain[] = { c->p[0] / s, c->p[1] / s };
  c->frames += gain[0] * error;
  c->drift += gain[1] * error;
  c->p[2] -= gain[1] * c->p[1];
  c->p[1] -= gain[0] * c->p[1];
  c->p[0] -= gain[0] * c->p[0];
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
  return c->samples >= SETTLED_SAMPLES && c->p[2] < SETTLED * SETTLED;
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
