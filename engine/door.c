/* door.c - frames through a stream's resampler: which are made at a wake-up,
   from which, and the account that keeps them in step for years.
   SPDX-License-Identifier: MIT */
#include "door.h"

#include "device.h"

#include <math.h>
#include <string.h>
#include <vsc/position.h>

/* How far a resampler that has run away is steered: a frame in two seconds, far
   below what can be heard, far above what rounding does. */
#define STEER 1e-5

/* B is above 0. */
static vsc_pos
floor_div(vsc_pos a, vsc_pos b) VSC_RT
{
  return a / b - (a % b < 0);
}

static vsc_pos
ceil_div(vsc_pos a, vsc_pos b) VSC_RT
{
  return a / b + (a % b > 0);
}

vsc_pos
door_needs(const struct door *d, vsc_pos out) VSC_RT
{
  return floor_div((out - d->out_offset) * d->in_step, d->out_step) +
         d->in_offset + DOOR_AHEAD;
}

/* The end of the frames that need no input at or above IN. */
static vsc_pos
makes(const struct door *d, vsc_pos in) VSC_RT
{
  return ceil_div((in - d->in_offset - DOOR_AHEAD + 1) * d->out_step,
                  d->in_step) -
         1 + d->out_offset;
}

vsc_pos
door_frames(const struct door *d, vsc_pos n) VSC_RT
{
  return d->is_send ? ceil_div(n * d->out_step, d->in_step)
                    : ceil_div(n * d->in_step, d->out_step);
}

void
door_reset(struct door *d) VSC_RT
{
  if (d) {
    d->has_started = 0;
    d->is_aligned = 0;
  }
}

/* Begin anew so that frames from VISIBLE on are as if it had always run: early
   enough for the filter to forget the silence before its start, and at a
   position where a whole frame in is a whole frame out. */
static void
align(struct door *d, vsc_pos visible) VSC_RT
{
  const vsc_pos periods =
    floor_div(visible - d->warm_up - d->out_offset, d->out_step);
  d->made = d->made_from = periods * d->out_step + d->out_offset;
  d->taken = d->taken_from = periods * d->in_step + d->in_offset;
  d->ops->reset(d->self);
  d->is_aligned = 1;
}

/* The integer account of frames taken against frames made: a resampler that
   rounds its phase drifts, and is brought back (resampler.h: taken is at most 1
   above made / ratio, and at most 1 + 1 / ratio below). */
static double
exact_ratio(const struct door *d) VSC_RT
{
  const vsc_pos surplus = (d->taken - d->taken_from) * d->out_step -
                          (d->made - d->made_from) * d->in_step;
  if (surplus > d->out_step) {
    return d->nominal * (1.0 + STEER);
  }
  if (surplus < -(d->out_step + d->in_step)) {
    return d->nominal * (1.0 - STEER);
  }
  return d->nominal;
}

/* N words as finite floats. */
static void
copy_finite(float *to, const uint32_t *from, uint32_t n) VSC_RT
{
  for (uint32_t i = 0; i < n; i++) {
    const uint32_t exponent = from[i] & 0x7f800000u;
    const uint32_t word = exponent == 0x7f800000u ? 0 : from[i];
    memcpy(&to[i], &word, sizeof word);
  }
}

/* The next FRAMES of the input into the scratch, which IN shows; what is older
   than the ring is silence. */
static void
fetch(struct door *d, uint32_t frames, float **in) VSC_RT
{
  const struct timeline *const t = d->in;
  const struct route_map *const map = d->is_send ? d->map : &d->plain;
  const vsc_pos oldest = timeline_oldest(t);
  for (uint32_t c = 0; c < d->channels; c++) {
    float *to = d->scratch + (size_t)c * d->scratch_frames;
    in[c] = map->device[c] == ROUTE_NONE ? NULL : to;
    vsc_pos p = d->taken;
    const vsc_pos end = in[c] ? p + (vsc_pos)frames : p;
    const vsc_pos whole = d->is_send && d->owner
                            ? device_whole_to(d->owner, map->device[c])
                            : INT64_MAX;
    while (p < end) {
      uint32_t n = (uint32_t)((p < whole && whole < end ? whole : end) - p);
      if (p >= whole) {
        memset(to, 0, n * sizeof *to);
      } else if (p < oldest) {
        n = oldest - p < (vsc_pos)n ? (uint32_t)(oldest - p) : n;
        memset(to, 0, n * sizeof *to);
      } else {
        n = timeline_run(t, p, n);
        copy_finite(to, timeline_at(t, map->device[c], p), n);
      }
      p += n;
      to += n;
    }
  }
}

/* Make N frames, which do not wrap the ring, from the input below NEEDS; nobody
   gets them when they are only for the filter's memory. False when the
   resampler did not. */
static int
run(struct door *d, uint32_t n, int is_visible, vsc_pos needs, double ratio)
  VSC_RT
{
  const struct timeline *const t = d->out;
  const struct route_map *const map = d->is_send ? &d->plain : d->map;
  float *in[VSC_CHANNELS_MAX], *out[VSC_CHANNELS_MAX];
  vsc_pos frames = needs - d->taken;
  frames = frames < 0 ? 0 : frames;
  if (frames > (vsc_pos)d->scratch_frames) {
    frames = (vsc_pos)d->scratch_frames;
  }
  fetch(d, (uint32_t)frames, in);
  for (uint32_t c = 0; c < d->channels; c++) {
    out[c] = is_visible && map->device[c] != ROUTE_NONE
               ? (float *)(void *)timeline_at(t, map->device[c], d->made)
               : NULL;
  }
  const vsc_span from = { .ch = in,
                          .channels = d->channels,
                          .frames = (uint32_t)frames };
  const vsc_span to = { .ch = out, .channels = d->channels, .frames = n };
  const int32_t taken = d->ops->run(d->self, &from, &to, ratio);
  if (taken < 0 || (vsc_pos)taken > frames) {
    return 0;
  }
  for (uint32_t i = 0; is_visible && i < map->copies; i++) {
    memcpy(timeline_at(t, map->copy[i].to, d->made),
           timeline_at(t, map->copy[i].from, d->made),
           n * sizeof(uint32_t));
  }
  d->made += n;
  d->taken += taken;
  return 1;
}

/* Silence up to UNTIL: nobody has written there. Anew at the next. */
static void
give_up(struct door *d, vsc_pos until) VSC_RT
{
  d->made = until;
  d->is_aligned = 0;
  route_count(d->realigned, 1);
}

/* Make frames up to UNTIL; those below VISIBLE nobody gets. */
static void
make(struct door *d, vsc_pos visible, vsc_pos until) VSC_RT
{
  const vsc_pos cheaper = visible - d->warm_up - d->out_step;
  if (!d->is_aligned || d->made < cheaper) {
    route_count(d->realigned, d->is_aligned != 0);
    align(d, visible);
  }
  /* Bounded: from cheaper to until are a period, the warm-up, and what a sender
     may send late, or what a receiver has got ahead: half a ring. */
  while (d->made < until) {
    const int is_visible = d->made >= visible;
    const vsc_pos left = (is_visible ? until : visible) - d->made;
    const uint32_t n = timeline_run(
      d->out, d->made, left < DOOR_BLOCK ? (uint32_t)left : DOOR_BLOCK);
    const vsc_pos needs = door_needs(d, d->made + (vsc_pos)n);
    if (!run(d, n, is_visible, needs, exact_ratio(d))) {
      give_up(d, until);
    }
  }
}

/* --- a sender that is followed */

/* How many frames the sender has sent at the device's P, from BASE on. */
static double
sent_at(const struct door *d, vsc_pos p) VSC_RT
{
  const struct wake *const w = d->device_wake;
  const vsc_ns t = vsc_view_host_time(&w->view, p, w->rate);
  const int64_t base = vsc_tai_of(d->base, d->wake.rate);
  return (double)(vsc_view_tai(&d->wake.view, t) - base) * 1e-9 * d->wake.rate;
}

/* The same as a position; of another stream, that of the media clock. */
static vsc_pos
stream_at(const struct door *d, vsc_pos p) VSC_RT
{
  return d->sender ? d->base + (vsc_pos)floor(sent_at(d, p))
                   : door_frames(d, p);
}

/* A resampler that rounds its phase is brought back here, too. */
static double
steered_ratio(const struct door *d, double ratio) VSC_RT
{
  const double surplus = (double)(d->taken - d->base) - d->steer.at;
  return surplus > 1                ? ratio * (1.0 + STEER)
         : surplus < -1 - 1 / ratio ? ratio * (1.0 - STEER)
                                    : ratio;
}

/* How many of the next frames are to be made in one run: those before SHOWN for
   the filter's memory, those before T whatever has come, and what all has come
   for, to READY; none beyond the device's clean_to. */
static vsc_pos
next_run(const struct door *d, vsc_pos shown, vsc_pos t, vsc_pos ready) VSC_RT
{
  const double come = (double)(ready - d->base - DOOR_AHEAD) - d->steer.at;
  const vsc_pos clean = d->device->clean_to - d->made;
  const vsc_pos most = clean < DOOR_BLOCK ? clean : DOOR_BLOCK;
  const vsc_pos left = d->made < shown ? shown - d->made
                       : d->made < t   ? t - d->made
                                     /* steered by half a percent at most */
                                     : (vsc_pos)(come * d->nominal * 0.99);
  return left < most ? left : most;
}

/* Make frames up to T, and above what all has come for, of the stream below
   READY: each where the sender's clock and ours say that it belongs. */
static void
make_steered(struct door *d, vsc_pos t, vsc_pos ready) VSC_RT
{
  vsc_pos shown = d->device->final_to;
  const int is_behind = d->made < shown - d->warm_up - DOOR_BLOCK;
  if (!d->is_aligned || is_behind) {
    route_count(d->realigned, d->is_aligned != 0);
    d->made = shown - d->warm_up;
    d->steer.has_begun = 0;
    d->is_aligned = 1;
  }
  const double slope = d->wake.view.rate / d->device_wake->view.rate;
  const double rest = slope / d->nominal;
  vsc_pos left;
  /* Bounded: to the device's clean_to, and after a jump once more from the
     warm-up on. */
  while ((left = next_run(d, shown, t, ready)) > 0) {
    const uint32_t n = timeline_run(d->out, d->made, (uint32_t)left);
    const double wanted = sent_at(d, d->made) - DOOR_AHEAD;
    struct steer next = d->steer;
    const struct steer_step step =
      steer_next(&next, n, wanted, wanted + n * rest);
    if (step.jumps && d->made >= shown) {
      /* Early enough for the filter to know what is before it. */
      shown = d->made;
      d->made -= d->warm_up;
      d->steer.has_begun = 0;
      route_count(&d->sender->report->jumps, 1);
      continue;
    }
    if (step.jumps) {
      d->ops->reset(d->self);
      d->taken = d->base + (vsc_pos)step.from;
    }
    d->steer.at = step.from;
    const double ratio = steered_ratio(d, step.ratio);
    d->steer = next;
    const vsc_pos needs = d->base + (vsc_pos)floor(next.at) + DOOR_AHEAD;
    if (!run(d, n, d->made >= shown, needs, ratio)) {
      give_up(d, t);
      return;
    }
    const double error = (wanted - step.from) / d->wake.rate * 1e9;
    atomic_store_explicit(
      &d->sender->report->error_ns, (int64_t)error, memory_order_relaxed);
  }
}

/* Positions of the door are those of the sender's clock as it is known now.
   False while it is not. */
static int
adopt(struct door *d, struct route_rx *route) VSC_RT
{
  const struct sender_clock *const c = d->sender;
  if (route->generation != c->generation) {
    route->generation = c->generation;
    d->base = c->base;
    route_rx_reset(route);
    door_reset(d);
  }
  d->wake.view = c->view;
  return c->generation != 0;
}

/* --- a wake-up */

/* The stream's side of a wake-up; where its cleaned frames begin. BEGIN is
   where a stream that starts does. */
static vsc_pos
follow(struct door *d, const struct wake *wake, vsc_pos begin) VSC_RT
{
  if (!d->sender) {
    d->wake.view = wake->view;
  }
  d->wake.asked = INT64_MIN;
  d->wake.now = wake->now;
  d->wake.pos = vsc_view_pos(&d->wake.view, wake->now, d->wake.rate);
  if (!d->has_started) {
    d->has_started = 1;
    d->counted = INT64_MIN;
    timeline_reset(&d->timeline, begin);
  }
  return timeline_clean(&d->timeline, d->wake.pos);
}

void
door_rx_begin(struct door *d,
              struct route_rx *route,
              const struct wake *wake,
              uint32_t s_in) VSC_RT
{
  d->device_wake = wake;
  if (d->sender && !adopt(d, route)) {
    return;
  }
  const vsc_pos heard = stream_at(d, wake->pos - (vsc_pos)s_in);
  const vsc_pos from = follow(d, wake, heard);
  if (from < d->timeline.clean_to) {
    route_rx_cleaned(route, from, d->timeline.clean_to);
  }
  timeline_finish(&d->timeline, heard);
}

void
door_rx_run(struct door *d, const struct route_rx *route, vsc_pos t) VSC_RT
{
  if (d->sender && !route->generation) {
    return;
  }
  timeline_finish(&d->timeline, stream_at(d, t));
  if (d->sender) {
    make_steered(d, t, route_rx_ready(route));
    return;
  }
  /* What has come is made ahead of its time, as any route writes it: a wake-up
     that is late then silences nothing. */
  const vsc_pos until = makes(d, route_rx_ready(route));
  const vsc_pos clean = d->device->clean_to;
  make(d, d->device->final_to, until < clean ? until : clean);
}

/* As route_tx does for a stream without a door. */
static void
count_underruns(struct door *d, vsc_pos t) VSC_RT
{
  if (d->owner && d->counted < t && d->counted != INT64_MIN) {
    const vsc_pos n =
      route_unwritten(d->owner, d->map, d->channels, d->counted, t);
    route_count(d->underruns, (uint64_t)n);
  }
  d->counted = t;
}

void
door_tx_run(struct door *d, const struct wake *wake, vsc_pos t) VSC_RT
{
  follow(d, wake, door_frames(d, t));
  count_underruns(d, t);
  const vsc_pos until = makes(d, t);
  make(d, until - d->age, until);
  timeline_finish(&d->timeline, until);
}
