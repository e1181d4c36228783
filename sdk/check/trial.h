/* trial.h - the module that is tried, and instances of it in fake hosts. The
   checks of one kind are in one file; all of them run in the child process.
   SPDX-License-Identifier: MIT */
#ifndef VSC_CHECK_TRIAL_H
#define VSC_CHECK_TRIAL_H

#include "engine/loader.h"
#include "fakehost.h"
#include "report.h"

struct trial {
  struct report report;
  const struct loaded *loaded;
  const vsc_module *module;
  const char *required; /* a key without a default, or NULL */
  bool is_dead;         /* init() fails: the rest would say the same */
};

/** Which values the options get. */
enum trial_options { TRIAL_DEFAULTS, TRIAL_LOWEST, TRIAL_HIGHEST };

/** An instance as the engine would make it. */
struct subject {
  struct trial *trial;
  struct fakehost host;
  struct guard *memory; /* of the instance */
  void *self;
  vsc_status status; /* of init() */
  bool has_init;     /* fini() is due */
};

/** Memory, host, options; not init(). False after reporting. */
bool
subject_prepare(struct subject *s, struct trial *t, enum trial_options options);
/** init(); its status. */
vsc_status
subject_init(struct subject *s);
/** prepare and init with the defaults; false after reporting. */
bool
subject_start(struct subject *s, struct trial *t);
/** fini(), then report what was written over or left behind. A zeroed struct
    is fine. */
void
subject_finish(struct subject *s);

/** What the module logged last, for a sentence. */
const char *
subject_said(struct subject *s);

/** Numbers that are the same in every run. */
uint32_t
trial_random(uint32_t *state);

/** One check: reports with T->report; runs between its begin and end. */
struct trial_check {
  const char *name; /* NULL ends a table */
  void (*run)(struct trial *t);
};

/** Tables, by kind. */
extern const struct trial_check trial_any[];
extern const struct trial_check trial_codec[];
extern const struct trial_check trial_transport[];
extern const struct trial_check trial_discovery[];
extern const struct trial_check trial_clock[];
extern const struct trial_check trial_resampler[];

/** Everything, in this process: reports to TO. */
void
trial_run(const char *path, FILE *to);

#endif
