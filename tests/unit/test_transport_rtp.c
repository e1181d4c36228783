/* test_transport_rtp.c - the whole module, receiving: sockets, sharing,
   restarts, storms, hostile packets.
   SPDX-License-Identifier: MIT */
#include "tests/unit/rtp_rig.h"

TestSuite(transport_rtp, .init = rig_begin, .fini = rig_end);

Test(transport_rtp, hands_over_media_position_arrival_and_payload)
{
  listen_at(GROUP, 0, &ears[0]);
  swap_plan();
  throw_packet(A, GROUP, 7, 42, (uint32_t)(pos_now() - 12));
  run();
  cr_assert_eq(ears[0].seen_count, 1);
  cr_expect_eq(ears[0].seen[0].pos, pos_now() - 12);
  cr_expect_eq(ears[0].seen[0].when, rig.world.now);
  cr_expect_eq(ears[0].seen[0].length, 6);
  cr_expect_eq(ears[0].seen[0].first, 42);
  cr_expect_eq(ears[0].seen[0].flags, VSC_PACKET_FIRST);
}

Test(transport_rtp, rtp_offset_is_taken_off_the_timestamp)
{
  vsc_stream stream = stream_at(GROUP, 0);
  stream.rtp_offset = 0xfffffff0;
  cr_assert_eq(open_rx(&stream, &ears[0]), VSC_OK);
  swap_plan();
  throw_packet(A, GROUP, 7, 1, (uint32_t)pos_now() + 0xfffffff0);
  run();
  cr_expect_eq(ears[0].seen[0].pos, pos_now());
}

Test(transport_rtp, position_goes_on_where_timestamp_and_sequence_wrap)
{
  const vsc_pos wrap = 12LL << 32;
  set_pos(wrap - 6);
  listen_at(GROUP, 0, &ears[0]);
  swap_plan();
  for (int i = 0; i < 8; i++) {
    throw_packet(A, GROUP, 7, (uint16_t)(65533 + i), (uint32_t)(-6 + 2 * i));
  }
  run();
  cr_assert_eq(ears[0].seen_count, 8);
  for (int i = 0; i < 8; i++) {
    cr_expect_eq(ears[0].seen[i].pos, wrap - 6 + 2 * i);
    cr_expect_eq(ears[0].seen[i].flags,
                 i ? VSC_PACKET_FOLLOWS : VSC_PACKET_FIRST);
  }
}

Test(transport_rtp, position_is_nearest_to_the_arrival_not_to_the_run)
{
  listen_at(GROUP, 0, &ears[0]);
  swap_plan();
  /* 50000 s are 2.4e9 frames: past 2^31. The view is as old on either side. */
  rig.world.now += (vsc_ns)50000 * 1000000000;
  const vsc_pos sent = pos_now();
  throw_packet(A, GROUP, 7, 1, (uint32_t)sent);
  rig.world.now += (vsc_ns)50000 * 1000000000;
  run();
  cr_expect_eq(ears[0].seen[0].pos, sent);
}

Test(transport_rtp, sender_of_unknown_offset_half_the_circle_away_stays_whole)
{
  vsc_stream stream = stream_at(GROUP, 0);
  stream.has_rtp_offset = 0;
  cr_assert_eq(open_rx(&stream, &ears[0]), VSC_OK);
  swap_plan();
  const uint32_t far = (uint32_t)pos_now() + 0x80000000u;
  for (int i = 0; i < 64; i++) {
    /* Jitter: now a little early, now a little late. */
    throw_packet(A, GROUP, 7, (uint16_t)i, far + (uint32_t)(12 * i));
    rig.world.now += i % 2 ? 150000 : 350000;
  }
  run();
  for (int i = 1; i < 64; i++) {
    cr_assert_eq(ears[0].seen[i].pos - ears[0].seen[i - 1].pos, 12);
  }
}

Test(transport_rtp, twenty_one_groups_take_two_sockets)
{
  for (uint32_t i = 0; i < 21; i++) {
    listen_at(GROUP + i, 0, &ears[0]);
  }
  cr_expect_eq(world_open_sockets(&rig.world), 2);
  swap_plan();
  for (uint32_t i = 0; i < 21; i++) {
    throw_packet(A, GROUP + i, 7, (uint16_t)i, (uint32_t)pos_now());
  }
  run();
  cr_expect_eq(ears[0].seen_count, 21);
  cr_expect_eq(world_counted(&rig.world, "unexpected"), 0);
}

Test(transport_rtp, a_place_that_was_left_is_used_again)
{
  for (uint32_t i = 0; i < 20; i++) {
    listen_at(GROUP + i, 0, &ears[0]);
  }
  ops.rx_close(&rig.rtp, &rig.rx[7]);
  listen_at(GROUP + 100, 0, &ears[0]);
  cr_expect_eq(world_open_sockets(&rig.world), 1);
}

Test(transport_rtp, each_port_has_its_own_socket)
{
  vsc_stream stream = stream_at(GROUP, 0);
  listen_at(GROUP, 0, &ears[0]);
  stream.port = 5006;
  cr_assert_eq(open_rx(&stream, &ears[1]), VSC_OK);
  swap_plan();
  throw_packet(A, GROUP, 7, 1, 0);
  run();
  cr_expect_eq(world_open_sockets(&rig.world), 2);
  cr_expect_eq(ears[0].seen_count, 1);
  cr_expect_eq(ears[1].seen_count, 0);
}

Test(transport_rtp, two_receivers_of_a_group_share_its_membership)
{
  listen_at(GROUP, 0, &ears[0]);
  listen_at(GROUP, 0, &ears[1]);
  swap_plan();
  throw_packet(A, GROUP, 7, 1, 0);
  run();
  cr_expect_eq(rig.world.sockets[0].joined_count, 1);
  cr_expect_eq(ears[0].seen_count, 1);
  cr_expect_eq(ears[1].seen_count, 1);
}

Test(transport_rtp, closing_one_of_two_receivers_keeps_the_group)
{
  struct rx *const first = listen_at(GROUP, 0, &ears[0]);
  listen_at(GROUP, 0, &ears[1]);
  swap_plan();
  rig.rx_list[0] = rig.rx_list[1];
  rig.rx_count = 1;
  swap_plan();
  ops.rx_close(&rig.rtp, first);
  throw_packet(A, GROUP, 7, 1, 0);
  run();
  cr_expect_eq(ears[0].seen_count, 0);
  cr_expect_eq(ears[1].seen_count, 1);
}

Test(transport_rtp, one_group_for_two_sources_is_foreign_to_nobody)
{
  listen_at(GROUP, A, &ears[0]);
  listen_at(GROUP, B, &ears[1]);
  swap_plan();
  throw_packet(A, GROUP, 7, 1, 0);
  throw_packet(B, GROUP, 8, 2, 0);
  run();
  cr_expect(ears[0].seen_count == 1 && ears[0].seen[0].first == 1);
  cr_expect(ears[1].seen_count == 1 && ears[1].seen[0].first == 2);
  cr_expect_eq(ears[0].counts[VSC_RX_FOREIGN], 0);
}

Test(transport_rtp, a_group_with_and_without_source_arrives_once_at_each)
{
  listen_at(GROUP, 0, &ears[0]);
  listen_at(GROUP, A, &ears[1]);
  swap_plan();
  throw_packet(A, GROUP, 7, 1, 0);
  run();
  cr_expect_eq(ears[0].seen_count, 1);
  cr_expect_eq(ears[1].seen_count, 1);
  cr_expect_eq(ears[0].counts[VSC_RX_REORDERED], 0);
}

Test(transport_rtp, unicast_and_multicast_of_a_port_are_apart)
{
  listen_at(GROUP, 0, &ears[0]);
  listen_at(OWN, 0, &ears[1]);
  swap_plan();
  throw_packet(A, OWN, 7, 1, 0);
  throw_packet(A, GROUP, 8, 2, 0);
  run();
  cr_expect(ears[0].seen_count == 1 && ears[0].seen[0].first == 2);
  cr_expect(ears[1].seen_count == 1 && ears[1].seen[0].first == 1);
}

Test(transport_rtp, unicast_receivers_of_two_sources_share_a_socket)
{
  listen_at(OWN, A, &ears[0]);
  listen_at(OWN, B, &ears[1]);
  swap_plan();
  throw_packet(A, OWN, 7, 1, 0);
  throw_packet(B, OWN, 8, 2, 0);
  run();
  cr_expect_eq(world_open_sockets(&rig.world), 1);
  cr_expect(ears[0].seen_count == 1 && ears[0].seen[0].first == 1);
  cr_expect(ears[1].seen_count == 1 && ears[1].seen[0].first == 2);
}

Test(transport_rtp, somebody_elses_address_is_refused_in_words)
{
  const vsc_stream stream = stream_at(OWN + 8, 0);
  cr_expect_eq(open_rx(&stream, &ears[0]), VSC_ERR_UNSUPPORTED);
  cr_expect_str_eq(rig.world.last_log,
                   "stream \"rx1\": address \"10.0.0.9\" is neither a group "
                   "nor ours, \"10.0.0.1\"");
}

Test(transport_rtp, without_an_interface_nothing_opens)
{
  const vsc_stream stream = stream_at(GROUP, 0);
  rig.world.is_offline = 1;
  cr_expect_eq(open_rx(&stream, &ears[0]), VSC_ERR_UNSUPPORTED);
  cr_expect_eq(ops.tx_open(&rig.rtp, &rig.tx[0], &stream, &mouth.port),
               VSC_ERR_UNSUPPORTED);
}

Test(transport_rtp, closing_what_did_not_open_is_harmless)
{
  const vsc_stream stream = stream_at(GROUP, 0);
  rig.world.is_offline = 1;
  ops.rx_open(&rig.rtp, &rig.rx[0], &stream, &ears[0].port);
  ops.tx_open(&rig.rtp, &rig.tx[0], &stream, &mouth.port);
  ops.rx_close(&rig.rtp, &rig.rx[0]);
  ops.tx_close(&rig.rtp, &rig.tx[0]);
  cr_expect_eq(world_open_sockets(&rig.world), 0);
}

Test(transport_rtp, the_129th_socket_is_refused_in_words)
{
  vsc_stream stream = stream_at(GROUP, 0);
  for (uint16_t i = 0; i < RX_SOCKETS; i++) {
    stream.port = (uint16_t)(5004 + i);
    cr_assert_eq(open_rx(&stream, &ears[0]), VSC_OK);
  }
  stream.port = 6000;
  cr_expect_eq(open_rx(&stream, &ears[0]), VSC_ERR_NOMEM);
  cr_expect_eq(rig.world.logs, 1);
}

Test(transport_rtp, a_plan_of_1025_receivers_is_refused)
{
  for (uint32_t i = 0; i < 1025; i++) {
    listen_at(GROUP, 0, &ears[0]);
  }
  cr_expect_eq(swap_plan(), VSC_ERR_UNSUPPORTED);
}

Test(transport_rtp, options_reach_the_sockets)
{
  listen_at(GROUP, 0, &ears[0]);
  speak_to(GROUP);
  cr_expect_eq(rig.world.sockets[0].config.buffer_bytes, 12345);
  cr_expect_eq(rig.world.sockets[1].config.buffer_bytes, 54321);
}

Test(transport_rtp, restart_is_counted_and_played_at_once)
{
  listen_at(GROUP, 0, &ears[0]);
  swap_plan();
  throw_packet(A, GROUP, 7, 1, 0);
  throw_packet(A, GROUP, 8, 500, 2);
  run();
  cr_expect_eq(ears[0].seen_count, 2);
  cr_expect_eq(ears[0].seen[1].flags, VSC_PACKET_FIRST);
  cr_expect_eq(ears[0].counts[VSC_RX_RESTARTED], 1);
}

Test(transport_rtp, foreign_packets_are_counted_and_dropped)
{
  listen_at(GROUP, 0, &ears[0]);
  swap_plan();
  throw_packet(A, GROUP, 7, 1, 0);
  throw_packet(B, GROUP, 7, 2, 2);
  run();
  cr_expect_eq(ears[0].seen_count, 1);
  cr_expect_eq(ears[0].counts[VSC_RX_FOREIGN], 1);
}

Test(transport_rtp, only_the_named_source_is_heard)
{
  listen_at(OWN, A, &ears[0]); /* unicast: no kernel filter in front */
  swap_plan();
  throw_packet(B, OWN, 7, 1, 0);
  rig.world.now += 1000 * MS;
  throw_packet(B, OWN, 7, 2, 0);
  throw_packet(A, OWN, 9, 3, 0);
  run();
  cr_expect(ears[0].seen_count == 1 && ears[0].seen[0].first == 3);
  cr_expect_eq(ears[0].counts[VSC_RX_FOREIGN], 2);
}

Test(transport_rtp, reordered_packets_are_counted_and_handed_over)
{
  static const uint16_t order[] = { 1, 3, 2, 4, 4 };
  listen_at(GROUP, 0, &ears[0]);
  swap_plan();
  for (int i = 0; i < 5; i++) {
    throw_packet(A, GROUP, 7, order[i], 2u * order[i]);
  }
  run();
  cr_expect_eq(ears[0].seen_count, 5);
  cr_expect_eq(ears[0].counts[VSC_RX_REORDERED], 1);
  cr_expect_eq(ears[0].seen[2].flags, VSC_PACKET_REORDERED);
  cr_expect_eq(ears[0].seen[3].flags, VSC_PACKET_FOLLOWS);
}

Test(transport_rtp, another_payload_type_is_malformed_unless_any_is_allowed)
{
  uint8_t bytes[18] = { 0x80, 97 };
  vsc_stream stream = stream_at(GROUP, 0);
  listen_at(GROUP, 0, &ears[0]);
  stream.payload_type = 255;
  cr_assert_eq(open_rx(&stream, &ears[1]), VSC_OK);
  swap_plan();
  throw_bytes(A, GROUP, bytes, sizeof bytes, 0);
  run();
  cr_expect_eq(ears[0].counts[VSC_RX_MALFORMED], 1);
  cr_expect_eq(ears[0].other_type, 97);
  cr_expect_eq(ears[0].seen_count, 0);
  cr_expect_eq(ears[1].seen_count, 1);
}

Test(transport_rtp, names_no_type_to_an_engine_that_is_older)
{
  uint8_t bytes[18] = { 0x80, 97 };
  listen_at(GROUP, 0, &ears[0]);
  ears[0].port.size = offsetof(vsc_rx_port, other_type);
  swap_plan();
  throw_bytes(A, GROUP, bytes, sizeof bytes, 0);
  run();
  cr_expect_eq(ears[0].counts[VSC_RX_MALFORMED], 1);
  cr_expect_eq(ears[0].other_type, 0);
}

Test(transport_rtp, hostile_packets_leave_the_good_stream_exact)
{
  static const uint8_t hostile[][20] = {
    { 0 },
    { 0x8f, 96, 0, 1 },
    { 0x90, 96, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff },
    { 0xa0, 96, [19] = 200 },
    { 0xa0, 96, [19] = 0 },
    { 0xff, 0xff },
  };
  listen_at(GROUP, 0, &ears[0]);
  swap_plan();
  for (uint16_t i = 0; i < 6; i++) {
    throw_packet(A, GROUP, 7, i, 2u * i);
    throw_bytes(A, GROUP, hostile[i], 20, 0);
    throw_bytes(A, GROUP, hostile[i], i, 0);
  }
  run();
  cr_expect_eq(ears[0].seen_count, 6);
  cr_expect_eq(ears[0].counts[VSC_RX_MALFORMED], 12);
  for (int i = 1; i < 6; i++) {
    cr_expect_eq(ears[0].seen[i].flags, VSC_PACKET_FOLLOWS);
  }
}

Test(transport_rtp, a_giant_is_malformed_whatever_its_first_bytes_say)
{
  uint8_t bytes[2048] = { 0x80, 96 };
  listen_at(GROUP, 0, &ears[0]);
  swap_plan();
  throw_bytes(A, GROUP, bytes, sizeof bytes, 1);
  run();
  cr_expect_eq(ears[0].seen_count, 0);
  cr_expect_eq(ears[0].counts[VSC_RX_MALFORMED], 1);
}

Test(transport_rtp, a_destination_outside_the_plan_is_unexpected)
{
  listen_at(GROUP, 0, &ears[0]);
  swap_plan();
  listen_at(GROUP + 1, 0, &ears[1]);
  throw_packet(A, GROUP + 1, 7, 1, 0);
  run();
  cr_expect_eq(ears[1].seen_count, 0);
  cr_expect_eq(world_counted(&rig.world, "unexpected"), 1);
}

/* Endless packets on the first socket; a good stream on the second. */
static void
storm(vsc_datagram *out)
{
  static uint8_t bytes[18] = { 0x80, 96 };
  vsc_stream stream = stream_at(GROUP + 1, 0);
  stream.port = 5006;
  listen_at(GROUP, 0, &ears[0]);
  cr_assert_eq(open_rx(&stream, &ears[1]), VSC_OK);
  swap_plan();
  *out = (vsc_datagram){ .bytes = bytes,
                         .length = sizeof bytes,
                         .source = A,
                         .dest = GROUP,
                         .dest_port = 5004,
                         .when = rig.world.now };
  rig.world.sockets[0].storm = out;
}

Test(transport_rtp, a_storm_takes_a_bounded_run)
{
  vsc_datagram endless;
  storm(&endless);
  run();
  cr_expect_eq(ears[0].seen_count, 512 + 4 * 2);
}

Test(transport_rtp, a_storm_does_not_delay_another_socket)
{
  vsc_datagram endless;
  storm(&endless);
  for (uint16_t i = 0; i < 300; i++) {
    uint8_t bytes[18] = { 0x80, 96, (uint8_t)(i >> 8), (uint8_t)i };
    const vsc_datagram d = { .bytes = bytes,
                             .length = sizeof bytes,
                             .source = B,
                             .dest = GROUP + 1,
                             .dest_port = 5006,
                             .when = rig.world.now };
    world_deliver(&rig.world, &d);
  }
  run(); /* about half of the budget is its share */
  run();
  cr_expect_eq(ears[1].seen_count, 300);
}

Test(transport_rtp, no_socket_starves_behind_more_storms_than_the_budget_holds)
{
  vsc_datagram endless;
  vsc_stream stream = stream_at(GROUP, 0);
  storm(&endless);
  for (uint16_t port = 5100; port < 5140; port++) {
    stream.port = port;
    cr_assert_eq(open_rx(&stream, &ears[2]), VSC_OK);
  }
  for (uint32_t i = 0; i < 42; i++) {
    rig.world.sockets[i].storm = i == 41 ? NULL : &endless;
  }
  swap_plan();
  for (int i = 0; i < 6; i++) {
    run();
  }
  cr_expect_geq(rig.world.sockets[41].calls, 1);
}

Test(transport_rtp, a_quiet_socket_costs_one_call)
{
  listen_at(GROUP, 0, &ears[0]);
  swap_plan();
  run();
  cr_expect_eq(rig.world.sockets[0].calls, 1);
}

Test(transport_rtp, a_backlog_is_drained_in_one_run)
{
  listen_at(GROUP, 0, &ears[0]);
  swap_plan();
  for (uint16_t i = 0; i < 500; i++) {
    throw_packet(A, GROUP, 7, i, 2u * i);
  }
  run();
  cr_expect_eq(ears[0].seen_count, 500);
}

Test(transport_rtp, without_receivers_a_run_does_nothing)
{
  swap_plan();
  run();
  ops.tx_flush(&rig.rtp, rig.plan);
  cr_expect_eq(rig.world.send_calls, 0);
}

Test(transport_rtp, a_stream_goes_on_over_a_plan_swap)
{
  listen_at(GROUP, 0, &ears[0]);
  swap_plan();
  throw_packet(A, GROUP, 7, 1, 2);
  run();
  throw_packet(A, GROUP, 7, 2, 4); /* waits in the socket meanwhile */
  listen_at(GROUP + 1, 0, &ears[1]);
  swap_plan();
  throw_packet(A, GROUP, 7, 3, 6);
  run();
  cr_assert_eq(ears[0].seen_count, 3);
  cr_expect_eq(ears[0].seen[1].flags, VSC_PACKET_FOLLOWS);
  cr_expect_eq(ears[0].seen[2].flags, VSC_PACKET_FOLLOWS);
}
