/* bench_resampler.c - what a channel costs to resample, and what is left beside
   the tone: the shipped module beside libraries that were not chosen. A figure,
   not a test: run it by name. SPDX-License-Identifier: MIT */
#include <vsc/resampler.h>

#include <dlfcn.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#if defined(HAS_SPEEX)
#include <speex/speex_resampler.h>
#endif
#if defined(HAS_ZITA)
#include "peer_zita.h"
#endif

#define RATE 48000
#define CHANNELS 2
#define BLOCK 48 /* frames in: a packet of 1 ms */
#define BLOCKS 2000
#define ROOM 128 /* frames out of a block, at most */
#define RUNS 7   /* medians of; in turns, since machines drift */
#define SETTLE 4800

/* One way to do it. RUN takes block I and says how many frames it made. */
struct way {
  const char *name;
  int quality; /* in the library's own numbers */
  void *(*open)(int quality, double ratio);
  unsigned (*run)(void *self, unsigned i, float *out, double ratio);
  void (*close)(void *self);
  int is_fixed; /* its ratio cannot move */
};

static float planes[CHANNELS][BLOCK * BLOCKS];
static float frames[BLOCK * BLOCKS * CHANNELS];
static float made[ROOM * BLOCKS * CHANNELS];
static double nominal; /* ratio of the runs */

/* Ours, as the engine calls it: channel by channel. */

static void
host_log(const vsc_host *h, int level, const char *format, ...) VSC_RT
{
  (void)h;
  (void)level;
  (void)format;
}

static void *
host_alloc(const vsc_host *h, size_t bytes)
{
  (void)h;
  return calloc(1, bytes); /* until the program ends */
}

static const vsc_host host = { .size = sizeof host,
                               .log = host_log,
                               .alloc = host_alloc };
static const vsc_module *module;
static double position; /* frames out that the blocks so far are enough for */
static uint32_t taken, given;

static void *
module_open(int quality, double ratio)
{
  const vsc_resampler_ops *const ops = module->ops;
  const int32_t value = quality;
  void *const self = calloc(1, module->instance_size);
  memcpy((char *)self + module->options[0].offset, &value, sizeof value);
  position = 0;
  taken = given = 0;
  return module->init(self, &host) < 0 ||
             ops->open(self, CHANNELS, ratio, ROOM) < 0
           ? NULL
           : self;
}

static unsigned
module_run(void *self, unsigned i, float *out, double ratio)
{
  static float rows[CHANNELS][ROOM];
  float *const from[] = { planes[0] + taken, planes[1] + taken };
  float *const to[] = { rows[0], rows[1] };
  position += BLOCK * ratio;
  const uint32_t n = (uint32_t)position - given;
  const vsc_span in_span = { from, CHANNELS, (i + 1) * BLOCK - taken };
  const vsc_span out_span = { to, CHANNELS, n };
  const vsc_resampler_ops *const ops = module->ops;
  taken += (uint32_t)ops->run(self, &in_span, &out_span, ratio);
  given += n;
  for (uint32_t k = 0; k < n; k++) {
    out[k * CHANNELS] = rows[0][k];
    out[k * CHANNELS + 1] = rows[1][k];
  }
  return n;
}

static void
module_close(void *self)
{
  const vsc_resampler_ops *const ops = module->ops;
  ops->close(self);
  free(self);
}

#if defined(HAS_SPEEX)
/* Its ratio is a fraction of whole numbers; both of ours are one of this. To a
   fraction as fine as a clock needs it cannot move: version 1.2.1 then reads
   behind its input. */
#define PARTS (10001u * 147)

static void *
speex_open(int quality, double ratio)
{
  SpeexResamplerState *const s =
    speex_resampler_init(CHANNELS, RATE, RATE, quality, NULL);
  const uint32_t in = (uint32_t)lround(PARTS / ratio);
  speex_resampler_set_rate_frac(
    s, in, PARTS, RATE, (uint32_t)lround(RATE * ratio));
  return s;
}

static unsigned
speex_run(void *self, unsigned i, float *out, double ratio)
{
  uint32_t in_frames = BLOCK;
  uint32_t out_frames = ROOM;
  (void)ratio;
  speex_resampler_process_interleaved_float(
    self, frames + (size_t)i * BLOCK * CHANNELS, &in_frames, out, &out_frames);
  return out_frames;
}

static void
speex_close(void *self)
{
  speex_resampler_destroy(self);
}
#endif

#if defined(HAS_ZITA)
static void *
zita_open(int half_length, double ratio)
{
  return peer_zita_open(CHANNELS, ratio, (unsigned)half_length);
}

static unsigned
zita_run(void *self, unsigned i, float *out, double ratio)
{
  return peer_zita_run(self,
                       ratio / nominal,
                       frames + (size_t)i * BLOCK * CHANNELS,
                       BLOCK,
                       out,
                       ROOM);
}
#endif

static const struct way ways[] = {
  { "samplerate, best", 0, module_open, module_run, module_close, 0 },
  { "samplerate, medium", 1, module_open, module_run, module_close, 0 },
  { "samplerate, fast", 2, module_open, module_run, module_close, 0 },
#if defined(HAS_SPEEX)
  { "speexdsp, quality 3", 3, speex_open, speex_run, speex_close, 1 },
  { "speexdsp, quality 5", 5, speex_open, speex_run, speex_close, 1 },
  { "speexdsp, quality 10", 10, speex_open, speex_run, speex_close, 1 },
#endif
#if defined(HAS_ZITA)
  { "zita, half length 16", 16, zita_open, zita_run, peer_zita_close, 0 },
  { "zita, half length 48", 48, zita_open, zita_run, peer_zita_close, 0 },
  { "zita, half length 96", 96, zita_open, zita_run, peer_zita_close, 0 },
#endif
};
#define WAYS (sizeof ways / sizeof *ways)

static double
now(void)
{
  struct timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t); /* others run too */
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Milliseconds of processor a second of audio and channel. STEP is added to the
   ratio in one block and taken away in the next. */
static double
run_once(const struct way *way, double step, unsigned *count)
{
  void *const self = way->open(way->quality, nominal);
  *count = 0;
  if (!self) {
    return NAN;
  }
  const double begin = now();
  for (unsigned i = 0; i < BLOCKS; i++) {
    const double ratio = nominal + (i % 2 ? step : 0);
    *count += way->run(self, i, made + (size_t)*count * CHANNELS, ratio);
  }
  const double spent = now() - begin;
  way->close(self);
  return 1e3 * spent / CHANNELS / (BLOCK * BLOCKS / (double)RATE);
}

/* What is not the tone, in dB of it, by a least-squares fit. */
static double
distortion(double radians, unsigned count)
{
  double ss = 0, cc = 0, sc = 0, xs = 0, xc = 0, rest = 0, tone = 0;
  for (unsigned i = SETTLE; i < count; i++) {
    const double x = (double)made[(size_t)i * CHANNELS];
    const double s = sin(radians * i);
    const double c = cos(radians * i);
    ss += s * s;
    cc += c * c;
    sc += s * c;
    xs += x * s;
    xc += x * c;
  }
  const double det = ss * cc - sc * sc;
  const double a = (xs * cc - xc * sc) / det;
  const double b = (xc * ss - xs * sc) / det;
  for (unsigned i = SETTLE; i < count; i++) {
    const double y = a * sin(radians * i) + b * cos(radians * i);
    const double d = (double)made[(size_t)i * CHANNELS] - y;
    tone += y * y;
    rest += d * d;
  }
  return 10 * log10(rest / tone);
}

static int
by_size(const void *a, const void *b)
{
  const double x = *(const double *)a;
  const double y = *(const double *)b;
  return (x > y) - (x < y);
}

static void
compare(const char *what, double ratio, double radians)
{
  static double still[WAYS][RUNS], moving[WAYS][RUNS];
  double rest[WAYS];
  nominal = ratio;
  for (unsigned run = 0; run < RUNS; run++) {
    for (unsigned w = 0; w < WAYS; w++) {
      unsigned count = 0;
      moving[w][run] =
        ways[w].is_fixed ? NAN : run_once(&ways[w], 1e-6, &count);
      still[w][run] = run_once(&ways[w], 0, &count);
      rest[w] = distortion(radians / ratio, count);
    }
  }
  printf("%s: ms of processor per channel and second; \"moving\" has another "
         "ratio each ms\n",
         what);
  for (unsigned w = 0; w < WAYS; w++) {
    qsort(still[w], RUNS, sizeof **still, by_size);
    qsort(moving[w], RUNS, sizeof **moving, by_size);
    char other[16] = "does not";
    if (!ways[w].is_fixed) {
      snprintf(other, sizeof other, "%.2f", moving[w][RUNS / 2]);
    }
    printf("  %-22s %6.2f   moving %8s   THD+N %7.1f dB\n",
           ways[w].name,
           still[w][RUNS / 2],
           other,
           rest[w]);
  }
}

int
main(void)
{
  const double radians = 6.283185307179586 * 997 / RATE;
  void *const handle =
    dlopen(VSC_MODULES "/resampler-samplerate.so", RTLD_NOW | RTLD_LOCAL);
  module = handle ? dlsym(handle, VSC_MODULE_SYMBOL) : NULL;
  if (!module) {
    fprintf(stderr, "%s\n", dlerror());
    return 1;
  }
  for (unsigned i = 0; i < BLOCK * BLOCKS; i++) {
    for (unsigned c = 0; c < CHANNELS; c++) {
      planes[c][i] = (float)(0.9 * sin(radians * i));
      frames[i * CHANNELS + c] = planes[c][i];
    }
  }
  compare("two clocks, 100 ppm", 1.0001, radians);
  compare("48 to 44.1 kHz", 44100.0 / RATE, radians);
  return 0;
}
