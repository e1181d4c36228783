/* estimator.h - what the master's clock is, from time stamps with noise: one
   robust track through Sync and Delay_Req samples together, as stiff as the
   oscillators are. Numbers in, numbers out.
   SPDX-License-Identifier: MIT */
#ifndef VSC_PTP_ESTIMATOR_H
#define VSC_PTP_ESTIMATOR_H

#include "modules/clock-ptp/smoother.h"

#include <vsc/base.h>

#define ESTIMATOR_SAMPLES 2048
#define ESTIMATOR_LEAST 8 /* of both kinds together, before a first line */
#define ESTIMATOR_LEAST_EACH 3
#define ESTIMATOR_WANDERS 7

/** A Sync says t1 + correction - t2 = offset - delay; a Delay_Req says
    t4 - correction - t3 = offset + delay; offset is master - host time. */
struct observation {
  vsc_ns at; /* host time: t2 or t3 */
  int64_t y;
  int is_request; /* a Delay_Req */
};

/** master time = host time + base + offset + rate * (host time - at) */
struct estimate {
  vsc_ns at;
  int64_t base;
  double offset;     /* ns */
  double rate;       /* ns per ns: the master runs so much faster */
  double delay;      /* ns, one way */
  double noise;      /* robust standard deviation of a sample, ns */
  double error;      /* standard error of the offset, ns */
  double rate_error; /* of the rate */
  double window;     /* seconds that it is made of */
  double trust;      /* share of the newest samples that it believes */
};

struct estimator {
  struct observation samples[ESTIMATOR_SAMPLES];
  double weights[ESTIMATOR_SAMPLES]; /* 0..1; below 0: not weighed yet */
  unsigned head, count;              /* a ring; head is the next free place */
  vsc_ns last[2];                    /* newest of each kind */
  struct estimate map;
  int has_map;
  /* of each kind: samples in a row that are impossibly far on one side */
  int far_sign[2];
  unsigned far[2];
  double kept[2];  /* of each kind: the sum of weights in the last round */
  unsigned wander; /* the likeliest, in the table */
  unsigned restarts;
  struct smoother smoother;
  /* scratch: seconds before the newest, ns above base, sign of the delay */
  double x[ESTIMATOR_SAMPLES], y[ESTIMATOR_SAMPLES], s[ESTIMATOR_SAMPLES];
  double residual[ESTIMATOR_SAMPLES], sorted[ESTIMATOR_SAMPLES];
};

/** Forget everything: another master. Zeroed memory is as good. */
void
estimator_reset(struct estimator *e);
/** Not 0 when the master's time moved by a step: what came before it is
    forgotten. */
int
estimator_add(struct estimator *e, const struct observation *o);
/** Make e->map anew from what there is; 0 when it is too little. */
int
estimator_fit(struct estimator *e);
/** Are the newest samples where the map says, and not in a row elsewhere? */
int
estimator_agrees(const struct estimator *e);
/** Master time at host time T, ns; there must be a map. */
int64_t
estimate_at(const struct estimate *m, vsc_ns t);

#endif
