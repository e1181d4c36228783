/* echo_rig.h - an application that plays its positions and hears them again
   where the network brings them: whatever happens, what it hears is exact or
   silent, and input and output stay as far apart as they were.
   SPDX-License-Identifier: MIT */
#ifndef VSC_TESTS_ECHO_RIG_H
#define VSC_TESTS_ECHO_RIG_H

#include <stdatomic.h>
#include <vsc/client.h>

#define ECHO_CHANNELS 8u
#define ECHO_LINK_FRAMES 960 /* 20 ms at 48 kHz: the profile's link_offset */

/** One that plays its positions and hears them again. */
struct echo {
  vsc_client *client;
  /* the callback's; read when it is stopped */
  uint64_t calls, wrong, gaps, distances;
  vsc_ns longest, called_at;
  vsc_pos distance;
  /* atomic */
  _Atomic uint64_t exact; /* frames */
  /* the tender's */
  _Atomic unsigned away, back, others;
};

static inline float
echo_signal(vsc_pos p, uint32_t c) VSC_RT
{
  const uint32_t x = ((uint32_t)p * 131u + c * 7919u) & 0x3fffffu;
  return (float)(x | 1u) / 8388608.0f;
}

static inline void
echo_process(void *user,
             const void *in,
             void *out,
             uint32_t frames,
             const vsc_client_time *time) VSC_RT
{
  struct echo *const e = user;
  const float *heard = in;
  float *played = out;
  uint64_t exact = 0;
  for (uint32_t i = 0; i < frames; i++) {
    uint32_t same = 0;
    for (uint32_t c = 0; c < ECHO_CHANNELS; c++) {
      const float wanted =
        echo_signal(time->in_pos + (vsc_pos)i - ECHO_LINK_FRAMES, c);
      same += *heard == wanted;
      e->wrong += *heard != wanted && *heard != 0.0f;
      heard++;
      *played++ = echo_signal(time->out_pos + (vsc_pos)i, c);
    }
    exact += same == ECHO_CHANNELS;
  }
  atomic_fetch_add_explicit(&e->exact, exact, memory_order_relaxed);
  const vsc_pos distance = time->out_pos - time->in_pos;
  e->distances += e->calls > 0 && distance != e->distance;
  e->distance = distance;
  e->gaps += time->gap_frames != 0;
  if (e->calls > 0 && time->host_ns - e->called_at > e->longest) {
    e->longest = time->host_ns - e->called_at;
  }
  e->called_at = time->host_ns;
  e->calls++;
}

static inline void
echo_error(void *user, vsc_status status, const char *text)
{
  struct echo *const e = user;
  (void)text;
  atomic_fetch_add(status == VSC_OK          ? &e->back
                   : status == VSC_ERR_AGAIN ? &e->away
                                             : &e->others,
                   1);
}

#endif
