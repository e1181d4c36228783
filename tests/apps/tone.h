/* tone.h - frames that hold tones, and where a tone is in a window of samples,
   by least squares.
   SPDX-License-Identifier: MIT */
#ifndef VSC_TESTS_TONE_H
#define VSC_TESTS_TONE_H

#include <math.h>
#include <stdint.h>
#include <stdio.h>

#define TONE_RATE 48000.0
#define TONE_CLEAN (-45.0) /* dB: all but the tone. A frame too many: -18 */
#define TONE_LEVEL 0.01    /* of the tone, at least */
#define TONE_CHANNELS 64

/* The next frame of s24le that comes in, full scale 1; 0: the end. */
static inline int
tone_read(unsigned channels, double x[TONE_CHANNELS])
{
  uint8_t frame[3 * TONE_CHANNELS];
  if (channels < 1 || channels > TONE_CHANNELS ||
      fread(frame, 3, channels, stdin) != channels) {
    return 0;
  }
  for (const uint8_t *word = frame; word < frame + 3 * channels; word += 3) {
    const int32_t value =
      (int32_t)((uint32_t)word[2] << 24 | (uint32_t)word[1] << 16 |
                (uint32_t)word[0] << 8);
    *x++ = value / 2147483648.0;
  }
  return 1;
}

/* For qsort. */
static inline int
tone_order(const void *a, const void *b)
{
  const double x = *(const double *)a;
  const double y = *(const double *)b;
  return (x > y) - (x < y);
}

/* Where the tone of RADIANS a frame is in COUNT samples, the first of which is
   number FROM, in frames of its period; NAN: not clean. */
static inline double
tone_fit(const double *x, unsigned count, double radians, uint64_t from)
{
  double ss = 0, cc = 0, sc = 0, xs = 0, xc = 0, rest = 0;
  for (unsigned i = 0; i < count; i++) {
    const double at = radians * (double)(from + i);
    ss += sin(at) * sin(at);
    cc += cos(at) * cos(at);
    sc += sin(at) * cos(at);
    xs += x[i] * sin(at);
    xc += x[i] * cos(at);
  }
  const double det = ss * cc - sc * sc;
  const double a = (xs * cc - xc * sc) / det;
  const double b = (xc * ss - xs * sc) / det;
  for (unsigned i = 0; i < count; i++) {
    const double at = radians * (double)(from + i);
    const double d = x[i] - a * sin(at) - b * cos(at);
    rest += d * d;
  }
  const double power = (a * a + b * b) / 2;
  const int is_clean = power > TONE_LEVEL * TONE_LEVEL / 2 &&
                       10 * log10(rest / count / power) < TONE_CLEAN;
  return is_clean ? atan2(b, a) / radians : NAN;
}

#endif
