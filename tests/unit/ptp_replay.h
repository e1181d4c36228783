/* ptp_replay.h - time stamps of a PTP path, recorded or made from a seed, under
   a master whose true time is known: for replay through an estimator and a
   clock in virtual time.
   SPDX-License-Identifier: MIT */
#ifndef VSC_TESTS_PTP_REPLAY_H
#define VSC_TESTS_PTP_REPLAY_H

#include "modules/clock-ptp/ladder.h"
#include "modules/shared/splitmix.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REPLAY_EVENTS 8192
#define REPLAY_SECONDS 600
#define REPLAY_GRID_NS 50000000

/* Both ends of the path have one clock, so the true offset is 0 before the
   model is imposed. */
struct replay_event {
  vsc_ns host;   /* t2, or t3 of a request */
  vsc_ns master; /* t1, or t4 */
  vsc_ns known;  /* when the follower has it */
  int is_request;
};

struct replay {
  struct replay_event events[REPLAY_EVENTS];
  unsigned count;
  /* the master: 1 + ppm + a random walk of its rate, a step a second */
  double ppm, walk_ppb;
  double phase[REPLAY_SECONDS + 1], rate[REPLAY_SECONDS + 1]; /* ns, ns/s */
};

struct replay_result {
  double rms, mean, worst; /* ns, from SKIP on */
  double settled;          /* s: from then on within 1 us; -1: never */
  uint64_t locked, lying;  /* readings while locked; those over 1 us off */
};

static inline double
replay_uniform(uint64_t *random)
{
  return ((double)(splitmix64(random) >> 11) + 0.5) * 0x1p-53;
}

static inline double
replay_normal(uint64_t *random)
{
  const double u = replay_uniform(random), v = replay_uniform(random);
  return sqrt(-2 * log(u)) * cos(2 * 3.14159265358979323846 * v);
}

static inline void
replay_model(struct replay *r, double ppm, double walk_ppb, uint64_t seed)
{
  r->ppm = ppm;
  r->walk_ppb = walk_ppb;
  r->phase[0] = r->rate[0] = 0;
  for (unsigned i = 1; i <= REPLAY_SECONDS; i++) {
    r->phase[i] = r->phase[i - 1] + r->rate[i - 1];
    r->rate[i] = r->rate[i - 1] + walk_ppb * replay_normal(&seed);
  }
}

/* Master time at host time T, both from 0. */
static inline double
replay_ahead(const struct replay *r, vsc_ns t)
{
  const double s = (double)t * 1e-9;
  const unsigned k = s < 0                 ? 0
                     : s >= REPLAY_SECONDS ? REPLAY_SECONDS
                                           : (unsigned)s;
  return r->ppm * 1e-6 * (double)t + r->phase[k] + r->rate[k] * (s - k);
}

static inline int
replay_order(const void *a, const void *b)
{
  const struct replay_event *const x = a, *const y = b;
  return x->known < y->known ? -1 : x->known > y->known;
}

/* Lines "S seq t1 t2 correction" and "D seq t3 t4 correction" of a recording;
   0 when there is none. */
static inline int
replay_load(struct replay *r, const char *path)
{
  FILE *const f = fopen(path, "r");
  char line[256];
  int64_t first = 0;
  r->count = 0;
  while (f && r->count < REPLAY_EVENTS && fgets(line, sizeof line, f)) {
    char kind;
    long long a, b;
    if (sscanf(line, "%c %*d %lld %lld", &kind, &a, &b) != 3 ||
        (kind != 'S' && kind != 'D')) {
      continue;
    }
    first = first ? first : a - INT64_C(1000000000);
    a -= first;
    b -= first;
    const int is_request = kind == 'D';
    r->events[r->count++] = (struct replay_event){ .host = is_request ? a : b,
                                                   .master = is_request ? b : a,
                                                   .known = b,
                                                   .is_request = is_request };
  }
  if (f) {
    fclose(f);
  }
  qsort(r->events, r->count, sizeof r->events[0], replay_order);
  return r->count > 0;
}

/* A path to make stamps of. */
struct replay_path {
  double delay, asymmetry;   /* ns; the way here is longer by so much */
  double normal, tail;       /* jitter: normal, and exponential */
  double outliers, far;      /* share of the samples, their mean ns */
  double loss;               /* of either kind */
  double burst, burst_delay; /* share of 10 s in which both ways are slower */
  double late_requests;      /* so many at the start, ... */
  double lateness;           /* ... held up by so much */
  double seconds, interval;  /* of each kind of sample, s */
};

static inline double
replay_delay(const struct replay_path *p, double t, uint64_t *random)
{
  double d = p->delay + p->normal * replay_normal(random) -
             p->tail * log(replay_uniform(random));
  if (replay_uniform(random) < p->outliers) {
    d -= p->far * log(replay_uniform(random));
  }
  if (fmod(t, 10) < 10 * p->burst) {
    d -= p->burst_delay * log(replay_uniform(random));
  }
  return d > 100 ? d : 100;
}

static inline void
replay_make(struct replay *r, const struct replay_path *p, uint64_t seed)
{
  unsigned requests = 0;
  r->count = 0;
  for (int kind = 0; kind < 2; kind++) {
    double t = 1 + replay_uniform(&seed) * p->interval;
    while (t < 1 + p->seconds && r->count < REPLAY_EVENTS) {
      const double late =
        kind && requests++ < p->late_requests ? p->lateness : 0;
      const double d = replay_delay(p, t, &seed) + late +
                       (kind ? -p->asymmetry : p->asymmetry) / 2;
      const vsc_ns left = (vsc_ns)(t * 1e9), came = left + (vsc_ns)d;
      if (replay_uniform(&seed) >= p->loss) {
        r->events[r->count++] = (struct replay_event){
          .host = kind ? left : came,
          .master = kind ? came : left,
          .known = came,
          .is_request = kind,
        };
      }
      t += p->interval * (kind ? 2 * replay_uniform(&seed) : 1);
    }
  }
  qsort(r->events, r->count, sizeof r->events[0], replay_order);
}

/* What the follower measures. */
static inline struct observation
replay_observe(const struct replay *r, const struct replay_event *e)
{
  return (struct observation){ .at = e->host,
                               .y = e->master - e->host +
                                    llround(replay_ahead(r, e->master)),
                               .is_request = e->is_request };
}

/* ERROR ns, SECONDS after the start. */
static inline void
replay_judge(struct replay_result *out,
             double error,
             double seconds,
             double skip,
             int is_locked)
{
  const double off = fabs(error);
  if (off >= 1000) {
    out->settled = -1;
  } else if (out->settled < 0) {
    out->settled = seconds;
  }
  if (is_locked) {
    out->locked++;
    out->lying += off >= 1000;
  }
  if (seconds >= skip) {
    out->mean += error;
    out->rms += error * error;
    out->worst = off > out->worst ? off : out->worst;
  }
}

/* Through the ladder and its media clock, steered ten times a second. */
static inline struct replay_result
replay_run(const struct replay *r, double skip)
{
  static struct ladder l;
  struct ladder_config config = { .step = 1000000 };
  const struct ladder_facts facts = { .is_following = 1,
                                      .master = 1,
                                      .sync_interval = 125000000 };
  struct replay_result out = { .settled = -1 };
  const vsc_ns start = r->events[0].known, end = r->events[r->count - 1].known;
  unsigned next = 0;
  uint64_t readings = 0;
  ladder_read("ptp, holdover, free", &config);
  ladder_init(&l, &config, (struct system_reading){ start, start });
  ladder_follow(&l, 1);
  for (vsc_ns now = start; now < end; now += REPLAY_GRID_NS) {
    for (; next < r->count && r->events[next].known <= now; next++) {
      const struct observation o = replay_observe(r, &r->events[next]);
      ladder_observe(&l, &o);
    }
    if ((now - start) / REPLAY_GRID_NS % 2 == 0) {
      ladder_run(&l, &facts, now);
    }
    const double seconds = (double)(now - start) * 1e-9;
    const double truth = (double)now + replay_ahead(r, now);
    replay_judge(&out,
                 (double)media_at(&l.media, now) - truth,
                 seconds,
                 skip,
                 l.is_locked);
    readings += seconds >= skip;
  }
  out.mean /= (double)readings;
  out.rms = sqrt(out.rms / (double)readings);
  return out;
}

#endif
