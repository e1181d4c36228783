/* codec_paths.c - every path of this machine against plain C, bit for bit:
   every word, every shape, any float, at addresses behind which memory ends. A
   plain program, so that it also runs where there is only a C library.
   VSC_LONG=1 tries every float there is. SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */

#include "modules/shared/pcm.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define CHANNELS VSC_CHANNELS_MAX
#define FRAMES 96
#define WIRE_BYTES (CHANNELS * FRAMES * 3)
#define ROW_BYTES (FRAMES * sizeof(float))
#define POOL 65536
#define AROUND 64 /* bytes: what a vector could reach */

/* Whole pages between two that may not be touched. */
struct area {
  uint8_t *begin;
  size_t bytes;
};

/* What one path works on; all worlds always hold the same. */
struct world {
  const struct pcm_path *const *paths;
  struct area wire_area, row_areas[CHANNELS];
  uint8_t *wire;
  float *rows[CHANNELS];
};

static struct world tried, plain;
static const struct pcm_layout *layout;
static const char *what;
/* Random bytes and floats, to take some from anywhere. */
static uint8_t bytes_pool[POOL + WIRE_BYTES];
static float floats_pool[POOL + FRAMES];

static void
fail(uint32_t channels, uint32_t frames)
{
  fprintf(stderr,
          "%s %s: %s differs from plain C with %" PRIu32 " channels, %" PRIu32
          " frames\n",
          pcm_path_name(*tried.paths),
          layout->encoding,
          what,
          channels,
          frames);
  exit(1);
}

static uint32_t
noise(void)
{
  static uint32_t x = 2463534242u; /* xorshift32 */
  x ^= x << 13;
  x ^= x >> 17;
  x ^= x << 5;
  return x;
}

/* Where floats begin to be treated otherwise, as bits without a sign. */
static const uint32_t edges[] = {
  0,          0x00800000, /* denormals */
  0x33800000, 0x37800000, /* half a word */
  0x3F7FFF00, 0x3F800000, /* half a word of L16 below full scale; that */
  0x3F800080,             /* and half a word of L16 beyond */
  0x43800000, 0x47800000, /* 2^31 words */
  0x7F800000, 0x7FFFFFFF, /* infinity; NaN */
};

/* Anything that 32 bits can be; near full scale; near a tie; quiet; within
   three ulps of an edge. */
static float
any_float(void)
{
  uint32_t bits = noise();
  switch (noise() % 5) {
    case 0:
      break;
    case 1:
      bits = (bits & 0x807FFFFF) | 0x3F000000;
      break;
    case 2:
      return (float)((int32_t)bits >> 20) * 0x1p-24f;
    case 3:
      bits &= 0xBEFFFFFF;
      break;
    default:
      bits &= 0x80000000;
      bits += edges[noise() % (sizeof edges / sizeof *edges)];
      bits += noise() % 7 - 3;
      break;
  }
  float x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

static struct area
area_create(size_t bytes)
{
  const size_t page = (size_t)sysconf(_SC_PAGESIZE);
  const size_t inside = (bytes + page - 1) / page * page;
  uint8_t *const p = mmap(
    NULL, inside + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (p == MAP_FAILED ||
      mprotect(p + page, inside, PROT_READ | PROT_WRITE) != 0) {
    perror("mmap");
    exit(1);
  }
  return (struct area){ p + page, inside };
}

/* BYTES of the area: at its end, at its beginning, or somewhere odd. */
static uint8_t *
place(const struct area *a, size_t bytes, uint32_t choice, size_t step)
{
  const size_t free = a->bytes - bytes;
  const size_t some = free < 15 ? free : 15;
  return a->begin + (choice % 3 == 0   ? free
                     : choice % 3 == 1 ? 0
                                       : some / step * step);
}

static void
world_create(struct world *w)
{
  w->wire_area = area_create(WIRE_BYTES);
  for (uint32_t c = 0; c < CHANNELS; c++) {
    w->row_areas[c] = area_create(ROW_BYTES);
  }
}

/* The same places in both worlds. With IS_SPARSE some channels are NULL. */
static void
arrange(uint32_t channels, uint32_t frames, int is_sparse)
{
  const size_t bytes = (size_t)channels * frames * layout->bytes;
  const uint32_t choice = noise();
  tried.wire = place(&tried.wire_area, bytes, choice, 1);
  plain.wire = place(&plain.wire_area, bytes, choice, 1);
  for (uint32_t c = 0; c < channels; c++) {
    const uint32_t where = noise() >> 1;
    const int is_null = is_sparse && noise() >> 30;
    float *const a = (float *)(void *)place(
      &tried.row_areas[c], frames * sizeof(float), where, sizeof(float));
    float *const b = (float *)(void *)place(
      &plain.row_areas[c], frames * sizeof(float), where, sizeof(float));
    tried.rows[c] = is_null ? NULL : a;
    plain.rows[c] = is_null ? NULL : b;
  }
}

/* BYTES at P in area A are those in area B at the same place, and nothing
   around them was written either. */
static int
is_equal(const struct area *a,
         const struct area *b,
         const void *p,
         size_t bytes)
{
  const size_t at = (size_t)((const uint8_t *)p - a->begin);
  const size_t from = at > AROUND ? at - AROUND : 0;
  const size_t end = at + bytes + AROUND;
  const size_t to = end < a->bytes ? end : a->bytes;
  return memcmp(a->begin + from, b->begin + from, to - from) == 0;
}

static void
decode(uint32_t channels, uint32_t frames)
{
  what = "decode";
  memcpy(tried.wire, plain.wire, (size_t)channels * frames * layout->bytes);
  const vsc_span a = { tried.rows, channels, frames };
  const vsc_span b = { plain.rows, channels, frames };
  pcm_path_decode(tried.paths, layout, tried.wire, &a);
  pcm_path_decode(plain.paths, layout, plain.wire, &b);
  for (uint32_t c = 0; c < channels; c++) {
    if (tried.rows[c] && !is_equal(&tried.row_areas[c],
                                   &plain.row_areas[c],
                                   tried.rows[c],
                                   frames * sizeof(float))) {
      fail(channels, frames);
    }
  }
}

static void
encode(uint32_t channels, uint32_t frames)
{
  what = "encode";
  for (uint32_t c = 0; c < channels; c++) {
    if (plain.rows[c]) {
      memcpy(tried.rows[c], plain.rows[c], frames * sizeof(float));
    }
  }
  const vsc_span a = { tried.rows, channels, frames };
  const vsc_span b = { plain.rows, channels, frames };
  const uint32_t x = pcm_path_encode(tried.paths, layout, &a, tried.wire);
  const uint32_t y = pcm_path_encode(plain.paths, layout, &b, plain.wire);
  if (!is_equal(&tried.wire_area,
                &plain.wire_area,
                tried.wire,
                (size_t)channels * frames * layout->bytes)) {
    fail(channels, frames);
  }
  what = "clip count";
  if (x != y) {
    fail(channels, frames);
  }
}

static void
fill_pools(void)
{
  for (size_t i = 0; i < sizeof bytes_pool; i++) {
    bytes_pool[i] = (uint8_t)(noise() >> 24);
  }
  for (size_t i = 0; i < sizeof floats_pool / sizeof *floats_pool; i++) {
    floats_pool[i] = any_float();
  }
}

/* With IS_QUIET nothing is rounded to full scale: most of what is sent. */
static void
fill_rows(uint32_t channels, uint32_t frames, int is_quiet)
{
  const float quiet = 1 - 0.5f / layout->limit;
  for (uint32_t c = 0; c < channels; c++) {
    const float *const in = floats_pool + noise() % POOL;
    for (uint32_t i = 0; plain.rows[c] && i < frames; i++) {
      plain.rows[c][i] = is_quiet && !(fabsf(in[i]) < quiet) ? 0.5f : in[i];
    }
  }
}

static void
try_shapes(void)
{
  for (uint32_t channels = 1; channels <= CHANNELS; channels++) {
    for (uint32_t frames = 1; frames <= FRAMES; frames++) {
      arrange(channels, frames, noise() % 4 == 0);
      memcpy(plain.wire,
             bytes_pool + noise() % POOL,
             (size_t)channels * frames * layout->bytes);
      decode(channels, frames);
      fill_rows(channels, frames, noise() % 2 == 0);
      encode(channels, frames);
    }
  }
}

/* Every word there and back. */
static void
try_words(void)
{
  const uint32_t channels = 8;
  const uint32_t frames = 64;
  const uint32_t each = channels * frames;
  const uint32_t bytes = layout->bytes;
  static uint8_t sent[8 * 64 * 3];
  arrange(channels, frames, 0);
  for (uint32_t first = 0; first < 1u << (8 * bytes); first += each) {
    for (uint32_t i = 0; i < each * bytes; i++) {
      const uint32_t word = first + i / bytes;
      sent[i] = (uint8_t)(word >> (8 * (bytes - 1 - i % bytes)));
    }
    memcpy(plain.wire, sent, each * bytes);
    decode(channels, frames);
    encode(channels, frames);
    what = "round trip";
    if (memcmp(tried.wire, sent, each * bytes) != 0) {
      fail(channels, frames);
    }
  }
}

/* The reference itself, against arithmetic in double. */
static void
try_arithmetic(void)
{
  arrange(1, FRAMES, 0);
  for (int round = 0; round < 10000; round++) {
    fill_rows(1, FRAMES, 0);
    encode(1, FRAMES);
    for (uint32_t i = 0; i < FRAMES; i++) {
      const double limit = layout->limit;
      const double x = plain.rows[0][i];
      const double y = fmax(-limit, fmin(limit - 1, nearbyint(x * limit)));
      const int32_t want = x != x ? 0 : (int32_t)y;
      uint32_t got = 0;
      for (uint32_t b = 0; b < layout->bytes; b++) {
        got = got << 8 | tried.wire[i * layout->bytes + b];
      }
      what = "rounding";
      if (((uint32_t)want ^ got) & ((1u << (8 * layout->bytes)) - 1)) {
        fail(1, FRAMES);
      }
    }
  }
}

static void
try_every_float(void)
{
  const uint32_t channels = 8;
  const uint32_t frames = 64;
  arrange(channels, frames, 0);
  for (uint64_t first = 0; first < UINT64_C(1) << 32;
       first += channels * frames) {
    for (uint32_t i = 0; i < channels * frames; i++) {
      const uint32_t bits = (uint32_t)first + i;
      memcpy(&plain.rows[i / frames][i % frames], &bits, sizeof bits);
    }
    encode(channels, frames);
  }
}

int
main(void)
{
  const struct pcm_path *const *const paths = pcm_paths();
  static const struct pcm_layout *const layouts[] = { &pcm_l24, &pcm_l16 };
  world_create(&tried);
  world_create(&plain);
  fill_pools();
  for (plain.paths = paths; plain.paths[1]; plain.paths++) {
  }
  for (tried.paths = paths; *tried.paths; tried.paths++) {
    for (int i = 0; i < 2; i++) {
      layout = layouts[i];
      if (tried.paths != plain.paths) {
        try_shapes();
      }
      try_words();
      try_arithmetic();
      if (getenv("VSC_LONG")) {
        try_every_float();
      }
      printf("%s %s: right\n", pcm_path_name(*tried.paths), layout->encoding);
    }
  }
  return 0;
}
