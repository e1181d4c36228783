/* sender_clock.h - the clock of a sender that does not follow the media clock:
   which of its frames were sent by which host time, from when packets come. A
   packet may be late, by the network's doing or by the sender's, but never
   early: of a while only the earliest counts, and its time is fed to the same
   model that bridges have of a card's clock.
   SPDX-License-Identifier: MIT */
#ifndef VSC_ENGINE_SENDER_CLOCK_H
#define VSC_ENGINE_SENDER_CLOCK_H

#include "hal/bridge/card_clock.h"
#include "hal/clockpage.h"
#include <vsc/position.h>

/** What is told of it; outlives it. The audio thread writes, anybody reads. */
struct sender_report {
  struct clockpage page;    /* host time to the sender's; no view: SEEK */
  _Atomic int is_seeking;   /* at the start, and after it began anew */
  _Atomic uint64_t jumps;   /* times that sound went on elsewhere */
  _Atomic int64_t error_ns; /* that is being slewed away */
};

struct sender_clock {
  /* constant after sender_clock_init */
  struct sender_report *report;
  uint32_t earlier; /* generations that the report has had before */
  uint32_t rate;
  vsc_pos late, early; /* frames: what is farther off cannot be played */
  /* audio thread */
  int is_seeking;      /* what it had is no longer of use */
  uint32_t generation; /* 0: nothing is known yet; then of the model */
  vsc_clock_view view; /* of the generation: its media time is the sender's */
  struct card_clock model;
  vsc_pos base;      /* the model's frame 0 */
  unsigned unplayed; /* whiles in a row without a packet in time */
  vsc_ns until;      /* end of the while at hand; 0: none */
  vsc_ns when;       /* its earliest packet came */
  vsc_pos end;       /* and ended with the frame before this */
};

/** REPORT outlives it. Packets that are LATE or EARLY by more frames cannot be
    played. [main-thread] */
void
sender_clock_init(struct sender_clock *c,
                  struct sender_report *report,
                  uint32_t rate,
                  vsc_pos late,
                  vsc_pos early);
/** A packet whose last frame is END - 1 came at host time WHEN; IS_FIRST: of
    another sender, or of one that began anew. [audio-thread] */
void
sender_clock_hear(struct sender_clock *c,
                  vsc_ns when,
                  vsc_pos end,
                  int is_first) VSC_RT;

#endif
