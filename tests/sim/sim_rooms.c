/* sim_rooms.c - three rooms that hear one stream, on hosts 100 ppm apart,
   through a network that delays each packet by up to 2 ms; one of them
   restarts. At any position all hear the same frame; and on their cards, each
   on a crystal of its own behind a bridge, they play it within a frame of each
   other. SPDX-License-Identifier: MIT */
#include "hal/bridge/card_clock.h"
#include "hal/bridge/steer.h"
#include "sim.h"
#include "virtual_card.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vsc/position.h>

#define ROOMS 3
#define RATE 48000
#define SECOND INT64_C(1000000000)
#define LINK_OFFSET 480 /* frames: 10 ms */
#define BLOCK 256
#define LATENCY 960.0 /* frames, from a position to the card */
#define SETTLE 30.0   /* seconds until a bridge knows both clocks */
#define AWAY_FROM 100 /* seconds: when one ends ... */
#define AWAY_TO 105   /* ... and is back */

struct room {
  struct card card;
  struct card_clock clock;
  struct steer steer;
  bool has_begun;
  vsc_ns begun; /* host time of the card's frame 0 */
  uint64_t frame;
  double place; /* frames away from where it should be, of the newest block */
  bool is_settled;
  vsc_pos heard;
  uint64_t exact, silent, wrong;
};

static struct room rooms[ROOMS];
static double apart, least, most; /* frames, of the rooms at any time */
static uint64_t compared;

static int
jitter(void *arg,
       const struct world_packet *p,
       vsc_ip to,
       int64_t delay[WORLD_COPIES])
{
  (void)p;
  (void)to;
  delay[0] = 50000 + (int64_t)(world_random(arg) % 2000000);
  return 1;
}

/* What the device hears now: the frame that was played LINK_OFFSET ago. */
static void
listen(struct room *r, const struct engine *e)
{
  const vsc_pos to = e->audio.in.final_to;
  const uint32_t mask = e->region->geometry.ring - 1;
  for (vsc_pos p = r->heard ? r->heard : to; p < to; p++) {
    float x;
    memcpy(&x, &e->region->in_words[(uint64_t)p & mask], sizeof x);
    r->exact += x == sim_signal(0, p - LINK_OFFSET);
    r->silent += x == 0;
    r->wrong += x != 0 && x != sim_signal(0, p - LINK_OFFSET);
  }
  r->heard = to;
}

/* Frames of the media clock since the beginning of the simulation. */
static double
frames_at(int64_t tai)
{
  return (double)(tai - SIM_EPOCH) * 1e-9 * RATE;
}

/* A block to the card, as bridge.c does it: frames of the card from the models
   of both clocks. */
static void
play_block(struct room *r, const struct os *os, const vsc_clock_view *view)
{
  const double rate = RATE * (1 + card_drift(&r->card));
  const double begin = r->card.time;
  const double read = begin + card_lateness(&r->card);
  const double next = (double)r->frame + 2 * BLOCK;
  card_clock_add(&r->clock, r->begun + (vsc_ns)(read * 1e9), (double)r->frame);
  const vsc_ns from = card_clock_time(&r->clock, next);
  const vsc_ns to = card_clock_time(&r->clock, next + BLOCK);
  const double stands = r->steer.at;
  steer_next(&r->steer,
             BLOCK,
             frames_at(vsc_view_tai(view, from)) - LATENCY,
             frames_at(vsc_view_tai(view, to)) - LATENCY);
  const vsc_ns heard = r->begun + (vsc_ns)((begin + 2 * BLOCK / rate) * 1e9);
  r->place = stands - (frames_at(world_true_time(os, heard)) - LATENCY);
  r->is_settled = begin > SETTLE;
  r->frame += BLOCK;
  r->card.time += BLOCK / rate;
}

static void
compare(void)
{
  double low = 1e9;
  double high = -1e9;
  for (unsigned i = 0; i < ROOMS; i++) {
    if (!rooms[i].is_settled) {
      return;
    }
    low = fmin(low, rooms[i].place);
    high = fmax(high, rooms[i].place);
  }
  apart = fmax(apart, high - low);
  least = fmin(least, low);
  most = fmax(most, high);
  compared++;
}

static void
after_wake(void *arg, struct sim *sim, unsigned node)
{
  (void)arg;
  struct room *const r = node > 0 ? &rooms[node - 1] : NULL;
  const struct sim_node *const n = &sim->nodes[node];
  if (!r) {
    return;
  }
  const vsc_ns now = n->os->now(n->os);
  if (!r->has_begun) {
    card_clock_init(&r->clock, RATE);
    steer_init(&r->steer, 1, RATE);
    r->has_begun = true;
    r->begun = now;
    r->frame = 0;
    r->card.time = 0;
    r->is_settled = false;
    r->heard = 0;
  }
  listen(r, n->engine);
  while (r->begun + (vsc_ns)(r->card.time * 1e9) <= now) {
    play_block(r, n->os, &n->engine->view);
    compare();
  }
}

static const char form[] =
  "[device]\ninputs = 1\noutputs = 1\n[stream]\npacket_time = 1ms\n"
  "link_offset = 10ms\nwhen = always\n[%s s]\nchannels = 1\n"
  "address = 239.69.1.1\n";

int
main(void)
{
  static const double host_ppm[ROOMS] = { 100, -100, 30 };
  static const double card_ppm[ROOMS] = { -150, 80, 0.5 };
  const int64_t seconds = getenv("VSC_LONG") ? 86400 : 3600;
  struct sim sim;
  char text[512];
  sim_create(&sim, 11, SIM_EPOCH);
  world_set_fate(sim.world, jitter, sim.world);
  snprintf(text, sizeof text, form, "send");
  sim_node(&sim, 0xC0A80001u, 0, text);
  sim.nodes[0].has_app = 1;
  snprintf(text, sizeof text, form, "receive");
  for (unsigned i = 0; i < ROOMS; i++) {
    sim_node(&sim, 0xC0A80002u + i, host_ppm[i], text);
    rooms[i].card =
      (struct card){ .ppm = card_ppm[i], .wander = 1, .seed = 7 + i };
  }
  sim_run_until(&sim, SIM_EPOCH + SECOND / 10);
  sim.after_wake = after_wake;
  least = 1e9;
  most = -1e9;
  sim_run_until(&sim, SIM_EPOCH + AWAY_FROM * SECOND);
  sim_stop(&sim, 2);
  rooms[1].has_begun = rooms[1].is_settled = false;
  sim_run_until(&sim, SIM_EPOCH + AWAY_TO * SECOND);
  sim_start(&sim, 2);
  sim_run_until(&sim, SIM_EPOCH + seconds * SECOND);
  int is_good = compared > 0 && apart <= 1;
  for (unsigned i = 0; i < ROOMS; i++) {
    const struct room *const r = &rooms[i];
    const struct stream *const s = streams_find(sim.nodes[i + 1].engine, "s");
    const uint64_t lost = s->counts->rx.counters[RX_LOST];
    printf("room %u: %" PRIu64 " frames as played, %" PRIu64 " silent, %" PRIu64
           " wrong, %" PRIu64 " packets lost\n",
           i + 1,
           r->exact,
           r->silent,
           r->wrong,
           lost);
    is_good &= r->wrong == 0 && lost == 0 && r->is_settled;
    /* Of the restart: until its first packet. */
    const int64_t least_s = seconds - (AWAY_TO - AWAY_FROM) - 1;
    is_good &= r->silent < RATE / 10 && r->exact > (uint64_t)least_s * RATE;
  }
  printf("before the bridge 0 frames apart, behind it at most %.3f (place "
         "%.3f to %.3f)\n",
         apart,
         least,
         most);
  sim_destroy(&sim);
  return !is_good;
}
