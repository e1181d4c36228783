/* os_linux.c - time, sleep and the back-end as a whole, on Linux.
   SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "os_linux.h"
#include "engine/log.h"
#include "engine/loop.h"
#include "engine/rtthread.h"
#include "hal/platform.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timex.h>
#include <unistd.h>

#define SECOND 1000000000

static vsc_ns
os_now(const struct os *os) VSC_RT
{
  (void)os;
  return platform_now();
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
    const vsc_ns before = platform_now();
    const int64_t tai = clock_read(CLOCK_TAI);
    const vsc_ns width = platform_now() - before;
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

static void
os_sleep_until(const struct os *os, vsc_ns t) VSC_RT
{
  (void)os;
  platform_sleep_until(t);
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
  phc_end(&self->phc);
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
                          .reception = link_reception,
                          .listen_at = ear_open,
                          .has_heard = ear_close,
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
