/* platform.h - what the region and its clients need of the system: one file per
   system behind it, and platform_thread.c, which is POSIX.
   SPDX-License-Identifier: MIT */
#ifndef VSC_HAL_PLATFORM_H
#define VSC_HAL_PLATFORM_H

#include <stdbool.h>
#include <vsc/base.h>

/** Host time: the raw monotonic clock. [thread-safe] */
vsc_ns
platform_now(void) VSC_RT;
/** What the system's timers show, beyond host time, now: their clock is
   steered, so ask again each time. Linux only. [thread-safe] */
vsc_ns
platform_steered(void) VSC_RT;
/** Sleep about DURATION; shorter when a signal comes. */
void
platform_sleep(vsc_ns duration);
/** Sleep until host time T, never less; at once when it has passed. One system
    call, seldom two. [audio-thread] */
void
platform_sleep_until(vsc_ns t) VSC_RT;

struct platform_thread;

struct platform_thread_config {
  const char *name; /* 15 bytes */
  void (*run)(void *arg);
  void *arg;
  int priority; /* of SCHED_FIFO; 0: an ordinary thread */
  int fallback; /* another, where that one is refused; 0: none */
};

/** What the system granted. */
struct platform_thread_report {
  int priority; /* of SCHED_FIFO; 0: ordinary */
  int error;    /* errno that refused SCHED_FIFO; 0: granted, or not wished */
};

/** A thread in which all signals but faults are blocked, its timers exact. With
    a priority also its stack is prefaulted and denormals are off, and where
    SCHED_FIFO is not allowed it is an ordinary one. CONFIG may go afterwards;
    REPORT may be NULL. VSC_ERR_NOMEM or VSC_ERR_SYSTEM. */
vsc_status
platform_thread_start(const struct platform_thread_config *config,
                      struct platform_thread_report *report,
                      struct platform_thread **out);
/** Wait until it has ended by itself, and free it. NULL is fine. */
void
platform_thread_join(struct platform_thread *thread);
bool
platform_thread_is_self(const struct platform_thread *thread);

/** For the calling thread: touch its stack, so that no page of it is missing
    later; flush denormals, which cost a hundred times a normal number. */
void
platform_prefault_stack(void);
void
platform_denormals_off(void);
/** Name the calling thread and make its timers exact; one that IS_URGENT is
    scheduled as the system schedules audio, where that is its own doing. */
void
platform_thread_begin(const char *name, bool is_urgent);

/** Never for an audio thread. NULL: no memory. */
struct platform_lock *
platform_lock_create(void);
/** The one that all of a process shares, for what it has but one of. Always
    there, never destroyed. */
struct platform_lock *
platform_lock_shared(void);
void
platform_lock_destroy(struct platform_lock *lock);
void
platform_lock_take(struct platform_lock *lock);
void
platform_lock_give(struct platform_lock *lock);

/** Is process PID alive (a zombie is not)? START: when it began, in the
    system's own units; 0 when that cannot be known. */
bool
platform_process(uint32_t pid, uint64_t *start);
/** Where the system's daemons leave what does not outlive it: "/run",
 * "/var/run". */
const char *
platform_run_folder(void);
/** What this process is called. */
void
platform_process_name(char *out, size_t bytes);
/** Give the shared-memory object FD exactly BYTES of memory that is really
    there; an errno value, 0 when done. */
int
platform_allocate(int fd, size_t bytes);

#endif
