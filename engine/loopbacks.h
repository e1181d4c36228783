/* loopbacks.h - the loopbacks of an engine: which there are, which of them can
   be, and who is heard in them. All on the main thread.
   SPDX-License-Identifier: MIT */
#ifndef VSC_ENGINE_LOOPBACKS_H
#define VSC_ENGINE_LOOPBACKS_H

#include "engine.h"

/** One [loopback] at work. */
struct loopback {
  struct loopback_config config;
  struct patch_state state;
  bool is_active;     /* to be in the next graph */
  uint64_t raw[2];    /* a bit per channel of it */
  char reason[160];   /* why not, or empty */
  char warning[200];  /* who may hear itself, or empty */
  uint64_t late_seen; /* late frames a second ago */
  bool is_losing;
  /* By channel: an application that is excluded has left; host time until which
     what it had written ahead stays out, 0: none. */
  vsc_ns muted_until[VSC_CHANNELS_MAX];
  uint64_t close_at; /* as in struct stream */
  struct loopback *next;
};

/** Take those of CONFIG over; true when a graph is needed. */
bool
loopbacks_reconcile(struct engine *e, const struct config *config);
/** Find out which can be, after streams were opened and closed, and look at the
    applications; true when a graph is needed. */
bool
loopbacks_arrange(struct engine *e);
/** The patches of those that can be; G knows its wake-ups. False without
 * memory.
 */
bool
loopbacks_build(struct engine *e, struct graph *g);
/** Which applications are left out, and which may hear themselves. Every tick.
 */
void
loopbacks_watch(struct engine *e);
/** Do they lose frames? Every second. */
void
loopbacks_second(struct engine *e);
/** Give all up: loopbacks_collect frees them. */
void
loopbacks_retire(struct engine *e);
/** Free what the audio thread has passed. */
void
loopbacks_collect(struct engine *e);
/** A device_admit: outputs that a reflection feeds are nobody else's. */
void
loopbacks_admit(void *arg,
                const struct device_client *client,
                char *reason,
                size_t bytes);

enum stream_state
loopback_state(const struct engine *e, const struct loopback *l);
/** One sentence, or empty. */
const char *
loopback_reason(const struct engine *e, const struct loopback *l);
/** As INTERFACE.md has them: status_loopbacks.c. */
json_t *
loopbacks_json(const struct engine *e);

#endif
