/* test_rtp_source.c - who plays on a stream, and where in its sequence.
   SPDX-License-Identifier: MIT */
#include "modules/transport-rtp/rtp_source.h"

#include <criterion/criterion.h>

#define A 0x0A000002u
#define B 0x0A000003u
#define MS 1000000

static vsc_ns now;

static struct rtp_verdict
hear(struct rtp_source *s, vsc_ip address, uint32_t ssrc, uint16_t sequence)
{
  const struct rtp_arrival arrival = {
    .address = address, .ssrc = ssrc, .sequence = sequence, .when = now
  };
  return rtp_source_judge(s, &arrival);
}

Test(rtp_source, first_packet_is_first_and_no_restart)
{
  struct rtp_source s = { .filter = 0 };
  const struct rtp_verdict v = hear(&s, A, 0, 0);
  cr_expect_eq(v.flags, VSC_PACKET_FIRST);
  cr_expect(!v.is_restart && !v.is_foreign);
}

Test(rtp_source, next_sequence_follows)
{
  struct rtp_source s = { .filter = 0 };
  hear(&s, A, 7, 100);
  cr_expect_eq(hear(&s, A, 7, 101).flags, VSC_PACKET_FOLLOWS);
}

Test(rtp_source, sequence_wraps_at_65535)
{
  struct rtp_source s = { .filter = 0 };
  hear(&s, A, 7, 65535);
  cr_expect_eq(hear(&s, A, 7, 0).flags, VSC_PACKET_FOLLOWS);
}

Test(rtp_source, older_across_the_wrap_is_reordered)
{
  struct rtp_source s = { .filter = 0 };
  hear(&s, A, 7, 65534);
  hear(&s, A, 7, 0);
  const struct rtp_verdict v = hear(&s, A, 7, 65535);
  cr_expect_eq(v.flags, VSC_PACKET_REORDERED);
  cr_expect(v.is_older);
}

Test(rtp_source, reordered_packet_does_not_move_the_newest)
{
  struct rtp_source s = { .filter = 0 };
  hear(&s, A, 7, 10);
  hear(&s, A, 7, 12);
  hear(&s, A, 7, 11);
  cr_expect_eq(hear(&s, A, 7, 13).flags, VSC_PACKET_FOLLOWS);
}

Test(rtp_source, repeated_newest_is_not_counted_as_older)
{
  struct rtp_source s = { .filter = 0 };
  hear(&s, A, 7, 10);
  const struct rtp_verdict v = hear(&s, A, 7, 10);
  cr_expect_eq(v.flags, VSC_PACKET_REORDERED);
  cr_expect(!v.is_older);
}

Test(rtp_source, jump_forward_is_loss_and_no_restart)
{
  struct rtp_source s = { .filter = 0 };
  hear(&s, A, 7, 10);
  const struct rtp_verdict v = hear(&s, A, 7, 10 + 0x7fff);
  cr_expect_eq(v.flags, 0);
  cr_expect(!v.is_restart);
}

Test(rtp_source, a_hundred_back_is_reordered_and_one_more_a_restart)
{
  struct rtp_source s = { .filter = 0 };
  hear(&s, A, 7, 1000);
  cr_expect_eq(hear(&s, A, 7, 900).flags, VSC_PACKET_REORDERED);
  const struct rtp_verdict v = hear(&s, A, 7, 899);
  cr_expect_eq(v.flags, VSC_PACKET_FIRST);
  cr_expect(v.is_restart);
}

Test(rtp_source, half_the_circle_away_is_a_restart)
{
  struct rtp_source s = { .filter = 0 };
  hear(&s, A, 7, 0);
  cr_expect_eq(hear(&s, A, 7, 0x8000).flags, VSC_PACKET_FIRST);
}

Test(rtp_source, new_ssrc_of_the_same_address_restarts_at_once)
{
  struct rtp_source s = { .filter = 0 };
  hear(&s, A, 7, 10);
  const struct rtp_verdict v = hear(&s, A, 8, 11);
  cr_expect_eq(v.flags, VSC_PACKET_FIRST);
  cr_expect(v.is_restart);
}

Test(rtp_source, sequence_follows_after_a_restart)
{
  struct rtp_source s = { .filter = 0 };
  hear(&s, A, 7, 10);
  hear(&s, A, 8, 40000);
  cr_expect_eq(hear(&s, A, 8, 40001).flags, VSC_PACKET_FOLLOWS);
}

Test(rtp_source, another_address_is_foreign_while_the_old_one_lives)
{
  struct rtp_source s = { .filter = 0 };
  hear(&s, A, 7, 10);
  now += 250 * MS - 1;
  cr_expect(hear(&s, B, 7, 11).is_foreign);
}

Test(rtp_source, another_address_takes_over_after_250_ms_of_silence)
{
  struct rtp_source s = { .filter = 0 };
  hear(&s, A, 7, 10);
  now += 250 * MS;
  const struct rtp_verdict v = hear(&s, B, 9, 500);
  cr_expect_eq(v.flags, VSC_PACKET_FIRST);
  cr_expect(v.is_restart && !v.is_foreign);
}

Test(rtp_source, foreign_packets_do_not_keep_the_old_one_alive)
{
  struct rtp_source s = { .filter = 0 };
  hear(&s, A, 7, 10);
  for (int i = 0; i < 249; i++) {
    now += MS;
    cr_assert(hear(&s, B, 9, (uint16_t)i).is_foreign);
  }
  now += MS;
  cr_expect(!hear(&s, B, 9, 249).is_foreign);
}

Test(rtp_source, the_old_address_is_foreign_once_replaced)
{
  struct rtp_source s = { .filter = 0 };
  hear(&s, A, 7, 10);
  now += 300 * MS;
  hear(&s, B, 9, 500);
  now += MS;
  cr_expect(hear(&s, A, 7, 11).is_foreign);
}

Test(rtp_source, foreign_packet_changes_nothing)
{
  struct rtp_source s = { .filter = 0 };
  hear(&s, A, 7, 10);
  hear(&s, B, 7, 30000);
  cr_expect_eq(hear(&s, A, 7, 11).flags, VSC_PACKET_FOLLOWS);
}

Test(rtp_source, filtered_out_address_is_foreign_even_after_silence)
{
  struct rtp_source s = { .filter = A };
  cr_expect(hear(&s, B, 7, 10).is_foreign);
  now += 1000 * MS;
  cr_expect(hear(&s, B, 7, 11).is_foreign);
}

Test(rtp_source, silence_of_the_same_sender_is_no_restart)
{
  struct rtp_source s = { .filter = 0 };
  hear(&s, A, 7, 10);
  now += 10000LL * MS;
  const struct rtp_verdict v = hear(&s, A, 7, 11);
  cr_expect_eq(v.flags, VSC_PACKET_FOLLOWS);
}

Test(rtp_source, a_forged_sequence_costs_one_restart)
{
  struct rtp_source s = { .filter = 0 };
  uint32_t restarts = 0;
  hear(&s, A, 7, 10);
  hear(&s, A, 7, 30010); /* forged: jumps forward */
  for (uint16_t i = 11; i < 1000; i++) {
    restarts += hear(&s, A, 7, i).is_restart;
  }
  cr_expect_eq(restarts, 1);
}

Test(rtp_source, an_older_arrival_does_not_make_the_sender_look_silent)
{
  struct rtp_source s = { .filter = 0 };
  now = 1000 * MS;
  hear(&s, A, 7, 10);
  now = 900 * MS; /* from another socket, drained later */
  hear(&s, A, 7, 9);
  now = 1249 * MS;
  cr_expect(hear(&s, B, 7, 11).is_foreign);
}

Test(rtp_source, even_address_and_ssrc_zero_begin_with_first)
{
  struct rtp_source s = { .filter = 0 };
  cr_expect_eq(hear(&s, 0, 0, 1).flags, VSC_PACKET_FIRST);
}
