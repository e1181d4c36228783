/* report.h - findings, from the process that tries a module to the one that
   prints: a letter and a text a line, flushed before anything can crash.
   SPDX-License-Identifier: MIT */
#ifndef VSC_CHECK_REPORT_H
#define VSC_CHECK_REPORT_H

#include <vsc/base.h>

#include <stdbool.h>
#include <stdio.h>

#define REPORT_BYTES 1600 /* of a text; a loader's reason fits */

/** The letters. */
enum report_letter {
  REPORT_BEGIN = 'B', /* the check that is tried now: its name */
  REPORT_OK = 'O',
  REPORT_WARN = 'W',
  REPORT_FAIL = 'F',
  REPORT_END = 'E', /* everything was tried */
};

struct report {
  FILE *to;
  bool has_failed, has_warned; /* the check that is tried now */
  char note[160];              /* said when it is ok */
};

void
report_begin(struct report *r, const char *check);
/** Only the first failure of a check is told: others follow from it. */
void
report_fail(struct report *r, const char *fmt, ...) VSC_PRINTF(2, 3);
void
report_warn(struct report *r, const char *fmt, ...) VSC_PRINTF(2, 3);
/** What an ok line says besides ok. */
void
report_note(struct report *r, const char *fmt, ...) VSC_PRINTF(2, 3);
/** Ends the check: ok unless it has failed or warned. */
void
report_end(struct report *r);
/** Nothing more follows. */
void
report_finish(struct report *r);

#endif
