/* test_client_attach.c - a client that follows its engine: to a new one, to
   another region, to a lane, to another rate.
   SPDX-License-Identifier: MIT */
#include "device_rig.h"

TestSuite(client_attach, .init = rig_set_up, .fini = rig_tear_down);

static vsc_client_time when;
static float block[RIG_RING * 4];

static vsc_client *
open_started(uint32_t inputs, uint32_t outputs)
{
  vsc_client *c = NULL;
  cr_assert_eq(
    rig_open(inputs, 0, outputs, &c), VSC_OK, "%s", vsc_client_error());
  when = (vsc_client_time){ .size = sizeof when };
  rig_run(RIG_RING);
  cr_assert_eq(vsc_client_begin(c, 100), VSC_OK);
  return c;
}

/* The next engine has CHANNELS each way, and whatever was set in the rig. */
static void
restart(uint32_t channels)
{
  rig_kill();
  device_destroy(rig.device);
  rig_sleep(400000000);
  rig_start(channels);
}

/* Whether the client is served again; TEXT: what it said if not. */
static bool
comes_back(vsc_client *c, char text[CLIENT_TEXT_BYTES])
{
  const vsc_ns end = rig.now + 3 * (vsc_ns)VSC_SECOND;
  text[0] = '\0';
  while (rig.now < end) {
    const vsc_status status = client_tend(c);
    snprintf(text,
             CLIENT_TEXT_BYTES,
             "%s",
             status == VSC_ERR_REFUSED || status == VSC_ERR_UNSUPPORTED
               ? vsc_client_error()
               : text);
    vsc_client_clock(c, &when);
    if (when.is_running) {
      return true;
    }
    rig_sleep(client_tend_pause(c));
  }
  return false;
}

/* Of our shared memory, as the system sees it. */
static unsigned
mappings(void)
{
  FILE *const f = fopen("/proc/self/maps", "r");
  char line[512];
  unsigned n = 0;
  while (f && fgets(line, sizeof line, f)) {
    n += strstr(line, "/dev/shm/aes67-") != NULL;
  }
  if (f) {
    fclose(f);
  }
  return n;
}

Test(client_attach, moves_to_the_region_that_took_the_place_of_its_own)
{
  char text[CLIENT_TEXT_BYTES];
  vsc_client *const c = open_started(2, 2);
  restart(8);
  cr_assert(comes_back(c, text), "%s", text);
  rig_run(RIG_RING);
  vsc_client_wait(c, 1, 64, VSC_SECOND);
  vsc_client_read(c, block, 64, &when);
  cr_expect_eq(when.silent_frames, 0);
  for (uint32_t i = 0; i < 128; i++) {
    cr_assert_eq(block[i], rig_signal(i % 2, when.in_pos + i / 2));
  }
  cr_expect_eq(device_clients(rig.device), 1);
  vsc_client_close(c);
}

Test(client_attach, unmaps_the_region_it_left)
{
  char text[CLIENT_TEXT_BYTES];
  vsc_client *const c = open_started(2, 2);
  const unsigned before = mappings();
  cr_assert_eq(before, 4, "two objects, each on both sides");
  for (uint32_t i = 0; i < 6; i++) {
    restart(i % 2 ? 4 : 8);
    cr_assert(comes_back(c, text), "%s", text);
    client_tend(c);
  }
  cr_expect_eq(mappings(), before);
  vsc_client_close(c);
  cr_expect_eq(mappings(), 2);
}

Test(client_attach, keeps_its_distances_where_the_device_could_be_faster)
{
  char text[CLIENT_TEXT_BYTES];
  vsc_client *const c = open_started(2, 0);
  rig.s_in = RIG_S_IN - 2;
  restart(4);
  cr_assert(comes_back(c, text), "%s", text);
  vsc_client_begin(c, 0);
  vsc_client_read(c, block, 16, &when);
  cr_expect_eq(when.in_pos, rig_pos() - RIG_S_IN);
  vsc_client_close(c);
}

Test(client_attach, wants_nothing_of_a_device_that_has_become_worse)
{
  const struct {
    uint32_t rate, channels, s_in;
    const char *why;
  } rows[] = {
    { 96000, 4, RIG_S_IN, "(rate 96000 instead of 48000)" },
    { RIG_RATE, 1, RIG_S_IN, "(inputs 1 instead of 4)" },
    { RIG_RATE, 4, RIG_S_IN + 9, "(input latency 61 instead of 52)" },
  };
  for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
    char text[CLIENT_TEXT_BYTES];
    vsc_client *const c = open_started(2, 2);
    rig.rate = rows[i].rate;
    rig.s_in = rows[i].s_in;
    restart(rows[i].channels);
    cr_expect_not(comes_back(c, text));
    cr_expect_not_null(strstr(text, rows[i].why), "%s", text);
    cr_expect_not_null(strstr(text, "close it and open it again"));
    cr_expect_eq(vsc_client_wait(c, 1, 16, VSC_SECOND), VSC_ERR_UNSUPPORTED);
    /* Unless it becomes what it was. */
    rig.rate = RIG_RATE;
    rig.s_in = RIG_S_IN;
    restart(4);
    cr_expect(comes_back(c, text), "%s", text);
    vsc_client_close(c);
    rig_run(RIG_WAKE);
  }
}

Test(client_attach, gets_its_channels_back_when_somebody_else_has_gone)
{
  char text[CLIENT_TEXT_BYTES];
  vsc_client *const ours = open_started(0, 2);
  vsc_client *theirs = NULL;
  rig_kill();
  device_destroy(rig.device);
  rig.device = NULL;
  /* The engine forgot us, and somebody came before we could ask. */
  atomic_store(&ours->lease->slot->ticket, 0);
  rig_start(4);
  cr_assert_eq(rig_open(0, 1, 2, &theirs), VSC_OK);
  cr_expect_not(comes_back(ours, text));
  cr_expect_not_null(
    strstr(text, "output channels 2-3 belong to \"rig\""), "%s", text);
  vsc_client_close(theirs);
  cr_expect(comes_back(ours, text), "%s", text);
  vsc_client_close(ours);
}

/* As above, but we never lost our slot: it is refused by the next engine. */
Test(client_attach, asks_anew_after_a_slot_was_refused)
{
  char text[CLIENT_TEXT_BYTES];
  vsc_client *theirs = NULL;
  cr_assert_eq(rig_open(0, 3, 1, &theirs), VSC_OK);
  vsc_client *const ours = open_started(0, 2);
  rig.region->tx->slots[0].first_out = 1; /* of the next engine */
  restart(4);
  cr_expect_not(comes_back(ours, text));
  cr_expect_not_null(
    strstr(text, "output channels 2-2 belong to \"rig\""), "%s", text);
  vsc_client_close(theirs);
  cr_expect(comes_back(ours, text), "%s", text);
  vsc_client_close(ours);
}

Test(client_attach, leaves_a_slot_alone_that_is_somebody_elses_now)
{
  vsc_client *const c = open_started(2, 2);
  struct region_slot *const slot = &rig.region->tx->slots[0];
  atomic_store(&slot->ticket, UINT64_C(1) << 32 | SLOT_ATTACHED);
  atomic_store(&slot->written_to, 4711);
  vsc_client_read(c, block, 16, &when);
  cr_expect_eq(when.is_running, 0);
  vsc_client_write(c, block, 16, &when);
  vsc_client_close(c);
  cr_expect_eq(atomic_load(&slot->written_to), 4711);
}

Test(client_attach, finds_a_device_whose_name_was_taken_from_under_it)
{
  char text[CLIENT_TEXT_BYTES];
  vsc_client *const c = open_started(2, 2);
  rig_kill();
  struct region lost = { 0 };
  memcpy(lost.rx_name, rig.region->rx_name, sizeof lost.rx_name);
  memcpy(lost.tx_name, rig.region->tx_name, sizeof lost.tx_name);
  region_close(&lost, true); /* as by rm */
  device_destroy(rig.device);
  rig_start(4);
  cr_expect(comes_back(c, text), "%s", text);
  cr_expect_eq(device_clients(rig.device), 1);
  vsc_client_close(c);
}

/* --- lanes */

Test(client_attach, plays_into_the_lane_it_was_granted)
{
  rig.lanes = 3;
  restart(4);
  rig_run(RIG_RING);
  /* An engine that comes again grants what a slot had. */
  atomic_store(&rig.region->rx->grants[0].lane, 2);
  vsc_client *const c = open_started(0, 2);
  const float f[2] = { 0.5f, 0.25f };
  cr_assert_eq(vsc_client_write(c, f, 1, &when), VSC_OK);
  const struct region_geometry *const g = &rig.region->geometry;
  const uint32_t at = (uint32_t)when.out_pos & (g->ring - 1);
  const uint32_t *const lane =
    rig.region->out_words + (size_t)2 * g->outputs * g->stride;
  cr_expect_eq(memcmp(&lane[at], &f[0], sizeof f[0]), 0);
  cr_expect_eq(memcmp(&lane[g->stride + at], &f[1], sizeof f[1]), 0);
  cr_expect_eq(rig.region->out_words[at], 0);
  vsc_client_close(c);
}

/* The engine's half by hand: every answer is STATE, with LANE and WHY. */
static struct {
  uint32_t state, lane;
  const char *why;
  uint32_t next_rate; /* a while after: it starts again */
  vsc_ns until;
} answer;

static void
answering_sleep(vsc_ns duration)
{
  rig.now += duration;
  struct region_rx *const rx = rig.region->rx;
  atomic_store(&rx->heartbeat, rig.now);
  for (int i = 0; i < REGION_SLOTS; i++) {
    struct region_slot *const slot = &rig.region->tx->slots[i];
    const uint64_t ticket = atomic_load(&slot->ticket);
    if (SLOT_STATE(ticket) == SLOT_LEAVING) {
      atomic_store(&slot->ticket, 0);
    }
    if (SLOT_STATE(ticket) == SLOT_ATTACHED &&
        atomic_load(&rx->grants[i].ticket) != ticket) {
      const bool is_right = slot->rate == 0 || slot->rate == rig.rate;
      snprintf(
        rx->grants[i].reason, sizeof rx->grants[i].reason, "%s", answer.why);
      atomic_store(&rx->grants[i].lane, answer.lane);
      atomic_store(&rx->grants[i].state,
                   is_right ? GRANT_ACTIVE : answer.state);
      atomic_store(&rx->grants[i].ticket, ticket);
      answer.until = answer.until ? answer.until : rig.now + 30000000;
    }
  }
  if (answer.next_rate && answer.until && rig.now > answer.until) {
    rig.rate = answer.next_rate;
    answer.next_rate = 0;
    device_destroy(rig.device);
    rig_start(4);
  }
}

static vsc_status
open_at(uint32_t rate, vsc_client **out)
{
  static const struct client_host host = { .now = rig_now,
                                           .sleep = answering_sleep };
  const vsc_client_config config = { .size = sizeof config,
                                     .instance = "test",
                                     .runtime_dir = rig.dir,
                                     .outputs = 1,
                                     .rate = rate };
  return client_open(&config, &host, out);
}

Test(client_attach, refuses_a_lane_that_is_not_there)
{
  vsc_client *c = NULL;
  answer.lane = 1;
  answer.why = "";
  cr_expect_eq(open_at(0, &c), VSC_ERR_REFUSED);
  cr_expect_not_null(strstr(vsc_client_error(), "grants lane 1 of 0"));
}

/* --- the rate */

Test(client_attach, waits_until_the_device_has_the_rate_it_wished)
{
  vsc_client *c = NULL;
  vsc_client_info info = { .size = sizeof info };
  answer.state = GRANT_CHANGING;
  answer.why = "";
  answer.next_rate = 96000;
  cr_assert_eq(open_at(96000, &c), VSC_OK, "%s", vsc_client_error());
  vsc_client_describe(c, &info);
  cr_expect_eq(info.rate, 96000);
  cr_expect_eq(c->lease->slot->rate, 96000);
  vsc_client_close(c);
}

Test(client_attach, says_why_it_was_refused_the_rate)
{
  vsc_client *c = NULL;
  answer.state = GRANT_REFUSED;
  answer.why = "the device runs at 48000 and \"ardour\" (pid 7) has it open";
  cr_expect_eq(open_at(96000, &c), VSC_ERR_REFUSED);
  cr_expect_str_eq(vsc_client_error(), answer.why);
}

Test(client_attach, gives_up_when_the_rate_does_not_change_in_time)
{
  vsc_client *c = NULL;
  const vsc_ns began = rig.now;
  answer.state = GRANT_CHANGING;
  answer.why = "";
  cr_expect_eq(open_at(96000, &c), VSC_ERR_AGAIN);
  cr_expect_not_null(strstr(vsc_client_error(), "did not change its rate"));
  cr_expect_lt(rig.now - began, INT64_C(2100000000));
  cr_expect_eq(rig.region->tx->slots[0].ticket, 0, "left at once");
}

Test(client_attach, is_not_content_with_a_rate_it_did_not_wish)
{
  vsc_client *c = NULL;
  answer.state = GRANT_ACTIVE; /* of an engine that knows no wishes */
  answer.why = "";
  cr_expect_eq(open_at(96000, &c), VSC_ERR_REFUSED);
  cr_expect_not_null(
    strstr(vsc_client_error(), "runs at 48000 frames/s, not at 96000"));
}

/* One crash of the engine is one wish, not one each step. */
Test(client_attach, wishes_once_for_the_rate_it_had)
{
  vsc_client *c = NULL;
  char text[CLIENT_TEXT_BYTES];
  answer.state = GRANT_CHANGING;
  answer.why = "";
  rig.rate = 96000;
  restart(4);
  cr_assert_eq(open_at(96000, &c), VSC_OK, "%s", vsc_client_error());
  rig.rate = 48000;
  restart(4);
  answer.until = 0;
  answer.next_rate = 48000; /* it tries, and fails */
  const vsc_ns end = rig.now + VSC_SECOND / 2;
  vsc_status status = VSC_OK;
  while (rig.now < end) {
    status = client_tend(c);
    answering_sleep(client_tend_pause(c));
  }
  cr_expect_eq(status, VSC_ERR_UNSUPPORTED);
  snprintf(text, sizeof text, "%s", vsc_client_error());
  cr_expect_not_null(strstr(text, "rate 48000 instead of 96000"), "%s", text);
  vsc_client_close(c);
}

/* --- what it tells */

Test(client_attach, knows_what_channels_are_called)
{
  char name[64] = "";
  const struct device_names names = { .inputs = { [2] = "rx1 3" },
                                      .outputs = { [0] = "bad\nname" } };
  vsc_client *const c = open_started(1, 1);
  const vsc_ns changed = vsc_client_names_changed(c);
  device_name_channels(rig.device, &names, 1);
  cr_expect_gt(vsc_client_names_changed(c), changed);
  vsc_client_channel_name(c, 1, 2, name, sizeof name);
  cr_expect_str_eq(name, "rx1 3");
  vsc_client_channel_name(c, 0, 0, name, sizeof name);
  cr_expect_str_eq(name, "bad?name");
  vsc_client_channel_name(c, 1, 4, name, sizeof name);
  cr_expect_str_eq(name, "");
  vsc_client_channel_name(c, 1, 2, name, 3);
  cr_expect_str_eq(name, "rx");
  vsc_client_close(c);
}

Test(client_attach, tells_the_process_of_the_engine_that_serves_it)
{
  char text[CLIENT_TEXT_BYTES];
  vsc_client_info info = { .size = sizeof info };
  vsc_client *const c = open_started(1, 1);
  restart(4);
  rig.region->rx->engine_pid = 4711;
  cr_assert(comes_back(c, text), "%s", text);
  vsc_client_describe(c, &info);
  cr_expect_eq(info.engine_pid, 4711);
  vsc_client_close(c);
}
