/* stamp_linux.c - the kernel's time stamps of what a socket receives and sends,
   brought to host time as exactly as two clocks can be compared.
   SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
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

int64_t
stamp_offset(vsc_socket *s, int *is_steady) VSC_RT
{
  vsc_ns best = INT64_MAX;
  vsc_ns now = 0;
  int64_t offset = 0;
  for (int i = 0; i < BRACKETS; i++) {
    const vsc_ns before = clock_read(CLOCK_MONOTONIC_RAW);
    const int64_t real = clock_read(CLOCK_REALTIME);
    const vsc_ns width = clock_read(CLOCK_MONOTONIC_RAW) - before;
    if (width < best) {
      best = width;
      now = before + width / 2;
      offset = real - now;
    }
  }
  const int64_t moved = offset - s->real_offset;
  const int64_t bound = STEP_NS + best + (now - s->compared) / 1000;
  *is_steady = s->compared == 0 || (moved <= bound && moved >= -bound);
  s->real_offset = offset;
  s->compared = now;
  return offset;
}

int
stamp_enable(int fd)
{
  const int flags = SOF_TIMESTAMPING_TX_SOFTWARE |
                    SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE |
                    SOF_TIMESTAMPING_OPT_TSONLY;
  return setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPING, &flags, sizeof flags);
}

int64_t
stamp_read(const void *data, size_t bytes) VSC_RT
{
  struct timespec t;
  if (bytes < sizeof t) {
    return 0;
  }
  memcpy(&t, data, sizeof t); /* the first of three is the software's */
  return timespec_ns(&t);
}

/* One message of the error queue: its stamp, 0 when it has none. -1: empty. */
static int64_t
next_stamp(vsc_socket *s)
{
  union control control;
  unsigned char bytes[64];
  struct iovec part = { .iov_base = bytes, .iov_len = sizeof bytes };
  struct msghdr m = { .msg_iov = &part,
                      .msg_iovlen = 1,
                      .msg_control = &control,
                      .msg_controllen = sizeof control };
  if (recvmsg(s->fd, &m, MSG_ERRQUEUE | MSG_DONTWAIT) < 0) {
    return -1;
  }
  for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
    if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMPING) {
      return stamp_read(CMSG_DATA(c), c->cmsg_len - CMSG_LEN(0));
    }
  }
  return 0;
}

int32_t
stamp_sent(const vsc_net *net, vsc_socket *s, vsc_ns *out, uint32_t max)
{
  (void)net;
  uint32_t count = 0;
  /* Bounded: the kernel keeps no more than its receive buffer holds, and what
     has no stamp is not counted. */
  for (uint32_t i = 0; i < 4 * max && count < max; i++) {
    const int64_t stamp = next_stamp(s);
    if (stamp < 0) {
      break;
    }
    int is_steady;
    const int64_t offset = stamp ? stamp_offset(s, &is_steady) : 0;
    const vsc_ns when = stamp - offset;
    if (stamp && is_steady && when <= s->compared &&
        s->compared - when < OLDEST_NS) {
      out[count++] = when;
    }
  }
  return (int32_t)count;
}
