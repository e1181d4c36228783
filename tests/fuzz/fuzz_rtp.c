/* fuzz_rtp.c - any datagrams, from anybody, at any time: the parser alone, then
   whole runs of the module in a network of paper.
   SPDX-License-Identifier: MIT */
#include "modules/transport-rtp/module.c"

#include "modules/shared/bytes.h"

#define WORLD_SOCKETS 4
#define WORLD_INBOX 64
#define WORLD_SEEN 1
#include "tests/unit/rtp_world.h"

#define GROUP 0xEF450101u
#define STREAMS 4

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
parse_alone(const uint8_t *data, size_t size)
{
  struct rtp_packet p;
  if (rtp_packet_parse(data, (uint32_t)size, &p) == VSC_OK &&
      (p.length == 0 || p.payload < data + RTP_HEADER_BYTES ||
       p.payload + p.length > data + size)) {
    abort();
  }
}

/* Two for any source on one group, one with a source, one of unicast. */
static void
open_all(struct transport_rtp *rtp, struct rx *rx, struct ear *ears)
{
  static const vsc_ip addresses[STREAMS] = { GROUP, GROUP, GROUP, OWN };
  static const vsc_ip sources[STREAMS] = { 0, 0, OWN + 1, 0 };
  for (uint32_t i = 0; i < STREAMS; i++) {
    const vsc_stream stream = { .size = sizeof stream,
                                .format = { .rate = 48000 },
                                .address = addresses[i],
                                .source = sources[i],
                                .port = 5004,
                                .payload_type = i == 1 ? 96 : 255,
                                .has_rtp_offset = i == 1 };
    ear_init(&ears[i]);
    if (ops.rx_open(rtp, &rx[i], &stream, &ears[i].port) != VSC_OK) {
      abort();
    }
  }
}

/* A record: how it comes, two bytes of length, the datagram. */
static const uint8_t *
deliver_one(struct world *w, const uint8_t *at, const uint8_t *end)
{
  const uint8_t how = at[0];
  const size_t wished = be16(at + 1) & 2047;
  const size_t there = (size_t)(end - at) - 3;
  const uint32_t length = (uint32_t)(wished < there ? wished : there);
  uint8_t bytes[2048];
  memcpy(bytes, at + 3, length);
  w->now += (vsc_ns)(how >> 4) * 20000000; /* 15 steps: longer than 250 ms */
  const vsc_datagram d = { .bytes = bytes,
                           .length = length,
                           .source = OWN + 1 + (how & 1),
                           .dest = how & 2 ? OWN : GROUP,
                           .dest_port = 5004,
                           .truncated = (how & 12) == 12,
                           .when = w->now };
  world_deliver(w, &d);
  return at + 3 + length;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  static struct world w;
  static struct ear ears[STREAMS];
  static struct transport_rtp rtp;
  struct rx rx[STREAMS];
  void *list[STREAMS];
  if (size > 65536) {
    return 0;
  }
  parse_alone(data, size);
  world_init(&w);
  memset(&rtp, 0, sizeof rtp);
  vsc_module_entry.init(&rtp, &w.host);
  open_all(&rtp, rx, ears);
  for (uint32_t i = 0; i < STREAMS; i++) {
    list[i] = &rx[i];
  }
  const vsc_transport_streams streams = { .size = sizeof streams,
                                          .rx = list,
                                          .rx_count = STREAMS };
  void *const plan = calloc(1, ops.plan_size(&rtp, &streams));
  ops.plan(&rtp, plan, &streams);
  for (const uint8_t *at = data; data + size - at > 3;) {
    at = deliver_one(&w, at, data + size);
    if (at[-1] & 1) {
      ops.rx_run(&rtp, plan, w.now);
    }
  }
  ops.rx_run(&rtp, plan, w.now);
  for (uint32_t i = 0; i < STREAMS; i++) {
    ops.rx_close(&rtp, &rx[i]);
  }
  free(plan);
  world_finish(&w);
  return 0;
}
