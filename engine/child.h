/* child.h - a process of this engine's own, that ends with it: its stdin is a
   pipe that closes when the engine goes, however it goes; what it says on
   stdout and stderr comes back. One file per kind of system behind it.
   SPDX-License-Identifier: MIT */
#ifndef VSC_ENGINE_CHILD_H
#define VSC_ENGINE_CHILD_H

#include <stdbool.h>
#include <sys/types.h>
#include <vsc/base.h>

struct child {
  pid_t pid; /* 0: none runs */
  int life;  /* its stdin; it ends when this is closed */
  int words; /* what it says, never blocks; -1: nothing more comes */
};

/** Run the program ARGV[0] (a path) with ARGV, NULL-ended, in a process group
    of its own: signals from a terminal are the engine's. [main-thread] */
vsc_status
child_start(const char *const *argv, struct child *out);
/** Has it ended? Then EXIT_CODE is its own, or -1 after a signal; call it no
    more. Never blocks. [main-thread] */
bool
child_has_ended(struct child *child, int *exit_code);
/** Ask it to end; or make it, when HOW is not to be refused. */
void
child_stop(struct child *child, bool at_once);
/** Close our ends; of one that has ended, or that is given up. */
void
child_close(struct child *child);
/** Sleep, only where an engine ends: for children that are to have time. */
void
child_nap(void);

#endif
