/* rtthread.h - the audio thread: the only place that starts one. It calls one
   function again and again, each time at the host time the call before asked
   for.
   SPDX-License-Identifier: MIT */
#ifndef VSC_ENGINE_RTTHREAD_H
#define VSC_ENGINE_RTTHREAD_H

#include "os.h"

struct rtthread;

/** What a wake function answers to end its thread by itself. */
#define RTTHREAD_STOP INT64_MIN

/** One wake-up at host time NOW; the host time of the next (one that has passed
    already comes at once), or RTTHREAD_STOP. [audio-thread] */
typedef vsc_ns
rtthread_wake(void *arg, vsc_ns now) VSC_RT;

/** What the system granted. */
struct rtthread_report {
  const char *scheduling; /* "fifo" or "normal"; a constant */
  int priority;           /* of fifo; 0: normal */
  int error;              /* errno that refused fifo; 0: granted */
};

/** A thread named "aes67-audio" with a prefaulted stack, all signals but
    faults blocked, denormals off, SCHED_FIFO where that is allowed. OS and ARG
    outlive it. Fills in REPORT before it returns. Logs nothing:
    VSC_ERR_SYSTEM or VSC_ERR_NOMEM. [main-thread] */
vsc_status
rtthread_start(const struct os *os,
               rtthread_wake *wake,
               void *arg,
               struct rtthread_report *report,
               struct rtthread **out);
/** Ends it after its present sleep and wake-up, waits for that, frees it. NULL
    is fine. [main-thread] */
void
rtthread_stop(struct rtthread *thread);
/** CPU time it has used, as of at most a tenth of a second before its last
    wake-up. [thread-safe] */
int64_t
rtthread_cpu_ns(const struct rtthread *thread);

/** What only the system can do, in os/os_*.c: the calling thread's CPU time. */
int64_t
rtthread_os_cpu_ns(void) VSC_RT;

#endif
