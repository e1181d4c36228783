/* guard_roles.c - which threads are guarded, and which system calls they plan:
   a row a thread. SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "guard.h"

#include <string.h>
#include <sys/syscall.h>
#include <time.h>

/* Found with strace: one sleep, one receive a socket and one send a wake-up
   (through AF_XDP it is sendto), and ten times a second its own CPU time, which
   no vDSO knows. */
static const struct guard_planned audio[] = {
  { .call = SYS_clock_nanosleep },
  { .call = SYS_recvmmsg },
  { .call = SYS_sendmmsg },
  { .call = SYS_sendto },
  { .call = SYS_clock_gettime,
    .has_first = 1,
    .first = CLOCK_THREAD_CPUTIME_ID },
  { 0 },
};

/* What an application's thread does between two waits: shared memory only. */
static const struct guard_planned nothing[] = { { 0 } };

/* An application's callback: called on time, by a thread of the client library
   that does nothing but sleep in between. */
static const struct guard_planned sleeps[] = {
  { .call = SYS_clock_nanosleep },
  { .call = SYS_nanosleep },
  { .call = SYS_restart_syscall },
  { 0 },
};

const struct guard_role guard_roles[] = {
  { "aes67-audio", audio },
  { "aes67-client", sleeps },
  { "pull", nothing },
  { NULL, NULL },
};

const struct guard_role *
guard_role_find(const char *name)
{
  for (const struct guard_role *r = guard_roles; r->name; r++) {
    if (strcmp(r->name, name) == 0) {
      return r;
    }
  }
  return NULL;
}
