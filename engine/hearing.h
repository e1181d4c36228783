/* hearing.h - looks at every receiver each second, says why it is silent or not
   as it should be, and logs when that changes.
   SPDX-License-Identifier: MIT */
#ifndef VSC_ENGINE_HEARING_H
#define VSC_ENGINE_HEARING_H

#include "route.h"
#include "silence.h"

struct engine;
struct stream;

#define HEARING_SAMPLES 16
#define HEARING_MARKS 3

/** What is kept of a receiver from one second to the next. Main thread. */
struct hearing {
  uint64_t seen[RX_COUNTERS], since[RX_COUNTERS]; /* and grown in a second */
  vsc_ns open_at;                                 /* host time; 0: not open */
  vsc_ns sampled;                                 /* last_packet, when it was */
  vsc_ns samples[HEARING_SAMPLES]; /* how far behind timestamps were */
  unsigned sample_count;
  vsc_ns behind; /* their median */
  struct {
    vsc_ns at, behind;
  } marks[HEARING_MARKS]; /* some seconds apart; the newest is the last */
  double ppm;
  struct {
    int number; /* of the system; below 0: none is open */
    uint16_t port;
    unsigned turn;                  /* which port is next */
    uint16_t seen_port;             /* where there was something; 0: nowhere */
  } ear;                            /* for packets at other ports */
  enum silence_cause judged, cause; /* a second ago, and what is told */
  char text[SILENCE_TEXT];
  enum silence_cause said;        /* in the log */
  vsc_ns said_at[SILENCE_CAUSES]; /* from when it may be again; 0: not yet */
};

/** Take a sample of how well packets are in time. Every tick. [main-thread] */
void
hearing_tick(struct engine *e);
/** Judge what came within the last second. Every second. [main-thread] */
void
hearing_second(struct engine *e);
/** S is closed or freed. [main-thread] */
void
hearing_end(const struct engine *e, struct stream *s);
/** Frames were lost in it. [main-thread] */
int
hearing_is_losing(const struct stream *s);
/** Packets come, and nothing of them can be heard. [main-thread] */
int
hearing_is_unheard(const struct stream *s);

#endif
