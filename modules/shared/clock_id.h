/* clock_id.h - the identity of a clock, or a hardware address, as people write
   it: "00-1D-C1-FF-FE-50-36-33". SPDX-License-Identifier: MIT */
#ifndef VSC_CLOCK_ID_H
#define VSC_CLOCK_ID_H

#include <vsc/base.h>

#define CLOCK_ID_BYTES 8
#define CLOCK_ID_TEXT 24 /* with its NUL */

/** COUNT octets, at most 8, with dashes between them; returns OUT. */
char *
clock_id_text(const uint8_t *id, unsigned count, char out[CLOCK_ID_TEXT]);
/** COUNT octets in hexadecimal at the front of [TEXT, LIMIT), with "-", ":",
   "." or nothing between them: where they end, or NULL: they are none. */
const char *
clock_id_read(const char *text,
              const char *limit,
              uint8_t *out,
              unsigned count);

#endif
