/* silence_words.c - numbers as people say them.
   SPDX-License-Identifier: MIT */
#include "silence_words.h"

#include "silence.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define MS INT64_C(1000000)

void
silence_say(char *out, const char *fmt, ...)
{
  const size_t used = strlen(out);
  va_list args;
  va_start(args, fmt);
  vsnprintf(out + used, SILENCE_TEXT - used, fmt, args);
  va_end(args);
}

const char *
silence_span(vsc_ns ns, char out[SILENCE_WORD])
{
  const double x = (double)(ns < 0 ? -ns : ns);
  if (x >= 100e9) {
    snprintf(out, SILENCE_WORD, "%.0f s", x / 1e9);
  } else if (x >= 1e9) {
    snprintf(out, SILENCE_WORD, "%.1f s", x / 1e9);
  } else if (x >= 1e6) {
    snprintf(out, SILENCE_WORD, "%.1f ms", x / 1e6);
  } else {
    snprintf(out, SILENCE_WORD, "%.0f us", x / 1e3);
  }
  return out;
}

vsc_ns
silence_round_up(vsc_ns ns)
{
  const vsc_ns step = ns < 5 * MS ? MS / 4 : ns < 20 * MS ? MS : 5 * MS;
  return (ns / step + 1) * step;
}
