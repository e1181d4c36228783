/* text.h - what we use of Darwin's stdio, inttypes, time and
   math.
   SPDX-License-Identifier: MIT */
#ifndef DARWIN_TEXT_H
#define DARWIN_TEXT_H

#include "std.h"

/* stdio.h */
typedef struct __sFILE FILE;
extern FILE *__stdinp, *__stdoutp, *__stderrp;
#define stdin __stdinp
#define stdout __stdoutp
#define stderr __stderrp
#define EOF (-1)
#define SEEK_SET 0
#define SEEK_END 2
int
fclose(FILE *f);
int
ferror(FILE *f);
int
fflush(FILE *f);
char *
fgets(char *out, int bytes, FILE *f);
int
fileno(FILE *f);
FILE *
fopen(const char *path, const char *mode) DARWIN_EXTSN(fopen);
int
fprintf(FILE *f, const char *format, ...) DARWIN_PRINTF(2, 3);
int
fputc(int c, FILE *f);
int
fputs(const char *s, FILE *f);
size_t
fread(void *out, size_t bytes, size_t count, FILE *f);
size_t
fwrite(const void *from, size_t bytes, size_t count, FILE *f);
FILE *
open_memstream(char **out, size_t *bytes);
int
rename(const char *from, const char *to);
int
setvbuf(FILE *f, char *buffer, int mode, size_t bytes);
#define _IOLBF 1
int
snprintf(char *out, size_t bytes, const char *format, ...) DARWIN_PRINTF(3, 4);
int
sscanf(const char *s, const char *format, ...)
  __attribute__((format(scanf, 2, 3)));
int
vfprintf(FILE *f, const char *format, va_list args) DARWIN_PRINTF(2, 0);
int
vsnprintf(char *out, size_t bytes, const char *format, va_list args)
  DARWIN_PRINTF(3, 0);

/* inttypes.h */
#define PRId64 "lld"
#define PRIi64 "lli"
#define PRIu64 "llu"
#define PRIx64 "llx"
#define PRIX64 "llX"
#define PRIu32 "u"
#define PRId32 "d"
#define PRIx32 "x"
#define PRIu16 "hu"
#define SCNu64 "llu"
#define SCNx64 "llx"

/* time.h */
struct timespec {
  time_t tv_sec;
  long tv_nsec;
};
struct timeval {
  time_t tv_sec;
  int32_t tv_usec;
};
struct tm {
  int tm_sec, tm_min, tm_hour, tm_mday, tm_mon, tm_year, tm_wday, tm_yday,
    tm_isdst;
  long tm_gmtoff;
  char *tm_zone;
};
typedef enum {
  CLOCK_REALTIME = 0,
  CLOCK_MONOTONIC_RAW = 4,
  CLOCK_MONOTONIC = 6,
  CLOCK_UPTIME_RAW = 8,
  CLOCK_THREAD_CPUTIME_ID = 16
} clockid_t;
int
clock_gettime(clockid_t clock, struct timespec *out);
uint64_t
clock_gettime_nsec_np(clockid_t clock);
struct tm *
localtime_r(const time_t *t, struct tm *out);
int
nanosleep(const struct timespec *duration, struct timespec *left);
size_t
strftime(char *out, size_t bytes, const char *format, const struct tm *tm);
time_t
time(time_t *out);

/* math.h */
float
rintf(float x);
double
round(double x);
double
fabs(double x);
double
floor(double x);
double
log(double x);
double
log10(double x);
double
log1p(double x);
double
fmin(double a, double b);
double
fmax(double a, double b);
long
lround(double x);
long long
llround(double x);
double
pow(double x, double y);
float
powf(float x, float y);
float
fminf(float a, float b);
float
fmaxf(float a, float b);
#define INFINITY __builtin_inff()
#define HUGE_VAL __builtin_huge_val()
#define isnan(x) __builtin_isnan(x)
#define isinf(x) __builtin_isinf(x)
#define isfinite(x) __builtin_isfinite(x)

#endif
