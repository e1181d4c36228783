/* device.h - the device that coreaudiod is shown: what it looks like, the lease
   it holds at the engine, and the line that ties its sample times to the
   engine's positions.

   Three kinds of threads: coreaudiod's control threads and ours (the tender)
   may block and take the lock, which is never held while coreaudiod is called;
   its IO threads, any number at once, only read the current line.
   SPDX-License-Identifier: MIT */
#ifndef VSC_COREAUDIO_DEVICE_H
#define VSC_COREAUDIO_DEVICE_H

#include <CoreAudio/AudioServerPlugIn.h>

#include "hal/client_state.h"
#include "hal/platform.h"

/** Objects: the plug-in, then of each device itself and its streams. */
enum { OBJECT_PLUG_IN = 1, OBJECT_FIRST = 2 };
enum { PART_INPUT = 1, PART_OUTPUT = 2, PARTS = 3 };

#define DEVICE_NAME "AES67 VSC"
/** And the instance: DAW sessions remember it, it never changes. */
#define DEVICE_UID "aes67-vsc:"
#define DEVICE_INSTANCE_BYTES 64
#define DEVICE_BUNDLE "org.aes67-vsc.driver"
/** Frames between two zero time stamps; at least 10923 by the interface. */
#define DEVICE_PERIOD 16384
/** Stamps that are kept: one that was told stays as it was. */
#define DEVICE_STAMPS 8

/** What coreaudiod was told; only a configuration change alters it. */
struct shape {
  uint32_t rate, inputs, outputs;
  uint32_t s_in, s_out; /* safety offsets */
  uint32_t domain;      /* clocks of the same one run alike; 0: on its own */
};

/** Sample time S of the device is position S + base of the engine, from when
    the line becomes current until the next does. */
struct line {
  /* constant while it is current */
  uint64_t seed;
  vsc_pos base;
  uint32_t rate, inputs, outputs;
  const struct vsc_client *client;
  struct lease *lease; /* NULL: silence */
  uint32_t generation;
  /* atomic: the tender writes, IO threads read */
  struct clockpage page;
  /* atomic: host times of sample times, whoever needs one first; 0: none */
  _Atomic int64_t stamps[DEVICE_STAMPS];
  _Atomic int64_t newest; /* of them, in periods */
};

struct device {
  /* constant after device_init */
  AudioServerPlugInHostRef host;
  AudioObjectID id; /* its streams' are behind it */
  char instance[DEVICE_INSTANCE_BYTES];
  struct platform_lock *lock;
  /* under the lock */
  struct shape shape;
  struct shape asked;  /* for, at last, of coreaudiod */
  bool is_asked;       /* it has not answered */
  vsc_ns ask_after;    /* again for the same, that it refused */
  vsc_ns ask_pause;    /* until then; 0: it refused nothing */
  uint32_t rate_wish;  /* by an application; 0: as the engine runs */
  vsc_client *client;  /* NULL: there is no engine */
  bool must_reopen;    /* what the client was opened for is no more */
  bool is_inactive[2]; /* streams: input, output */
  vsc_ns names_changed;
  /* atomic */
  _Atomic uint32_t current;  /* of lines */
  _Atomic uint32_t users[2]; /* IO threads in each */
  _Atomic uint32_t started;  /* by how many clients; changes under the lock */
  struct line lines[2];
};

/** Make INSTANCE's, without an engine. [main-thread, the tender] */
vsc_status
device_init(struct device *d,
            AudioServerPlugInHostRef host,
            AudioObjectID id,
            const char *instance);
/** Look after the engine and the line, tell coreaudiod of changes. How long
    until the next time. [the tender] */
vsc_ns
device_tend(struct device *d);

/** What it looks like now. [main-thread] */
struct shape
device_shape(struct device *d);
/** An application wishes RATE: coreaudiod is asked soon. [main-thread] */
void
device_wish(struct device *d, uint32_t rate);
/** coreaudiod has stopped IO for what was asked; or will not. [main-thread] */
void
device_change(struct device *d);
void
device_stay(struct device *d);
/** One client more, or less, moves audio. [main-thread] */
void
device_start(struct device *d);
void
device_stop(struct device *d);
bool
device_is_running(const struct device *d);
bool
device_is_stream_active(struct device *d, bool is_input);
void
device_activate_stream(struct device *d, bool is_input, bool is_active);
/** What the engine calls a channel, 0-based; "" when it does not say.
    [main-thread] */
void
device_channel_name(struct device *d,
                    bool is_input,
                    uint32_t channel,
                    char out[LABEL_BYTES]);

/* io.c; all of it [audio-thread], any number of them */

/** The newest zero time stamp. */
void
device_stamp(struct device *d,
             Float64 *sample,
             UInt64 *host_time,
             UInt64 *seed) VSC_RT;
/** FRAMES of sample time SAMPLE on, interleaved floats; silence for what is not
    there. */
void
device_read(struct device *d,
            Float64 sample,
            void *out,
            uint32_t frames) VSC_RT;
void
device_write(struct device *d,
             Float64 sample,
             const void *in,
             uint32_t frames) VSC_RT;
/** Sample time at host time T, for whoever makes the next line. */
vsc_pos
line_sample(const struct line *l, vsc_ns t) VSC_RT;

#endif
