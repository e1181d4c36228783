/* smoother.h - a clock that wanders, out of what is known of it second by
   second: a Kalman filter over bins of samples, the smoothed track behind it,
   and how likely a given wander makes the samples. Numbers only.
   SPDX-License-Identifier: MIT */
#ifndef VSC_PTP_SMOOTHER_H
#define VSC_PTP_SMOOTHER_H

#define SMOOTHER_BINS 120 /* of a second each; 0 is the newest */

/* The three unknowns, in this order: offset in ns, rate in ns/s, delay in ns.
   Offset and rate are those at the new end of a bin. */
struct smoother_state {
  double z[3];
  double p[3][3]; /* covariance */
};

/* All samples of a second, weighed by their precision. */
struct smoother_bin {
  double j[3][3]; /* information */
  double h[3];    /* information times value */
  double square;  /* sum of the squares of the values */
};

/* How the clocks and the path behave. */
struct smoother_model {
  double wander; /* random walk of the rate: ns/s in a second */
  double drift;  /* random walk of the delay: ns in a second */
  double common; /* noise that all samples of a bin share, ns */
};

struct smoother {
  struct smoother_bin bins[SMOOTHER_BINS];
  unsigned count; /* bins in use */
  struct smoother_state before[SMOOTHER_BINS], after[SMOOTHER_BINS];
  double track[SMOOTHER_BINS][3];
};

void
smoother_clear(struct smoother *s, unsigned bins);
/* offset + sign * delay was VALUE ns, X seconds (0 or less) from now. */
struct smoother_sample {
  double x, sign, value;
  double precision; /* 1 / variance */
};

void
smoother_add(struct smoother *s, const struct smoother_sample *sample);
/** From the oldest bin to the newest, which is then after[0]: the logarithm of
    the evidence for the model, but for a constant. START is where offset, rate
    and delay may be now; little is believed of it. */
double
smoother_filter(struct smoother *s,
                const struct smoother_model *model,
                const double start[3]);
/** After smoother_filter: the track, with what came later known. */
void
smoother_smooth(struct smoother *s);
/** The bin of a sample. */
unsigned
smoother_bin_of(const struct smoother *s, double x);

#endif
