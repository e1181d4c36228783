/* ladder.c - chooses the rung, judges the lock, bounds the error, and tells the
   media clock where to go.
   SPDX-License-Identifier: MIT */
#include "modules/clock-ptp/ladder.h"

#include "modules/shared/clock_quality.h"

#include <vsc/position.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SECOND INT64_C(1000000000)
#define FIT_EARLY_NS 100000000 /* while the window is short */
#define FIT_LATER_NS 250000000
#define LOCK_NS 500.0 /* two standard errors */
#define UNLOCK_NS 1000.0
#define UNLOCK_AFTER (5 * SECOND)
#define LOCK_WINDOW_S 3.0
#define SURE_WINDOW_S 20.0 /* so much is not overturned by one stall */
/* The first master's time is taken over at once when it is farther than what
   slewing mends in half a second. */
#define FIRST_STEP_NS 100000
#define HOLD_WINDOW_S 6.0 /* a shorter one's rate is only noise */
/* What an oscillator wanders: 3 ppb, and a random walk of 1 ppb in a second. */
#define WANDER 3e-9

/* A stream's view is news twice a second; packets may pause. */
#define STREAM_FRESH_NS (2 * SECOND)
/* What a stream says of time is a thousand times less exact than PTP: its
   errors are slewed so much more gently. */
#define STREAM_GENTLY 16
/* Nor is it ever off by so much: then it is another sender's. */
#define STREAM_OTHER_NS (SECOND / 10)

static const char *const words[RUNGS] = {
  [RUNG_PTP] = "ptp",       [RUNG_STREAM] = "stream",
  [RUNG_MASTER] = "master", [RUNG_HOLDOVER] = "holdover",
  [RUNG_SYSTEM] = "system", [RUNG_FREE] = "free"
};

const char *
ladder_word(enum rung rung)
{
  return words[rung];
}

int
ladder_read(const char *text, struct ladder_config *out)
{
  out->count = 0;
  for (const char *p = text ? text : "";;) {
    p += strspn(p, " ,\t");
    if (!*p) {
      return out->count > 0;
    }
    const size_t length = strcspn(p, " ,\t");
    unsigned i = 0;
    while (i < RUNGS &&
           (strlen(words[i]) != length || strncmp(words[i], p, length) != 0)) {
      i++;
    }
    if (i == RUNGS || out->count == RUNGS) {
      return 0;
    }
    out->rungs[out->count++] = (enum rung)i;
    p += length;
  }
}

void
ladder_init(struct ladder *l,
            const struct ladder_config *config,
            struct system_reading system)
{
  memset(l, 0, sizeof *l);
  l->config = *config;
  system_map_init(&l->system, system);
  media_init(&l->media, system.host, system.tai);
  l->rung = RUNG_FREE;
}

void
ladder_follow(struct ladder *l, unsigned master)
{
  if (master != l->master) {
    l->master = master;
    estimator_reset(&l->estimator);
    l->newest = l->fitted = 0;
    l->is_locked = 0;
    l->held_window = 0;
    l->second.at = 0;
  }
}

void
ladder_observe(struct ladder *l, const struct observation *o)
{
  l->newest = o->at > l->newest ? o->at : l->newest;
  if (estimator_add(&l->estimator, o)) {
    l->moves++;
    l->is_locked = 0;
    l->fitted = 0;
  }
}

void
ladder_stream(struct ladder *l, const vsc_clock_view *view)
{
  l->stream = *view;
}

int
ladder_system(struct ladder *l, struct system_reading r, vsc_ns next)
{
  const int is_step = system_map_update(&l->system, r, next);
  l->system_skew = l->system.skew;
  if (!is_step || l->rung != RUNG_SYSTEM) {
    return 0;
  }
  media_step(&l->media, r.host, l->system.view.tai_ns, l->system.view.rate - 1);
  l->steps++;
  return 1;
}

static int
is_holding(const struct ladder *l, vsc_ns now)
{
  return l->has_followed && (!l->config.holdover || !l->lost_at ||
                             now - l->lost_at < l->config.holdover);
}

static int
holds(const struct ladder *l,
      enum rung rung,
      const struct ladder_facts *f,
      vsc_ns now)
{
  switch (rung) {
    case RUNG_PTP:
      return f->is_following && l->estimator.has_map &&
             now - l->newest < SECOND + 5 * f->sync_interval;
    case RUNG_STREAM:
      return l->stream.host_ns && now - l->stream.host_ns < STREAM_FRESH_NS;
    case RUNG_MASTER:
      return f->is_leading;
    case RUNG_HOLDOVER:
      return is_holding(l, now);
    case RUNG_SYSTEM:
      return !l->has_followed;
    case RUNG_FREE:
      break;
  }
  return 1;
}

int
ladder_may_lead(const struct ladder *l, vsc_ns now)
{
  for (unsigned i = 0; i < l->config.count; i++) {
    const enum rung rung = l->config.rungs[i];
    static const struct ladder_facts nobody;
    if (rung == RUNG_MASTER) {
      return 1;
    }
    /* A rung before it holds, so it is not the master's turn. */
    if (rung != RUNG_PTP && holds(l, rung, &nobody, now)) {
      return 0;
    }
  }
  return 0;
}

static enum rung
choose(const struct ladder *l, const struct ladder_facts *f, vsc_ns now)
{
  for (unsigned i = 0; i < l->config.count; i++) {
    if (holds(l, l->config.rungs[i], f, now)) {
      return l->config.rungs[i];
    }
  }
  return RUNG_FREE;
}

/* Hysteresis of two and five seconds. */
static void
judge(struct ladder *l, vsc_ns now)
{
  const struct estimate *const m = &l->estimator.map;
  const double worst = 2 * m->error;
  const int agrees = estimator_agrees(&l->estimator);
  if (agrees && worst < LOCK_NS && m->window >= LOCK_WINDOW_S &&
      fabs(l->offset) < LOCK_NS) {
    l->is_locked = 1;
  }
  if (!agrees && m->window < SURE_WINDOW_S) {
    l->is_locked = 0; /* it may have begun wrong */
  }
  if (worst < (l->is_locked ? UNLOCK_NS : LOCK_NS) && agrees) {
    l->doubtful_since = now;
  } else if (now - l->doubtful_since > UNLOCK_AFTER) {
    l->is_locked = 0;
  }
}

/* How much the map differs from what it said a second ago. */
static void
measure_jitter(struct ladder *l)
{
  const struct estimate *const m = &l->estimator.map;
  if (l->second.at && m->at - l->second.at < SECOND) {
    return;
  }
  if (l->second.at && m->at - l->second.at < 2 * SECOND) {
    const double d =
      (double)(estimate_at(m, m->at) - estimate_at(&l->second, m->at));
    l->jitter =
      sqrt(l->jitter * l->jitter + (d * d - l->jitter * l->jitter) / 8);
  }
  l->second = *m;
}

static void
fit(struct ladder *l, vsc_ns now)
{
  const vsc_ns every =
    l->estimator.map.window < 8 ? FIT_EARLY_NS : FIT_LATER_NS;
  if (l->newest <= l->estimator.map.at || now - l->fitted < every ||
      !estimator_fit(&l->estimator)) {
    return;
  }
  const struct estimate *const m = &l->estimator.map;
  l->fitted = now;
  if (m->window >= HOLD_WINDOW_S || m->window >= l->held_window) {
    l->held_skew = m->rate;
    l->held_window = m->window;
    l->held_error = m->rate_error;
  }
  measure_jitter(l);
}

static int
run_ptp(struct ladder *l, vsc_ns now)
{
  const struct estimate *const m = &l->estimator.map;
  const int64_t target = estimate_at(m, now);
  const double error = (double)(target - media_at(&l->media, now));
  const double limit =
    l->has_followed ? (double)l->config.step : (double)FIRST_STEP_NS;
  const int is_step = fabs(error) > limit;
  l->has_followed = 1;
  l->lost_at = 0;
  if (is_step) {
    media_step(&l->media, now, target, m->rate);
    l->steps++;
    l->offset = 0;
  } else {
    media_steer(&l->media, now, m->rate, error);
    l->offset += (-error - l->offset) / 4;
  }
  judge(l, now);
  l->lost_error = 3 * m->error + fabs(error);
  l->media.view.error_ns = (int64_t)(is_step ? 3 * m->error : l->lost_error);
  return is_step;
}

/* The sender's rate. Its time is of no epoch that others know: ours stays where
   it is when the rung is taken, and when the sender begins anew. */
static void
run_stream(struct ladder *l, enum rung before, vsc_ns now)
{
  const vsc_clock_view *const s = &l->stream;
  const int64_t sender = vsc_view_tai(s, now);
  int64_t error = sender + l->stream_offset - media_at(&l->media, now);
  if (before != RUNG_STREAM || l->stream_generation != s->generation ||
      llabs(error) > STREAM_OTHER_NS) {
    l->stream_offset -= error;
    l->stream_generation = s->generation;
    error = 0;
  }
  media_steer(&l->media, now, s->rate - 1, (double)error / STREAM_GENTLY);
  l->has_followed = 1;
  l->lost_at = 0;
  l->lost_error = -1;
  l->held_skew = s->rate - 1;
  l->media.view.error_ns = -1;
}

static void
run_holdover(struct ladder *l, vsc_ns now)
{
  if (!l->lost_at) {
    const int is_of_master = l->lost_error >= 0 && l->newest;
    l->lost_at = is_of_master && l->newest < now ? l->newest : now;
  }
  media_steer(&l->media, now, l->held_skew, 0);
  const double t = (double)(now - l->lost_at);
  l->media.view.error_ns =
    l->lost_error < 0
      ? -1
      : (int64_t)(l->lost_error + t * (3 * l->held_error + WANDER) +
                  WANDER * t * sqrt(t * 1e-9) / sqrt(3));
}

static void
run_system(struct ladder *l, vsc_ns now)
{
  const double error =
    (double)(vsc_view_tai(&l->system.view, now) - media_at(&l->media, now));
  media_steer(&l->media, now, l->system_skew, error);
  l->media.view.error_ns = -1;
}

int
ladder_run(struct ladder *l, const struct ladder_facts *f, vsc_ns now)
{
  ladder_follow(l, f->master);
  if (f->is_following) {
    fit(l, now);
  }
  const enum rung before = l->rung;
  int is_step = 0;
  l->rung = choose(l, f, now);
  switch (l->rung) {
    case RUNG_PTP:
      is_step = run_ptp(l, now);
      break;
    case RUNG_STREAM:
      run_stream(l, before, now);
      break;
    case RUNG_HOLDOVER:
      run_holdover(l, now);
      break;
    case RUNG_SYSTEM:
      run_system(l, now);
      break;
    case RUNG_MASTER:
    case RUNG_FREE:
      if (before == RUNG_SYSTEM) {
        l->held_skew = l->system_skew;
      }
      media_steer(&l->media, now, l->held_skew, 0);
      l->media.view.error_ns = l->rung == RUNG_MASTER ? 0 : -1;
      break;
  }
  if (l->rung != RUNG_PTP) {
    l->is_locked = 0;
    l->offset = 0;
  }
  l->media.view.state = l->rung == RUNG_MASTER     ? VSC_CLOCK_MASTER
                        : l->rung == RUNG_HOLDOVER ? VSC_CLOCK_HOLDOVER
                        : l->is_locked             ? VSC_CLOCK_LOCKED
                        : f->is_following          ? VSC_CLOCK_LOCKING
                                                   : VSC_CLOCK_FREE;
  return is_step;
}

int
ladder_holds_master(const struct ladder *l)
{
  return l->rung == RUNG_HOLDOVER && l->lost_error >= 0;
}

unsigned
ladder_quality(const struct ladder *l)
{
  if (l->rung == RUNG_MASTER) {
    return 4;
  }
  if (l->rung != RUNG_PTP) {
    return 0;
  }
  return clock_quality(fabs(l->offset) + l->estimator.map.error, l->jitter);
}
