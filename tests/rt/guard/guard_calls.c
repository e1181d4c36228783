/* guard_calls.c - the functions of the C library that a guarded thread must not
   call and that the kernel does not always see: memory, locks, printing. And
   those by which a thread says what it is, and sleeps.
   SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "guard.h"

#include <dlfcn.h>
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <threads.h>
#include <time.h>

/* --- memory: the library has these names too, so that nothing is looked up
   before there is memory to look it up in. */

void *
__libc_malloc(size_t bytes);
void *
__libc_calloc(size_t count, size_t bytes);
void *
__libc_realloc(void *old, size_t bytes);
void *
__libc_memalign(size_t alignment, size_t bytes);
void
__libc_free(void *memory);

void *
malloc(size_t bytes)
{
  guard_forbid("malloc");
  return __libc_malloc(bytes);
}

void *
calloc(size_t count, size_t bytes)
{
  guard_forbid("calloc");
  return __libc_calloc(count, bytes);
}

void *
realloc(void *old, size_t bytes)
{
  guard_forbid("realloc");
  return __libc_realloc(old, bytes);
}

void
free(void *memory)
{
  if (memory) {
    guard_forbid("free");
  }
  __libc_free(memory);
}

void *
memalign(size_t alignment, size_t bytes)
{
  guard_forbid("memalign");
  return __libc_memalign(alignment, bytes);
}

void *
aligned_alloc(size_t alignment, size_t bytes)
{
  guard_forbid("aligned_alloc");
  return __libc_memalign(alignment, bytes);
}

int
posix_memalign(void **out, size_t alignment, size_t bytes)
{
  guard_forbid("posix_memalign");
  if (alignment % sizeof(void *) != 0 || (alignment & (alignment - 1)) != 0 ||
      alignment == 0) {
    return EINVAL;
  }
  void *const memory = __libc_memalign(alignment, bytes);
  if (memory) {
    *out = memory;
  }
  return memory ? 0 : ENOMEM;
}

/* --- locks and waits: one line each. */

#define FORBIDDEN(result, name, parameters, arguments)                         \
  result name parameters                                                       \
  {                                                                            \
    static result(*real) parameters;                                           \
    guard_forbid(#name);                                                       \
    if (!real) {                                                               \
      *(void **)(void *)&real = dlsym(RTLD_NEXT, #name);                       \
    }                                                                          \
    return real arguments;                                                     \
  }

FORBIDDEN(int, pthread_mutex_lock, (pthread_mutex_t * m), (m))
FORBIDDEN(int, pthread_mutex_trylock, (pthread_mutex_t * m), (m))
FORBIDDEN(int,
          pthread_mutex_timedlock,
          (pthread_mutex_t * m, const struct timespec *t),
          (m, t))
FORBIDDEN(int, pthread_rwlock_rdlock, (pthread_rwlock_t * l), (l))
FORBIDDEN(int, pthread_rwlock_wrlock, (pthread_rwlock_t * l), (l))
FORBIDDEN(int, pthread_rwlock_tryrdlock, (pthread_rwlock_t * l), (l))
FORBIDDEN(int, pthread_rwlock_trywrlock, (pthread_rwlock_t * l), (l))
FORBIDDEN(int, pthread_spin_lock, (pthread_spinlock_t * l), (l))
FORBIDDEN(int,
          pthread_cond_wait,
          (pthread_cond_t * c, pthread_mutex_t *m),
          (c, m))
FORBIDDEN(int,
          pthread_cond_timedwait,
          (pthread_cond_t * c, pthread_mutex_t *m, const struct timespec *t),
          (c, m, t))
FORBIDDEN(int, pthread_cond_signal, (pthread_cond_t * c), (c))
FORBIDDEN(int, pthread_cond_broadcast, (pthread_cond_t * c), (c))
FORBIDDEN(int, pthread_join, (pthread_t t, void **result), (t, result))
FORBIDDEN(int, mtx_lock, (mtx_t * m), (m))
FORBIDDEN(int, sem_wait, (sem_t * s), (s))
FORBIDDEN(int, sem_timedwait, (sem_t * s, const struct timespec *t), (s, t))

/* --- printing: locks and buffers inside the library. */

FORBIDDEN(int, puts, (const char *text), (text))
FORBIDDEN(int, fputs, (const char *text, FILE *file), (text, file))
FORBIDDEN(size_t,
          fwrite,
          (const void *from, size_t size, size_t n, FILE *file),
          (from, size, n, file))
FORBIDDEN(int,
          vfprintf,
          (FILE * file, const char *format, va_list args),
          (file, format, args))
FORBIDDEN(int,
          vsnprintf,
          (char *to, size_t bytes, const char *format, va_list args),
          (to, bytes, format, args))

#define FORBIDDEN_PRINT(name, parameters, last, call)                          \
  int name parameters                                                          \
  {                                                                            \
    guard_forbid(#name);                                                       \
    va_list args;                                                              \
    va_start(args, last);                                                      \
    const int result = call;                                                   \
    va_end(args);                                                              \
    return result;                                                             \
  }

FORBIDDEN_PRINT(printf,
                (const char *format, ...),
                format,
                vfprintf(stdout, format, args))
FORBIDDEN_PRINT(fprintf,
                (FILE * file, const char *format, ...),
                format,
                vfprintf(file, format, args))
FORBIDDEN_PRINT(snprintf,
                (char *to, size_t bytes, const char *format, ...),
                format,
                vsnprintf(to, bytes, format, args))
/* As the compiler calls them with _FORTIFY_SOURCE. */
int
__printf_chk(int flag, const char *format, ...);
int
__fprintf_chk(FILE *file, int flag, const char *format, ...);
int
__snprintf_chk(char *to,
               size_t bytes,
               int flag,
               size_t most,
               const char *format,
               ...);
FORBIDDEN_PRINT(__printf_chk,
                (int flag, const char *format, ...),
                format,
                ((void)flag, vfprintf(stdout, format, args)))
FORBIDDEN_PRINT(__fprintf_chk,
                (FILE * file, int flag, const char *format, ...),
                format,
                ((void)flag, vfprintf(file, format, args)))
FORBIDDEN_PRINT(
  __snprintf_chk,
  (char *to, size_t bytes, int flag, size_t most, const char *format, ...),
  format,
  ((void)flag, (void)most, vsnprintf(to, bytes, format, args)))

/* --- what a thread says of itself, and its sleeps. */

struct beginning {
  void *(*run)(void *);
  void *arg;
};

static void *
run(void *arg)
{
  const struct beginning b = *(struct beginning *)arg;
  free(arg);
  void *const result = b.run(b.arg);
  guard_ends();
  return result;
}

int
pthread_create(pthread_t *out,
               const pthread_attr_t *attr,
               void *(*start)(void *),
               void *arg)
{
  static int (*real)(
    pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
  guard_forbid("pthread_create");
  if (!real) {
    *(void **)(void *)&real = dlsym(RTLD_NEXT, "pthread_create");
  }
  struct beginning *const b = malloc(sizeof *b);
  if (!b) {
    return EAGAIN;
  }
  *b = (struct beginning){ .run = start, .arg = arg };
  const int error = real(out, attr, run, b);
  if (error) {
    free(b);
  }
  return error;
}

static int
result(long r)
{
  if (r < 0) {
    errno = (int)-r;
    return -1;
  }
  return (int)r;
}

int
prctl(int option, ...)
{
  long a[4];
  va_list args;
  va_start(args, option);
  for (int i = 0; i < 4; i++) {
    a[i] = va_arg(args, long);
  }
  va_end(args);
  guard_forbid("prctl");
  if (option == PR_SET_NAME) {
    guard_named((const char *)a[0]);
  }
  return result(guard_call(SYS_prctl, option, a[0], a[1], a[2], a[3], 0));
}

/* The last thing that a thread does before its work. */
int
mlock(const void *address, size_t bytes)
{
  guard_forbid("mlock");
  const int r = result(
    guard_call(SYS_mlock, (long)(uintptr_t)address, (long)bytes, 0, 0, 0, 0));
  guard_locked();
  return r;
}

int
clock_nanosleep(clockid_t clock,
                int flags,
                const struct timespec *until,
                struct timespec *left)
{
  guard_before_sleep();
  const long r = guard_call(SYS_clock_nanosleep,
                            clock,
                            flags,
                            (long)(uintptr_t)until,
                            (long)(uintptr_t)left,
                            0,
                            0);
  guard_after_sleep();
  return (int)-r;
}

int
nanosleep(const struct timespec *duration, struct timespec *left)
{
  return result(-(long)clock_nanosleep(CLOCK_MONOTONIC, 0, duration, left));
}
