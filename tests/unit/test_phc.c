/* test_phc.c - an interface's time stamps, turned on and mapped, with a made-up
   system in place of the kernel.
   SPDX-License-Identifier: MIT */
#include "engine/os/phc_linux.h"

#include <criterion/criterion.h>

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/net_tstamp.h>
#include <linux/ptp_clock.h>
#include <linux/sockios.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MS INT64_C(1000000)
#define SECOND INT64_C(1000000000)
#define HOST (5000 * SECOND)
#define PHC (1700000000 * SECOND)
#define REAL (1600000000 * SECOND) /* at host time 0 */
#define FD 42

/* An interface that can do all of it, on a kernel that permits all. */
struct world {
  struct phc_system system;
  struct phc phc;
  /* what ethtool says */
  unsigned stamping, rx_filters;
  int index;
  /* what it is set to */
  struct hwtstamp_config config;
  int get_error, set_error, open_error;
  int sets; /* how often it was set */
  /* what its clock can */
  int precise_error, raw_error, extended_error;
  vsc_ns now;
  int64_t epoch; /* s, beside the usual one */
  double ppm;
  vsc_ns stall;                 /* in one bracket of each reading */
  vsc_ns real_moved, real_jump; /* how far the wall clock was set; soon */
  int is_dead;
  int opened;
  char path[32];
  char why[400];
};

static int64_t
phc_at(const struct world *w, vsc_ns host)
{
  const vsc_ns since = w->is_dead ? 0 : host - HOST;
  return PHC + since + (int64_t)((double)since * w->ppm * 1e-6);
}

static int
fake_open(void *arg, const char *path)
{
  struct world *const w = arg;
  strcpy(w->path, path);
  w->opened += !w->open_error;
  return w->open_error ? w->open_error : FD;
}

static void
fake_close(void *arg, int fd)
{
  struct world *const w = arg;
  cr_assert_eq(fd, FD);
  w->opened--;
}

static int
fake_ask(void *arg, const char *interface, unsigned long request, void *data)
{
  struct world *const w = arg;
  cr_assert_str_eq(interface, "eth7");
  if (request == SIOCETHTOOL) {
    struct ethtool_ts_info *const info = data;
    cr_assert_eq(info->cmd, ETHTOOL_GET_TS_INFO);
    info->so_timestamping = w->stamping;
    info->phc_index = w->index;
    info->rx_filters = w->rx_filters;
    info->tx_types = 1 << HWTSTAMP_TX_ON;
    return 0;
  }
  struct hwtstamp_config *const config = data;
  if (request == SIOCGHWTSTAMP) {
    *config = w->config;
    return w->get_error;
  }
  cr_assert_eq(request, SIOCSHWTSTAMP);
  w->sets++;
  if (!w->set_error) {
    w->config = *config;
  }
  return w->set_error;
}

static struct ptp_clock_time
time_of(int64_t ns)
{
  return (struct ptp_clock_time){ .sec = ns / SECOND,
                                  .nsec = (unsigned)(ns % SECOND) };
}

static int64_t
fake_real_offset(void *arg) VSC_RT
{
  const struct world *const w = arg;
  return REAL + w->real_moved;
}

static int
fake_precise(struct world *w, struct ptp_sys_offset_precise *both)
{
  if (w->precise_error) {
    return w->precise_error;
  }
  both->device = time_of(phc_at(w, w->now));
  both->sys_monoraw = time_of(w->now);
  both->sys_realtime = time_of(w->now + REAL);
  return 0;
}

/* Eight brackets of 2 us; all but one have a stall before the clock is read. */
static int
fake_extended(struct world *w, struct ptp_sys_offset_extended *o)
{
  const int is_real = o->rsv[0] == CLOCK_REALTIME;
  if (w->extended_error || (!is_real && w->raw_error)) {
    return w->extended_error ? w->extended_error : w->raw_error;
  }
  cr_assert(is_real || o->rsv[0] == CLOCK_MONOTONIC_RAW);
  for (unsigned i = 0; i < o->n_samples; i++) {
    const vsc_ns before = w->now - 1000 * (vsc_ns)(o->n_samples - i);
    const vsc_ns stall = i == 3 ? 0 : w->stall;
    const int64_t base = is_real ? REAL + w->real_moved : 0;
    o->ts[i][0] = time_of(base + before);
    o->ts[i][1] = time_of(phc_at(w, before + stall + 1000));
    o->ts[i][1].sec += w->epoch;
    o->ts[i][2] = time_of(base + before + stall + 2000);
  }
  w->real_moved += w->real_jump;
  w->real_jump = 0;
  return 0;
}

static int
fake_read(void *arg, int fd, unsigned long request, void *data) VSC_RT
{
  struct world *const w = arg;
  cr_assert_eq(fd, FD);
  if (request == PTP_SYS_OFFSET_PRECISE) {
    struct ptp_sys_offset_precise *const both = data;
    const int status = fake_precise(w, both);
    both->device.sec += w->epoch;
    return status;
  }
  cr_assert_eq(request, PTP_SYS_OFFSET_EXTENDED);
  return fake_extended(w, data);
}

static struct world
begin(void)
{
  return (struct world){ .stamping = SOF_TIMESTAMPING_TX_HARDWARE |
                                     SOF_TIMESTAMPING_RX_HARDWARE |
                                     SOF_TIMESTAMPING_RAW_HARDWARE,
                         .rx_filters = 1 << HWTSTAMP_FILTER_PTP_V2_L4_EVENT |
                                       1 << HWTSTAMP_FILTER_ALL,
                         .index = 3,
                         .ppm = 40,
                         .now = HOST + SECOND };
}

static vsc_status
start(struct world *w)
{
  w->system = (struct phc_system){ .arg = w,
                                   .open = fake_open,
                                   .close = fake_close,
                                   .ask = fake_ask,
                                   .read = fake_read,
                                   .real_offset = fake_real_offset };
  return phc_begin(&w->phc, &w->system, "eth7", w->why, sizeof w->why);
}

/* A datagram arrives. Not 0: it is known when. */
static int
arrive(struct world *w, int64_t stamp, vsc_ns *out)
{
  phc_arrived(&w->phc, stamp, w->now);
  return phc_host(&w->phc, stamp, w->now, out);
}

/* The error of an arrival's stamp of a millisecond ago; a second: not mapped.
 */
static int64_t
error(struct world *w)
{
  vsc_ns host;
  return arrive(w, phc_at(w, w->now - MS), &host) ? llabs(host - (w->now - MS))
                                                  : SECOND;
}

/* A stamp every eighth of a second. */
static int64_t
run(struct world *w, unsigned stamps)
{
  int64_t last = SECOND;
  for (unsigned i = 0; i < stamps; i++) {
    w->now += 125 * MS;
    last = error(w);
  }
  return last;
}

Test(phc, turns_stamps_on_and_follows_the_clock)
{
  struct world w = begin();
  cr_assert_eq(start(&w), VSC_OK, "%s", w.why);
  cr_expect_str_eq(w.path, "/dev/ptp3");
  cr_expect_eq(w.config.tx_type, HWTSTAMP_TX_ON);
  cr_expect_eq(w.config.rx_filter, HWTSTAMP_FILTER_PTP_V2_L4_EVENT);
  cr_expect_eq(w.phc.method, PHC_PRECISE);
  cr_expect_lt(run(&w, 80), 2);
  phc_end(&w.phc);
  cr_expect_eq(w.opened, 0);
  phc_end(&w.phc);
}

Test(phc, says_that_there_are_none)
{
  struct world w = begin();
  w.stamping = SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_RX_SOFTWARE;
  cr_expect_eq(start(&w), VSC_ERR_UNSUPPORTED);
  cr_expect_str_eq(w.why, "eth7 has no hardware time stamps");
  w = begin();
  w.index = -1;
  cr_expect_eq(start(&w), VSC_ERR_UNSUPPORTED);
  cr_expect_eq(w.sets, 0);
}

Test(phc, leaves_alone_what_is_set_and_enough)
{
  static const int filters[] = { HWTSTAMP_FILTER_ALL,
                                 HWTSTAMP_FILTER_PTP_V2_EVENT,
                                 HWTSTAMP_FILTER_PTP_V2_L4_EVENT };
  for (int i = 0; i < 3; i++) {
    struct world w = begin();
    w.set_error = -EPERM;
    w.config = (struct hwtstamp_config){ .tx_type = HWTSTAMP_TX_ON,
                                         .rx_filter = filters[i] };
    cr_expect_eq(start(&w), VSC_OK, "%s", w.why);
    cr_expect_eq(w.sets, 0);
  }
}

Test(phc, keeps_a_wider_filter_of_somebody_else)
{
  struct world w = begin();
  w.config.rx_filter = HWTSTAMP_FILTER_ALL;
  cr_expect_eq(start(&w), VSC_OK);
  cr_expect_eq(w.config.rx_filter, HWTSTAMP_FILTER_ALL);
  cr_expect_eq(w.config.tx_type, HWTSTAMP_TX_ON);
}

Test(phc, takes_nothing_away_from_another_program)
{
  static const struct hwtstamp_config configs[] = {
    { .tx_type = HWTSTAMP_TX_ON, .rx_filter = HWTSTAMP_FILTER_PTP_V2_L2_EVENT },
    { .tx_type = HWTSTAMP_TX_ONESTEP_SYNC, .rx_filter = HWTSTAMP_FILTER_ALL },
  };
  for (int i = 0; i < 2; i++) {
    struct world w = begin();
    w.config = configs[i];
    cr_expect_eq(start(&w), VSC_ERR_REFUSED);
    cr_expect_eq(w.sets, 0);
    cr_expect(strstr(w.why, "another program"), "%s", w.why);
  }
}

Test(phc, says_what_to_permit)
{
  struct world w = begin();
  w.set_error = -EPERM;
  cr_expect_eq(start(&w), VSC_ERR_REFUSED);
  cr_expect(strstr(w.why, "hwstamp_ctl -i eth7 -t 1 -r 6"), "%s", w.why);
  cr_expect(strstr(w.why, "cap_net_admin"), "%s", w.why);
  w = begin();
  w.open_error = -EACCES;
  cr_expect_eq(start(&w), VSC_ERR_REFUSED);
  cr_expect(strstr(w.why, "/dev/ptp3, the clock of eth7"), "%s", w.why);
  cr_expect(strstr(w.why, "docs/ptp.md"), "%s", w.why);
  cr_expect_null(w.phc.system);
}

Test(phc, knows_drivers_that_do_not_tell)
{
  struct world w = begin();
  w.get_error = -EOPNOTSUPP;
  w.config.rx_filter =
    HWTSTAMP_FILTER_PTP_V2_L2_EVENT; /* what they left there */
  cr_expect_eq(start(&w), VSC_OK, "%s", w.why);
  cr_expect_eq(w.sets, 1);
}

Test(phc, refuses_an_interface_that_stamps_no_udp)
{
  struct world w = begin();
  w.rx_filters = 1 << HWTSTAMP_FILTER_PTP_V2_L2_EVENT;
  cr_expect_eq(start(&w), VSC_ERR_UNSUPPORTED);
  cr_expect_eq(w.sets, 0);
}

Test(phc, takes_the_narrowest_bracket_in_host_time)
{
  struct world w = begin();
  w.precise_error = -EOPNOTSUPP;
  w.stall = 50000;
  cr_assert_eq(start(&w), VSC_OK, "%s", w.why);
  cr_expect_eq(w.phc.method, PHC_RAW);
  cr_expect_lt(run(&w, 80), 2);
}

Test(phc, goes_through_the_wall_clock_on_older_kernels)
{
  struct world w = begin();
  w.precise_error = -EOPNOTSUPP;
  w.raw_error = -EINVAL;
  cr_assert_eq(start(&w), VSC_OK, "%s", w.why);
  cr_expect_eq(w.phc.method, PHC_REAL);
  cr_expect_lt(run(&w, 80), 2);
}

Test(phc, believes_no_reading_while_the_wall_clock_was_set)
{
  struct world w = begin();
  w.precise_error = -EOPNOTSUPP;
  w.raw_error = -EINVAL;
  cr_assert_eq(start(&w), VSC_OK, "%s", w.why);
  for (int i = 0; i < 10; i++) {
    cr_expect_lt(run(&w, 20), 2);
    w.real_jump = i % 2 ? 30 * SECOND : -5000;
    cr_expect_lt(run(&w, 1), 2);
    cr_expect_eq(w.phc.map.steps, 0);
  }
}

Test(phc, gives_up_a_clock_that_cannot_be_compared)
{
  struct world w = begin();
  w.precise_error = w.extended_error = -EOPNOTSUPP;
  cr_expect_eq(start(&w), VSC_ERR_UNSUPPORTED);
  cr_expect(strstr(w.why, "cannot be compared"), "%s", w.why);
  cr_expect_eq(w.opened, 0);
}

Test(phc, loses_a_clock_that_stands_still)
{
  struct world w = begin();
  cr_assert_eq(start(&w), VSC_OK);
  cr_expect_lt(run(&w, 20), 2);
  w.is_dead = 1;
  cr_expect_eq(run(&w, 8), SECOND);
  cr_expect_not(phc_is_lost(&w.phc));
  run(&w, 200);
  cr_expect(phc_is_lost(&w.phc));
}

Test(phc, loses_a_clock_that_answers_no_more)
{
  struct world w = begin();
  cr_assert_eq(start(&w), VSC_OK);
  cr_expect_lt(run(&w, 20), 2);
  w.precise_error = -ENODEV;
  cr_expect_eq(run(&w, 80), SECOND);
  run(&w, 200);
  cr_expect(phc_is_lost(&w.phc));
}

Test(phc, loses_an_interface_that_stamps_nothing)
{
  struct world w = begin();
  vsc_ns host;
  cr_assert_eq(start(&w), VSC_OK);
  run(&w, 20);
  for (int i = 0; i < 80; i++) {
    w.now += 125 * MS;
    cr_expect_not(arrive(&w, 0, &host));
    cr_assert_not(phc_is_lost(&w.phc));
  }
  for (int i = 0; i < 40; i++) {
    w.now += 125 * MS;
    arrive(&w, 0, &host);
  }
  cr_expect(phc_is_lost(&w.phc));
  w = begin();
  cr_assert_eq(start(&w), VSC_OK);
  phc_sent(&w.phc, 99);
  cr_expect_not(phc_is_lost(&w.phc));
  phc_sent(&w.phc, 1);
  cr_expect(phc_is_lost(&w.phc));
}

Test(phc, does_not_take_departures_for_stamped_arrivals)
{
  struct world w = begin();
  vsc_ns host;
  cr_assert_eq(start(&w), VSC_OK);
  run(&w, 20);
  for (int i = 0; i < 200; i++) {
    w.now += 125 * MS;
    arrive(&w, 0, &host);
    cr_expect(phc_host(&w.phc, phc_at(&w, w.now - MS), w.now, &host));
  }
  cr_expect(phc_is_lost(&w.phc));
}

Test(phc, is_not_talked_out_of_it_by_a_flood_without_stamps)
{
  struct world w = begin();
  vsc_ns host;
  cr_assert_eq(start(&w), VSC_OK);
  for (int i = 0; i < 200; i++) {
    for (int k = 0; k < 1000; k++) {
      w.now += MS / 8;
      arrive(&w, 0, &host);
    }
    error(&w);
    cr_assert_not(phc_is_lost(&w.phc));
  }
  cr_expect_lt(error(&w), 2);
}

/* A clock that was never set shows anything at all. */
Test(phc, refuses_a_clock_beyond_what_nanoseconds_hold)
{
  struct world w = begin();
  w.epoch = 10000000000; /* the year 2286 */
  cr_expect_eq(start(&w), VSC_ERR_UNSUPPORTED);
  cr_expect_eq(w.opened, 0);
}

Test(phc, maps_no_stamp_of_the_future_and_none_too_old)
{
  struct world w = begin();
  vsc_ns host;
  cr_assert_eq(start(&w), VSC_OK);
  run(&w, 20);
  cr_expect_not(phc_host(&w.phc, phc_at(&w, w.now + MS), w.now, &host));
  cr_expect_not(phc_host(&w.phc, phc_at(&w, w.now - 3 * SECOND), w.now, &host));
  cr_expect(phc_host(&w.phc, phc_at(&w, w.now - SECOND), w.now, &host));
}
