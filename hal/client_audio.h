/* client_audio.h - what both forms do with audio: look at the time, fetch and
   store frames, say when they are. All of it [audio-thread].
   SPDX-License-Identifier: MIT */
#ifndef VSC_HAL_CLIENT_AUDIO_H
#define VSC_HAL_CLIENT_AUDIO_H

#include "client_state.h"

/** What time it is, looked at once per call. */
struct moment {
  vsc_ns now;
  vsc_pos pos;
  bool is_running; /* the engine that granted the lease serves the device */
  struct lease *lease;
  uint32_t generation; /* of the clock that pos is of */
};

/** Take the newest lease and view. When positions mean something else now,
   those of the pull form move by as much, and c->jumps grows. */
struct moment
client_look(struct vsc_client *c) VSC_RT;
/** Let the engine, woken by our attaching, come to the present. [main-thread]
 */
struct moment
client_wait_for_edges(struct vsc_client *c);

/** One past the last frame that may be read: final, or by our own clock. */
vsc_pos
client_read_limit(const struct vsc_client *c, const struct moment *m) VSC_RT;
/** One past the last frame that may be written. */
vsc_pos
client_write_limit(const struct moment *m) VSC_RT;

/** Frames of POS on to DST, silence for those that are not there: how many. */
uint32_t
client_fetch(const struct vsc_client *c,
             const struct moment *m,
             vsc_pos pos,
             void *dst,
             uint32_t frames) VSC_RT;
/** Frames of POS on from SRC. Not those that are too late, nor those above the
    limit: how many. */
uint32_t
client_store(const struct vsc_client *c,
             const struct moment *m,
             vsc_pos pos,
             const void *src,
             uint32_t frames) VSC_RT;

/** What is the same for every time stamp; the caller adds what it moved. */
vsc_client_time
client_stamp(const struct vsc_client *c,
             const struct moment *m,
             vsc_pos in_pos,
             vsc_pos out_pos) VSC_RT;

/** Counts in our slot, if N is not 0. */
void
client_count(_Atomic uint64_t *counter, uint64_t n) VSC_RT;

static inline int64_t
client_clamp(int64_t x, int64_t low, int64_t high) VSC_RT
{
  return x < low ? low : x > high ? high : x;
}

#endif
