/* sim_ptp.c - two engines with clocks 100 ppm apart, each with its own 64
   channels, locked to one grandmaster through a noisy network: for 20 minutes
   (a day in ./test long) their frames stay the same frames, while the
   grandmaster dies, another, 5 us from it, takes over, and none is there at
   all. VSC_HOURS=N runs as long. SPDX-License-Identifier: MIT */
#include "expect.h"
#include "sim.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vsc/position.h>

#define RATE 48000
#define SECOND INT64_C(1000000000)
#define CHANNELS 64
#define LINK_OFFSET 144 /* 3 ms */
#define MASTER 0
#define SECOND_MASTER 1
#define LEFT 2
#define RIGHT 3

struct watcher {
  struct world *world;
  vsc_pos heard[SIM_NODES];
  uint64_t exact, silent, wrong;
  int64_t apart; /* ns of media time, at one instant */
  int is_settled;
};

static int
noisy(void *arg, const struct world_packet *p, vsc_ip to, int64_t *delay)
{
  struct watcher *const w = arg;
  const double u = ((double)(world_random(w->world) >> 11) + 0.5) * 0x1p-53;
  (void)p;
  (void)to;
  /* 20 us, and a queue's tail of 1 us. */
  delay[0] = 20000 + (int64_t)(-1000 * log(u));
  return 1;
}

/* One channel of each frame is compared, another one each time. */
static void
listen(struct watcher *w, struct sim *sim, unsigned node)
{
  const struct engine *const e = sim->nodes[node].engine;
  const struct region *const r = e->region;
  vsc_pos p = w->heard[node];
  if (!p || e->audio.in.final_to - p > RATE) {
    p = e->audio.in.final_to;
  }
  for (; p < e->audio.in.final_to; p++) {
    const uint32_t c = sim_channel(p - LINK_OFFSET, CHANNELS);
    float x;
    memcpy(&x,
           &r->in_words[(size_t)c * r->geometry.stride +
                        ((uint64_t)p & (r->geometry.ring - 1))],
           sizeof x);
    if (x == sim_signal(c, p - LINK_OFFSET)) {
      w->exact++;
    } else if (x == 0.0f) {
      w->silent++;
    } else {
      w->wrong++;
    }
  }
  w->heard[node] = p;
}

/* Media time of a node, now. */
static int64_t
media_time(const struct watcher *w, const struct sim *sim, unsigned node)
{
  const struct sim_node *const n = &sim->nodes[node];
  return vsc_view_tai(&n->engine->view,
                      world_host_time(n->os, world_now(w->world)));
}

static void
after_wake(void *arg, struct sim *sim, unsigned node)
{
  struct watcher *const w = arg;
  if (!w->is_settled || (node != LEFT && node != RIGHT)) {
    return;
  }
  listen(w, sim, node);
  const int64_t apart =
    llabs(media_time(w, sim, LEFT) - media_time(w, sim, RIGHT));
  w->apart = apart > w->apart ? apart : w->apart;
}

/* Sends outputs to one half of the groups and hears the other half. */
static void
profile(char *out, size_t bytes, int is_right)
{
  int n = snprintf(out,
                   bytes,
                   "[clock]\nmodule = clock-ptp\nrole = slave\n[stream]\n"
                   "packet_time = 1ms\nlink_offset = 3ms\nwhen = always\n");
  for (int i = 1; i <= 8; i++) {
    for (int is_send = 0; is_send < 2; is_send++) {
      n += snprintf(out + n,
                    bytes - (size_t)n,
                    "[%s %s%d]\nchannels = %d-%d\naddress = 239.69.%d.%d\n",
                    is_send ? "send" : "receive",
                    is_send ? "tx" : "rx",
                    i,
                    8 * i - 7,
                    8 * i,
                    1 + (is_send ^ is_right),
                    i);
    }
  }
}

static void
report(const struct sim *sim, struct watcher *w, const char *what)
{
  printf("%-28s %12" PRIu64 " exact %" PRIu64 " silent %" PRIu64
         " wrong; at most %" PRId64 " ns apart; states %u %u, generations %u "
         "%u\n",
         what,
         w->exact,
         w->silent,
         w->wrong,
         w->apart,
         sim->nodes[LEFT].engine->view.state,
         sim->nodes[RIGHT].engine->view.state,
         sim->nodes[LEFT].engine->view.generation,
         sim->nodes[RIGHT].engine->view.generation);
  fflush(stdout);
  w->apart = 0;
}

int
main(void)
{
  static const char master[] = "[device]\ninputs = 2\noutputs = 2\n[clock]\n"
                               "module = clock-ptp\nrole = auto\n"
                               "priority1 = %d\nasymmetry_ns = %d\n";
  const char *const wish = getenv("VSC_HOURS");
  const double hours = wish ? atof(wish) : getenv("VSC_LONG") ? 24 : 1.0 / 3;
  const int64_t part = (int64_t)(hours * 3600e9 / 4);
  struct sim sim;
  struct watcher w = { 0 };
  char text[4096];
  sim_create(&sim, 11, SIM_EPOCH);
  w.world = sim.world;
  world_set_fate(sim.world, noisy, &w);
  sim.after_wake = after_wake;
  sim.arg = &w;
  snprintf(text, sizeof text, master, 100, 0);
  sim_node(&sim, 0xC0A80001u, 5.0, text);
  snprintf(text, sizeof text, master, 110, 5000);
  sim_node(&sim, 0xC0A80002u, -5.0, text);
  for (int i = 0; i < 2; i++) {
    profile(text, sizeof text, i);
    sim_node(&sim, 0xC0A80003u + (unsigned)i, i ? 100.0 : -100.0, text);
    sim.nodes[LEFT + i].has_app = sim.nodes[LEFT + i].is_sparse = 1;
  }
  int64_t t = SIM_EPOCH + 40 * SECOND;
  sim_run_until(&sim, t);
  w.is_settled = 1;
  const uint32_t generation = sim.nodes[LEFT].engine->view.generation +
                              sim.nodes[RIGHT].engine->view.generation;
  sim_run_until(&sim, t += part);
  report(&sim, &w, "one grandmaster");
  const int64_t ahead =
    llabs(media_time(&w, &sim, LEFT) - media_time(&w, &sim, SECOND_MASTER));
  expect(ahead > 4000 && ahead < 6000, "the other is 5 us from it");
  sim_stop(&sim, MASTER);
  sim_run_until(&sim, t += part);
  report(&sim, &w, "another, 5 us from it");
  expect(llabs(media_time(&w, &sim, LEFT) -
               media_time(&w, &sim, SECOND_MASTER)) < 1000,
         "its time is taken over");
  sim_stop(&sim, SECOND_MASTER);
  sim_run_until(&sim, t += 60 * SECOND);
  report(&sim, &w, "none: holdover of a minute");
  sim_start(&sim, SECOND_MASTER);
  sim_run_until(&sim, t += part);
  report(&sim, &w, "it comes back");
  sim_run_until(&sim, t += part);
  report(&sim, &w, "and stays");
  expect(w.wrong == 0, "no frame is another frame");
  expect(w.silent == 0, "no frame is missing");
  expect(w.exact > (uint64_t)(3.5 * (double)part / 1e9 * RATE),
         "all are heard");
  expect(sim.nodes[LEFT].engine->view.state == VSC_CLOCK_LOCKED &&
           sim.nodes[RIGHT].engine->view.state == VSC_CLOCK_LOCKED,
         "both are locked in the end");
  expect(sim.nodes[LEFT].engine->view.generation +
             sim.nodes[RIGHT].engine->view.generation ==
           generation,
         "nothing steps");
  sim_destroy(&sim);
  return failures > 0;
}
