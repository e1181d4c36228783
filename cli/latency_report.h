/* latency_report.h - round trips put in order: percentiles, and a ledger whose
   stages add up to the mean. Pure, but for the printing.
   SPDX-License-Identifier: MIT */
#ifndef VSC_CLI_LATENCY_REPORT_H
#define VSC_CLI_LATENCY_REPORT_H

#include "cli.h"
#include "latency_probe.h"
#include <jansson.h>

/** What is known of the way. Frames. */
struct latency_way {
  uint32_t rate, buffer;     /* of our device */
  uint32_t headroom, margin; /* its S_out and S_in */
  uint32_t link_there;       /* link offset of the far receiver */
  uint32_t link_back;        /* and of ours */
  bool knows_there;          /* else it is taken to be as ours */
  bool is_own;               /* our engine hears itself: there is no far end */
  uint64_t engines_lost; /* drop-outs that the receivers counted: ours and, if
                            it is known, the far one */
};

#define LATENCY_STAGES 7

/** One line of the ledger: the mean over all samples. */
struct latency_stage {
  const char *name; /* for people */
  const char *key;  /* for programs */
  double ns;
  double engines_ns; /* of that: from engine to engine and back */
};

struct latency_report {
  struct latency_way way;
  uint32_t samples;
  vsc_ns p50, p99, p999, max;
  double mean;             /* ns; the stages add up to it */
  vsc_ns engine_to_engine; /* from our outputs back to where our inputs may be
                              read: no application at either end; its stages
                              add up to it */
  uint32_t far_frames;     /* spent at the far end, beyond both link offsets */
  struct latency_stage stages[LATENCY_STAGES];
  double seconds; /* of comparing */
  uint64_t exact, silent, wrong, drop_outs, moved, steps;
};

/** P has stopped and taken at least one sample; its samples are sorted. */
void
latency_report_make(const struct latency_probe *p,
                    const struct latency_way *way,
                    struct latency_report *out);
/** DROP_OUTS of the time that was compared, a minute. */
double
latency_report_rate(const struct latency_report *r, uint64_t drop_outs);
/** Exit code: CLI_DEGRADED when less than 99 % of the frames came back. */
int
latency_report_verdict(const struct latency_report *r);
json_t *
latency_report_json(const struct latency_report *r);
void
latency_report_print(const struct latency_report *r, FILE *out);

#endif
