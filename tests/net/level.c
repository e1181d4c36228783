/* level.c - constant samples of 24 bits, little endian, and which ones arrive:
     level write CHANNELS VALUE   a second of it, to stdout
     level count CHANNELS         of stdin: "CHANNEL VALUE FRAMES" for each
   value SPDX-License-Identifier: MIT */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHANNELS 64
#define VALUES 64 /* of one channel; more are counted as the last */
#define FRAMES 48000

struct tally {
  int32_t values[VALUES];
  unsigned long frames[VALUES];
  unsigned used;
};

static struct tally tallies[CHANNELS];

static void
count(struct tally *t, int32_t value)
{
  unsigned i = 0;
  while (i < t->used && t->values[i] != value) {
    i++;
  }
  if (i == t->used && t->used < VALUES) {
    t->values[t->used++] = value;
  }
  t->frames[i < VALUES ? i : VALUES - 1]++;
}

static int
count_all(unsigned channels)
{
  uint8_t frame[CHANNELS * 3];
  while (fread(frame, 3, channels, stdin) == channels) {
    for (unsigned c = 0; c < channels; c++) {
      const uint8_t *const b = frame + c * 3;
      const int32_t x = b[0] | b[1] << 8 | b[2] << 16;
      count(&tallies[c], x < 0x800000 ? x : x - 0x1000000);
    }
  }
  for (unsigned c = 0; c < channels; c++) {
    for (unsigned i = 0; i < tallies[c].used; i++) {
      printf(
        "%u %d %lu\n", c + 1, (int)tallies[c].values[i], tallies[c].frames[i]);
    }
  }
  return 0;
}

static int
write_all(unsigned channels, int32_t value)
{
  const uint8_t bytes[] = { (uint8_t)value,
                            (uint8_t)((uint32_t)value >> 8),
                            (uint8_t)((uint32_t)value >> 16) };
  size_t done = 0;
  while (done < (size_t)channels * FRAMES &&
         fwrite(bytes, sizeof bytes, 1, stdout) == 1) {
    done++;
  }
  return done < (size_t)channels * FRAMES;
}

int
main(int argc, char **argv)
{
  const unsigned channels = argc > 2 ? (unsigned)atoi(argv[2]) : 0;
  if (channels < 1 || channels > CHANNELS) {
    fprintf(stderr,
            "usage: level write CHANNELS VALUE | level count CHANNELS\n");
    return 2;
  }
  return argc == 4 && strcmp(argv[1], "write") == 0
           ? write_all(channels, atoi(argv[3]))
           : count_all(channels);
}
