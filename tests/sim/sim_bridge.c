/* sim_bridge.c - an hour (VSC_LONG=1: a day) between the media clock and a
   sound card that is 200 ppm off, wanders, and is asked late: what it plays
   stays where it belongs to within a frame. SPDX-License-Identifier: MIT */
#include "hal/bridge/card_clock.h"
#include "hal/bridge/steer.h"
#include "virtual_card.h"

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#define RATE 48000.0
#define BLOCK 256
#define SETTLE 60.0 /* seconds until the place is as it will be, */
#define KNOWN 120.0 /* and the frequency */
#define LATENCY 960.0
#define STANDS 4e-3 /* seconds that a card that steps stands still */
#define HEALS 5.0   /* seconds after which all is as before */

struct worst {
  double frequency; /* away from the card's */
  double squares, samples;
  double least, most; /* frames away from where it belongs */
};

static int failures;

/* Seconds of audio to the card; media is MEDIA_PPM off the host's clock. */
static struct worst
play(struct card *c, double media_ppm, double seconds)
{
  struct card_clock clock;
  struct steer steer;
  struct worst worst = { .least = 1e9 };
  const double media = RATE * (1 + 1e-6 * media_ppm);
  card_clock_init(&clock, RATE);
  steer_init(&steer, 1, RATE);
  for (uint64_t k = 0; c->time < seconds; k += BLOCK) {
    const double rate = RATE * (1 + card_drift(c));
    const double begin = c->time; /* the card plays frame k now */
    card_clock_add(
      &clock, (vsc_ns)((begin + card_lateness(c)) * 1e9), (double)k);
    /* The block that is written now is heard two blocks later. */
    const double next = (double)k + 2 * BLOCK;
    const double wanted =
      media * 1e-9 * (double)card_clock_time(&clock, next) - LATENCY;
    const double wanted_end =
      media * 1e-9 * (double)card_clock_time(&clock, next + BLOCK) - LATENCY;
    const double stands = steer.at;
    const uint64_t jumps = steer.jumps;
    steer_next(&steer, BLOCK, wanted, wanted_end);
    if (begin > SETTLE &&
        (begin < c->steps_at || begin > c->steps_at + HEALS)) {
      const double truth = begin + 2 * BLOCK / rate;
      const double away = stands - (media * truth - LATENCY);
      worst.least = fmin(worst.least, away);
      worst.most = fmax(worst.most, away);
      if (begin > KNOWN) {
        const double wrong = fabs(clock.drift - card_drift(c));
        worst.frequency = fmax(worst.frequency, wrong);
        worst.squares += wrong * wrong;
        worst.samples++;
      }
      if (steer.jumps != jumps) {
        fprintf(stderr, "a jump after %.1f s\n", begin);
        failures++;
      }
    }
    const bool steps =
      begin < c->steps_at && begin + BLOCK / rate >= c->steps_at;
    c->time += BLOCK / rate + (steps ? STANDS : 0);
  }
  return worst;
}

static void
settles(double ppm,
        double wander,
        double media_ppm,
        double seconds,
        double step)
{
  struct card c = { .ppm = ppm, .wander = wander, .seed = 7, .steps_at = step };
  const struct worst w = play(&c, media_ppm, seconds);
  const double rms = sqrt(w.squares / w.samples);
  printf(
    "card %+.0f ppm, wander %.1f ppm, media clock %+.0f ppm: place %.3f to "
    "%.3f frames, frequency %.3f ppm, rms %.3f\n",
    ppm,
    wander,
    media_ppm,
    w.least,
    w.most,
    w.frequency * 1e6,
    rms * 1e6);
  if (w.most - w.least > 1) {
    fprintf(stderr, "the latency moves by more than a frame\n");
    failures++;
  }
  if (w.frequency > 0.08e-6 || rms > 0.03e-6) {
    fprintf(stderr, "the frequency is not known\n");
    failures++;
  }
}

int
main(void)
{
  const double seconds = getenv("VSC_LONG") ? 86400 : 3600;
  settles(200, 0, 0, seconds, 0);
  settles(-200, 1, 50, seconds, 0);
  settles(200, 1, -50, seconds, 0);
  settles(100, 0, 0, 240, 180);
  return failures != 0;
}
