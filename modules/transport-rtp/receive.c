/* receive.c - drains the sockets in turns and hands each packet, with its media
   position, to every receiver of its destination.
   SPDX-License-Identifier: MIT */
#include "modules/transport-rtp/receive.h"

#include <vsc/position.h>

#include "modules/transport-rtp/rtp_packet.h"

/* A run handles at most this many datagrams and 4 for each receiver. Regular
   traffic is about one a receiver (a run a packet time), 20 after the longest
   stall that may be made good; 512 in 250 us are 2 million packets a second,
   far above a storm that the kernel lets through, at a fraction of a
   millisecond of work. */
#define BUDGET 512
#define BUDGET_PER_RECEIVER 4

vsc_status
receive_open(struct membership_table *table,
             struct rx *rx,
             const vsc_stream *stream,
             const vsc_rx_port *port)
{
  const vsc_host *const host = table->host;
  if (!stream->address || !stream->port || !stream->format.rate ||
      (stream->payload_type > 127 && stream->payload_type != 255)) {
    host->log(host,
              VSC_LOG_ERROR,
              "stream \"%s\": a receiver needs address, port, rate and a "
              "payload type of 0..127 or any",
              stream->name);
    return VSC_ERR_INVALID;
  }
  *rx = (struct rx){
    .dest = stream->address,
    .rate = stream->format.rate,
    .rtp_offset = stream->rtp_offset,
    .payload_type = stream->payload_type,
    .is_auto = !stream->has_rtp_offset,
    .source = { .filter = stream->source },
  };
  const vsc_status status = membership_open(table, stream, &rx->hold);
  rx->port = status < 0 ? NULL : port;
  return status;
}

void
receive_close(struct membership_table *table, struct rx *rx)
{
  if (rx->port) {
    membership_close(table, &rx->hold);
    rx->port = NULL;
  }
}

size_t
receive_plan_size(uint32_t count)
{
  return RX_SOCKETS * sizeof(struct receive_socket) + demux_size(count);
}

void
receive_plan_init(struct receive_plan *plan,
                  const struct membership_table *table,
                  vsc_counter *unexpected,
                  void *const *receivers,
                  uint32_t count,
                  void *memory)
{
  plan->host = table->host;
  plan->unexpected = unexpected;
  plan->budget = BUDGET + BUDGET_PER_RECEIVER * count;
  plan->sockets = memory;
  demux_init(&plan->demux, count, plan->sockets + RX_SOCKETS);
  uint8_t is_listed[RX_SOCKETS] = { 0 };
  for (uint32_t i = 0; i < count; i++) {
    struct rx *const rx = receivers[i];
    const uint16_t number = rx->hold.socket;
    demux_add(&plan->demux, number, rx->dest, rx);
    if (!is_listed[number]) {
      is_listed[number] = 1;
      plan->sockets[plan->socket_count++] =
        (struct receive_socket){ .socket = table->sockets[number].socket,
                                 .number = number };
    }
  }
}

/* The timestamp says the position modulo 2^32; the rest comes from when the
   packet arrived. A sender whose offset nobody told us may be anywhere: it is
   followed from where its first packet was, so that it never falls off the
   edge of the 2^32 frames around now. */
static vsc_pos
position(struct rx *rx,
         const vsc_clock_view *view,
         const struct rtp_packet *packet,
         vsc_ns when,
         uint32_t flags) VSC_RT
{
  const uint32_t low = packet->timestamp - rx->rtp_offset;
  const vsc_pos now = vsc_view_pos(view, when, rx->rate);
  if (rx->is_auto && flags & VSC_PACKET_FIRST) {
    rx->astray = vsc_unwrap(now, low) - now;
  }
  return vsc_unwrap(now + rx->astray, low);
}

static void
tell_sender(const vsc_rx_port *port, vsc_ip source, uint32_t is_playing) VSC_RT
{
  if (VSC_HAS(port, vsc_rx_port, sender) && port->sender) {
    port->sender(port, source, is_playing);
  }
}

/* PACKET is NULL when the datagram was not one. */
static void
take(struct rx *rx,
     const vsc_clock_view *view,
     const vsc_datagram *datagram,
     const struct rtp_packet *packet) VSC_RT
{
  const vsc_rx_port *const port = rx->port;
  const int is_other_type = packet && rx->payload_type != 255 &&
                            packet->payload_type != rx->payload_type;
  if (!packet || is_other_type) {
    port->count(port, VSC_RX_MALFORMED);
    if (is_other_type && VSC_HAS(port, vsc_rx_port, other_type) &&
        port->other_type) {
      port->other_type(port, packet->payload_type);
    }
    return;
  }
  const struct rtp_arrival arrival = { .address = datagram->source,
                                       .ssrc = packet->ssrc,
                                       .sequence = packet->sequence,
                                       .when = datagram->when };
  const struct rtp_verdict verdict = rtp_source_judge(&rx->source, &arrival);
  if (verdict.is_foreign) {
    port->count(port, VSC_RX_FOREIGN);
    tell_sender(port, datagram->source, 0);
    return;
  }
  if (verdict.flags & VSC_PACKET_FIRST) {
    tell_sender(port, datagram->source, 1);
  }
  if (verdict.is_restart) {
    port->count(port, VSC_RX_RESTARTED);
  }
  if (verdict.is_older) {
    port->count(port, VSC_RX_REORDERED);
  }
  const vsc_packet out = {
    .size = sizeof out,
    .flags = verdict.flags,
    .pos = position(rx, view, packet, datagram->when, verdict.flags),
    .when = datagram->when,
    .payload = packet->payload,
    .length = packet->length,
  };
  port->packet(port, &out);
}

/* Does one of the receivers name this source as the only one it wants? */
static int
is_named(const struct demux_row *row, vsc_ip source) VSC_RT
{
  for (; row; row = row->next) {
    const struct rx *const rx = row->item;
    if (rx->source.filter == source) {
      return 1;
    }
  }
  return 0;
}

static void
deliver(struct receive_plan *plan,
        uint32_t socket,
        const vsc_clock_view *view,
        const vsc_datagram *datagram) VSC_RT
{
  const struct demux_row *const first =
    demux_find(&plan->demux, socket, datagram->dest);
  if (!first) {
    plan->host->count(plan->unexpected, 1);
    return;
  }
  struct rtp_packet packet;
  const int is_packet =
    !datagram->truncated &&
    rtp_packet_parse(datagram->bytes, datagram->length, &packet) == VSC_OK;
  /* Two receivers may share a group for two sources: what one of them asked
     for is not foreign to the other. */
  const int is_wanted = is_named(first, datagram->source);
  for (const struct demux_row *row = first; row; row = row->next) {
    struct rx *const rx = row->item;
    if (!rx->source.filter || rx->source.filter == datagram->source) {
      take(rx, view, datagram, is_packet ? &packet : NULL);
    } else if (!is_wanted) {
      rx->port->count(rx->port, VSC_RX_FOREIGN);
      tell_sender(rx->port, datagram->source, 0);
    }
  }
}

/* Take one batch; how many datagrams that were. */
static uint32_t
drain(struct receive_plan *plan,
      struct receive_socket *socket,
      const vsc_clock_view *view,
      uint32_t max) VSC_RT
{
  const vsc_net *const net = plan->host->net;
  const int32_t got = net->receive(net, socket->socket, plan->batch, max);
  const uint32_t count = got < 0 ? 0 : (uint32_t)got;
  for (uint32_t i = 0; i < count; i++) {
    deliver(plan, socket->number, view, &plan->batch[i]);
  }
  socket->is_drained = count < max;
  return count;
}

void
receive_run(struct receive_plan *plan) VSC_RT
{
  if (!plan->socket_count) {
    return;
  }
  vsc_clock_view view = { .size = sizeof view };
  plan->host->clock_read(plan->host, &view);
  for (uint32_t i = 0; i < plan->socket_count; i++) {
    plan->sockets[i].is_drained = 0;
  }
  /* One batch a socket, again and again: a storm on one of them takes no more
     than its share, and the next run goes on where this one ended. */
  uint32_t left = plan->budget;
  uint32_t drained = 0;
  uint32_t at = plan->turn;
  while (left && drained < plan->socket_count) {
    struct receive_socket *const socket = &plan->sockets[at];
    at = (at + 1) % plan->socket_count;
    if (socket->is_drained) {
      continue;
    }
    left -= drain(plan, socket, &view, left < RX_BATCH ? left : RX_BATCH);
    drained += socket->is_drained;
  }
  plan->turn = at;
}
