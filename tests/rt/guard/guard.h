/* guard.h - what the files of librtguard know of each other.
   SPDX-License-Identifier: MIT */
#ifndef VSC_TESTS_GUARD_H
#define VSC_TESTS_GUARD_H

#include "rtguard.h"

#include <signal.h>
#include <stddef.h>

/** A system call that a role has planned; FIRST is its first argument. */
struct guard_planned {
  int call; /* 0: the end of the table; read(2) is never planned */
  int has_first;
  uint32_t first;
};

/** A kind of thread. One that names itself so is guarded without a word: from
    where its stack has been locked, or from its first sleep. */
struct guard_role {
  const char *name;
  const struct guard_planned *planned;
};
extern const struct guard_role guard_roles[]; /* name NULL: the end */
const struct guard_role *
guard_role_find(const char *name);

/** A system call that no filter sees. */
long
guard_call(long call, long a, long b, long c, long d, long e, long f);
/** Its instruction pointer, as the filter is told it. */
extern const char guard_call_after[];
/** This machine's name in a filter. */
extern const uint32_t guard_arch;
/** The arguments of a call that was trapped; and its result. */
void
guard_context_arguments(void *context, long out[6]);
void
guard_context_return(void *context, long result);

/** Filter the calling thread, for good. */
void
guard_filter(const struct guard_role *role);

/** Remember page faults of the calling thread from here on, if the system lets
    us; -1: too many threads do. */
int
guard_faults_open(void);
void
guard_faults_close(int faults);
/** Print where those were that happened since. */
void
guard_faults_print(int faults);

/** For guard_calls.c: ends the process when the calling thread is guarded. */
void
guard_forbid(const char *what);
/** The calling thread has done WHAT: says so, and ends the process. */
_Noreturn void
guard_fail(const char *what, ...) __attribute__((format(printf, 1, 2)));
/** The thread begins, ends, has a new name, has locked memory. */
void
guard_named(const char *name);
void
guard_locked(void);
void
guard_ends(void);
/** A planned sleep. */
void
guard_before_sleep(void);
void
guard_after_sleep(void);

#endif
