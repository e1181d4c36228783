/* client_state.h - what a client knows: its mapping, its slot, its positions.
   SPDX-License-Identifier: MIT */
#ifndef VSC_HAL_CLIENT_STATE_H
#define VSC_HAL_CLIENT_STATE_H

#include "region.h"
#include <vsc/client.h>
#include <vsc/position.h>

/** An engine whose heart has not beaten this long is away; it beats at least
    every 100 ms. */
#define CLIENT_AWAY_NS INT64_C(250000000)
/** Writing stays this far below clean_to: the engine zeroes in such steps. */
#define CLIENT_CLEAN_MARGIN 64

/** Where time comes from; tests bring their own. */
struct client_host {
  vsc_ns (*now)(void) VSC_RT;
  void (*sleep)(vsc_ns duration);
};

struct vsc_client {
  /* constant after open */
  const struct client_host *host;
  struct region region;
  uint32_t first_in, inputs, first_out, outputs;
  uint32_t sample;
  size_t in_step, out_step; /* bytes of an interleaved frame */
  char app[REGION_APP_BYTES];
  char instance[64];
  bool input_is_raw[VSC_CHANNELS_MAX], output_is_raw[VSC_CHANNELS_MAX];
  /* the attachment; moves in open and wait */
  struct region_slot *slot;
  uint64_t ticket;
  uint32_t starts; /* of the engine that answered */
  bool is_attached;
  /* audio thread */
  vsc_clock_view view;
  int64_t heartbeat; /* as last seen, and when it changed */
  vsc_ns heartbeat_seen;
  bool has_started;
  uint32_t lead;
  vsc_pos read_pos, write_pos;
  int64_t read_gap, write_gap; /* not yet told */
};

/** What time it is, looked at once per call. */
struct moment {
  vsc_ns now;
  vsc_pos pos;
  bool is_running; /* the engine that answered us serves the device */
};

/** vsc_client_open in another time. */
vsc_status
client_open(const vsc_client_config *config,
            const struct client_host *host,
            vsc_client **out);
/** Take the newest view; another generation moves the positions. */
struct moment
client_look(struct vsc_client *c) VSC_RT;
/** Begin again near POS: after start, a clock step, another engine. */
void
client_rebase(struct vsc_client *c, vsc_pos pos) VSC_RT;

/** Put the text of the last failure of this thread; returns STATUS. */
vsc_status
client_fail(vsc_status status, const char *fmt, ...) VSC_PRINTF(2, 3);

/** Claim a free slot and ask. VSC_ERR_REFUSED when all are taken. */
vsc_status
client_ask(struct vsc_client *c);
/** The answer: VSC_OK (attached, with the engine's clock), VSC_ERR_AGAIN, or
    VSC_ERR_REFUSED and why. */
vsc_status
client_answer(struct vsc_client *c);
/** Give the slot back, if it still is ours. */
void
client_leave(struct vsc_client *c);
/** Follow the engine: attach again to one that was started anew. VSC_OK, also
    while it is away; VSC_ERR_REFUSED. */
vsc_status
client_tend(struct vsc_client *c);

#endif
