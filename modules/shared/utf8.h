/* utf8.h - which characters may be shown to people: of the network's names, and
   of our own.
   SPDX-License-Identifier: MIT */
#ifndef VSC_UTF8_H
#define VSC_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Bytes of the character at the front of the LEFT bytes at S, 0 when it is not
    valid UTF-8 (RFC 3629, 3: shortest form, no surrogates, up to 10FFFF). A
    NUL-terminated text may be told as 4 bytes: nothing behind a byte that does
    not fit is read. */
static inline size_t
utf8_length(const char *s, size_t left, uint32_t *out)
{
  static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
  const uint8_t first = left ? (uint8_t)*s : 0x80;
  const size_t n = first < 0x80   ? 1
                   : first < 0xC0 ? 0
                   : first < 0xE0 ? 2
                   : first < 0xF0 ? 3
                   : first < 0xF8 ? 4
                                  : 0;
  if (n == 0 || n > left) {
    return 0;
  }
  uint32_t c = n == 1 ? first : first & (0x7Fu >> n);
  for (size_t i = 1; i < n; i++) {
    const uint8_t next = (uint8_t)s[i];
    if ((next & 0xC0) != 0x80) {
      return 0;
    }
    c = c << 6 | (next & 0x3F);
  }
  *out = c;
  return c < least[n] || (c >= 0xD800 && c < 0xE000) || c > 0x10FFFF ? 0 : n;
}

/** Not what terminals obey (C0, DEL, C1), nor what turns the text around it
    (Unicode's Bidi_Control) or breaks its line. */
static inline bool
utf8_is_shown(uint32_t c)
{
  const bool is_control = c < 0x20 || (c >= 0x7F && c < 0xA0);
  const bool is_turn = c == 0x061C || c == 0x200E || c == 0x200F ||
                       (c >= 0x202A && c <= 0x202E) ||
                       (c >= 0x2066 && c <= 0x2069);
  const bool is_break = c == 0x2028 || c == 0x2029;
  return !is_control && !is_turn && !is_break;
}

#endif
