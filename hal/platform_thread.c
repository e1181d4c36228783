/* platform_thread.c - POSIX threads and locks: the one place that makes them,
   and what any thread needs that must not be late.
   SPDX-License-Identifier: MIT */
#include "platform.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#if defined(__SSE2__)
#include <xmmintrin.h>
#endif

/* Ours need a few KiB; the rest is the application's, whose callback runs here,
   and the thread-local storage of ThreadSanitizer, which takes the most. */
#define STACK_BYTES ((size_t)1024 * 1024)
/* Far more than a wake-up or a callback of ours uses. */
#define STACK_PREFAULT ((size_t)96 * 1024)

struct platform_thread {
  pthread_t thread;
  char name[16];
  bool is_urgent;
  void (*run)(void *arg);
  void *arg;
};

struct platform_lock {
  pthread_mutex_t mutex;
};

#if defined(__SSE2__)
void
platform_denormals_off(void)
{
  _mm_setcsr(_mm_getcsr() | 0x8040u); /* FTZ and DAZ */
}
#elif defined(__aarch64__)
void
platform_denormals_off(void)
{
  uint64_t fpcr;
  __asm__ volatile("mrs %0, fpcr" : "=r"(fpcr));
  __asm__ volatile("msr fpcr, %0" : : "r"(fpcr | (UINT64_C(1) << 24)));
}
#else
void
platform_denormals_off(void)
{
}
#endif

/* Never inlined: its frame must be gone when the work begins. */
void __attribute__((noinline)) platform_prefault_stack(void)
{
  volatile unsigned char pages[STACK_PREFAULT];
  for (size_t i = 0; i < STACK_PREFAULT; i += 1024) {
    pages[i] = 0;
  }
  /* Refused without the right to lock; they were touched, which is most. */
  (void)mlock((const void *)(uintptr_t)pages, STACK_PREFAULT);
}

static void *
thread_main(void *arg)
{
  struct platform_thread *const t = arg;
  platform_thread_begin(t->name, t->is_urgent);
  if (t->is_urgent) {
    platform_prefault_stack();
    platform_denormals_off();
  }
  t->run(t->arg);
  return NULL;
}

/* errno of the thread's creation; PRIORITY 0 is an ordinary thread. */
static int
create(struct platform_thread *t, int priority)
{
  pthread_attr_t attr;
  int error = pthread_attr_init(&attr);
  if (error) {
    return error;
  }
  /* An ordinary one, too: not what its creator happens to have. */
  const struct sched_param param = { .sched_priority = priority };
  const int policy = priority ? SCHED_FIFO : SCHED_OTHER;
  error = pthread_attr_setstacksize(&attr, STACK_BYTES);
  error =
    error ? error : pthread_attr_setinheritsched(&attr, PTHREAD_EXPLICIT_SCHED);
  error = error ? error : pthread_attr_setschedpolicy(&attr, policy);
  error = error ? error : pthread_attr_setschedparam(&attr, &param);
  if (!error) {
    error = pthread_create(&t->thread, &attr, thread_main, t);
  }
  pthread_attr_destroy(&attr);
  return error;
}

static int
create_at_best(struct platform_thread *t,
               const struct platform_thread_config *config,
               struct platform_thread_report *report)
{
  const int priorities[] = { config->priority, config->fallback, 0 };
  int error = EPERM;
  report->error = 0;
  for (unsigned i = 0; error == EPERM && i < 3; i++) {
    report->priority = priorities[i];
    error = create(t, priorities[i]);
    report->error = report->error ? report->error : error;
  }
  if (report->priority) {
    report->error = error;
  }
  return error;
}

vsc_status
platform_thread_start(const struct platform_thread_config *config,
                      struct platform_thread_report *report,
                      struct platform_thread **out)
{
  struct platform_thread_report unread;
  struct platform_thread *const t = calloc(1, sizeof *t);
  if (!t) {
    return VSC_ERR_NOMEM;
  }
  strncpy(t->name, config->name, sizeof t->name - 1);
  t->is_urgent = config->priority != 0;
  t->run = config->run;
  t->arg = config->arg;
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
  const int error = create_at_best(t, config, report ? report : &unread);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  if (error) {
    free(t);
    return error == ENOMEM ? VSC_ERR_NOMEM : VSC_ERR_SYSTEM;
  }
  *out = t;
  return VSC_OK;
}

void
platform_thread_join(struct platform_thread *thread)
{
  if (thread) {
    pthread_join(thread->thread, NULL);
    free(thread);
  }
}

bool
platform_thread_is_self(const struct platform_thread *thread)
{
  return thread && pthread_equal(thread->thread, pthread_self());
}

struct platform_lock *
platform_lock_create(void)
{
  struct platform_lock *const l = calloc(1, sizeof *l);
  if (l && pthread_mutex_init(&l->mutex, NULL)) {
    free(l);
    return NULL;
  }
  return l;
}

struct platform_lock *
platform_lock_shared(void)
{
  static struct platform_lock lock = { PTHREAD_MUTEX_INITIALIZER };
  return &lock;
}

void
platform_lock_destroy(struct platform_lock *lock)
{
  if (lock) {
    pthread_mutex_destroy(&lock->mutex);
    free(lock);
  }
}

void
platform_lock_take(struct platform_lock *lock)
{
  pthread_mutex_lock(&lock->mutex);
}

void
platform_lock_give(struct platform_lock *lock)
{
  pthread_mutex_unlock(&lock->mutex);
}
