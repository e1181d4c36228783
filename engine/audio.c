/* audio.c - one wake-up, start to end: this function order is the whole path
   between network and timeline.
   SPDX-License-Identifier: MIT */
#include "audio.h"

#include "door.h"
#include <vsc/position.h>

/* How often to look for a clock while there is none. */
#define WAIT_FOR_CLOCK 10000000

void
audio_init(struct audio *a, const struct os *os, struct device *device)
{
  struct region *const region = device_region(device);
  const struct region_geometry *const g = &region->geometry;
  a->os = os;
  a->device = device;
  a->region = region;
  a->mix = device_mix(device);
  a->s_in = g->s_in;
  a->rate = g->rate;
  a->wake.rate = g->rate;
  timeline_init(
    &a->in, region->in_words, &region->rx->in, g->inputs, g->ring, g->stride);
  timeline_init(&a->out,
                region->out_words,
                &region->rx->out,
                g->outputs,
                g->ring,
                g->stride);
}

void
audio_restart(struct audio *a)
{
  a->has_started = 0;
}

void
audio_publish(struct audio *a, struct graph *g)
{
  atomic_store_explicit(&a->next, g, memory_order_release);
}

int
audio_has_seen(const struct audio *a, uint64_t serial)
{
  /* Pairs with the release in take_graph: what it used before is free. */
  return atomic_load_explicit(&a->seen, memory_order_acquire) >= serial;
}

/* Maps are the graph's and routes are shared between graphs: the map a route
   uses changes here, between two packets. */
static void
take_graph(struct audio *a) VSC_RT
{
  struct graph *const g = atomic_load_explicit(&a->next, memory_order_acquire);
  if (g == a->graph) {
    return;
  }
  for (uint32_t i = 0; i < g->rx_count; i++) {
    struct door *const door = g->rx[i].door;
    g->rx[i].route->map = door_map(door, &g->rx[i].map);
    g->rx[i].route->wake_frames = door_duration(door, g->wake_frames);
  }
  for (uint32_t i = 0; i < g->tx_count; i++) {
    g->tx[i].route->map = door_map(g->tx[i].door, &g->tx[i].map);
  }
  a->graph = g;
  a->wake_frames = g->wake_frames;
  atomic_store_explicit(&a->seen, g->serial, memory_order_release);
}

/* Edges and words of R speak of nobody, while they are made anew. */
static void
silence_region(struct region *r) VSC_RT
{
  atomic_store_explicit(&r->rx->epoch, 0, memory_order_release);
  /* Readers look at the epoch again after they copied: nothing of what follows
     must be seen before it. */
  atomic_thread_fence(memory_order_release);
}

static void
open_region(struct region *r, uint32_t generation) VSC_RT
{
  const uint32_t starts =
    atomic_load_explicit(&r->rx->starts, memory_order_relaxed);
  /* release: the edges are there before */
  atomic_store_explicit(
    &r->rx->epoch, region_epoch(starts, generation), memory_order_release);
}

/* The only reset there is: the start, and a step of the clock. */
static void
reset(struct audio *a) VSC_RT
{
  silence_region(a->region);
  timeline_reset(&a->in, a->wake.pos - (vsc_pos)a->s_in);
  mix_reset(a->mix, a->wake.pos);
  timeline_reset(&a->out, a->wake.pos);
  for (uint32_t i = 0; i < a->graph->rx_count; i++) {
    route_rx_reset(a->graph->rx[i].route);
    door_reset(a->graph->rx[i].door);
  }
  for (uint32_t i = 0; i < a->graph->tx_count; i++) {
    route_tx_reset(a->graph->tx[i].route);
    door_reset(a->graph->tx[i].door);
  }
  open_region(a->region, a->wake.view.generation);
}

/* The view of this wake-up. False while there has never been one. */
static int
read_clock(struct audio *a, vsc_ns now) VSC_RT
{
  vsc_clock_view view = a->wake.view;
  const uint32_t generation = view.generation;
  if (clockpage_read(&a->region->rx->clock, &view)) {
    a->wake.view = view;
  } else if (!a->has_started) {
    return 0;
  }
  a->wake.asked = INT64_MIN;
  a->wake.now = now;
  a->wake.pos = vsc_view_pos(&a->wake.view, now, a->rate);
  const int is_step = a->has_started && a->wake.view.generation != generation;
  if (!a->has_started || is_step) {
    a->has_started = 1;
    a->grid = INT64_MIN;
    reset(a);
  }
  if (is_step) {
    route_count(&a->steps, 1);
  }
  return 1;
}

/* The same for a device of one sender: all that happens to its timelines. */
static void
tend_own(const struct audio *a, struct own_lines *own, vsc_pos t) VSC_RT
{
  if (own->generation != a->wake.view.generation) {
    own->generation = a->wake.view.generation;
    silence_region(own->region);
    timeline_reset(&own->in, a->wake.pos - (vsc_pos)a->s_in);
    timeline_reset(&own->out, a->wake.pos);
    open_region(own->region, own->generation);
  }
  timeline_clean(&own->in, a->wake.pos);
  timeline_clean(&own->out, a->wake.pos);
  timeline_finish(&own->in, t);
  timeline_finish(&own->out, t);
  device_look(own->device, t);
  atomic_store_explicit(
    &own->region->rx->heartbeat, a->wake.now, memory_order_release);
}

static void
clean(struct audio *a) VSC_RT
{
  mix_clean(a->mix, &a->out, a->wake.pos);
  timeline_clean(&a->out, a->wake.pos);
  const vsc_pos from = timeline_clean(&a->in, a->wake.pos);
  for (uint32_t i = 0; i < a->graph->rx_count; i++) {
    const struct graph_rx *const rx = &a->graph->rx[i];
    if (rx->door) {
      /* A timeline of its own. */
      door_rx_begin(rx->door, rx->route, &a->wake, a->s_in);
    } else if (from < a->in.clean_to) {
      route_rx_cleaned(rx->route, from, a->in.clean_to);
    }
  }
}

static void
receive(struct audio *a) VSC_RT
{
  for (uint32_t i = 0; i < a->graph->transport_count; i++) {
    const struct graph_transport *const t = &a->graph->transports[i];
    t->ops->rx_run(t->self, t->plan, a->wake.now);
  }
}

/* Streams of other rates: what has come, and what is to be sent. */
static void
resample_rx(struct audio *a, vsc_pos t) VSC_RT
{
  for (uint32_t i = 0; i < a->graph->rx_count; i++) {
    const struct graph_rx *const rx = &a->graph->rx[i];
    if (rx->door) {
      door_rx_run(rx->door, rx->route, t);
    }
  }
}

/* What is joined inside the device. */
static void
patch(struct audio *a, vsc_pos first, vsc_pos end) VSC_RT
{
  for (uint32_t i = 0; i < a->graph->patch_count; i++) {
    patch_run(&a->graph->patches[i], first, end);
  }
}

static void
resample_tx(struct audio *a, vsc_pos t) VSC_RT
{
  for (uint32_t i = 0; i < a->graph->tx_count; i++) {
    if (a->graph->tx[i].door) {
      door_tx_run(a->graph->tx[i].door, &a->wake, t);
    }
  }
}

/* The oldest packet that is due of each stream: did any have one? */
static int
transmit_oldest(const struct audio *a, vsc_pos now) VSC_RT
{
  const struct graph *const g = a->graph;
  int has_sent = 0;
  for (uint32_t i = 0; i < g->tx_count; i++) {
    struct route_tx *const r = g->tx[i].route;
    const struct graph_transport *const t = &g->transports[g->tx[i].transport];
    const vsc_pos due = door_due(g->tx[i].door, now);
    const uint32_t w = door_duration(g->tx[i].door, a->wake_frames);
    vsc_pos pos;
    uint32_t flags;
    if (route_tx_due(r, due, &pos, &flags)) {
      const vsc_status status =
        t->ops->tx_packet(t->self, t->plan, g->tx[i].tx, pos, flags);
      route_tx_done(r, pos, due, w, status >= 0);
      has_sent = 1;
    }
  }
  for (uint32_t i = 0; has_sent && i < g->transport_count; i++) {
    g->transports[i].ops->tx_flush(g->transports[i].self,
                                   g->transports[i].plan);
  }
  return has_sent;
}

/* After a stall, what is oldest goes first, of all streams: it is the latest.
   Bounded: route_tx_due skips all but max_age frames. */
static void
transmit(struct audio *a, vsc_pos now) VSC_RT
{
  const struct graph *const g = a->graph;
  for (uint32_t i = 0; i < g->tx_count; i++) {
    struct route_tx *const r = g->tx[i].route;
    r->sent_from = r->sent_to = door_due(g->tx[i].door, now);
  }
  if (!transmit_oldest(a, now)) {
    return;
  }
  while (transmit_oldest(a, now)) {
  }
  const vsc_ns sent_at = a->os->now(a->os);
  for (uint32_t i = 0; i < g->tx_count; i++) {
    struct route_tx *const r = g->tx[i].route;
    for (vsc_pos p = r->sent_from; p < r->sent_to; p += r->frames) {
      const vsc_pos due = door_due_at(g->tx[i].door, p + (vsc_pos)r->frames);
      route_tx_left(r, sent_at, sent_at - wake_host_time(&a->wake, due));
    }
  }
}

/* The wake-ups lie on a grid of W frames; T is the newest not after now. */
static vsc_pos
grid_at(const struct audio *a, vsc_pos pos) VSC_RT
{
  const vsc_pos w = (vsc_pos)a->wake_frames;
  const vsc_pos rest = pos % w;
  return pos - (rest < 0 ? rest + w : rest);
}

vsc_ns
audio_wake(void *arg, vsc_ns now) VSC_RT
{
  struct audio *const a = arg;
  take_graph(a);
  if (!read_clock(a, now)) {
    return now + WAIT_FOR_CLOCK;
  }
  const vsc_pos w = (vsc_pos)a->wake_frames;
  const vsc_pos t = grid_at(a, a->wake.pos);
  if (t > a->grid) {
    const vsc_pos before = a->grid == INT64_MIN ? t : a->grid;
    if (a->grid != INT64_MIN) {
      /* Late for the wake-up that was asked for, however many it slept. */
      const vsc_ns asked = wake_host_time(&a->wake, a->grid + w);
      histogram_add(&a->lateness, now - asked);
      route_count(&a->missed, (uint64_t)((t - a->grid) / w - 1));
    }
    a->grid = t;
    clean(a);
    /* After a stall readers may already have heard silence up to here. */
    timeline_finish(&a->in, a->wake.pos - (vsc_pos)a->s_in);
    receive(a);
    resample_rx(a, t);
    device_look(a->device, t);
    mix_run(a->mix, &a->out, t);
    patch(a, before, t);
    timeline_finish(&a->in, t);
    for (uint32_t i = 0; i < a->graph->rx_count; i++) {
      route_rx_scan(a->graph->rx[i].route);
    }
    timeline_finish(&a->out, t);
    for (uint32_t i = 0; i < a->graph->tx_count; i++) {
      if (a->graph->tx[i].own) {
        tend_own(a, a->graph->tx[i].own, t);
      }
    }
    resample_tx(a, t);
    transmit(a, t);
    route_count(&a->wakes, 1);
    atomic_store_explicit(&a->region->rx->heartbeat, now, memory_order_release);
  }
  return wake_host_time(&a->wake, a->grid + w);
}
