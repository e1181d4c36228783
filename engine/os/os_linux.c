/* os_linux.c - time, sleep and the back-end as a whole, on Linux.
   SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "os_linux.h"
#include "engine/log.h"
#include "engine/loop.h"
#include "engine/rtthread.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/timex.h>
#include <unistd.h>

#define SECOND 1000000000

/* It blocks, which is what the audio thread asks for at the end of its work. */
int
clock_nanosleep(clockid_t clock,
                int flags,
                const struct timespec *until,
                struct timespec *left) VSC_RT;

static vsc_ns
os_now(const struct os *os) VSC_RT
{
  (void)os;
  return clock_read(CLOCK_MONOTONIC_RAW);
}

static vsc_status
os_system_clock(const struct os *os,
                vsc_ns *host,
                int64_t *tai_ns,
                int32_t *utc_offset)
{
  (void)os;
  /* The tightest of a few brackets: an interrupt hits some, seldom all. */
  vsc_ns best = INT64_MAX;
  for (int i = 0; i < 8; i++) {
    const vsc_ns before = clock_read(CLOCK_MONOTONIC_RAW);
    const int64_t tai = clock_read(CLOCK_TAI);
    const vsc_ns width = clock_read(CLOCK_MONOTONIC_RAW) - before;
    if (width < best) {
      best = width;
      *host = before + width / 2;
      *tai_ns = tai;
    }
  }
  struct timex x = { .modes = 0 };
  *utc_offset = adjtimex(&x) < 0 ? 0 : x.tai;
  return VSC_OK;
}

/* The kernel cannot sleep on the raw clock, so the rest is told to the steered
   one. Reading the raw clock last makes an interruption in between wake us too
   early, and then we sleep again, never too late. */
static void
os_sleep_until(const struct os *os, vsc_ns t) VSC_RT
{
  (void)os;
  for (;;) {
    const int64_t mono = clock_read(CLOCK_MONOTONIC);
    const vsc_ns now = clock_read(CLOCK_MONOTONIC_RAW);
    if (now >= t) {
      return;
    }
    const int64_t rest = t - now < SECOND ? t - now : SECOND;
    const int64_t until = mono + rest;
    const struct timespec ts = { .tv_sec = (time_t)(until / SECOND),
                                 .tv_nsec = (long)(until % SECOND) };
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
  }
}

static int
os_link_fd(const struct os *os)
{
  return ((const struct os_linux *)os)->route_fd;
}

static void
os_free(struct os *os)
{
  struct os_linux *const self = (struct os_linux *)os;
  if (self->route_fd >= 0) {
    close(self->route_fd);
  }
  free(self);
}

vsc_status
os_create(const struct os_interface *interface,
          struct log *log,
          struct os **out)
{
  struct os_linux *const self = calloc(1, sizeof *self);
  if (!self) {
    return VSC_ERR_NOMEM;
  }
  self->os = (struct os){ .now = os_now,
                          .system_clock = os_system_clock,
                          .sleep_until = os_sleep_until,
                          .link_fd = os_link_fd,
                          .service = link_service,
                          .destroy = os_free };
  self->log = log;
  memcpy(self->name, interface->name, sizeof self->name);
  self->name[sizeof self->name - 1] = 0;
  atomic_init(&self->index, interface->index);
  atomic_init(&self->address, interface->address);
  self->wish = interface->address;
  self->route_fd = -1;
  net_init(self);
  if (self->name[0]) {
    link_init(self);
  }
  *out = &self->os;
  return VSC_OK;
}

void
rtthread_os_begin(const char *name)
{
  prctl(PR_SET_NAME, name, 0, 0, 0);
  /* The default of 50 us would be a fifth of a packet time of late. */
  prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0);
}

int64_t
rtthread_os_cpu_ns(void) VSC_RT
{
  return clock_read(CLOCK_THREAD_CPUTIME_ID);
}

int
loop_os_poll(struct pollfd *polls, unsigned count, vsc_ns timeout)
{
  const struct timespec ts = { .tv_sec = (time_t)(timeout / SECOND),
                               .tv_nsec = (long)(timeout % SECOND) };
  return ppoll(polls, count, timeout == INT64_MAX ? NULL : &ts, NULL);
}
