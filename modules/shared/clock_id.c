/* clock_id.c - see clock_id.h. SPDX-License-Identifier: MIT */
#include "modules/shared/clock_id.h"

char *
clock_id_text(const uint8_t *id, unsigned count, char out[CLOCK_ID_TEXT])
{
  static const char digits[] = "0123456789ABCDEF";
  char *p = out;
  for (unsigned i = 0; i < count && i < CLOCK_ID_BYTES; i++) {
    if (i > 0) {
      *p++ = '-';
    }
    *p++ = digits[id[i] >> 4];
    *p++ = digits[id[i] & 15];
  }
  *p = '\0';
  return out;
}

static int
digit(char c)
{
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  const char lower = (char)(c | 32);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

const char *
clock_id_read(const char *text, const char *limit, uint8_t *out, unsigned count)
{
  const char *p = text;
  for (unsigned i = 0; i < count; i++) {
    if (i > 0 && p < limit && (*p == '-' || *p == ':' || *p == '.')) {
      p++;
    }
    const int high = limit - p >= 2 ? digit(p[0]) : -1;
    const int low = high < 0 ? -1 : digit(p[1]);
    if (low < 0) {
      return NULL;
    }
    out[i] = (uint8_t)(high << 4 | low);
    p += 2;
  }
  return p;
}
