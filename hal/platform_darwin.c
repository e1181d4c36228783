/* platform_darwin.c - clock, processes and memory as macOS has them.
   SPDX-License-Identifier: MIT */
#include "platform.h"

#include <errno.h>
#include <libproc.h>
#include <mach/mach.h>
#include <mach/mach_time.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/proc.h>
#include <sys/proc_info.h>
#include <time.h>
#include <unistd.h>

#define SECOND INT64_C(1000000000)
/* What the real-time policy promises the scheduler, in ns: a wake-up of ours
   uses far less, and packet times are a multiple of it. */
#define PERIOD 250000
#define COMPUTATION 100000

/* They read the processor's counter, and memory that the kernel shares. */
uint64_t
clock_gettime_nsec_np(clockid_t id) VSC_RT;
kern_return_t
mach_timebase_info(mach_timebase_info_t out) VSC_RT;
/* It blocks, which is what the audio thread asks for at the end of its work. */
kern_return_t
mach_wait_until(uint64_t deadline) VSC_RT;

/* mach_absolute_time() in ns, which is what device time stamps are made of. */
vsc_ns
platform_now(void) VSC_RT
{
  return (vsc_ns)clock_gettime_nsec_np(CLOCK_UPTIME_RAW);
}

/* NS as ticks, rounded up: 24 MHz on Apple's processors, 1 GHz on Intel's. */
static uint64_t
ticks(uint64_t ns) VSC_RT
{
  mach_timebase_info_data_t base = { 0, 0 };
  (void)mach_timebase_info(&base);
  if (!base.numer) {
    return ns;
  }
  return ns / base.numer * base.denom +
         (ns % base.numer * base.denom + base.numer - 1) / base.numer;
}

void
platform_sleep_until(vsc_ns t) VSC_RT
{
  while (platform_now() < t) {
    (void)mach_wait_until(ticks((uint64_t)t));
  }
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

/* The kernel wakes threads of this policy without the slack that saves power;
   an ordinary user may have it. A fixed priority alone is late by milliseconds.
   */
void
platform_thread_begin(const char *name, bool is_urgent)
{
  pthread_setname_np(name);
  if (is_urgent) {
    thread_time_constraint_policy_data_t policy = {
      .period = (uint32_t)ticks(PERIOD),
      .computation = (uint32_t)ticks(COMPUTATION),
      .constraint = (uint32_t)ticks(PERIOD),
      .preemptible = 1,
    };
    (void)thread_policy_set(pthread_mach_thread_np(pthread_self()),
                            THREAD_TIME_CONSTRAINT_POLICY,
                            (thread_policy_t)(void *)&policy,
                            THREAD_TIME_CONSTRAINT_POLICY_COUNT);
  }
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
  struct proc_bsdinfo info;
  if (proc_pidinfo((int)pid, PROC_PIDTBSDINFO, 0, &info, sizeof info) <
      (int)sizeof info) {
    return true; /* alive, but hidden from us, as from a sandbox */
  }
  *start = info.pbi_start_tvsec * 1000000 + info.pbi_start_tvusec;
  return info.pbi_status != SZOMB;
}

const char *
platform_run_folder(void)
{
  return "/var/run";
}

void
platform_process_name(char *out, size_t bytes)
{
  const char *const name = getprogname();
  if (name) {
    snprintf(out, bytes, "%s", name);
  } else {
    snprintf(out, bytes, "pid %ld", (long)getpid());
  }
}

int
platform_allocate(int fd, size_t bytes)
{
  /* Once only: a shared-memory object that has a size keeps it. Its memory is
     the pager's, which does not run out as a tmpfs does. */
  return ftruncate(fd, (off_t)bytes) ? errno : 0;
}
