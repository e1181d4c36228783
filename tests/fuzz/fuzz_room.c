/* fuzz_room.c - any datagram as what an engine tells of itself: what is read is
   bounded, can be written, and is the same when it is read again.
   SPDX-License-Identifier: MIT */
#include "engine/room.h"

#include "insist.h"

#include <math.h>
#include <string.h>

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

/* What numbers that were written shorter than we write them may take. */
#define LONGER 64

static void
insist_text(const char *a, const char *b, size_t room)
{
  insist(memchr(a, 0, room) != NULL);
  insist(strcmp(a, b) == 0);
}

static void
insist_same(const struct room *a, const struct room *b)
{
  insist_text(a->name, b->name, sizeof a->name);
  insist_text(a->instance, b->instance, sizeof a->instance);
  insist_text(a->state, b->state, sizeof a->state);
  insist_text(a->clock, b->clock, sizeof a->clock);
  insist(a->offset_ns == b->offset_ns);
  insist(a->more + a->receiver_count == b->more + b->receiver_count);
  for (unsigned i = 0; i < b->receiver_count; i++) {
    const struct room_receiver *const x = &a->receivers[i];
    const struct room_receiver *const y = &b->receivers[i];
    insist_text(x->name, y->name, sizeof x->name);
    insist_text(x->state, y->state, sizeof x->state);
    insist(x->lost == y->lost && x->late == y->late);
    insist(x->margin_ns == y->margin_ns);
  }
  insist(a->bridge_count == b->bridge_count);
  for (unsigned i = 0; i < b->bridge_count; i++) {
    const struct room_bridge *const x = &a->bridges[i];
    const struct room_bridge *const y = &b->bridges[i];
    insist_text(x->name, y->name, sizeof x->name);
    insist_text(x->state, y->state, sizeof x->state);
    insist(fabs(x->ppm - y->ppm) <= 1e-5 * fabs(x->ppm));
    insist(x->silent_frames == y->silent_frames);
  }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
  struct room room;
  struct room again;
  char text[ROOM_BYTES];
  if (room_read(data, bytes, &room)) {
    insist(room.receiver_count <= ROOM_RECEIVERS);
    insist(room.bridge_count <= ROOM_BRIDGES);
    const size_t n = room_write(&room, text);
    insist(n > 0 || bytes > ROOM_BYTES - LONGER);
    if (n > 0) {
      insist(room_read(text, n, &again));
      insist(again.receiver_count <= room.receiver_count);
      insist_same(&room, &again);
    }
  }
  return 0;
}
