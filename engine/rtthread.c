/* rtthread.c - pthreads, for the one thread that must not be late: what it
   needs is taken before its first wake-up.
   SPDX-License-Identifier: MIT */
#include "rtthread.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "hal/platform.h"

#define STACK_BYTES ((size_t)256 * 1024)
#define CPU_PERIOD 100000000 /* ns; ten reads a second cost nothing */

struct rtthread {
  /* constant after rtthread_start */
  const struct os *os;
  rtthread_wake *wake;
  void *arg;
  pthread_t thread;
  /* atomic */
  _Atomic int is_stopping;
  _Atomic int64_t cpu_ns;
};

static void
run(struct rtthread *t) VSC_RT
{
  vsc_ns read_cpu_at = INT64_MIN;
  /* Relaxed: the join orders everything else. */
  while (!atomic_load_explicit(&t->is_stopping, memory_order_relaxed)) {
    const vsc_ns now = t->os->now(t->os);
    if (now >= read_cpu_at) {
      atomic_store_explicit(
        &t->cpu_ns, rtthread_os_cpu_ns(), memory_order_relaxed);
      read_cpu_at = now + CPU_PERIOD;
    }
    const vsc_ns next = t->wake(t->arg, now);
    if (next == RTTHREAD_STOP) {
      return;
    }
    t->os->sleep_until(t->os, next);
  }
}

static void *
thread_main(void *arg)
{
  struct rtthread *const t = arg;
  rtthread_os_begin("aes67-audio");
  platform_prefault_stack();
  platform_denormals_off();
  run(t);
  return NULL;
}

/* errno of the thread's creation; PRIORITY 0 is an ordinary thread. */
static int
create_thread(struct rtthread *t, int priority)
{
  pthread_attr_t attr;
  int error = pthread_attr_init(&attr);
  if (error) {
    return error;
  }
  error = pthread_attr_setstacksize(&attr, STACK_BYTES);
  if (!error && priority) {
    const struct sched_param param = { .sched_priority = priority };
    error = pthread_attr_setinheritsched(&attr, PTHREAD_EXPLICIT_SCHED);
    error = error ? error : pthread_attr_setschedpolicy(&attr, SCHED_FIFO);
    error = error ? error : pthread_attr_setschedparam(&attr, &param);
  }
  if (!error) {
    error = pthread_create(&t->thread, &attr, thread_main, t);
  }
  pthread_attr_destroy(&attr);
  return error;
}

/* Above the 50 of interrupt threads and below the watchdogs at 99; the second
   is for those whom the administrator grants less. */
static int
create_at_best(struct rtthread *t, struct rtthread_report *report)
{
  static const int priorities[] = { 75, 20, 0 };
  int error = EPERM;
  report->error = 0;
  for (unsigned i = 0; error == EPERM && i < 3; i++) {
    report->priority = priorities[i];
    report->scheduling = priorities[i] ? "fifo" : "normal";
    error = create_thread(t, priorities[i]);
    if (error && !report->error) {
      report->error = error;
    }
  }
  if (!error && report->priority) {
    report->error = 0;
  }
  return error;
}

vsc_status
rtthread_start(const struct os *os,
               rtthread_wake *wake,
               void *arg,
               struct rtthread_report *report,
               struct rtthread **out)
{
  struct rtthread *const t = calloc(1, sizeof *t);
  if (!t) {
    return VSC_ERR_NOMEM;
  }
  t->os = os;
  t->wake = wake;
  t->arg = arg;
  /* The thread inherits what is blocked; faults stay, to be seen where they
     happen. */
  sigset_t blocked, before;
  sigfillset(&blocked);
  sigdelset(&blocked, SIGSEGV);
  sigdelset(&blocked, SIGBUS);
  sigdelset(&blocked, SIGFPE);
  sigdelset(&blocked, SIGILL);
  sigdelset(&blocked, SIGABRT);
  pthread_sigmask(SIG_SETMASK, &blocked, &before);
  const int error = create_at_best(t, report);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  if (error) {
    free(t);
    return error == ENOMEM ? VSC_ERR_NOMEM : VSC_ERR_SYSTEM;
  }
  *out = t;
  return VSC_OK;
}

void
rtthread_stop(struct rtthread *t)
{
  if (!t) {
    return;
  }
  atomic_store_explicit(&t->is_stopping, 1, memory_order_relaxed);
  pthread_join(t->thread, NULL);
  free(t);
}

int64_t
rtthread_cpu_ns(const struct rtthread *t)
{
  return atomic_load_explicit(&t->cpu_ns, memory_order_relaxed);
}
