/* sender_clock.c - see sender_clock.h. SPDX-License-Identifier: MIT */
#include "sender_clock.h"

#include "route.h"

#include <math.h>

/* So long one packet at least was not held up: ffmpeg sends 21 ms of sound in
   one piece and sleeps 10 ms between looks at its clock. */
#define WHILE_NS 500000000
/* Whiles in a row none of whose packets could be played: the sender has gone
   elsewhere. One or two are a machine that stalls. */
#define GONE 3
/* Whiles after which a rate is worth keeping when the sender begins anew:
   mostly it is the same machine. By how much it may differ where it is not. */
#define KNOWN 100
#define ANOTHER 200e-6
/* No clock is off by so much; what seems to be tells lies. */
#define DRIFT_MAX 2e-3

void
sender_clock_init(struct sender_clock *c,
                  struct sender_report *report,
                  uint32_t rate,
                  vsc_pos late,
                  vsc_pos early)
{
  vsc_clock_view before = { .size = sizeof before };
  clockpage_read(&report->page, &before);
  *c = (struct sender_clock){
    .earlier = before.generation,
    .report = report,
    .rate = rate,
    .late = late,
    .early = early,
    .is_seeking = 1,
    .view = { .size = sizeof c->view, .rate = 1 },
  };
  atomic_store_explicit(&report->is_seeking, 1, memory_order_relaxed);
}

static void
seek(struct sender_clock *c) VSC_RT
{
  c->is_seeking = 1;
  c->until = 0;
  atomic_store_explicit(&c->report->is_seeking, 1, memory_order_relaxed);
}

/* The model in the words of a clock view. */
static void
publish(struct sender_clock *c) VSC_RT
{
  const double drift = fmin(fmax(c->model.drift, -DRIFT_MAX), DRIFT_MAX);
  c->view.host_ns = c->model.at;
  c->view.tai_ns = vsc_tai_of(c->base, c->rate) +
                   (int64_t)(c->model.frames / c->model.nominal * 1e9);
  c->view.rate = 1 + drift;
  c->view.generation = c->earlier + c->generation;
  clockpage_write(&c->report->page, &c->view);
}

static void
begin(struct sender_clock *c) VSC_RT
{
  if (c->model.samples > KNOWN) {
    card_clock_restart(&c->model, c->when, ANOTHER);
  } else {
    card_clock_init(&c->model, (double)c->rate);
    card_clock_add(&c->model, c->when, 0);
  }
  c->base = c->end;
  if (c->generation) {
    route_count(&c->report->jumps, 1);
  }
  c->generation++;
  c->is_seeking = 0;
  c->unplayed = 0;
  atomic_store_explicit(&c->report->is_seeking, 0, memory_order_relaxed);
}

/* The while is over: its earliest packet is what is believed. */
static void
take(struct sender_clock *c) VSC_RT
{
  const vsc_pos frames = c->end - c->base;
  const double far =
    c->is_seeking ? 0 : (double)frames - card_clock_frame(&c->model, c->when);
  const int is_played = far >= -(double)c->late && far <= (double)c->early;
  c->until = 0;
  c->unplayed = is_played ? 0 : c->unplayed + 1;
  if (c->is_seeking || c->unplayed == GONE) {
    begin(c);
  } else if (is_played) {
    card_clock_add(&c->model, c->when, (double)frames);
  }
  publish(c);
}

/* Which of the positions with these low 32 bits it is was chosen by our clock,
   which may step by decades: the sender's knows better. */
static vsc_pos
nearest(const struct sender_clock *c, vsc_ns when, vsc_pos end) VSC_RT
{
  const vsc_pos frames = (vsc_pos)card_clock_frame(&c->model, when);
  return vsc_unwrap(c->base + frames, (uint32_t)end);
}

void
sender_clock_hear(struct sender_clock *c,
                  vsc_ns when,
                  vsc_pos end,
                  int is_first) VSC_RT
{
  if (is_first) {
    seek(c);
  } else if (!c->is_seeking) {
    end = nearest(c, when, end);
  }
  if (!c->until) {
    c->until = when + WHILE_NS;
    c->when = when;
    c->end = end;
    return;
  }
  const double since = (double)(when - c->when) * 1e-9;
  if ((double)(end - c->end) > since * c->rate * c->view.rate) {
    c->when = when;
    c->end = end;
  }
  if (when >= c->until) {
    take(c);
  }
}
