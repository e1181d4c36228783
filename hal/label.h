/* label.h - what a channel is called, in shared memory: short, one line, valid
   UTF-8 whoever wrote it.
   SPDX-License-Identifier: MIT */
#ifndef VSC_HAL_LABEL_H
#define VSC_HAL_LABEL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <vsc/base.h>

#define LABEL_BYTES 32 /* with the NUL */

/** Zeroed: no name. Words, so that a reader beside the writer sees each byte
    old or new. */
struct label {
  _Atomic uint64_t words[LABEL_BYTES / sizeof(uint64_t)];
};

/** Bytes of the UTF-8 character at S, a NUL-terminated text, or 0 where none is
    that may be shown: broken, a control character, or one that turns the text
    around it. [thread-safe] */
size_t
label_character(const unsigned char *s);
/** TEXT as a label shows it: whole characters as far as there is room, "?" for
    bytes that are none. Fewer BYTES are fine. [thread-safe] */
void
label_clean(const char *text, char *out, size_t bytes);
/** [main-thread] of the one writer. False: it was TEXT already. */
bool
label_write(struct label *label, const char *text);
/** Always clean, whatever is there. [thread-safe] */
void
label_read(const struct label *label, char out[LABEL_BYTES]);

#endif
