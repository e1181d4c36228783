/* test_device.c - slots, claims, the dead and the lying.
   SPDX-License-Identifier: MIT */
#include "device_rig.h"

#include "hal/platform.h"
#include <signal.h>
#include <sys/wait.h>

TestSuite(device, .init = rig_set_up, .fini = rig_tear_down);

/* Take slot I as a client would, without one. */
static struct region_slot *
take(unsigned i, uint32_t pid, uint32_t first_out, uint32_t outputs)
{
  struct region_slot *const slot = &rig.region->tx->slots[i];
  slot->pid_start = 0;
  slot->first_in = 0;
  slot->inputs = 0;
  slot->first_out = first_out;
  slot->outputs = outputs;
  snprintf(slot->app, sizeof slot->app, "app%u", i);
  rig_say(slot, 1000 + i);
  atomic_store(&slot->ticket, (uint64_t)pid << 32 | 7u << 8 | SLOT_ATTACHED);
  return slot;
}

static const struct region_grant *
grant(unsigned i)
{
  return &rig.region->rx->grants[i];
}

static uint32_t
self(void)
{
  return (uint32_t)getpid();
}

Test(device, grants_a_free_claim)
{
  struct region_slot *const slot = take(5, self(), 1, 2);
  cr_expect(device_poll(rig.device, 1));
  cr_expect_eq(grant(5)->ticket, slot->ticket);
  cr_expect_eq(grant(5)->state, GRANT_ACTIVE);
  cr_expect_eq(device_clients(rig.device), 1);
  cr_expect_not(device_poll(rig.device, 2), "nothing changed since");
}

Test(device, knows_how_far_the_owner_of_a_channel_has_written)
{
  take(5, self(), 1, 2);
  device_poll(rig.device, 1);
  cr_expect_eq(rig_written_to(0), INT64_MAX);
  cr_expect_eq(rig_written_to(1), 1005);
  cr_expect_eq(rig_written_to(2), 1005);
  cr_expect_eq(rig_written_to(3), INT64_MAX);
  cr_expect_eq(rig_written_to(UINT16_MAX), INT64_MAX);
}

Test(device, knows_how_far_the_slowest_of_several_owners_has_written)
{
  take(5, self(), 0, 1);
  take(3, self(), 2, 1);
  device_poll(rig.device, 1);
  const uint16_t channels[] = { 3, 0, UINT16_MAX, 2, 1 };
  device_look(rig.device, INT64_MAX);
  cr_expect_eq(device_written_to(rig.device, channels, 5), 1003);
  cr_expect_eq(device_written_to(rig.device, channels, 3), 1005);
}

Test(device, expects_nothing_of_an_owner_that_has_not_begun)
{
  atomic_store(&take(5, self(), 0, 2)->written_to, INT64_MIN);
  device_poll(rig.device, 1);
  cr_expect_eq(rig_written_to(0), INT64_MAX);
}

Test(device, refuses_an_overlapping_claim_and_names_the_owner)
{
  take(0, self(), 0, 2);
  device_poll(rig.device, 1);
  take(1, self(), 1, 1);
  cr_expect_not(device_poll(rig.device, 2));
  char expected[96];
  snprintf(expected,
           sizeof expected,
           "output channels 1-2 belong to \"app0\" (pid %u)",
           self());
  cr_expect_eq(grant(1)->state, GRANT_REFUSED);
  cr_expect_str_eq(grant(1)->reason, expected);
  cr_expect_eq(rig_written_to(1), 1000);
}

Test(device, gives_a_claim_to_the_next_when_the_owner_left)
{
  struct region_slot *const slot = take(0, self(), 0, 4);
  device_poll(rig.device, 1);
  atomic_store(&slot->ticket, (slot->ticket & ~UINT64_C(255)) | SLOT_LEAVING);
  cr_expect(device_poll(rig.device, 2));
  cr_expect_eq(slot->ticket, 0);
  cr_expect_eq(device_clients(rig.device), 0);
  take(1, self(), 0, 4);
  cr_expect(device_poll(rig.device, 3));
  cr_expect_eq(grant(1)->state, GRANT_ACTIVE);
}

Test(device, gives_a_claim_to_a_slot_before_that_of_the_owner_who_left)
{
  struct region_slot *const slot = take(5, self(), 0, 4);
  device_poll(rig.device, 1);
  atomic_store(&slot->ticket, (slot->ticket & ~UINT64_C(255)) | SLOT_LEAVING);
  take(2, self(), 0, 4);
  device_poll(rig.device, 2);
  cr_expect_eq(grant(2)->state, GRANT_ACTIVE, "%s", grant(2)->reason);
}

Test(device, lets_any_number_read_the_same_channels)
{
  take(0, self(), 0, 0)->inputs = 4;
  take(1, self(), 0, 0)->inputs = 4;
  device_poll(rig.device, 1);
  cr_expect_eq(device_clients(rig.device), 2);
}

Test(device, refuses_ranges_beyond_the_device)
{
  const struct {
    uint32_t first, count;
  } lies[] = {
    { 0, 5 }, { 4, 1 }, { UINT32_MAX, 2 }, { 1, UINT32_MAX }, { 5, 0 },
  };
  for (unsigned i = 0; i < sizeof lies / sizeof *lies; i++) {
    take(i, self(), lies[i].first, lies[i].count);
    device_poll(rig.device, 1);
    cr_expect_eq(grant(i)->state, GRANT_REFUSED, "lie %u", i);
  }
  cr_expect_eq(device_clients(rig.device), 0);
}

Test(device, does_not_read_an_accepted_slot_again)
{
  struct region_slot *const slot = take(0, self(), 0, 2);
  device_poll(rig.device, 1);
  slot->first_out = 0x7fffffff;
  slot->outputs = 0x7fffffff;
  atomic_store(&slot->ticket, (slot->ticket & ~UINT64_C(255)) | SLOT_LEAVING);
  cr_expect(device_poll(rig.device, 2));
  cr_expect_eq(rig_written_to(1), INT64_MAX);
}

Test(device, frees_a_slot_in_a_state_that_does_not_exist)
{
  atomic_store(&rig.region->tx->slots[9].ticket, (uint64_t)self() << 32 | 0xff);
  device_poll(rig.device, 1);
  cr_expect_eq(rig.region->tx->slots[9].ticket, 0);
}

Test(device, frees_slots_of_processes_that_cannot_be)
{
  take(0, 0, 0, 1);
  take(1, UINT32_MAX, 1, 1);
  atomic_store(&rig.region->tx->slots[2].ticket,
               (uint64_t)INT32_MAX << 32 | SLOT_FILLING);
  device_poll(rig.device, 1);
  cr_expect_eq(device_clients(rig.device), 0);
  for (int i = 0; i < 3; i++) {
    cr_expect_eq(rig.region->tx->slots[i].ticket, 0, "slot %d", i);
  }
}

Test(device, frees_the_slot_of_a_killed_client_within_one_poll)
{
  const pid_t child = fork();
  if (child == 0) {
    pause();
    _exit(0);
  }
  take(0, (uint32_t)child, 0, 2);
  cr_expect(device_poll(rig.device, 1));
  kill(child, SIGKILL);
  siginfo_t info;
  /* WNOWAIT: dead, but its parent has not looked: a zombie */
  waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT);
  cr_expect(device_poll(rig.device, 2));
  cr_expect_eq(rig.region->tx->slots[0].ticket, 0);
  cr_expect_eq(rig_written_to(0), INT64_MAX);
  waitpid(child, NULL, 0);
}

Test(device, frees_the_slot_when_another_process_has_the_pid)
{
  take(0, self(), 0, 2)->pid_start = 1;
  device_poll(rig.device, 1);
  device_poll(rig.device, 2);
  cr_expect_eq(rig.region->tx->slots[0].ticket, 0);
}

static uint64_t
take_and_fill(unsigned i, uint64_t pid_start)
{
  struct region_slot *const slot = &rig.region->tx->slots[i];
  atomic_store(&slot->pid_start, pid_start);
  atomic_store(&slot->ticket, (uint64_t)self() << 32 | i << 8 | SLOT_FILLING);
  device_poll(rig.device, 1);
  return atomic_load(&slot->ticket);
}

Test(device, frees_the_slot_of_one_that_died_in_it_and_whose_pid_is_anothers)
{
  uint64_t start = 0;
  cr_assert(platform_process(self(), &start));
  cr_expect_eq(take_and_fill(1, start + 1), 0);
  cr_expect_neq(take_and_fill(2, start), 0, "it is still at it");
  cr_expect_neq(take_and_fill(3, 0), 0, "it has only begun");
  struct region_slot *const slot = take(4, self(), 0, 2);
  atomic_store(&slot->pid_start, start + 1);
  cr_expect_not(device_poll(rig.device, 2), "it never was attached");
  cr_expect_eq(slot->ticket, 0);
}

Test(device, leaves_nothing_of_who_was_in_a_slot_that_could_be_mistaken)
{
  struct region_slot *const slot = take(5, self(), 0, 1);
  uint64_t start = 0;
  cr_assert(platform_process(self(), &start));
  atomic_store(&slot->pid_start, start);
  device_poll(rig.device, 1);
  atomic_store(&slot->ticket, (slot->ticket & ~UINT64_C(255)) | SLOT_LEAVING);
  device_poll(rig.device, 2);
  cr_expect_eq(slot->pid_start, 0);
}

Test(device, shows_clients_with_printable_names)
{
  struct region_slot *const slot = take(3, self(), 0, 2);
  memcpy(slot->app, "a\033[2J\"\xff", 8);
  atomic_store(&slot->xruns, 4);
  device_poll(rig.device, 1);
  struct device_client client;
  unsigned cursor = 0;
  cr_assert(device_next_client(rig.device, &cursor, &client));
  cr_expect_str_eq(client.app, "a?[2J??");
  cr_expect_eq(client.pid, self());
  cr_expect_eq(client.outputs, 2);
  cr_expect_eq(client.xruns, 4);
  cr_expect_not(device_next_client(rig.device, &cursor, &client));
}

Test(device, hears_the_doorbell)
{
  cr_expect_not(device_has_rung(rig.device));
  atomic_fetch_add(&rig.region->tx->doorbell, 1);
  cr_expect(device_has_rung(rig.device));
  device_poll(rig.device, 1);
  cr_expect_not(device_has_rung(rig.device));
}

Test(device, is_one_for_an_instance)
{
  struct device *second = NULL;
  char why[200] = "";
  const struct device_config config = { .runtime_dir = rig.dir,
                                        .instance = "test" };
  cr_assert_eq(device_create(&config, &second, why, sizeof why),
               VSC_ERR_REFUSED);
  char pid[32];
  snprintf(pid, sizeof pid, "(pid %u)", self());
  cr_expect_not_null(strstr(why, pid), "%s", why);
  cr_expect_null(second);
}

Test(device, refuses_an_instance_that_is_a_path)
{
  struct device *second = NULL;
  char why[200] = "";
  const struct device_config config = { .runtime_dir = rig.dir,
                                        .instance = "../x" };
  cr_assert_eq(device_create(&config, &second, why, sizeof why),
               VSC_ERR_INVALID);
}

Test(device, leaves_nothing_behind_when_nobody_is_attached)
{
  char name[REGION_NAME_BYTES];
  memcpy(name, rig.region->rx_name, sizeof name);
  device_destroy(rig.device);
  rig.device = NULL;
  struct region region;
  char why[200];
  cr_expect_eq(region_open(name, name, &region, why, sizeof why),
               VSC_ERR_NOT_FOUND);
}

Test(device, accepts_waiting_clients_of_the_engine_before)
{
  struct region_slot slot = { 0 };
  const uint64_t ticket = take(2, self(), 1, 1)->ticket;
  device_poll(rig.device, 1);
  device_destroy(rig.device);
  rig_start(4);
  slot.ticket = ticket;
  cr_expect_eq(grant(2)->ticket, slot.ticket);
  cr_expect_eq(rig_written_to(1), INT64_MAX, "it has said nothing to this one");
  rig_say(&rig.region->tx->slots[2], 1002);
  cr_expect_eq(rig_written_to(1), 1002);
}

/* Slots full of rubbish, again and again: the honest client keeps its claim. */
Test(device, survives_slots_of_rubbish)
{
  uint32_t x = 12345;
  struct region_slot *const honest = take(63, self(), 3, 1);
  device_poll(rig.device, 1);
  for (int round = 0; round < 300; round++) {
    for (unsigned i = 0; i < REGION_SLOTS - 1; i++) {
      struct region_slot *const slot = &rig.region->tx->slots[i];
      x = x * 1664525u + 1013904223u;
      slot->first_in = x >> 30;
      slot->inputs = x >> 3;
      slot->first_out = x >> 29;
      slot->outputs = (x >> 8) % 6;
      memset(slot->app, (int)(x >> 24), sizeof slot->app);
      const uint64_t pid = x & 0x100 ? self() : x;
      atomic_store(&slot->ticket, pid << 32 | (x & 0xff00) | (x >> 16 & 3));
    }
    device_poll(rig.device, round);
    struct device_client client;
    for (unsigned cursor = 0;
         device_next_client(rig.device, &cursor, &client);) {
      cr_assert_lt(strlen(client.app), REGION_APP_BYTES);
      cr_assert_leq(client.first_out + client.outputs, 4);
      cr_assert_leq(client.first_in + client.inputs, 4);
    }
  }
  cr_expect_neq(honest->ticket, 0);
  cr_expect_eq(rig_written_to(3), 1063);
}

Test(device, names_and_marks_channels)
{
  device_name_channel(
    rig.device, true, 2, "Stage left, a very long name indeed", true);
  cr_expect_eq(strlen(rig.region->rx->input_names[2]), REGION_LABEL_BYTES - 1);
  cr_expect_eq(rig.region->rx->input_is_raw[2], 1);
  cr_expect_eq(rig.region->rx->output_is_raw[2], 0);
  device_name_channel(rig.device, true, UINT32_MAX, "x", true);
}
