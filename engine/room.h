/* room.h - what an engine tells everybody on its network about itself, once a
   second, where its profile says so ([engine] stats_address): one datagram of
   JSON, written and read here. Pure but for room_describe().
   SPDX-License-Identifier: MIT */
#ifndef VSC_ENGINE_ROOM_H
#define VSC_ENGINE_ROOM_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <vsc/base.h>
#include <vsc/stream.h>

struct engine;

#define ROOM_SCHEMA "vsc.room/1"
#define ROOM_PORT 5067
/** Nobody has to use it; aes67 stats --all listens there when nothing else is
    said. From the block that anybody may use (RFC 2365, 6.1). */
#define ROOM_GROUP "239.255.67.67"
#define ROOM_BYTES 1400 /* in any network's packet, with headers */
#define ROOM_RECEIVERS 16
#define ROOM_BRIDGES 4
#define ROOM_WORD 16
/** Between two datagrams. */
#define ROOM_PERIOD INT64_C(1000000000)

struct room_receiver {
  char name[VSC_NAME_BYTES];
  char state[ROOM_WORD];
  uint64_t lost, late;
  int64_t margin_ns; /* 99 % of the packets had at least this */
};

struct room_bridge {
  char name[VSC_NAME_BYTES];
  char state[ROOM_WORD];
  double ppm;
  uint64_t silent_frames;
};

struct room {
  char name[VSC_NAME_BYTES]; /* [engine] name, or the instance */
  char instance[VSC_NAME_BYTES];
  char state[ROOM_WORD]; /* as status has it */
  char clock[ROOM_WORD];
  int64_t offset_ns;
  unsigned receiver_count, bridge_count;
  struct room_receiver receivers[ROOM_RECEIVERS];
  struct room_bridge bridges[ROOM_BRIDGES];
  uint64_t more; /* receivers that are left out */
};

/** All of it; the caller's. */
json_t *
room_json(const struct room *room);
/** As a datagram, fewer receivers where all have no place; its bytes, or 0
    where it cannot be written. */
size_t
room_write(const struct room *room, char out[ROOM_BYTES]);
/** A datagram from anybody: false when it is none of these, of another version
    or with too much in it. Texts are UTF-8 that still is to be escaped. */
bool
room_read(const void *bytes, size_t length, struct room *out);

/** room_sender.c: how E is. [main-thread] */
void
room_describe(const struct engine *e, struct room *out);
/** Open what its configuration wants, or close it. [main-thread] */
void
room_start(struct engine *e);
/** Every second. */
void
room_tell(struct engine *e);
void
room_stop(struct engine *e);

#endif
