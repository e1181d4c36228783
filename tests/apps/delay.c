/* delay.c - an ALSA application with both directions: what snd_pcm_delay says
   of them is, to the frame, how much later it hears what it plays; also when
   the second direction is started late. SPDX-License-Identifier: MIT */
#define _XOPEN_SOURCE 700
#include <alsa/asoundlib.h>

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define CHANNELS 8u
#define PERIODS 8u
#define RATE 48000u
#define GOES 30u
/* Between the two starts, frames: a capture with four periods in its buffer
   still starts in step. */
#define START_MAX 1400

struct duplex {
  snd_pcm_t *out, *in;
  uint32_t frames; /* of a period */
  int32_t *block;
  int64_t written, read; /* frames since the start */
  int64_t latency; /* of both directions, without what is in the buffers */
  int64_t offset;  /* of the network between them */
  uint64_t exact, silent, wrong;
};

/* 24 bits, left-justified; never 0: silence is no part of it. */
static int32_t
word(int64_t frame, uint32_t channel)
{
  uint32_t x = (uint32_t)frame * 0x9E3779B1u ^ (channel + 1) * 0x85EBCA77u;
  x = (x ^ x >> 16) * 0x85EBCA6Bu;
  x ^= x >> 13;
  return (int32_t)((x | 0x100u) & 0xFFFFFF00u);
}

/* Started by us alone. */
static int
set_threshold(snd_pcm_t *pcm, snd_pcm_uframes_t frames)
{
  snd_pcm_sw_params_t *sw = NULL;
  int status = snd_pcm_sw_params_malloc(&sw);
  if (status >= 0 && (status = snd_pcm_sw_params_current(pcm, sw)) >= 0 &&
      (status = snd_pcm_sw_params_set_start_threshold(pcm, sw, frames)) >= 0) {
    status = snd_pcm_sw_params(pcm, sw);
  }
  snd_pcm_sw_params_free(sw);
  return status;
}

static int
open_one(snd_pcm_t **out,
         const char *name,
         snd_pcm_stream_t stream,
         uint32_t frames)
{
  const int status = snd_pcm_open(out, name, stream, 0);
  if (status < 0) {
    return status;
  }
  const unsigned length_us = frames * PERIODS * 1000000 / RATE;
  const int set = snd_pcm_set_params(*out,
                                     SND_PCM_FORMAT_S32,
                                     SND_PCM_ACCESS_RW_INTERLEAVED,
                                     CHANNELS,
                                     RATE,
                                     0,
                                     length_us);
  return set < 0 ? set : set_threshold(*out, INT32_MAX);
}

static int
write_period(struct duplex *d)
{
  for (uint32_t f = 0; f < d->frames; f++) {
    for (uint32_t c = 0; c < CHANNELS; c++) {
      d->block[f * CHANNELS + c] = word(d->written + f, c);
    }
  }
  const snd_pcm_sframes_t n = snd_pcm_writei(d->out, d->block, d->frames);
  if (n == (snd_pcm_sframes_t)d->frames) {
    d->written += n;
    return 0;
  }
  return n < 0 ? (int)n : -EPIPE; /* it stopped on the way */
}

static void
judge(struct duplex *d)
{
  for (uint32_t f = 0; f < d->frames; f++) {
    const int64_t heard = d->read + f - d->latency - d->offset;
    uint32_t exact = 0;
    uint32_t silent = 0;
    for (uint32_t c = 0; c < CHANNELS; c++) {
      exact += heard >= 0 && d->block[f * CHANNELS + c] == word(heard, c);
      silent += d->block[f * CHANNELS + c] == 0;
    }
    d->exact += exact == CHANNELS;
    d->silent += silent == CHANNELS && d->exact > 0;
    d->wrong += exact != CHANNELS && silent != CHANNELS;
  }
}

static int
read_period(struct duplex *d)
{
  const snd_pcm_sframes_t n = snd_pcm_readi(d->in, d->block, d->frames);
  if (n == (snd_pcm_sframes_t)d->frames) {
    judge(d);
    d->read += n;
    return 0;
  }
  return n < 0 ? (int)n : -EPIPE; /* it stopped on the way */
}

/* Both at one instant: the device has not moved where the first says the same
   before and after. */
static int
ask(struct duplex *d)
{
  snd_pcm_sframes_t before;
  snd_pcm_sframes_t in;
  snd_pcm_sframes_t after;
  for (;;) {
    int status = snd_pcm_delay(d->out, &before);
    if (status < 0 || (status = snd_pcm_delay(d->in, &in)) < 0 ||
        (status = snd_pcm_delay(d->out, &after)) < 0) {
      return status;
    }
    if (before == after) {
      d->latency = d->read - d->written + before + in;
      return 0;
    }
  }
}

static int64_t
now_ns(void)
{
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* One go; -EPIPE: the machine was late. */
static int
go(struct duplex *d, uint32_t late, uint32_t seconds)
{
  const struct timespec pause = { .tv_nsec =
                                    (long)((int64_t)late * 1000000000 / RATE) };
  /* What was played before is on its way for as long as the network holds it.
   */
  const struct timespec emptying = { .tv_nsec = 300000000 };
  d->written = d->read = 0;
  int status;
  if ((status = snd_pcm_drop(d->out)) < 0 ||
      (status = snd_pcm_drop(d->in)) < 0 ||
      (status = snd_pcm_prepare(d->out)) < 0 ||
      (status = snd_pcm_prepare(d->in)) < 0) {
    return status;
  }
  nanosleep(&emptying, NULL);
  for (uint32_t n = 0; n < PERIODS; n++) {
    if ((status = write_period(d)) < 0) {
      return status;
    }
  }
  if ((status = snd_pcm_start(d->out)) < 0) {
    return status;
  }
  const int64_t started_ns = now_ns(); /* the engine had to wake */
  nanosleep(&pause, NULL);
  if ((status = snd_pcm_start(d->in)) < 0 || (status = ask(d)) < 0) {
    return status;
  }
  if (now_ns() - started_ns > (int64_t)START_MAX * 1000000000 / RATE) {
    return -EPIPE;
  }
  while (d->read < (int64_t)seconds * RATE) {
    if ((status = read_period(d)) < 0 || (status = write_period(d)) < 0) {
      return status;
    }
  }
  return 0;
}

static int
run(struct duplex *d, const char *name, uint32_t late, uint32_t seconds)
{
  int status = open_one(&d->out, name, SND_PCM_STREAM_PLAYBACK, d->frames);
  status = status < 0
             ? status
             : open_one(&d->in, name, SND_PCM_STREAM_CAPTURE, d->frames);
  uint32_t xruns = 0;
  if (status >= 0) {
    do {
      status = go(d, late, seconds);
    } while (status == -EPIPE && ++xruns < GOES);
  }
  if (status < 0 && status != -EPIPE) {
    fprintf(stderr, "delay: %s\n", snd_strerror(status));
    return 1;
  }
  snd_pcm_close(d->out);
  snd_pcm_close(d->in);
  printf("{\"latency\": %" PRId64 ", \"exact\": %" PRIu64
         ", \"silent\": %" PRIu64 ", \"wrong\": %" PRIu64 ", \"xruns\": %u}\n",
         d->latency,
         d->exact,
         d->silent,
         d->wrong,
         xruns);
  return 0;
}

int
main(int argc, char **argv)
{
  if (argc != 6) {
    fprintf(stderr, "usage: delay DEVICE FRAMES LATE OFFSET SECONDS\n");
    return 2;
  }
  struct duplex d = { .frames = (uint32_t)atoi(argv[2]),
                      .offset = atoll(argv[4]) };
  d.block = calloc(d.frames, CHANNELS * sizeof *d.block);
  const int code =
    !d.block ||
    run(&d, argv[1], (uint32_t)atoi(argv[3]), (uint32_t)atoi(argv[5]));
  free(d.block);
  return code;
}
