/* test_rtthread.c - the audio thread is started, driven and stopped, with a
   sleep that takes no time.
   SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE /* syscall() */
#include "engine/rtthread.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#define NOBODY 65534

struct world {
  struct os os; /* first */
  _Atomic vsc_ns time;
  _Atomic unsigned wakes;
  unsigned limit; /* 0: none */
  vsc_ns late;    /* the worst difference between asked and got */
  vsc_ns asked;
  double denormal; /* what became of one */
  int is_signal_blocked, is_fault_blocked;
  uint64_t slice; /* ns */
};

static vsc_ns
now(const struct os *os) VSC_RT
{
  const struct world *const w = (const struct world *)os;
  return atomic_load_explicit(&w->time, memory_order_relaxed);
}

static void
sleep_until(const struct os *os, vsc_ns t) VSC_RT
{
  /* Not const where it comes from. */
  struct world *const w = (struct world *)(uintptr_t)os;
  atomic_store_explicit(&w->time, t, memory_order_relaxed);
}

static vsc_ns
wake(void *arg, vsc_ns t) VSC_RT
{
  struct world *const w = arg;
  if (w->asked && t - w->asked > w->late) {
    w->late = t - w->asked;
  }
  w->asked = t + 1000000;
  const unsigned n =
    atomic_fetch_add_explicit(&w->wakes, 1, memory_order_relaxed) + 1;
  return w->limit && n == w->limit ? RTTHREAD_STOP : w->asked;
}

static void
begin(struct world *w)
{
  memset(w, 0, sizeof *w);
  w->denormal = 1;
  w->os = (struct os){ .now = now, .sleep_until = sleep_until };
}

Test(rtthread, wakes_at_the_time_it_asked_for, .timeout = 10)
{
  struct world w;
  begin(&w);
  struct rtthread_report report;
  struct rtthread *t;
  cr_assert_eq(rtthread_start(&w.os, wake, &w, &report, &t), VSC_OK);
  while (atomic_load(&w.wakes) < 1000) {
  }
  rtthread_stop(t);
  cr_assert_eq(w.late, 0);
}

Test(rtthread, ends_by_itself_when_told, .timeout = 10)
{
  struct world w;
  begin(&w);
  w.limit = 3;
  struct rtthread_report report;
  struct rtthread *t;
  cr_assert_eq(rtthread_start(&w.os, wake, &w, &report, &t), VSC_OK);
  while (atomic_load(&w.wakes) < 3) {
  }
  rtthread_stop(t);
  cr_assert_eq(atomic_load(&w.wakes), 3);
}

Test(rtthread, reports_what_the_system_granted, .timeout = 10)
{
  struct world w;
  begin(&w);
  w.limit = 1;
  struct rtthread_report report;
  struct rtthread *t;
  cr_assert_eq(rtthread_start(&w.os, wake, &w, &report, &t), VSC_OK);
  rtthread_stop(t);
  cr_assert_str_eq(report.scheduling, report.priority ? "fifo" : "normal");
  cr_assert_eq(report.error == 0, report.priority != 0);
}

static vsc_ns
look_at_slice(void *arg, vsc_ns t)
{
  struct world *const w = arg;
  uint64_t attributes[6] = { 0 }; /* sched_getattr(2): the runtime is fourth */
  (void)t;
  syscall(SYS_sched_getattr, 0, attributes, sizeof attributes, 0);
  w->slice = attributes[3];
  atomic_fetch_add_explicit(&w->wakes, 1, memory_order_release);
  return RTTHREAD_STOP;
}

Test(rtthread, has_short_slices_where_it_is_refused_more, .timeout = 10)
{
  struct utsname system;
  int major = 0, minor = 0;
  uname(&system);
  sscanf(system.release, "%d.%d", &major, &minor);
  if (major * 100 + minor < 612) {
    cr_skip("Linux 6.12 is the first that grants them");
  }
  cr_assert(geteuid() != 0 || setuid(NOBODY) == 0);
  struct world w;
  begin(&w);
  struct rtthread_report report;
  struct rtthread *t;
  cr_assert_eq(rtthread_start(&w.os, look_at_slice, &w, &report, &t), VSC_OK);
  while (atomic_load(&w.wakes) == 0) {
  }
  rtthread_stop(t);
  if (report.priority) {
    cr_skip("this user has SCHED_FIFO");
  }
  cr_expect_eq(w.slice, 100000);
}

static vsc_ns
look(void *arg, vsc_ns t)
{
  struct world *const w = arg;
  (void)t;
  volatile double tiny = 2.3e-308; /* the smallest normal one, nearly */
  tiny = tiny / 4;
  w->denormal = tiny;
  sigset_t blocked;
  sigprocmask(SIG_BLOCK, NULL, &blocked);
  w->is_signal_blocked = sigismember(&blocked, SIGTERM);
  w->is_fault_blocked = sigismember(&blocked, SIGSEGV);
  atomic_fetch_add_explicit(&w->wakes, 1, memory_order_release);
  return RTTHREAD_STOP;
}

/* The conversion drops the promise: it looks at what the promise is about. */
#if defined(__clang__) && __clang_major__ >= 20
#pragma clang diagnostic ignored "-Wfunction-effects"
#endif
static void
run_look(struct world *w)
{
  struct rtthread_report report;
  struct rtthread *t;
  begin(w);
  cr_assert_eq(rtthread_start(&w->os, look, w, &report, &t), VSC_OK);
  while (!atomic_load(&w->wakes)) {
  }
  rtthread_stop(t);
}

#if defined(__SSE2__) || defined(__aarch64__)
Test(rtthread, has_no_denormals, .timeout = 10)
{
  struct world w;
  run_look(&w);
  cr_assert_eq(w.denormal, 0.0);
}
#endif

Test(rtthread, takes_no_signals_but_faults, .timeout = 10)
{
  struct world w;
  run_look(&w);
  cr_assert_eq(w.is_signal_blocked, 1);
  cr_assert_eq(w.is_fault_blocked, 0);
  sigset_t ours;
  sigprocmask(SIG_BLOCK, NULL, &ours);
  cr_assert_eq(sigismember(&ours, SIGTERM), 0);
}

Test(rtthread, nothing_is_fine_to_stop)
{
  rtthread_stop(NULL);
}
