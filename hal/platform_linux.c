/* platform_linux.c - clock, processes and memory as Linux has them.
   SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE /* syscall() */
#include "platform.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define SECOND INT64_C(1000000000)
#define SLICE_NS 100000 /* the least that Linux 6.12 grants */

/* It reads the clock through the vDSO: no system call, no lock. */
int
clock_gettime(clockid_t id, struct timespec *out) VSC_RT;
/* It blocks, which is what the audio thread asks for at the end of its work. */
int
clock_nanosleep(clockid_t clock,
                int flags,
                const struct timespec *until,
                struct timespec *left) VSC_RT;

static int64_t
read_clock(clockid_t id) VSC_RT
{
  struct timespec t = { 0 };
  clock_gettime(id, &t);
  return (int64_t)t.tv_sec * SECOND + t.tv_nsec;
}

vsc_ns
platform_now(void) VSC_RT
{
  return read_clock(CLOCK_MONOTONIC_RAW);
}

vsc_ns
platform_steered(void) VSC_RT
{
  const int64_t steered = read_clock(CLOCK_MONOTONIC);
  return steered - platform_now();
}

/* The kernel cannot sleep on the raw clock, so the rest is told to the steered
   one. Reading the raw clock last makes an interruption in between wake us too
   early, and then we sleep again, never too late. */
void
platform_sleep_until(vsc_ns t) VSC_RT
{
  for (;;) {
    const int64_t steered = read_clock(CLOCK_MONOTONIC);
    const vsc_ns now = platform_now();
    if (now >= t) {
      return;
    }
    const int64_t until = steered + (t - now < SECOND ? t - now : SECOND);
    const struct timespec ts = { .tv_sec = (time_t)(until / SECOND),
                                 .tv_nsec = (long)(until % SECOND) };
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
  }
}

/* The first version of what sched_setattr(2) takes; the kernel's header for it
   and libc's <sched.h> exclude one another. */
struct scheduling {
  uint32_t size, policy;
  uint64_t flags;
  int32_t nice;
  uint32_t priority;
  uint64_t runtime, deadline, period; /* ns */
};

/* Without SCHED_FIFO: who asks for less at a time runs sooner, before others
   have had their milliseconds, and everybody may (sched(7); an older Linux
   ignores it). */
static void
ask_for_short_slices(void)
{
  struct scheduling a = { .size = sizeof a };
  if (syscall(SYS_sched_getattr, 0, &a, sizeof a, 0) == 0 &&
      a.policy == SCHED_OTHER) {
    a.runtime = SLICE_NS;
    (void)syscall(SYS_sched_setattr, 0, &a, 0);
  }
}

void
platform_thread_begin(const char *name, bool is_urgent)
{
  if (is_urgent) {
    ask_for_short_slices();
  }
  prctl(PR_SET_NAME, name, 0, 0, 0);
  /* The default of 50 us would be a fifth of a packet time of late. */
  prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0);
}

void
platform_sleep(vsc_ns duration)
{
  if (duration > 0) {
    const struct timespec t = { .tv_sec = (time_t)(duration / SECOND),
                                .tv_nsec = (long)(duration % SECOND) };
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

const char *
platform_run_folder(void)
{
  return "/run";
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
