/* client_callback.h - the callback form without its threads: what each of them
   does in one turn.
   SPDX-License-Identifier: MIT */
#ifndef VSC_HAL_CLIENT_CALLBACK_H
#define VSC_HAL_CLIENT_CALLBACK_H

#include "client_state.h"
#include "platform.h"

struct callback {
  /* constant after start */
  vsc_client_callbacks user;
  uint8_t *in, *out; /* a block each; NULL: none */
  struct platform_thread *audio, *tender;
  /* audio thread */
  vsc_pos due;
  bool has_played;      /* the first block */
  uint32_t late_frames; /* of the block before */
  /* tender */
  vsc_status told;
  unsigned grants_told;
  /* atomic */
  _Atomic bool is_stopping;
};

/** vsc_client_start but for the threads. */
vsc_status
client_prepare(struct vsc_client *c, const vsc_client_callbacks *callbacks);
/** vsc_client_stop; the threads have ended. Nothing when it was not prepared.
 */
void
client_unprepare(struct vsc_client *c);

/** The callback, if it is due; the host time of the next turn. [audio-thread]
 */
vsc_ns
client_turn(struct vsc_client *c) VSC_RT;
/** Keep the lease and tell of changes; how long until the next turn. */
vsc_ns
client_tend_turn(struct vsc_client *c);

#endif
