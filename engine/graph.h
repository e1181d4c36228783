/* graph.h - what runs: routes, their maps, patches, and the transports' plans,
   as one immutable object that the audio thread takes over with one pointer.
   SPDX-License-Identifier: MIT */
#ifndef VSC_ENGINE_GRAPH_H
#define VSC_ENGINE_GRAPH_H

#include "arena.h"
#include "patch.h"
#include "route.h"
#include <vsc/transport.h>

struct door;

struct graph_rx {
  struct route_rx *route;
  struct door *door; /* of a stream of another rate, or NULL */
  struct route_map map;
  void *rx;   /* the transport's struct */
  void *copy; /* and the one of the second leg, or NULL */
  uint32_t transport, copy_transport;
};

/** The timelines of a device that one sender has for itself (guest.h). The
    audio thread's while a graph with it is in use. */
struct own_lines {
  struct device *device;
  struct region *region;   /* the device's */
  struct timeline in, out; /* in has no channels: clients look at its edges */
  uint32_t generation;     /* of the clock, when they were emptied */
};

struct graph_tx {
  struct route_tx *route;
  struct door *door; /* of a stream of another rate, or NULL */
  struct route_map map;
  void *tx;              /* the transport's struct */
  struct own_lines *own; /* NULL: it sends the engine's device */
  uint32_t transport;
};

struct graph_transport {
  const vsc_transport_ops *ops;
  void *self;
  void *plan;
};

/** Built on the main thread, read-only once published. */
struct graph {
  uint64_t serial; /* grows by one with every graph */
  struct arena arena;
  uint32_t wake_frames; /* W: the shortest packet time, never above the
                           geometry's */
  struct graph_rx *rx;
  uint32_t rx_count;
  struct graph_tx *tx;
  uint32_t tx_count;
  struct graph_transport *transports;
  uint32_t transport_count;
  struct patch *patches; /* in the order in which they run */
  uint32_t patch_count;
  struct graph *next; /* retired ones wait in a list */
};

/** An empty graph with room; NULL without memory. [main-thread] */
struct graph *
graph_create(uint32_t rx_count, uint32_t tx_count, uint32_t transport_count);
/** NULL is fine. Never while the audio thread may use it. [main-thread] */
void
graph_destroy(struct graph *g);
/** Let every transport make its plan. WHY names the transport. [main-thread] */
vsc_status
graph_plan(struct graph *g, char *why, size_t why_bytes);

/** "3>17, 4>18": pairs of 1-based channels, or NULL for 1>FIRST, 2>FIRST+1, ...
    For a receiver stream>device, for a sender device>stream. WHY: one sentence.
    [main-thread] */
vsc_status
route_map_parse(const char *text,
                uint32_t first,
                uint32_t channels,
                uint32_t device_channels,
                int is_send,
                struct route_map *out,
                char *why,
                size_t why_bytes);
/** The map as text: pairs, or "" when it is FIRST, FIRST+1, ... */
void
route_map_format(const struct route_map *map,
                 uint32_t channels,
                 int is_send,
                 char *out,
                 size_t bytes);

#endif
