/* label.c - writes and reads what a channel is called.
   SPDX-License-Identifier: MIT */
#include "label.h"

#include <string.h>

size_t
label_character(const unsigned char *s)
{
  if (s[0] < 0x80) {
    return s[0] >= 0x20 && s[0] != 0x7f;
  }
  if (s[0] < 0xc2 || s[0] > 0xf4) {
    return 0;
  }
  const size_t more = s[0] >= 0xf0 ? 3 : s[0] >= 0xe0 ? 2 : 1;
  for (size_t i = 1; i <= more; i++) {
    if ((s[i] & 0xc0) != 0x80) {
      return 0;
    }
  }
  /* RFC 3629, 4: no overlong forms, no surrogates, nothing after U+10FFFF. And
     U+0080 to U+009F are control characters. */
  const bool is_low = (s[0] == 0xc2 || s[0] == 0xe0) && s[1] < 0xa0;
  const bool is_overlong = s[0] == 0xf0 && s[1] < 0x90;
  const bool is_surrogate = s[0] == 0xed && s[1] > 0x9f;
  const bool is_beyond = s[0] == 0xf4 && s[1] > 0x8f;
  return is_low || is_overlong || is_surrogate || is_beyond ? 0 : more + 1;
}

void
label_clean(const char *text, char *out, size_t bytes)
{
  size_t used = 0;
  while (*text) {
    const size_t shown = label_character((const unsigned char *)text);
    const size_t n = shown ? shown : 1;
    if (used + n >= bytes) {
      break;
    }
    memcpy(out + used, shown ? text : "?", n);
    used += n;
    text += n;
  }
  if (bytes > 0) {
    out[used] = '\0';
  }
}

bool
label_write(struct label *label, const char *text)
{
  union {
    char text[LABEL_BYTES];
    uint64_t words[LABEL_BYTES / sizeof(uint64_t)];
  } is = { .text = "" };
  bool has_changed = false;
  label_clean(text, is.text, sizeof is.text);
  for (size_t i = 0; i < sizeof is.words / sizeof *is.words; i++) {
    has_changed |= atomic_load_explicit(&label->words[i],
                                        memory_order_relaxed) != is.words[i];
    atomic_store_explicit(&label->words[i], is.words[i], memory_order_relaxed);
  }
  return has_changed;
}

void
label_read(const struct label *label, char out[LABEL_BYTES])
{
  union {
    char text[LABEL_BYTES];
    uint64_t words[LABEL_BYTES / sizeof(uint64_t)];
  } is;
  for (size_t i = 0; i < sizeof is.words / sizeof *is.words; i++) {
    is.words[i] = atomic_load_explicit(&label->words[i], memory_order_relaxed);
  }
  is.text[sizeof is.text - 1] = '\0';
  label_clean(is.text, out, LABEL_BYTES);
}
