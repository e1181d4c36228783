/* coreaudio_io.c - audio through coreaudiod's calls and over the network and
   back, exact to the bit: cycles of any number of frames, two clients, engines
   that die and come back, steps of the clock, other rates, machines 500 ppm
   off. Each part is a process: a driver is loaded once.
   SPDX-License-Identifier: MIT */
#include "mac.h"
#include "minicf.h"
#include "parts.h"
#include "rig.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <vsc/position.h>

#define MS INT64_C(1000000)
#define SECOND INT64_C(1000000000)

static int
is_long(void)
{
  return getenv("VSC_LONG") != NULL;
}

/* The driver meets the engine, two clients start, and audio comes round. */
static void
begin(struct rig *rig, double ppm, unsigned channels)
{
  rig_create(rig, ppm, rig_profile(channels, "", "250us"));
  rig_run(rig, SECOND);
  host_start(&rig->host, 1);
  host_start(&rig->host, 2);
  rig->delay = 96;
  rig_run(rig, 200 * MS);
  rig_cycles(rig, 100);
  rig_hear_again(rig);
}

static void
end(struct rig *rig, const char *what)
{
  struct host *const h = &rig->host;
  host_stop(h, 1);
  host_stop(h, 2);
  rig_run(rig, 300 * MS);
  expect(!rig->sim.nodes[0].engine->is_running, "the engine rests");
  expect(minicf_living() == 0, "no object of CoreFoundation is left");
  expect(h->violations == 0, "no rule of the interface is broken");
  printf("%s: %llu cycles, %" PRIu64 " frames of %u channels exact, %" PRIu64
         " silent, %" PRIu64 " wrong; %u seeds, %u violations\n",
         what,
         h->cycles,
         rig->exact,
         (unsigned)h->inputs,
         rig->silent,
         rig->wrong,
         h->seeds,
         h->violations);
  rig_destroy(rig);
}

/* After whatever it was: silence at most, then every frame is there again. */
static void
recovers(struct rig *rig, const char *what)
{
  rig_cycles(rig, 200);
  expect(rig->wrong == 0, what);
  const uint64_t silent = rig->silent;
  const uint64_t exact = rig->exact;
  rig_cycles(rig, 200);
  if (rig->silent != silent || rig->exact < exact + 10000) {
    fprintf(stderr,
            "%s: %" PRIu64 " exact, %" PRIu64 " silent, %" PRIu64 " wrong\n",
            what,
            rig->exact - exact,
            rig->silent - silent,
            rig->wrong);
  }
  expect(rig->silent == silent && rig->exact > exact + 10000, what);
}

static void
everything_happens(void)
{
  static struct rig rig;
  struct host *const h = &rig.host;
  begin(&rig, 37.0, 64);
  rig_cycles(&rig, is_long() ? 100000 : 5000);
  expect(rig.silent == 0 && rig.wrong == 0 && rig.exact > 1000000,
         "64 channels are exact to the bit");
  for (int i = 0; i < 3; i++) {
    const unsigned seeds = h->seeds;
    sim_stop(&rig.sim, 0);
    rig_cycles(&rig, 100);
    expect(h->seeds == seeds, "without an engine time goes on as it was");
    sim_start(&rig.sim, 0);
    recovers(&rig, "an engine that was started again");
    expect(h->seeds == seeds + 1, "another engine, another seed");
  }
  static const int64_t steps[] = { SECOND, -SECOND / 2, 40 * MS };
  for (unsigned i = 0; i < sizeof steps / sizeof *steps; i++) {
    world_step_clock(rig.sim.nodes[0].os, steps[i]);
    rig_cycles(&rig, 600); /* until it is believed */
    recovers(&rig, "a step of the clock");
  }
  expect(h->seeds == 7, "a step of the clock is another seed");
  sim_stall(&rig.sim, 0, world_now(rig.sim.world) + 400 * MS);
  recovers(&rig, "an engine that stood still");
  static const double rates[] = { 96000, 44100, 48000 };
  static const vsc_pos delays[] = { 192, 88, 96 };
  for (unsigned i = 0; i < sizeof rates / sizeof *rates; i++) {
    expect(host_set_rate(h, rates[i]) == kAudioHardwareNoError, "a rate");
    rig_run(&rig, 3 * SECOND);
    expect(h->rate == rates[i], "is taken");
    rig.delay = delays[i];
    rig_hear_again(&rig);
    rig_cycles(&rig, 20);
    recovers(&rig, "another rate");
  }
  end(&rig, "everything");
}

/* Where a stamp is in frames since the epoch: by true time, or by the engine's
   media clock, which follows an oscillator no further than 500 ppm. */
static double
frames_at_stamp(const struct rig *rig, bool is_true)
{
  const struct host *const h = &rig->host;
  const struct sim_node *const n = &rig->sim.nodes[0];
  const vsc_ns ns = (vsc_ns)((double)h->host_time * MAC_NUMER / MAC_DENOM);
  const int64_t tai =
    is_true ? world_true_time(n->os, ns) : vsc_view_tai(&n->engine->view, ns);
  return (double)(tai - SIM_EPOCH) * 1e-9 * h->rate;
}

static void
follow(struct rig *rig, bool is_true)
{
  struct host *const h = &rig->host;
  host_stamp(h);
  const double first = frames_at_stamp(rig, is_true);
  const double first_sample = h->sample;
  /* A whole number of frames lies between the device's zero and TAI's. */
  const double base = round(first - first_sample);
  double worst = 0.0;
  for (int i = 0; i < 400; i++) {
    rig_run(rig, 313 * MS);
    host_stamp(h);
    worst = fmax(worst, fabs(frames_at_stamp(rig, is_true) - h->sample - base));
  }
  const double slope =
    (frames_at_stamp(rig, is_true) - first) / (h->sample - first_sample);
  printf("zero time stamps are at most %.4f frames off %s, their slope %.4f "
         "ppm\n",
         worst,
         is_true ? "true time" : "the media clock",
         (slope - 1.0) * 1e6);
  expect(worst < 1.0, "zero time stamps are within a frame");
  expect(fabs(slope - 1.0) < 1e-6, "and their slope within 1 ppm");
}

static void
time_stamps(double ppm)
{
  static struct rig rig;
  begin(&rig, ppm, 8);
  rig_run(&rig, 30 * SECOND);
  follow(&rig, false);
  if (fabs(ppm) < 499) {
    follow(&rig, true);
  }
  expect(rig.host.seeds == 1, "in one seed");
  rig_cycles(&rig, 100);
  rig_hear_again(&rig);
  recovers(&rig, "a machine that is off");
  expect(rig.silent == 0, "and every frame is there");
  end(&rig, "off");
}

static void
a_machine_is_fast(void)
{
  time_stamps(500.0);
}

static void
a_machine_is_slow(void)
{
  time_stamps(-500.0);
}

static void
machines_follow_true_time(void)
{
  time_stamps(490.0);
}

static void
as_wide_as_can_be(void)
{
  static struct rig rig;
  begin(&rig, 3.0, 128);
  rig_cycles(&rig, 300);
  expect(rig.host.inputs == 128 && rig.silent == 0 && rig.wrong == 0 &&
           rig.exact > 50000,
         "128 channels are exact to the bit");
  end(&rig, "wide");
}

/* Small and many. */
static void
a_million_cycles(void)
{
  static struct rig rig;
  begin(&rig, -12.0, 2);
  rig.frames_max = 64;
  rig_cycles(&rig, is_long() ? 1000000 : 100000);
  expect(rig.silent == 0 && rig.wrong == 0, "every frame is exact");
  end(&rig, "many");
}

int
main(void)
{
  int failed = in_a_process(everything_happens);
  failed += in_a_process(a_machine_is_fast);
  failed += in_a_process(a_machine_is_slow);
  failed += in_a_process(machines_follow_true_time);
  failed += in_a_process(as_wide_as_can_be);
  failed += in_a_process(a_million_cycles);
  printf("%d failed\n", failed);
  return failed != 0;
}
