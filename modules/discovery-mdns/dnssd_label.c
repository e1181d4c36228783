/* dnssd_label.c - the next name, where one is taken.
   SPDX-License-Identifier: MIT */
#include "dnssd_label.h"

#include <stdio.h>
#include <string.h>

#define NUMBER_MAX 999999 /* more is a part of the name */

/* Where " #N" begins, and its N; without it the end, and 1. */
static size_t
number_at(const char *label, unsigned *number)
{
  const size_t end = strlen(label);
  size_t at = end;
  unsigned unit = 1, n = 0;
  while (at > 0 && label[at - 1] >= '0' && label[at - 1] <= '9' &&
         unit <= NUMBER_MAX) {
    at--;
    n += unit * (unsigned)(label[at] - '0');
    unit *= 10;
  }
  if (n < 2 || at < 3 || label[at] == '0' || label[at - 1] != '#' ||
      label[at - 2] != ' ') {
    *number = 1;
    return end;
  }
  *number = n;
  return at - 2;
}

void
dnssd_label_next(char label[DNSSD_LABEL_BYTES])
{
  unsigned number;
  char tail[16];
  size_t at = number_at(label, &number);
  const size_t bytes =
    (size_t)snprintf(tail, sizeof tail, " #%u", number + 1) + 1;
  at = at + bytes <= DNSSD_LABEL_BYTES ? at : DNSSD_LABEL_BYTES - bytes;
  /* What goes on with a letter is 10xxxxxx (RFC 3629, 3). */
  while (at > 0 && ((uint8_t)label[at] & 0xC0) == 0x80) {
    at--;
  }
  memcpy(label + at, tail, bytes);
}
