/* bench_codec.c - what a packet costs to decode and to encode: each path of
   this machine beside plain C, and beside a memcpy of the same bytes as the
   bound. Everything by turns, for some seconds: what a neighbour takes of the
   core for a moment is no figure of ours. A figure, not a test: run it by name.
   SPDX-License-Identifier: MIT */
#include "modules/shared/pcm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CHANNELS 64
#define FRAMES 48
#define STRIDE (8192 + 48) /* words between channels, as in a timeline */
#define RUNS 301           /* medians of; in turns, since machines drift */
#define WARM_UP 50         /* turns that do not count: cores sleep */
#define PATHS 4

struct shape {
  uint32_t channels, frames;
};

struct job {
  const struct pcm_path *const *paths;
  const struct pcm_layout *layout;
  vsc_span span;
  uint8_t *wire;
  uint8_t *copy;
  size_t bytes;
};

struct times {
  double decoding[PATHS][RUNS], encoding[PATHS][RUNS], moving[RUNS];
};

static float words[CHANNELS * STRIDE];
static uint8_t wire[CHANNELS * FRAMES * 3], copy[sizeof wire];

static void
decode(const struct job *j)
{
  pcm_path_decode(j->paths, j->layout, j->wire, &j->span);
}

static void
encode(const struct job *j)
{
  pcm_path_encode(j->paths, j->layout, &j->span, j->wire);
}

static void
move(const struct job *j)
{
  memcpy(j->copy, j->wire, j->bytes);
}

static double
now(void)
{
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t); /* others run too */
  return 1e9 * (double)t.tv_sec + (double)t.tv_nsec;
}

/* Nanoseconds a packet, of enough packets for the clock not to count. */
static double
time_once(void (*work)(const struct job *), const struct job *job)
{
  const int packets = 2000;
  /* Read anew each time, so that no call can be left out. */
  void (*const volatile call)(const struct job *) = work;
  const double begin = now();
  for (int i = 0; i < packets; i++) {
    call(job);
  }
  return (now() - begin) / packets;
}

static int
by_size(const void *a, const void *b)
{
  const double x = *(const double *)a;
  const double y = *(const double *)b;
  return (x > y) - (x < y);
}

static double
median(double *times)
{
  qsort(times, RUNS, sizeof *times, by_size);
  return times[RUNS / 2];
}

static struct job
make_job(const struct pcm_layout *layout, struct shape shape)
{
  static float *rows[CHANNELS];
  for (uint32_t c = 0; c < CHANNELS; c++) {
    rows[c] = words + (size_t)c * STRIDE;
  }
  return (struct job){
    .layout = layout,
    .span = { rows, shape.channels, shape.frames },
    .wire = wire,
    .copy = copy,
    .bytes = (size_t)shape.channels * shape.frames * layout->bytes,
  };
}

static void
measure(const struct pcm_layout *layout,
        struct shape shape,
        int run,
        struct times *out)
{
  const struct pcm_path *const *const paths = pcm_paths();
  struct job job = make_job(layout, shape);
  for (int i = 0; paths[i]; i++) {
    job.paths = paths + i;
    out->decoding[i][run] = time_once(decode, &job);
    out->encoding[i][run] = time_once(encode, &job);
  }
  out->moving[run] = time_once(move, &job);
}

static void
print(const struct pcm_layout *layout, struct shape shape, struct times *t)
{
  const struct pcm_path *const *const paths = pcm_paths();
  double decoding[PATHS], encoding[PATHS];
  int count = 0;
  for (; paths[count]; count++) {
    decoding[count] = median(t->decoding[count]);
    encoding[count] = median(t->encoding[count]);
  }
  printf("%s %2u x %2u\n", layout->encoding, shape.channels, shape.frames);
  for (int i = 0; i < count; i++) {
    printf("  %-6s decode %6.1f ns (%4.1f x)   encode %6.1f ns (%4.1f x)\n",
           pcm_path_name(paths[i]),
           decoding[i],
           decoding[count - 1] / decoding[i],
           encoding[i],
           encoding[count - 1] / encoding[i]);
  }
  printf("  %-6s %13.1f ns\n", "memcpy", median(t->moving));
}

int
main(void)
{
  static const struct shape shapes[] = { { 8, 12 }, { 64, 12 }, { 8, 48 } };
  enum { SHAPES = sizeof shapes / sizeof *shapes };
  static struct times l24[SHAPES], l16[SHAPES];
  for (size_t i = 0; i < sizeof wire; i++) {
    wire[i] = (uint8_t)(i * 37);
  }
  for (int turn = -WARM_UP; turn < RUNS; turn++) {
    const int run = turn < 0 ? 0 : turn;
    for (size_t i = 0; i < SHAPES; i++) {
      measure(&pcm_l24, shapes[i], run, &l24[i]);
      measure(&pcm_l16, shapes[i], run, &l16[i]);
    }
  }
  for (size_t i = 0; i < SHAPES; i++) {
    print(&pcm_l24, shapes[i], &l24[i]);
    print(&pcm_l16, shapes[i], &l16[i]);
  }
  return 0;
}
