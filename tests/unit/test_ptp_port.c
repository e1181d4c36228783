/* test_ptp_port.c - the port in virtual time: whom it follows, when it leads,
   what it asks and answers.
   SPDX-License-Identifier: MIT */
#include "ptp_rig.h"

#include <criterion/criterion.h>

static struct rig r;

Test(ptp_port, follows_a_master_and_sends_nothing_but_requests)
{
  rig_init(&r, PORT_FOLLOWER);
  rig_run(&r, 30);
  cr_expect_eq(r.port.state, PORT_SLAVE);
  cr_expect_eq(r.announces + r.syncs, 0);
  cr_expect_gt(r.requests, 150, "8 a second are allowed");
  cr_expect_lt(r.requests, 300);
}

Test(ptp_port, a_follower_alone_sends_nothing)
{
  rig_init(&r, PORT_FOLLOWER);
  r.is_mute = 1;
  rig_run(&r, 60);
  cr_expect_eq(r.port.state, PORT_LISTENING);
  cr_expect_eq(r.announces + r.syncs + r.requests, 0);
}

Test(ptp_port, leads_when_nobody_does)
{
  rig_init(&r, PORT_AUTO);
  r.is_mute = 1;
  rig_run(&r, 20);
  cr_expect_eq(r.port.state, PORT_MASTER);
  cr_expect_eq(r.ladder.media.view.state, VSC_CLOCK_MASTER);
  cr_expect_geq(r.announces, 15);
  cr_expect_geq(r.syncs, 8 * 15);
}

Test(ptp_port, gives_way_to_a_better_master)
{
  rig_init(&r, PORT_AUTO);
  r.is_mute = 1;
  rig_run(&r, 10);
  r.is_mute = 0;
  rig_run(&r, 5);
  cr_expect_eq(r.port.state, PORT_SLAVE);
  const unsigned syncs = r.syncs;
  rig_run(&r, 5);
  cr_expect_eq(r.syncs, syncs);
}

Test(ptp_port, does_not_give_way_to_a_worse_one)
{
  rig_init(&r, PORT_AUTO);
  r.priority1 = 255;
  rig_run(&r, 10);
  cr_expect_eq(r.port.state, PORT_MASTER);
}

Test(ptp_port, a_tie_is_decided_by_identity)
{
  rig_init(&r, PORT_AUTO);
  r.priority1 = 254;
  rig_run(&r, 10);
  cr_expect_eq(r.port.state, PORT_SLAVE, "the master's is lower");
  rig_init(&r, PORT_AUTO);
  r.priority1 = 254;
  r.clock[0] = 4;
  rig_run(&r, 10);
  cr_expect_eq(r.port.state, PORT_MASTER);
}

Test(ptp_port, one_that_only_leads_is_passive_beside_a_better)
{
  rig_init(&r, PORT_LEADER);
  rig_run(&r, 10);
  cr_expect_eq(r.port.state, PORT_PASSIVE);
  cr_expect_eq(r.port.has_parent, 0);
  r.is_mute = 1;
  rig_run(&r, 10);
  cr_expect_eq(r.port.state, PORT_MASTER);
}

Test(ptp_port, takes_over_when_the_master_dies)
{
  rig_init(&r, PORT_AUTO);
  rig_run(&r, 20);
  r.is_mute = 1;
  rig_run(&r, 10);
  cr_expect_eq(r.port.state, PORT_MASTER);
  cr_expect_eq(r.steps, 1, "only the first lock stepped");
}

Test(ptp_port, follows_one_step_masters)
{
  rig_init(&r, PORT_FOLLOWER);
  r.is_one_step = 1;
  rig_run(&r, 20);
  cr_expect_eq(r.ladder.media.view.state, VSC_CLOCK_LOCKED);
}

struct beside {
  uint8_t clock, priority1;
  int has_sync;
};
static const struct beside mute = { 9, 1, 0 }, better = { 8, 2, 1 };

/* Seconds of Announces, and Syncs where wanted, of masters beside. */
static void
beside(int seconds, const struct beside *masters, unsigned count)
{
  for (int i = 0; i < 8 * seconds; i++) {
    for (unsigned k = 0; k < count; k++) {
      r.clock[7] = masters[k].clock;
      r.priority1 = masters[k].priority1;
      if (i % 8 == 0) {
        rig_announce(&r);
      }
      if (masters[k].has_sync) {
        struct ptp_message m = rig_message(&r, PTP_SYNC);
        m.time_ns = rig_time(&r, r.now);
        rig_give(&r, &m, RIG_PEER, r.now + 3000);
      }
    }
    memcpy(r.clock, rig_master, 8);
    r.priority1 = 128;
    rig_run(&r, 0.125);
  }
}

Test(ptp_port, is_not_lured_away_by_a_better_master_without_time)
{
  rig_init(&r, PORT_FOLLOWER);
  rig_run(&r, 20);
  beside(10, &mute, 1);
  cr_expect_arr_eq(r.port.parent.clock, rig_master, 8);
  cr_expect_eq(r.ladder.media.view.state, VSC_CLOCK_LOCKED);
  r.is_mute = 1; /* he gives way to it */
  beside(10, &mute, 1);
  cr_expect_eq(r.port.parent.clock[7], 9, "then there is no better one");
}

Test(ptp_port, goes_to_a_better_master_that_sends_time)
{
  rig_init(&r, PORT_FOLLOWER);
  rig_run(&r, 20);
  beside(3, &better, 1);
  cr_expect_eq(r.port.parent.clock[7], better.clock);
}

Test(ptp_port, a_leader_is_not_silenced_by_one_without_time)
{
  rig_init(&r, PORT_AUTO);
  r.is_mute = 1;
  rig_run(&r, 10);
  const unsigned syncs = r.syncs;
  beside(10, &mute, 1);
  cr_expect_eq(r.port.state, PORT_MASTER);
  cr_expect_geq(r.syncs, syncs + 60);
}

Test(ptp_port, one_without_time_does_not_hide_a_better_one_that_has_it)
{
  const struct beside both[] = { mute, better };
  rig_init(&r, PORT_FOLLOWER);
  rig_run(&r, 20);
  beside(5, both, 2);
  cr_expect_eq(r.port.parent.clock[7], better.clock);
  rig_init(&r, PORT_FOLLOWER);
  r.is_mute = 1; /* and nobody was there before */
  beside(5, both, 1);
  cr_expect_eq(r.port.parent.clock[7], mute.clock);
  beside(5, both, 2);
  cr_expect_eq(r.port.parent.clock[7], better.clock);
}

Test(ptp_port, leaves_one_that_sends_no_time_any_more)
{
  const struct beside both[] = { mute, better };
  const struct beside speaks = { mute.clock, mute.priority1, 1 };
  rig_init(&r, PORT_FOLLOWER);
  r.is_mute = 1;
  beside(5, &speaks, 1);
  cr_expect_eq(r.port.parent.clock[7], mute.clock);
  beside(20, both, 2);
  cr_expect_eq(r.port.parent.clock[7], better.clock);
}

/* The flag decides: what comes after a Sync that has its time is not for it. */
Test(ptp_port, a_follow_up_of_a_one_step_sync_means_nothing)
{
  rig_init(&r, PORT_FOLLOWER);
  r.is_one_step = 1;
  rig_run(&r, 20);
  for (int i = 0; i < 4000; i++) {
    const uint16_t before = r.sequence;
    rig_step(&r);
    if (r.sequence != before) {
      struct ptp_message m = rig_message(&r, PTP_FOLLOW_UP);
      m.time_ns = rig_time(&r, r.now) + 7 * SECOND;
      rig_give(&r, &m, RIG_PEER, r.now);
    }
    cr_assert_eq(r.ladder.media.view.state, VSC_CLOCK_LOCKED);
  }
  cr_expect_lt(llabs(rig_error(&r)), 1000);
  cr_expect_eq(r.port.facts.lonely_syncs, 0);
}

Test(ptp_port, a_master_may_go_from_one_step_to_two_and_back)
{
  rig_init(&r, PORT_FOLLOWER);
  for (int i = 0; i < 40; i++) {
    r.is_one_step = i & 1;
    rig_run(&r, 1.03);
    cr_expect_eq(r.port.facts.lonely_syncs, 0);
  }
  cr_expect_eq(r.ladder.media.view.state, VSC_CLOCK_LOCKED);
  cr_expect_lt(llabs(rig_error(&r)), 1000);
  cr_expect_eq(r.steps, 1);
}

/* A transparent clock on the way adds to the Sync itself. */
Test(ptp_port, the_correction_of_a_one_step_sync_counts)
{
  rig_init(&r, PORT_FOLLOWER);
  rig_run(&r, 5);
  struct ptp_message m = rig_message(&r, PTP_SYNC);
  m.sequence++;
  m.time_ns = rig_time(&r, r.now);
  m.correction_ns = 12345;
  r.port.observation_count = 0;
  rig_give(&r, &m, RIG_PEER, r.now);
  cr_assert_eq(r.port.observation_count, 1);
  cr_expect_eq(r.port.observations[0].y, m.time_ns + 12345 - r.now);
}

Test(ptp_port, hears_no_other_domain)
{
  rig_init(&r, PORT_FOLLOWER);
  r.domain = 127;
  rig_run(&r, 10);
  cr_expect_eq(r.port.state, PORT_LISTENING);
  cr_expect_eq(r.port.facts.other_domain_number, 127);
}

Test(ptp_port, tries_unicast_when_multicast_is_not_answered)
{
  rig_init(&r, PORT_FOLLOWER);
  r.is_deaf = 1;
  rig_run(&r, 10);
  struct port_output o = { 0 };
  int unicasts = 0, multicasts = 0;
  for (int i = 0; i < 400; i++) {
    r.now += SECOND / 20;
    rig_announce(&r);
    rig_sync(&r);
    port_tick(&r.port, r.now);
    while (port_take(&r.port, &o)) {
      unicasts += o.to == RIG_PEER;
      multicasts += o.to == PTP_GROUP;
    }
  }
  cr_expect_gt(unicasts, 3);
  cr_expect_gt(multicasts, 3);
}

/* Syncs over a path of DELAY, each 60 ms behind an Announce, or where WARM has
   a w just behind it; how many of them count. */
static unsigned
syncs_that_count(const char *warm, int64_t delay)
{
  unsigned count = 0;
  rig_init(&r, PORT_FOLLOWER);
  r.port.delay_ns = delay;
  r.delay_ns = (double)delay;
  r.noise_ns = 0;
  for (; *warm; warm++) {
    rig_announce(&r);
    r.now += *warm == 'w' ? 0 : 60000000;
    rig_sync(&r);
    count += r.port.observation_count;
    r.port.observation_count = 0;
    r.now += 60000000;
  }
  return count;
}

Test(ptp_port, a_sync_just_behind_an_announce_does_not_count)
{
  const unsigned cold = syncs_that_count("ccccccccc", 8000);
  cr_expect_geq(cold, 7);
  cr_expect_eq(syncs_that_count("cccccccwc", 8000), cold - 1);
}

Test(ptp_port, on_a_cable_it_counts)
{
  const unsigned cold = syncs_that_count("ccccccccc", 2000);
  cr_expect_eq(syncs_that_count("cccccccwc", 2000), cold);
}

Test(ptp_port, most_syncs_count_even_if_all_are_behind_an_announce)
{
  const unsigned cold = syncs_that_count("ccccccccccccccccc", 8000);
  cr_expect_geq(4 * syncs_that_count("wwwwwwwwwwwwwwwww", 8000), 3 * cold);
}

Test(ptp_port, a_leader_sends_its_sync_before_its_announce)
{
  rig_init(&r, PORT_AUTO);
  r.is_mute = 1;
  rig_run(&r, 20);
  struct port_output o;
  unsigned both = 0, first = 0;
  for (int i = 0; i < 3000; i++) {
    r.now += SECOND / 1000;
    port_tick(&r.port, r.now);
    both += r.port.output_count > 1;
    first += r.port.output_count > 1 && port_take(&r.port, &o) && o.is_event;
    while (port_take(&r.port, &o)) {
    }
  }
  cr_expect_geq(both, 3);
  cr_expect_eq(first, both);
}

/* A request of another follower to us, the master. */
static struct ptp_message
request(uint16_t flags)
{
  struct ptp_message m = { .type = PTP_DELAY_REQ,
                           .sequence = 77,
                           .flags = flags,
                           .correction_ns = 500,
                           .source.port = 3 };
  m.source.clock[0] = 5;
  return m;
}

static void
become_master(void)
{
  rig_init(&r, PORT_AUTO);
  r.is_mute = 1;
  rig_run(&r, 10);
  cr_assert_eq(r.port.state, PORT_MASTER);
}

Test(ptp_port, answers_requests_and_carries_their_correction)
{
  become_master();
  struct port_output o;
  struct ptp_message a;
  const struct ptp_message m = request(0);
  rig_give(&r, &m, RIG_PEER, r.now);
  cr_assert(port_take(&r.port, &o));
  cr_assert_eq(ptp_message_parse(o.bytes, o.length, &a), PTP_TAKEN);
  cr_expect_eq(a.type, PTP_DELAY_RESP);
  cr_expect_eq(a.sequence, 77);
  cr_expect_eq(a.correction_ns, 500);
  cr_expect_eq(a.requester.port, 3);
  cr_expect_eq(a.time_ns, media_at(&r.ladder.media, r.now));
  cr_expect_eq(o.to, PTP_GROUP);
  cr_expect_eq(o.to_port, PTP_GENERAL_PORT);
}

Test(ptp_port, answers_unicast_by_unicast)
{
  become_master();
  struct port_output o;
  const struct ptp_message m = request(PTP_UNICAST);
  rig_give(&r, &m, RIG_PEER, r.now);
  cr_assert(port_take(&r.port, &o));
  cr_expect_eq(o.to, RIG_PEER);
  cr_expect_eq(o.bytes[6], 4);
}

Test(ptp_port, answers_a_flood_no_more_than_its_limit)
{
  become_master();
  unsigned answers = 0;
  const struct ptp_message m = request(0);
  struct port_output o;
  for (int i = 0; i < 10000; i++) {
    r.now += SECOND / 10000;
    rig_give(&r, &m, RIG_PEER, r.now);
    while (port_take(&r.port, &o)) {
      answers++;
    }
  }
  cr_expect_leq(answers, 2 * PORT_ANSWERS_EACH);
}

Test(ptp_port, sends_the_follow_up_of_a_stamp_and_of_no_older_one)
{
  become_master();
  r.port.sync_due = r.now;
  port_tick(&r.port, r.now);
  struct port_output o;
  while (port_take(&r.port, &o) && !o.is_event) {
  }
  port_sent(&r.port, r.now - 1000);
  cr_expect_not(port_take(&r.port, &o));
  port_sent(&r.port, r.now + 1000);
  cr_assert(port_take(&r.port, &o));
  struct ptp_message m;
  cr_assert_eq(ptp_message_parse(o.bytes, o.length, &m), PTP_TAKEN);
  cr_expect_eq(m.type, PTP_FOLLOW_UP);
  cr_expect_eq(m.time_ns, media_at(&r.ladder.media, r.now + 1000));
  cr_expect_eq(m.sequence, r.port.sync_sequence);
}

Test(ptp_port, does_not_listen_to_itself)
{
  become_master();
  memcpy(r.clock, rig_own, 8);
  r.priority1 = 1;
  for (int i = 0; i < 5; i++) {
    r.now += SECOND;
    rig_announce(&r);
  }
  cr_expect_eq(r.port.state, PORT_MASTER);
  cr_expect_neq(r.port.facts.twin, 0, "somebody else says that he is us");
}

Test(ptp_port, takes_samples_only_from_the_master_s_address)
{
  rig_init(&r, PORT_FOLLOWER);
  rig_run(&r, 5);
  const unsigned count = r.ladder.estimator.count;
  for (int i = 0; i < 100; i++) {
    r.now += 30000000;
    struct ptp_message m = rig_message(&r, PTP_SYNC);
    m.time_ns = 5;
    rig_give(&r, &m, RIG_PEER + 7, r.now);
  }
  rig_flush(&r);
  cr_expect_eq(r.ladder.estimator.count, count);
}

Test(ptp_port, an_announce_in_the_master_s_name_takes_no_sample_away)
{
  rig_init(&r, PORT_FOLLOWER);
  rig_run(&r, 5);
  for (int i = 0; i < 20; i++) {
    struct ptp_message m = rig_message(&r, PTP_ANNOUNCE);
    memcpy(m.announce.grandmaster, r.clock, 8);
    rig_give(&r, &m, RIG_PEER + 7, r.now);
    const unsigned count = r.ladder.estimator.count;
    rig_run(&r, 0.5);
    cr_assert_gt(r.ladder.estimator.count, count + 3);
  }
  cr_expect_eq(r.port.parent_address, RIG_PEER);
  cr_expect_neq(r.port.facts.refused, 0);
}

static unsigned
ask_management(unsigned action, unsigned id, struct ptp_message *answer)
{
  struct ptp_message q = { .type = PTP_MANAGEMENT, .source.port = 9 };
  struct port_output o;
  memset(&q.management.target, 0xFF, sizeof q.management.target);
  q.management.action = (uint8_t)action;
  q.management.tlv_type = 1;
  q.management.id = (uint16_t)id;
  r.now += SECOND;
  rig_give(&r, &q, RIG_PEER, r.now);
  unsigned answers = 0;
  while (port_take(&r.port, &o)) {
    static uint8_t bytes[PTP_BYTES_MAX];
    memcpy(bytes, o.bytes, sizeof bytes);
    answers += ptp_message_parse(bytes, o.length, answer) == PTP_TAKEN;
  }
  return answers;
}

Test(ptp_port, answers_get_of_its_datasets)
{
  static const uint16_t lengths[][2] = {
    { 0x2000, 20 }, { 0x2001, 18 }, { 0x2002, 32 }, { 0x2003, 4 },
    { 0x2004, 26 }, { 0x2005, 2 },  { 0x2006, 2 },  { 0x2007, 2 },
    { 0x2008, 2 },  { 0x0000, 0 },
  };
  become_master();
  for (unsigned i = 0; i < 10; i++) {
    struct ptp_message a;
    cr_assert_eq(ask_management(0, lengths[i][0], &a), 1);
    cr_expect_eq(a.management.length, lengths[i][1], "%x", lengths[i][0]);
    cr_expect_eq(a.management.tlv_type, 1);
  }
}

Test(ptp_port, refuses_set_and_what_it_does_not_have)
{
  become_master();
  struct ptp_message a;
  cr_assert_eq(ask_management(1, 0x2005, &a), 1);
  cr_expect_eq(a.management.tlv_type, 2);
  cr_expect_eq(a.management.id, 4, "not setable");
  cr_assert_eq(ask_management(0, 0x6000, &a), 1);
  cr_expect_eq(a.management.id, 2, "no such id");
  cr_expect_eq(ask_management(2, 0x2000, &a), 0, "a response is no question");
}

Test(ptp_port, does_not_lead_while_the_ladder_holds)
{
  rig_init(&r, PORT_AUTO);
  ladder_read("ptp, holdover, master, free", &r.ladder.config);
  r.ladder.config.holdover = 20 * SECOND;
  rig_run(&r, 20);
  r.is_mute = 1;
  rig_run(&r, 15);
  cr_expect_eq(r.ladder.media.view.state, VSC_CLOCK_HOLDOVER);
  cr_expect_eq(r.announces, 0);
  rig_run(&r, 20);
  cr_expect_eq(r.ladder.media.view.state, VSC_CLOCK_MASTER);
}
