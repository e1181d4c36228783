/* proving.h - whether streams are as they are described, by the engine's own
   counters and what its audio thread saw of their packets: "proof" in status.
   SPDX-License-Identifier: MIT */
#ifndef VSC_ENGINE_PROVING_H
#define VSC_ENGINE_PROVING_H

#include "proof.h"
#include "route.h"

struct engine;
struct stream;

#define PROVING_WINDOWS 100 /* 20 s; the older half goes when they are full */

/** What is kept of a stream's last 10 to 20 s. Main thread. */
struct proving {
  uint64_t serial; /* of the newest window */
  struct window windows[PROVING_WINDOWS];
  uint32_t window_count;
  /* Counters as the first window ended, and the one in the middle. */
  uint64_t base[RX_COUNTERS], middle[RX_COUNTERS];
};

/** Take what the audio thread has seen. Every tick. [main-thread] */
void
proving_tick(struct engine *e);
/** How S is; OUT is the check that says most, with a sentence. [main-thread] */
void
proving_judge(const struct engine *e,
              const struct stream *s,
              struct proof_check *out);

#endif
