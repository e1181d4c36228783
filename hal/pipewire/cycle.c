/* cycle.c - a cycle's frames from the device into the ports' memory and back.
   SPDX-License-Identifier: MIT */
#include "cycle.h"

#include <string.h>

#include "hal/platform.h"

/* The device's time; without one, ours, from what was last known. */
static struct moment
look(struct cycle *c) VSC_RT
{
  vsc_client *const client = c->in ? c->in : c->out;
  if (client) {
    const struct moment m = client_look(client);
    if (client != c->timed_by || client->jumps != c->jumps) {
      c->timed_by = client;
      c->jumps = client->jumps;
      c->pace.has_jumped = true;
    }
    c->view = client->view;
    return m;
  }
  const vsc_ns now = platform_now();
  if (c->view.rate == 0.0) {
    c->view = (vsc_clock_view){ .host_ns = now, .rate = 1.0 };
  }
  c->timed_by = NULL;
  return (struct moment){ .now = now,
                          .pos = vsc_view_pos(&c->view, now, c->info.rate) };
}

static struct cycle_time
times(const struct cycle *c, const struct moment *m) VSC_RT
{
  const uint32_t rate = c->info.rate;
  const vsc_pos next =
    c->pace.has_begun ? pace_next(&c->pace, c->quantum) : m->pos;
  return (struct cycle_time){
    .now = m->now,
    .pos = m->pos,
    .begin = vsc_view_host_time(&c->view, c->pace.at, rate),
    .next = vsc_view_host_time(&c->view, next, rate),
    .give_up =
      vsc_view_host_time(&c->view, next + (vsc_pos)c->limits.grace, rate),
  };
}

static void
measure(struct cycle *c, uint32_t quantum) VSC_RT
{
  if (c->quantum != quantum) {
    c->quantum = quantum;
    c->limits = pace_limits(&c->info, quantum);
    atomic_store_explicit(&c->told_quantum, quantum, memory_order_relaxed);
  }
}

void
cycle_look(struct cycle *c, uint32_t quantum, struct cycle_time *out) VSC_RT
{
  measure(c, quantum);
  const struct moment m = look(c);
  *out = times(c, &m);
}

bool
cycle_turn(struct cycle *c, uint32_t quantum, struct cycle_time *out) VSC_RT
{
  measure(c, quantum);
  const struct moment m = look(c);
  const bool is_due = pace_turn(&c->pace, m.pos, quantum, c->limits.patience);
  *out = times(c, &m);
  atomic_store_explicit(&c->left_out, c->pace.left_out, memory_order_relaxed);
  atomic_store_explicit(
    &c->frames_out, c->pace.frames_out, memory_order_relaxed);
  return is_due;
}

void
cycle_hear(struct cycle *c, const struct lane *lanes) VSC_RT
{
  const uint32_t channels = c->info.inputs;
  const vsc_pos from =
    c->pace.at - (vsc_pos)c->info.input_latency - (vsc_pos)c->quantum;
  struct moment m = { 0 };
  if (c->in) {
    m = client_look(c->in);
  }
  for (uint32_t at = 0; at < c->quantum; at += CYCLE_BLOCK) {
    const uint32_t left = c->quantum - at;
    const uint32_t n = left < CYCLE_BLOCK ? left : CYCLE_BLOCK;
    if (c->in) {
      (void)client_fetch(c->in, &m, from + (vsc_pos)at, c->block, n);
    } else {
      memset(c->block, 0, (size_t)n * channels * sizeof *c->block);
    }
    for (uint32_t i = 0; i < channels; i++) {
      float *const to = lanes[i].samples;
      for (uint32_t f = 0; to && f < n && at + f < lanes[i].frames; f++) {
        to[at + f] = c->block[(size_t)f * channels + i];
      }
    }
  }
}

void
cycle_play(struct cycle *c, const struct lane *lanes) VSC_RT
{
  const uint32_t channels = c->info.outputs;
  if (!c->out || c->limits.lead == 0) {
    return;
  }
  const struct moment m = client_look(c->out);
  const vsc_pos to =
    c->pace.at + (vsc_pos)c->limits.lead + (vsc_pos)c->info.output_latency;
  uint64_t late = 0;
  for (uint32_t at = 0; at < c->quantum; at += CYCLE_BLOCK) {
    const uint32_t left = c->quantum - at;
    const uint32_t n = left < CYCLE_BLOCK ? left : CYCLE_BLOCK;
    for (uint32_t i = 0; i < channels; i++) {
      const float *const from = lanes[i].samples;
      const uint32_t there = from ? lanes[i].frames : 0;
      for (uint32_t f = 0; f < n; f++) {
        c->block[(size_t)f * channels + i] = at + f < there ? from[at + f] : 0;
      }
    }
    late += client_store(c->out, &m, to + (vsc_pos)at, c->block, n);
  }
  if (m.is_running) {
    client_count(&c->late_frames, late);
  }
}
