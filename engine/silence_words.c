/* silence_words.c - numbers as people say them.
   SPDX-License-Identifier: MIT */
#include "silence_words.h"

#include "option.h"
#include "silence.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define MS INT64_C(1000000)
#define SECOND INT64_C(1000000000)

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
silence_age(vsc_ns ns, char out[SILENCE_WORD])
{
  const long long s = ns / SECOND;
  const long long n = s < 120 ? s : s < 7200 ? s / 60 : s / 3600;
  snprintf(out,
           SILENCE_WORD,
           "%lld %s",
           n,
           s < 120    ? "s"
           : s < 7200 ? "min"
                      : "h");
  return out;
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

const char *
silence_option(vsc_ns ns, char out[SILENCE_WORD])
{
  const int is_ms = ns % MS == 0;
  snprintf(out,
           SILENCE_WORD,
           "%lld%s",
           (long long)(is_ms ? ns / MS : ns / 1000),
           is_ms ? "ms" : "us");
  return out;
}

vsc_ns
silence_round_up(vsc_ns ns)
{
  const vsc_ns step = ns < 5 * MS ? MS / 4 : ns < 20 * MS ? MS : 5 * MS;
  return (ns / step + 1) * step;
}

const char *
silence_ip(vsc_ip address, char out[SILENCE_WORD])
{
  ip_format(address, out);
  return out;
}

const char *
silence_clock_name(const uint8_t *id, unsigned bytes, char out[SILENCE_WORD])
{
  size_t used = 0;
  for (unsigned i = 0; i < bytes; i++) {
    used += (size_t)snprintf(
      out + used, SILENCE_WORD - used, "%s%02X", i == 0 ? "" : "-", id[i]);
  }
  return out;
}
