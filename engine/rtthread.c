/* rtthread.c - the one thread that must not be late: what it needs is taken
   before its first wake-up.
   SPDX-License-Identifier: MIT */
#include "rtthread.h"

#include "os/code.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "hal/platform.h"

/* Above the 50 of interrupt threads and below the watchdogs at 99; the second
   is for those whom the administrator grants less. */
#define PRIORITY 75
#define FALLBACK 20
#define CPU_PERIOD 100000000 /* ns; ten reads a second cost nothing */

struct rtthread {
  /* constant after rtthread_start */
  const struct os *os;
  rtthread_wake *wake;
  void *arg;
  struct platform_thread *thread;
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

static void
run_thread(void *arg)
{
  run(arg);
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
  code_prefault(NULL);
  t->os = os;
  t->wake = wake;
  t->arg = arg;
  const struct platform_thread_config config = { .name = "aes67-audio",
                                                 .run = run_thread,
                                                 .arg = t,
                                                 .priority = PRIORITY,
                                                 .fallback = FALLBACK };
  struct platform_thread_report granted = { 0 };
  const vsc_status status =
    platform_thread_start(&config, &granted, &t->thread);
  report->priority = granted.priority;
  report->error = granted.error;
  report->scheduling = granted.priority ? "fifo" : "normal";
  if (status != VSC_OK) {
    free(t);
    return status;
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
  platform_thread_join(t->thread);
  free(t);
}

int64_t
rtthread_cpu_ns(const struct rtthread *t)
{
  return atomic_load_explicit(&t->cpu_ns, memory_order_relaxed);
}
