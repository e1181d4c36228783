/* driver.c - the data thread: a timer on the device's clock begins the graph's
   cycles, and the nodes' process() ends them. Nothing here allocates, locks or
   logs.

   A graph that is not ready when the next cycle is due gets a grace, and then,
   until it is ready again, none: a program that hangs, or comes or goes, takes
   nothing from the others.
   SPDX-License-Identifier: MIT */
#include "graph.h"

#include <string.h>

#include <spa/node/utils.h>

#include "hal/platform.h"

static uint32_t
quantum_of(const struct half *h)
{
  const uint64_t n = driver_wish(h->position);
  return n < PACE_QUANTUM_MIN   ? PACE_QUANTUM_MIN
         : n > PACE_QUANTUM_MAX ? PACE_QUANTUM_MAX
                                : (uint32_t)n;
}

static bool
is_driving(const struct graph *g)
{
  const struct half *const d = g->driver;
  return d && d->is_started && d->clock && d->position && d->callbacks.funcs &&
         d->position->clock.id == d->clock->id;
}

static void
arm(struct graph *g, vsc_ns t)
{
  /* 0 would disarm it. */
  const int64_t at = t > 0 ? t + platform_steered() : 1;
  struct timespec value = { .tv_sec = (time_t)(at / VSC_SECOND),
                            .tv_nsec = (long)(at % VSC_SECOND) };
  pw_loop_update_timer(g->data_loop, g->timer, &value, NULL, true);
}

static void
disarm(struct graph *g)
{
  struct timespec never = { 0 };
  pw_loop_update_timer(g->data_loop, g->timer, &never, NULL, false);
}

/* The memory of this cycle behind each port. */
static void
take_outputs(struct half *h, uint32_t quantum)
{
  for (uint32_t i = 0; i < h->n_ports; i++) {
    struct port *const p = &h->ports[i];
    h->lanes[i].samples = NULL;
    if (!p->io || p->n_buffers == 0) {
      continue;
    }
    p->next = (p->next + 1) % p->n_buffers;
    struct spa_data *const d = &p->buffers[p->next]->datas[0];
    const uint32_t room = d->maxsize / (uint32_t)sizeof(float);
    h->lanes[i].samples = d->data;
    h->lanes[i].frames = room < quantum ? room : quantum;
    d->chunk->offset = 0;
    d->chunk->size = h->lanes[i].frames * (uint32_t)sizeof(float);
    d->chunk->stride = sizeof(float);
    d->chunk->flags = 0;
    p->io->buffer_id = p->next;
    p->io->status = SPA_STATUS_HAVE_DATA;
  }
}

static void
take_inputs(struct half *h)
{
  for (uint32_t i = 0; i < h->n_ports; i++) {
    struct port *const p = &h->ports[i];
    h->lanes[i].samples = NULL;
    if (!p->io) {
      continue;
    }
    const uint32_t id = p->io->buffer_id;
    if (p->io->status == SPA_STATUS_HAVE_DATA && id < p->n_buffers) {
      const struct spa_data *const d = &p->buffers[id]->datas[0];
      const uint32_t offset = SPA_MIN(d->chunk->offset, d->maxsize);
      const uint32_t bytes = SPA_MIN(d->chunk->size, d->maxsize - offset);
      if ((d->chunk->flags & SPA_CHUNK_FLAG_EMPTY) == 0) {
        h->lanes[i].samples = SPA_PTROFF(d->data, offset, float);
        h->lanes[i].frames = bytes / (uint32_t)sizeof(float);
      }
    }
    p->io->status = SPA_STATUS_NEED_DATA;
  }
}

static void
begin(struct graph *g, const struct cycle_time *t)
{
  struct half *const d = g->driver;
  struct spa_io_clock *const clock = d->clock;
  const int64_t shift = platform_steered();
  const uint32_t rate = g->cycle.info.rate;
  clock->nsec = (uint64_t)(t->begin + shift);
  clock->next_nsec = (uint64_t)(t->next + shift);
  clock->rate = SPA_FRACTION(1, rate);
  clock->position = (uint64_t)g->cycle.pace.told;
  clock->duration = g->cycle.quantum;
  clock->delay = 0;
  clock->rate_diff = g->cycle.view.rate;
  g->is_busy = true;
  if (d == &g->heard) {
    take_outputs(d, g->cycle.quantum);
    cycle_hear(&g->cycle, d->lanes);
  }
  spa_node_call_ready(&d->callbacks,
                      d == &g->heard ? SPA_STATUS_HAVE_DATA
                                     : SPA_STATUS_NEED_DATA);
}

static void
on_timer(void *data, uint64_t expirations)
{
  struct graph *const g = data;
  struct cycle_time t;
  (void)expirations;
  driver_decide(g);
  if (!g->is_driving) {
    return;
  }
  const uint32_t quantum = quantum_of(g->driver);
  if (g->is_busy && !g->is_stuck) {
    cycle_look(&g->cycle, quantum, &t);
    if (t.now < t.give_up) {
      g->is_waiting = true;
      arm(g, t.give_up);
      return;
    }
    g->is_stuck = true;
  }
  if (g->is_busy) {
    client_count(&g->run_over, 1);
  }
  g->is_waiting = false;
  if (cycle_turn(&g->cycle, quantum, &t)) {
    arm(g, t.next);
    begin(g, &t);
  } else {
    arm(g, t.next);
  }
}

void
driver_decide(struct graph *g)
{
  const bool was = g->is_driving;
  g->is_driving = g->timer && is_driving(g);
  if (g->is_driving && !was) {
    g->is_busy = false;
    g->is_waiting = false;
    g->is_stuck = false;
    g->cycle.pace.has_begun = false;
    arm(g, 0);
  } else if (was && !g->is_driving && g->timer) {
    disarm(g);
  }
  atomic_store_explicit(&g->is_led,
                        g->driver && g->driver->is_started && !g->is_driving,
                        memory_order_relaxed);
}

/* Somebody else's clock runs the graph: ours means nothing there. */
static int
be_silent(struct half *h)
{
  if (h->direction == SPA_DIRECTION_INPUT) {
    take_inputs(h);
    return SPA_STATUS_NEED_DATA;
  }
  take_outputs(h, h->position ? quantum_of(h) : 0);
  for (uint32_t i = 0; i < h->n_ports; i++) {
    if (h->lanes[i].samples) {
      memset(h->lanes[i].samples, 0, h->lanes[i].frames * sizeof(float));
    }
  }
  return SPA_STATUS_HAVE_DATA;
}

int
driver_process(void *object)
{
  struct half *const h = object;
  struct graph *const g = h->graph;
  driver_decide(g);
  if (!g->is_driving) {
    return be_silent(h);
  }
  if (h->direction == SPA_DIRECTION_INPUT) {
    take_inputs(h);
    cycle_play(&g->cycle, h->lanes);
  }
  if (h != g->driver) {
    return SPA_STATUS_NEED_DATA;
  }
  /* The cycle is at its end. */
  g->is_busy = false;
  g->is_stuck = false;
  if (g->is_waiting) {
    g->is_waiting = false;
    arm(g, 0);
  }
  return SPA_STATUS_OK;
}

struct job {
  void (*fn)(void *arg);
  void *arg;
};

static int
run_job(struct spa_loop *loop,
        bool is_async,
        uint32_t seq,
        const void *data,
        size_t size,
        void *user)
{
  const struct job *const job = user;
  (void)loop;
  (void)is_async;
  (void)seq;
  (void)data;
  (void)size;
  job->fn(job->arg);
  return 0;
}

void
driver_do(struct graph *g, void (*fn)(void *arg), void *arg)
{
  struct job job = { fn, arg };
  pw_loop_invoke(g->data_loop, run_job, 0, NULL, 0, true, &job);
}

static void
add_timer(void *arg)
{
  struct graph *const g = arg;
  g->timer = pw_loop_add_timer(g->data_loop, on_timer, g);
}

bool
driver_start(struct graph *g)
{
  driver_do(g, add_timer, g);
  return g->timer != NULL;
}

static void
remove_timer(void *arg)
{
  struct graph *const g = arg;
  pw_loop_destroy_source(g->data_loop, g->timer);
  g->timer = NULL;
}

void
driver_stop(struct graph *g)
{
  if (g->timer) {
    driver_do(g, remove_timer, g);
  }
}
