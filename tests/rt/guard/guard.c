/* guard.c - which thread is guarded, since when, and what it has done.
   SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "guard.h"

#include <execinfo.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ROLES 16

struct guard {
  const struct guard_role *role; /* NULL: an ordinary thread */
  int is_on;
  int has_filter;
  int faults;        /* as guard_faults_open */
  struct rusage was; /* when it was last looked at */
};
/* Initial-exec: a thread's first look at it must not allocate. */
static _Thread_local struct guard me __attribute__((tls_model("initial-exec")));

static struct {
  _Atomic uint64_t threads, enters, sleeps, preempted;
} sums[ROLES];

int
rtguard_is_there(void)
{
  return 1;
}

int
rtguard_is_on(void)
{
  return me.is_on;
}

void
guard_fail(const char *what, ...)
{
  char text[200];
  va_list args;
  me.is_on = 0;
  va_start(args, what);
  vsnprintf(text, sizeof text, what, args);
  va_end(args);
  fprintf(
    stderr, "rtguard: thread %s: %s\n", me.role ? me.role->name : "?", text);
  fflush(stderr);
  void *frames[32];
  backtrace_symbols_fd(frames, backtrace(frames, 32), 2);
  (void)guard_call(SYS_exit_group, RTGUARD_EXIT, 0, 0, 0, 0, 0);
  __builtin_unreachable();
}

void
guard_forbid(const char *what)
{
  if (me.is_on) {
    guard_fail("%s", what);
  }
}

static struct rusage
usage(void)
{
  struct rusage u;
  (void)guard_call(
    SYS_getrusage, RUSAGE_THREAD, (long)(uintptr_t)&u, 0, 0, 0, 0);
  return u;
}

/* Since it was last looked at: no page fault, and nothing that it waited for.
 */
static void
check(void)
{
  const struct rusage now = usage();
  const long faults =
    now.ru_minflt - me.was.ru_minflt + now.ru_majflt - me.was.ru_majflt;
  const long waits = now.ru_nvcsw - me.was.ru_nvcsw;
  if (me.is_on && faults != 0) {
    me.is_on = 0;
    guard_faults_print(me.faults);
    guard_fail("%ld page faults", faults);
  }
  if (me.is_on && waits != 0) {
    guard_fail("waited %ld times", waits);
  }
  if (me.role) {
    atomic_fetch_add_explicit(&sums[me.role - guard_roles].preempted,
                              (uint64_t)(now.ru_nivcsw - me.was.ru_nivcsw),
                              memory_order_relaxed);
  }
}

static void
look(void)
{
  me.was = usage();
}

static void
enter(const struct guard_role *role)
{
  const ptrdiff_t r = role - guard_roles;
  me.role = role;
  if (!me.has_filter) {
    me.has_filter = 1;
    me.faults = guard_faults_open();
    guard_filter(role);
    atomic_fetch_add(&sums[r].threads, 1);
  }
  atomic_fetch_add(&sums[r].enters, 1);
  /* Our own pages first. */
  look();
  check();
  look();
  me.is_on = 1;
}

void
rtguard_enter(const char *role)
{
  const struct guard_role *const r = guard_role_find(role);
  if (!r) {
    guard_fail("has no role \"%s\"", role);
  }
  enter(r);
}

void
rtguard_leave(void)
{
  if (me.is_on) {
    check();
  }
  me.is_on = 0;
}

void
guard_named(const char *name)
{
  if (!me.is_on) {
    me.role = guard_role_find(name);
  }
}

void
guard_locked(void)
{
  if (me.role && !me.is_on && !me.has_filter) {
    enter(me.role);
  }
}

void
guard_ends(void)
{
  rtguard_leave();
  if (me.has_filter) {
    guard_faults_close(me.faults);
  }
}

void
guard_before_sleep(void)
{
  if (me.is_on) {
    check();
  } else {
    guard_locked();
  }
}

void
guard_after_sleep(void)
{
  if (me.is_on) {
    atomic_fetch_add_explicit(
      &sums[me.role - guard_roles].sleeps, 1, memory_order_relaxed);
    look();
  }
}

struct rtguard_sum
rtguard_sum(const char *role)
{
  const struct guard_role *const r = guard_role_find(role);
  const ptrdiff_t i = r ? r - guard_roles : ROLES - 1;
  return (struct rtguard_sum){ .threads = atomic_load(&sums[i].threads),
                               .enters = atomic_load(&sums[i].enters),
                               .sleeps = atomic_load(&sums[i].sleeps) };
}

/* backtrace() loads a library the first time. */
__attribute__((constructor)) static void
begin(void)
{
  void *frame[1];
  (void)backtrace(frame, 1);
}

__attribute__((destructor)) static void
end(void)
{
  for (int i = 0; guard_roles[i].name; i++) {
    if (atomic_load(&sums[i].threads) > 0) {
      fprintf(stderr,
              "rtguard: %s: %" PRIu64 " threads, guarded %" PRIu64
              " times, %" PRIu64 " sleeps, %" PRIu64
              " times preempted, nothing unplanned\n",
              guard_roles[i].name,
              atomic_load(&sums[i].threads),
              atomic_load(&sums[i].enters),
              atomic_load(&sums[i].sleeps),
              atomic_load(&sums[i].preempted));
    }
  }
}
