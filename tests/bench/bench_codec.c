/* bench_codec.c - what a packet costs to decode and to encode: each path of
   this machine beside plain C, and beside a memcpy of the same bytes as the
   bound. A figure, not a test: run it by name. SPDX-License-Identifier: MIT */
#include "modules/shared/pcm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CHANNELS 64
#define FRAMES 48
#define STRIDE (8192 + 48) /* words between channels, as in a timeline */
#define RUNS 31            /* medians of; in turns, since machines drift */
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
compare(const struct pcm_layout *layout, struct shape shape)
{
  const struct pcm_path *const *const paths = pcm_paths();
  struct job job = make_job(layout, shape);
  static double decoding[PATHS][RUNS], encoding[PATHS][RUNS], moving[RUNS];
  int count = 0;
  while (paths[count]) {
    count++;
  }
  for (int run = 0; run < RUNS; run++) {
    for (int i = 0; i < count; i++) {
      job.paths = paths + i;
      decoding[i][run] = time_once(decode, &job);
      encoding[i][run] = time_once(encode, &job);
    }
    moving[run] = time_once(move, &job);
  }
  printf("%s %2u x %2u\n", layout->encoding, shape.channels, shape.frames);
  const double plain_decoding = median(decoding[count - 1]);
  const double plain_encoding = median(encoding[count - 1]);
  for (int i = 0; i < count; i++) {
    const double d = i == count - 1 ? plain_decoding : median(decoding[i]);
    const double e = i == count - 1 ? plain_encoding : median(encoding[i]);
    printf("  %-6s decode %6.1f ns (%4.1f x)   encode %6.1f ns (%4.1f x)\n",
           pcm_path_name(paths[i]),
           d,
           plain_decoding / d,
           e,
           plain_encoding / e);
  }
  printf("  %-6s %13.1f ns\n", "memcpy", median(moving));
}

int
main(void)
{
  static const struct shape shapes[] = { { 8, 12 }, { 64, 12 }, { 8, 48 } };
  for (size_t i = 0; i < sizeof wire; i++) {
    wire[i] = (uint8_t)(i * 37);
  }
  for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
    compare(&pcm_l24, shapes[i]);
    compare(&pcm_l16, shapes[i]);
  }
  return 0;
}
