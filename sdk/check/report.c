/* report.c - findings as lines.
   SPDX-License-Identifier: MIT */
#include "report.h"

#include <stdarg.h>

static void
put(struct report *r, enum report_letter letter, const char *text)
{
  fprintf(r->to, "%c", (int)letter);
  for (const char *c = text; *c; c++) {
    const bool is_control = (unsigned char)*c < ' ' || *c == 0x7f;
    fputc(is_control ? '?' : *c, r->to);
  }
  fputc('\n', r->to);
  fflush(r->to);
}

void
report_begin(struct report *r, const char *check)
{
  r->has_failed = r->has_warned = false;
  r->note[0] = '\0';
  put(r, REPORT_BEGIN, check);
}

void
report_fail(struct report *r, const char *fmt, ...)
{
  char text[REPORT_BYTES];
  va_list args;
  if (r->has_failed) {
    return;
  }
  va_start(args, fmt);
  vsnprintf(text, sizeof text, fmt, args);
  va_end(args);
  put(r, REPORT_FAIL, text);
  r->has_failed = true;
}

void
report_warn(struct report *r, const char *fmt, ...)
{
  char text[REPORT_BYTES];
  va_list args;
  va_start(args, fmt);
  vsnprintf(text, sizeof text, fmt, args);
  va_end(args);
  put(r, REPORT_WARN, text);
  r->has_warned = true;
}

void
report_note(struct report *r, const char *fmt, ...)
{
  va_list args;
  va_start(args, fmt);
  vsnprintf(r->note, sizeof r->note, fmt, args);
  va_end(args);
}

void
report_end(struct report *r)
{
  if (!r->has_failed && !r->has_warned) {
    put(r, REPORT_OK, r->note);
  }
}

void
report_finish(struct report *r)
{
  put(r, REPORT_END, "");
}
