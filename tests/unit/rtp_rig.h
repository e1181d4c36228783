/* rtp_rig.h - transport-rtp as the engine would hold it: an instance, streams
   and a plan, in the world of rtp_world.h.
   SPDX-License-Identifier: MIT */
#ifndef VSC_TEST_RTP_RIG_H
#define VSC_TEST_RTP_RIG_H

#include "modules/transport-rtp/module.c"

#include "modules/shared/bytes.h"
#include "tests/unit/rtp_world.h"

#include <vsc/position.h>

#include <criterion/criterion.h>

#define GROUP 0xEF450101u /* 239.69.1.1 */
#define A 0x0A000002u
#define B 0x0A000003u
#define STREAMS 1025
#define MS 1000000

/* A module with its streams and the plan in use. */
struct rig {
  struct world world;
  struct transport_rtp rtp;
  struct rx rx[STREAMS];
  struct tx tx[STREAMS];
  void *rx_list[STREAMS], *tx_list[STREAMS];
  uint32_t rx_count, tx_count;
  void *plan;
};

static struct rig rig;
static struct ear ears[4];
static struct mouth mouth;

static void
rig_begin(void)
{
  world_init(&rig.world);
  for (int i = 0; i < 4; i++) {
    ear_init(&ears[i]);
  }
  mouth_init(&mouth, 6);
  rig.rtp.receive_buffer = 12345;
  rig.rtp.send_buffer = 54321;
  cr_assert_eq(vsc_module_entry.init(&rig.rtp, &rig.world.host), VSC_OK);
}

static void
rig_end(void)
{
  for (uint32_t i = 0; i < rig.rx_count; i++) {
    ops.rx_close(&rig.rtp, rig.rx_list[i]);
  }
  for (uint32_t i = 0; i < rig.tx_count; i++) {
    ops.tx_close(&rig.rtp, rig.tx_list[i]);
  }
  /* Criterion does not count what fails here, but it does see a crash. */
  if (world_open_sockets(&rig.world) || rig.world.misuses) {
    fprintf(stderr, "a socket stayed open, or a wrong join or leave\n");
    abort();
  }
  free(rig.plan);
  world_finish(&rig.world);
}

static inline vsc_stream
stream_at(vsc_ip address, vsc_ip source)
{
  return (vsc_stream){ .size = sizeof(vsc_stream),
                       .format = { .size = sizeof(vsc_format),
                                   .rate = 48000,
                                   .channels = 1,
                                   .frames_per_packet = 2,
                                   .encoding = "L24" },
                       .address = address,
                       .source = source,
                       .port = 5004,
                       .payload_type = 96,
                       .ttl = 32,
                       .dscp = 46,
                       .has_rtp_offset = 1,
                       .packet_time = 250000,
                       .name = "rx1" };
}

static inline vsc_status
open_rx(const vsc_stream *stream, struct ear *ear)
{
  struct rx *const rx = &rig.rx[rig.rx_count];
  const vsc_status status = ops.rx_open(&rig.rtp, rx, stream, &ear->port);
  if (status == VSC_OK) {
    rig.rx_list[rig.rx_count++] = rx;
  }
  return status;
}

static inline struct rx *
listen_at(vsc_ip address, vsc_ip source, struct ear *ear)
{
  const vsc_stream stream = stream_at(address, source);
  cr_assert_eq(open_rx(&stream, ear), VSC_OK);
  return rig.rx_list[rig.rx_count - 1];
}

static inline struct tx *
speak(const vsc_stream *stream)
{
  struct tx *const tx = &rig.tx[rig.tx_count];
  cr_assert_eq(ops.tx_open(&rig.rtp, tx, stream, &mouth.port), VSC_OK);
  rig.tx_list[rig.tx_count++] = tx;
  return tx;
}

static inline struct tx *
speak_to(vsc_ip address)
{
  const vsc_stream stream = stream_at(address, 0);
  return speak(&stream);
}

/* What the engine does: a new plan for all streams, the old one freed. */
static inline vsc_status
swap_plan(void)
{
  const vsc_transport_streams streams = { .size = sizeof streams,
                                          .rx = rig.rx_list,
                                          .rx_count = rig.rx_count,
                                          .tx = rig.tx_list,
                                          .tx_count = rig.tx_count };
  void *const plan = calloc(1, ops.plan_size(&rig.rtp, &streams));
  const vsc_status status = ops.plan(&rig.rtp, plan, &streams);
  free(rig.plan);
  rig.plan = plan;
  return status;
}

static inline void
run(void)
{
  ops.rx_run(&rig.rtp, rig.plan, rig.world.now);
}

static inline void
throw_bytes(vsc_ip source,
            vsc_ip dest,
            const uint8_t *bytes,
            uint32_t length,
            uint32_t truncated)
{
  uint8_t copy[2048];
  memcpy(copy, bytes, length);
  const vsc_datagram d = { .bytes = copy,
                           .length = length,
                           .source = source,
                           .source_port = 40000,
                           .dest = dest,
                           .dest_port = 5004,
                           .truncated = truncated,
                           .when = rig.world.now };
  world_deliver(&rig.world, &d);
}

static inline void
throw_packet(vsc_ip source,
             vsc_ip dest,
             uint32_t ssrc,
             uint16_t sequence,
             uint32_t timestamp)
{
  uint8_t bytes[RTP_HEADER_BYTES + 6] = { 0 };
  const struct rtp_packet p = { .payload_type = 96,
                                .sequence = sequence,
                                .timestamp = timestamp,
                                .ssrc = ssrc };
  rtp_packet_write_header(&p, bytes);
  bytes[RTP_HEADER_BYTES] = (uint8_t)sequence;
  throw_bytes(source, dest, bytes, sizeof bytes, 0);
}

static inline vsc_pos
pos_now(void)
{
  return vsc_view_pos(&rig.world.view, rig.world.now, 48000);
}

static inline void
set_pos(vsc_pos pos)
{
  rig.world.view.tai_ns = vsc_tai_of(pos, 48000);
}

#endif
