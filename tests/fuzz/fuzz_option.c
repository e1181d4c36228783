/* fuzz_option.c - any text as a value of each type: taken inside its bounds or
   refused in one line; times survive being written.
   SPDX-License-Identifier: MIT */
#include "engine/option.h"
#include "insist.h"

#include <stdlib.h>
#include <string.h>

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct fields {
  int32_t flag, word;
  int64_t number, any;
  double real;
  vsc_ns time, any_time;
  const char *text;
};

static const char *const words[] = { "L24", "L16", "AM824", NULL };
static const vsc_option rows[] = {
  VSC_OPTION(struct fields, flag, "flag", VSC_OPT_BOOL, "no", 0, 0, "h"),
  VSC_OPTION(struct fields, number, "number", VSC_OPT_INT, "0", -5, 99, "h"),
  VSC_OPTION(struct fields, any, "any", VSC_OPT_INT, "0", 0, 0, "h"),
  VSC_OPTION(struct fields, real, "real", VSC_OPT_REAL, "0", -1, 1, "h"),
  VSC_OPTION(struct fields, time, "time", VSC_OPT_DURATION, "1s", 1, 2e9, "h"),
  VSC_OPTION(struct fields, any_time, "at", VSC_OPT_DURATION, "0s", 0, 0, "h"),
  VSC_OPTION(struct fields, text, "text", VSC_OPT_STRING, "", 0, 0, "h"),
  VSC_OPTION_WORDS(struct fields, word, "word", "L24", words, "h"),
  VSC_OPTIONS_END,
};

static void
try_rows(const char *text)
{
  struct fields f = { 0 };
  option_defaults(rows, &f);
  for (const vsc_option *row = rows; row->key; row++) {
    char why[256] = "";
    const vsc_status status = option_set(row, text, &f, why, sizeof why);
    insist((status == VSC_OK) == (*why == '\0'));
  }
  insist(f.flag == 0 || f.flag == 1);
  insist(f.word >= 0 && f.word <= 2);
  insist(f.number >= -5 && f.number <= 99);
  insist(f.real >= -1 && f.real <= 1);
  insist(f.time >= 1 && f.time <= 2000000000 && f.any_time >= 0);
  option_nearest(rows, text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  char *const text = malloc(size + 1);
  if (!text) {
    return 0;
  }
  if (size) {
    memcpy(text, data, size);
  }
  text[size] = '\0';
  try_rows(text);
  vsc_ns t = 0;
  vsc_ns again = -1;
  char spelled[40];
  if (duration_parse(text, &t) == VSC_OK) {
    duration_format(t, spelled, sizeof spelled);
    insist(duration_parse(spelled, &again) == VSC_OK && again == t);
  }
  uint16_t channels[64];
  const int32_t count = channels_parse(text, channels, 64);
  insist(count == VSC_ERR_INVALID || (count >= 1 && count <= 64));
  uint32_t ip = 0;
  if (ip_parse(text, &ip) == VSC_OK) {
    ip_format(ip, spelled);
    insist(!strcmp(spelled, text));
  }
  free(text);
  return 0;
}
