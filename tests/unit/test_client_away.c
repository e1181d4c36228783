/* test_client_away.c - a device that is opened while its engine is away, in
   virtual time. SPDX-License-Identifier: MIT */
#include "device_rig.h"

TestSuite(client_away, .init = rig_set_up, .fini = rig_tear_down);

static vsc_client_time when;
static float block[RIG_RING * 4];

/* Attached to nothing yet; and with what is outside of its channels. */
static vsc_client *
open_while_away(uint32_t rate)
{
  vsc_client *c = NULL;
  const vsc_client_config config = { .size = sizeof config,
                                     .instance = "test",
                                     .runtime_dir = rig.dir,
                                     .inputs = 2,
                                     .outputs = 2,
                                     .rate = rate,
                                     .may_be_away = 1 };
  rig_run(RIG_RING);
  rig_kill();
  rig_sleep(400000000);
  client_open(&config, &rig_host, &c);
  when = (vsc_client_time){ .size = sizeof when };
  return c;
}

Test(client_away, may_open_the_device_of_a_killed_engine_in_silence)
{
  vsc_client *const c = open_while_away(0);
  cr_assert_not_null(c, "%s", vsc_client_error());
  cr_assert_eq(vsc_client_begin(c, 0), VSC_OK);
  const vsc_ns began = rig.now;
  for (int i = 0; i < 200; i++) {
    vsc_client_wait(c, 1, 240, VSC_SECOND);
    memset(block, 0x3f, sizeof block);
    cr_assert_eq(vsc_client_read(c, block, 240, &when), VSC_OK);
    cr_assert(rig_is_silent(block, 480));
    vsc_client_wait(c, 0, 240, VSC_SECOND);
    memset(block, 0x3f, sizeof block);
    cr_assert_eq(vsc_client_write(c, block, 240, &when), VSC_OK);
  }
  cr_expect_eq(when.is_running, 0);
  cr_expect_geq(rig.now - began, INT64_C(990000000));
  for (uint32_t i = 0; i < RIG_RING; i++) {
    cr_assert(rig_sent(0, rig_pos() + i) == 0.0f, "nothing was granted to it");
  }
  vsc_client_close(c);
}

Test(client_away, attaches_to_the_engine_that_it_opened_without)
{
  vsc_client *const c = open_while_away(0);
  cr_assert_not_null(c, "%s", vsc_client_error());
  vsc_client_begin(c, 0);
  vsc_client_wait(c, 1, 64, VSC_SECOND);
  vsc_client_read(c, block, 64, &when);
  device_destroy(rig.device);
  rig_start(4);
  rig_run(RIG_RING);
  for (int i = 0; i < 40 && !when.is_running; i++) {
    vsc_client_wait(c, 1, 64, VSC_SECOND);
    vsc_client_read(c, block, 64, &when);
  }
  cr_expect_eq(when.is_running, 1);
  cr_expect_eq(device_clients(rig.device), 1);
  vsc_client_wait(c, 1, 64, VSC_SECOND);
  vsc_client_read(c, block, 64, &when);
  cr_expect_eq(rig_wrong(block, when.in_pos, 64, 2), 0);
  vsc_client_close(c);
  rig_run(RIG_RING);
  cr_expect_eq(device_clients(rig.device), 0);
}

Test(client_away, wishes_no_rate_of_an_engine_that_is_away)
{
  cr_expect_null(open_while_away(96000));
  cr_expect_not_null(
    strstr(vsc_client_error(), "away"), "%s", vsc_client_error());
}
