/* audio_options.c - options of the audio commands.
   SPDX-License-Identifier: MIT */
#include "audio_io.h"
#include "engine/option.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <vsc/stream.h>

bool
audio_range_parse(const char *text, struct audio_range *out)
{
  uint16_t list[VSC_CHANNELS_MAX];
  const int32_t n = channels_parse(text, list, VSC_CHANNELS_MAX);
  for (int32_t i = 0; i < n; i++) {
    if (list[i] != list[0] + i || list[i] >= VSC_CHANNELS_MAX) {
      return false;
    }
  }
  if (n > 0) {
    *out = (struct audio_range){ .first = list[0], .count = (uint32_t)n };
  }
  return n > 0;
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
  if (is_raw && out->count == 1 && !strchr(text, '-')) {
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
