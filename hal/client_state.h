/* client_state.h - what a client knows: where its device is, the leases it
   holds there, its positions; for client*.c.
   SPDX-License-Identifier: MIT */
#ifndef VSC_HAL_CLIENT_STATE_H
#define VSC_HAL_CLIENT_STATE_H

#include "client_lease.h"
#include "folder.h"
#include <vsc/client.h>
#include <vsc/position.h>

/** Writing stays this far below clean_to: the engine zeroes in such steps. */
#define CLIENT_CLEAN_MARGIN 64
#define CLIENT_FRAMES_MIN 16
#define CLIENT_TEXT_BYTES 320

/** Where time comes from; tests bring their own. */
struct client_host {
  vsc_ns (*now)(void) VSC_RT;
  void (*sleep)(vsc_ns duration);
};

/** Where to look for the device; fixed when it is opened. */
struct place {
  char instance[64];
  char dirs[FOLDERS][FOLDER_BYTES];
  unsigned count;
};

/** What the lease that is not current is on its way to. */
enum tend_stage {
  TEND_LOOK = 0, /* nothing: the current one is good, or none was found */
  TEND_ASKED,    /* the engine has not answered yet */
  TEND_CHANGING, /* it takes the rate we wished: it will start anew */
};

struct tender {
  struct lease leases[2];
  enum tend_stage stage;
  struct region_slot nowhere; /* the slot of a lease that nobody granted */
  bool has_wished;            /* for another rate, since the last grant */
  unsigned grants;            /* so far */
  vsc_ns not_before;          /* having been refused, do not try again before */
  vsc_status refusal;
  char why[CLIENT_TEXT_BYTES];
};

struct callback; /* client_callback.h */

struct vsc_client {
  /* constant after open */
  const struct client_host *host;
  struct place place;
  vsc_client_info info; /* as at the first grant: no later device is worse */
  uint32_t first_in, inputs, first_out, outputs;
  uint32_t sample;
  uint32_t rate, frames;    /* wished; 0: any */
  size_t in_step, out_step; /* bytes of an interleaved frame */
  char app[REGION_APP_BYTES];
  struct platform_lock *lock; /* a mapping may go only while it is held */
  /* whoever tends: the pull form's thread, or the tender */
  struct tender tender;
  /* atomic */
  _Atomic uint32_t engine_pid;
  _Atomic uint32_t activity;     /* enum region_activity, of any slot of ours */
  _Atomic(struct lease *) given; /* by whoever tends */
  _Atomic(struct lease *) taken; /* by the audio thread: others are free */
  /* audio thread */
  struct lease *lease;
  bool is_fresh; /* it has not told its time yet */
  vsc_clock_view view;
  int64_t heartbeat; /* as last seen, and when it changed */
  vsc_ns heartbeat_seen;
  uint32_t jumps; /* of our positions, so far */
  /* audio thread, pull form */
  bool has_begun;
  uint32_t lead;
  vsc_pos read_pos, write_pos;
  int64_t read_gap, write_gap; /* not yet told */
  /* callback form; NULL: stopped */
  struct callback *callback;
};

/* client.c */

/** A client that is to be attached by client_tend(). */
vsc_status
client_create(const vsc_client_config *config,
              const struct client_host *host,
              vsc_client **out);
/** Gives back what it holds; nothing of it runs. NULL is fine. */
void
client_destroy(vsc_client *client);
/** vsc_client_open in another time. */
vsc_status
client_open(const vsc_client_config *config,
            const struct client_host *host,
            vsc_client **out);
/** Put the text of the last failure of this thread; returns STATUS. */
vsc_status
client_fail(vsc_status status, const char *fmt, ...) VSC_PRINTF(2, 3);

/* client_find.c */

void
place_init(struct place *p, const char *instance, const char *runtime_dir);
/** Map the device, served or not. */
vsc_status
place_find(const struct place *p, struct region *out);
/** Will a device of geometry G do? The first for what was asked, a later one if
    nothing is worse than we said. */
vsc_status
client_judge(const struct vsc_client *c, const struct region_geometry *g);
/** What is told of it; FRAMES: of a callback, 0: as the profile says. */
vsc_client_info
client_info_of(const struct region *r, uint32_t frames);

/* client_inspect.c */

/** vsc_client_inspect in another time. */
vsc_status
client_inspect(const struct place *place,
               const struct client_host *host,
               vsc_client_state *out);

/* client_tend.c */

/** One step towards a good lease. VSC_OK: there is one; VSC_ERR_AGAIN: the
    engine is away or has not answered; VSC_ERR_REFUSED, VSC_ERR_UNSUPPORTED and
    others as vsc_client_open, told again at every step until it tries again.
    Only one thread may. */
vsc_status
client_tend(struct vsc_client *c);
/** Take the device of an engine that is away as it was left, with nothing
    granted. VSC_ERR_NOT_FOUND: there is none; as client_tend. */
vsc_status
client_hold(struct vsc_client *c);
/** Until the next step. */
vsc_ns
client_tend_pause(const struct vsc_client *c);
/** Say in our slot what is to be expected of us. [main-thread] */
void
client_say(struct vsc_client *c, enum region_activity activity);
/** Give everything back; the audio thread has ended. */
void
client_abandon(struct vsc_client *c);

#endif
