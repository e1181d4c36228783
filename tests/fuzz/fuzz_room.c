/* fuzz_room.c - any datagram as what an engine tells of itself: what is read
   can be written, and is the same then. SPDX-License-Identifier: MIT */
#include "engine/room.h"

#include "insist.h"

#include <string.h>

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
  struct room room;
  struct room again;
  char text[ROOM_BYTES];
  if (room_read(data, bytes, &room)) {
    insist(room.receiver_count <= ROOM_RECEIVERS);
    insist(room.bridge_count <= ROOM_BRIDGES);
    insist(memchr(room.name, 0, sizeof room.name) != NULL);
    const size_t n = room_write(&room, text);
    insist(n == 0 || room_read(text, n, &again));
    insist(n == 0 || strcmp(room.name, again.name) == 0);
  }
  return 0;
}
