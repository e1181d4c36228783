/* room_sender.c - tells the network how this engine is: see room.h.
   SPDX-License-Identifier: MIT */
#include "bridges.h"
#include "hal/label.h"
#include "log.h"
#include "option.h"
#include "room.h"

#include <stdio.h>
#include <string.h>

#define TTL 32 /* as streams have by default: within a plant */

static void
add_receiver(const struct engine *e, const struct stream *s, struct room *out)
{
  if (out->receiver_count == ROOM_RECEIVERS) {
    out->more++;
    return;
  }
  struct room_receiver *const r = &out->receivers[out->receiver_count++];
  const struct rx_counts *const n = &s->counts->rx;
  snprintf(r->name, sizeof r->name, "%s", s->name);
  snprintf(r->state, sizeof r->state, "%s", status_word(stream_state(e, s)));
  r->lost = atomic_load_explicit(&n->counters[RX_LOST], memory_order_relaxed);
  r->late = atomic_load_explicit(&n->counters[RX_LATE], memory_order_relaxed);
  r->margin_ns = histogram_quantile(&n->margin, 0.01);
}

void
room_describe(const struct engine *e, struct room *out)
{
  const char *const name = e->config->engine.name;
  vsc_clock_report report;
  status_clock_report(e, &report);
  memset(out, 0, sizeof *out);
  label_clean(*name ? name : e->setup.instance, out->name, sizeof out->name);
  snprintf(out->instance, sizeof out->instance, "%.63s", e->setup.instance);
  snprintf(out->state, sizeof out->state, "%s", status_engine_word(e));
  snprintf(
    out->clock, sizeof out->clock, "%s", status_clock_word(e->view.state));
  out->offset_ns = report.offset_ns;
  for (const struct stream *s = e->streams; s; s = s->next) {
    if (!s->config.is_send) {
      add_receiver(e, s, out);
    }
  }
  for (const struct bridge_child *b = e->bridges; b; b = b->next) {
    if (out->bridge_count < ROOM_BRIDGES) {
      struct room_bridge *const r = &out->bridges[out->bridge_count++];
      snprintf(r->name, sizeof r->name, "%s", b->config.name);
      snprintf(r->state, sizeof r->state, "%s", bridge_word(b));
      r->ppm = b->report.ppm;
      r->silent_frames = b->before.silent_frames + b->report.silent_frames;
    }
  }
}

void
room_start(struct engine *e)
{
  static const vsc_socket_config config = { .size = sizeof config,
                                            .ttl = TTL,
                                            .batch = 1 };
  const vsc_net *const net = &e->setup.os->net;
  room_stop(e);
  if (*e->config->engine.stats_address &&
      net->open(net, &config, &e->room_socket) < 0) {
    e->room_socket = NULL;
  }
}

void
room_tell(struct engine *e)
{
  char bytes[ROOM_BYTES];
  struct room room;
  vsc_datagram d = { .bytes = (uint8_t *)bytes, .dest_port = ROOM_PORT };
  if (!e->room_socket ||
      ip_parse(e->config->engine.stats_address, &d.dest) < 0) {
    return;
  }
  room_describe(e, &room);
  d.length = (uint32_t)room_write(&room, bytes);
  if (d.length > 0) {
    const vsc_net *const net = &e->setup.os->net;
    (void)net->send(net, e->room_socket, &d, 1);
  }
}

void
room_stop(struct engine *e)
{
  if (e->room_socket) {
    e->setup.os->net.close(&e->setup.os->net, e->room_socket);
    e->room_socket = NULL;
  }
}
