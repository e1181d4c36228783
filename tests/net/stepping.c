/* stepping.c - preloaded: the system's wall clocks, as this process reads them,
   are off by as many ns as the file $STEPPING holds, and run fast by
   $STEPPING_PPM. A namespace has no wall clock of its own that could be set.
   SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static const volatile int64_t *offset;
static double ppm;
static int64_t begun; /* CLOCK_MONOTONIC, ns */
static int (*real_gettime)(clockid_t clock, struct timespec *out);

static int64_t
monotonic(void)
{
  struct timespec t;
  real_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

static void __attribute__((constructor)) begin(void)
{
  const char *const path = getenv("STEPPING");
  const char *const fast = getenv("STEPPING_PPM");
  const int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
  void *const map = fd >= 0
                      ? mmap(NULL, sizeof *offset, PROT_READ, MAP_SHARED, fd, 0)
                      : MAP_FAILED;
  offset = map == MAP_FAILED ? NULL : map;
  *(void **)&real_gettime = dlsym(RTLD_NEXT, "clock_gettime");
  if (fd >= 0) {
    close(fd);
  }
  ppm = fast ? atof(fast) : 0;
  begun = monotonic();
}

int
clock_gettime(clockid_t clock, struct timespec *out)
{
  const int failed = real_gettime(clock, out);
  if (!failed && (clock == CLOCK_REALTIME || clock == CLOCK_TAI)) {
    const int64_t drift =
      ppm == 0 ? 0 : (int64_t)((double)(monotonic() - begun) * ppm * 1e-6);
    const int64_t ns = out->tv_nsec + (offset ? *offset : 0) + drift;
    out->tv_sec += ns / 1000000000 - (ns % 1000000000 < 0);
    out->tv_nsec = ns % 1000000000 + (ns % 1000000000 < 0 ? 1000000000 : 0);
  }
  return failed;
}
