/* tone_line.c - reads s24le frames at 48 kHz of CHANNELS, and says of a tone in
   the first how evenly it comes: its pitch against what it should be, and how
   far it is from a straight line, which is how the latency moves:
   tone_line CHANNELS HZ <FILE.
   SPDX-License-Identifier: MIT */
#include "tone.h"

#include <stdlib.h>

#define WINDOW 4800   /* frames: a tenth of a second */
#define WINDOWS 36000 /* an hour */

static int
read_window(unsigned channels, double *first)
{
  double x[TONE_CHANNELS];
  unsigned i = 0;
  for (; i < WINDOW && tone_read(channels, x); i++) {
    first[i] = x[0];
  }
  return i == WINDOW;
}

/* Places in frames, unwrapped; how many are clean. */
static unsigned
read_places(unsigned channels, double radians, double *at, double *place)
{
  static double x[WINDOW];
  const double period = 6.283185307179586 / radians;
  unsigned windows = 0;
  unsigned clean = 0;
  for (; windows < WINDOWS && read_window(channels, x); windows++) {
    double p = tone_fit(x, WINDOW, radians, (uint64_t)windows * WINDOW);
    if (isnan(p)) {
      continue;
    }
    if (clean > 0) {
      p += period * round((place[clean - 1] - p) / period);
    }
    at[clean] = windows;
    place[clean++] = p;
  }
  printf("windows %u clean %u ", windows, clean);
  return clean;
}

int
main(int argc, char **argv)
{
  const unsigned channels = argc == 3 ? (unsigned)atoi(argv[1]) : 0;
  static double at[WINDOWS];
  static double place[WINDOWS];
  if (channels < 1) {
    return 2;
  }
  const double radians = 6.283185307179586 * strtod(argv[2], NULL) / TONE_RATE;
  const unsigned n = read_places(channels, radians, at, place);
  double t = 0, y = 0, tt = 0, ty = 0;
  for (unsigned i = 0; i < n; i++) {
    t += at[i] / n;
    y += place[i] / n;
  }
  for (unsigned i = 0; i < n; i++) {
    tt += (at[i] - t) * (at[i] - t);
    ty += (at[i] - t) * (place[i] - y);
  }
  const double slope = n > 1 ? ty / tt : 0;
  double squares = 0;
  for (unsigned i = 0; i < n; i++) {
    place[i] -= y + slope * (at[i] - t);
    squares += place[i] * place[i] / n;
  }
  qsort(place, n, sizeof *place, tone_order);
  printf("pitch %+.3f ppm, off a line: rms %.3f frames, %.3f to %.3f\n",
         slope / WINDOW * 1e6,
         sqrt(squares),
         n ? place[0] : NAN,
         n ? place[n - 1] : NAN);
  return 0;
}
