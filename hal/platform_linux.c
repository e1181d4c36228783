/* platform_linux.c - clock, processes and memory as Linux has them.
   SPDX-License-Identifier: MIT */
#include "platform.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* It reads the clock through the vDSO: no system call, no lock. */
int
clock_gettime(clockid_t id, struct timespec *out) VSC_RT;

vsc_ns
platform_now(void) VSC_RT
{
  struct timespec t = { 0 };
  clock_gettime(CLOCK_MONOTONIC_RAW, &t);
  return (vsc_ns)t.tv_sec * 1000000000 + t.tv_nsec;
}

void
platform_sleep(vsc_ns duration)
{
  if (duration > 0) {
    const struct timespec t = { .tv_sec = (time_t)(duration / 1000000000),
                                .tv_nsec = (long)(duration % 1000000000) };
    nanosleep(&t, NULL);
  }
}

/* The 3rd and the 22nd field of /proc/PID/stat (proc(5)); the 2nd, a name in
   brackets, may hold anything, so count from the last bracket. */
static bool
parse_stat(char *text, char *state, uint64_t *start)
{
  char *at = strrchr(text, ')');
  if (!at || at[1] != ' ') {
    return false;
  }
  at += 2;
  *state = *at;
  for (int field = 3; field < 22; field++) {
    at = strchr(at, ' ');
    if (!at) {
      return false;
    }
    at++;
  }
  *start = strtoull(at, NULL, 10);
  return true;
}

bool
platform_process(uint32_t pid, uint64_t *start)
{
  *start = 0;
  /* 0 and negative numbers mean groups to kill(). */
  if (pid == 0 || pid > INT32_MAX ||
      (kill((pid_t)pid, 0) != 0 && errno == ESRCH)) {
    return false;
  }
  char path[32];
  char text[512];
  snprintf(path, sizeof path, "/proc/%u/stat", pid);
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    return true; /* alive, but /proc is hidden from us */
  }
  const ssize_t length = read(fd, text, sizeof text - 1);
  close(fd);
  char state = '?';
  if (length <= 0) {
    return errno != ESRCH;
  }
  text[length] = '\0';
  if (!parse_stat(text, &state, start)) {
    *start = 0;
    return true;
  }
  return state != 'Z' && state != 'X';
}

void
platform_process_name(char *out, size_t bytes)
{
  snprintf(out, bytes, "pid %ld", (long)getpid());
  const int fd = open("/proc/self/comm", O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    return;
  }
  char name[32];
  const ssize_t length = read(fd, name, sizeof name - 1);
  close(fd);
  if (length > 1) {
    name[length] = '\0';
    name[strcspn(name, "\n")] = '\0';
    snprintf(out, bytes, "%s", name);
  }
}

int
platform_allocate(int fd, size_t bytes)
{
  /* On tmpfs a page that cannot be had is a SIGBUS when it is touched;
     posix_fallocate says it now. */
  const int error = posix_fallocate(fd, 0, (off_t)bytes);
  return error ? error : ftruncate(fd, (off_t)bytes) ? errno : 0;
}
