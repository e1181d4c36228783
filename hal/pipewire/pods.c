/* pods.c - what our nodes and ports can do, in PipeWire's words.
   SPDX-License-Identifier: MIT */
#include "graph.h"

#include <spa/param/audio/format-utils.h>
#include <spa/param/param.h>

static struct spa_pod *
node_format(const struct half *h, uint32_t id, struct spa_pod_builder *b)
{
  struct spa_audio_info_raw raw = { .format = SPA_AUDIO_FORMAT_F32P,
                                    .rate = h->graph->cycle.info.rate };
  raw.channels = SPA_MIN(h->n_ports, SPA_AUDIO_MAX_CHANNELS);
  for (uint32_t i = 0; i < raw.channels; i++) {
    raw.position[i] = SPA_AUDIO_CHANNEL_AUX0 + i;
  }
  return spa_format_audio_raw_build(b, id, &raw);
}

struct spa_pod *
pods_of_node(const struct half *h,
             uint32_t id,
             uint32_t index,
             struct spa_pod_builder *b)
{
  if (index > 0) {
    return NULL;
  }
  switch (id) {
    case SPA_PARAM_EnumFormat:
    case SPA_PARAM_Format:
      return node_format(h, id, b);
    case SPA_PARAM_EnumPortConfig:
    case SPA_PARAM_PortConfig:
      return spa_pod_builder_add_object(
        b,
        SPA_TYPE_OBJECT_ParamPortConfig,
        id,
        SPA_PARAM_PORT_CONFIG_direction,
        SPA_POD_Id(h->direction),
        SPA_PARAM_PORT_CONFIG_mode,
        SPA_POD_Id(SPA_PARAM_PORT_CONFIG_MODE_dsp));
    default:
      return NULL;
  }
}

static struct spa_pod *
port_format(uint32_t id, struct spa_pod_builder *b)
{
  return spa_pod_builder_add_object(b,
                                    SPA_TYPE_OBJECT_Format,
                                    id,
                                    SPA_FORMAT_mediaType,
                                    SPA_POD_Id(SPA_MEDIA_TYPE_audio),
                                    SPA_FORMAT_mediaSubtype,
                                    SPA_POD_Id(SPA_MEDIA_SUBTYPE_dsp),
                                    SPA_FORMAT_AUDIO_format,
                                    SPA_POD_Id(SPA_AUDIO_FORMAT_DSP_F32));
}

static struct spa_pod *
port_buffers(uint32_t id, struct spa_pod_builder *b)
{
  const int bytes = (int)(PACE_QUANTUM_MAX * sizeof(float));
  return spa_pod_builder_add_object(
    b,
    SPA_TYPE_OBJECT_ParamBuffers,
    id,
    SPA_PARAM_BUFFERS_buffers,
    SPA_POD_CHOICE_RANGE_Int(2, 1, PORT_BUFFERS_MAX),
    SPA_PARAM_BUFFERS_blocks,
    SPA_POD_Int(1),
    SPA_PARAM_BUFFERS_size,
    SPA_POD_CHOICE_STEP_Int(bytes, (int)sizeof(float), INT32_MAX, 4),
    SPA_PARAM_BUFFERS_stride,
    SPA_POD_Int((int)sizeof(float)));
}

struct spa_pod *
pods_of_port(const struct half *h,
             const struct port *p,
             uint32_t id,
             uint32_t index,
             struct spa_pod_builder *b)
{
  if (id == SPA_PARAM_Latency) {
    const struct spa_latency_info ours = half_latency(h);
    return index == 0   ? spa_latency_build(b, id, &ours)
           : index == 1 ? spa_latency_build(b, id, &p->beyond)
                        : NULL;
  }
  if (index > 0) {
    return NULL;
  }
  switch (id) {
    case SPA_PARAM_EnumFormat:
      return port_format(id, b);
    case SPA_PARAM_Format:
      return p->has_format ? port_format(id, b) : NULL;
    case SPA_PARAM_Buffers:
      return port_buffers(id, b);
    case SPA_PARAM_IO:
      return spa_pod_builder_add_object(
        b,
        SPA_TYPE_OBJECT_ParamIO,
        id,
        SPA_PARAM_IO_id,
        SPA_POD_Id(SPA_IO_Buffers),
        SPA_PARAM_IO_size,
        SPA_POD_Int((int)sizeof(struct spa_io_buffers)));
    default:
      return NULL;
  }
}
