/* std.h - what we use of standard C on Darwin, declared by ourselves from its
   documentation: errno, string, stdlib.
   SPDX-License-Identifier: MIT */
#ifndef DARWIN_STD_H
#define DARWIN_STD_H

#include <float.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

/* Intel Macs keep older functions under the plain names. */
#if defined(__x86_64__)
#define DARWIN_INODE64(name) __asm("_" #name "$INODE64")
#define DARWIN_EXTSN(name) __asm("_" #name "$DARWIN_EXTSN")
#else
#define DARWIN_INODE64(name)
#define DARWIN_EXTSN(name)
#endif
#define DARWIN_PRINTF(at, first) __attribute__((format(printf, at, first)))

typedef int64_t off_t;
typedef long ssize_t;
typedef long time_t;
typedef unsigned long clock_t;

/* errno.h */
int *
__error(void);
#define errno (*__error())
#define EPERM 1
#define ENOENT 2
#define ESRCH 3
#define EINTR 4
#define EIO 5
#define ENXIO 6
#define EBADF 9
#define ECHILD 10
#define ENOMEM 12
#define EACCES 13
#define EBUSY 16
#define EEXIST 17
#define ENODEV 19
#define ENOTDIR 20
#define EISDIR 21
#define EINVAL 22
#define EFBIG 27
#define ENOSPC 28
#define EROFS 30
#define EPIPE 32
#define ERANGE 34
#define EAGAIN 35
#define EWOULDBLOCK EAGAIN
#define EINPROGRESS 36
#define ENOTSUP 45
#define EADDRINUSE 48
#define EADDRNOTAVAIL 49
#define ENETUNREACH 51
#define ECONNABORTED 53
#define ECONNRESET 54
#define ENOBUFS 55
#define ECONNREFUSED 61
#define ELOOP 62
#define ENAMETOOLONG 63
#define EDQUOT 69
#define EOVERFLOW 84
#define ECANCELED 89
#define EPROTO 100

/* string.h */
void *
memchr(const void *s, int c, size_t n);
int
memcmp(const void *a, const void *b, size_t n);
void *
memcpy(void *to, const void *from, size_t n);
void *
memmove(void *to, const void *from, size_t n);
void *
memset(void *to, int c, size_t n);
char *
strchr(const char *s, int c);
int
strcmp(const char *a, const char *b);
char *
strcpy(char *to, const char *from);
size_t
strcspn(const char *s, const char *set);
char *
strdup(const char *s);
char *
strerror(int error);
size_t
strlen(const char *s);
int
strncmp(const char *a, const char *b, size_t n);
char *
strncpy(char *to, const char *from, size_t n);
char *
strndup(const char *s, size_t n);
char *
strpbrk(const char *s, const char *set);
char *
strrchr(const char *s, int c);
size_t
strspn(const char *s, const char *set);
char *
strstr(const char *s, const char *what);

/* stdlib.h */
void
abort(void) __attribute__((noreturn));
void *
calloc(size_t count, size_t bytes);
void
exit(int status) __attribute__((noreturn));
void
free(void *p);
long long
llabs(long long x);
long
labs(long x);
int
abs(int x);
char *
getenv(const char *name);
void *
malloc(size_t bytes);
int
mkstemp(char *name);
int
posix_memalign(void **out, size_t align, size_t bytes);
void
qsort(void *base,
      size_t count,
      size_t bytes,
      int (*compare)(const void *, const void *));
void *
realloc(void *p, size_t bytes);
char *
realpath(const char *path, char *out) DARWIN_EXTSN(realpath);
long
strtol(const char *s, char **end, int base);
unsigned long
strtoul(const char *s, char **end, int base);
unsigned long long
strtoull(const char *s, char **end, int base);
int
unsetenv(const char *name);

#endif
