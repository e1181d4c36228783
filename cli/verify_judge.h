/* verify_judge.h - the verdict on a stream that was watched: each check with
   its limit, and one sentence. Pure. SPDX-License-Identifier: MIT */
#ifndef VSC_CLI_VERIFY_JUDGE_H
#define VSC_CLI_VERIFY_JUDGE_H

#include "verify_watch.h"

enum verify_verdict { VERIFY_PASS, VERIFY_WARN, VERIFY_FAIL };

#define VERIFY_CHECKS 12

struct verify_check {
  const char *name;
  enum verify_verdict verdict;
  char reason[200]; /* also of what passes: the figure */
};

/** The clock by which the packets were watched. */
struct verify_clock {
  uint8_t grandmaster[8]; /* all 0: none known */
  uint8_t domain;
  vsc_ns error; /* it may be off by this; below 0: not known */
};

/** How many checks there are; the worst of them goes to WORST. */
uint32_t
verify_judge(const struct verify_watch *w,
             const struct verify_clock *clock,
             struct verify_check out[VERIFY_CHECKS],
             enum verify_verdict *worst);
/** pass, warn, fail */
const char *
verify_word(enum verify_verdict verdict);

#endif
