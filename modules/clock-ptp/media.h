/* media.h - our own media clock: a map from host time to media time, made of
   straight pieces that join. It slews towards what it is told and never goes
   back; only a step may, and a step is another generation.
   SPDX-License-Identifier: MIT */
#ifndef VSC_PTP_MEDIA_H
#define VSC_PTP_MEDIA_H

#include <vsc/host.h>

/* Most that the rate differs from the rate that is aimed at. */
#define MEDIA_SLEW_MAX 200e-6
/* Most that a rate differs from 1. */
#define MEDIA_RATE_MAX 700e-6
/* An error is gone after some of these; a large one sooner. */
#define MEDIA_TAU_NS 5e8
#define MEDIA_LARGE_NS 1000.0
#define MEDIA_LARGE_TAU_NS 1.5e8

struct media {
  vsc_clock_view view; /* host_ns, tai_ns, rate and generation are kept here */
  vsc_clock_view
    past;          /* the piece before it: stamps are older than their map */
  double fraction; /* of a ns, above view.tai_ns */
};

/** Begin at TAI, generation 1. */
void
media_init(struct media *m, vsc_ns host, int64_t tai);
/** Media time at host time T, which may lie in the piece before this one. */
int64_t
media_at(const struct media *m, vsc_ns t);
/** From NOW on run at 1 + SKEW and take away ERROR_NS, what media time should
    be ahead, by and by. */
void
media_steer(struct media *m, vsc_ns now, double skew, double error_ns);
/** Continue at TAI; a new generation. */
void
media_step(struct media *m, vsc_ns now, int64_t tai, double skew);

#endif
