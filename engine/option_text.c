/* option_text.c - words, numbers, times, channel lists and addresses as text.
   No strtod and no printf of reals: a library that sets the locale must not
   change what "1.5ms" means.
   SPDX-License-Identifier: MIT */
#include "option_text.h"

#include "modules/shared/address.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define DIGITS "0123456789"

const char *
text_shorten(const char *text, char *out, size_t bytes)
{
  const size_t length = strlen(text);
  if (length < bytes) {
    memcpy(out, text, length + 1);
    return out;
  }
  size_t cut = bytes - sizeof "...";
  while (cut && ((unsigned char)text[cut] & 0xC0) == 0x80) {
    cut--; /* not inside a UTF-8 character */
  }
  memcpy(out, text, cut);
  strcpy(out + cut, "...");
  return out;
}

/* Words and keys. */

bool
key_is_valid(const char *key)
{
  const size_t length = strspn(
    key, DIGITS "_-abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
  return length > 0 && length < OPTION_KEY_BYTES && !key[length];
}

static char
lower(char c)
{
  return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Insertions, deletions, replacements and swaps of neighbours, case ignored;
   a beginning that was not finished counts as one. */
static unsigned
distance(const char *a, const char *b)
{
  unsigned rows[3][OPTION_KEY_BYTES];
  const size_t a_length = strlen(a);
  const size_t b_length = strlen(b);
  if (a_length >= OPTION_KEY_BYTES || b_length >= OPTION_KEY_BYTES) {
    return UINT32_MAX;
  }
  if (a_length >= 3 && !strncmp(a, b, a_length)) {
    return b_length > a_length;
  }
  for (unsigned j = 0; j <= b_length; j++) {
    rows[0][j] = j;
  }
  for (unsigned i = 1; i <= a_length; i++) {
    unsigned *const row = rows[i % 3];
    const unsigned *const above = rows[(i + 2) % 3];
    const unsigned *const above2 = rows[(i + 1) % 3];
    row[0] = i;
    for (unsigned j = 1; j <= b_length; j++) {
      const char x = lower(a[i - 1]);
      const char y = lower(b[j - 1]);
      unsigned best = above[j - 1] + (x != y);
      best = above[j] + 1 < best ? above[j] + 1 : best;
      best = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
      if (i > 1 && j > 1 && x == lower(b[j - 2]) && y == lower(a[i - 2]) &&
          above2[j - 2] + 1 < best) {
        best = above2[j - 2] + 1;
      }
      row[j] = best;
    }
  }
  return rows[a_length % 3][b_length];
}

const char *
word_nearest(const char *word, const char *const *words)
{
  const size_t length = strlen(word);
  unsigned limit = length < 2 ? 0 : length < 6 ? 1 : (unsigned)length / 3;
  const char *nearest = NULL;
  for (; words && *words; words++) {
    const unsigned d = distance(word, *words);
    if (nearest ? d < limit : d <= limit) {
      nearest = *words;
      limit = d;
    }
  }
  return nearest;
}

/* Numbers and times from text. */

/* DIGITS[.DIGITS] of LENGTH bytes, times UNIT, which must come out whole. */
static enum parsed
parse_scaled(const char *text, size_t length, int64_t unit, int64_t *out)
{
  const size_t whole_digits = strspn(text, DIGITS);
  if (!whole_digits || (whole_digits < length && whole_digits + 2 > length)) {
    return PARSED_NOT;
  }
  int64_t whole = 0;
  for (size_t i = 0; i < whole_digits; i++) {
    const int digit = text[i] - '0';
    if (whole > (INT64_MAX - digit) / 10) {
      return PARSED_TOO_LARGE;
    }
    whole = whole * 10 + digit;
  }
  if (whole > INT64_MAX / unit) {
    return PARSED_TOO_LARGE;
  }
  int64_t sum = whole * unit;
  for (size_t i = whole_digits + 1; i < length; i++) {
    const int digit = text[i] - '0';
    if (text[i] == '.' || (digit && unit % 10)) {
      return PARSED_NOT; /* a second point, or finer than one */
    }
    unit = unit % 10 ? unit : unit / 10;
    if (sum > INT64_MAX - digit * unit) {
      return PARSED_TOO_LARGE;
    }
    sum += digit * unit;
  }
  *out = sum;
  return PARSED;
}

enum parsed
parse_int(const char *text, int64_t *out)
{
  const bool is_negative = *text == '-';
  text += is_negative;
  const size_t length = strspn(text, DIGITS);
  if (text[length]) {
    return PARSED_NOT;
  }
  int64_t value = 0;
  const enum parsed parsed = parse_scaled(text, length, 1, &value);
  *out = is_negative ? -value : value;
  return parsed;
}

static const struct unit {
  const char *name;
  int64_t ns;
  bool has_fraction; /* when formatted */
} units[] = {
  { "h", INT64_C(3600000000000), false },
  { "min", INT64_C(60000000000), false },
  { "s", 1000000000, true },
  { "ms", 1000000, true },
  { "us", 1000, true },
  { "ns", 1, false },
};
enum { UNITS = sizeof units / sizeof *units };

enum parsed
parse_duration(const char *text, vsc_ns *out)
{
  const bool is_negative = *text == '-';
  text += is_negative;
  const size_t length = strspn(text, DIGITS ".");
  for (unsigned i = 0; i < UNITS; i++) {
    if (!strcmp(text + length, units[i].name)) {
      vsc_ns value = 0;
      const enum parsed parsed =
        parse_scaled(text, length, units[i].ns, &value);
      *out = is_negative ? -value : value;
      return parsed;
    }
  }
  return PARSED_NOT;
}

/* [-]DIGITS[.DIGITS] with at most 15 significant digits: both the digits and
   the power of ten are then exact doubles, so one division rounds correctly. */
enum parsed
parse_real(const char *text, double *out)
{
  const bool is_negative = *text == '-';
  text += is_negative;
  const size_t whole = strspn(text, DIGITS);
  const size_t part = text[whole] == '.' ? strspn(text + whole + 1, DIGITS) : 0;
  if (!whole || (text[whole] == '.' && !part) ||
      text[whole + (part ? part + 1 : 0)] || part > 22) {
    return PARSED_NOT;
  }
  double digits = 0;
  double scale = 1;
  for (size_t i = 0; i < whole + (part ? part + 1 : 0); i++) {
    if (text[i] != '.') {
      digits = digits * 10 + (text[i] - '0');
      scale = i > whole ? scale * 10 : scale;
    }
    if (digits >= 1e15) {
      return PARSED_TOO_LARGE;
    }
  }
  *out = (is_negative ? -digits : digits) / scale;
  return PARSED;
}

vsc_status
duration_parse(const char *text, vsc_ns *out)
{
  vsc_ns value = 0;
  if (*text == '-' || parse_duration(text, &value) != PARSED) {
    return VSC_ERR_INVALID;
  }
  *out = value;
  return VSC_OK;
}

void
duration_format(vsc_ns t, char *out, size_t bytes)
{
  const uint64_t magnitude = t < 0 ? 0 - (uint64_t)t : (uint64_t)t;
  char best[40] = "";
  bool best_has_point = false;
  for (unsigned i = 0; i < UNITS; i++) {
    const uint64_t unit = (uint64_t)units[i].ns;
    uint64_t rest = magnitude % unit;
    if ((rest && !units[i].has_fraction) ||
        (!magnitude && unit != 1000000000)) {
      continue; /* 0 is "0s" */
    }
    char text[40];
    int n = snprintf(text, sizeof text, "%" PRIu64, magnitude / unit);
    if (rest) {
      text[n++] = '.';
      for (uint64_t digit = unit / 10; rest; rest %= digit, digit /= 10) {
        text[n++] = (char)('0' + rest / digit);
        if (digit == 1) {
          break;
        }
      }
    }
    snprintf(text + n, sizeof text - (size_t)n, "%s", units[i].name);
    const bool has_point = strchr(text, '.') != NULL;
    if (!*best || strlen(text) < strlen(best) ||
        (strlen(text) == strlen(best) && best_has_point && !has_point)) {
      memcpy(best, text, sizeof best);
      best_has_point = has_point;
    }
  }
  snprintf(out, bytes, "%s%s", t < 0 ? "-" : "", best);
}

/* Channels and addresses. */

/* A number of 1..6 digits at *TEXT, which is moved past it; -1: none. */
static int32_t
take_number(const char **text)
{
  const size_t digits = strspn(*text, DIGITS);
  if (!digits || digits > 6) {
    return -1;
  }
  int32_t value = 0;
  for (size_t i = 0; i < digits; i++) {
    value = value * 10 + ((*text)[i] - '0');
  }
  *text += digits;
  return value;
}

int32_t
channels_parse(const char *text, uint16_t *out, uint32_t max)
{
  uint8_t is_taken[(UINT16_MAX + 1) / 8] = { 0 };
  uint32_t count = 0;
  for (;;) {
    text += strspn(text, " ");
    const int32_t first = take_number(&text);
    int32_t last = first;
    if (*text == '-') {
      text++;
      last = take_number(&text);
    }
    if (first < 1 || last < first || last > UINT16_MAX + 1) {
      return VSC_ERR_INVALID;
    }
    for (int32_t c = first - 1; c < last; c++) {
      const uint8_t bit = (uint8_t)(1u << (c & 7));
      if (count == max || (is_taken[c >> 3] & bit)) {
        return VSC_ERR_INVALID;
      }
      is_taken[c >> 3] |= bit;
      out[count++] = (uint16_t)c;
    }
    text += strspn(text, " ");
    if (!*text) {
      return (int32_t)count;
    }
    if (*text++ != ',') {
      return VSC_ERR_INVALID;
    }
  }
}

vsc_status
ip_parse(const char *text, uint32_t *out)
{
  uint32_t ip = 0;
  for (int i = 0; i < 4; i++) {
    /* A leading zero would be octal to other programs. */
    const bool has_leading_zero =
      text[0] == '0' && strchr(DIGITS, text[1]) && text[1];
    const int32_t byte = take_number(&text);
    if (has_leading_zero || byte < 0 || byte > 255 ||
        *text++ != (i < 3 ? '.' : '\0')) {
      return VSC_ERR_INVALID;
    }
    ip = ip << 8 | (uint32_t)byte;
  }
  *out = ip;
  return VSC_OK;
}

char *
ip_format(uint32_t ip, char *out)
{
  snprintf(out, 16, IP_FORMAT, IP_BYTES(ip));
  return out;
}

char *
time_text(int64_t ns, char out[32])
{
  static const struct {
    double ns;
    const char *name;
  } scales[] = { { 1e9, "s" }, { 1e6, "ms" }, { 1e3, "us" } };
  const double size = ns < 0 ? -(double)ns : (double)ns;
  for (size_t i = 0; i < sizeof scales / sizeof scales[0]; i++) {
    if (size >= scales[i].ns) {
      snprintf(out, 32, "%.4g %s", (double)ns / scales[i].ns, scales[i].name);
      return out;
    }
  }
  snprintf(out, 32, "%" PRId64 " ns", ns);
  return out;
}

char *
age_text(int64_t s, char out[32])
{
  static const struct {
    int64_t s;
    const char *name;
  } ages[] = { { 86400, "d" }, { 3600, "h" }, { 60, "min" }, { 1, "s" } };
  size_t i = 0;
  while (i < 3 && s < 2 * ages[i].s) {
    i++;
  }
  snprintf(out, 32, "%" PRId64 " %s", s / ages[i].s, ages[i].name);
  return out;
}
