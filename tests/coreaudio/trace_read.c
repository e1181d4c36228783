/* trace_read.c - reads the lines of a trace, in which anything may be.
   SPDX-License-Identifier: MIT */
#include "trace_read.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define BLANKS " \t\r\n"

/* The next word of *LINE, which is moved behind it. */
static size_t
next_word(const char **line, const char **word)
{
  *word = *line + strspn(*line, BLANKS);
  const size_t length = strcspn(*word, BLANKS);
  *line = *word + length;
  return length;
}

static bool
is_word(const char *word, size_t length, const char *text)
{
  return strlen(text) == length && memcmp(word, text, length) == 0;
}

static bool
read_number(const char *word, size_t length, int64_t *out)
{
  const size_t sign = length > 1 && *word == '-';
  char *end = NULL;
  if (length == 0 || strspn(word + sign, "0123456789") != length - sign) {
    return false;
  }
  errno = 0;
  *out = strtoll(word, &end, 10);
  return errno == 0 && end == word + length;
}

static int
hex(char c)
{
  static const char digits[] = "0123456789abcdef";
  const char *const at = c ? strchr(digits, c) : NULL;
  return at ? (int)(at - digits) : -1;
}

static bool
read_bytes(const char *word,
           size_t length,
           unsigned char out[TRACE_BYTES + 1],
           int64_t *count)
{
  *count = 0;
  for (size_t i = is_word(word, length, "-") ? length : 0; i < length; i++) {
    int c = (unsigned char)word[i];
    if (c == '%') {
      const int high = i + 2 < length ? hex(word[i + 1]) : -1;
      const int low = high < 0 ? -1 : hex(word[i + 2]);
      c = low < 0 ? -1 : high << 4 | low;
      i += 2;
    }
    if (c < 0 || *count == TRACE_BYTES) {
      return false;
    }
    out[(*count)++] = (unsigned char)c;
  }
  out[*count] = '\0';
  return length > 0;
}

static const char *
read_field(char letter,
           const char *word,
           size_t length,
           unsigned char bytes[TRACE_BYTES + 1],
           struct trace_field *out)
{
  switch (letter) {
    case 'b':
      out->bytes = bytes;
      return read_bytes(word, length, bytes, &out->number)
               ? NULL
               : "bytes that are none";
    case 'c':
      if (!read_bytes(word, length, bytes, &out->number) || out->number != 4) {
        return "a code that has not four characters";
      }
      out->number = (int64_t)((UInt32)bytes[0] << 24 | (UInt32)bytes[1] << 16 |
                              (UInt32)bytes[2] << 8 | bytes[3]);
      return NULL;
    default:
      if (!read_number(word, length, &out->number)) {
        return "a number that is none";
      }
      return letter == 'u' && (out->number < 0 || out->number > UINT32_MAX)
               ? "a number beyond 32 bits"
               : NULL;
  }
}

const char *
trace_find(const char *line)
{
  const char *const tag = strstr(line, TRACE_TAG " ");
  return tag ? tag + strlen(TRACE_TAG) : NULL;
}

static const char *
read_fields(const char *line, const char *letters, struct trace_read *out)
{
  const char *word;
  for (; *letters; letters++) {
    const size_t length = next_word(&line, &word);
    if (*letters == '=') {
      out->asked = out->fields;
      if (!is_word(word, length, "=")) {
        return "no \"=\" before the answer";
      }
      continue;
    }
    const char *const wrong = read_field(*letters,
                                         word,
                                         length,
                                         out->bytes[out->fields],
                                         &out->field[out->fields]);
    if (wrong) {
      return length ? wrong : "its end is missing";
    }
    out->fields++;
  }
  return next_word(&line, &word) ? "more than belongs there" : NULL;
}

const char *
trace_read(const char *line, struct trace_read *out)
{
  const char *word;
  int64_t number = 0;
  *out = (struct trace_read){ .number = 0 };
  size_t length = next_word(&line, &word);
  if (!read_number(word, length, &number) || number < 1) {
    return "it has no number";
  }
  out->number = (unsigned long)number;
  length = next_word(&line, &word);
  for (unsigned i = 0; i < TRACE_CALLS; i++) {
    if (is_word(word, length, trace_rows[i].name)) {
      out->call = (enum trace_call)i;
      return read_fields(line, trace_rows[i].fields, out);
    }
  }
  return "no call that is known";
}
