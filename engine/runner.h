/* runner.h - `aes67 run`: everything around one engine, and making it again
   when its configuration changes in more than streams.
   SPDX-License-Identifier: MIT */
#ifndef VSC_ENGINE_RUNNER_H
#define VSC_ENGINE_RUNNER_H

#include "engine.h"
#include "paths.h"
#include "runtime_dir.h"

struct runner_setup {
  const char *profile;     /* name or path */
  const char *const *sets; /* "section.key=value", NULL-ended */
  const char *instance;
  const char *runtime_dir; /* NULL: the usual places */
  const struct paths *paths;
  const char *version;
};

struct runner {
  const struct runner_setup *setup;
  char runtime_dir[RUNTIME_DIR_BYTES];
  char program[PATHS_BYTES]; /* empty: not known */
  char state_path[STATE_DIR_BYTES + 64];
  char *state_text; /* the saved state; malloc'd, NULL: none */
  uint32_t rate;    /* an application's wish, not saved; 0: the profile's */
  struct log *log;
  struct loader *loader;
  struct os_interface interface;
  struct os *os;
  struct os *secondary; /* NULL: no interface of the second leg is named */
  struct loop *loop;
  vsc_watch *link, *secondary_link;
  struct control *control;
  struct engine *engine;
  struct config *next; /* to make the engine again with */
  bool wants_restart, wants_stop;
};

/** Runs until SIGINT or SIGTERM; the command's exit code: 0, 1, or 2 for a
    profile error. */
int
runner_run(const struct runner_setup *setup);

/** Change the saved state: SETS are "section.key=value" or NULL, REMOVES
    sections "receive rx9" or NULL, both NULL-ended; PROFILE replaces the base
    profile, or NULL. Checked whole before anything changes, saved, applied.
    WHY: one sentence. [main-thread] */
vsc_status
runner_configure(struct runner *r,
                 const char *profile,
                 const char *const *sets,
                 const char *const *removes,
                 char *why,
                 size_t why_bytes);

/** requests.c: what the control socket answers; context is the runner. */
const struct control_op *
runner_requests(void);

#endif
