/* os_darwin.c - clocks and waiting, on macOS.
   SPDX-License-Identifier: MIT */
#include "os_darwin.h"
#include "engine/loop.h"
#include "engine/rtthread.h"
#include "system.h"

#include <errno.h>
#include <mach/mach_time.h>
#include <poll.h>
#include <stdlib.h>
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

/* macOS has UTC and knows nothing of TAI. */
int64_t
wall_now(void)
{
  return (int64_t)clock_gettime_nsec_np(CLOCK_REALTIME);
}

int32_t
wall_utc_offset(void)
{
  return 0;
}

/* Stamps and rings of an interface are not to be had. */
vsc_status
hardware_init(struct os_unix *os)
{
  (void)os;
  return VSC_OK;
}

void
hardware_finish(struct os_unix *os)
{
  (void)os;
}

void
hardware_open(struct os_unix *os, const vsc_socket_config *config)
{
  (void)os;
  (void)config;
}

void
hardware_close(struct os_unix *os)
{
  (void)os;
}

void
hardware_renew(struct os_unix *os)
{
  (void)os;
}

void
hardware_about(const struct os_unix *os, vsc_net_about *out)
{
  (void)os;
  (void)out;
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
