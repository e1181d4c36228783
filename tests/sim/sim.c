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

int sim_program;

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

uint32_t
sim_channel(vsc_pos pos, uint32_t channels)
{
  return (uint32_t)((uint64_t)pos % channels);
}

void
sim_create(struct sim *sim, uint64_t seed, int64_t epoch)
{
  memset(sim, 0, sizeof *sim);
  sim->signal = sim_signal;
  sim->world = world_create(seed, epoch);
  snprintf(sim->folder, sizeof sim->folder, "/tmp/aes67-sim-XXXXXX");
  if (!sim->world || !mkdtemp(sim->folder)) {
    die("world", "no memory or no folder");
  }
}

/* The node's profile at RATE, unless that is 0. */
static vsc_status
load(const struct sim_node *n,
     uint32_t rate,
     profile_error *error,
     void *arg,
     struct config **out)
{
  char set[32];
  const char *const sets[] = { set, NULL };
  snprintf(set, sizeof set, "device.rate=%u", rate);
  const struct config_source source = {
    .state_path = "profile",
    .state_text = n->profile,
    .sets = rate ? sets : NULL,
    .loader = n->loader,
    .error = error,
    .arg = arg,
  };
  return config_load(&source, out);
}

static struct config *
configure(struct sim_node *n)
{
  struct config *config = NULL;
  if (load(n, n->rate, print_error, NULL, &config) < 0) {
    die("profile", n->profile);
  }
  return config;
}

static void
keep(void *arg, const char *line)
{
  snprintf(arg, 200, "%s", line);
}

/* device_rate, as "aes67 run" has it. */
static vsc_status
change_rate(void *arg, uint32_t rate, char *why, size_t why_bytes)
{
  struct sim_node *const n = arg;
  struct config *config = NULL;
  char text[200] = "";
  vsc_status status = load(n, rate, keep, text, &config);
  if (status >= 0) {
    status = engine_check(n->engine, config, text, sizeof text);
  }
  config_destroy(config);
  if (status < 0) {
    snprintf(why, why_bytes, "not at %u: %s", rate, text);
    return status;
  }
  n->wished = rate;
  return VSC_OK;
}

int
sim_follow(struct sim *sim, unsigned node)
{
  struct sim_node *const n = &sim->nodes[node];
  if (!n->wished) {
    return 0;
  }
  sim_stop(sim, node);
  n->rate = n->wished;
  n->wished = 0;
  sim_start(sim, node);
  return 1;
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
  snprintf(n->instance,
           sizeof n->instance,
           "sim%u-%d",
           sim->count,
           sim_program ? sim_program : (int)getpid());
  snprintf(n->profile, sizeof n->profile, "%s", profile);
  sim_start(sim, sim->count);
  return sim->count++;
}

void
sim_second(struct sim *sim, unsigned node, vsc_ip address, double ppm)
{
  sim_stop(sim, node);
  sim->nodes[node].secondary = world_host(sim->world, address, ppm);
  sim_start(sim, node);
}

void
sim_start(struct sim *sim, unsigned node)
{
  struct sim_node *const n = &sim->nodes[node];
  const struct engine_setup setup = {
    .log = n->log,
    .loop = n->loop,
    .os = n->os,
    .secondary = n->secondary,
    .loader = n->loader,
    .interface = &n->interface,
    .instance = n->instance,
    .runtime_dir = sim->folder,
    .is_driven = true,
    .version = "sim",
    .change_rate = change_rate,
    .change_rate_arg = n,
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

enum sim_answer
sim_try(struct sim *sim,
        unsigned node,
        const char *text,
        profile_error *error,
        void *arg)
{
  struct sim_node *const n = &sim->nodes[node];
  struct config *config = NULL;
  snprintf(n->profile, sizeof n->profile, "%s", text);
  if (load(n, n->rate, error, arg, &config) < 0) {
    return SIM_REFUSED;
  }
  if (engine_reconfigure(n->engine, config) < 0) {
    config_destroy(config);
    return SIM_RESTART;
  }
  return SIM_TAKEN;
}

int
sim_reconfigure(struct sim *sim, unsigned node, const char *profile)
{
  switch (sim_try(sim, node, profile, print_error, NULL)) {
    case SIM_REFUSED:
      die("profile", profile);
      break;
    case SIM_TAKEN:
      return 1;
    case SIM_RESTART:
      break;
  }
  return 0;
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
  const vsc_pos begin = n->written > now ? n->written : now;
  for (uint32_t c = 0; c < g->outputs; c++) {
    uint32_t *const words = &e->region->out_words[(size_t)c * g->stride];
    /* Until it is this channel's turn. */
    const uint32_t wait =
      (c + g->outputs - sim_channel(begin, g->outputs)) % g->outputs;
    for (vsc_pos p = begin + (n->is_sparse ? wait : 0); p < end;
         p += n->is_sparse ? g->outputs : 1) {
      const float x = sim->signal(c, p);
      memcpy(&words[(uint64_t)p & (g->ring - 1)], &x, sizeof x);
    }
  }
  n->written = end > begin ? end : begin;
  say(e, n->written);
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
