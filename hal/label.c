/* label.c - writes and reads what a channel is called.
   SPDX-License-Identifier: MIT */
#include "label.h"

#include "modules/shared/utf8.h"

#include <string.h>

size_t
label_character(const unsigned char *s)
{
  uint32_t c = 0;
  const size_t n = utf8_length((const char *)s, 4, &c);
  return n > 0 && utf8_is_shown(c) ? n : 0;
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
