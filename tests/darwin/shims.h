/* shims.h - where the calling conventions of macOS are not those of Linux; a
   file for each processor.
   SPDX-License-Identifier: MIT */
#ifndef TESTS_DARWIN_SHIMS_H
#define TESTS_DARWIN_SHIMS_H

#include <stddef.h>

/** As macOS calls them: snprintf(out, bytes, format, ...) and vsnprintf. */
void
shim_snprintf(void);
void
shim_vsnprintf(void);
/** Is called with a thread-local variable's descriptor {this, key, offset},
    answers its address and changes next to no register. */
void
shim_tlv(void);
/** Those variables: zero at first, as ours are. */
extern _Thread_local char shim_tlv_bytes[4096];

#endif
