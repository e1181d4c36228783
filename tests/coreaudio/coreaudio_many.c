/* coreaudio_many.c - a device for each instance: two at once, exact to the bit,
   one's engine dies while the other's goes on, and a third appears.
   SPDX-License-Identifier: MIT */
#include "mac.h"
#include "minicf.h"
#include "rig.h"
#include "tests/sim/expect.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define MS INT64_C(1000000)
#define SECOND INT64_C(1000000000)
#define ADDRESS 0xC0A80002u
#define PPM 37.0
#define DELAY 96 /* frames: the link offset */

/* In streams that no other engine has. */
static const char *
profile(unsigned channels, char network)
{
  char *const text = (char *)(uintptr_t)rig_profile(channels, "", "250us");
  for (char *at = text; (at = strstr(at, "239.69.1.")); at++) {
    at[7] = network;
  }
  return text;
}

/* COUNT cycles of whichever device is furthest behind. */
static void
cycles(struct rig *rigs, unsigned devices, unsigned long count)
{
  for (unsigned long i = 0; i < count; i++) {
    struct rig *last = rigs;
    for (struct rig *r = rigs; r < rigs + devices; r++) {
      const double at = host_ticks_of(&r->host, (double)r->next);
      if (at < host_ticks_of(&last->host, (double)last->next)) {
        last = r;
      }
    }
    rig_cycles(last, 1);
  }
}

static void
begin(struct rig *rig)
{
  host_start(&rig->host, 1);
  host_start(&rig->host, 2);
  rig->delay = DELAY;
  rig->frames_max = 128;
}

static bool
is_exact(const struct rig *rig, uint64_t least)
{
  printf("%u channels: %" PRIu64 " exact, %" PRIu64 " silent, %" PRIu64
         " wrong\n",
         (unsigned)rig->host.inputs,
         rig->exact,
         rig->silent,
         rig->wrong);
  return rig->exact > least && rig->silent == 0 && rig->wrong == 0;
}

static bool
is_called(struct host *h, const char *name)
{
  const AudioObjectPropertyAddress a = { kAudioObjectPropertyName,
                                         kAudioObjectPropertyScopeGlobal,
                                         0 };
  CFStringRef string = NULL;
  char text[64] = "";
  if (host_get(h, h->device, &a, &string, sizeof string)) {
    CFStringGetCString(string, text, sizeof text, kCFStringEncodingUTF8);
    CFRelease(string);
  }
  return strcmp(text, name) == 0;
}

static void
two_are_there(struct rig *rigs)
{
  struct host *const h = &rigs->host;
  char name[64];
  rig_run(rigs, 100 * MS);
  expect(h->devices == 2, "another instance's device is announced");
  rig_join(&rigs[1], rigs, 1);
  rig_run(rigs, SECOND);
  host_walk(h);
  expect(h->inputs == 64 && rigs[1].host.inputs == 8,
         "each has its engine's channels");
  snprintf(name, sizeof name, "AES67 VSC (%s)", rigs->sim.nodes[1].instance);
  expect(is_called(h, "AES67 VSC") && is_called(&rigs[1].host, name),
         "and a name of its own");
}

static void
both_play(struct rig *rigs)
{
  begin(&rigs[0]);
  begin(&rigs[1]);
  rig_run(rigs, 200 * MS);
  cycles(rigs, 2, 400);
  rig_hear_again(&rigs[0]);
  rig_hear_again(&rigs[1]);
  cycles(rigs, 2, getenv("VSC_LONG") ? 100000 : 8000);
  expect(is_exact(&rigs[0], 200000) && is_exact(&rigs[1], 200000),
         "both are exact to the bit at once");
}

static void
one_dies(struct rig *rigs)
{
  const unsigned seeds = rigs[0].host.seeds;
  rig_hear_again(&rigs[0]);
  sim_stop(&rigs->sim, 1);
  rig_hear_again(&rigs[1]);
  cycles(rigs, 2, 2000);
  expect(rigs[1].silent > 50000 && rigs[1].wrong == 0 &&
           rigs->host.devices == 2,
         "a device without its engine stays, and is silent");
  host_walk(&rigs->host);
  sim_start(&rigs->sim, 1);
  cycles(rigs, 2, 1000);
  expect(rigs[1].wrong == 0, "its engine comes back");
  rig_hear_again(&rigs[1]);
  cycles(rigs, 2, 1000);
  expect(is_exact(&rigs[1], 20000), "and all is there again");
  expect(is_exact(&rigs[0], 50000) && rigs[0].host.seeds == seeds,
         "of which the other has noticed nothing");
}

static void
a_third_appears(struct rig *rigs)
{
  struct host *const h = &rigs->host;
  rig_hear_again(&rigs[0]);
  rig_hear_again(&rigs[1]);
  const unsigned notices = h->notices;
  sim_start(&rigs->sim, 2);
  cycles(rigs, 2, 1500);
  expect(h->devices == 3 && h->notices > notices, "a third is announced");
  rig_join(&rigs[2], rigs, 2);
  begin(&rigs[2]);
  cycles(rigs, 3, 1000);
  rig_hear_again(&rigs[2]);
  cycles(rigs, 3, 3000);
  host_walk(h);
  for (unsigned i = 0; i < 3; i++) {
    expect(is_exact(&rigs[i], 50000), "three devices are exact at once");
  }
}

int
main(void)
{
  static struct rig rigs[3];
  unsigned violations = 0;
  rig_create(rigs, PPM, profile(64, '1'));
  /* One machine: the same clock, since the same moment. */
  sim_node(&rigs->sim, ADDRESS, PPM, profile(8, '2'));
  sim_node(&rigs->sim, ADDRESS + 1, PPM, profile(2, '3'));
  sim_stop(&rigs->sim, 2);
  two_are_there(rigs);
  both_play(rigs);
  one_dies(rigs);
  a_third_appears(rigs);
  for (unsigned i = 0; i < 3; i++) {
    host_stop(&rigs[i].host, 1);
    host_stop(&rigs[i].host, 2);
    violations += rigs[i].host.violations;
  }
  rig_run(rigs, 300 * MS);
  for (unsigned i = 0; i < 3; i++) {
    expect(!rigs->sim.nodes[i].engine->is_running, "the engines rest");
  }
  expect(minicf_living() == 0, "no object of CoreFoundation is left");
  expect(violations == 0, "no rule of the interface is broken");
  printf("%llu rules held, %d failed\n", rigs->host.calls, failures);
  rig_destroy(rigs);
  return failures != 0;
}
