/* loop.h - the main thread's loop: file descriptors and timers in host time.
   A simulation drives the timers itself and has no descriptors.
   SPDX-License-Identifier: MIT */
#ifndef VSC_ENGINE_LOOP_H
#define VSC_ENGINE_LOOP_H

#include <vsc/host.h>
#include "os.h"

struct loop;
struct pollfd;

/** NULL without memory or descriptors. OS outlives it. [main-thread] */
struct loop *
loop_create(struct os *os);
/** Frees the watches and timers that are left; closes no watched descriptor.
    NULL is fine. [main-thread] */
void
loop_destroy(struct loop *loop);

/** As vsc_host.watch, unwatch, timer, untimer. NULL is fine to free. Callbacks
    may add and free watches and timers, their own too; what they add comes at
    the next step. A hang-up counts as READ and ERROR. Unwatch before closing a
    descriptor. [main-thread] */
struct vsc_watch *
loop_watch(struct loop *loop,
           int fd,
           uint32_t events,
           void (*cb)(void *arg, uint32_t events),
           void *arg);
void
loop_unwatch(struct loop *loop, struct vsc_watch *watch);
struct vsc_timer *
loop_timer(struct loop *loop,
           vsc_ns first,
           vsc_ns period,
           void (*cb)(void *arg),
           void *arg);
void
loop_untimer(struct loop *loop, struct vsc_timer *timer);

/** Run the timers that are due at host time NOW; the host time of the next one,
    or INT64_MAX. A periodic timer that is a period or more behind runs once and
    goes on from now. [main-thread] */
vsc_ns
loop_run_timers(struct loop *loop, vsc_ns now);
/** Poll once: wait for descriptors or the next timer, serve them. VSC_OK, or
    VSC_ERR_SYSTEM. [main-thread] */
vsc_status
loop_step(struct loop *loop);
/** Make loop_step return soon. Async-signal-safe and [thread-safe]. */
void
loop_wake(struct loop *loop) VSC_RT;

/** What only the system can do, in os/os_*.c: poll() that waits at most TIMEOUT
    ns, rounded up to what it can; INT64_MAX: for ever. */
int
loop_os_poll(struct pollfd *polls, unsigned count, vsc_ns timeout);

#endif
