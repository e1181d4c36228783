/* graph.h - the bridge's two nodes in PipeWire's graph: what is heard (a
   source, the driver) and what is played (a sink in its group).

   PipeWire calls a node on the main thread, but for process(), which the data
   thread calls; what that thread touches is changed while it stands still.
   SPDX-License-Identifier: MIT */
#ifndef VSC_HAL_PIPEWIRE_GRAPH_H
#define VSC_HAL_PIPEWIRE_GRAPH_H

#include "cycle.h"
#include "device.h"
#include <pipewire/pipewire.h>
#include <spa/node/io.h>
#include <spa/node/node.h>
#include <spa/param/latency-utils.h>

struct port {
  /* main thread */
  char name[DEVICE_NAME_BYTES];
  bool has_format;
  struct spa_latency_info beyond; /* as the graph told us */
  /* data thread */
  struct spa_io_buffers *io;
  struct spa_buffer *buffers[PORT_BUFFERS_MAX];
  uint32_t n_buffers, next;
};

struct graph;

/** One node. direction: of its ports; OUTPUT is what is heard. */
struct half {
  struct spa_node node; /* first: PipeWire hands it to us */
  struct graph *graph;
  enum spa_direction direction;
  /* main thread */
  struct spa_hook_list hooks;
  struct spa_hook proxy_listener;
  struct pw_proxy *proxy;
  uint32_t n_ports;
  bool is_running;
  uint32_t told_quantum; /* for which its latency was told */
  /* data thread */
  struct spa_callbacks callbacks;
  struct spa_io_clock *clock;
  struct spa_io_position *position;
  bool is_started;
  struct lane lanes[VSC_CHANNELS_MAX];
  struct port ports[VSC_CHANNELS_MAX];
};

struct graph {
  const char *instance;
  /* main thread */
  struct pw_context *context;
  struct pw_core *core;
  struct spa_hook core_listener;
  bool is_lost; /* PipeWire has gone, or refused us */
  struct pw_loop *data_loop;
  struct half heard, played;
  /* data thread */
  struct half *driver;
  struct spa_source *timer;
  bool is_driving;
  bool is_busy;    /* the graph works on the cycle */
  bool is_waiting; /* the next one is due meanwhile */
  bool is_stuck;   /* it has been run over, and was not ready since */
  /* atomic */
  _Atomic bool is_led;       /* by another driver: silence */
  _Atomic uint64_t run_over; /* cycles that the graph was not ready with */
  struct cycle cycle;
};

/** Into PipeWire's graph, for a device like FACTS. False: PipeWire is not
   there. [main-thread] */
bool
graph_open(struct graph *g,
           struct pw_loop *loop,
           const struct device_facts *facts);
/** A zeroed graph is fine. */
void
graph_close(struct graph *g);
/** Ports are called what FACTS call them, and latencies follow the quantum. */
void
graph_refresh(struct graph *g, const struct device_facts *facts);
/** Is anything linked, that is heard or played? */
bool
graph_is_running(const struct graph *g);
/** Is something linked that is played? */
bool
graph_plays(const struct graph *g);
/** The data thread uses other attachments from now on; NULL: none. */
void
graph_use(struct graph *g, vsc_client *in, vsc_client *out);

/* half.c */

void
half_init(struct half *h,
          struct graph *g,
          enum spa_direction direction,
          uint32_t n_ports);
void
half_name_ports(struct half *h, const char (*names)[DEVICE_NAME_BYTES]);
/** Tell the graph how long a sound is under way beyond the port. */
void
half_tell_latency(struct half *h);
/** One direction's latency at a port, as the graph reckons it. */
struct spa_latency_info
half_latency(const struct half *h);

/* pods.c: what is asked of a node or a port, the INDEX-th; NULL: no more. */

struct spa_pod *
pods_of_node(const struct half *h,
             uint32_t id,
             uint32_t index,
             struct spa_pod_builder *b);
struct spa_pod *
pods_of_port(const struct half *h,
             const struct port *p,
             uint32_t id,
             uint32_t index,
             struct spa_pod_builder *b);

/* driver.c: the data thread */

/** Let FN run on the data thread, and wait. [main-thread] */
void
driver_do(struct graph *g, void (*fn)(void *arg), void *arg);
/** Whether we drive, and when, after something has changed. [data thread] */
void
driver_decide(struct graph *g);
/** spa_node's process. [data thread] */
int
driver_process(void *object);
/** Frames of the next cycle, as the graph wishes; wish_*.c, by what PipeWire's
    headers have. */
uint64_t
driver_wish(const struct spa_io_position *position);
bool
driver_start(struct graph *g);
void
driver_stop(struct graph *g);

#endif
