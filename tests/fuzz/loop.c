/* loop.c - runs a fuzz target over made-up inputs, many and fast, without
   libFuzzer: 20,000, or ten million where VSC_LONG is set. Inputs are commands
   of 10 bytes {16 bits, 8 bytes}. VSC_SEED=N begins elsewhere.
   SPDX-License-Identifier: MIT */
#include "modules/shared/splitmix.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COMMAND 10
#define COMMANDS 20
/* Where headers are; most commands meet them. */
#define HEADER 700

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t state;

/* Numbers at which bounds are missed. */
static uint64_t
value(void)
{
  static const uint32_t words[] = {
    0,          1,          2,         3,      7,       8,        12,
    63,         64,         127,       128,    129,     255,      256,
    1023,       1024,       1025,      1072,   8192,    48000,    65535,
    65536,      131072,     384000,    384001, 1 << 24, 1u << 30, 0x7fffffff,
    0x80000000, 0xfffffffe, 0xffffffff
  };
  const uint64_t z = splitmix64(&state);
  const size_t n = sizeof words / sizeof *words;
  switch (z & 3) {
    case 0:
    case 1:
      return splitmix64(&state);
    case 2:
      return splitmix64(&state) >> (z >> 8 & 63);
    default:
      return words[(z >> 8) % n] | (uint64_t)words[(z >> 32) % n] << 32;
  }
}

static uint32_t
place(void)
{
  const uint64_t z = splitmix64(&state);
  switch (z & 7) {
    case 0:
      return (uint32_t)(z >> 8 & 0xffff);
    case 1:
    case 2:
    case 3:
    case 4:
      return 0xfff8 + (uint32_t)(z >> 8 & 7);
    default:
      return (uint32_t)((z >> 8) % HEADER & ~UINT64_C(3));
  }
}

int
main(void)
{
  const char *const seed = getenv("VSC_SEED");
  const uint64_t first = seed ? strtoull(seed, NULL, 10) : 1;
  const uint64_t count = getenv("VSC_LONG") ? 10000000 : 20000;
  for (uint64_t i = first; i < first + count; i++) {
    uint8_t bytes[COMMAND * COMMANDS];
    state = i * UINT64_C(0xD1342543DE82EF95);
    const size_t commands = 1 + splitmix64(&state) % COMMANDS;
    for (size_t c = 0; c < commands; c++) {
      const uint32_t where = place();
      const uint64_t what = value();
      bytes[c * COMMAND] = (uint8_t)where;
      bytes[c * COMMAND + 1] = (uint8_t)(where >> 8);
      memcpy(bytes + c * COMMAND + 2, &what, sizeof what);
    }
    if (i % 1000000 == 0) {
      printf("%llu\n", (unsigned long long)i);
      fflush(stdout);
    }
    LLVMFuzzerTestOneInput(bytes, commands * COMMAND);
  }
  printf("%llu inputs\n", (unsigned long long)count);
  return 0;
}
