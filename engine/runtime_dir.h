/* runtime_dir.h - the folders an engine leaves things in: the one with its
   socket, which clients search for, and the one with its saved state.
   SPDX-License-Identifier: MIT */
#ifndef VSC_ENGINE_RUNTIME_DIR_H
#define VSC_ENGINE_RUNTIME_DIR_H

#include <vsc/base.h>
#include <stdbool.h>
#include <sys/types.h>

#define RUNTIME_DIRS 3
/* Of a folder: a socket's whole path has 104 bytes (macOS) or 108. */
#define RUNTIME_DIR_BYTES 104
#define STATE_DIRS 2
#define STATE_DIR_BYTES 1024

/** What the folders are derived from; NULL for what is not set. */
struct runtime_places {
  const char *xdg_runtime_dir;
  const char *run; /* "/run" */
  const char *tmp; /* "/tmp" */
  const char *xdg_state_home;
  const char *home;
  const char *var_lib; /* "/var/lib" */
  uid_t uid;
};

/** This process's; strings are the environment's. */
void
runtime_places_read(struct runtime_places *out);

/** The folders to search, best first; with WISH (may be NULL) only that one.
    Trailing slashes are gone, so that the text is the same for everybody (the
    region's names are made from it). How many. */
unsigned
runtime_dirs(const struct runtime_places *places,
             const char *wish,
             char out[RUNTIME_DIRS][RUNTIME_DIR_BYTES]);
/** Is DIR a folder that not everybody may write? The one under /tmp must be no
    link, ours and 0700. VSC_ERR_NOT_FOUND: it is not there. WHY: one sentence.
 */
vsc_status
runtime_dir_check(const struct runtime_places *places,
                  const char *dir,
                  char *why,
                  size_t why_bytes);
/** The engine's: the first of runtime_dirs that is there, or could be made
    (0700), that passes the check and that we may write to. */
vsc_status
runtime_dir_make(const struct runtime_places *places,
                 const char *wish,
                 char out[RUNTIME_DIR_BYTES],
                 char *why,
                 size_t why_bytes);
/** Let members of GROUP through DIR to what is theirs in it; nobody else.
    VSC_ERR_REFUSED: they cannot get there, or DIR must stay ours alone; WHY:
   one sentence. */
vsc_status
runtime_dir_share(const struct runtime_places *places,
                  const char *dir,
                  uint32_t group,
                  char *why,
                  size_t why_bytes);
/** DIR/INSTANCE.sock; VSC_ERR_INVALID when it does not fit a socket address. */
vsc_status
runtime_socket_path(const char *dir,
                    const char *instance,
                    char out[RUNTIME_DIR_BYTES]);
/** The clients': the first folder that passes the check and has the socket of
    INSTANCE. VSC_ERR_NOT_FOUND: none; VSC_ERR_REFUSED: a folder that may not be
    trusted has one, or we may not look; WHY names it. DIR may be NULL. */
vsc_status
runtime_find(const struct runtime_places *places,
             const char *wish,
             const char *instance,
             char dir[RUNTIME_DIR_BYTES],
             char path[RUNTIME_DIR_BYTES],
             char *why,
             size_t why_bytes);

/** Where saved state may be, best first: $XDG_STATE_HOME/aes67, else for root
    /var/lib/aes67, then ~/.local/state/aes67. How many. */
unsigned
state_dirs(const struct runtime_places *places,
           char out[STATE_DIRS][STATE_DIR_BYTES]);
/** The first of them that is there, or could be made (0700), and that we may
    write to. */
vsc_status
state_dir_make(const struct runtime_places *places,
               char *out,
               size_t out_bytes,
               char *why,
               size_t why_bytes);

#endif
