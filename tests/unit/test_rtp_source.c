/* test_rtp_source.c - who plays on a stream, and where in its sequence.
   SPDX-License-Identifier: MIT */
#include "modules/transport-rtp/rtp_source.h"

#include <criterion/criterion.h>

#define A 0x0A000002u
#define B 0x0A000003u
#define MS 1000000

static struct rtp_source source;
static vsc_ns now;

static struct rtp_verdict
hear(vsc_ip address, uint32_t ssrc, uint16_t sequence)
{
  const struct rtp_arrival arrival = {
    .address = address, .ssrc = ssrc, .sequence = sequence, .when = now
  };
  return rtp_source_judge(&source, &arrival);
}

/* Who is heard in most of them. */
static struct rtp_verdict
play(uint16_t sequence)
{
  return hear(A, 7, sequence);
}

Test(rtp_source, first_packet_is_first_and_no_restart)
{
  const struct rtp_verdict v = hear(A, 0, 0);
  cr_expect_eq(v.flags, VSC_PACKET_FIRST);
  cr_expect(!v.is_restart && !v.is_foreign);
}

Test(rtp_source, next_sequence_follows)
{
  play(100);
  cr_expect_eq(play(101).flags, VSC_PACKET_FOLLOWS);
}

Test(rtp_source, sequence_wraps_at_65535)
{
  play(65535);
  cr_expect_eq(play(0).flags, VSC_PACKET_FOLLOWS);
}

Test(rtp_source, older_across_the_wrap_is_reordered)
{
  play(65534);
  play(0);
  const struct rtp_verdict v = play(65535);
  cr_expect_eq(v.flags, VSC_PACKET_REORDERED);
  cr_expect(v.is_older);
}

Test(rtp_source, reordered_packet_does_not_move_the_newest)
{
  play(10);
  play(12);
  play(11);
  cr_expect_eq(play(13).flags, VSC_PACKET_FOLLOWS);
}

Test(rtp_source, repeated_newest_is_not_counted_as_older)
{
  play(10);
  const struct rtp_verdict v = play(10);
  cr_expect_eq(v.flags, VSC_PACKET_REORDERED);
  cr_expect(!v.is_older);
}

Test(rtp_source, jump_forward_is_loss_and_no_restart)
{
  play(10);
  const struct rtp_verdict v = play(10 + 0x7fff);
  cr_expect_eq(v.flags, 0);
  cr_expect(!v.is_restart);
}

Test(rtp_source, a_hundred_back_is_reordered_and_one_more_a_restart)
{
  play(1000);
  cr_expect_eq(play(900).flags, VSC_PACKET_REORDERED);
  const struct rtp_verdict v = play(899);
  cr_expect_eq(v.flags, VSC_PACKET_FIRST);
  cr_expect(v.is_restart);
}

Test(rtp_source, half_the_circle_away_is_a_restart)
{
  play(0);
  cr_expect_eq(play(0x8000).flags, VSC_PACKET_FIRST);
}

Test(rtp_source, new_ssrc_of_the_same_address_restarts_at_once)
{
  play(10);
  const struct rtp_verdict v = hear(A, 8, 11);
  cr_expect_eq(v.flags, VSC_PACKET_FIRST);
  cr_expect(v.is_restart);
}

Test(rtp_source, sequence_follows_after_a_restart)
{
  play(10);
  hear(A, 8, 40000);
  cr_expect_eq(hear(A, 8, 40001).flags, VSC_PACKET_FOLLOWS);
}

Test(rtp_source, another_address_is_foreign_while_the_old_one_lives)
{
  play(10);
  now += 250 * MS - 1;
  cr_expect(hear(B, 7, 11).is_foreign);
}

Test(rtp_source, another_address_takes_over_after_250_ms_of_silence)
{
  play(10);
  now += 250 * MS;
  const struct rtp_verdict v = hear(B, 9, 500);
  cr_expect_eq(v.flags, VSC_PACKET_FIRST);
  cr_expect(v.is_restart && !v.is_foreign);
}

Test(rtp_source, foreign_packets_do_not_keep_the_old_one_alive)
{
  play(10);
  for (int i = 0; i < 249; i++) {
    now += MS;
    cr_assert(hear(B, 9, (uint16_t)i).is_foreign);
  }
  now += MS;
  cr_expect(!hear(B, 9, 249).is_foreign);
}

Test(rtp_source, the_old_address_is_foreign_once_replaced)
{
  play(10);
  now += 300 * MS;
  hear(B, 9, 500);
  now += MS;
  cr_expect(play(11).is_foreign);
}

Test(rtp_source, foreign_packet_changes_nothing)
{
  play(10);
  hear(B, 7, 30000);
  cr_expect_eq(play(11).flags, VSC_PACKET_FOLLOWS);
}

Test(rtp_source, filtered_out_address_is_foreign_even_after_silence)
{
  source.filter = A;
  cr_expect(hear(B, 7, 10).is_foreign);
  now += 1000 * MS;
  cr_expect(hear(B, 7, 11).is_foreign);
}

Test(rtp_source, silence_of_the_same_sender_is_no_restart)
{
  play(10);
  now += 10000LL * MS;
  const struct rtp_verdict v = play(11);
  cr_expect_eq(v.flags, VSC_PACKET_FOLLOWS);
}

Test(rtp_source, a_forged_sequence_costs_one_restart)
{
  uint32_t restarts = 0;
  play(10);
  play(30010); /* forged: jumps forward */
  for (uint16_t i = 11; i < 1000; i++) {
    restarts += play(i).is_restart;
  }
  cr_expect_eq(restarts, 1);
}

Test(rtp_source, an_older_arrival_does_not_make_the_sender_look_silent)
{
  now = 1000 * MS;
  play(10);
  now = 900 * MS; /* from another socket, drained later */
  play(9);
  now = 1249 * MS;
  cr_expect(hear(B, 7, 11).is_foreign);
}

Test(rtp_source, even_address_and_ssrc_zero_begin_with_first)
{
  cr_expect_eq(hear(0, 0, 1).flags, VSC_PACKET_FIRST);
}
