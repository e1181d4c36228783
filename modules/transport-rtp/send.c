/* send.c - packets are built in place and leave in one system call for all
   senders of a class.
   SPDX-License-Identifier: MIT */
#include "modules/transport-rtp/send.h"

#include "modules/shared/splitmix.h"

#include <string.h>

/* A destination that the system refuses costs its own packet only; when the
   buffer is full every try fails, and this many are enough, and one for each
   further destination of a sender. */
#define REFUSALS_MAX 4

_Static_assert(VSC_DESTINATIONS_MAX <= TX_BATCH, "a packet fits into a lane");

static vsc_status
open_class(struct send_table *table,
           const vsc_stream *stream,
           int is_direct,
           uint8_t *out)
{
  const vsc_host *const host = table->host;
  struct tx_class *free = NULL;
  for (uint32_t i = 0; i < TX_SOCKETS; i++) {
    struct tx_class *const c = &table->classes[i];
    if (c->socket && c->dscp == stream->dscp && c->ttl == stream->ttl &&
        c->is_direct == is_direct) {
      c->uses++;
      *out = (uint8_t)i;
      return VSC_OK;
    }
    free = free || c->socket ? free : c;
  }
  if (!free) {
    host->log(
      host,
      VSC_LOG_ERROR,
      "stream \"%s\": %d pairs of dscp and ttl are in use; let it share "
      "one of them",
      stream->name,
      TX_SOCKETS);
    return VSC_ERR_NOMEM;
  }
  const vsc_socket_config config = {
    .size = sizeof config,
    .flags = is_direct ? VSC_SOCKET_DIRECT : 0,
    .dscp = stream->dscp,
    .ttl = stream->ttl,
    .buffer_bytes = table->buffer_bytes,
    .batch = 1, /* nothing is received on it */
  };
  const vsc_status status = host->net->open(host->net, &config, &free->socket);
  if (status < 0) {
    free->socket = NULL;
    return status;
  }
  free->dscp = stream->dscp;
  free->ttl = stream->ttl;
  free->is_direct = (uint8_t)is_direct;
  free->uses = 1;
  *out = (uint8_t)(free - table->classes);
  return VSC_OK;
}

/* RFC 3550 5.1 wants SSRC and first sequence random, not secret. */
static uint64_t
mix(uint64_t x)
{
  return splitmix64(&x);
}

vsc_status
send_open(struct send_table *table,
          struct tx *tx,
          const vsc_stream *stream,
          const vsc_tx_port *port)
{
  const vsc_host *const host = table->host;
  const int is_any = stream->payload_type == 255;
  if (!stream->address || !stream->port ||
      (stream->payload_type > 127 && !is_any)) {
    host->log(host,
              VSC_LOG_ERROR,
              "stream \"%s\": a sender needs address, port and a payload type "
              "of 0..127",
              stream->name);
    return VSC_ERR_INVALID;
  }
  /* Time, machine and destination: no two senders get the same numbers. */
  const uint64_t seed = mix((uint64_t)host->now(host)) ^
                        mix((uint64_t)host->net->address(host->net) << 16) ^
                        ((uint64_t)stream->address << 16 | stream->port);
  const uint64_t random = mix(seed);
  *tx = (struct tx){
    .dest = stream->address,
    .dest_port = stream->port,
    .payload_type = is_any ? 96 : stream->payload_type,
    .rtp_offset = stream->rtp_offset,
    .ssrc = (uint32_t)(random >> 32),
    .sequence = (uint16_t)random,
  };
  if (VSC_HAS(stream, vsc_stream, also)) {
    const uint32_t most = VSC_DESTINATIONS_MAX - 1;
    tx->also_count = stream->also_count < most ? stream->also_count : most;
    memcpy(tx->also, stream->also, sizeof tx->also);
  }
  /* Hosts want a neighbour's address, which is the system's business. */
  int is_direct = table->is_direct && VSC_IP_IS_MULTICAST(tx->dest);
  for (uint32_t i = 0; i < tx->also_count; i++) {
    is_direct = is_direct && VSC_IP_IS_MULTICAST(tx->also[i]);
  }
  const vsc_status status =
    open_class(table, stream, is_direct, &tx->class_number);
  tx->port = status < 0 ? NULL : port;
  return status;
}

void
send_close(struct send_table *table, struct tx *tx)
{
  struct tx_class *const c = &table->classes[tx->class_number];
  if (!tx->port) {
    return;
  }
  tx->port = NULL;
  if (--c->uses == 0) {
    table->host->net->close(table->host->net, c->socket);
    *c = (struct tx_class){ .socket = NULL };
  }
}

/* Which classes these senders use, and how many that are. */
static uint32_t
count_classes(void *const *senders, uint32_t count, uint8_t is_used[TX_SOCKETS])
{
  uint32_t used = 0;
  for (uint32_t i = 0; i < count; i++) {
    const struct tx *const tx = senders[i];
    used += !is_used[tx->class_number];
    is_used[tx->class_number] = 1;
  }
  return used;
}

size_t
send_plan_size(void *const *senders, uint32_t count)
{
  uint8_t is_used[TX_SOCKETS] = { 0 };
  return count_classes(senders, count, is_used) * sizeof(struct send_lane);
}

void
send_plan_init(struct send_plan *plan,
               const struct send_table *table,
               vsc_counter *failed,
               void *const *senders,
               uint32_t count,
               void *memory)
{
  plan->host = table->host;
  plan->failed = failed;
  plan->lanes = memory;
  uint8_t is_used[TX_SOCKETS] = { 0 };
  count_classes(senders, count, is_used);
  for (uint32_t c = 0; c < TX_SOCKETS; c++) {
    if (!is_used[c]) {
      continue;
    }
    plan->lane_of[c] = (uint8_t)plan->lane_count;
    struct send_lane *const lane = &plan->lanes[plan->lane_count++];
    lane->socket = table->classes[c].socket;
    lane->refusals_max = REFUSALS_MAX;
  }
  for (uint32_t i = 0; i < count; i++) {
    const struct tx *const tx = senders[i];
    plan->lanes[plan->lane_of[tx->class_number]].refusals_max += tx->also_count;
  }
}

static void
flush(struct send_plan *plan, struct send_lane *lane) VSC_RT
{
  const vsc_net *const net = plan->host->net;
  uint32_t done = 0;
  uint32_t failed = 0;
  while (done < lane->count && failed < lane->refusals_max) {
    const int32_t taken =
      net->send(net, lane->socket, lane->batch + done, lane->count - done);
    done += taken < 0 ? 0 : (uint32_t)taken;
    if (done < lane->count) {
      failed++; /* the one that stopped it is dropped, never sent later */
      done++;
    }
  }
  failed += lane->count - done;
  if (failed) {
    plan->host->count(plan->failed, failed);
  }
  lane->count = 0;
}

vsc_status
send_packet(struct send_plan *plan, struct tx *tx, vsc_pos pos) VSC_RT
{
  struct send_lane *const lane = &plan->lanes[plan->lane_of[tx->class_number]];
  if (lane->count + tx->also_count >= TX_BATCH) {
    flush(plan, lane); /* all of them leave with the bytes of the first */
  }
  vsc_datagram *const datagram = &lane->batch[lane->count];
  datagram->bytes = lane->bytes[lane->count];
  const int32_t length = tx->port->packet(
    tx->port, pos, datagram->bytes + RTP_HEADER_BYTES, VSC_PACKET_BYTES_MAX);
  if (length <= 0 || length > VSC_PACKET_BYTES_MAX) {
    return length < 0 ? length : VSC_ERR_INVALID;
  }
  const struct rtp_packet header = {
    .payload_type = tx->payload_type,
    .sequence = tx->sequence++,
    .timestamp = (uint32_t)pos + tx->rtp_offset,
    .ssrc = tx->ssrc,
  };
  rtp_packet_write_header(&header, datagram->bytes);
  datagram->length = RTP_HEADER_BYTES + (uint32_t)length;
  datagram->dest = tx->dest;
  datagram->dest_port = tx->dest_port;
  lane->count++;
  for (uint32_t i = 0; i < tx->also_count; i++) {
    lane->batch[lane->count] = *datagram;
    lane->batch[lane->count++].dest = tx->also[i];
  }
  if (lane->count == TX_BATCH) {
    flush(plan, lane);
  }
  return VSC_OK;
}

void
send_flush(struct send_plan *plan) VSC_RT
{
  for (uint32_t i = 0; i < plan->lane_count; i++) {
    if (plan->lanes[i].count) {
      flush(plan, &plan->lanes[i]);
    }
  }
}
