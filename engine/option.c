/* option.c - option tables: text to typed fields, what is allowed, and whether
   a table of a module we do not know is sound.
   SPDX-License-Identifier: MIT */
#include "option.h"

#include "option_text.h"
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define DIGITS "0123456789"
#define SHOWN_BYTES 64
#define ALLOWED_BYTES 256

static VSC_PRINTF(3, 4) vsc_status
  refuse(char *why, size_t why_bytes, const char *fmt, ...)
{
  if (why && why_bytes) {
    va_list args;
    va_start(args, fmt);
    vsnprintf(why, why_bytes, fmt, args);
    va_end(args);
  }
  return VSC_ERR_INVALID;
}

const vsc_option *
option_find(const vsc_option *rows, const char *key)
{
  for (; rows && rows->key; rows++) {
    if (!strcmp(rows->key, key)) {
      return rows;
    }
  }
  return NULL;
}

const char *
option_nearest(const vsc_option *rows, const char *key)
{
  const char *keys[OPTION_ROWS_MAX + 1] = { NULL };
  for (unsigned i = 0; rows && rows[i].key && i < OPTION_ROWS_MAX; i++) {
    keys[i] = rows[i].key;
  }
  return word_nearest(key, keys);
}

/* Ranges and what is allowed. */

static bool
has_bounds(const vsc_option *row)
{
  return row->min != 0 || row->max != 0;
}

static bool
is_inside(const vsc_option *row, double value)
{
  return !has_bounds(row) || (value >= row->min && value <= row->max);
}

static void
format_bound(const vsc_option *row, double bound, char *out, size_t bytes)
{
  if (row->type == VSC_OPT_DURATION && fabs(bound) < 9e18) {
    duration_format((vsc_ns)bound, out, bytes);
  } else if (fabs(bound) < 1e12) {
    const double magnitude = fabs(bound);
    const uint64_t millionths = (uint64_t)(magnitude * 1e6 + 0.5) % 1000000;
    char part[8];
    snprintf(part, sizeof part, ".%06u", (unsigned)millionths);
    for (size_t n = 7; n && (part[n - 1] == '0' || part[n - 1] == '.'); n--) {
      part[n - 1] = '\0';
    }
    snprintf(out,
             bytes,
             "%s%" PRIu64 "%s",
             bound < 0 ? "-" : "",
             (uint64_t)(magnitude * 1e6 + 0.5) / 1000000,
             part);
  } else {
    snprintf(out, bytes, "%.0f", bound);
  }
}

/* "in 1..4", "at least 1", "at most 4". */
static void
describe_bounds(const vsc_option *row, char *out, size_t bytes)
{
  char low[40];
  char high[40];
  format_bound(row, row->min, low, sizeof low);
  format_bound(row, row->max, high, sizeof high);
  const bool has_low = row->min > -1e300;
  const bool has_high = row->max < 1e300;
  if (has_low && has_high) {
    snprintf(out, bytes, "in %s..%s", low, high);
  } else {
    snprintf(out,
             bytes,
             "%s %s",
             has_low ? "at least" : "at most",
             has_low ? low : high);
  }
}

static void
describe_words(const char *const *words, char *out, size_t bytes)
{
  size_t used = 0;
  out[0] = '\0';
  for (unsigned i = 0; words && words[i] && i < OPTION_WORDS_MAX; i++) {
    const char *const join = !i ? "" : words[i + 1] ? ", " : " or ";
    const int n = snprintf(out + used, bytes - used, "%s%s", join, words[i]);
    used += n > 0 ? (size_t)n : 0;
    if (used >= bytes) {
      return;
    }
  }
}

void
option_describe(const vsc_option *row, char *out, size_t bytes)
{
  if (!bytes) {
    return;
  }
  const char *text = "nothing: the table names no type";
  switch ((enum vsc_option_type)row->type) {
    case VSC_OPT_BOOL:
      text = "yes or no";
      break;
    case VSC_OPT_INT:
      text = "a whole number";
      break;
    case VSC_OPT_REAL:
      text = "a number such as 0.5";
      break;
    case VSC_OPT_DURATION:
      text = "a time such as 250us, 1.5ms or 2s";
      break;
    case VSC_OPT_STRING:
      text = "any text";
      break;
    case VSC_OPT_ENUM:
      describe_words(row->words, out, bytes);
      return;
  }
  const bool is_number = row->type == VSC_OPT_INT ||
                         row->type == VSC_OPT_REAL ||
                         row->type == VSC_OPT_DURATION;
  if (is_number && has_bounds(row)) {
    char bounds[ALLOWED_BYTES];
    describe_bounds(row, bounds, sizeof bounds);
    text = bounds + (strncmp(bounds, "in ", 3) ? 0 : 3);
    snprintf(out, bytes, "%s", text);
    return;
  }
  snprintf(out, bytes, "%s", text);
}

/* Setting a field. */

static void
store(const vsc_option *row, void *object, const void *value, size_t bytes)
{
  memcpy((char *)object + row->offset, value, bytes);
}

static vsc_status
refuse_syntax(const vsc_option *row,
              const char *text,
              const char *what,
              char *why,
              size_t why_bytes)
{
  char shown[SHOWN_BYTES];
  char allowed[ALLOWED_BYTES];
  option_describe(row, allowed, sizeof allowed);
  return refuse(why,
                why_bytes,
                "\"%s\" %s; allowed: %s",
                text_shorten(text, shown, sizeof shown),
                what,
                allowed);
}

static vsc_status
refuse_range(const vsc_option *row,
             const char *text,
             char *why,
             size_t why_bytes)
{
  char shown[SHOWN_BYTES];
  char bounds[ALLOWED_BYTES] = "a number that small or large";
  if (has_bounds(row)) {
    describe_bounds(row, bounds, sizeof bounds);
  } else if (row->type == VSC_OPT_DURATION && *text == '-') {
    strcpy(bounds, "at least 0s");
  } else {
    strcpy(bounds, "a number that fits");
  }
  return refuse(why,
                why_bytes,
                "\"%s\" is not %s",
                text_shorten(text, shown, sizeof shown),
                bounds);
}

static vsc_status
set_int(const vsc_option *row,
        const char *text,
        void *object,
        char *why,
        size_t why_bytes)
{
  int64_t value = 0;
  const enum parsed parsed = parse_int(text, &value);
  if (parsed == PARSED_NOT) {
    return refuse_syntax(row, text, "is not a whole number", why, why_bytes);
  }
  if (parsed == PARSED_TOO_LARGE || !is_inside(row, (double)value)) {
    return refuse_range(row, text, why, why_bytes);
  }
  store(row, object, &value, sizeof value);
  return VSC_OK;
}

static vsc_status
set_real(const vsc_option *row,
         const char *text,
         void *object,
         char *why,
         size_t why_bytes)
{
  double value = 0;
  const enum parsed parsed = parse_real(text, &value);
  if (parsed != PARSED) {
    const char *const what =
      parsed == PARSED_NOT ? "is not a number" : "has more than 15 digits";
    return refuse_syntax(row, text, what, why, why_bytes);
  }
  if (!is_inside(row, value)) {
    return refuse_range(row, text, why, why_bytes);
  }
  store(row, object, &value, sizeof value);
  return VSC_OK;
}

static vsc_status
set_duration(const vsc_option *row,
             const char *text,
             void *object,
             char *why,
             size_t why_bytes)
{
  vsc_ns value = 0;
  const enum parsed parsed = parse_duration(text, &value);
  if (parsed == PARSED_NOT) {
    const size_t number = strspn(text, DIGITS ".");
    const char *const what =
      number && !text[number] ? "has no unit" : "is not a time";
    return refuse_syntax(row, text, what, why, why_bytes);
  }
  if (parsed == PARSED_TOO_LARGE || !is_inside(row, (double)value) ||
      (value < 0 && !(row->min < 0))) {
    return refuse_range(row, text, why, why_bytes);
  }
  store(row, object, &value, sizeof value);
  return VSC_OK;
}

static vsc_status
set_word(const vsc_option *row,
         const char *text,
         void *object,
         char *why,
         size_t why_bytes)
{
  static const char *const booleans[] = { "no", "yes", NULL };
  const char *const *const words =
    row->type == VSC_OPT_BOOL ? booleans : row->words;
  for (int32_t i = 0; words && words[i] && i < OPTION_WORDS_MAX; i++) {
    if (!strcmp(words[i], text)) {
      store(row, object, &i, sizeof i);
      return VSC_OK;
    }
  }
  char shown[SHOWN_BYTES];
  char allowed[ALLOWED_BYTES];
  option_describe(row, allowed, sizeof allowed);
  const char *const near =
    row->type == VSC_OPT_ENUM ? word_nearest(text, words) : NULL;
  return refuse(why,
                why_bytes,
                "\"%s\" is not %s%s%s%s",
                text_shorten(text, shown, sizeof shown),
                allowed,
                near ? "; did you mean \"" : "",
                near ? near : "",
                near ? "\"?" : "");
}

vsc_status
option_set(const vsc_option *row,
           const char *text,
           void *object,
           char *why,
           size_t why_bytes)
{
  switch ((enum vsc_option_type)row->type) {
    case VSC_OPT_INT:
      return set_int(row, text, object, why, why_bytes);
    case VSC_OPT_REAL:
      return set_real(row, text, object, why, why_bytes);
    case VSC_OPT_DURATION:
      return set_duration(row, text, object, why, why_bytes);
    case VSC_OPT_BOOL:
    case VSC_OPT_ENUM:
      return set_word(row, text, object, why, why_bytes);
    case VSC_OPT_STRING:
      store(row, object, &text, sizeof text);
      return VSC_OK;
  }
  return refuse(why, why_bytes, "unknown option type %" PRId32, row->type);
}

void
option_defaults(const vsc_option *rows, void *object)
{
  for (; rows && rows->key; rows++) {
    if (rows->fallback) {
      option_set(rows, rows->fallback, object, NULL, 0);
    }
  }
}

/* Is a table, of a module we do not know, sound? */

static uint32_t
type_width(int32_t type)
{
  switch ((enum vsc_option_type)type) {
    case VSC_OPT_BOOL:
    case VSC_OPT_ENUM:
      return sizeof(int32_t);
    case VSC_OPT_INT:
    case VSC_OPT_DURATION:
      return sizeof(int64_t);
    case VSC_OPT_REAL:
      return sizeof(double);
    case VSC_OPT_STRING:
      return sizeof(char *);
  }
  return 0;
}

static bool
words_are_sound(const char *const *words)
{
  unsigned count = 0;
  for (; words && words[count]; count++) {
    if (!*words[count] || count == OPTION_WORDS_MAX) {
      return false;
    }
  }
  return count > 0;
}

static vsc_status
check_row(const vsc_option *row,
          size_t instance_bytes,
          char *why,
          size_t why_bytes)
{
  const uint32_t width = type_width(row->type);
  if (!width) {
    return refuse(why, why_bytes, "has the unknown type %" PRId32, row->type);
  }
  if (row->width != width) {
    return refuse(why,
                  why_bytes,
                  "has a field of %" PRIu32 " bytes; its type needs %" PRIu32,
                  row->width,
                  width);
  }
  if (width > instance_bytes || row->offset > instance_bytes - width) {
    return refuse(why,
                  why_bytes,
                  "lies outside the instance: offset %" PRIu32
                  ", instance of %zu bytes",
                  row->offset,
                  instance_bytes);
  }
  if (!row->help) {
    return refuse(why, why_bytes, "has no help");
  }
  if (row->type == VSC_OPT_ENUM && !words_are_sound(row->words)) {
    return refuse(
      why, why_bytes, "needs words, 1..%d, none empty", OPTION_WORDS_MAX);
  }
  if (!(row->min <= row->max)) {
    return refuse(why, why_bytes, "has a min above its max");
  }
  if (row->fallback) {
    char reason[ALLOWED_BYTES * 2];
    int64_t scratch = 0; /* any field fits */
    vsc_option alone = *row;
    alone.offset = 0;
    if (option_set(&alone, row->fallback, &scratch, reason, sizeof reason)) {
      return refuse(why, why_bytes, "has a bad fallback: %s", reason);
    }
  }
  return VSC_OK;
}

vsc_status
option_check(const vsc_option *rows,
             size_t instance_bytes,
             char *why,
             size_t why_bytes)
{
  for (unsigned i = 0; rows && rows[i].key; i++) {
    if (i == OPTION_ROWS_MAX) {
      return refuse(why,
                    why_bytes,
                    "more than %d options: is VSC_OPTIONS_END missing?",
                    OPTION_ROWS_MAX);
    }
    char shown[SHOWN_BYTES];
    text_shorten(rows[i].key, shown, sizeof shown);
    char reason[ALLOWED_BYTES * 3] = "appears twice";
    bool is_sound = option_find(rows, rows[i].key) == &rows[i];
    if (is_sound && !key_is_valid(rows[i].key)) {
      is_sound = false;
      strcpy(reason, "is not a key: letters, digits, \"_\" and \"-\", 1..63");
    }
    if (!is_sound ||
        check_row(&rows[i], instance_bytes, reason, sizeof reason)) {
      return refuse(why, why_bytes, "option \"%s\" %s", shown, reason);
    }
  }
  return VSC_OK;
}
