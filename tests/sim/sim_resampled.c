/* sim_resampled.c - a tone that leaves a device at 48 kHz as a stream at 44.1
   kHz, through the shipped resampler: a device at 44.1 kHz hears each frame of
   it where it belongs, and one that resamples back hears what was played.
   SPDX-License-Identifier: MIT */
#include "sim.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define SECOND INT64_C(1000000000)
#define HZ 997 /* whole periods in a second, at any rate */
#define EARS 2

/* What one node hears of channel 1, against the tone at RATE. */
struct ear {
  unsigned node;
  vsc_pos rate, link_offset;
  vsc_pos heard; /* 0: not begun */
  uint64_t frames;
  double worst, wrong; /* the latter a power */
};

static struct ear ears[EARS];
static int failures;

static void
expect(int is_true, const char *what)
{
  if (!is_true) {
    fprintf(stderr, "failed: %s\n", what);
    failures++;
  }
}

static double
tone(vsc_pos pos, vsc_pos rate)
{
  return 0.5 *
         sin(6.283185307179586 * HZ * (double)(pos % rate) / (double)rate);
}

static float
play_tone(uint32_t channel, vsc_pos pos)
{
  return channel == 0 ? (float)tone(pos, 48000) : 0.0f;
}

static void
listen(void *arg, struct sim *sim, unsigned node)
{
  (void)arg;
  const struct engine *const e = sim->nodes[node].engine;
  for (unsigned i = 0; i < EARS; i++) {
    struct ear *const l = &ears[i];
    if (l->node != node) {
      continue;
    }
    vsc_pos p = l->heard ? l->heard : e->audio.in.final_to;
    for (; p < e->audio.in.final_to; p++) {
      float x;
      memcpy(&x,
             &e->region->in_words[(uint64_t)p & (e->region->geometry.ring - 1)],
             sizeof x);
      const double d = fabs((double)x - tone(p - l->link_offset, l->rate));
      l->worst = d > l->worst ? d : l->worst;
      l->wrong += d * d;
      l->frames++;
    }
    l->heard = p;
  }
}

#define DEVICE(rate)                                                           \
  "[device]\nrate = " rate "\ninputs = 2\noutputs = 2\n"                       \
  "[clock]\nmodule = clock-system\n"                                           \
  "[stream]\npacket_time = 1ms\nlink_offset = 10ms\nwhen = always\n"           \
  "rate = 44100\nresampler = samplerate\n"                                     \
  "[resampler samplerate]\nquality = "
#define STREAM(role) "\n[" role " s]\nchannels = 1-2\naddress = 239.69.1.1\n"

static void
hear(const char *quality, double limit)
{
  char text[3][512];
  snprintf(
    text[0], sizeof text[0], DEVICE("48000") "%s" STREAM("send"), quality);
  snprintf(
    text[1], sizeof text[1], DEVICE("44100") "%s" STREAM("receive"), quality);
  snprintf(
    text[2], sizeof text[2], DEVICE("48000") "%s" STREAM("receive"), quality);
  struct sim sim;
  sim_create(&sim, 3, SIM_EPOCH);
  sim.signal = play_tone;
  sim_node(&sim, 0xC0A80001u, 40.0, text[0]);
  sim.nodes[0].has_app = 1;
  sim_node(&sim, 0xC0A80002u, -60.0, text[1]);
  sim_node(&sim, 0xC0A80003u, 10.0, text[2]);
  sim_run_until(&sim, SIM_EPOCH + SECOND / 2);
  ears[0] = (struct ear){ .node = 1, .rate = 44100, .link_offset = 441 };
  ears[1] = (struct ear){ .node = 2, .rate = 48000, .link_offset = 480 };
  sim.after_wake = listen;
  sim_run_until(&sim, SIM_EPOCH + SECOND * 5 / 2);
  for (unsigned i = 0; i < EARS; i++) {
    const struct ear *const l = &ears[i];
    const double rest = 10 * log10(l->wrong / (double)l->frames / 0.125);
    printf("%s, at %" PRId64 " frames/s: %" PRIu64
           " frames, all but the tone %.1f dB, worst frame %.2g\n",
           quality,
           l->rate,
           l->frames,
           rest,
           l->worst);
    expect(l->frames > 85000, "two seconds were heard");
    expect(rest < limit, "nothing but the tone is heard, at its place");
  }
  sim_destroy(&sim);
}

int
main(void)
{
  hear("best", -120);
  hear("medium", -120);
  hear("fast", -95);
  printf("%d failed\n", failures);
  return failures != 0;
}
