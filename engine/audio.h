/* audio.h - the audio thread's work: one wake-up per packet time that drains
   reception, makes frames final, and sends everything that is due.
   SPDX-License-Identifier: MIT */
#ifndef VSC_ENGINE_AUDIO_H
#define VSC_ENGINE_AUDIO_H

#include "device.h"
#include "graph.h"
#include "os.h"

struct audio {
  /* constant after audio_init */
  const struct os *os;
  struct device *device;
  struct region *region; /* the device's, as the next */
  struct mix *mix;
  uint32_t s_in;
  uint32_t rate;
  /* audio thread */
  struct wake wake;
  struct timeline in, out;
  struct graph *graph;  /* never NULL while it runs */
  uint32_t wake_frames; /* W, of the graph */
  int has_started;
  vsc_pos grid; /* position of the newest nominal wake-up */
  /* both */
  struct graph *_Atomic next; /* main publishes */
  _Atomic uint64_t seen;      /* serial of the graph in use */
  _Atomic uint64_t wakes;
  _Atomic uint64_t missed;   /* nominal wake-ups that were slept through */
  _Atomic uint64_t steps;    /* clock generations after the first */
  struct histogram lateness; /* of wake-ups against the grid */
};

/** [main-thread], while the thread does not run. */
void
audio_init(struct audio *a, const struct os *os, struct device *device);
/** The thread will start (again): positions begin anew. [main-thread], while
    the thread does not run. */
void
audio_restart(struct audio *a);
/** One wake-up at host time NOW; the host time of the next. ARG is the struct
    audio. [audio-thread] */
vsc_ns
audio_wake(void *arg, vsc_ns now) VSC_RT;
/** Publish a graph; the thread takes it at its next wake-up. The graph before
    may be freed once audio_has_seen(). [main-thread] */
void
audio_publish(struct audio *a, struct graph *g);
int
audio_has_seen(const struct audio *a, uint64_t serial);

#endif
