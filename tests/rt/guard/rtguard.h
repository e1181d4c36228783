/* rtguard.h - librtguard: proof by the kernel that a thread keeps its promise.
   Linked into a program, or preloaded into one.

   A guarded thread that makes a system call which its role has not planned, has
   a page fault, allocates, takes a lock, prints, or is put to sleep between two
   planned sleeps ends the process: exit 99, and on stderr what it did and from
   where. The engine's audio thread is guarded from the end of its set-up to its
   last wake-up, without a word of code in the engine: by its name.
   SPDX-License-Identifier: MIT */
#ifndef VSC_TESTS_RTGUARD_H
#define VSC_TESTS_RTGUARD_H

#include <stdint.h>

#define RTGUARD_EXIT 99

/** Is it in this build at all? */
int
rtguard_is_there(void);
/** The calling thread is one of ROLE from here on (guard_roles.c); unknown
   roles end the process. What is touched for the first time in between is a
   page fault: go through it once before. */
void
rtguard_enter(const char *role);
/** It may do what it likes again, until it enters again. */
void
rtguard_leave(void);
/** Is the calling thread guarded? Then nothing of this returns. */
int
rtguard_is_on(void);

/** What all threads of ROLE have done so far. */
struct rtguard_sum {
  uint64_t threads; /* that were guarded */
  uint64_t enters;  /* how often */
  uint64_t sleeps;  /* planned ones: its wake-ups */
};
struct rtguard_sum
rtguard_sum(const char *role);

#endif
