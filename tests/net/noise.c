/* noise.c - a second of known 24-bit noise, and the judgement of a recording of
   it: each frame of each stream is exact, silent or wrong.
   SPDX-License-Identifier: MIT */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* No multiple of a ring or of a packet: a shift by either is seen. */
#define PERIOD 48000u
#define CHANNELS_MAX 128u
#define WORD 3u
/* A search through the noise takes a while: what cannot be found stays wrong.
 */
#define SEARCHES_MAX 500u

struct verdict {
  uint64_t exact, silent, wrong, run, longest;
  int64_t first, first_wrong;
};

struct listener {
  uint32_t channels, group; /* channels of a stream */
  uint8_t *noise;
  int may_realign;
  int64_t phase; /* the noise's frame at the recording's frame 0; -1: unknown */
  uint64_t alignments, searches;
  struct verdict verdicts[CHANNELS_MAX];
};

/* Never 0: silence is no part of it. */
static uint32_t
word(uint32_t seed, uint32_t frame, uint32_t channel)
{
  uint32_t x = frame * 0x9E3779B1u ^ (channel + 1) * 0x85EBCA77u ^ seed << 20;
  x = (x ^ x >> 16) * 0x85EBCA6Bu;
  x = (x ^ x >> 13) * 0xC2B2AE35u;
  x = (x ^ x >> 16) & 0xFFFFFFu;
  return x ? x : 1;
}

/* One period; SOURCES[c]: whose noise channel c has. */
static uint8_t *
make_noise(uint32_t channels, uint32_t seed, const uint32_t *sources)
{
  uint8_t *const noise = malloc((size_t)PERIOD * channels * WORD);
  uint8_t *p = noise;
  for (uint32_t f = 0; p && f < PERIOD; f++) {
    for (uint32_t c = 0; c < channels; c++) {
      const uint32_t w = word(seed, f, sources[c]);
      *p++ = (uint8_t)w;
      *p++ = (uint8_t)(w >> 8);
      *p++ = (uint8_t)(w >> 16);
    }
  }
  return noise;
}

static const uint8_t *
noise_at(const struct listener *l, int64_t frame, uint32_t channel)
{
  return l->noise + ((size_t)frame * l->channels + channel) * WORD;
}

static int
is_silent(const uint8_t *bytes, size_t n)
{
  static const uint8_t zero[CHANNELS_MAX * WORD];
  return memcmp(bytes, zero, n) == 0;
}

/* Where in the noise is FRAME, the recording's N-th? */
static void
align(struct listener *l, const uint8_t *frame, int64_t n)
{
  const size_t bytes = (size_t)l->group * WORD;
  if (l->searches++ >= SEARCHES_MAX) {
    return;
  }
  for (uint32_t c = 0; c < l->channels; c += l->group) {
    if (is_silent(frame + c * WORD, bytes)) {
      continue;
    }
    for (uint32_t f = 0; f < PERIOD; f++) {
      if (memcmp(frame + c * WORD, noise_at(l, f, c), bytes) == 0) {
        const int64_t phase = ((int64_t)f - n) % (int64_t)PERIOD;
        l->phase = phase < 0 ? phase + PERIOD : phase;
        l->alignments++;
        return;
      }
    }
  }
}

static int
is_exact(const struct listener *l, const uint8_t *frame, int64_t n, uint32_t c)
{
  return l->phase >= 0 && memcmp(frame + c * WORD,
                                 noise_at(l, (n + l->phase) % PERIOD, c),
                                 (size_t)l->group * WORD) == 0;
}

/* An application that writes a frame while it is sent has written some of its
   channels: those are exact, the others silent, and all of it counts as late.
 */
static int
is_torn(const struct listener *l, const uint8_t *frame, int64_t n, uint32_t c)
{
  for (uint32_t k = c; l->phase >= 0 && k < c + l->group; k++) {
    const uint8_t *const heard = frame + k * WORD;
    if (!is_silent(heard, WORD) &&
        memcmp(heard, noise_at(l, (n + l->phase) % PERIOD, k), WORD) != 0) {
      return 0;
    }
  }
  return l->phase >= 0;
}

static void
judge(struct listener *l, const uint8_t *frame, int64_t n)
{
  for (uint32_t c = 0; c < l->channels; c += l->group) {
    struct verdict *const v = &l->verdicts[c / l->group];
    const int is_quiet = is_silent(frame + c * WORD, (size_t)l->group * WORD);
    if (!is_quiet && !is_exact(l, frame, n, c) && !is_torn(l, frame, n, c) &&
        (l->phase < 0 || l->may_realign)) {
      align(l, frame, n);
      v->run = 0;
    }
    if (is_exact(l, frame, n, c)) {
      v->first = v->exact == 0 ? n : v->first;
      v->exact++;
      v->run++;
      v->longest = v->run > v->longest ? v->run : v->longest;
      continue;
    }
    v->run = 0;
    if (!is_quiet && !is_torn(l, frame, n, c)) {
      v->first_wrong = v->wrong == 0 ? n : v->first_wrong;
      v->wrong++;
    } else if (v->exact > 0) {
      v->silent++;
    }
  }
}

static int
listen(struct listener *l)
{
  static uint8_t frame[CHANNELS_MAX * WORD];
  int64_t n = 0;
  while (fread(frame, WORD, l->channels, stdin) == l->channels) {
    judge(l, frame, n++);
  }
  for (uint32_t g = 0; g < l->channels / l->group; g++) {
    const struct verdict *const v = &l->verdicts[g];
    printf("%u exact %llu silent %llu wrong %llu longest %llu first %lld "
           "phase %lld alignments %llu first_wrong %lld\n",
           g + 1,
           (unsigned long long)v->exact,
           (unsigned long long)v->silent,
           (unsigned long long)v->wrong,
           (unsigned long long)v->longest,
           (long long)v->first,
           (long long)l->phase,
           (unsigned long long)l->alignments,
           (long long)v->first_wrong);
  }
  return 0;
}

static int
usage(void)
{
  fprintf(stderr,
          "usage: noise write CHANNELS SEED >RAW\n"
          "       noise compare|search CHANNELS GROUP SEED [SOURCE,...] <RAW\n"
          "raw is s24le; search aligns again after each jump\n");
  return 2;
}

int
main(int argc, char **argv)
{
  uint32_t sources[CHANNELS_MAX];
  const int is_write = argc == 4 && strcmp(argv[1], "write") == 0;
  const int is_search = argc >= 5 && strcmp(argv[1], "search") == 0;
  struct listener l = { .may_realign = is_search, .phase = -1 };
  if (!is_write && !is_search &&
      (argc < 5 || strcmp(argv[1], "compare") != 0)) {
    return usage();
  }
  l.channels = (uint32_t)atoi(argv[2]);
  l.group = is_write ? 1 : (uint32_t)atoi(argv[3]);
  if (l.channels < 1 || l.channels > CHANNELS_MAX || l.group < 1 ||
      l.channels % l.group) {
    return usage();
  }
  const char *list = argc > 5 ? argv[5] : "";
  for (uint32_t c = 0; c < l.channels; c++) {
    sources[c] = *list ? (uint32_t)atoi(list) - 1 : c;
    list += strcspn(list, ",");
    list += *list == ',';
  }
  l.noise =
    make_noise(l.channels, (uint32_t)atoi(argv[is_write ? 3 : 4]), sources);
  if (!l.noise) {
    return 1;
  }
  const size_t n = (size_t)PERIOD * l.channels;
  const int code =
    !is_write ? listen(&l)
              : fwrite(l.noise, WORD, n, stdout) != n || fflush(stdout) != 0;
  free(l.noise);
  return code;
}
