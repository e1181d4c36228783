/* test_ptp_diagnosis.c - each cause has its sentence.
   SPDX-License-Identifier: MIT */
#include "modules/clock-ptp/diagnosis.h"
#include "ptp_rig.h"

#include <criterion/criterion.h>

static struct rig r;

static const char *
say(const struct diagnosis_facts *d)
{
  static char text[160];
  diagnosis_write(d, &r.port, &r.ladder, r.now, text, sizeof text);
  return text;
}

static struct diagnosis_facts
facts(void)
{
  return (struct diagnosis_facts){
    .interface = "eth0", .has_network = 1, .is_permitted = 1, .has_joined = 1
  };
}

#define says(text)                                                             \
  cr_expect(strstr(say(&d), text), "\"%s\" is not in \"%s\"", text, say(&d))

Test(ptp_diagnosis, is_silent_when_all_is_well)
{
  const struct diagnosis_facts d = facts();
  rig_init(&r, PORT_FOLLOWER);
  rig_run(&r, 20);
  cr_expect_str_eq(say(&d), "");
}

Test(ptp_diagnosis, no_announce)
{
  struct diagnosis_facts d = facts();
  rig_init(&r, PORT_FOLLOWER);
  r.is_mute = 1;
  rig_run(&r, 5);
  says("no Announce heard on eth0, 224.0.1.129 is joined");
  d.has_joined = 0;
  says("not joined");
  d.shared_port = 319;
  says("another program has UDP port 319, too: stop it");
}

/* A stream's sender is heard, and nothing else. */
static void
hear_stream(void)
{
  rig_init(&r, PORT_FOLLOWER);
  r.is_mute = 1;
  rig_run(&r, 5);
  const vsc_clock_view view = { .host_ns = r.now, .rate = 1, .generation = 1 };
  ladder_stream(&r.ladder, &view);
  rig_run(&r, 1);
}

Test(ptp_diagnosis, tells_that_the_clock_goes_by_a_stream)
{
  struct diagnosis_facts d = facts();
  hear_stream();
  says("goes by the stream: no Announce heard on eth0, 224.0.1.129 is joined");
  d.is_permitted = 0;
  says("goes by the stream: no permission for UDP ports 319 and 320: ");
  says("start aes67.socket");
}

Test(ptp_diagnosis, the_log_has_no_master_on_holdover_after_a_stream)
{
  char text[64];
  hear_stream();
  diagnosis_state(&r.ladder, &r.ladder.media.view, text, sizeof text);
  cr_expect_str_eq(text, "goes by the stream");
  rig_run(&r, 5);
  diagnosis_state(&r.ladder, &r.ladder.media.view, text, sizeof text);
  cr_expect_str_eq(text, "holdover after the stream");
}

Test(ptp_diagnosis, another_domain)
{
  const struct diagnosis_facts d = facts();
  rig_init(&r, PORT_FOLLOWER);
  r.domain = 127;
  rig_run(&r, 5);
  says("set clock.domain = 127");
}

Test(ptp_diagnosis, only_version_1)
{
  const struct diagnosis_facts d = facts();
  rig_init(&r, PORT_FOLLOWER);
  const uint8_t bytes[124] = { 0, 1 };
  const struct port_packet p = { .bytes = bytes, .length = 124 };
  port_receive(&r.port, &p, r.now);
  says("PTP version 1");
}

Test(ptp_diagnosis, sync_without_follow_up)
{
  const struct diagnosis_facts d = facts();
  rig_init(&r, PORT_FOLLOWER);
  rig_run(&r, 3);
  for (int i = 0; i < 10; i++) {
    r.now += SECOND / 8;
    struct ptp_message m = rig_message(&r, PTP_SYNC);
    m.sequence = (uint16_t)(1000 + i);
    m.flags = PTP_TWO_STEP;
    rig_give(&r, &m, RIG_PEER, r.now);
  }
  says("Sync comes without Follow_Up");
}

Test(ptp_diagnosis, no_sync)
{
  const struct diagnosis_facts d = facts();
  rig_init(&r, PORT_FOLLOWER);
  for (int i = 0; i < 5; i++) {
    r.now += SECOND;
    rig_announce(&r);
  }
  says("no Sync");
}

Test(ptp_diagnosis, no_answer_to_requests)
{
  const struct diagnosis_facts d = facts();
  rig_init(&r, PORT_FOLLOWER);
  r.is_deaf = 1;
  rig_run(&r, 30);
  says("no Delay_Resp");
  r.port.config.delay_mode = PORT_DELAY_MULTICAST;
  says("hybrid");
  r.port.config.delay_mode = PORT_DELAY_UNICAST;
  says("clock.delay_req = auto");
}

Test(ptp_diagnosis, masters_that_take_turns)
{
  const struct diagnosis_facts d = facts();
  rig_init(&r, PORT_FOLLOWER);
  for (int i = 0; i < 6; i++) {
    r.clock[7] = (uint8_t)(20 - i); /* each better than the one before */
    rig_run(&r, 3);
  }
  says("two masters take turns");
}

Test(ptp_diagnosis, permission)
{
  struct diagnosis_facts d = facts();
  rig_init(&r, PORT_FOLLOWER);
  d.is_permitted = 0;
  says("sudo setcap cap_net_bind_service+ep \"$(command -v aes67)\"");
  says("sudo systemctl start aes67.socket aes67");
  d.is_in_use = 1;
  says("another program");
  d.has_network = 0;
  says("no network interface");
}

Test(ptp_diagnosis, unstable)
{
  const struct diagnosis_facts d = facts();
  rig_init(&r, PORT_FOLLOWER);
  r.noise_ns = 300000;
  rig_run(&r, 30);
  says("the offset is unstable");
}

Test(ptp_diagnosis, whatever_is_not_locked_says_why)
{
  const struct diagnosis_facts d = facts();
  for (double noise = 500; noise < 100000; noise *= 1.3) {
    rig_init(&r, PORT_FOLLOWER);
    r.noise_ns = noise;
    rig_run(&r, 30);
    cr_expect(r.ladder.media.view.state == VSC_CLOCK_LOCKED || *say(&d),
              "%.0f ns of noise",
              noise);
  }
}

Test(ptp_diagnosis, not_allowed)
{
  const struct diagnosis_facts d = facts();
  rig_init(&r, PORT_FOLLOWER);
  bmca_allow(&r.port.bmca, "0000000000000007");
  rig_run(&r, 5);
  says("02-00-00-00-00-00-00-01 is not in the list");
}

Test(ptp_diagnosis, twins_and_neighbours)
{
  const struct diagnosis_facts d = facts();
  rig_init(&r, PORT_FOLLOWER);
  struct ptp_message m = rig_message(&r, PTP_DELAY_REQ);
  rig_give(&r, &m, RIG_OWN, r.now);
  r.is_mute = 1;
  rig_run(&r, 1);
  cr_expect_str_neq(say(&d), "");
  memcpy(r.clock, rig_own, 8);
  rig_announce(&r);
  says("another clock uses our identity");
}
