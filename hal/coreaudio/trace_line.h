/* trace_line.h - the lines of a trace: every call with what it was asked and
   what it answered, as words. trace.c writes them, tests/coreaudio/trace_read.c
   reads them. A line is TRACE_TAG, its number, the call's name, and its fields;
   "=" is before the answers. Bytes are a word of printable characters and %hh,
   four character codes too; none are "-". SPDX-License-Identifier: MIT */
#ifndef VSC_COREAUDIO_TRACE_LINE_H
#define VSC_COREAUDIO_TRACE_LINE_H

#include <CoreAudio/AudioServerPlugIn.h>
#include <stdbool.h>

#define TRACE_TAG "vsc-trace"
#define TRACE_BYTES 64 /* of a field; what is longer loses its end */
#define TRACE_FIELDS 12
#define TRACE_LINE_BYTES 768 /* the system's log cuts at 1024 */

enum trace_call {
  TRACE_FACTORY,
  TRACE_QUERY,
  TRACE_ADD_REF,
  TRACE_RELEASE,
  TRACE_INITIALIZE,
  TRACE_CREATE,
  TRACE_DESTROY,
  TRACE_ADD,
  TRACE_REMOVE,
  TRACE_PERFORM,
  TRACE_ABORT,
  TRACE_HAS,
  TRACE_SETTABLE,
  TRACE_SIZE,
  TRACE_GET,
  TRACE_SET,
  TRACE_START,
  TRACE_STOP,
  TRACE_WILL,
  /* by the IO threads; see trace.c for which are told */
  TRACE_STAMP,
  TRACE_BEGIN,
  TRACE_DO,
  TRACE_END,
  TRACE_COUNT, /* how many of those there were */
  /* by the driver, told before the host answers */
  TRACE_REQUEST,
  TRACE_CHANGED,
  TRACE_CALLS
};

struct trace_row {
  const char *name;
  /** A letter each: u 32 bits without a sign, n a number, c a four character
      code, b bytes; those behind "=" are answers. */
  const char *fields;
};
extern const struct trace_row trace_rows[TRACE_CALLS];

/** One field; of bytes, how many there are and where. */
struct trace_field {
  int64_t number;
  const void *bytes;
};

/** Write a line without its end; FIELDS as the row has them. */
void
trace_write(enum trace_call call,
            const struct trace_field *fields,
            unsigned long number,
            char out[TRACE_LINE_BYTES]);
/** The field that has BYTES of DATA, or of the CFString that DATA points to,
    which lies in TEXT then. */
struct trace_field
trace_keep(bool is_text,
           UInt32 bytes,
           const void *data,
           char text[TRACE_BYTES]);
/** Is the answer, or the qualifier, of property SELECTOR a CFString? */
bool
trace_is_text(UInt32 selector);
bool
trace_is_asked_with_text(UInt32 selector);

#endif
