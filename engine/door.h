/* door.h - where a stream of another rate enters or leaves the device: a
   timeline of its own at the stream's rate, and a resampler between the two.

   Both rates are of the media clock, so device frame p and stream position
   p * stream rate / device rate are one instant, exactly. A route meets the
   door's timeline and wake as it would the device's. The resampler's latency
   is paid inside the link offset of a receiver (packets are written that much
   earlier), and by leaving that much later, with the right time stamps.

   Of a sender that is followed, stream positions are its own: the door's wake
   has the sender's clock in place of ours, and the resampler is steered to
   where the two stand. SPDX-License-Identifier: MIT */
#ifndef VSC_ENGINE_DOOR_H
#define VSC_ENGINE_DOOR_H

#include "arena.h"
#include "hal/bridge/steer.h"
#include "route.h"
#include "sender_clock.h"
#include <vsc/resampler.h>

/** Frames of input beyond made / ratio that a run is offered: resampler.h
    allows it to want one, and one is for its rounding. */
#define DOOR_AHEAD 2
/** Frames out of one run: a usual wake-up is one or two. */
#define DOOR_BLOCK 256

/** In is where the frames come from: of a receiver the stream, of a sender the
    device. */
struct door {
  /* constant after door_create */
  const vsc_resampler_ops *ops;
  void *self; /* the resampler's */
  int is_send;
  uint32_t channels;             /* of the stream */
  uint32_t link_offset;          /* receivers: of the route, stream frames */
  double nominal;                /* frames out for a frame in */
  vsc_pos in_step, out_step;     /* so many frames in are so many out */
  vsc_pos in_offset, out_offset; /* of the frames that stand at 0, on each
                                    side */
  vsc_pos warm_up; /* frames out until silence before the start is forgotten */
  vsc_pos age;     /* senders: how old a frame a packet may have */
  struct timeline *device, *in, *out;
  struct timeline timeline; /* the stream's: in or out */
  struct region_edges edges;
  struct route_map plain; /* the route's: stream channel c is channel c here */
  float *scratch;         /* a run's input, channel behind channel */
  uint32_t scratch_frames;
  struct sender_clock *sender; /* that is followed; NULL: the rates are exact */
  const struct device *owner;  /* senders: who has claimed what, or NULL */
  _Atomic uint64_t *underruns; /* senders: device frames */
  _Atomic uint64_t *realigned; /* times it began anew while running */
  /* audio thread */
  struct wake wake;            /* the route's: pos and rate of the stream */
  const struct route_map *map; /* of the graph in use */
  int has_started, is_aligned;
  vsc_pos made, taken;           /* next position out and in */
  vsc_pos made_from, taken_from; /* where they stood at the last reset */
  vsc_pos counted; /* senders: underruns below this device position are */
  /* followed; frames are the sender's, from BASE on */
  const struct wake *device_wake;
  vsc_pos base;
  struct steer steer;
};

/** What a door is made from; all of it outlives the door. */
struct door_setup {
  const vsc_resampler_ops *ops; /* not open yet */
  void *self;
  const char *module; /* for messages */
  int is_send;
  uint32_t channels;
  uint32_t device_rate, stream_rate; /* as config_is_rate has them: so that
                                        positions times their ratio fit */
  struct timeline *device;
  uint32_t link_offset;          /* receivers: device frames */
  uint32_t age;                  /* senders: stream frames */
  struct sender_report *follows; /* receivers: follow the sender; or NULL */
  const struct device *owner;
  _Atomic uint64_t *underruns, *realigned;
};

/** Opens the resampler; the door lies in ARENA. After a failure the resampler
    is closed, and WHY is one sentence. [main-thread] */
vsc_status
door_create(const struct door_setup *setup,
            struct arena *arena,
            struct door **out,
            char *why,
            size_t why_bytes);
/** Close the resampler; NULL is fine. The memory is the arena's.
    [main-thread] */
void
door_close(struct door *d);

/** As route_rx_reset: positions begin anew. NULL is fine. */
void
door_reset(struct door *d) VSC_RT;
/** Before packets are drained: the route's timeline is brought to WAKE, and
   what S_IN frames ago could be heard is final. */
void
door_rx_begin(struct door *d,
              struct route_rx *route,
              const struct wake *wake,
              uint32_t s_in) VSC_RT;
/** After: device frames below T, and those above that all has come for. Before
    the device's timeline is finished to T. */
void
door_rx_run(struct door *d, const struct route_rx *route, vsc_pos t) VSC_RT;
/** Stream frames from the device's below T, which are final. */
void
door_tx_run(struct door *d, const struct wake *wake, vsc_pos t) VSC_RT;

/** The position of the input below which all must be final before frames below
    OUT are made. */
vsc_pos
door_needs(const struct door *d, vsc_pos out) VSC_RT;
/** N frames of the device in frames of the stream, rounded up. */
vsc_pos
door_frames(const struct door *d, vsc_pos n) VSC_RT;

/* What a stream with a door (or none: D is NULL) makes of the device's. */

/** The map of its route. */
static inline const struct route_map *
door_map(struct door *d, const struct route_map *map) VSC_RT
{
  if (d) {
    d->map = map;
  }
  return d ? &d->plain : map;
}
/** A duration. */
static inline uint32_t
door_duration(const struct door *d, uint32_t frames) VSC_RT
{
  return d ? (uint32_t)door_frames(d, (vsc_pos)frames) : frames;
}
/** Frames of a sender below this are there at the device's T. */
static inline vsc_pos
door_due(const struct door *d, vsc_pos t) VSC_RT
{
  return d ? d->made : t;
}
/** The device's position at which a sender's frames below END are there. */
static inline vsc_pos
door_due_at(const struct door *d, vsc_pos end) VSC_RT
{
  return d ? door_needs(d, end) : end;
}

#endif
