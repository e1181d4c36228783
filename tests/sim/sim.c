/* sim.c - the event loop of the simulation.
   SPDX-License-Identifier: MIT */
#include "sim.h"

#include "engine/log.h"
#include "engine/loop.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <vsc/position.h>

#define AHEAD 512

static void
die(const char *what, const char *why)
{
  fprintf(stderr, "sim: %s: %s\n", what, why);
  exit(1);
}

static void
print_error(void *arg, const char *line)
{
  (void)arg;
  fprintf(stderr, "sim: %s\n", line);
}

float
sim_signal(uint32_t channel, vsc_pos pos)
{
  uint64_t z = (uint64_t)pos * UINT64_C(0x9E3779B97F4A7C15) + channel;
  z = (z ^ z >> 31) * UINT64_C(0xBF58476D1CE4E5B9);
  const int32_t word = (int32_t)(z >> 40) - 8388608;
  return (float)(word ? word : 1) / 8388608.0f;
}

void
sim_create(struct sim *sim, uint64_t seed, int64_t epoch)
{
  memset(sim, 0, sizeof *sim);
  sim->world = world_create(seed, epoch);
  snprintf(sim->folder, sizeof sim->folder, "/tmp/aes67-sim-XXXXXX");
  if (!sim->world || !mkdtemp(sim->folder)) {
    die("world", "no memory or no folder");
  }
}

static struct config *
configure(struct sim_node *n)
{
  const struct config_source source = {
    .state_path = "profile",
    .state_text = n->profile,
    .loader = n->loader,
    .error = print_error,
  };
  struct config *config = NULL;
  if (config_load(&source, &config) < 0) {
    die("profile", n->profile);
  }
  return config;
}

unsigned
sim_node(struct sim *sim, vsc_ip address, double ppm, const char *profile)
{
  static const char *const folders[] = { VSC_MODULES, VSC_FIXTURES, NULL };
  struct sim_node *const n = &sim->nodes[sim->count];
  n->os = world_host(sim->world, address, ppm);
  n->log = log_create(VSC_LOG_ERROR);
  n->loop = n->os ? loop_create(n->os) : NULL;
  if (!n->loop || !n->log || loader_create(folders, &n->loader) < 0) {
    die("node", "no memory");
  }
  n->interface =
    (struct os_interface){ .name = "virtual", .index = 1, .address = address };
  snprintf(
    n->instance, sizeof n->instance, "sim%u-%d", sim->count, (int)getpid());
  snprintf(n->profile, sizeof n->profile, "%s", profile);
  sim_start(sim, sim->count);
  return sim->count++;
}

void
sim_start(struct sim *sim, unsigned node)
{
  struct sim_node *const n = &sim->nodes[node];
  const struct engine_setup setup = {
    .log = n->log,
    .loop = n->loop,
    .os = n->os,
    .loader = n->loader,
    .interface = &n->interface,
    .instance = n->instance,
    .runtime_dir = sim->folder,
    .is_driven = true,
    .version = "sim",
  };
  char why[600];
  if (engine_create(&setup, configure(n), &n->engine, why, sizeof why) < 0) {
    die("engine", why);
  }
  n->next_wake = world_now(sim->world);
  n->written = INT64_MIN;
}

void
sim_stop(struct sim *sim, unsigned node)
{
  engine_destroy(sim->nodes[node].engine);
  sim->nodes[node].engine = NULL;
}

int
sim_reconfigure(struct sim *sim, unsigned node, const char *profile)
{
  struct sim_node *const n = &sim->nodes[node];
  snprintf(n->profile, sizeof n->profile, "%s", profile);
  struct config *const config = configure(n);
  if (engine_reconfigure(n->engine, config) < 0) {
    config_destroy(config);
    return 0;
  }
  return 1;
}

void
sim_stall(struct sim *sim, unsigned node, int64_t until)
{
  sim->nodes[node].stalled_until = until;
}

void
sim_destroy(struct sim *sim)
{
  for (unsigned i = 0; i < sim->count; i++) {
    engine_destroy(sim->nodes[i].engine);
    loop_destroy(sim->nodes[i].loop);
    loader_destroy(sim->nodes[i].loader);
    log_destroy(sim->nodes[i].log);
  }
  world_destroy(sim->world);
  char command[128];
  snprintf(command, sizeof command, "rm -rf %s", sim->folder);
  if (system(command) != 0) {
    fprintf(stderr, "sim: %s is left behind\n", sim->folder);
  }
}

/* It is whoever is attached: what it says of how far it has written. */
static void
say(struct engine *e, vsc_pos written)
{
  for (int i = 0; i < REGION_SLOTS; i++) {
    struct region_slot *const slot = &e->region->tx->slots[i];
    if (SLOT_STATE(atomic_load(&slot->ticket)) == SLOT_ATTACHED) {
      atomic_store(&slot->written_to, INT64_MIN);
      atomic_store(&slot->epoch, atomic_load(&e->region->rx->epoch));
      atomic_store(&slot->written_to, written);
    }
  }
}

/* The application plays AHEAD frames ahead, in blocks. */
static void
play(struct sim *sim, struct sim_node *n)
{
  struct engine *const e = n->engine;
  const struct region_geometry *const g = &e->region->geometry;
  const vsc_pos now = vsc_view_pos(
    &e->view, world_host_time(n->os, world_now(sim->world)), g->rate);
  const vsc_pos clean =
    atomic_load_explicit(&e->region->rx->out.clean_to, memory_order_acquire);
  if (!n->has_app || !e->audio.has_started) {
    return;
  }
  say(e, n->written);
  if (now + AHEAD < n->written + 64) {
    return;
  }
  const vsc_pos end = now + AHEAD < clean ? now + AHEAD : clean;
  vsc_pos p = n->written > now ? n->written : now;
  for (; p < end; p++) {
    for (uint32_t c = 0; c < g->outputs; c++) {
      const float x = sim_signal(c, p);
      memcpy(&e->region->out_words[(size_t)c * g->stride +
                                   ((uint64_t)p & (g->ring - 1))],
             &x,
             sizeof x);
    }
  }
  n->written = p;
  say(e, p);
}

static int64_t
next_event(const struct sim *sim, const struct sim_node *n)
{
  if (!n->engine) {
    return INT64_MAX;
  }
  const vsc_ns timer = loop_run_timers(n->loop, INT64_MIN);
  int64_t t = timer == INT64_MAX ? INT64_MAX : world_true_time(n->os, timer);
  if (n->engine->is_running && n->next_wake < t) {
    t = n->next_wake;
  }
  t = t < n->stalled_until ? n->stalled_until : t;
  return t < world_now(sim->world) ? world_now(sim->world) : t;
}

static void
step(struct sim *sim, unsigned i)
{
  struct sim_node *const n = &sim->nodes[i];
  const int64_t now = world_now(sim->world);
  loop_run_timers(n->loop, world_host_time(n->os, now));
  if (n->engine && n->engine->is_running && now >= n->next_wake) {
    play(sim, n);
    const vsc_ns next =
      audio_wake(&n->engine->audio, world_host_time(n->os, now));
    n->next_wake = world_true_time(n->os, next);
    if (sim->after_wake) {
      sim->after_wake(sim->arg, sim, i);
    }
  }
}

void
sim_run_until(struct sim *sim, int64_t tai)
{
  for (;;) {
    unsigned first = 0;
    int64_t when = INT64_MAX;
    for (unsigned i = 0; i < sim->count; i++) {
      const int64_t t = next_event(sim, &sim->nodes[i]);
      if (t < when) {
        when = t;
        first = i;
      }
    }
    if (when >= tai) {
      world_set_now(sim->world, tai);
      return;
    }
    world_set_now(sim->world, when);
    for (unsigned i = 0; i < sim->count; i++) {
      /* A stalled engine's application goes on. */
      if (sim->nodes[i].engine && sim->nodes[i].stalled_until > when) {
        play(sim, &sim->nodes[i]);
      }
    }
    step(sim, first);
  }
}
