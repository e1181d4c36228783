/* trace_read.h - the lines of a trace (hal/coreaudio/trace_line.h), as they
   come out of somebody's log. SPDX-License-Identifier: MIT */
#ifndef VSC_TESTS_TRACE_READ_H
#define VSC_TESTS_TRACE_READ_H

#include "hal/coreaudio/trace_line.h"

struct trace_read {
  unsigned long number; /* of the line, as its writer counts */
  enum trace_call call;
  unsigned asked, fields;                 /* how many; answers are the rest */
  struct trace_field field[TRACE_FIELDS]; /* bytes are in the struct */
  unsigned char bytes[TRACE_FIELDS][TRACE_BYTES + 1]; /* with a NUL */
};

/** Where in LINE the trace's own begins, after what the log puts first; NULL:
   it is none of a trace's. */
const char *
trace_find(const char *line);
/** Read what trace_find() found: NULL, or what is wrong with it. */
const char *
trace_read(const char *line, struct trace_read *out);

#endif
