/* device_state.h - what the device knows of its applications; for device*.c.
   SPDX-License-Identifier: MIT */
#ifndef VSC_ENGINE_DEVICE_STATE_H
#define VSC_ENGINE_DEVICE_STATE_H

#include "device.h"
#include "written.h"

/** A slot as it was answered: the shared one is not read again, but for its
    counters. */
struct attachment {
  uint64_t ticket; /* 0: none */
  bool is_active;  /* false: refused, it will leave */
  uint64_t pid_start;
  uint32_t uid;
  uint32_t first_in, inputs, first_out, outputs;
  uint32_t rate; /* wished; 0: any */
  uint32_t lane; /* 1..; 0: none */
  char app[REGION_APP_BYTES];
};

struct device {
  int lock;
  struct region region;
  device_admit *admit; /* may be NULL */
  void *admit_arg;
  device_rate *change_rate; /* may be NULL */
  void *change_rate_arg;
  /* main thread */
  struct attachment attachments[REGION_SLOTS];
  unsigned active;
  bool is_needed;
  unsigned grants;      /* so far */
  vsc_ns rests_at;      /* not before, for who has just come */
  uint32_t generation;  /* of the clock */
  bool is_changing;     /* the rate was given up: whoever asks opens again */
  bool has_judged_rate; /* in this poll */
  /* main thread writes, audio thread reads */
  _Atomic uint32_t doorbell; /* as last answered */
  /* both, each its own */
  struct written written;
  struct mix mix;
};

/** What of A does not change while it is attached. (device_slots.c) */
struct device_client
device_client_of(const struct attachment *a);
/** Free the slots of those that left or died, then, if IS_SERVING, answer new
    ones. True when an attached client came or went. (device_slots.c) */
bool
device_slots(struct device *d, bool is_serving);

#endif
