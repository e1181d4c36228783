/* latency_probe.h - an application that plays the number of each frame on one
   output, finds the numbers again on one input, and so knows of every frame how
   long it was away. Pure but for the clock readings it is handed.
   SPDX-License-Identifier: MIT */
#ifndef VSC_CLI_LATENCY_PROBE_H
#define VSC_CLI_LATENCY_PROBE_H

#include <stdatomic.h>
#include <vsc/client.h>

/* Numbers repeat after so many frames: what is away for longer is taken for
   less. 1.4 s at 48 kHz, and 42 dB below full scale. */
#define LATENCY_NUMBERS 65520
#define LATENCY_STAMPS 8192u /* of blocks that are under way */

/** One frame that came back. */
struct latency_sample {
  vsc_ns total; /* from the callback that played it to the one that heard it */
  vsc_ns late;  /* of that: what the callbacks came later than due */
  uint32_t
    away; /* frames from its place on the outputs to that on the inputs */
};

/** When a block was played. */
struct latency_stamp {
  vsc_pos pos;
  vsc_ns host_ns, due_ns;
  uint32_t generation; /* positions before a step of the clock are others */
};

struct latency_probe {
  /* Constant while it runs. */
  uint32_t rate;   /* frames per second */
  uint32_t wanted; /* samples */
  struct latency_sample *samples;
  struct latency_stamp *stamps; /* LATENCY_STAMPS of them */
  /* Audio thread; read by others when it has stopped. */
  uint64_t callbacks;
  uint32_t generation;
  vsc_pos away, candidate; /* frames; -1: not known */
  uint32_t candidate_frames;
  int is_silent;
  uint64_t exact, silent, wrong; /* frames, since the first was found */
  uint64_t drop_outs;            /* runs of silent or wrong frames */
  uint64_t moved;                /* times the way became another */
  uint64_t steps;                /* of the media clock */
  _Atomic uint32_t taken;        /* samples that are there; released */
};

/** Of a device with one input and one output channel of VSC_SAMPLE_S32: the
    process() of a client, USER a struct latency_probe. [audio-thread] */
void
latency_probe_process(void *user,
                      const void *in,
                      void *out,
                      uint32_t frames,
                      const vsc_client_time *time) VSC_RT;
/** Memory for WANTED samples, on a device of RATE frames per second. */
vsc_status
latency_probe_init(struct latency_probe *p, uint32_t rate, uint32_t wanted);
void
latency_probe_finish(struct latency_probe *p);

#endif
