/* device.h - the engine's side of the device: who is attached, which channels
   each may write, and the region they share. What clients say is copied once,
   checked, and never read again.
   SPDX-License-Identifier: MIT */
#ifndef VSC_ENGINE_DEVICE_H
#define VSC_ENGINE_DEVICE_H

#include "mix.h"

struct device;
struct device_client;

/** Asked last, just before CLIENT gets what it claims; until then it has
   written nothing. Of CLIENT only its name, pid, uid, claims and lane are
   filled in. Saying why in REASON, which is empty, refuses it. [main-thread] */
typedef void
device_admit(void *arg,
             const struct device_client *client,
             char *reason,
             size_t bytes);

/** A client wishes another RATE and nobody else is attached. VSC_OK: the device
    will soon be destroyed and made again at that rate; else WHY is one
   sentence. [main-thread] */
typedef vsc_status
device_rate(void *arg, uint32_t rate, char *why, size_t why_bytes);

struct device_config {
  const char *runtime_dir; /* there, and trusted (runtime_dir.h) */
  const char *instance;
  struct region_geometry geometry; /* stride is filled in */
  device_admit *admit;             /* NULL: all whose claims are free */
  void *admit_arg;
  const uint32_t *group;    /* its number, who may open it; NULL: we alone */
  device_rate *change_rate; /* NULL: the rate stays */
  void *change_rate_arg;
};

/** Takes the instance's lock, makes or takes over the region. On failure WHY is
    one sentence: another engine runs (its pid), no memory, a bad geometry.
    [main-thread] */
vsc_status
device_create(const struct device_config *config,
              struct device **out,
              char *why,
              size_t why_bytes);
/** Says STOPPED and gives the lock back; the region's names go when nobody is
    attached, else the next engine takes it over. NULL is fine. [main-thread] */
void
device_destroy(struct device *device);

/** These live as long as the device. */
struct region *
device_region(struct device *device);
struct mix *
device_mix(struct device *device);
/** Name a channel (0-based) and mark it raw; before RUNNING, or while no route
    uses the channel. [main-thread] */
void
device_name_channel(struct device *device,
                    bool is_input,
                    uint32_t channel,
                    const char *name,
                    bool is_raw);
/** Tell clients that the device is served, or no longer. [main-thread] */
void
device_set_state(struct device *device, enum region_state state);
/** Store a clock view for clients and the audio thread. [main-thread] */
void
device_set_clock(struct device *device, const vsc_clock_view *view);

/** Answer new slots, free those of clients that left or died, beat the heart.
    True when the set of clients has changed, or whether it is needed. Call at
   least every 100 ms. [main-thread] */
bool
device_poll(struct device *device, vsc_ns now);
/** A client has rung since the last device_poll. [thread-safe] */
bool
device_has_rung(const struct device *device) VSC_RT;
/** Attached clients. [main-thread] */
unsigned
device_clients(const struct device *device);
/** As of the last device_poll: does one of them move audio, or is what one has
    played still to be sent? [main-thread] */
bool
device_is_needed(const struct device *device);

/** Look how far the applications have written; what is read at this wake-up of
    frames below T follows from it. [audio-thread] */
void
device_look(struct device *device, vsc_pos t) VSC_RT;
/** Is anybody's writing not finished up to END? Else there is no need to ask
    of single channels. [audio-thread] */
bool
device_is_behind(const struct device *device, vsc_pos end) VSC_RT;
/** Frames below it are written, of each output channel in CHANNELS, by all its
    owners that have begun; INT64_MAX when there is none, or none was behind at
    device_look. Any numbers are fine. [audio-thread] */
vsc_pos
device_written_to(const struct device *device,
                  const uint16_t *channels,
                  uint32_t count) VSC_RT;
/** Frames of output CHANNEL from here on are silence, whatever lies there: its
    owner may be in the middle of them. [audio-thread] */
vsc_pos
device_whole_to(const struct device *device, uint16_t channel) VSC_RT;

/** One attached client, for people. */
struct device_client {
  uint32_t pid, uid;
  char app[REGION_APP_BYTES]; /* printable */
  uint32_t first_in, inputs, first_out, outputs;
  uint32_t lane; /* 1..; 0: the device's own timeline */
  bool is_started;
  uint64_t underruns, overruns, xruns, late_frames;
  int64_t fill_frames;
  vsc_ns last_write; /* host time; 0: never */
};
/** The next client after *CURSOR (begin with 0); false at the end.
    [main-thread] */
bool
device_next_client(const struct device *device,
                   unsigned *cursor,
                   struct device_client *out);

#endif
