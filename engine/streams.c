/* streams.c - which streams are open: opening and closing them while others
   run, and the graph that the audio thread sees of them.
   SPDX-License-Identifier: MIT */
#include "engine.h"

#include "guest.h"
#include "log.h"
#include "loopbacks.h"
#include "names.h"
#include "stream.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A session that changes more often is followed so often: each time may be a
   line of the log. */
#define FOLLOW_NS 500000000

struct stream *
streams_find(const struct engine *e, const char *name)
{
  for (struct stream *s = e->streams; s; s = s->next) {
    if (strcmp(s->name, name) == 0) {
      return s;
    }
  }
  return NULL;
}

/* A device that is open and stopped costs nothing. */
static bool
is_needed(const struct engine *e)
{
  return device_is_needed(e->device);
}

static bool
is_wanted(const struct engine *e, const struct stream *s)
{
  return s->config.is_always || is_needed(e);
}

/* The transports' places in a graph follow their order in the list. */
static uint32_t
transport_index(const struct engine *e, const struct transport *wanted)
{
  uint32_t i = 0;
  for (const struct transport *t = e->transports; t != wanted; t = t->next) {
    i++;
  }
  return i;
}

/* A packet in frames of the device; rounded down, as W is never longer. */
static uint32_t
packet_at_device(const struct engine *e, const struct stream *s)
{
  const uint64_t n = (uint64_t)s->tx->frames * e->region->geometry.rate /
                     s->resolved.desc.format.rate;
  return n > 0 ? (uint32_t)n : 1;
}

static struct graph *
build_graph(struct engine *e)
{
  uint32_t rx = 0, tx = 0, transports = 0;
  for (struct stream *s = e->streams; s; s = s->next) {
    rx += s->is_open && s->rx;
    tx += s->is_open && s->tx;
  }
  for (struct transport *t = e->transports; t; t = t->next) {
    transports++;
  }
  struct graph *const g = graph_create(rx, tx, transports);
  if (!g) {
    return NULL;
  }
  g->wake_frames = e->region->geometry.wake;
  rx = tx = transports = 0;
  for (struct transport *t = e->transports; t; t = t->next) {
    g->transports[transports].ops = t->ops;
    g->transports[transports++].self = t->instance->self;
  }
  for (struct stream *s = e->streams; s; s = s->next) {
    const uint32_t place = s->is_open ? transport_index(e, s->transport) : 0;
    if (s->is_open && s->rx) {
      g->rx[rx++] = (struct graph_rx){
        .route = s->rx,
        .door = s->door,
        .map = s->map,
        .rx = s->io,
        .copy = s->copy,
        .transport = place,
        .copy_transport = s->copy ? transport_index(e, s->copy_transport) : 0,
      };
    } else if (s->is_open) {
      g->tx[tx++] = (struct graph_tx){
        .route = s->tx,
        .door = s->door,
        .map = s->map,
        .tx = s->io,
        .own = s->guest ? guest_lines(s->guest) : NULL,
        .transport = place,
      };
      const uint32_t packet = packet_at_device(e, s);
      if (packet < g->wake_frames) {
        g->wake_frames = packet;
      }
    }
  }
  char why[160] = "no memory for loopbacks";
  if (!loopbacks_build(e, g) || graph_plan(g, why, sizeof why) < 0) {
    log_write(e->setup.log,
              VSC_LOG_ERROR,
              "graph",
              "%s: what runs goes on unchanged",
              why);
    graph_destroy(g);
    return NULL;
  }
  return g;
}

static void
stop_audio(struct engine *e)
{
  rtthread_stop(e->thread);
  e->thread = NULL;
  e->is_running = false;
  e->audio.graph = NULL;
  mix_stop(e->audio.mix);
  /* A client that comes back waits for the next start, and finds no edges of
     before. */
  atomic_store_explicit(&e->region->rx->epoch, 0, memory_order_release);
  atomic_store_explicit(&e->region->rx->is_active, 0, memory_order_release);
}

static void
start_audio(struct engine *e)
{
  audio_restart(&e->audio);
  atomic_store_explicit(&e->region->rx->is_active, 1, memory_order_release);
  e->is_running = true;
  if (e->setup.is_driven) {
    return;
  }
  if (rtthread_start(
        e->setup.os, audio_wake, &e->audio, &e->scheduling, &e->thread) < 0) {
    log_write(e->setup.log,
              VSC_LOG_ERROR,
              "audio",
              "the audio thread cannot be started");
    stop_audio(e);
  }
}

static void
publish(struct engine *e, struct graph *g)
{
  g->serial = ++e->serial;
  if (e->graph) {
    e->graph->next = e->retired;
    e->retired = e->graph;
  }
  e->graph = g;
  audio_publish(&e->audio, g);
}

/* Move S from the list to those that wait for the audio thread. */
static void
retire(struct engine *e, struct stream **link)
{
  struct stream *const s = *link;
  hearing_end(e, s);
  *link = s->next;
  s->next = e->closing;
  /* One that is closed already may have an open self of before (detach) in the
     graph before the published one, which counts into it. */
  s->close_at = s->is_open ? e->serial + 1 : e->serial;
  /* Nor, when no graph could be built since, before what waits already. */
  for (const struct stream *c = e->closing; c; c = c->next) {
    s->close_at = c->close_at > s->close_at ? c->close_at : s->close_at;
  }
  e->closing = s;
}

/* What S was while open becomes a stream of its own that waits for the audio
   thread; S stays, closed. */
static bool
detach(struct engine *e, struct stream *s)
{
  struct stream *const old = malloc(sizeof *old);
  if (!old) {
    return false;
  }
  hearing_end(e, s);
  *old = *s;
  old->counts = NULL; /* S goes on counting, and outlives OLD */
  old->guest = NULL;
  old->close_at = e->serial + 1;
  old->next = e->closing;
  e->closing = old;
  s->is_open = false;
  s->arena = (struct arena){ 0 };
  s->codec = NULL;
  s->resampler = NULL;
  s->door = NULL;
  s->io = NULL;
  s->copy = NULL;
  s->rx = NULL;
  s->tx = NULL;
  return true;
}

static bool
open_and_close(struct engine *e)
{
  const vsc_ns now = e->setup.os->now(e->setup.os);
  bool has_changed = false;
  for (struct stream *s = e->streams; s; s = s->next) {
    const bool is_wanted_now = is_wanted(e, s);
    const bool moves = s->has_moved && now >= s->follow_at;
    if (s->is_open && (!is_wanted_now || moves)) {
      has_changed |= detach(e, s);
    }
    if (!s->is_open && is_wanted_now && now >= s->retry_at) {
      s->has_moved = false;
      s->follow_at = now + FOLLOW_NS;
      has_changed |= stream_open(e, s) >= 0;
      /* A refused stream is tried again: what was missing may come. */
      s->retry_at = s->is_open ? 0 : now + 5 * (vsc_ns)1000000000;
    }
  }
  return has_changed;
}

/* Publish what is open now; keep what runs when that cannot be. */
static void
republish(struct engine *e)
{
  struct graph *const g = build_graph(e);
  if (g) {
    publish(e, g);
  } else {
    /* Streams that wait to be closed are in the graph that goes on. */
    for (struct stream *s = e->closing; s; s = s->next) {
      s->close_at = e->serial + 1;
    }
  }
}

/* Everything as it should be: one graph for all that has changed. */
static void
arrange(struct engine *e, bool has_changed)
{
  has_changed |= open_and_close(e);
  has_changed |= loopbacks_arrange(e);
  if (has_changed || !e->graph) {
    republish(e);
  }
  bool should_run = is_needed(e);
  for (struct stream *s = e->streams; s; s = s->next) {
    should_run |= s->config.is_always != 0;
  }
  if (e->graph && should_run && !e->is_running) {
    start_audio(e);
  } else if (!should_run && e->is_running) {
    stop_audio(e);
  } else if (!e->is_running) {
    /* Lanes that were given back while nobody heard them. */
    mix_stop(e->audio.mix);
  }
  streams_collect(e);
  names_tell(e);
}

void
streams_arrange(struct engine *e)
{
  arrange(e, false);
}

void
streams_collect(struct engine *e)
{
  struct graph **g = &e->retired;
  while (*g) {
    /* Every retired graph is older than the published one: once the thread
       uses that, it has passed them all. */
    struct graph *const old = *g;
    if (!e->is_running || audio_has_seen(&e->audio, old->serial + 1)) {
      *g = old->next;
      graph_destroy(old);
    } else {
      g = &old->next;
    }
  }
  struct stream **link = &e->closing;
  while (*link) {
    struct stream *const s = *link;
    const bool has_passed =
      e->serial >= s->close_at &&
      (!e->is_running || audio_has_seen(&e->audio, s->close_at));
    if (has_passed || !e->graph) {
      *link = s->next;
      stream_destroy(s);
    } else {
      link = &s->next;
    }
  }
  loopbacks_collect(e);
}

/* Same but for the map? */
static bool
is_same(const struct stream *s, const struct stream_config *c)
{
  return memcmp(&s->config, c, sizeof *c) == 0;
}

/* Take those out of the list that are in no configuration. */
static struct stream *
take_guests(struct engine *e)
{
  struct stream *guests = NULL;
  struct stream **link = &e->streams;
  while (*link) {
    struct stream *const s = *link;
    if (s->guest) {
      *link = s->next;
      s->next = guests;
      guests = s;
    } else {
      link = &s->next;
    }
  }
  return guests;
}

void
streams_reconcile(struct engine *e, const struct config *config)
{
  bool has_changed = loopbacks_reconcile(e, config);
  struct stream *const guests = take_guests(e);
  struct stream *kept = NULL;
  struct stream **tail = &kept;
  for (unsigned i = 0; i < config->stream_count; i++) {
    const struct config_stream *const c = &config->streams[i];
    struct stream **link = &e->streams;
    while (*link && ((*link)->config.is_send != c->config.is_send ||
                     strcmp((*link)->name, c->config.desc.name) != 0)) {
      link = &(*link)->next;
    }
    struct stream *s = *link;
    if (s && is_same(s, &c->config)) {
      *link = s->next;
      if (memcmp(&s->map, &c->map, sizeof s->map) != 0) {
        stream_set_map(s, &c->map);
        has_changed |= s->is_open;
      }
    } else {
      s = stream_create(&c->config, &c->map);
      if (!s) {
        log_write(e->setup.log,
                  VSC_LOG_ERROR,
                  c->config.desc.name,
                  "no memory for the stream");
        continue;
      }
    }
    s->next = NULL;
    *tail = s;
    tail = &s->next;
  }
  while (e->streams) {
    has_changed |= e->streams->is_open;
    retire(e, &e->streams);
  }
  *tail = guests;
  e->streams = kept;
  sessions_follow(e);
  arrange(e, has_changed);
}

bool
streams_add(struct engine *e, struct stream *s)
{
  struct stream **end = &e->streams;
  while (*end) {
    end = &(*end)->next;
  }
  s->next = NULL;
  *end = s;
  const uint64_t serial = e->serial;
  republish(e);
  if (e->serial == serial) {
    /* It is in no graph. */
    *end = NULL;
    return false;
  }
  streams_arrange(e);
  return true;
}

void
streams_remove(struct engine *e, struct stream *s)
{
  struct stream **link = &e->streams;
  while (*link && *link != s) {
    link = &(*link)->next;
  }
  if (*link) {
    retire(e, link);
    republish(e);
    streams_arrange(e);
  }
}

void
streams_destroy(struct engine *e)
{
  if (e->is_running) {
    stop_audio(e);
  }
  while (e->streams) {
    retire(e, &e->streams);
  }
  loopbacks_retire(e);
  graph_destroy(e->graph);
  e->graph = NULL;
  streams_collect(e);
  while (e->transports) {
    struct transport *const t = e->transports;
    e->transports = t->next;
    instance_destroy(t->instance);
    free(t);
  }
}
