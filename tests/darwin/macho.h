/* macho.h - just enough of macOS's loader to run our own bundle on Linux: one
   slice, mapped, rebased, and bound to functions of ours. For tests only; it
   trusts its file. SPDX-License-Identifier: MIT */
#ifndef TESTS_DARWIN_MACHO_H
#define TESTS_DARWIN_MACHO_H

#include <stddef.h>
#include <stdint.h>

struct macho {
  uint8_t *base; /* of the mapping */
  size_t bytes;
  uint64_t exports, exports_bytes; /* the trie, in the file below */
  const uint8_t *file;
};

/** What an import is bound to; NULL: unknown, which ends the program. */
typedef void *
macho_resolve(const char *name);

/** The slice for this processor of the universal file at PATH. Says what is
    wrong and exits: a test has no use for half a bundle. */
void
macho_load(const char *path, macho_resolve *resolve, struct macho *out);
/** The exported NAME, or NULL. */
void *
macho_symbol(const struct macho *m, const char *name);

/** The shims: libSystem as our bundle uses it. NULL: not one of them. */
void *
shim_resolve(const char *name);

#endif
