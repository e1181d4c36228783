/* folder.h - the runtime folder of an engine, as a client finds it: the
   region's names are made from it. SPDX-License-Identifier: MIT */
#ifndef VSC_HAL_FOLDER_H
#define VSC_HAL_FOLDER_H

#include <stdbool.h>
#include <vsc/base.h>

#define FOLDERS 3
#define FOLDER_BYTES 256
/** DIR/INSTANCE and this: an engine's lock, there for as long as the folder. */
#define FOLDER_LOCK ".lock"
#define FOLDER_INSTANCE_MAX 32

/** The folders to look in, best first: WISH alone, else $AES67_RUNTIME_DIR
    alone, else $XDG_RUNTIME_DIR/aes67, /run/aes67 (on macOS /var/run/aes67) and
    /tmp/aes67-UID. How many; those that do not fit are left out. WISH may be
    NULL. */
unsigned
folder_candidates(const char *wish, char out[FOLDERS][FOLDER_BYTES]);
/** Can DIR be trusted? A folder that not everybody may write; the one under
    /tmp must be ours and 0700. VSC_OK and its owner, VSC_ERR_NOT_FOUND, or
    VSC_ERR_REFUSED; WHY is one sentence. */
vsc_status
folder_check(const char *dir, uint32_t *owner, char *why, size_t why_bytes);
/** Letters, digits, ".", "_" and "-", not beginning with ".", at most 32. */
bool
folder_instance_ok(const char *instance);
/** Tell each instance that has run in DIR, which can be trusted. None where it
    may not be listed. */
void
folder_list(const char *dir,
            void (*tell)(void *arg, const char *instance),
            void *arg);

#endif
