/* step.h - a child process that goes one instruction at a time, so that it can
   be stopped, watched or killed at every one of them.

   Instructions are those of this program; a call of the C library is one. The
   child asks for something by step_ask(): whoever steps it does it, and it goes
   on.
   SPDX-License-Identifier: MIT */
#ifndef VSC_TESTS_STEP_H
#define VSC_TESTS_STEP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/** Any function; only its address counts. */
typedef void
step_function(void);

struct step {
  pid_t pid;
  void (*serve)(void *arg); /* what step_ask() asks for */
  void *arg;
  /* of a call that is stepped through */
  uint64_t stack;  /* of the caller */
  uint64_t count;  /* instructions so far */
  bool has_called; /* the last one was a call of the C library */
};

enum step_state {
  STEP_IN,     /* within the function */
  STEP_OUT,    /* it has returned */
  STEP_EXITED, /* the child has ended by itself, and is gone */
};

/** False: this system lets nobody trace its children (or is no x86-64); the
    reason is on stderr. */
bool
step_is_possible(void);
/** Fork a child that will run MAIN and exit with what it returns. */
void
step_start(struct step *s, int (*main)(void *arg), void *arg);
/** In the child: let the parent serve. */
void
step_ask(void);
/** Go on at full speed to the next step_ask(), unserved. */
enum step_state
step_to_ask(struct step *s);
/** Go on at full speed to the TIMES-th call of FUNCTION from now on. */
enum step_state
step_to_call(struct step *s, step_function *function, unsigned times);
/** One instruction. */
enum step_state
step_next(struct step *s);
/** Go on to the child's end; what main() returned, or -1. */
int
step_finish(struct step *s);
/** SIGKILL, and it is gone. */
void
step_kill(struct step *s);

#endif
