/* live.c - a simulated coreaudiod in true time with the bundle in it, at an
   engine in another process that joins its outputs to its inputs: 64 channels
   must come back as they were. A machine that is late makes silence, never
   anything else: what is silent though we were in time the engine's count of
   late frames has to explain (live.sh). Arguments: frames of the loopback,
   cycles; "restless" when the engine is to be killed and its clock to step,
   which live.sh does, and the rate is changed after that.
   SPDX-License-Identifier: MIT */
#include "tests/coreaudio/mac.h"
#include "tests/coreaudio/minicf.h"
#include "tests/coreaudio/simulated_host.h"

#include <mach/mach_time.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define FRAMES 64 /* of a cycle, at most */
#define CHANNELS 128
#define LEAD 2400    /* frames: machines here stand still for 40 ms */
#define SLACK 96     /* frames beyond the last moment */
#define LOST 3000    /* frames behind, which nobody makes up for */
#define PATIENCE 400 /* tenths of a second, until there is a device */
#define KEPT 8192    /* frames; more than are on their way */

void *
vsc_plugin_create(CFAllocatorRef allocator, CFUUIDRef type);

struct live {
  struct host host;
  long long next;            /* the first frame that was not read yet */
  long long from;            /* positions before it are of another time */
  long long delay;           /* frames at 48 kHz */
  unsigned seed, heard_seed; /* of the host's, the newest, and heard exactly */
  unsigned heard_seeds;
  long long due[KEPT]; /* positions that were written in time */
  unsigned long long exact, silent, wrong;
  unsigned long long exact_too;   /* by the other client */
  unsigned long long unexplained; /* silent, but written and read in time */
};

/* Time stands still within a cycle: a program that is interrupted between a
   call and its judgement would judge the interruption. */
static UInt64 ticks_now;

static UInt64
ticks(void)
{
  return ticks_now;
}

static void
look_at_time(void)
{
  ticks_now = mach_absolute_time();
}

static void
rest(long ns)
{
  const struct timespec t = { 0, ns };
  nanosleep(&t, NULL);
  look_at_time();
}

/* 24 bits that no other channel or position near has. */
static float
signal(UInt32 channel, long long position)
{
  const uint32_t x =
    ((uint32_t)position * CHANNELS + channel) * UINT32_C(2654435761);
  const int32_t value = (int32_t)(x >> 8) - (1 << 23);
  return (float)(value ? value : 1) / (float)(1 << 23);
}

static long long *
place_of(struct live *l, long long position)
{
  return &l->due[(unsigned long long)position % KEPT];
}

/* Of how many of CHANNELS the FRAME is as it was played at POSITION, or silent.
 */
struct heard {
  UInt32 right, silent;
};

static struct heard
hear(const float *frame, UInt32 channels, long long position)
{
  struct heard h = { 0, 0 };
  for (UInt32 c = 0; c < channels; c++) {
    h.right += frame[c] == signal(c, position);
    h.silent += frame[c] == 0.0f;
  }
  return h;
}

/* The other client, a moment later: it may be too late for what the first
   heard, but hears nothing else. */
static void
compare_too(struct live *l, const float *heard, UInt32 frames)
{
  const UInt32 channels = l->host.inputs;
  const long long delay = l->delay * (long long)l->host.rate / 48000;
  for (UInt32 f = 0; f < frames; f++) {
    const long long position = l->next + f - delay;
    const struct heard h = hear(heard + f * channels, channels, position);
    if (position >= l->from) {
      l->exact_too += h.right == channels;
      l->wrong += h.right != channels && h.silent != channels;
    }
  }
}

/* Before the first sound the engine has yet to begin. */
static void
compare(struct live *l, const float *heard, UInt32 frames)
{
  const UInt32 channels = l->host.inputs;
  const bool is_in_time =
    host_sample_now(&l->host) < (double)(l->next + LOST) && l->exact;
  const long long delay = l->delay * (long long)l->host.rate / 48000;
  for (UInt32 f = 0; f < frames; f++) {
    const long long position = l->next + f - delay;
    if (position < l->from) {
      continue;
    }
    const struct heard h = hear(heard + f * channels, channels, position);
    l->exact += h.right == channels;
    if (h.right == channels && l->heard_seed != l->seed) {
      l->heard_seed = l->seed;
      l->heard_seeds++;
      printf("heard in seed %u\n", l->seed);
      fflush(stdout);
    }
    l->silent += h.silent == channels;
    l->wrong += h.right != channels && h.silent != channels;
    l->unexplained +=
      h.silent == channels && is_in_time && *place_of(l, position) == position;
  }
}

static void
play(struct live *l, UInt32 frames)
{
  static float played[FRAMES * CHANNELS];
  struct host *const h = &l->host;
  const long long at = l->next + LEAD;
  for (UInt32 i = 0; i < frames * h->outputs; i++) {
    played[i] = signal(i % h->outputs, at + i / h->outputs);
  }
  host_write(h, 1, (double)at, played, frames);
  look_at_time();
  const bool is_in_time = host_sample_now(h) + h->safety_out + SLACK < at;
  for (UInt32 f = 0; is_in_time && f < frames; f++) {
    *place_of(l, at + f) = at + f;
  }
}

/* The driver's own thread asks for a change; the host stops for it. */
static void
change(struct live *l)
{
  struct host *const h = &l->host;
  host_stop(h, 1);
  host_stop(h, 2);
  host_perform(h);
  host_start(h, 1);
  host_start(h, 2);
  l->next = 0; /* wherever that is */
}

static void
cycle(struct live *l)
{
  static float heard[FRAMES * CHANNELS], again[FRAMES * CHANNELS];
  struct host *const h = &l->host;
  const UInt32 frames = 1 + (UInt32)rand() % FRAMES;
  rest(0);
  if (h->has_pending) {
    change(l);
    rest(0);
  }
  host_stamp(h);
  if (fabs(host_sample_now(h) - (double)l->next) > LOST) {
    l->next = (long long)host_sample_now(h);
  }
  if (l->seed != h->seeds) {
    l->seed = h->seeds;
    l->from = l->next + LEAD;
  }
  while (host_sample_now(h) <
         (double)(l->next + frames + h->safety_in + SLACK)) {
    rest(200000);
  }
  host_read(h, 1, (double)l->next, heard, frames);
  look_at_time();
  compare(l, heard, frames);
  host_read(h, 2, (double)l->next, again, frames);
  compare_too(l, again, frames);
  play(l, frames);
  l->next += frames;
}

int
main(int argc, char **argv)
{
  static struct live l;
  struct host *const h = &l.host;
  l.delay = argc > 1 ? atoll(argv[1]) : 0;
  const long cycles = argc > 2 ? atol(argv[2]) : 10000;
  const bool is_restless = argc > 3;
  *h = (struct host){ .ticks = ticks,
                      .ticks_per_second = MAC_TICKS_PER_SECOND,
                      /* 490, and what a late machine reads two clocks apart;
                         tests/coreaudio has the limit, in virtual time */
                      .slope_ppm = 1000 };
  rest(0);
  bool is_fine = host_load(h, vsc_plugin_create);
  /* The device is there at once; what the engine is like, soon after. */
  for (int i = 0; is_fine && i < PATIENCE && h->changes == 0; i++) {
    rest(100000000);
    host_look(h);
    if (h->inputs == CHANNELS / 2 && i >= 20) {
      break;
    }
  }
  host_walk(h);
  h->habit = HOST_WAITS;
  host_start(h, 1);
  host_start(h, 2);
  for (long i = 0; i < cycles; i++) {
    cycle(&l);
  }
  if (is_restless && host_set_rate(h, 96000) == kAudioHardwareNoError) {
    for (long i = 0; i < cycles; i++) {
      cycle(&l);
    }
    is_fine = is_fine && h->rate == 96000;
  }
  host_stop(h, 1);
  host_stop(h, 2);
  is_fine = is_fine && h->violations == 0 && l.wrong == 0 && l.exact > 0 &&
            l.exact_too > 0 && minicf_living() == 0;
  printf("%llu cycles, %llu frames of %u channels exact, and %llu for a second "
         "client, %llu silent, %llu wrong, %llu silent though in time; exact "
         "in %u seeds; %llu calls, %u "
         "violations, %ld "
         "objects left, %u devices\n",
         h->cycles,
         l.exact,
         (unsigned)h->inputs,
         l.exact_too,
         l.silent,
         l.wrong,
         l.unexplained,
         l.heard_seeds,
         h->calls,
         h->violations,
         minicf_living(),
         (unsigned)h->devices);
  return is_fine ? 0 : 1;
}
