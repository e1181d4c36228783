/* mutate.c - damages packets of text and binary heads.
   SPDX-License-Identifier: MIT */
#include "tests/fuzz/mutate.h"

#include "modules/shared/splitmix.h"

#include <string.h>

#define PIECE 64 /* bytes at most: a line, or some words */
#define PLACES 8

static size_t
below(size_t n, uint64_t *state)
{
  return n ? (size_t)(splitmix64(state) % n) : 0;
}

/* A piece said again at AT, in front of what is there. */
static size_t
repeat(uint8_t *bytes, size_t size, size_t capacity, uint64_t *state)
{
  uint8_t piece[PIECE];
  const size_t room = capacity - size;
  const size_t from = below(size, state);
  size_t length = 1 + below(PIECE, state);
  length = length < size - from ? length : size - from;
  length = length < room ? length : room;
  const size_t at = below(size + 1, state);
  memcpy(piece, bytes + from, length);
  memmove(bytes + at + length, bytes + at, size - at);
  memcpy(bytes + at, piece, length);
  return size + length;
}

static size_t
cut(uint8_t *bytes, size_t size, uint64_t *state)
{
  const size_t at = below(size, state);
  size_t length = 1 + below(PIECE, state);
  length = length < size - at ? length : size - at;
  memmove(bytes + at, bytes + at + length, size - at - length);
  return size - length;
}

/* The digits that begin at or after AT become those of a limit. */
static void
extreme(uint8_t *bytes, size_t size, uint64_t *state)
{
  static const char *const numbers[] = { "0",          "255", "256", "65535",
                                         "4294967296", "-1",  "999" };
  const char *number = numbers[below(sizeof numbers / sizeof *numbers, state)];
  size_t at = below(size, state);
  while (at < size && (bytes[at] < '0' || bytes[at] > '9')) {
    at++;
  }
  for (; *number && at < size; at++) {
    bytes[at] = (uint8_t)*number++;
  }
}

size_t
mutate(uint8_t *bytes, size_t size, size_t capacity, uint64_t *state)
{
  static const uint8_t odd[] = "\0\r\n\x1b\"\\<=:/ ;\x7f\x80\xc2\xff";
  const size_t places = 1 + below(PLACES, state);
  for (size_t i = 0; i < places && size > 0; i++) {
    const size_t at = below(size, state);
    switch (splitmix64(state) % 6) {
      case 0:
        bytes[at] ^= (uint8_t)(1u << below(8, state));
        break;
      case 1:
        bytes[at] = odd[below(sizeof odd - 1, state)];
        break;
      case 2:
        extreme(bytes, size, state);
        break;
      case 3:
        size = cut(bytes, size, state);
        break;
      case 4:
        size = repeat(bytes, size, capacity, state);
        break;
      default:
        bytes[at] = (uint8_t)splitmix64(state);
    }
  }
  return size;
}
