/* tone_fit.c - reads s24le frames at 48 kHz of several channels that all hold a
   tone, and says how much of the last channel is the tone, and how far it is
   behind the first one, within a period of it: tone_fit CHANNELS HZ <FILE.
   SPDX-License-Identifier: MIT */
#include "tone.h"

#include <stdlib.h>

#define WINDOW 960    /* frames: a pitch that is still settling is no noise */
#define WINDOWS 30000 /* ten minutes */

/* The next window of the first and of the last channel. */
static int
read_window(unsigned channels, double *first, double *last)
{
  double x[TONE_CHANNELS];
  unsigned i = 0;
  for (; i < WINDOW && tone_read(channels, x); i++) {
    first[i] = x[0];
    last[i] = x[channels - 1];
  }
  return i == WINDOW;
}

int
main(int argc, char **argv)
{
  if (argc != 3) {
    return 2;
  }
  const unsigned channels = (unsigned)strtoul(argv[1], NULL, 10);
  const double radians = 6.283185307179586 * strtod(argv[2], NULL) / TONE_RATE;
  const double period = 6.283185307179586 / radians;
  static double first[WINDOW], last[WINDOW], behind[WINDOWS];
  unsigned windows = 0, clean = 0, row = 0, longest = 0;
  double origin = NAN;
  while (windows < WINDOWS && read_window(channels, first, last)) {
    const uint64_t from = (uint64_t)windows * WINDOW;
    double place = tone_fit(last, WINDOW, radians, from) -
                   tone_fit(first, WINDOW, radians, from);
    windows++;
    row = isnan(place) ? 0 : row + 1;
    longest = row > longest ? row : longest;
    if (!isnan(place)) {
      origin = isnan(origin) ? place : origin;
      place = fmod(place - origin, period);
      behind[clean++] = place > period / 2    ? place - period
                        : place < -period / 2 ? place + period
                                              : place;
    }
  }
  qsort(behind, clean, sizeof *behind, tone_order);
  printf("windows %u clean %u longest %u moved %.3f\n",
         windows,
         clean,
         longest,
         clean ? behind[clean * 9 / 10] - behind[clean / 10] : NAN);
  return 0;
}
