/* graph.c - into PipeWire's graph and out of it again.
   SPDX-License-Identifier: MIT */
#include "graph.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static void
on_core_error(void *data, uint32_t id, int seq, int res, const char *message)
{
  struct graph *const g = data;
  (void)seq;
  if (id == PW_ID_CORE) {
    if (res != -EPIPE) {
      fprintf(stderr, "aes67-pipewire: PipeWire says: %s\n", message);
    }
    g->is_lost = true;
  }
}

static const struct pw_core_events core_events = {
  .version = PW_VERSION_CORE_EVENTS,
  .error = on_core_error,
};

static void
on_proxy_removed(void *data)
{
  struct half *const h = data;
  h->graph->is_lost = true;
}

static void
on_proxy_destroy(void *data)
{
  struct half *const h = data;
  spa_hook_remove(&h->proxy_listener);
  h->proxy = NULL;
}

static void
on_proxy_error(void *data, int seq, int res, const char *message)
{
  struct half *const h = data;
  (void)seq;
  (void)res;
  fprintf(stderr, "aes67-pipewire: PipeWire refuses a node: %s\n", message);
  h->graph->is_lost = true;
}

static const struct pw_proxy_events proxy_events = {
  .version = PW_VERSION_PROXY_EVENTS,
  .destroy = on_proxy_destroy,
  .removed = on_proxy_removed,
  .error = on_proxy_error,
};

static struct pw_properties *
properties_of(const struct half *h, bool is_driver)
{
  const struct graph *const g = h->graph;
  const bool is_heard = h->direction == SPA_DIRECTION_OUTPUT;
  const char *const way = is_heard ? "in" : "out";
  struct pw_properties *const p =
    pw_properties_new(PW_KEY_MEDIA_CLASS,
                      is_heard ? "Audio/Source" : "Audio/Sink",
                      PW_KEY_DEVICE_API,
                      "aes67",
                      PW_KEY_NODE_VIRTUAL,
                      "false",
                      NULL);
  if (!p) {
    return NULL;
  }
  const bool is_default = strcmp(g->instance, "default") == 0;
  const char *const dot = is_default ? "" : ".";
  const char *const instance = is_default ? "" : g->instance;
  pw_properties_setf(p, PW_KEY_NODE_NAME, "aes67%s%s.%s", dot, instance, way);
  pw_properties_setf(p,
                     PW_KEY_NODE_DESCRIPTION,
                     "AES67%s%s %s",
                     is_default ? "" : " ",
                     instance,
                     way);
  pw_properties_setf(p, PW_KEY_NODE_GROUP, "aes67.%s", g->instance);
  pw_properties_setf(p,
                     PW_KEY_NODE_MAX_LATENCY,
                     "%u/%u",
                     pace_quantum_most(&g->cycle.info),
                     g->cycle.info.rate);
  /* The media clock's rate, whatever the others wish. */
  pw_properties_setf(p, PW_KEY_NODE_RATE, "1/%u", g->cycle.info.rate);
  pw_properties_setf(p, PW_KEY_NODE_FORCE_RATE, "%u", g->cycle.info.rate);
  pw_properties_setf(p, PW_KEY_AUDIO_CHANNELS, "%u", h->n_ports);
  /* Never the one that sound comes out of because nobody chose. */
  pw_properties_set(p, PW_KEY_PRIORITY_SESSION, "100");
  if (is_driver) {
    pw_properties_set(p, PW_KEY_NODE_DRIVER, "true");
    pw_properties_set(p, PW_KEY_PRIORITY_DRIVER, "40000");
  }
  return p;
}

static bool export(struct half *h, bool is_driver)
{
  struct pw_properties *const p = properties_of(h, is_driver);
  h->proxy =
    p ? pw_core_export(
          h->graph->core, SPA_TYPE_INTERFACE_Node, &p->dict, &h->node, 0)
      : NULL;
  pw_properties_free(p);
  if (!h->proxy) {
    return false;
  }
  pw_proxy_add_listener(h->proxy, &h->proxy_listener, &proxy_events, h);
  return true;
}

static bool
enter(struct graph *g)
{
  g->core = pw_context_connect(g->context, NULL, 0);
  if (!g->core) {
    return false;
  }
  pw_core_add_listener(g->core, &g->core_listener, &core_events, g);
  g->data_loop = pw_data_loop_get_loop(pw_context_get_data_loop(g->context));
  const bool has_inputs = g->heard.n_ports > 0;
  g->driver = has_inputs ? &g->heard : &g->played;
  return driver_start(g) && (!has_inputs || export(&g->heard, true)) &&
         (g->played.n_ports == 0 || export(&g->played, !has_inputs));
}

bool
graph_open(struct graph *g,
           struct pw_loop *loop,
           const struct device_facts *facts)
{
  g->is_lost = false;
  g->cycle = (struct cycle){ .info = facts->info, .view = facts->view };
  half_init(&g->heard, g, SPA_DIRECTION_OUTPUT, facts->info.inputs);
  half_init(&g->played, g, SPA_DIRECTION_INPUT, facts->info.outputs);
  half_name_ports(&g->heard, facts->inputs);
  half_name_ports(&g->played, facts->outputs);
  g->context = pw_context_new(
    loop, pw_properties_new(PW_KEY_CONFIG_NAME, "client-rt.conf", NULL), 0);
  if (!g->context) {
    return false;
  }
  if (!enter(g)) {
    graph_close(g);
    return false;
  }
  return true;
}

void
graph_close(struct graph *g)
{
  if (!g->context) {
    return;
  }
  driver_stop(g);
  struct half *const halves[] = { &g->heard, &g->played };
  for (unsigned i = 0; i < SPA_N_ELEMENTS(halves); i++) {
    if (halves[i]->proxy) {
      pw_proxy_destroy(halves[i]->proxy);
    }
  }
  pw_context_destroy(g->context);
  g->context = NULL;
  g->core = NULL;
  g->is_driving = false;
  g->driver = NULL;
}

static void
refresh_latency(struct half *h, uint32_t quantum)
{
  if (quantum != 0 && quantum != h->told_quantum) {
    const struct spa_latency_info before = half_latency(h);
    h->told_quantum = quantum;
    struct spa_latency_info now = half_latency(h);
    if (spa_latency_info_compare(&before, &now) != 0) {
      half_tell_latency(h);
    }
  }
}

struct view_change {
  struct cycle *cycle;
  vsc_clock_view view;
};

/* Without attachments: nobody else looks at the clock. */
static void
use_view(void *arg)
{
  const struct view_change *const v = arg;
  if (!v->cycle->in && !v->cycle->out) {
    v->cycle->view = v->view;
    v->cycle->pace.has_jumped = true;
  }
}

void
graph_refresh(struct graph *g, const struct device_facts *facts)
{
  half_name_ports(&g->heard, facts->inputs);
  half_name_ports(&g->played, facts->outputs);
  refresh_latency(
    &g->played,
    atomic_load_explicit(&g->cycle.told_quantum, memory_order_relaxed));
  if (facts->view.rate > 0.0) {
    struct view_change v = { &g->cycle, facts->view };
    driver_do(g, use_view, &v);
  }
}

bool
graph_is_running(const struct graph *g)
{
  return g->context && (g->heard.is_running || g->played.is_running);
}

bool
graph_plays(const struct graph *g)
{
  if (!graph_is_running(g)) {
    return false;
  }
  for (uint32_t i = 0; i < g->played.n_ports; i++) {
    if (g->played.ports[i].n_buffers > 0) {
      return true;
    }
  }
  return false;
}

struct attachments {
  struct graph *graph;
  vsc_client *in, *out;
};

static void
use(void *arg)
{
  const struct attachments *const a = arg;
  a->graph->cycle.in = a->in;
  a->graph->cycle.out = a->out;
}

void
graph_use(struct graph *g, vsc_client *in, vsc_client *out)
{
  struct attachments a = { g, in, out };
  if (g->context) {
    driver_do(g, use, &a);
  }
}
