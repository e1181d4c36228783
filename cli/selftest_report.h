/* selftest_report.h - the result of `aes67 selftest`, as a value, as JSON and
   as text. SPDX-License-Identifier: MIT */
#ifndef VSC_CLI_SELFTEST_REPORT_H
#define VSC_CLI_SELFTEST_REPORT_H

#include "cli.h"
#include "selftest_counts.h"

/** Since comparing began. */
struct selftest_direction {
  uint64_t compared, exact, silent, wrong; /* frames */
  uint64_t unexplained;                    /* of the silent */
  uint64_t lost, late;                     /* packets */
  uint64_t unwritten;                      /* frames played too late */
  uint64_t missed;                         /* frames heard too late */
  uint64_t strangers;                      /* see struct selftest_counts */
};

struct selftest_report {
  struct selftest_direction directions[2]; /* to a, to b */
  uint32_t channels, rate;
  vsc_ns round_trip_p50, round_trip_p99, round_trip_max;
  vsc_ns wakeup_max;    /* our thread's */
  vsc_ns engine_max[2]; /* the engines' */
  vsc_ns link_offset, enough;
  uint64_t clock_steps;
  const char *scheduling;
};

/** What a direction came to, from the counters at its begin and end. */
void
selftest_direction(const struct selftest_path *path,
                   const struct selftest_counts *begin,
                   const struct selftest_counts *end,
                   struct selftest_direction *out);
/** Exit code: CLI_OK, CLI_DEGRADED when more than 1 % is silent or missed,
    CLI_FAILED when nothing was compared, a frame is wrong, or silence is
    unexplained. */
int
selftest_verdict(const struct selftest_report *r);
/** On stdout; the exit code. */
int
selftest_print(const struct cli *cli, const struct selftest_report *r);

#endif
