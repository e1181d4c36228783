/* loader_path.h - which file a module's name means, and whether only people we
   trust can have written it. Only the loader needs it.
   SPDX-License-Identifier: MIT */
#ifndef VSC_ENGINE_LOADER_PATH_H
#define VSC_ENGINE_LOADER_PATH_H

#include "loader_entry.h"

#include <sys/types.h>

#define LOADER_NAME_BYTES 64

/** The checked, real, absolute path of NAME (a stem, or an absolute path) in
    OUT; the caller frees it. BINARY_OWNER is trusted besides root and us. */
vsc_status
loader_path_find(char *const *folders,
                 uid_t binary_owner,
                 const char *name,
                 char **out,
                 const struct loader_why *why);

#endif
