/* selftest_audio.h - the audio of `aes67 selftest`: one thread that is the
   application of two devices in turn, plays the known signal on both, and
   compares what each hears with what the other played.
   SPDX-License-Identifier: MIT */
#ifndef VSC_CLI_SELFTEST_AUDIO_H
#define VSC_CLI_SELFTEST_AUDIO_H

#include "engine/histogram.h"
#include "engine/os.h"
#include <vsc/client.h>
#include <vsc/stream.h>

struct rtthread;

#define SELFTEST_STREAMS 64
/* Blocks whose times are remembered: a second at the shortest buffer and more
   than the longest way through the network. */
#define SELFTEST_STAMPS 8192
/* Round trips are told to a microsecond, up to this many. */
#define SELFTEST_TRIP_US 262144

/** A range of channels that travels as one stream. */
struct selftest_stream {
  char name[64]; /* the receiver's */
  uint32_t first, channels;
  uint32_t link_frames; /* how much later it is heard than it was played */
};

/** How the frames of one direction arrived. Audio thread writes, anybody
    reads. A frame is wrong when one sample of it is, else silent when one is
    zero, else exact. */
struct selftest_path {
  /* constant after init */
  uint32_t direction; /* of the signal */
  uint32_t stream_count, channels;
  struct selftest_stream streams[SELFTEST_STREAMS];
  /* audio thread */
  vsc_pos from, to; /* frames [from, to) are compared */
  /* atomic; audio thread writes */
  _Atomic uint64_t crossed; /* exact frames, compared or not */
  _Atomic uint64_t compared, exact, silent, wrong;
  _Atomic uint64_t stream_silent[SELFTEST_STREAMS];
  _Atomic uint64_t unwritten; /* frames our callback came too late to play */
  _Atomic uint64_t unread;    /* frames that were not final when we read them */
  _Atomic uint64_t missed;    /* frames overwritten before we read them */
};

struct selftest_stamp {
  vsc_pos pos;
  vsc_ns played; /* when this began its way; 0: unknown */
};

/** One of the two devices. */
struct selftest_side {
  /* constant after open */
  vsc_client *client;
  vsc_client_info info;
  /* audio thread */
  uint32_t *in, *out;  /* one block, interleaved */
  vsc_pos write_pos;   /* of the block in OUT */
  uint32_t generation; /* of the block heard last */
  struct selftest_stamp *stamps;
};

/** What is done with what is heard. */
enum selftest_phase { SELFTEST_SEEK, SELFTEST_COMPARE, SELFTEST_SETTLE };

struct selftest_audio {
  /* constant after open */
  const struct os *os;
  uint32_t frames, channels, rate; /* of both devices */
  struct rtthread *thread;
  const char *scheduling; /* "fifo" or "normal" */
  /* 0 is a, 1 is b; PATHS[i] ends at SIDES[i] */
  struct selftest_side sides[2];
  struct selftest_path paths[2];
  /* audio thread */
  enum selftest_phase phase;
  vsc_ns due;      /* what the last call asked for; 0: nothing to measure */
  uint64_t *trips; /* how many took that many us; the last: longer */
  vsc_ns trip_max;
  /* atomic; main thread writes */
  _Atomic int wanted; /* phase */
  /* atomic; audio thread writes */
  struct histogram lateness; /* of this thread's wake-ups */
  _Atomic uint64_t steps;    /* of the clock: positions jumped */
  _Atomic uint64_t away;     /* blocks without an engine */
};

/** Attach to instances A and B; both must offer the same device. Zero it and
    set OS before. VSC_ERR_* and one sentence in WHY. [main-thread] */
vsc_status
selftest_audio_open(struct selftest_audio *t,
                    const char *runtime_dir,
                    const char *a,
                    const char *b,
                    char *why,
                    size_t why_bytes);
/** Begin to play and to hear; PATHS are filled in. [main-thread] */
vsc_status
selftest_audio_start(struct selftest_audio *t, char *why, size_t why_bytes);
/** COMPARE: frames from now on, as far as counters read before this call cannot
    know of them. SETTLE: until now; the signal goes on, so that the engines
    count to the end. [main-thread] */
void
selftest_audio_phase(struct selftest_audio *t, enum selftest_phase phase);
/** What the audio thread writes may be read behind this. [main-thread] */
void
selftest_audio_stop(struct selftest_audio *t);
/** Smallest round trip that SHARE (0..1) of them did not exceed; 0: none. The
    thread does not run. [main-thread] */
vsc_ns
selftest_audio_trip(const struct selftest_audio *t, double share);
/** Stops and detaches. [main-thread] */
void
selftest_audio_close(struct selftest_audio *t);

#endif
