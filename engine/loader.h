/* loader.h - module files to descriptors. The only room that knows libltdl: our
   own loader inside it dlopens absolute paths of files that nobody else can
   write, and keeps the true reason when that fails.
   SPDX-License-Identifier: MIT */
#ifndef VSC_ENGINE_LOADER_H
#define VSC_ENGINE_LOADER_H

#include <vsc/module.h>

struct loader;
struct loaded; /* one loaded file; reference counted by path */

#define LOADER_WHY_BYTES 1536 /* enough for any reason here */

/** FOLDERS: absolute, NULL-ended, searched in order; copied. [main-thread] */
vsc_status
loader_create(const char *const *folders, struct loader **out);
void
loader_destroy(struct loader *loader);

/** NAME is a stem ("codec-l24") looked up in the folders, or an absolute path
    of a .so. KIND: enum vsc_kind, or 0 for any. Loading the same again gives
    the same. Who may provide a module is checked before its file is opened; its
    ABI after, because only the module itself tells it. On failure WHY is one
    line: path, cause, next step. */
vsc_status
loader_load(struct loader *loader,
            const char *name,
            int kind,
            const struct loaded **out,
            char *why,
            size_t why_bytes);
/** Matched with loader_load; unloads at the last one. */
void
loader_unload(struct loader *loader, const struct loaded *loaded);

/** Checked, and a private copy: members that the module is too old to have are
    NULL, its texts never are, and so for ops. */
const vsc_module *
loaded_module(const struct loaded *loaded);
const char *
loaded_name(const struct loaded *loaded); /* "codec-l24" */
const char *
loaded_path(const struct loaded *loaded);
/** "codec", or NULL when there is no such kind. */
const char *
loader_kind(int kind);

/** Every module file, folder after folder, by name; a name is visited once, in
    the first folder that has it. WHY is NULL when it would load, else the
   reason (and MODULE NULL). */
void
loader_list(struct loader *loader,
            void (*visit)(void *arg,
                          const char *name,
                          const char *path,
                          const vsc_module *module,
                          const char *why),
            void *arg);

#endif
