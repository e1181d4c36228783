/* region_layout.h - the shared memory between the engine and the applications,
   word by word.

   Two POSIX objects. RX: the clock, the edges, the grants and what applications
   hear; the engine writes, clients map it read-only. TX: attach slots, doorbell
   and what applications play; clients write, so the engine believes nothing in
   it. Layout facts here are ABI between an engine and older or newer clients:
   REGION_LAYOUT moves with any change, and the words from magic to state stay
   where they are in every layout, so that any engine can supersede any region.
   SPDX-License-Identifier: MIT */
#ifndef VSC_HAL_REGION_LAYOUT_H
#define VSC_HAL_REGION_LAYOUT_H

#include "clockpage.h"
#include "label.h"
#include <stdatomic.h>
#include <vsc/stream.h>

#define REGION_LAYOUT 4
#define REGION_MAGIC 0x3736534541435356u /* "VSCAES67", little end first */
#define REGION_SLOTS 64
#define REGION_LANES_MAX 16
#define REGION_RING_MAX 65536
#define REGION_APP_BYTES 32
#define REGION_NAME_BYTES 32 /* of a shared-memory object, macOS allows 31 */

/** Fixed while a region lives; a change supersedes it. */
struct region_geometry {
  uint32_t rate;    /* frames per second */
  uint32_t inputs;  /* channels an application can hear, 0..128 */
  uint32_t outputs; /* channels an application can play, 0..128 */
  uint32_t ring;    /* frames of a timeline, a power of two */
  uint32_t stride;  /* words from one channel to the next, >= ring */
  uint32_t buffer;  /* frames of a callback the profile wishes */
  uint32_t wake;    /* W: frames between the engine's wake-ups */
  uint32_t s_in;    /* a frame is final at host_time(p + s_in) */
  uint32_t s_out;   /* an application writes from D + s_out on */
  uint32_t lanes;   /* 0: a channel has one writer. Else writers have each a
                       lane, a timeline of its own behind the device's, and the
                       engine sums them into that */
};

/** The longest link offset or delay, in frames, that leaves room for FRAMES
   more in the half of a ring that lies ahead, and 10 ms. Below 0: none does. */
static inline int64_t
region_offset_room(const struct region_geometry *g, int64_t frames)
{
  return (int64_t)g->ring / 2 - (int64_t)g->rate / 100 - frames;
}

/** The edges of a timeline, moved by the engine's audio thread only. */
struct region_edges {
  _Alignas(64) _Atomic int64_t clean_to;   /* below: silent or valid */
  _Alignas(64) _Atomic int64_t final_to;   /* below: never written again */
  _Alignas(64) _Atomic int64_t valid_from; /* oldest readable */
};

enum region_state {
  REGION_STARTING = 0,
  REGION_RUNNING = 1,    /* an engine serves it */
  REGION_STOPPED = 2,    /* the engine ended in good order */
  REGION_SUPERSEDED = 3, /* open again: the geometry has changed */
};

/** The engine's answer to a slot. */
enum region_grant_state {
  GRANT_NONE = 0,
  GRANT_ACTIVE = 1,
  GRANT_REFUSED = 2,  /* reason says why */
  GRANT_CHANGING = 3, /* the device takes the wished rate: open it again */
};
struct region_grant {
  _Atomic uint64_t ticket; /* the slot's ticket this answers; stored last */
  _Atomic uint32_t state;  /* enum region_grant_state */
  _Atomic uint32_t lane;   /* the writer's, 1..lanes; 0: the device's own */
  char reason[96];
};

/** What channels are called. Each change comes with a later time: it is stored
    after the names, and read before them. */
struct region_names {
  _Alignas(64) _Atomic int64_t changed; /* host time; another: read again */
  struct label inputs[VSC_CHANNELS_MAX];
  struct label outputs[VSC_CHANNELS_MAX];
};

struct region_rx {
  _Atomic uint64_t magic; /* stored last, release */
  uint32_t layout;        /* REGION_LAYOUT */
  uint32_t header_bytes;  /* of this struct; the timeline follows, on a page */
  uint64_t total_bytes;
  struct region_geometry geometry;
  _Atomic uint32_t state;     /* enum region_state */
  _Atomic uint32_t starts;    /* grows by one at every engine start */
  _Atomic int64_t heartbeat;  /* host time of the engine's last wake or poll */
  _Atomic uint32_t is_active; /* the audio thread runs */
  uint32_t engine_pid;
  struct clockpage clock;
  /* Of whom edges and words speak: region_epoch(); 0: they are made anew. */
  _Alignas(64) _Atomic uint64_t epoch;
  struct region_edges in;  /* of the timeline here */
  struct region_edges out; /* of the timeline in struct region_tx */
  struct region_grant grants[REGION_SLOTS];
  _Atomic uint8_t input_is_raw[VSC_CHANNELS_MAX];
  _Atomic uint8_t output_is_raw[VSC_CHANNELS_MAX];
  struct region_names names;
};

/** Who has a slot: ticket = pid << 32 | use << 8 | state. Made by one
    compare-and-swap from 0, ended by the owner or, when it died, by the
    engine. */
enum region_slot_state {
  SLOT_FREE = 0,
  SLOT_FILLING = 1,  /* the client writes its wishes */
  SLOT_ATTACHED = 2, /* the wishes are whole; the engine answers in the grant */
  SLOT_LEAVING = 3,  /* the client is done; the engine frees the slot */
};
#define SLOT_STATE(ticket) ((uint32_t)(ticket)&0xffu)
#define SLOT_PID(ticket) ((uint32_t)((ticket) >> 32))

/** What is to be expected of a client. */
enum region_activity {
  ACTIVITY_STOPPED = 0, /* nothing: the device is open, no more */
  ACTIVITY_STARTED = 1, /* it will move audio */
  ACTIVITY_PLAYING = 2, /* it has begun to write: frames that are not there when
                           they are needed are missing */
};

struct region_slot {
  _Alignas(64) _Atomic uint64_t ticket;
  /* The process's start time, against pid reuse: the first wish that is filled
     in, and the engine leaves 0, not known, in a slot that it frees. */
  _Atomic uint64_t pid_start;
  uint32_t uid;                /* as the client says; for people to read */
  uint32_t first_in, inputs;   /* channels read, 0-based */
  uint32_t first_out, outputs; /* channels claimed for writing */
  uint32_t rate;               /* wished; 0: whatever the device has */
  char app[REGION_APP_BYTES];
  /* What is written lies below written_to, under the epoch that the client
     knew; above it nothing counts, nor under another. Under a new one it says
     first that nothing is written (INT64_MIN), then the epoch. A client that
     was held up until its places were other positions' empties them before it
     says more, so nothing stale is heard. What that cannot cover: a client that
     is alive but taken for dead (its pid is not to be seen from the engine's
     pid namespace) may write once more, a block at most, into channels that are
     somebody else's by then. */
  _Alignas(64) _Atomic int64_t written_to;
  _Atomic uint64_t epoch;
  _Atomic uint32_t activity;  /* enum region_activity */
  _Atomic int64_t last_write; /* host time */
  _Atomic int64_t heartbeat;  /* host time */
  _Atomic uint64_t underruns; /* reads at or above final_to */
  _Atomic uint64_t overruns;  /* frames lost because the reader was too slow */
  _Atomic uint64_t xruns;     /* late writes */
  _Atomic uint64_t late_frames; /* of them: dropped, never sent */
  _Atomic int64_t fill_frames;  /* written ahead of the device's time */
};

struct region_tx {
  _Atomic uint64_t magic;
  uint32_t layout;
  uint32_t header_bytes;
  uint64_t total_bytes;
  _Alignas(64) _Atomic uint32_t doorbell; /* grows when a slot changes */
  struct region_slot slots[REGION_SLOTS];
};

_Static_assert(ATOMIC_LLONG_LOCK_FREE == 2, "64-bit atomics must be lock-free");

/** The time of one engine under one generation of the clock. */
static inline uint64_t
region_epoch(uint32_t starts, uint32_t generation) VSC_RT
{
  return (uint64_t)starts << 32 | generation;
}

/** What a position may be; edges from outside are brought into it, so that sums
    of two cannot overflow. */
#define REGION_POS_LIMIT (INT64_C(1) << 61)
/** An edge from shared memory. acquire: the engine's release of it. */
static inline int64_t
region_edge(const _Atomic int64_t *edge) VSC_RT
{
  const int64_t p = atomic_load_explicit(edge, memory_order_acquire);
  return p > REGION_POS_LIMIT    ? REGION_POS_LIMIT
         : p < -REGION_POS_LIMIT ? -REGION_POS_LIMIT
                                 : p;
}

#endif
