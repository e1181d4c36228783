/* paths.h - where modules and profiles are looked for: beside the binary in a
   build tree, in the user's and the system's configuration, in the prefix.
   SPDX-License-Identifier: MIT */
#ifndef VSC_ENGINE_PATHS_H
#define VSC_ENGINE_PATHS_H

#include <vsc/base.h>

#define PATHS_BYTES 1024

/** NULL-ended lists, first wins; what loader_create and profile_find take. The
    pointers are into the struct: do not copy it. */
struct paths {
  const char *modules[3];
  const char *profiles[5];
  char text[6][PATHS_BYTES];
};

/** PREFIX_*: where an installed product has them (compiled in): absolute, or
    from the binary's folder, as "../share/aes67/profiles". A folder
    beside the binary counts only when it is there; the others are listed
    anyway. BINARY: the path of the running program, or NULL to ask the
    system. */
void
paths_init(struct paths *out,
           const char *binary,
           const char *prefix_modules,
           const char *prefix_profiles);

/** The running program's own path (os/exe_*.c). */
vsc_status
exe_path(char *out, size_t bytes);

#endif
