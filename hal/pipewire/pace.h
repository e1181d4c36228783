/* pace.h - when the cycles of the graph are, on the device's clock: which
   positions the next one hears and plays, what PipeWire is told, and how far
   ahead playback must lie. Pure; nothing of PipeWire.
   SPDX-License-Identifier: MIT */
#ifndef VSC_HAL_PIPEWIRE_PACE_H
#define VSC_HAL_PIPEWIRE_PACE_H

#include <stdbool.h>
#include <stddef.h>
#include <vsc/client_types.h>

#define PACE_QUANTUM_MIN 16u
#define PACE_QUANTUM_MAX 8192u

/** Where the graph is. Zeroed: it has not begun. A cycle at D hears the QUANTUM
    frames before D - input latency, so that cycles of another length follow
    without a gap: D grows by the length of the new one. */
struct pace {
  bool has_begun;
  bool has_jumped;     /* positions are others: what is left out is no delay */
  vsc_pos at;          /* D of the last cycle */
  vsc_pos told, end;   /* the graph's positions of its frames: never go back */
  vsc_pos shift;       /* beyond the device's own */
  uint64_t left_out;   /* cycles that came too late, so far */
  uint64_t frames_out; /* and their frames */
};

/** What the device allows. */
struct pace_limits {
  uint32_t patience; /* frames that a cycle may be late and still be run */
  uint32_t grace;    /* of them: to let the graph end the cycle before; half of
                        one, so that what it plays is still in time */
  uint32_t lead;     /* what it plays lies this far beyond D + output latency;
                        0: a quantum like this cannot be played */
};

/** Of a device with INFO, for cycles of QUANTUM frames. What was heard must
    still be there, and what is played must fit into the half of the ring that
    lies ahead. */
struct pace_limits
pace_limits(const vsc_client_info *info, uint32_t quantum) VSC_RT;
/** The longest cycle whose whole length is left to the graph to be ready. */
uint32_t
pace_quantum_most(const vsc_client_info *info);

/** At position NOW: is there a cycle to run? If so, P->at is its D. After one
    that came later than PATIENCE, those before are left out. */
bool
pace_turn(struct pace *p,
          vsc_pos now,
          uint32_t quantum,
          uint32_t patience) VSC_RT;
/** D of the next cycle, were it QUANTUM frames long. */
static inline vsc_pos
pace_next(const struct pace *p, uint32_t quantum) VSC_RT
{
  return p->at + (vsc_pos)quantum;
}

/** Names of COUNT ports, each ROW bytes: those that are empty become PREFIX and
    the number from 1, and of those that are the same the later ones get the
    number, too. ROW is 32 or more. */
void
pace_names(char *names, size_t row, uint32_t count, const char *prefix);

#endif
