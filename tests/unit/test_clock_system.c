/* test_clock_system.c - the map of clock-system in virtual time, and its module
   on a made-up host.
   SPDX-License-Identifier: MIT */
#include "modules/shared/system_map.h"

#include <vsc/clock.h>
#include <vsc/position.h>

#include <criterion/criterion.h>

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#define SECOND INT64_C(1000000000)
#define START (1700000000 * SECOND)

/* A system whose TAI runs SKEW faster than host time, from PHASE. */
struct sim {
  struct system_map map;
  vsc_ns host;
  double skew;
  int64_t base_tai;
  vsc_ns base_host;
  int64_t noise; /* readings are off by up to this */
  uint32_t seed;
  int64_t last_map_tai;
};

static int64_t
sim_tai(const struct sim *s, vsc_ns host)
{
  const vsc_ns since = host - s->base_host;
  return s->base_tai + since + (int64_t)((double)since * s->skew);
}

static int64_t
sim_noise(struct sim *s)
{
  s->seed = s->seed * 1664525 + 1013904223;
  return s->noise ? (int64_t)(s->seed >> 8) % (2 * s->noise) - s->noise : 0;
}

static struct system_reading
sim_read(struct sim *s)
{
  return (struct system_reading){ s->host, sim_tai(s, s->host) + sim_noise(s) };
}

static struct sim
sim_start(double skew, int64_t noise, uint32_t seed)
{
  struct sim s = {
    .host = 12345678901, .skew = skew, .noise = noise, .seed = seed
  };
  s.base_host = s.host;
  s.base_tai = START;
  system_map_init(&s.map, sim_read(&s));
  s.last_map_tai = vsc_view_tai(&s.map.view, s.host);
  return s;
}

/* From here on TAI runs at another rate and is BY ns elsewhere. */
static void
sim_change(struct sim *s, double skew, int64_t by)
{
  s->base_tai = sim_tai(s, s->host) + by;
  s->base_host = s->host;
  s->skew = skew;
}

static int64_t
sim_error(const struct sim *s)
{
  return vsc_view_tai(&s->map.view, s->host) - sim_tai(s, s->host);
}

/* N seconds with a reading each; the largest error while running. Time must
   never go back unless the map steps. */
static int64_t
sim_run(struct sim *s, int seconds)
{
  int64_t worst = 0;
  for (int i = 0; i < seconds; i++) {
    for (int k = 0; k < 100; k++) {
      s->host += SECOND / 100;
      const int64_t tai = vsc_view_tai(&s->map.view, s->host);
      cr_assert(tai > s->last_map_tai, "time went back");
      s->last_map_tai = tai;
      const int64_t error = llabs(sim_error(s));
      worst = error > worst ? error : worst;
    }
    const int64_t before = vsc_view_tai(&s->map.view, s->host);
    if (system_map_update(&s->map, sim_read(s), SECOND)) {
      s->last_map_tai = INT64_MIN;
    } else {
      cr_assert_eq(vsc_view_tai(&s->map.view, s->host), before, "a jump");
    }
    cr_assert(s->map.view.rate >= 1 - SYSTEM_MAP_RATE_MAX &&
              s->map.view.rate <= 1 + SYSTEM_MAP_RATE_MAX);
  }
  return worst;
}

Test(system_map, finds_a_rate_of_plus_200_ppm_within_10_s)
{
  struct sim s = sim_start(200e-6, 0, 1);
  sim_run(&s, 10);
  cr_assert_leq(sim_run(&s, 60), 20);
}

Test(system_map, finds_a_rate_of_minus_200_ppm_within_10_s)
{
  struct sim s = sim_start(-200e-6, 0, 1);
  sim_run(&s, 10);
  cr_assert_leq(sim_run(&s, 60), 20);
}

Test(system_map, stays_within_250_ns_when_readings_are_off_by_100_ns)
{
  struct sim s = sim_start(30e-6, 100, 7);
  sim_run(&s, 10);
  cr_assert_leq(sim_run(&s, 600), 250);
}

Test(system_map, is_within_1_us_on_two_machines_with_noise_of_300_ns)
{
  struct sim a = sim_start(30e-6, 300, 1);
  struct sim b = sim_start(30e-6, 300, 2);
  sim_run(&a, 10);
  sim_run(&b, 10);
  for (int i = 0; i < 600; i++) {
    sim_run(&a, 1);
    sim_run(&b, 1);
    cr_assert_leq(llabs(sim_error(&a) - sim_error(&b)), 1000);
  }
}

Test(system_map, slews_a_10_us_step_to_below_1_us_in_10_s)
{
  struct sim s = sim_start(30e-6, 0, 1);
  sim_run(&s, 10);
  sim_change(&s, 30e-6, 10000);
  sim_run(&s, 10);
  cr_expect_leq(sim_run(&s, 10), 1000);
  cr_expect_eq(s.map.view.generation, 1);
}

Test(system_map, slews_back_without_going_backwards)
{
  struct sim s = sim_start(30e-6, 0, 1);
  sim_run(&s, 10);
  sim_change(&s, 30e-6, -900000);
  sim_run(&s, 30);
  cr_expect_leq(sim_run(&s, 10), 1000);
  cr_expect_eq(s.map.view.generation, 1);
}

Test(system_map, steps_5_ms_with_one_new_generation)
{
  struct sim s = sim_start(30e-6, 0, 1);
  sim_run(&s, 10);
  sim_change(&s, 30e-6, 5000000);
  sim_run(&s, 10);
  cr_expect_eq(s.map.view.generation, 2);
  cr_expect_leq(sim_run(&s, 10), 20);
}

Test(system_map, steps_back_with_one_new_generation)
{
  struct sim s = sim_start(0, 0, 1);
  sim_run(&s, 10);
  sim_change(&s, 0, -37 * SECOND);
  sim_run(&s, 10);
  cr_assert_eq(s.map.view.generation, 2);
}

Test(system_map, follows_a_change_of_rate_by_1_ppm_with_less_than_1500_ns)
{
  struct sim s = sim_start(30e-6, 0, 1);
  sim_run(&s, 10);
  sim_change(&s, 31e-6, 0);
  cr_expect_leq(sim_run(&s, 10), 1500);
  cr_expect_leq(sim_run(&s, 10), 20);
}

Test(system_map, goes_on_after_readings_were_late)
{
  struct sim s = sim_start(30e-6, 100, 1);
  sim_run(&s, 10);
  s.host += 60 * SECOND;
  system_map_update(&s.map, sim_read(&s), SECOND);
  s.last_map_tai = vsc_view_tai(&s.map.view, s.host);
  sim_run(&s, 10);
  cr_expect_leq(sim_run(&s, 10), 300);
  cr_expect_eq(s.map.view.generation, 1);
}

Test(system_map, ignores_a_reading_that_is_not_later)
{
  struct sim s = sim_start(30e-6, 0, 1);
  sim_run(&s, 10);
  const struct system_map before = s.map;
  struct system_reading r = sim_read(&s);
  r.tai += 100000;
  system_map_update(&s.map, r, SECOND);
  r.host -= SECOND;
  system_map_update(&s.map, r, SECOND);
  cr_expect_eq(s.map.readings, before.readings);
  cr_expect_eq(s.map.view.host_ns, before.view.host_ns);
  cr_expect(s.map.view.rate == before.view.rate);
}

Test(system_map, calls_quiet_readings_excellent_and_noisy_ones_fair)
{
  struct sim quiet = sim_start(30e-6, 20, 1);
  struct sim noisy = sim_start(30e-6, 5000, 1);
  cr_expect_eq(system_map_quality(&quiet.map), 0);
  sim_run(&quiet, 30);
  sim_run(&noisy, 30);
  cr_expect_eq(system_map_quality(&quiet.map), 4);
  cr_expect_eq(system_map_quality(&noisy.map), 2);
}

Test(system_reading, takes_the_median_difference_in_any_order)
{
  const struct system_reading a = { 10, 10 };
  const struct system_reading b = { 20, 25 };
  const struct system_reading c = { 30, 39 };
  const struct system_reading orders[6][3] = { { a, b, c }, { a, c, b },
                                               { b, a, c }, { b, c, a },
                                               { c, a, b }, { c, b, a } };
  for (int i = 0; i < 6; i++) {
    cr_expect_eq(system_reading_median(orders[i]).host, 20);
  }
}

/* A host with one clock and the timers that were asked for. */
static struct {
  vsc_ns now;
  int64_t ahead; /* TAI - host */
  int32_t utc_offset;
  int readings;
  int logged;
  int timers;
  void (*periodic)(void *arg);
  void (*once)(void *arg);
  void *arg;
  int published;
  vsc_clock_view view;
} world;

static void
world_log(const vsc_host *h, int level, const char *format, ...) VSC_RT
{
  (void)h;
  (void)level;
  (void)format;
  world.logged++;
}

static vsc_status
world_clock(const vsc_host *h, vsc_ns *at, int64_t *tai, int32_t *utc_offset)
{
  (void)h;
  *at = world.now;
  *tai = world.now + world.ahead;
  /* Every third reading is spoilt. */
  *tai += ++world.readings % 3 == 0 ? 100000 : 0;
  *utc_offset = world.utc_offset;
  return VSC_OK;
}

static vsc_timer *
world_timer(const vsc_host *h,
            vsc_ns first,
            vsc_ns period,
            void (*cb)(void *arg),
            void *arg)
{
  (void)h;
  (void)first;
  *(period ? &world.periodic : &world.once) = cb;
  world.arg = arg;
  world.timers++;
  return (vsc_timer *)&world.timers;
}

static void
world_untimer(const vsc_host *h, vsc_timer *t)
{
  (void)h;
  world.timers -= t != NULL;
}

static void
world_publish(void *arg, const vsc_clock_view *view)
{
  (void)arg;
  world.published++;
  world.view = *view;
}

static const vsc_host host = {
  .size = sizeof host,
  .log = world_log,
  .system_clock = world_clock,
  .timer = world_timer,
  .untimer = world_untimer,
};

struct opened {
  const vsc_clock_ops *ops;
  void *self;
};

static struct opened
start_module(int64_t utc_offset)
{
  void *const handle =
    dlopen(VSC_MODULES "/clock-system.so", RTLD_NOW | RTLD_LOCAL);
  cr_assert_not_null(handle, "%s", dlerror());
  const vsc_module *const entry = dlsym(handle, VSC_MODULE_SYMBOL);
  static max_align_t instance[256];
  cr_assert(entry->instance_size <= sizeof instance);
  cr_assert_str_eq(entry->options[0].key, "utc_offset");
  memcpy((char *)instance + entry->options[0].offset,
         &utc_offset,
         sizeof utc_offset);
  cr_assert_eq(entry->init(instance, &host), VSC_OK);
  const struct opened o = { entry->ops, instance };
  const vsc_clock_sink sink = { .size = sizeof sink, .publish = world_publish };
  world.now = 5 * SECOND;
  cr_assert_eq(o.ops->start(o.self, &sink), VSC_OK);
  return o;
}

static vsc_clock_report
report_of(struct opened o)
{
  vsc_clock_report report = { .size = sizeof report };
  o.ops->report(o.self, &report);
  return report;
}

Test(clock_system, publishes_a_locked_view_in_start)
{
  world.ahead = START;
  start_module(0);
  cr_expect_eq(world.published, 1);
  cr_expect_eq(world.view.size, sizeof world.view);
  cr_expect_eq(world.view.state, VSC_CLOCK_LOCKED);
  cr_expect_eq(world.view.generation, 1);
  cr_expect_eq(vsc_view_tai(&world.view, world.now), START + world.now);
}

Test(clock_system, adds_the_utc_offset_that_is_set)
{
  world.ahead = START;
  start_module(37);
  cr_assert_eq(vsc_view_tai(&world.view, world.now),
               START + world.now + 37 * SECOND);
}

Test(clock_system, is_not_disturbed_by_one_spoilt_reading_of_three)
{
  world.ahead = START;
  start_module(0);
  for (int i = 0; i < 10; i++) {
    world.now += SECOND;
    world.periodic(world.arg);
    cr_assert_eq(vsc_view_tai(&world.view, world.now), START + world.now);
  }
}

Test(clock_system, says_a_step_once)
{
  world.ahead = START;
  start_module(0);
  world.ahead += SECOND;
  for (int i = 0; i < 3; i++) {
    world.now += SECOND;
    world.periodic(world.arg);
  }
  cr_expect_eq(world.logged, 1);
  cr_expect_eq(world.view.generation, 2);
}

Test(clock_system, names_a_kernel_without_utc_offset)
{
  const vsc_clock_report report = report_of(start_module(0));
  cr_assert_not_null(strstr(report.diagnosis, "set utc_offset = 37"));
}

Test(clock_system, has_nothing_to_say_when_the_kernel_knows_its_utc_offset)
{
  world.utc_offset = 37;
  const vsc_clock_report report = report_of(start_module(0));
  cr_assert_str_eq(report.diagnosis, "");
}

Test(clock_system, names_an_offset_that_is_added_twice)
{
  world.utc_offset = 37;
  const vsc_clock_report report = report_of(start_module(37));
  cr_assert_not_null(strstr(report.diagnosis, "remove utc_offset"));
}

Test(clock_system, gives_its_timers_back_and_starts_again_with_a_new_generation)
{
  const struct opened o = start_module(0);
  o.ops->stop(o.self);
  cr_expect_eq(world.timers, 0);
  const vsc_clock_sink sink = { .size = sizeof sink, .publish = world_publish };
  o.ops->start(o.self, &sink);
  cr_expect_eq(world.view.generation, 2);
}
