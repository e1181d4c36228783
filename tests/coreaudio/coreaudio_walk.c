/* coreaudio_walk.c - what coreaudiod is told about the device: before there is
   an engine, with engines of several shapes, and through changes that it makes,
   delays and refuses. SPDX-License-Identifier: MIT */
#include "mac.h"
#include "minicf.h"
#include "rig.h"
#include "tests/sim/expect.h"

#include <inttypes.h>
#include <string.h>

#define MS INT64_C(1000000)

static UInt32
number(struct rig *rig, UInt32 selector, UInt32 scope)
{
  const AudioObjectPropertyAddress a = { selector, scope, 0 };
  UInt32 n = 0;
  expect(host_get(&rig->host, rig->host.device, &a, &n, sizeof n), "a number");
  return n;
}

static int
is_called(struct rig *rig, UInt32 scope, UInt32 channel, const char *name)
{
  const AudioObjectPropertyAddress a = { kAudioObjectPropertyElementName,
                                         scope,
                                         channel };
  CFStringRef string = NULL;
  char text[64] = "";
  if (host_get(&rig->host, rig->host.device, &a, &string, sizeof string)) {
    CFStringGetCString(string, text, sizeof text, kCFStringEncodingUTF8);
    CFRelease(string);
  }
  if (strcmp(text, name) != 0) {
    fprintf(stderr, "called \"%s\"\n", text);
  }
  return strcmp(text, name) == 0;
}

static void
there_is_no_engine(struct rig *rig)
{
  struct host *const h = &rig->host;
  sim_stop(&rig->sim, 0);
  rig_run(rig, 300 * MS);
  host_walk(h);
  expect(h->inputs == 64 && h->outputs == 64 && h->rate == 48000,
         "a device of the default shape is there");
  expect(is_called(rig, kAudioObjectPropertyScopeInput, 3, "In 3"),
         "its channels have numbers");
  host_start(h, 1);
  host_start(h, 2);
  rig_cycles(rig, 300);
  host_stop(h, 1);
  host_stop(h, 2);
  expect(number(rig,
                kAudioDevicePropertyDeviceIsRunning,
                kAudioObjectPropertyScopeGlobal) == 0,
         "it runs until its last client stops");
  expect(rig->exact == 0 && rig->wrong == 0 && rig->silent > 10000,
         "it is silent, on its own clock");
  expect(h->changes == 0 && h->seeds == 1, "and stays as it is");
}

/* Another engine; the device follows. */
static void
serve(struct rig *rig, const char *profile)
{
  sim_stop(&rig->sim, 0);
  rig_run(rig, 400 * MS);
  snprintf(
    rig->sim.nodes[0].profile, sizeof rig->sim.nodes[0].profile, "%s", profile);
  rig->sim.nodes[0].rate = 0;
  sim_start(&rig->sim, 0);
  rig_run(rig, 2000 * MS);
}

static void
it_takes_the_shape_of_its_engine(struct rig *rig)
{
  static const unsigned shapes[] = { 128, 2, 1, 64 };
  struct host *const h = &rig->host;
  for (unsigned i = 0; i < sizeof shapes / sizeof *shapes; i++) {
    serve(rig, rig_profile(shapes[i], "", "250us"));
    expect(h->inputs == shapes[i] && h->outputs == shapes[i],
           "it has the engine's channels");
    host_walk(h);
  }
  const struct region_geometry *const g =
    &rig->sim.nodes[0].engine->region->geometry;
  const UInt32 in = kAudioObjectPropertyScopeInput;
  const UInt32 out = kAudioObjectPropertyScopeOutput;
  expect(number(rig, kAudioDevicePropertySafetyOffset, in) == g->s_in &&
           number(rig, kAudioDevicePropertySafetyOffset, out) == g->s_out,
         "safety offsets are the region's");
  expect(is_called(rig, in, 3, "s1 3"), "inputs are called as in the profile");
  expect(h->notices > 0, "and coreaudiod is told");
  serve(rig,
        "[device]\ninputs = 4\noutputs = 0\n[clock]\nmodule = "
        "clock-system\n");
  expect(h->inputs == 4 && h->outputs == 0 && h->output == 0,
         "a side without channels has no stream");
  host_walk(h);
}

static void
changes_wait_for_coreaudiod(struct rig *rig)
{
  struct host *const h = &rig->host;
  h->habit = HOST_WAITS;
  serve(rig, rig_profile(16, "", "250us"));
  expect(h->has_pending, "it asks once");
  const unsigned requests = h->requests;
  rig_run(rig, 3000 * MS);
  expect(h->requests == requests, "and once only");
  host_walk(h);
  expect(h->inputs == 4, "until then nothing changes");
  host_perform(h);
  expect(h->inputs == 16, "then it does");
  h->habit = HOST_ABORTS;
  serve(rig, rig_profile(8, "", "250us"));
  expect(h->requests > requests && h->inputs == 16, "coreaudiod may refuse");
  host_walk(h);
  h->habit = HOST_PERFORMS;
  rig_run(rig, 2000 * MS);
  expect(h->inputs == 8, "and is asked again");
}

/* An engine that is another stays so, and is asked for again, ever more seldom;
   an application that was refused a rate has not got it. */
static void
a_change_is_refused(struct rig *rig)
{
  struct host *const h = &rig->host;
  serve(rig, rig_profile(8, "", "250us"));
  const double rate = h->rate;
  h->habit = HOST_ABORTS;
  unsigned requests = h->requests;
  expect(host_set_rate(h, 2 * rate) == kAudioHardwareNoError, "a wish");
  rig_run(rig, 100000 * MS);
  expect(h->requests == requests + 1, "a refused wish is over");
  expect(h->rate == rate &&
           rig->sim.nodes[0].engine->region->geometry.rate == (uint32_t)rate,
         "and nothing has changed");
  requests = h->requests;
  serve(rig, rig_profile(4, "", "250us"));
  rig_run(rig, 600000 * MS);
  /* 0, 1, 3, 7, 15, 31, 63 s, and then each minute */
  expect(h->requests > requests + 10 && h->requests < requests + 20,
         "another engine is asked for less and less");
  requests = h->requests;
  serve(rig, rig_profile(2, "", "250us"));
  expect(h->requests >= requests + 2, "one that is another anew, at once");
  h->habit = HOST_PERFORMS;
  rig_run(rig, 65000 * MS);
  expect(h->inputs == 2, "and is taken when coreaudiod does");
  serve(rig, rig_profile(8, "", "250us"));
  expect(h->inputs == 8, "after which the next is, at once");
}

/* The output's format, which differs in its rate alone. */
static OSStatus
set_format(struct rig *rig, double rate)
{
  const AudioObjectPropertyAddress a = { kAudioStreamPropertyVirtualFormat,
                                         kAudioObjectPropertyScopeGlobal,
                                         0 };
  struct host *const h = &rig->host;
  AudioStreamBasicDescription is;
  expect(host_get(h, h->output, &a, &is, sizeof is), "a format");
  is.mSampleRate = rate;
  return (*h->driver)
    ->SetPropertyData(h->driver, h->output, 0, &a, 0, NULL, sizeof is, &is);
}

static void
rates(struct rig *rig)
{
  struct host *const h = &rig->host;
  serve(rig, rig_profile(8, "", "250us"));
  expect(host_set_rate(h, 48000) == kAudioHardwareNoError, "the rate it has");
  serve(rig, rig_profile(8, "rate = 96000\n", "250us"));
  expect(h->rate == 96000, "is no wish: an engine may come with another");
  serve(rig, rig_profile(8, "", "250us"));
  expect(host_set_rate(h, 96000) == kAudioHardwareNoError, "a rate is wished");
  rig_run(rig, 3000 * MS);
  expect(h->rate == 96000 &&
           rig->sim.nodes[0].engine->region->geometry.rate == 96000,
         "the engine takes it");
  host_walk(h);
  expect(set_format(rig, 48000) == kAudioHardwareNoError,
         "and back, by a stream's format");
  rig_run(rig, 3000 * MS);
  expect(h->rate == 48000 &&
           rig->sim.nodes[0].engine->region->geometry.rate == 48000,
         "so it does");
  /* A packet of 1 ms of 8 channels at 192 kHz is none. */
  serve(rig, rig_profile(8, "", "1ms"));
  const unsigned changes = h->changes;
  expect(host_set_rate(h, 192000) == kAudioHardwareNoError, "one it cannot");
  rig_run(rig, 5000 * MS);
  expect(h->rate == 48000 && h->changes == changes + 2,
         "the device comes back to the rate there is");
  host_walk(h);
}

/* Equal only where a grandmaster is shared; and nobody's recording is
   interrupted for it. */
static void
clocks(struct rig *rig)
{
  static const char ptp[] = "[device]\ninputs = 2\noutputs = 2\n[clock]\n"
                            "module = clock-ptp\nrole = auto\n";
  struct host *const h = &rig->host;
  const UInt32 global = kAudioObjectPropertyScopeGlobal;
  expect(number(rig, kAudioDevicePropertyClockDomain, global) == 0,
         "a clock of our own is nobody else's");
  host_start(h, 1);
  serve(rig, ptp);
  rig_run(rig, 30000 * MS);
  expect(number(rig, kAudioDevicePropertyClockDomain, global) == 0,
         "while audio moves it stays as it was");
  host_stop(h, 1);
  rig_run(rig, 2000 * MS);
  expect(number(rig, kAudioDevicePropertyClockDomain, global) != 0,
         "a grandmaster's clock has a domain");
}

int
main(void)
{
  static struct rig rig;
  rig_create(&rig, 20.0, rig_profile(64, "", "250us"));
  there_is_no_engine(&rig);
  it_takes_the_shape_of_its_engine(&rig);
  changes_wait_for_coreaudiod(&rig);
  a_change_is_refused(&rig);
  rates(&rig);
  clocks(&rig);
  expect(minicf_living() == 0, "no object of CoreFoundation is left");
  expect(rig.host.violations == 0, "no rule of the interface is broken");
  printf("%llu rules held, %u changes, %d failed\n",
         rig.host.calls,
         rig.host.changes,
         failures);
  rig_destroy(&rig);
  return failures != 0;
}
