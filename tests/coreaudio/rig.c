/* rig.c - the machine, the engine and the cycles of audio.
   SPDX-License-Identifier: MIT */
#include "rig.h"
#include "mac.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ADDRESS 0xC0A80001u
#define STREAM 8u /* channels */
#define LEAD 900  /* frames from what is heard to what is played */
#define SLACK 3   /* frames, later than the last moment */
#define LOST 3000 /* frames behind, which nobody makes up for */

void *
vsc_plugin_create(CFAllocatorRef allocator, CFUUIDRef type);

static struct rig *rig_now;

static vsc_ns
virtual_now(void)
{
  return world_host_time(rig_now->sim.nodes[0].os,
                         world_now(rig_now->sim.world));
}

static UInt64
ticks(void)
{
  return (UInt64)virtual_now() * MAC_DENOM / MAC_NUMER;
}

const char *
rig_profile(unsigned channels, const char *device, const char *packet_time)
{
  static char text[4096];
  size_t n = (size_t)snprintf(text,
                              sizeof text,
                              "[device]\ninputs = %u\noutputs = %u\n%s"
                              "[clock]\nmodule = clock-system\n"
                              "[stream]\nlink_offset = 2ms\n"
                              "packet_time = %s\n",
                              channels,
                              channels,
                              device,
                              packet_time);
  static const char *const roles[] = { "send", "receive" };
  for (unsigned r = 0; r < 2; r++) {
    for (unsigned i = 0; i < channels; i += STREAM) {
      n +=
        (size_t)snprintf(text + n,
                         sizeof text - n,
                         "[%s s%u]\nchannels = %u-%u\naddress = 239.69.1.%u\n",
                         roles[r],
                         i / STREAM + 1,
                         i + 1,
                         i + STREAM < channels ? i + STREAM : channels,
                         i / STREAM + 1);
    }
  }
  return text;
}

void
rig_create(struct rig *rig, double ppm, const char *profile)
{
  rig_create_with(rig, ppm, profile, vsc_plugin_create);
}

void
rig_create_with(struct rig *rig,
                double ppm,
                const char *profile,
                void *(*factory)(CFAllocatorRef, CFUUIDRef))
{
  memset(rig, 0, sizeof *rig);
  rig_now = rig;
  sim_create(&rig->sim, 23, SIM_EPOCH);
  sim_node(&rig->sim, ADDRESS, ppm, profile);
  setenv("AES67_RUNTIME_DIR", rig->sim.folder, 1);
  setenv("AES67_INSTANCE", rig->sim.nodes[0].instance, 1);
  mac_now = virtual_now;
  rig->random = 77;
  rig->frames_max = RIG_FRAMES;
  rig->has_second = true;
  rig->host = (struct host){ .ticks = ticks,
                             .ticks_per_second = MAC_TICKS_PER_SECOND,
                             .slope_ppm = 510 };
  host_load(&rig->host, factory);
  host_look(&rig->host);
}

void
rig_join(struct rig *rig, struct rig *whole, UInt32 index)
{
  *rig = (struct rig){ .whole = whole,
                       .random = whole->random + index,
                       .frames_max = whole->frames_max,
                       .has_second = true };
  host_join(&whole->host, &rig->host, index);
}

void
rig_destroy(struct rig *rig)
{
  sim_destroy(&rig->sim);
}

void
rig_run(struct rig *rig, int64_t ns)
{
  if (rig->whole) {
    rig_run(rig->whole, ns);
    return;
  }
  struct os *const os = rig->sim.nodes[0].os;
  const int64_t end = world_now(rig->sim.world) + ns;
  for (;;) {
    const int64_t due =
      mac_due == INT64_MAX ? INT64_MAX : world_true_time(os, mac_due);
    if (due > end) {
      break;
    }
    sim_run_until(&rig->sim, due);
    mac_turn();
    sim_follow(&rig->sim, 0);
  }
  sim_run_until(&rig->sim, end);
}

/* Until the device's time is SAMPLE. */
static void
wait_for(struct rig *rig, vsc_pos sample)
{
  const struct sim *const sim = &(rig->whole ? rig->whole : rig)->sim;
  const double at = host_ticks_of(&rig->host, (double)sample);
  const int64_t ns = (int64_t)(at * MAC_NUMER / MAC_DENOM);
  const int64_t when = world_true_time(sim->nodes[0].os, ns);
  if (when > world_now(sim->world)) {
    rig_run(rig, when - world_now(sim->world));
  }
}

static void
compare(struct rig *rig, vsc_pos sample, const float *heard, UInt32 frames)
{
  const UInt32 channels = rig->host.inputs;
  for (UInt32 f = 0; f < frames; f++) {
    const vsc_pos p = sample + (vsc_pos)f - rig->delay;
    UInt32 right = 0;
    UInt32 silent = 0;
    for (UInt32 c = 0; c < channels; c++) {
      const float x = heard[f * channels + c];
      right += x == sim_signal(c, p);
      silent += x == 0.0f;
    }
    rig->exact += right == channels;
    rig->silent += silent == channels;
    rig->wrong += right != channels && silent != channels;
  }
}

static float heard[RIG_FRAMES * VSC_CHANNELS_MAX];
static float heard_too[RIG_FRAMES * VSC_CHANNELS_MAX];
static float played[RIG_FRAMES * VSC_CHANNELS_MAX];

static void
play(struct rig *rig, vsc_pos sample, UInt32 frames)
{
  const UInt32 channels = rig->host.outputs;
  for (UInt32 f = 0; f < frames; f++) {
    for (UInt32 c = 0; c < channels; c++) {
      played[f * channels + c] = sim_signal(c, sample + (vsc_pos)f);
    }
  }
  host_write(&rig->host, 1, (double)sample, played, frames);
}

static void
cycle(struct rig *rig)
{
  struct host *const h = &rig->host;
  rig->random = rig->random * 6364136223846793005u + 1442695040888963407u;
  const UInt32 frames = 1 + (UInt32)((rig->random >> 33) % rig->frames_max);
  host_stamp(h);
  const double now = host_sample_now(h);
  if (fabs(now - (double)rig->next) > LOST) {
    rig->next = (vsc_pos)now;
  }
  wait_for(rig, rig->next + (vsc_pos)frames + (vsc_pos)h->safety_in + SLACK);
  host_read(h, 1, (double)rig->next, heard, frames);
  compare(rig, rig->next, heard, frames);
  if (rig->has_second) {
    host_read(h, 2, (double)rig->next, heard_too, frames);
    host_expect(h,
                memcmp(heard, heard_too, sizeof *heard * frames * h->inputs) ==
                  0,
                "another client hears something else");
  }
  play(rig, rig->next + LEAD, frames);
  rig->next += (vsc_pos)frames;
}

void
rig_cycles(struct rig *rig, unsigned long count)
{
  for (unsigned long i = 0; i < count; i++) {
    cycle(rig);
  }
}

void
rig_hear_again(struct rig *rig)
{
  rig->exact = rig->silent = rig->wrong = 0;
}
