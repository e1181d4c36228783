/* graph.c - building and freeing graphs.
   SPDX-License-Identifier: MIT */
#include "graph.h"

#include <stdio.h>
#include <stdlib.h>

struct graph *
graph_create(uint32_t rx_count, uint32_t tx_count, uint32_t transport_count)
{
  struct graph *const g = calloc(1, sizeof *g);
  if (!g) {
    return NULL;
  }
  g->rx_count = rx_count;
  g->tx_count = tx_count;
  g->transport_count = transport_count;
  g->rx = arena_alloc(&g->arena, (rx_count + 1) * sizeof *g->rx);
  g->tx = arena_alloc(&g->arena, (tx_count + 1) * sizeof *g->tx);
  g->transports =
    arena_alloc(&g->arena, (transport_count + 1) * sizeof *g->transports);
  if (!g->rx || !g->tx || !g->transports) {
    graph_destroy(g);
    return NULL;
  }
  return g;
}

void
graph_destroy(struct graph *g)
{
  if (g) {
    arena_free(&g->arena);
    free(g);
  }
}

static vsc_status
plan_transport(struct graph *g, uint32_t index)
{
  struct graph_transport *const t = &g->transports[index];
  void **const list = calloc(2 * g->rx_count + g->tx_count + 1, sizeof *list);
  if (!list) {
    return VSC_ERR_NOMEM;
  }
  vsc_transport_streams streams = { .size = sizeof streams, .rx = list };
  for (uint32_t i = 0; i < g->rx_count; i++) {
    if (g->rx[i].transport == index) {
      list[streams.rx_count++] = g->rx[i].rx;
    }
    if (g->rx[i].copy && g->rx[i].copy_transport == index) {
      list[streams.rx_count++] = g->rx[i].copy;
    }
  }
  void **const tx = list + streams.rx_count;
  streams.tx = tx;
  for (uint32_t i = 0; i < g->tx_count; i++) {
    if (g->tx[i].transport == index) {
      tx[streams.tx_count++] = g->tx[i].tx;
    }
  }
  const size_t bytes = t->ops->plan_size(t->self, &streams);
  t->plan = arena_alloc(&g->arena, bytes ? bytes : 1);
  const vsc_status status =
    t->plan ? t->ops->plan(t->self, t->plan, &streams) : VSC_ERR_NOMEM;
  free(list);
  return status;
}

vsc_status
graph_plan(struct graph *g, char *why, size_t why_bytes)
{
  for (uint32_t i = 0; i < g->transport_count; i++) {
    const vsc_status status = plan_transport(g, i);
    if (status < 0) {
      snprintf(why,
               why_bytes,
               "transport %u cannot plan %u streams",
               i,
               g->rx_count + g->tx_count);
      return status;
    }
  }
  return VSC_OK;
}
