/* cycle.h - what the data thread touches: the ports' memory, the attachments
   and where the graph is. One cycle hears, the graph works, and it plays.
   SPDX-License-Identifier: MIT */
#ifndef VSC_HAL_PIPEWIRE_CYCLE_H
#define VSC_HAL_PIPEWIRE_CYCLE_H

#include "hal/client_audio.h"
#include "pace.h"
#include <stdatomic.h>

#define PORT_BUFFERS_MAX 16
/* Frames that are moved at a time: 128 channels of them fit into a cache. */
#define CYCLE_BLOCK 64

/** One channel's memory. Nothing is linked where io has no buffers. */
struct lane {
  const void *port; /* for whoever made it */
  float *samples;   /* of this cycle; NULL: nothing */
  uint32_t frames;  /* of them: there; the rest is silence */
};

struct cycle {
  /* constant while nodes are there */
  vsc_client_info info;
  /* data thread; set by others while it stands still */
  vsc_client *in, *out;
  vsc_clock_view view; /* as last known; rate 0: none yet */
  const vsc_client *timed_by;
  uint32_t jumps; /* of its positions */
  struct pace pace;
  uint32_t quantum;
  struct pace_limits limits;
  float block[CYCLE_BLOCK * VSC_CHANNELS_MAX];
  /* atomic: for the main thread to tell */
  _Atomic uint64_t left_out, frames_out, late_frames;
  _Atomic uint32_t told_quantum;
};

/** What time it is. */
struct cycle_time {
  vsc_ns now;     /* host */
  vsc_pos pos;    /* device */
  vsc_ns begin;   /* host time of this cycle's D */
  vsc_ns next;    /* and of the next one's */
  vsc_ns give_up; /* until then the graph may be busy */
};

/** Is a cycle of QUANTUM frames due? If so, it has begun. Times are put in any
    case. [audio-thread] */
bool
cycle_turn(struct cycle *c, uint32_t quantum, struct cycle_time *out) VSC_RT;
/** As cycle_turn, but begins nothing. */
void
cycle_look(struct cycle *c, uint32_t quantum, struct cycle_time *out) VSC_RT;
/** What is heard in this cycle into LANES, one an input. [audio-thread] */
void
cycle_hear(struct cycle *c, const struct lane *lanes) VSC_RT;
/** What LANES hold, one an output, is played. [audio-thread] */
void
cycle_play(struct cycle *c, const struct lane *lanes) VSC_RT;

#endif
