/* bridge.h - the device joined to a sound card on another clock, one way: what
   the device hears to the card's outputs, or what the card hears to the
   device's outputs. The latency is constant: it is what two clock models say,
   not what is left in a buffer.

   All of it runs on one thread that may block; the engine's never waits for it.
   SPDX-License-Identifier: MIT */
#ifndef VSC_BRIDGE_BRIDGE_H
#define VSC_BRIDGE_BRIDGE_H

#include "card.h"

#include <vsc/client.h>
#include <vsc/resampler.h>

struct bridge;

struct bridge_config {
  vsc_client *client; /* with inputs or outputs, floats */
  struct card *card;  /* the other way round */
  bool is_capture;    /* from the card to the device */
  uint32_t channels;
  const vsc_resampler_ops *ops; /* not open yet */
  void *self;
  vsc_ns latency; /* at least; 0: as short as is safe */
};

/** Since bridge_create(). */
struct bridge_counts {
  uint64_t frames;        /* moved, of the card */
  uint64_t silent_frames; /* of the device: not there, or too late */
  uint64_t card_stops;    /* it ran empty or over */
  uint64_t jumps;         /* the place was found anew */
  vsc_ns latency;         /* from when a frame is final on the device to when it
                             is heard; or from the card's to the device's */
  double drift_ppm;       /* of the card against the media clock */
  bool is_settled;
};

vsc_status
bridge_create(const struct bridge_config *config,
              struct bridge **out,
              char *why,
              size_t why_bytes);
void
bridge_destroy(struct bridge *bridge);
/** Move what can be moved, sleeping at most a tenth of a second. VSC_OK to be
    called again; what ends it: VSC_ERR_SYSTEM or VSC_ERR_NOT_FOUND, the card is
    gone; what vsc_client_wait() says but VSC_ERR_AGAIN, and vsc_client_error()
    on this thread. */
vsc_status
bridge_step(struct bridge *bridge);
void
bridge_count(const struct bridge *bridge, struct bridge_counts *out);

#endif
