/* transport.c - packets out and in again, through a network without a wire.
   SPDX-License-Identifier: MIT */
#include "trial.h"

#include <vsc/position.h>
#include <vsc/transport.h>

#include <stdlib.h>
#include <string.h>

#define RATE 48000u
#define FRAMES 48u
#define PACKET_NS 1000000
#define PAYLOAD 288u /* FRAMES * 2 channels * 3 bytes */
#define PACKETS 100
#define GROUP 0xEF450101u /* 239.69.1.1 */

/* One sender and one receiver of the same group. */
struct link {
  struct subject subject;
  const vsc_transport_ops *ops;
  vsc_stream stream;
  vsc_rx_port rx_port;
  vsc_tx_port tx_port;
  struct guard *rx, *tx, *plan;
  bool is_rx_open, is_tx_open;
  uint32_t received, wrong, asked;
  vsc_pos last;
};

static struct link *
of_rx(const vsc_rx_port *p) VSC_RT
{
  return p->route;
}

static uint8_t
byte_at(vsc_pos pos, uint32_t i) VSC_RT
{
  return (uint8_t)((uint64_t)pos / FRAMES * 31 + i);
}

static vsc_status
port_receive(const vsc_rx_port *p, const vsc_packet *packet) VSC_RT
{
  struct link *const l = of_rx(p);
  if (packet->length != PAYLOAD || packet->pos % FRAMES != 0) {
    l->wrong++;
    return VSC_ERR_MALFORMED;
  }
  for (uint32_t i = 0; i < PAYLOAD; i++) {
    if (packet->payload[i] != byte_at(packet->pos, i)) {
      l->wrong++;
      return VSC_OK;
    }
  }
  if (packet->pos > l->last) {
    l->received++;
    l->last = packet->pos;
  }
  return VSC_OK;
}

static void
port_count(const vsc_rx_port *p, uint32_t event) VSC_RT
{
  if (event > VSC_RX_RESTARTED) {
    fakehost_complain(&of_rx(p)->subject.host, "counts an event that is none");
  }
}

static int32_t
port_send(const vsc_tx_port *p,
          vsc_pos pos,
          uint8_t *dst,
          uint32_t capacity) VSC_RT
{
  struct link *const l = p->route;
  if (capacity < PAYLOAD) {
    fakehost_complain(&l->subject.host, "has no room for a packet's payload");
    return VSC_ERR_INVALID;
  }
  for (uint32_t i = 0; i < PAYLOAD; i++) {
    dst[i] = byte_at(pos, i);
  }
  l->asked++;
  return (int32_t)PAYLOAD;
}

static void
describe(struct link *l)
{
  l->stream = (vsc_stream){
    .size = sizeof l->stream,
    .format = { .size = sizeof l->stream.format,
                .rate = RATE,
                .channels = 2,
                .frames_per_packet = FRAMES,
                .encoding = "L24" },
    .address = GROUP,
    .port = 5004,
    .payload_type = 96,
    .ttl = 32,
    .dscp = 46,
    .has_rtp_offset = 1,
    .rtp_offset = 12345,
    .packet_time = PACKET_NS,
    .id = "check 1 IN IP4 10.0.0.2",
    .name = "check",
  };
  l->rx_port = (vsc_rx_port){ .size = sizeof l->rx_port,
                              .route = l,
                              .packet = port_receive,
                              .count = port_count };
  l->tx_port =
    (vsc_tx_port){ .size = sizeof l->tx_port, .route = l, .packet = port_send };
}

static void
link_close(struct link *l)
{
  if (l->is_rx_open) {
    l->ops->rx_close(l->subject.self, l->rx->memory);
  }
  if (l->is_tx_open) {
    l->ops->tx_close(l->subject.self, l->tx->memory);
  }
  if (l->subject.trial && l->subject.memory) {
    struct guard *const guards[] = { l->rx, l->tx, l->plan };
    for (size_t i = 0; i < sizeof guards / sizeof guards[0]; i++) {
      if (guards[i] && !guard_is_intact(guards[i])) {
        report_fail(&l->subject.trial->report,
                    "writes outside of its rx_size, tx_size or plan_size");
      }
    }
  }
  guard_destroy(l->rx);
  guard_destroy(l->tx);
  guard_destroy(l->plan);
  subject_finish(&l->subject);
  free(l);
}

static bool
open_streams(struct link *l)
{
  struct report *const report = &l->subject.trial->report;
  void *const self = l->subject.self;
  l->rx = guard_create(l->ops->rx_size + 1u, 0);
  l->tx = guard_create(l->ops->tx_size + 1u, 0);
  if (!l->rx || !l->tx) {
    report_fail(report, "no memory for rx_size and tx_size");
    return false;
  }
  l->is_rx_open =
    l->ops->rx_open(self, l->rx->memory, &l->stream, &l->rx_port) >= 0;
  l->is_tx_open =
    l->ops->tx_open(self, l->tx->memory, &l->stream, &l->tx_port) >= 0;
  if (!l->is_rx_open || !l->is_tx_open) {
    report_fail(report,
                "%s refuses L24, 2 channels, 1 ms to 239.69.1.1:5004: %s",
                l->is_rx_open ? "tx_open()" : "rx_open()",
                subject_said(&l->subject));
    return false;
  }
  void *rx = l->rx->memory;
  void *tx = l->tx->memory;
  const vsc_transport_streams streams = {
    .size = sizeof streams, .rx = &rx, .rx_count = 1, .tx = &tx, .tx_count = 1
  };
  l->plan = guard_create(l->ops->plan_size(self, &streams), 0);
  if (!l->plan) {
    report_fail(report, "no memory for plan_size");
    return false;
  }
  if (l->ops->plan(self, l->plan->memory, &streams) < 0) {
    report_fail(report,
                "plan() refuses one receiver and one sender: %s",
                subject_said(&l->subject));
    return false;
  }
  return true;
}

/* NULL after reporting. */
static struct link *
link_open(struct trial *t)
{
  struct link *const l = calloc(1, sizeof *l);
  if (!l) {
    report_fail(&t->report, "no memory to try it");
    return NULL;
  }
  l->ops = t->module->ops;
  describe(l);
  if (!subject_start(&l->subject, t)) {
    free(l);
    return NULL;
  }
  if (!open_streams(l)) {
    link_close(l);
    return NULL;
  }
  return l;
}

static vsc_pos
position(struct link *l)
{
  vsc_clock_view view = { .size = sizeof view };
  const vsc_host *const host = &l->subject.host.host;
  host->clock_read(host, &view);
  const vsc_pos pos = vsc_view_pos(&view, host->now(host), RATE);
  return pos - pos % FRAMES;
}

/* One wake-up, as the engine does it: drain, send what is due. */
static void
wake(struct link *l, bool is_first)
{
  void *const self = l->subject.self;
  void *const plan = l->plan->memory;
  l->ops->rx_run(self, plan, l->subject.host.now);
  if (l->ops->tx_packet(self,
                        plan,
                        l->tx->memory,
                        position(l) - FRAMES,
                        is_first ? VSC_PACKET_FIRST : 0) < 0) {
    report_fail(&l->subject.trial->report, "tx_packet() fails");
  }
  l->ops->tx_flush(self, plan);
  fakehost_advance(&l->subject.host, PACKET_NS);
}

static void
there_and_back(struct trial *t)
{
  struct link *const l = link_open(t);
  if (!l) {
    return;
  }
  for (int i = 0; i < PACKETS; i++) {
    wake(l, i == 0);
  }
  if (l->asked != PACKETS) {
    report_fail(&t->report,
                "%d packets were due, %u were fetched from the port",
                PACKETS,
                (unsigned)l->asked);
  } else if (l->wrong) {
    report_fail(&t->report,
                "%u of %d packets came back with other bytes or at a wrong "
                "position",
                (unsigned)l->wrong,
                PACKETS);
  } else if (l->received == 0) {
    report_warn(&t->report,
                "nothing that it sent came back on a network that returns "
                "everything");
  } else if (l->received + 1 < PACKETS) {
    report_fail(
      &t->report, "%u of %d packets came back", (unsigned)l->received, PACKETS);
  }
  link_close(l);
  report_note(&t->report, "%d packets", PACKETS);
}

/* Whatever arrives on its sockets: no crash, and the stream plays on. */
static void
garbage(struct trial *t)
{
  struct link *const l = link_open(t);
  uint32_t seed = 1;
  if (!l) {
    return;
  }
  for (int i = 0; i < PACKETS; i++) {
    uint8_t bytes[2100];
    const uint32_t length = trial_random(&seed) % sizeof bytes;
    for (uint32_t b = 0; b < length; b++) {
      bytes[b] = (uint8_t)(trial_random(&seed) >> 24);
    }
    if (i % 2 && length > 1) {
      bytes[0] = (uint8_t)(0x80 | (bytes[0] & 0x3f)); /* RTP, and lies */
      bytes[1] = (uint8_t)(96 | (bytes[1] & 0x80));
    }
    fakehost_inject(&l->subject.host, bytes, length);
    wake(l, i == 0);
  }
  link_close(l);
  report_note(&t->report, "%d datagrams", PACKETS);
}

const struct trial_check trial_transport[] = {
  { .name = "there and back", .run = there_and_back },
  { .name = "garbage from the network", .run = garbage },
  { .name = NULL },
};
