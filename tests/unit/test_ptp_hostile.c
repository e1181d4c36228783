/* test_ptp_hostile.c - a follower among liars: it stays locked, never leaves
   its master, and its error stays below twice what it is when all is well.
   SPDX-License-Identifier: MIT */
#include "ptp_hostile.h"
#include "ptp_rig.h"

#include <criterion/criterion.h>

#define STEPS_A_SECOND 200

#define SEEDS 5

static struct conditions {
  int with_sync;     /* one of the table with each Sync */
  int is_in_turn;    /* and another one each time */
  int a_step;        /* so many of the table and as many false masters */
  uint8_t priority1; /* of the false masters */
  double sync_loss;
  const char *allow;
  uint64_t seeds; /* minutes, each with another noise; 0: SEEDS */
} conditions;

static struct rig r;
static struct hostile h;

static void
deliver(const struct hostile_message *m, vsc_ip from)
{
  const struct port_packet p = { .bytes = m->bytes,
                                 .length = m->length,
                                 .from = from,
                                 .is_event = m->is_event,
                                 .is_exact = 1,
                                 .when = r.now };
  port_receive(&r.port, &p, r.now);
}

static void
look(void)
{
  h.sync = r.sequence;
  h.request = r.port.request.sequence;
  h.seconds = (uint64_t)(rig_time(&r, r.now) / SECOND) + 3600;
}

static void
harm(unsigned *kind)
{
  struct hostile_message m;
  look();
  for (int i = 0; i < conditions.a_step; i++) {
    hostile_make(&h, hostile_number(&h, HOSTILE_KINDS), &m);
    deliver(&m, RIG_PEER);
    hostile_master(&h, conditions.priority1, &m);
    deliver(&m, RIG_PEER + 9);
  }
  if (conditions.with_sync && r.sync_due - r.now < SECOND / STEPS_A_SECOND) {
    hostile_make(&h, *kind, &m);
    deliver(&m, RIG_PEER);
    *kind = (*kind + (unsigned)conditions.is_in_turn) % HOSTILE_ALL;
  }
}

static void
begin(uint64_t seed)
{
  rig_init(&r, PORT_FOLLOWER);
  r.random = seed;
  memset(&h, 0, sizeof h);
  memcpy(h.master, r.clock, 8);
  memcpy(h.victim, rig_own, 8);
  h.priority1 = r.priority1;
  if (conditions.allow) {
    cr_assert(bmca_allow(&r.port.bmca, conditions.allow));
  }
}

/* Of a minute, when it has been locked for half of one: mean square error. */
static double
square_error(unsigned kind)
{
  double sum = 0;
  rig_run(&r, 30);
  cr_assert_eq(r.ladder.media.view.state, VSC_CLOCK_LOCKED);
  const unsigned master = r.port.parent_serial;
  r.sync_loss = conditions.sync_loss;
  for (int i = 0; i < 60 * STEPS_A_SECOND; i++) {
    harm(&kind);
    rig_step(&r);
    cr_assert_eq(r.ladder.media.view.state, VSC_CLOCK_LOCKED, "%u", kind);
    cr_assert_eq(r.port.state, PORT_SLAVE, "%u", kind);
    sum += (double)rig_error(&r) * (double)rig_error(&r);
  }
  cr_expect_eq(r.port.parent_serial, master);
  cr_expect_eq(r.steps, 1, "only the first lock steps");
  cr_expect_not(r.has_went_back);
  return sum / (60 * STEPS_A_SECOND);
}

/* RMS of several minutes, each with another noise. */
static double
error_under(struct conditions c, unsigned kind)
{
  double sum = 0;
  conditions = c;
  const uint64_t seeds = c.seeds ? c.seeds : SEEDS;
  for (uint64_t seed = 1; seed <= seeds; seed++) {
    begin(seed);
    sum += square_error(kind);
  }
  return sqrt(sum / (double)seeds);
}

static double
clean(void)
{
  return error_under((struct conditions){ 0 }, 0);
}

Test(ptp_hostile, a_fifth_of_the_syncs_lost)
{
  const struct conditions c = { .sync_loss = 0.2 };
  cr_expect_leq(error_under(c, 0), 2 * clean());
}

Test(ptp_hostile, every_malformed_kind)
{
  const struct conditions c = { .with_sync = 1, .seeds = 1 };
  const double wanted =
    2 * error_under((struct conditions){ .seeds = c.seeds }, 0);
  for (unsigned kind = 0; kind < HOSTILE_ALL; kind++) {
    const double error = error_under(c, kind);
    cr_expect_leq(error, wanted, "%s: %f", hostile_kinds[kind].name, error);
  }
}

Test(ptp_hostile, losses_and_every_kind_in_turn)
{
  const struct conditions c = { .with_sync = 1,
                                .is_in_turn = 1,
                                .sync_loss = 0.2 };
  cr_expect_leq(error_under(c, 0), 2 * clean());
}

Test(ptp_hostile, ten_thousand_a_second_of_a_thousand_masters)
{
  const struct conditions c = { .a_step = 25, .priority1 = 200 };
  cr_expect_leq(error_under(c, 0), 2 * clean());
}

/* Whoever announces better is the master, to a clock that trusts everybody. */
Test(ptp_hostile, a_thousand_better_masters_that_are_not_allowed)
{
  const struct conditions c = { .a_step = 25,
                                .priority1 = 1,
                                .allow = "02-00-00-00-00-00-00-01" };
  cr_expect_leq(error_under(c, 0), 2 * clean());
}
