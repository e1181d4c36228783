/* audio_options.c - options of the audio commands.
   SPDX-License-Identifier: MIT */
#include "audio_io.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <vsc/stream.h>

/* A channel number at *P; P moves behind it. */
static bool
take_channel(const char **p, uint32_t *out)
{
  char *end = NULL;
  if (**p < '0' || **p > '9') {
    return false;
  }
  const unsigned long n = strtoul(*p, &end, 10);
  *p = end;
  *out = (uint32_t)n;
  return n >= 1 && n <= VSC_CHANNELS_MAX;
}

bool
audio_range_parse(const char *text, struct audio_range *out)
{
  uint32_t first = 0;
  if (!take_channel(&text, &first)) {
    return false;
  }
  uint32_t last = first;
  if (*text == '-') {
    text++;
    if (!take_channel(&text, &last)) {
      return false;
    }
  }
  *out = (struct audio_range){ .first = first - 1, .count = last - first + 1 };
  return *text == '\0' && last >= first;
}

bool
audio_option_channels(const struct cli *cli,
                      bool is_raw,
                      struct audio_range *out)
{
  const char *const text = cli_option(cli, "channels");
  *out = (struct audio_range){ 0 };
  if (!text) {
    return true;
  }
  if (!audio_range_parse(text, out)) {
    cli_usage(
      cli, "--channels \"%s\" is not a range of channels such as 1-8", text);
    return false;
  }
  if (is_raw && !strchr(text, '-')) {
    *out = (struct audio_range){ .first = 0, .count = out->first + 1 };
  }
  return true;
}

bool
audio_option_format(const struct cli *cli, enum audiofile_raw *out)
{
  const char *const text = cli_option(cli, "format");
  *out = AUDIOFILE_HEADER;
  if (text && !audiofile_raw_named(text, out)) {
    cli_usage(
      cli, "--format \"%s\" is not one of %s", text, AUDIOFILE_RAW_NAMES);
    return false;
  }
  return true;
}

bool
audio_option_seconds(const struct cli *cli, double *out)
{
  const char *const text = cli_option(cli, "seconds");
  if (text) {
    char *end = NULL;
    const double seconds = strtod(text, &end);
    /* a year: more is a mistake */
    if (end == text || *end != '\0' || !(seconds > 0 && seconds <= 31536000)) {
      cli_usage(cli, "--seconds \"%s\" is not a time", text);
      return false;
    }
    *out = seconds;
  }
  return true;
}

bool
audio_option_start(const struct cli *cli, int64_t *out)
{
  *out = AUDIO_NOW;
  return cli_option_number(cli, "start", 0, INT64_C(1) << 60, out);
}
