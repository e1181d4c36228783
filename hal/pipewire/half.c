/* half.c - one node as PipeWire sees it: its ports, formats, buffers, commands.
   SPDX-License-Identifier: MIT */
#include "graph.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <spa/node/command.h>
#include <spa/param/audio/raw.h>
#include <spa/node/utils.h>
#include <spa/param/param.h>
#include <spa/pod/filter.h>
#include <spa/utils/result.h>

#define POD_BYTES 2048

static struct port *
port_at(struct half *h, enum spa_direction direction, uint32_t id)
{
  return direction == h->direction && id < h->n_ports ? &h->ports[id] : NULL;
}

struct spa_latency_info
half_latency(const struct half *h)
{
  const vsc_client_info *const info = &h->graph->cycle.info;
  const bool is_heard = h->direction == SPA_DIRECTION_OUTPUT;
  const struct pace_limits limits = pace_limits(info, h->told_quantum);
  const bool is_whole = is_heard || limits.lead == h->told_quantum;
  const uint32_t frames =
    is_heard ? info->input_latency
             : info->output_latency + (is_whole ? 0 : limits.lead);
  return (struct spa_latency_info){
    .direction = h->direction,
    .min_quantum = is_whole ? 1.0f : 0.0f,
    .max_quantum = is_whole ? 1.0f : 0.0f,
    .min_rate = frames,
    .max_rate = frames,
  };
}

/* --- what is told */

static void
tell_node(struct half *h)
{
  struct spa_param_info params[] = {
    SPA_PARAM_INFO(SPA_PARAM_EnumFormat, SPA_PARAM_INFO_READ),
    SPA_PARAM_INFO(SPA_PARAM_Format, SPA_PARAM_INFO_READWRITE),
    SPA_PARAM_INFO(SPA_PARAM_EnumPortConfig, SPA_PARAM_INFO_READ),
    SPA_PARAM_INFO(SPA_PARAM_PortConfig, SPA_PARAM_INFO_READWRITE),
  };
  const bool is_heard = h->direction == SPA_DIRECTION_OUTPUT;
  const struct spa_node_info info = {
    .max_input_ports = is_heard ? 0 : h->n_ports,
    .max_output_ports = is_heard ? h->n_ports : 0,
    .change_mask = SPA_NODE_CHANGE_MASK_FLAGS | SPA_NODE_CHANGE_MASK_PARAMS,
    .flags = SPA_NODE_FLAG_RT,
    .params = params,
    .n_params = SPA_N_ELEMENTS(params),
  };
  spa_node_emit_info(&h->hooks, &info);
}

static void
tell_port(struct half *h, uint32_t id, uint64_t mask, bool has_news)
{
  const struct port *const p = &h->ports[id];
  const uint32_t news = has_news ? SPA_PARAM_INFO_SERIAL : 0;
  struct spa_param_info params[] = {
    SPA_PARAM_INFO(SPA_PARAM_EnumFormat, SPA_PARAM_INFO_READ),
    SPA_PARAM_INFO(SPA_PARAM_Format,
                   p->has_format ? SPA_PARAM_INFO_READWRITE
                                 : SPA_PARAM_INFO_WRITE),
    SPA_PARAM_INFO(SPA_PARAM_Buffers, p->has_format ? SPA_PARAM_INFO_READ : 0),
    SPA_PARAM_INFO(SPA_PARAM_IO, SPA_PARAM_INFO_READ),
    SPA_PARAM_INFO(SPA_PARAM_Latency, SPA_PARAM_INFO_READWRITE | news),
  };
  char channel[16];
  char alias[DEVICE_NAME_BYTES + 96];
  snprintf(channel, sizeof channel, "AUX%u", id);
  snprintf(alias,
           sizeof alias,
           "aes67 %s:%s_%u",
           h->graph->instance,
           h->direction == SPA_DIRECTION_OUTPUT ? "capture" : "playback",
           id + 1);
  const struct spa_dict_item items[] = {
    SPA_DICT_ITEM_INIT(PW_KEY_FORMAT_DSP, "32 bit float mono audio"),
    SPA_DICT_ITEM_INIT(PW_KEY_PORT_NAME, p->name),
    SPA_DICT_ITEM_INIT(PW_KEY_PORT_ALIAS, alias),
    SPA_DICT_ITEM_INIT(PW_KEY_AUDIO_CHANNEL,
                       id < SPA_AUDIO_MAX_CHANNELS ? channel : "UNK"),
    SPA_DICT_ITEM_INIT(PW_KEY_PORT_PHYSICAL, "true"),
    SPA_DICT_ITEM_INIT(PW_KEY_PORT_TERMINAL, "true"),
  };
  const struct spa_dict props = SPA_DICT_INIT_ARRAY(items);
  const struct spa_port_info info = {
    .change_mask = mask,
    .flags = SPA_PORT_FLAG_LIVE | SPA_PORT_FLAG_PHYSICAL |
             SPA_PORT_FLAG_TERMINAL | SPA_PORT_FLAG_NO_REF,
    .rate = { 1, h->graph->cycle.info.rate },
    .props = &props,
    .params = params,
    .n_params = SPA_N_ELEMENTS(params),
  };
  spa_node_emit_port_info(&h->hooks, h->direction, id, &info);
}

#define WHOLE_PORT                                                             \
  (SPA_PORT_CHANGE_MASK_FLAGS | SPA_PORT_CHANGE_MASK_RATE |                    \
   SPA_PORT_CHANGE_MASK_PROPS | SPA_PORT_CHANGE_MASK_PARAMS)

static void
tell_ports(struct half *h)
{
  for (uint32_t i = 0; i < h->n_ports; i++) {
    tell_port(h, i, WHOLE_PORT, false);
  }
}

void
half_tell_latency(struct half *h)
{
  for (uint32_t i = 0; i < h->n_ports; i++) {
    tell_port(h, i, SPA_PORT_CHANGE_MASK_PARAMS, true);
  }
}

void
half_name_ports(struct half *h, const char (*names)[DEVICE_NAME_BYTES])
{
  for (uint32_t i = 0; i < h->n_ports; i++) {
    struct port *const p = &h->ports[i];
    if (strcmp(p->name, names[i]) != 0) {
      snprintf(p->name, sizeof p->name, "%s", names[i]);
      tell_port(h, i, SPA_PORT_CHANGE_MASK_PROPS, false);
    }
  }
}

static int
add_listener(void *object,
             struct spa_hook *listener,
             const struct spa_node_events *events,
             void *data)
{
  struct half *const h = object;
  struct spa_hook_list save;
  spa_hook_list_isolate(&h->hooks, &save, listener, events, data);
  tell_node(h);
  tell_ports(h);
  spa_hook_list_join(&h->hooks, &save);
  return 0;
}

/* --- what the data thread touches */

struct change {
  struct half *half;
  void (*apply)(struct change *change);
  struct port *port;
  void *data;
  struct spa_buffer **buffers;
  uint32_t id, n_buffers;
};

static void
apply(void *arg)
{
  struct change *const change = arg;
  change->apply(change);
  driver_decide(change->half->graph);
}

static void
change_it(struct change change)
{
  driver_do(change.half->graph, apply, &change);
}

static void
apply_callbacks(struct change *c)
{
  c->half->callbacks = c->buffers ? SPA_CALLBACKS_INIT(c->buffers, c->data)
                                  : (struct spa_callbacks){ 0 };
}

static int
set_callbacks(void *object,
              const struct spa_node_callbacks *callbacks,
              void *data)
{
  change_it((struct change){ .half = object,
                             .apply = apply_callbacks,
                             .buffers = (void *)(uintptr_t)callbacks,
                             .data = data });
  return 0;
}

static void
apply_io(struct change *c)
{
  if (c->id == SPA_IO_Clock) {
    c->half->clock = c->data;
  } else {
    c->half->position = c->data;
  }
}

static int
set_io(void *object, uint32_t id, void *data, size_t size)
{
  const size_t least = id == SPA_IO_Clock      ? sizeof(struct spa_io_clock)
                       : id == SPA_IO_Position ? sizeof(struct spa_io_position)
                                               : 0;
  if (least == 0) {
    return -ENOENT;
  }
  if (data && size < least) {
    return -ENOSPC;
  }
  if (data && id == SPA_IO_Clock) {
    struct half *const h = object;
    struct spa_io_clock *const clock = data;
    snprintf(clock->name, sizeof clock->name, "aes67.%s", h->graph->instance);
  }
  change_it((struct change){
    .half = object, .apply = apply_io, .id = id, .data = data });
  return 0;
}

static void
apply_started(struct change *c)
{
  c->half->is_started = c->id != 0;
}

static int
send_command(void *object, const struct spa_command *command)
{
  struct half *const h = object;
  switch (SPA_NODE_COMMAND_ID(command)) {
    case SPA_NODE_COMMAND_Start:
      h->is_running = true;
      break;
    case SPA_NODE_COMMAND_Pause:
    case SPA_NODE_COMMAND_Suspend:
      h->is_running = false;
      break;
    default:
      return -ENOTSUP;
  }
  change_it(
    (struct change){ .half = h, .apply = apply_started, .id = h->is_running });
  return 0;
}

static void
apply_port_io(struct change *c)
{
  c->port->io = c->data;
}

static int
port_set_io(void *object,
            enum spa_direction direction,
            uint32_t port_id,
            uint32_t id,
            void *data,
            size_t size)
{
  struct half *const h = object;
  struct port *const p = port_at(h, direction, port_id);
  if (!p) {
    return -EINVAL;
  }
  if (id != SPA_IO_Buffers) {
    return -ENOENT;
  }
  if (data && size < sizeof(struct spa_io_buffers)) {
    return -ENOSPC;
  }
  change_it((struct change){
    .half = h, .apply = apply_port_io, .port = p, .data = data });
  return 0;
}

static void
apply_buffers(struct change *c)
{
  struct port *const p = c->port;
  for (uint32_t i = 0; i < c->n_buffers; i++) {
    p->buffers[i] = c->buffers[i];
  }
  p->n_buffers = c->n_buffers;
  p->next = 0;
}

static int
use_buffers(struct half *h,
            struct port *p,
            struct spa_buffer **buffers,
            uint32_t n)
{
  if (n > PORT_BUFFERS_MAX || (n > 0 && !p->has_format)) {
    return n > PORT_BUFFERS_MAX ? -ENOSPC : -EIO;
  }
  for (uint32_t i = 0; i < n; i++) {
    if (buffers[i]->n_datas < 1 || !buffers[i]->datas[0].data) {
      return -EINVAL;
    }
  }
  change_it((struct change){ .half = h,
                             .apply = apply_buffers,
                             .port = p,
                             .buffers = buffers,
                             .n_buffers = n });
  return 0;
}

static int
port_use_buffers(void *object,
                 enum spa_direction direction,
                 uint32_t port_id,
                 uint32_t flags,
                 struct spa_buffer **buffers,
                 uint32_t n_buffers)
{
  struct half *const h = object;
  struct port *const p = port_at(h, direction, port_id);
  (void)flags;
  return p ? use_buffers(h, p, buffers, n_buffers) : -EINVAL;
}

/* --- parameters */

/* Those of POD(INDEX) that pass the filter, from START, at most MAX. */
static int
enum_pods(struct half *h,
          const struct port *p,
          int seq,
          struct spa_result_node_params result,
          uint32_t max,
          const struct spa_pod *filter)
{
  for (uint32_t found = 0; found < max;) {
    uint8_t bytes[POD_BYTES];
    struct spa_pod_builder b = SPA_POD_BUILDER_INIT(bytes, sizeof bytes);
    result.index = result.next++;
    struct spa_pod *const pod =
      p ? pods_of_port(h, p, result.id, result.index, &b)
        : pods_of_node(h, result.id, result.index, &b);
    if (!pod) {
      break;
    }
    if (spa_pod_filter(&b, &result.param, pod, filter) >= 0) {
      spa_node_emit_result(
        &h->hooks, seq, 0, SPA_RESULT_TYPE_NODE_PARAMS, &result);
      found++;
    }
  }
  return 0;
}

static int
enum_params(void *object,
            int seq,
            uint32_t id,
            uint32_t start,
            uint32_t max,
            const struct spa_pod *filter)
{
  return enum_pods(object,
                   NULL,
                   seq,
                   (struct spa_result_node_params){ .id = id, .next = start },
                   max,
                   filter);
}

/* A session manager that configures ports waits for them to come anew. */
static int
set_param(void *object,
          uint32_t id,
          uint32_t flags,
          const struct spa_pod *param)
{
  struct half *const h = object;
  (void)flags;
  (void)param;
  if (id == SPA_PARAM_Format) {
    return 0;
  }
  if (id != SPA_PARAM_PortConfig) {
    return -ENOENT;
  }
  for (uint32_t i = 0; i < h->n_ports; i++) {
    spa_node_emit_port_info(&h->hooks, h->direction, i, NULL);
    h->ports[i].has_format = false;
    (void)use_buffers(h, &h->ports[i], NULL, 0);
  }
  tell_ports(h);
  return 0;
}

static int
port_enum_params(void *object,
                 int seq,
                 enum spa_direction direction,
                 uint32_t port_id,
                 uint32_t id,
                 uint32_t start,
                 uint32_t max,
                 const struct spa_pod *filter)
{
  struct half *const h = object;
  const struct port *const p = port_at(h, direction, port_id);
  if (!p) {
    return -EINVAL;
  }
  return enum_pods(h,
                   p,
                   seq,
                   (struct spa_result_node_params){ .id = id, .next = start },
                   max,
                   filter);
}

static int
set_beyond(struct port *p, enum spa_direction ours, const struct spa_pod *param)
{
  struct spa_latency_info info;
  if (!param) {
    return 0;
  }
  if (spa_latency_parse(param, &info) < 0) {
    return -EINVAL;
  }
  if (info.direction != ours) {
    p->beyond = info;
  }
  return 0;
}

static int
port_set_param(void *object,
               enum spa_direction direction,
               uint32_t port_id,
               uint32_t id,
               uint32_t flags,
               const struct spa_pod *param)
{
  struct half *const h = object;
  struct port *const p = port_at(h, direction, port_id);
  (void)flags;
  if (!p) {
    return -EINVAL;
  }
  if (id == SPA_PARAM_Latency) {
    return set_beyond(p, h->direction, param);
  }
  if (id != SPA_PARAM_Format) {
    return -ENOENT;
  }
  if (!param) {
    (void)use_buffers(h, p, NULL, 0);
  }
  p->has_format = param != NULL;
  tell_port(h, port_id, SPA_PORT_CHANGE_MASK_PARAMS, false);
  return 0;
}

static int
port_reuse_buffer(void *object, uint32_t port_id, uint32_t buffer_id)
{
  (void)object;
  (void)port_id;
  (void)buffer_id;
  return 0; /* they go round */
}

static int
sync_it(void *object, int seq)
{
  struct half *const h = object;
  spa_node_emit_result(&h->hooks, seq, 0, 0, NULL);
  return 0;
}

static const struct spa_node_methods methods = {
  .version = SPA_VERSION_NODE_METHODS,
  .add_listener = add_listener,
  .set_callbacks = set_callbacks,
  .sync = sync_it,
  .enum_params = enum_params,
  .set_param = set_param,
  .set_io = set_io,
  .send_command = send_command,
  .port_enum_params = port_enum_params,
  .port_set_param = port_set_param,
  .port_use_buffers = port_use_buffers,
  .port_set_io = port_set_io,
  .port_reuse_buffer = port_reuse_buffer,
  .process = driver_process,
};

void
half_init(struct half *h,
          struct graph *g,
          enum spa_direction direction,
          uint32_t n_ports)
{
  memset(h, 0, sizeof *h);
  h->node.iface =
    SPA_INTERFACE_INIT(SPA_TYPE_INTERFACE_Node, SPA_VERSION_NODE, &methods, h);
  spa_hook_list_init(&h->hooks);
  h->graph = g;
  h->direction = direction;
  h->n_ports = n_ports;
  h->told_quantum = 1024;
  for (uint32_t i = 0; i < n_ports; i++) {
    h->ports[i].beyond = SPA_LATENCY_INFO(SPA_DIRECTION_REVERSE(direction));
  }
}
