/* test_device_share.c - several writers on one channel, each in a lane, and who
   may change the device's rate.
   SPDX-License-Identifier: MIT */
#include "device_rig.h"

#include <signal.h>
#include <sys/wait.h>

#define LANES 2

static struct {
  unsigned asked;
  uint32_t rate;
  const char *why; /* NULL: it may */
} engine;

static vsc_status
change_rate(void *arg, uint32_t rate, char *why, size_t why_bytes)
{
  (void)arg;
  engine.asked++;
  engine.rate = rate;
  if (engine.why) {
    snprintf(why, why_bytes, "%s", engine.why);
    return VSC_ERR_UNSUPPORTED;
  }
  return VSC_OK;
}

/* The device of an engine with N lanes. */
static void
start_with(uint32_t lanes)
{
  device_destroy(rig.device);
  rig.lanes = lanes;
  rig.change_rate = change_rate;
  rig_start(4);
}

static void
set_up(void)
{
  memset(&engine, 0, sizeof engine);
  rig_set_up();
  start_with(LANES);
}

TestSuite(device_share, .init = set_up, .fini = rig_tear_down);

/* What a client would like. */
struct wish {
  uint32_t first_out, outputs, rate;
  const char *app;
};

/* Take slot I as a client would, without one. */
static struct region_slot *
take(unsigned i, struct wish wish)
{
  struct region_slot *const slot = &rig.region->tx->slots[i];
  slot->pid_start = 0;
  slot->first_in = 0;
  slot->inputs = 1;
  slot->first_out = wish.first_out;
  slot->outputs = wish.outputs;
  slot->rate = wish.rate;
  snprintf(slot->app, sizeof slot->app, "%s", wish.app ? wish.app : "app");
  rig_say(slot, 1000 + i);
  atomic_store(&slot->ticket,
               (uint64_t)getpid() << 32 | 7u << 8 | SLOT_ATTACHED);
  return slot;
}

static void
leave(unsigned i)
{
  struct region_slot *const slot = &rig.region->tx->slots[i];
  atomic_store(&slot->ticket, (slot->ticket & ~UINT64_C(255)) | SLOT_LEAVING);
}

static void
poll_device(void)
{
  device_poll(rig.device, rig.now);
}

static const struct region_grant *
grant(unsigned i)
{
  return &rig.region->rx->grants[i];
}

static void
expect_refused(unsigned i, const char *format)
{
  char expected[200];
  snprintf(expected, sizeof expected, format, (int)getpid());
  cr_expect_eq(grant(i)->state, GRANT_REFUSED);
  cr_expect_str_eq(grant(i)->reason, expected);
}

Test(device_share, gives_every_writer_a_lane_and_readers_none)
{
  take(0, (struct wish){ .outputs = 2 });
  take(1, (struct wish){ .outputs = 0 });
  take(2, (struct wish){ .first_out = 1, .outputs = 3 });
  poll_device();
  cr_expect_eq(grant(0)->state, GRANT_ACTIVE);
  cr_expect_eq(grant(0)->lane, 1);
  cr_expect_eq(grant(1)->state, GRANT_ACTIVE);
  cr_expect_eq(grant(1)->lane, 0);
  cr_expect_eq(grant(2)->state, GRANT_ACTIVE);
  cr_expect_eq(grant(2)->lane, 2);
  cr_expect_eq(device_clients(rig.device), 3);
}

Test(device_share, gives_no_lane_where_channels_are_owned)
{
  start_with(0);
  take(0, (struct wish){ .outputs = 2 });
  poll_device();
  cr_expect_eq(grant(0)->state, GRANT_ACTIVE);
  cr_expect_eq(grant(0)->lane, 0);
}

Test(device_share, a_channel_is_written_as_far_as_its_slowest_writer)
{
  take(5, (struct wish){ .first_out = 0, .outputs = 2 });
  struct region_slot *const slow =
    take(3, (struct wish){ .first_out = 1, .outputs = 2 });
  poll_device();
  cr_expect_eq(rig_written_to(0), 1005);
  cr_expect_eq(rig_written_to(1), 1003);
  cr_expect_eq(rig_written_to(2), 1003);
  cr_expect_eq(rig_written_to(3), INT64_MAX);
  atomic_store(&slow->written_to, INT64_MIN);
  cr_expect_eq(rig_written_to(1), 1005, "one has not begun");
  leave(3);
  poll_device();
  cr_expect_eq(rig_written_to(1), 1005);
  cr_expect_eq(rig_written_to(2), INT64_MAX);
}

Test(device_share, names_who_has_the_lanes_when_none_is_free)
{
  take(0, (struct wish){ .outputs = 1, .app = "ardour" });
  take(9, (struct wish){ .outputs = 1, .app = "aes67 play" });
  poll_device();
  take(4, (struct wish){ .outputs = 1 });
  poll_device();
  char expected[96];
  snprintf(expected,
           sizeof expected,
           "all 2 lanes are taken: \"ardour\" (pid %d), \"aes67 play\" (pid "
           "%d)",
           (int)getpid(),
           (int)getpid());
  cr_expect_eq(grant(4)->state, GRANT_REFUSED);
  cr_expect_str_eq(grant(4)->reason, expected);
}

Test(device_share, counts_those_whose_names_do_not_fit)
{
  start_with(REGION_LANES_MAX);
  for (unsigned i = 0; i < REGION_LANES_MAX; i++) {
    take(
      i,
      (struct wish){ .outputs = 1, .app = "an application with a long name" });
  }
  take(REGION_LANES_MAX, (struct wish){ .outputs = 1 });
  poll_device();
  const char *const reason = grant(REGION_LANES_MAX)->reason;
  cr_expect_eq(grant(REGION_LANES_MAX)->state, GRANT_REFUSED);
  cr_expect_not_null(strstr(reason, "\"an application with a long name\""));
  cr_expect_not_null(strstr(reason, ", and 15 more"), "%s", reason);
}

Test(device_share, a_raw_channel_has_one_writer)
{
  device_name_channel(rig.device, false, 2, "aes3", true);
  take(0, (struct wish){ .first_out = 2, .outputs = 2, .app = "one" });
  poll_device();
  cr_expect_eq(grant(0)->state, GRANT_ACTIVE);
  take(1, (struct wish){ .first_out = 1, .outputs = 2 });
  take(2, (struct wish){ .first_out = 3, .outputs = 1 });
  poll_device();
  expect_refused(
    1, "output channel 3 carries bits, no sum, and \"one\" (pid %d) has it");
  cr_expect_eq(grant(2)->state, GRANT_ACTIVE, "the other is no raw one");
}

Test(device_share, a_lane_is_given_again_when_its_last_frame_was_sent)
{
  take(0, (struct wish){ .outputs = 1 });
  take(1, (struct wish){ .outputs = 1 });
  poll_device();
  rig_wake();
  leave(1);
  take(2, (struct wish){ .outputs = 1 });
  poll_device();
  cr_expect_neq(grant(2)->ticket, rig.region->tx->slots[2].ticket, "not yet");
  const vsc_ns asked = rig.now;
  while (grant(2)->ticket != rig.region->tx->slots[2].ticket) {
    rig_run(RIG_WAKE);
    cr_assert_lt(rig.now, asked + VSC_SECOND);
  }
  cr_expect_eq(grant(2)->state, GRANT_ACTIVE);
  cr_expect_eq(grant(2)->lane, 2);
  const vsc_pos most = RIG_RING / 2 + TIMELINE_STEP + 3 * RIG_WAKE;
  cr_expect_leq(rig.now - asked, most * VSC_SECOND / RIG_RATE);
}

Test(device_share, a_killed_writers_lane_is_free_again)
{
  const pid_t child = fork();
  if (child == 0) {
    pause();
    _exit(0);
  }
  for (unsigned i = 0; i < LANES; i++) {
    struct region_slot *const slot = take(i, (struct wish){ .outputs = 1 });
    atomic_store(&slot->ticket, (uint64_t)child << 32 | SLOT_ATTACHED);
  }
  poll_device();
  rig_wake();
  cr_expect_eq(device_clients(rig.device), LANES);
  kill(child, SIGKILL);
  waitpid(child, NULL, 0);
  poll_device();
  cr_expect_eq(device_clients(rig.device), 0);
  rig_run(RIG_RING);
  take(7, (struct wish){ .outputs = 1 });
  poll_device();
  cr_expect_eq(grant(7)->state, GRANT_ACTIVE);
}

/* It may be writing there just now. */
Test(device_share, a_client_has_the_same_lane_with_the_next_engine)
{
  take(1, (struct wish){ .outputs = 1 });
  poll_device();
  take(6, (struct wish){ .outputs = 1 });
  poll_device();
  cr_expect_eq(grant(6)->lane, 2);
  leave(1);
  poll_device();
  device_destroy(rig.device);
  rig_start(4);
  cr_expect_eq(grant(6)->state, GRANT_ACTIVE);
  cr_expect_eq(grant(6)->lane, 2);
}

Test(device_share, shows_a_clients_lane_and_late_frames)
{
  struct region_slot *const slot = take(1, (struct wish){ .outputs = 1 });
  atomic_store(&slot->late_frames, 77);
  atomic_store(&slot->last_write, INT64_MIN);
  poll_device();
  struct device_client client;
  unsigned cursor = 0;
  cr_assert(device_next_client(rig.device, &cursor, &client));
  cr_expect_eq(client.lane, 1);
  cr_expect_eq(client.late_frames, 77);
  cr_expect_eq(client.last_write, 0);
}

/* --- the rate */

Test(device_share, the_rate_it_has_is_granted_at_once)
{
  take(0, (struct wish){ .rate = RIG_RATE });
  poll_device();
  cr_expect_eq(grant(0)->state, GRANT_ACTIVE);
  cr_expect_eq(engine.asked, 0);
}

Test(device_share, a_rate_is_changed_for_one_who_is_alone)
{
  take(3, (struct wish){ .rate = 96000 });
  poll_device();
  cr_expect_eq(engine.rate, 96000);
  cr_expect_eq(grant(3)->state, GRANT_CHANGING);
  cr_expect_eq(grant(3)->ticket, rig.region->tx->slots[3].ticket);
  cr_expect_eq(device_clients(rig.device), 0);
}

Test(device_share, whoever_asks_while_the_rate_changes_opens_again)
{
  take(3, (struct wish){ .rate = 96000 });
  take(4, (struct wish){ .rate = 44100 });
  take(5, (struct wish){ .outputs = 1 });
  poll_device();
  cr_expect_eq(engine.asked, 1);
  cr_expect_eq(grant(4)->state, GRANT_CHANGING);
  cr_expect_eq(grant(5)->state, GRANT_CHANGING);
  cr_expect_eq(grant(5)->lane, 0);
}

Test(device_share, a_rate_is_refused_while_somebody_has_it_open)
{
  take(40, (struct wish){ .app = "ardour" });
  poll_device();
  take(3, (struct wish){ .rate = 96000 });
  poll_device();
  expect_refused(
    3, "the device runs at 48000 and \"ardour\" (pid %d) has it open");
  cr_expect_eq(engine.asked, 0);
}

Test(device_share, those_who_were_refused_or_are_leaving_do_not_count)
{
  take(0, (struct wish){ .outputs = 99 });
  take(1, (struct wish){ .rate = RIG_RATE });
  poll_device();
  cr_expect_eq(grant(0)->state, GRANT_REFUSED);
  leave(1); /* the same application, which opens again */
  take(2, (struct wish){ .rate = 44100 });
  take(0, (struct wish){ .outputs = 99 });
  poll_device();
  cr_expect_eq(grant(2)->state, GRANT_CHANGING);
}

Test(device_share, a_rate_is_refused_with_the_engines_reason)
{
  engine.why = "not at 96000: tx1: a packet would hold 2304 bytes";
  take(3, (struct wish){ .rate = 96000 });
  poll_device();
  expect_refused(3, "not at 96000: tx1: a packet would hold 2304 bytes");
  take(4, (struct wish){ .rate = 0 });
  poll_device();
  cr_expect_eq(grant(4)->state, GRANT_ACTIVE);
}

Test(device_share, one_rate_is_judged_in_a_poll)
{
  engine.why = "no";
  for (unsigned i = 0; i < 10; i++) {
    take(i, (struct wish){ .rate = 96000 + i });
  }
  for (unsigned i = 1; i <= 10; i++) {
    poll_device();
    cr_expect_eq(engine.asked, i);
    cr_expect_eq(grant(i - 1)->state, GRANT_REFUSED);
  }
}

Test(device_share, an_engine_that_cannot_change_says_so)
{
  rig.change_rate = NULL;
  device_destroy(rig.device);
  rig_start(4);
  take(0, (struct wish){ .rate = 96000 });
  poll_device();
  expect_refused(0, "the device runs at 48000 and cannot change");
}
