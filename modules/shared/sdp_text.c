/* sdp_text.c - slices and clean names.
   SPDX-License-Identifier: MIT */
#include "modules/shared/sdp_text.h"

#include "modules/shared/utf8.h"

#include <string.h>
#include <strings.h>

bool
slice_is(struct slice s, const char *word)
{
  const size_t n = strlen(word);
  return slice_length(s) == n && memcmp(s.at, word, n) == 0;
}

bool
slice_is_any_case(struct slice s, const char *word)
{
  const size_t n = strlen(word);
  return slice_length(s) == n && strncasecmp(s.at, word, n) == 0;
}

static bool
is_blank(char c)
{
  return (unsigned char)c <= ' ';
}

struct slice
slice_trim(struct slice s)
{
  while (s.at < s.end && is_blank(*s.at)) {
    s.at++;
  }
  while (s.at < s.end && is_blank(s.end[-1])) {
    s.end--;
  }
  return s;
}

struct slice
slice_until(struct slice *s, char c)
{
  struct slice head = { s->at, s->at };
  while (head.end < s->end && *head.end != c) {
    head.end++;
  }
  s->at = head.end < s->end ? head.end + 1 : head.end;
  return head;
}

struct slice
slice_word(struct slice *s)
{
  while (s->at < s->end && is_blank(*s->at)) {
    s->at++;
  }
  struct slice word = { s->at, s->at };
  while (word.end < s->end && !is_blank(*word.end)) {
    word.end++;
  }
  s->at = word.end;
  return word;
}

bool
slice_skip(struct slice *s, const char *word)
{
  const size_t n = strlen(word);
  if (slice_length(*s) < n || memcmp(s->at, word, n) != 0) {
    return false;
  }
  s->at += n;
  return true;
}

bool
slice_number(struct slice *s, uint64_t max, uint64_t *out)
{
  uint64_t n = 0;
  const char *p = s->at;
  for (; p < s->end && *p >= '0' && *p <= '9'; p++) {
    const uint64_t digit = (uint64_t)(*p - '0');
    if (digit > max || n > (max - digit) / 10) {
      return false;
    }
    n = n * 10 + digit;
  }
  if (p == s->at) {
    return false;
  }
  s->at = p;
  *out = n;
  return true;
}

bool
slice_ip(struct slice s, vsc_ip *out)
{
  vsc_ip ip = 0;
  for (int i = 0; i < 4; i++) {
    uint64_t byte;
    if ((i > 0 && !slice_skip(&s, ".")) || !slice_number(&s, 255, &byte)) {
      return false;
    }
    ip = ip << 8 | (vsc_ip)byte;
  }
  *out = ip;
  return s.at == s.end;
}

bool
slice_is_token(struct slice s)
{
  for (const char *c = s.at; c < s.end; c++) {
    if (!((*c >= '0' && *c <= '9') || (*c >= 'A' && *c <= 'Z') ||
          (*c >= 'a' && *c <= 'z') || *c == '-' || *c == '+' || *c == '.' ||
          *c == '_')) {
      return false;
    }
  }
  return slice_length(s) > 0;
}

void
text_clean(struct slice s, char *out, size_t bytes)
{
  size_t used = 0;
  while (s.at < s.end) {
    uint32_t c = '?';
    const size_t n = utf8_length(s.at, slice_length(s), &c);
    const size_t length = n > 0 ? n : 1;
    if (used + length >= bytes) {
      break;
    }
    if (n == 0) {
      out[used++] = '?';
    } else if (utf8_is_shown(c) && (c != ' ' || used > 0)) {
      memcpy(out + used, s.at, n);
      used += n;
    }
    s.at += length;
  }
  out[used] = '\0';
  /* Nothing is left behind the end: streams are compared by bytes. */
  while (used > 0 && out[used - 1] == ' ') {
    out[--used] = '\0';
  }
}
