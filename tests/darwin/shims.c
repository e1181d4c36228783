/* shims.c - libSystem as our bundle uses it, on Linux: numbers and structs that
   differ are translated. SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "macho.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <CoreFoundation/CoreFoundation.h>
#include <mach/mach_time.h>

#include "shims.h"

/* Darwin's errno values that ours are not. */
static const struct {
  int ours, theirs;
} errors[] = {
  { EAGAIN, 35 }, { EADDRINUSE, 48 },   { ENOBUFS, 55 },   { ECONNREFUSED, 61 },
  { ELOOP, 62 },  { ENAMETOOLONG, 63 }, { EOVERFLOW, 84 },
};

static int *
shim_error(void)
{
  static _Thread_local int theirs;
  theirs = errno;
  for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
    theirs = errors[i].ours == errno ? errors[i].theirs : theirs;
  }
  return &theirs;
}

static char *
shim_strerror(int error)
{
  for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
    if (errors[i].theirs == error) {
      return strerror(errors[i].ours);
    }
  }
  return strerror(error);
}

/* Darwin's flags: 2 O_RDWR; 0x200 O_CREAT; 0x800 O_EXCL. */
static int
shim_shm_open(const char *name, int flags)
{
  if (flags & ~2) {
    fprintf(stderr, "shims: a client that creates shared memory\n");
    abort();
  }
  return shm_open(name, flags, 0);
}

struct darwin_stat {
  int32_t dev;
  uint16_t mode, nlink;
  uint64_t ino;
  uint32_t uid, gid;
  int32_t rdev;
  struct timespec times[4];
  int64_t size, blocks;
  int32_t block_size;
  uint32_t flags, gen;
  int32_t spare;
  int64_t spares[2];
};
_Static_assert(sizeof(struct darwin_stat) == 144, "as Darwin has it");

static int
translate(int result, const struct stat *from, struct darwin_stat *out)
{
  *out = (struct darwin_stat){ .mode = (uint16_t)from->st_mode,
                               .nlink = (uint16_t)from->st_nlink,
                               .ino = from->st_ino,
                               .uid = from->st_uid,
                               .gid = from->st_gid,
                               .size = from->st_size };
  return result;
}

static int
shim_fstat(int fd, struct darwin_stat *out)
{
  struct stat st = { 0 };
  const int result = fstat(fd, &st);
  return translate(result, &st, out);
}

static int
shim_stat(const char *path, struct darwin_stat *out)
{
  struct stat st = { 0 };
  const int result = stat(path, &st);
  return translate(result, &st, out);
}

static int
shim_lstat(const char *path, struct darwin_stat *out)
{
  struct stat st = { 0 };
  const int result = lstat(path, &st);
  return translate(result, &st, out);
}

struct darwin_dirent {
  uint64_t ino, seek_offset;
  uint16_t length, name_length;
  uint8_t type;
  char name[1024];
};
_Static_assert(offsetof(struct darwin_dirent, name) == 21, "as Darwin has it");

static struct darwin_dirent *
shim_readdir(DIR *folder)
{
  static struct darwin_dirent entry; /* of the one thread that lists */
  const struct dirent *const e = readdir(folder);
  if (!e) {
    return NULL;
  }
  entry = (struct darwin_dirent){ .ino = e->d_ino,
                                  .length = sizeof entry,
                                  .name_length = (uint16_t)strlen(e->d_name) };
  snprintf(entry.name, sizeof entry.name, "%s", e->d_name);
  return &entry;
}

/* PROT_* and MAP_SHARED are the same numbers. */
static void *
shim_mmap(void *at, size_t bytes, int protection, int flags, int fd, off_t off)
{
  return mmap(at, bytes, protection, flags & 0xf, fd, off);
}

static void
shim_bzero(void *to, size_t bytes)
{
  memset(to, 0, bytes);
}

/* Their thread attributes are 64 bytes, ours 56; their mutex 64, ours 40. */
static int
shim_attr_setschedpolicy(pthread_attr_t *attr, int policy)
{
  return pthread_attr_setschedpolicy(attr,
                                     policy == 4 ? SCHED_FIFO : SCHED_OTHER);
}

static int
shim_attr_setinheritsched(pthread_attr_t *attr, int inherit)
{
  return pthread_attr_setinheritsched(
    attr, inherit == 2 ? PTHREAD_EXPLICIT_SCHED : PTHREAD_INHERIT_SCHED);
}

/* PTHREAD_MUTEX_INITIALIZER of Darwin is a number that ours are not. */
static int
shim_mutex_lock(pthread_mutex_t *mutex)
{
  static pthread_mutex_t first = PTHREAD_MUTEX_INITIALIZER;
  static const pthread_mutex_t fresh = PTHREAD_MUTEX_INITIALIZER;
  long signature;
  pthread_mutex_lock(&first);
  memcpy(&signature, mutex, sizeof signature);
  if (signature == 0x32AAABA7) {
    memcpy(mutex, &fresh, sizeof fresh);
  }
  pthread_mutex_unlock(&first);
  return pthread_mutex_lock(mutex);
}

static int
shim_sigmask(int how, const uint32_t *set, uint32_t *before)
{
  (void)how;
  (void)set;
  if (before) {
    *before = 0;
  }
  return 0;
}

static uint32_t
shim_mach_thread(pthread_t thread)
{
  (void)thread;
  return 1;
}

static int
shim_nothing(void)
{
  return 0;
}

static const char *
shim_progname(void)
{
  return program_invocation_short_name;
}

static void
shim_fortified(void)
{
  fprintf(stderr, "shims: a stack was smashed, or a lazy bind left\n");
  abort();
}

static void *
shim_memcpy_chk(void *to, const void *from, size_t bytes, size_t room)
{
  if (bytes > room) {
    abort();
  }
  return memcpy(to, from, bytes);
}

/* "%{public}s": a summary, how many, a kind, how long, the pointer. */
static void
shim_log(void *image,
         void *log,
         uint8_t type,
         const char *format,
         const uint8_t *packed,
         uint32_t bytes)
{
  const char *line = NULL;
  (void)image;
  (void)log;
  (void)type;
  (void)format;
  if (bytes == 4 + sizeof line) {
    memcpy(&line, packed + 4, sizeof line);
    fprintf(stderr, "%s\n", line);
  }
}

static void *
shim_log_create(const char *subsystem, const char *category)
{
  (void)subsystem;
  return (void *)(uintptr_t)category;
}

static unsigned long guard = 0x5ca1ab1e;

/* NAME as the system's library exports it, behind the underscore. */
#define SHIM(name, function)                                                   \
  {                                                                            \
    "_" name, (void (*)(void))(function)                                       \
  }
#define SAME(name) SHIM(#name, name)
static const struct {
  const char *name;
  void (*function)(void);
} shims[] = {
  SAME(calloc),
  SAME(close),
  SAME(closedir),
  SAME(free),
  SAME(getenv),
  SAME(geteuid),
  SAME(getpid),
  SAME(getuid),
  SAME(kill),
  SAME(malloc),
  SAME(memchr),
  SAME(memcmp),
  SAME(memcpy),
  SAME(memmove),
  SAME(memset),
  SAME(mlock),
  SAME(munmap),

  SAME(rintf),
  SAME(strchr),
  SAME(strcmp),
  SAME(strcspn),
  SAME(strlen),
  SAME(strncmp),
  SAME(strncpy),
  SAME(strrchr),
  SAME(strspn),
  SAME(pthread_attr_destroy),
  SAME(pthread_attr_init),
  SAME(pthread_attr_setschedparam),
  SAME(pthread_attr_setstacksize),

  SAME(pthread_equal),
  SAME(pthread_join),
  SAME(pthread_mutex_destroy),
  SAME(pthread_mutex_init),
  SAME(pthread_mutex_unlock),
  SAME(pthread_self),
  SAME(realpath),
  SAME(CFGetTypeID),
  SAME(CFStringCreateWithCString),
  SAME(CFStringGetCString),
  SAME(CFStringGetTypeID),
  SAME(CFUUIDGetUUIDBytes),
  SHIM("__bzero", shim_bzero),
  SHIM("bzero", shim_bzero),
  SHIM("__error", shim_error),
  SHIM("_os_log_impl", shim_log),
  SHIM("os_log_create", shim_log_create),
  SHIM("__memcpy_chk", shim_memcpy_chk),
  SHIM("__stack_chk_fail", shim_fortified),
  SHIM("_tlv_bootstrap", shim_tlv),

  SHIM("fstat", shim_fstat),
  SHIM("fstat$INODE64", shim_fstat),
  SHIM("getprogname", shim_progname),
  SHIM("lstat", shim_lstat),
  SHIM("lstat$INODE64", shim_lstat),

  SHIM("mmap", shim_mmap),
  SHIM("nanosleep", machine_sleep),
  SHIM("opendir", opendir),
  SHIM("opendir$INODE64", opendir),
  SHIM("pthread_create", machine_thread),
  SAME(mach_absolute_time),
  SAME(mach_timebase_info),
  SHIM("proc_pidinfo", shim_nothing),
  SHIM("pthread_mach_thread_np", shim_mach_thread),
  SHIM("pthread_attr_setinheritsched", shim_attr_setinheritsched),
  SHIM("pthread_attr_setschedpolicy", shim_attr_setschedpolicy),
  SHIM("pthread_mutex_lock", shim_mutex_lock),
  SHIM("pthread_setname_np", shim_nothing),
  SHIM("pthread_sigmask", shim_sigmask),
  SHIM("readdir", shim_readdir),
  SHIM("readdir$INODE64", shim_readdir),
  SHIM("realpath$DARWIN_EXTSN", realpath),
  SHIM("shm_open", shim_shm_open),
  SHIM("shm_unlink", shm_unlink),
  SHIM("snprintf", shim_snprintf),
  SHIM("stat", shim_stat),
  SHIM("stat$INODE64", shim_stat),
  SHIM("strerror", shim_strerror),
  SHIM("thread_policy_set", shim_nothing),
  SHIM("vsnprintf", shim_vsnprintf),
};

void *
shim_resolve(const char *name)
{
  if (strcmp(name, "___stack_chk_guard") == 0) {
    return &guard;
  }
  if (strcmp(name, "dyld_stub_binder") == 0) {
    return (void *)(uintptr_t)shim_fortified;
  }
  for (size_t i = 0; i < sizeof shims / sizeof *shims; i++) {
    if (strcmp(name, shims[i].name) == 0) {
      return (void *)(uintptr_t)shims[i].function;
    }
  }
  return NULL;
}
