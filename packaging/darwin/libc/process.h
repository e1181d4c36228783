/* process.h - what we use of Darwin's memory, signals, threads and children.
   SPDX-License-Identifier: MIT */
#ifndef DARWIN_PROCESS_H
#define DARWIN_PROCESS_H

#include "unix.h"

/* sys/mman.h */
#define PROT_READ 1
#define PROT_WRITE 2
#define MAP_SHARED 1
#define MAP_PRIVATE 2
#define MAP_FAILED ((void *)-1)
#define MADV_WILLNEED 3
int
madvise(void *from, size_t bytes, int advice);
int
mlock(const void *from, size_t bytes);
void *
mmap(void *at, size_t bytes, int protection, int flags, int fd, off_t offset);
int
munlock(const void *from, size_t bytes);
int
munmap(void *from, size_t bytes);
int
shm_open(const char *name, int flags, ...);
int
shm_unlink(const char *name);

/* signal.h */
typedef int sig_atomic_t;
#define SIGHUP 1
#define SIGINT 2
#define SIGILL 4
#define SIGABRT 6
#define SIGFPE 8
#define SIGKILL 9
#define SIGBUS 10
#define SIGSEGV 11
#define SIGPIPE 13
#define SIGTERM 15
#define SIGCHLD 20
#define SIG_BLOCK 1
#define SIG_UNBLOCK 2
#define SIG_SETMASK 3
#define SIG_DFL ((void (*)(int))0)
#define SIG_IGN ((void (*)(int))1)
#define SA_RESTART 2
struct sigaction {
  void (*sa_handler)(int);
  sigset_t sa_mask;
  int sa_flags;
};
int
kill(pid_t pid, int signal);
int
sigaction(int signal, const struct sigaction *act, struct sigaction *before);
static inline int
sigemptyset(sigset_t *set)
{
  *set = 0;
  return 0;
}
static inline int
sigfillset(sigset_t *set)
{
  *set = ~0u;
  return 0;
}
static inline int
sigaddset(sigset_t *set, int signal)
{
  *set |= 1u << (signal - 1);
  return 0;
}
static inline int
sigdelset(sigset_t *set, int signal)
{
  *set &= ~(1u << (signal - 1));
  return 0;
}

/* pthread.h, sched.h */
typedef struct _opaque_pthread_t *pthread_t;
typedef struct {
  long __sig;
  char __opaque[56];
} pthread_attr_t, pthread_mutex_t;
typedef struct {
  long __sig;
  char __opaque[8];
} pthread_mutexattr_t;
struct sched_param {
  int sched_priority;
  char __opaque[4];
};
#define PTHREAD_MUTEX_INITIALIZER                                              \
  {                                                                            \
    0x32AAABA7,                                                                \
    {                                                                          \
      0                                                                        \
    }                                                                          \
  }
#define PTHREAD_EXPLICIT_SCHED 2
#define SCHED_OTHER 1
#define SCHED_FIFO 4
int
pthread_attr_destroy(pthread_attr_t *attr);
int
pthread_attr_init(pthread_attr_t *attr);
int
pthread_attr_setinheritsched(pthread_attr_t *attr, int inherit);
int
pthread_attr_setschedparam(pthread_attr_t *attr,
                           const struct sched_param *param);
int
pthread_attr_setschedpolicy(pthread_attr_t *attr, int policy);
int
pthread_attr_setstacksize(pthread_attr_t *attr, size_t bytes);
int
pthread_create(pthread_t *out,
               const pthread_attr_t *attr,
               void *(*run)(void *),
               void *arg);
int
pthread_equal(pthread_t a, pthread_t b);
int
pthread_join(pthread_t thread, void **out);
uint32_t
pthread_mach_thread_np(pthread_t thread);
int
pthread_mutex_destroy(pthread_mutex_t *mutex);
int
pthread_mutex_init(pthread_mutex_t *mutex, const pthread_mutexattr_t *attr);
int
pthread_mutex_lock(pthread_mutex_t *mutex);
int
pthread_mutex_trylock(pthread_mutex_t *mutex);
int
pthread_mutex_unlock(pthread_mutex_t *mutex);
pthread_t
pthread_self(void);
int
pthread_setname_np(const char *name);
int
pthread_sigmask(int how, const sigset_t *set, sigset_t *before);

#endif
