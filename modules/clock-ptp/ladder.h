/* ladder.h - what our media clock goes by at the moment: the first rung of the
   profile's list that holds. It never jumps between rungs: the map slews, and
   steps, counted, only where slewing would take too long.
   SPDX-License-Identifier: MIT */
#ifndef VSC_PTP_LADDER_H
#define VSC_PTP_LADDER_H

#include "modules/clock-ptp/estimator.h"
#include "modules/clock-ptp/media.h"
#include "modules/shared/system_map.h"

enum rung {
  RUNG_PTP,      /* a master that is heard */
  RUNG_STREAM,   /* the sender of a stream that the profile names */
  RUNG_MASTER,   /* we are it: BMCA says so */
  RUNG_HOLDOVER, /* as the last master was */
  RUNG_SYSTEM,   /* the system's TAI, while no master has ever been heard */
  RUNG_FREE,     /* our own rate; always holds */
};
#define RUNGS 6

struct ladder_config {
  enum rung rungs[RUNGS];
  unsigned count;
  vsc_ns holdover; /* how long it holds; 0: for ever */
  vsc_ns step;     /* a larger error is stepped */
};

/* What the port says. */
struct ladder_facts {
  int is_following;     /* it has a master */
  int is_leading;       /* it is one */
  unsigned master;      /* another master, another number */
  vsc_ns sync_interval; /* of the master */
};

struct ladder {
  struct ladder_config config;
  struct estimator estimator;
  struct media media;
  struct system_map system;
  enum rung rung;
  int is_locked;    /* on RUNG_PTP: the map is trusted */
  int has_followed; /* a master's time has been taken over */
  unsigned master;
  vsc_ns newest; /* observation; 0: none of this master */
  vsc_ns fitted, doubtful_since, lost_at;
  double held_skew, held_window, held_error; /* rate; its standard error */
  double lost_error; /* bound when the master was lost, ns; below 0: none */
  double system_skew;
  vsc_clock_view stream;      /* the sender's time; host_ns 0: none yet */
  int64_t stream_offset;      /* that ours is ahead of it */
  uint32_t stream_generation; /* that the offset is of */
  /* figures for people */
  double offset, jitter;  /* ns */
  struct estimate second; /* the map a second ago */
  unsigned steps, moves;
};

/** "ptp, stream, master, holdover, system, free": 0 when TEXT is not a list of
 * these.
 */
int
ladder_read(const char *text, struct ladder_config *out);
const char *
ladder_word(enum rung rung);
/** Begins with a reading of the system's clock. */
void
ladder_init(struct ladder *l,
            const struct ladder_config *config,
            struct system_reading system);
/** Samples to come are of this master; another number forgets the old. */
void
ladder_follow(struct ladder *l, unsigned master);
void
ladder_observe(struct ladder *l, const struct observation *o);
/** A view of a stream's sender. */
void
ladder_stream(struct ladder *l, const vsc_clock_view *view);
/** A reading of the system's clock, about one a second. Not 0: it stepped, and
    so did we. */
int
ladder_system(struct ladder *l, struct system_reading r, vsc_ns next);
/** Choose the rung and steer. Not 0: media time stepped. To be called several
    times a second. */
int
ladder_run(struct ladder *l, const struct ladder_facts *f, vsc_ns now);
/** Does the ladder permit the port to be master? */
int
ladder_may_lead(const struct ladder *l, vsc_ns now);
/** On holdover after a master, not after a stream? */
int
ladder_holds_master(const struct ladder *l);
/** 0 none .. 4 excellent (vsc_clock_report). */
unsigned
ladder_quality(const struct ladder *l);

#endif
