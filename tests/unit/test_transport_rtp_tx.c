/* test_transport_rtp_tx.c - the whole module, sending: the bytes that leave, in
   which calls, and what a refusal costs.
   SPDX-License-Identifier: MIT */
#include "tests/unit/rtp_rig.h"

TestSuite(transport_rtp_tx, .init = rig_begin, .fini = rig_end);

Test(transport_rtp_tx, a_sender_goes_on_over_a_plan_swap)
{
  struct tx *const tx = speak_to(GROUP);
  const uint16_t sequence = tx->sequence;
  swap_plan();
  ops.tx_packet(&rig.rtp, rig.plan, tx, 0, VSC_PACKET_FIRST);
  ops.tx_flush(&rig.rtp, rig.plan);
  vsc_stream other = stream_at(GROUP + 1, 0);
  other.ttl = 1; /* a second class: the lanes move */
  speak(&other);
  swap_plan();
  ops.tx_packet(&rig.rtp, rig.plan, tx, 2, 0);
  ops.tx_flush(&rig.rtp, rig.plan);
  cr_assert_eq(rig.world.sent_count, 2);
  cr_expect_eq(be16(rig.world.sent[1].bytes + 2), (uint16_t)(sequence + 1));
  cr_expect_eq(rig.world.sent[1].ttl, 32);
}

Test(transport_rtp_tx, sent_bytes_are_exactly_these)
{
  static const uint8_t payload[6] = { 0x66, 0x66, 0x66, 0x66, 0x66, 0x66 };
  vsc_stream stream = stream_at(GROUP, 0);
  stream.rtp_offset = 0x10;
  stream.payload_type = 97;
  struct tx *const tx = speak(&stream);
  tx->ssrc = 0xfeedbeef;
  tx->sequence = 0xffff;
  swap_plan();
  ops.tx_packet(&rig.rtp, rig.plan, tx, 0x123456766, VSC_PACKET_FIRST);
  ops.tx_packet(&rig.rtp, rig.plan, tx, 0x1fffffff0, 0);
  ops.tx_flush(&rig.rtp, rig.plan);
  static const uint8_t first[] = { 0x80, 0x61, 0xff, 0xff, 0x23, 0x45,
                                   0x67, 0x76, 0xfe, 0xed, 0xbe, 0xef };
  static const uint8_t second[] = { 0x80, 0x61, 0,    0,    0,    0,
                                    0,    0,    0xfe, 0xed, 0xbe, 0xef };
  const struct sent *const sent = rig.world.sent;
  cr_assert_eq(rig.world.sent_count, 2);
  cr_expect_eq(sent[0].length, 18);
  cr_expect_arr_eq(sent[0].bytes, first, 12);
  cr_expect_arr_eq(sent[0].bytes + 12, payload, 6);
  cr_expect_arr_eq(sent[1].bytes, second, 12);
  cr_expect_eq(sent[0].dest, GROUP);
  cr_expect_eq(sent[0].port, 5004);
  cr_expect_eq(sent[0].dscp, 46);
  cr_expect_eq(sent[0].ttl, 32);
}

Test(transport_rtp_tx, any_payload_type_is_sent_as_96)
{
  vsc_stream stream = stream_at(GROUP, 0);
  stream.payload_type = 255;
  cr_expect_eq(speak(&stream)->payload_type, 96);
}

Test(transport_rtp_tx, all_senders_of_a_class_leave_in_one_call)
{
  for (uint32_t i = 0; i < 8; i++) {
    speak_to(GROUP + i);
  }
  swap_plan();
  for (uint32_t i = 0; i < 8; i++) {
    ops.tx_packet(&rig.rtp, rig.plan, &rig.tx[i], 0, VSC_PACKET_FIRST);
  }
  cr_expect_eq(rig.world.send_calls, 0);
  ops.tx_flush(&rig.rtp, rig.plan);
  cr_expect_eq(rig.world.send_calls, 1);
  cr_expect_eq(rig.world.sent_count, 8);
  cr_expect_eq(world_open_sockets(&rig.world), 1);
}

/* How many of the open sockets are direct. */
static uint32_t
direct_sockets(void)
{
  uint32_t n = 0;
  for (uint32_t i = 0; i < WORLD_SOCKETS; i++) {
    const struct vsc_socket *const s = &rig.world.sockets[i];
    n += s->is_open && s->config.flags & VSC_SOCKET_DIRECT;
  }
  return n;
}

Test(transport_rtp_tx, only_groups_pass_by_the_system_and_only_if_wished)
{
  speak_to(GROUP);
  cr_expect_eq(direct_sockets(), 0);
  rig.rtp.send.is_direct = 1;
  speak_to(GROUP + 1);
  speak_to(GROUP + 2);
  cr_expect_eq(direct_sockets(), 1);
  speak_to(A);
  vsc_stream both = stream_at(GROUP + 3, 0);
  both.also_count = 1;
  both.also[0] = A;
  speak(&both);
  cr_expect_eq(direct_sockets(), 1);
  cr_expect_eq(world_open_sockets(&rig.world), 2);
}

Test(transport_rtp_tx, sixty_five_packets_leave_in_two_calls_in_order)
{
  struct tx *const tx = speak_to(GROUP);
  swap_plan();
  for (int i = 0; i < 65; i++) {
    ops.tx_packet(&rig.rtp, rig.plan, tx, 2 * i, 0);
  }
  ops.tx_flush(&rig.rtp, rig.plan);
  ops.tx_flush(&rig.rtp, rig.plan);
  cr_expect_eq(rig.world.send_calls, 2);
  cr_assert_eq(rig.world.sent_count, 65);
  for (uint32_t i = 0; i < 65; i++) {
    cr_expect_eq(be32(rig.world.sent[i].bytes + 4), 2 * i);
  }
}

Test(transport_rtp_tx, a_class_a_socket)
{
  vsc_stream stream = stream_at(GROUP, 0);
  struct tx *const loud = speak(&stream);
  stream.dscp = 34;
  struct tx *const soft = speak(&stream);
  swap_plan();
  ops.tx_packet(&rig.rtp, rig.plan, soft, 0, 0);
  ops.tx_packet(&rig.rtp, rig.plan, loud, 0, 0);
  ops.tx_flush(&rig.rtp, rig.plan);
  cr_assert_eq(rig.world.sent_count, 2);
  cr_expect_eq(rig.world.sent[0].dscp + rig.world.sent[1].dscp, 34 + 46);
}

Test(transport_rtp_tx, the_33rd_class_is_refused_in_words)
{
  vsc_stream stream = stream_at(GROUP, 0);
  for (uint8_t i = 0; i < TX_SOCKETS; i++) {
    stream.ttl = (uint8_t)(i + 1);
    speak(&stream);
  }
  stream.ttl = 200;
  cr_expect_eq(ops.tx_open(&rig.rtp, &rig.tx[40], &stream, &mouth.port),
               VSC_ERR_NOMEM);
  cr_expect_eq(rig.world.logs, 1);
}

Test(transport_rtp_tx, skipped_frames_do_not_count_in_the_sequence)
{
  struct tx *const tx = speak_to(GROUP);
  const uint16_t sequence = tx->sequence;
  swap_plan();
  ops.tx_packet(&rig.rtp, rig.plan, tx, 0, VSC_PACKET_FIRST);
  mouth.length = VSC_ERR_LATE;
  cr_expect_eq(ops.tx_packet(&rig.rtp, rig.plan, tx, 2, 0), VSC_ERR_LATE);
  mouth.length = 6;
  ops.tx_packet(&rig.rtp, rig.plan, tx, 100, 0);
  ops.tx_flush(&rig.rtp, rig.plan);
  cr_assert_eq(rig.world.sent_count, 2);
  cr_expect_eq(be16(rig.world.sent[1].bytes + 2), (uint16_t)(sequence + 1));
  cr_expect_eq(be32(rig.world.sent[1].bytes + 4), 100);
}

Test(transport_rtp_tx, a_clock_step_keeps_ssrc_and_sequence)
{
  struct tx *const tx = speak_to(GROUP);
  swap_plan();
  ops.tx_packet(&rig.rtp, rig.plan, tx, 0, VSC_PACKET_FIRST);
  ops.tx_packet(&rig.rtp, rig.plan, tx, 1000000, VSC_PACKET_FIRST);
  ops.tx_flush(&rig.rtp, rig.plan);
  const struct sent *const sent = rig.world.sent;
  cr_expect_eq(be32(sent[0].bytes + 8), be32(sent[1].bytes + 8));
  cr_expect_eq((uint16_t)(be16(sent[1].bytes + 2) - be16(sent[0].bytes + 2)),
               1);
}

Test(transport_rtp_tx, a_payload_too_long_to_be_true_is_not_sent)
{
  struct tx *const tx = speak_to(GROUP);
  swap_plan();
  mouth.length = VSC_PACKET_BYTES_MAX + 1;
  cr_expect_lt(ops.tx_packet(&rig.rtp, rig.plan, tx, 0, 0), 0);
  mouth.length = 0;
  cr_expect_lt(ops.tx_packet(&rig.rtp, rig.plan, tx, 0, 0), 0);
  ops.tx_flush(&rig.rtp, rig.plan);
  cr_expect_eq(rig.world.sent_count, 0);
}

Test(transport_rtp_tx, the_longest_payload_fits)
{
  struct tx *const tx = speak_to(GROUP);
  swap_plan();
  mouth.length = VSC_PACKET_BYTES_MAX;
  for (int i = 0; i < 64; i++) {
    ops.tx_packet(&rig.rtp, rig.plan, tx, i, 0);
  }
  cr_expect_eq(rig.world.sent_count, 64);
  cr_expect_eq(rig.world.sent[63].length, 1452);
}

Test(transport_rtp_tx, a_refused_destination_costs_its_own_packet_only)
{
  for (uint32_t i = 0; i < 4; i++) {
    speak_to(GROUP + i);
  }
  rig.world.refused = GROUP + 1;
  swap_plan();
  for (uint32_t i = 0; i < 4; i++) {
    ops.tx_packet(&rig.rtp, rig.plan, &rig.tx[i], 0, 0);
  }
  ops.tx_flush(&rig.rtp, rig.plan);
  cr_expect_eq(rig.world.sent_count, 3);
  cr_expect_eq(world_counted(&rig.world, "send_failed"), 1);
}

/* To A, and also to COUNT addresses from B on. */
static struct tx *
speak_to_many(uint32_t count)
{
  vsc_stream stream = stream_at(A, 0);
  stream.also_count = count;
  for (uint32_t i = 0; i < count; i++) {
    stream.also[i] = B + i;
  }
  return speak(&stream);
}

Test(transport_rtp_tx, every_destination_gets_the_same_packet_in_one_call)
{
  struct tx *const tx = speak_to_many(15);
  const uint16_t sequence = tx->sequence;
  swap_plan();
  ops.tx_packet(&rig.rtp, rig.plan, tx, 6, 0);
  ops.tx_flush(&rig.rtp, rig.plan);
  cr_expect_eq(rig.world.send_calls, 1);
  cr_assert_eq(rig.world.sent_count, 16);
  for (uint32_t i = 0; i < 16; i++) {
    const struct sent *const sent = &rig.world.sent[i];
    cr_expect_eq(sent->dest, A + i);
    cr_expect_eq(sent->length, rig.world.sent[0].length);
    cr_expect_eq(memcmp(sent->bytes, rig.world.sent[0].bytes, sent->length), 0);
  }
  cr_expect_eq(tx->sequence, (uint16_t)(sequence + 1));
}

Test(transport_rtp_tx, copies_keep_their_bytes_over_full_batches)
{
  struct tx *const tx = speak_to_many(2);
  swap_plan();
  for (int i = 0; i < 50; i++) {
    ops.tx_packet(&rig.rtp, rig.plan, tx, 2 * i, 0);
  }
  ops.tx_flush(&rig.rtp, rig.plan);
  cr_assert_eq(rig.world.sent_count, 150);
  for (uint32_t i = 0; i < 150; i++) {
    cr_expect_eq(be32(rig.world.sent[i].bytes + 4), i / 3 * 2);
    cr_expect_eq(rig.world.sent[i].dest, A + i % 3);
  }
}

Test(transport_rtp_tx, one_of_many_that_is_refused_harms_no_other)
{
  struct tx *const tx = speak_to_many(2);
  rig.world.refused = B;
  swap_plan();
  for (int i = 0; i < 5; i++) {
    ops.tx_packet(&rig.rtp, rig.plan, tx, 2 * i, 0);
    ops.tx_flush(&rig.rtp, rig.plan);
  }
  cr_expect_eq(rig.world.sent_count, 10);
  cr_expect_eq(world_counted(&rig.world, "send_failed"), 5);
}

Test(transport_rtp_tx, a_full_buffer_drops_the_rest_and_gives_up_soon)
{
  struct tx *const tx = speak_to(GROUP);
  swap_plan();
  for (int i = 0; i < 60; i++) {
    ops.tx_packet(&rig.rtp, rig.plan, tx, i, 0);
  }
  rig.world.is_jammed = 1;
  ops.tx_flush(&rig.rtp, rig.plan);
  rig.world.is_jammed = 0;
  ops.tx_flush(&rig.rtp, rig.plan);
  cr_expect_eq(world_counted(&rig.world, "send_failed"), 60);
  cr_expect_leq(rig.world.send_calls, 4);
  cr_expect_eq(rig.world.sent_count, 0);
}

Test(transport_rtp_tx, two_senders_differ_in_ssrc_even_when_opened_at_once)
{
  cr_expect_neq(speak_to(GROUP)->ssrc, speak_to(GROUP + 1)->ssrc);
}

Test(transport_rtp_tx, what_is_sent_is_received_at_its_position)
{
  struct tx *const tx = speak_to(GROUP);
  listen_at(GROUP, 0, &ears[0]);
  swap_plan();
  const vsc_pos pos = pos_now() - 6;
  for (int i = 0; i < 3; i++) {
    ops.tx_packet(&rig.rtp, rig.plan, tx, pos + 2 * i, 0);
  }
  ops.tx_flush(&rig.rtp, rig.plan);
  for (uint32_t i = 0; i < rig.world.sent_count; i++) {
    throw_bytes(
      OWN, GROUP, rig.world.sent[i].bytes, rig.world.sent[i].length, 0);
  }
  run();
  cr_assert_eq(ears[0].seen_count, 3);
  cr_expect_eq(ears[0].seen[2].pos, pos + 4);
}
