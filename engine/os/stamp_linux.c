/* stamp_linux.c - the kernel's time stamps of what a socket receives and sends,
   brought to host time as exactly as two clocks can be compared.
   SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "engine/log.h"
#include "net_linux.h"

#include <linux/errqueue.h>
#include <linux/net_tstamp.h>
#include <string.h>

/* An interruption widens some brackets, seldom all. */
#define BRACKETS 6
/* More than a comparison errs, and a thousandth of the time between two: nobody
   slews a clock faster than that. */
#define STEP_NS 1000
#define OLDEST_NS INT64_C(2000000000)

struct comparison
stamp_compare(void) VSC_RT
{
  struct comparison best = { .width = INT64_MAX };
  for (int i = 0; i < BRACKETS; i++) {
    const vsc_ns before = clock_read(CLOCK_MONOTONIC_RAW);
    const int64_t real = clock_read(CLOCK_REALTIME);
    const vsc_ns width = clock_read(CLOCK_MONOTONIC_RAW) - before;
    if (width < best.width) {
      best = (struct comparison){ .host = before + width / 2,
                                  .real = real,
                                  .width = width };
    }
  }
  return best;
}

int64_t
stamp_offset(vsc_socket *s, int *is_steady) VSC_RT
{
  const struct comparison c = stamp_compare();
  const int64_t offset = c.real - c.host;
  struct traffic *const t = s->traffic;
  const int64_t moved = offset - t->real_offset;
  const int64_t bound = STEP_NS + c.width + (c.host - t->compared) / 1000;
  *is_steady = t->compared == 0 || (moved <= bound && moved >= -bound);
  t->real_offset = offset;
  t->compared = c.host;
  return offset;
}

int
stamp_is_hardware(const vsc_socket *s) VSC_RT
{
  return s->config.flags & VSC_SOCKET_HARDWARE && s->os->hardware->phc.system;
}

int
stamp_enable(int fd, int is_hardware)
{
  const int received = SOF_TIMESTAMPING_RX_SOFTWARE |
                       SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_OPT_TSONLY;
  const int flags = received | (is_hardware ? SOF_TIMESTAMPING_TX_HARDWARE |
                                                SOF_TIMESTAMPING_RX_HARDWARE |
                                                SOF_TIMESTAMPING_RAW_HARDWARE
                                            : SOF_TIMESTAMPING_TX_SOFTWARE);
  return setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPING, &flags, sizeof flags);
}

/* Among those open. */
static int
is_wanted(const struct os_unix *os)
{
  for (const vsc_socket *s = os->sockets; s; s = s->next) {
    if (s->config.flags & VSC_SOCKET_HARDWARE) {
      return 1;
    }
  }
  return 0;
}

static void
look(struct os_unix *os)
{
  char why[400];
  phc_end(&os->hardware->phc);
  const vsc_status status =
    phc_begin(&os->hardware->phc, &phc_kernel, os->name, why, sizeof why);
  if (status < 0) {
    log_write(os->log,
              status == VSC_ERR_UNSUPPORTED ? VSC_LOG_DEBUG : VSC_LOG_WARN,
              "net",
              "%s; the kernel's time stamps are used",
              why);
  }
}

void
stamp_open(struct os_unix *os, const vsc_socket_config *config)
{
  if (config->flags & VSC_SOCKET_HARDWARE && !is_wanted(os)) {
    look(os);
  }
}

void
stamp_close(struct os_unix *os)
{
  if (os->hardware->phc.system && !is_wanted(os)) {
    phc_end(&os->hardware->phc);
  }
}

/* As it is now. */
static void
enable_all(struct os_unix *os)
{
  for (vsc_socket *s = os->sockets; s; s = s->next) {
    if (s->config.flags & VSC_SOCKET_HARDWARE) {
      (void)stamp_enable(s->fd, os->hardware->phc.system != NULL);
    }
  }
}

void
stamp_renew(struct os_unix *os)
{
  if (is_wanted(os)) {
    look(os);
    enable_all(os);
  }
}

/* Its stamps do not come, or its clock stands still or is gone. */
static void
give_up(struct os_unix *os)
{
  log_write(os->log,
            VSC_LOG_WARN,
            "net",
            "%s does not stamp, or its clock cannot be followed; the kernel's "
            "time stamps are used",
            os->name);
  phc_end(&os->hardware->phc);
  enable_all(os);
}

struct stamps
stamp_read(const void *data, size_t bytes) VSC_RT
{
  struct timespec t[3]; /* the second is not used any more */
  if (bytes < sizeof t) {
    return (struct stamps){ 0 };
  }
  memcpy(t, data, sizeof t);
  return (struct stamps){ .software = timespec_ns(&t[0]),
                          .hardware = timespec_ns(&t[2]) };
}

/* One message of the error queue, whose stamps are 0 when it has none. 0:
 * empty. */
static int
next_stamps(vsc_socket *s, struct stamps *out)
{
  union control control;
  unsigned char bytes[64];
  struct iovec part = { .iov_base = bytes, .iov_len = sizeof bytes };
  struct msghdr m = { .msg_iov = &part,
                      .msg_iovlen = 1,
                      .msg_control = &control,
                      .msg_controllen = sizeof control };
  *out = (struct stamps){ 0 };
  if (recvmsg(s->fd, &m, MSG_ERRQUEUE | MSG_DONTWAIT) < 0) {
    return 0;
  }
  struct control_message c;
  for (size_t at = 0; control_next(&m, &at, &c);) {
    if (c.level == SOL_SOCKET && c.type == SCM_TIMESTAMPING) {
      *out = stamp_read(c.data, c.bytes);
    }
  }
  return 1;
}

/* Host time of what was sent. 0: not known exactly. */
static int
departure(vsc_socket *s, const struct stamps *stamps, vsc_ns *out)
{
  if (stamp_is_hardware(s)) {
    s->os->hardware->phc.unsent =
      stamps->hardware ? 0 : s->os->hardware->phc.unsent;
    return stamps->hardware && phc_host(&s->os->hardware->phc,
                                        stamps->hardware,
                                        clock_read(CLOCK_MONOTONIC_RAW),
                                        out);
  }
  int is_steady;
  const int64_t offset = stamps->software ? stamp_offset(s, &is_steady) : 0;
  if (!stamps->software || !is_steady) {
    return 0;
  }
  *out = stamps->software - offset;
  const vsc_ns compared = s->traffic->compared;
  return *out <= compared && compared - *out < OLDEST_NS;
}

int32_t
batch_sent(const vsc_net *net, vsc_socket *s, vsc_ns *out, uint32_t max)
{
  struct os_unix *const os = net->os;
  struct stamps stamps;
  uint32_t count = 0;
  /* Nothing is stamped while the cable is out; when it is back all is looked at
     again. Without a watch nobody knows. */
  const int is_up = os->is_up || os->route_fd < 0;
  if (stamp_is_hardware(s) && is_up && phc_is_lost(&os->hardware->phc)) {
    give_up(os);
  }
  /* Bounded: the kernel keeps no more than its receive buffer holds, and what
     has no stamp is not counted. */
  for (uint32_t i = 0; i < 4 * max && count < max; i++) {
    if (!next_stamps(s, &stamps)) {
      break;
    }
    count += (uint32_t)departure(s, &stamps, &out[count]);
  }
  return (int32_t)count;
}
