/* os_darwin.c - time, sleep and the back-end as a whole, on macOS.
   SPDX-License-Identifier: MIT */
#include "os_darwin.h"
#include "engine/loop.h"
#include "engine/rtthread.h"
#include "hal/platform.h"

#include <errno.h>
#include <mach/mach_time.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/event.h>
#include <time.h>
#include <unistd.h>

#define SECOND 1000000000
/* Most descriptors that one call reports; the rest is there at the next. */
#define EVENTS 64

uint64_t
clock_gettime_nsec_np(clockid_t clock) VSC_RT;
kern_return_t
mach_timebase_info(mach_timebase_info_t out) VSC_RT;

vsc_ns
mach_ns(uint64_t ticks) VSC_RT
{
  mach_timebase_info_data_t base = { 0, 0 };
  (void)mach_timebase_info(&base);
  return base.denom ? (vsc_ns)(ticks / base.denom * base.numer +
                               ticks % base.denom * base.numer / base.denom)
                    : (vsc_ns)ticks;
}

static vsc_ns
os_now(const struct os *os) VSC_RT
{
  (void)os;
  return platform_now();
}

/* macOS has UTC and knows nothing of TAI. */
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
    const int64_t utc = (int64_t)clock_gettime_nsec_np(CLOCK_REALTIME);
    const vsc_ns width = platform_now() - before;
    if (width < best) {
      best = width;
      *host = before + width / 2;
      *tai_ns = utc;
    }
  }
  *utc_offset = 0;
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
  return ((const struct os_darwin *)os)->route_fd;
}

/* Whether we are in a group the system tells nobody. */
static void
os_reception(const struct os *os, vsc_ip group, struct os_reception *out)
{
  const struct os_darwin *const self = (const struct os_darwin *)os;
  (void)group;
  memcpy(out->name, self->name, sizeof out->name);
  out->is_up = self->is_up || self->route_fd < 0;
  out->is_joined = -1;
}

static int
os_listen_at(const struct os *os, vsc_ip group, uint16_t port)
{
  const struct os_darwin *const self = (const struct os_darwin *)os;
  const struct net_group g = { .group = group,
                               .index = atomic_load_explicit(
                                 &self->index, memory_order_relaxed) };
  return net_listen(&g, port);
}

static int
os_has_heard(const struct os *os, int ear)
{
  char byte;
  (void)os;
  const ssize_t n = recv(ear, &byte, sizeof byte, MSG_DONTWAIT);
  close(ear);
  return n >= 0;
}

static void
os_free(struct os *os)
{
  struct os_darwin *const self = (struct os_darwin *)os;
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
  struct os_darwin *const self = calloc(1, sizeof *self);
  if (!self) {
    return VSC_ERR_NOMEM;
  }
  self->os = (struct os){ .now = os_now,
                          .system_clock = os_system_clock,
                          .sleep_until = os_sleep_until,
                          .reception = os_reception,
                          .listen_at = os_listen_at,
                          .has_heard = os_has_heard,
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
  return (int64_t)clock_gettime_nsec_np(CLOCK_THREAD_CPUTIME_ID);
}

/* What POLLS wants, as the kernel's filters; how many. */
static int
changes_of(const struct pollfd *polls, unsigned count, struct kevent *out)
{
  int n = 0;
  for (unsigned i = 0; i < count; i++) {
    const struct kevent wish = { .ident = (uintptr_t)polls[i].fd,
                                 .flags = EV_ADD,
                                 .udata = (void *)(uintptr_t)i };
    if (polls[i].events & POLLIN) {
      out[n] = wish;
      out[n++].filter = EVFILT_READ;
    }
    if (polls[i].events & POLLOUT) {
      out[n] = wish;
      out[n++].filter = EVFILT_WRITE;
    }
  }
  return n;
}

static short
revents_of(const struct kevent *e)
{
  if (e->flags & EV_ERROR) {
    return POLLNVAL;
  }
  /* Who only says no more may still listen: read() tells him by a 0. */
  if (e->filter != EVFILT_WRITE) {
    return POLLIN;
  }
  return e->flags & EV_EOF ? POLLOUT | POLLHUP : POLLOUT;
}

/* One queue a call: the main thread waits a few times a second, for what
   changes in between, and a timeout of poll() is whole milliseconds. */
int
loop_os_poll(struct pollfd *polls, unsigned count, vsc_ns timeout)
{
  const struct timespec ts = { .tv_sec = (time_t)(timeout / SECOND),
                               .tv_nsec = (long)(timeout % SECOND) };
  struct kevent events[EVENTS];
  struct kevent *const changes = calloc(2 * (size_t)count + 1, sizeof *changes);
  const int queue = changes ? kqueue() : -1;
  if (queue < 0) {
    free(changes);
    return -1;
  }
  const int ready = kevent(queue,
                           changes,
                           changes_of(polls, count, changes),
                           events,
                           EVENTS,
                           timeout == INT64_MAX ? NULL : &ts);
  const int error = errno;
  for (unsigned i = 0; i < count; i++) {
    polls[i].revents = 0;
  }
  for (int i = 0; i < ready; i++) {
    struct pollfd *const poll = &polls[(uintptr_t)events[i].udata];
    poll->revents = (short)(poll->revents | revents_of(&events[i]));
  }
  close(queue);
  free(changes);
  errno = error;
  return ready;
}
