/* tone_clicks.c - reads s24le frames at 48 kHz, each channel of which holds a
   tone of about HZ from some frame on, and says which seconds have a break (and
   when, in seconds since 1970, that was heard), and of each channel how many
   breaks and silent frames there are, its pitch, and how far all else is below
   it in the worst second without one: tone_clicks CHANNELS HZ <FILE.
   SPDX-License-Identifier: MIT */
#include "tests/apps/tone.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CHANNELS_MAX 8
#define SECOND 48000
/* What three samples of a tone that goes on say of it, against its level: a
   step of 40 ns is more. */
#define CLICK 2e-4
/* Breaks that are nearer are one: as far as a resampler's filter reaches. */
#define APART 400

struct channel {
  double x[SECOND + 2]; /* a second, and two samples before */
  int has_begun;
  uint64_t frames, silent, clicks, at, clicked_at;
  double worst, turn; /* of all but the tone, dB; 2 cos of its pitch */
};

/* What does not fit x[n-1] + x[n+1] = turn x[n], of whichever turn fits best.
 */
static void
judge(struct channel *c, unsigned second)
{
  double up = 0, down = 0, level = 0, power = 0;
  const uint64_t clicks = c->clicks;
  const uint64_t silent = c->silent;
  for (unsigned i = 1; i <= SECOND; i++) {
    up += (c->x[i - 1] + c->x[i + 1]) * c->x[i];
    down += c->x[i] * c->x[i];
  }
  level = sqrt(2 * down / SECOND);
  for (unsigned i = 1; i <= SECOND; i++, c->at++) {
    const double rest = c->x[i - 1] + c->x[i + 1] - up / down * c->x[i];
    power += rest * rest;
    c->silent += c->x[i] == 0 && c->x[i + 1] == 0;
    if (fabs(rest) > CLICK * level) {
      c->clicks += c->at - c->clicked_at > APART;
      c->clicked_at = c->at;
    }
  }
  c->frames += SECOND;
  if (clicks == c->clicks && silent == c->silent) {
    const double db = 10 * log10(power / down);
    c->worst = db > c->worst ? db : c->worst;
    c->turn = up / down;
  } else {
    printf("break %u %lld\n", second, (long long)time(NULL));
  }
}

static int
read_second(struct channel *all, unsigned channels)
{
  double x[TONE_CHANNELS];
  unsigned i = 0;
  for (; i < SECOND && tone_read(channels, x); i++) {
    for (unsigned c = 0; c < channels; c++) {
      all[c].x[i + 2] = x[c];
    }
  }
  return i == SECOND;
}

int
main(int argc, char **argv)
{
  static struct channel all[CHANNELS_MAX];
  const unsigned channels = argc == 3 ? (unsigned)atoi(argv[1]) : 0;
  if (channels < 1 || channels > CHANNELS_MAX) {
    return 2;
  }
  const double hz = strtod(argv[2], NULL);
  for (unsigned c = 0; c < channels; c++) {
    all[c].worst = -300;
    all[c].turn = NAN;
  }
  for (unsigned second = 0; read_second(all, channels); second++) {
    for (unsigned c = 0; c < channels; c++) {
      struct channel *const one = &all[c];
      if (one->has_begun) {
        judge(one, second);
      }
      /* The second in which it begins is not judged. */
      one->has_begun |= one->x[SECOND] != 0 && one->x[SECOND + 1] != 0;
      memcpy(one->x, one->x + SECOND, 2 * sizeof one->x[0]);
    }
  }
  for (unsigned c = 0; c < channels; c++) {
    const double pitch = acos(all[c].turn / 2) / 6.283185307179586 * TONE_RATE;
    printf("frames %llu silent %llu clicks %llu worst %.1f pitch %+.2f\n",
           (unsigned long long)all[c].frames,
           (unsigned long long)all[c].silent,
           (unsigned long long)all[c].clicks,
           all[c].worst,
           (pitch / hz - 1) * 1e6);
  }
  return 0;
}
