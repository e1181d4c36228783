/* os_linux.c - clocks, waiting and what an interface can do itself, on Linux.
   SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "engine/loop.h"
#include "engine/rtthread.h"
#include "net_linux.h"

#include <poll.h>
#include <stdlib.h>
#include <sys/timex.h>

#define SECOND 1000000000

int64_t
wall_now(void)
{
  return clock_read(CLOCK_TAI);
}

int32_t
wall_utc_offset(void)
{
  struct timex x = { .modes = 0 };
  return adjtimex(&x) < 0 ? 0 : x.tai;
}

vsc_status
hardware_init(struct os_unix *os)
{
  os->hardware = calloc(1, sizeof *os->hardware);
  return os->hardware ? VSC_OK : VSC_ERR_NOMEM;
}

void
hardware_finish(struct os_unix *os)
{
  phc_end(&os->hardware->phc);
  free(os->hardware);
}

void
hardware_open(struct os_unix *os, const vsc_socket_config *config)
{
  stamp_open(os, config);
  xdp_open(os, config);
}

void
hardware_close(struct os_unix *os)
{
  stamp_close(os);
  xdp_close(os);
}

void
hardware_renew(struct os_unix *os)
{
  stamp_renew(os);
  xdp_renew(os);
}

void
hardware_about(const struct os_unix *os, vsc_net_about *out)
{
  out->has_hardware_stamps = os->hardware->phc.system != NULL;
  out->shared_port = ports_shared(os);
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
