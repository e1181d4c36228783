/* observer_darwin.c - see observer.h. SPDX-License-Identifier: MIT */
#include "observer.h"
#include "os_darwin.h"

#include "hal/platform.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BUFFER_BYTES (4 << 20) /* a second of what others send meanwhile */

struct observer {
  int fd;
  uint8_t bytes[NET_PAYLOAD];
};

static int
set(int fd, int level, int name, int value)
{
  return setsockopt(fd, level, name, &value, sizeof value);
}

vsc_status
observer_open(const vsc_stream *stream,
              int index,
              struct observer **out,
              char *why,
              size_t why_bytes)
{
  const struct net_group g = { .group = stream->address,
                               .source = stream->source,
                               .index = index };
  if (!VSC_IP_IS_MULTICAST(stream->address)) {
    snprintf(why,
             why_bytes,
             "it is sent to one address: who listens there, too, would take "
             "its packets away from the engine");
    return VSC_ERR_UNSUPPORTED;
  }
  struct observer *const s = calloc(1, sizeof *s);
  if (!s) {
    snprintf(why, why_bytes, "no memory left");
    return VSC_ERR_NOMEM;
  }
  s->fd = net_listen(&g, stream->port);
  if (s->fd < 0 || set(s->fd, SOL_SOCKET, SO_TIMESTAMP_MONOTONIC, 1) ||
      set(s->fd, IPPROTO_IP, IP_RECVTOS, 1) ||
      set(s->fd, IPPROTO_IP, IP_RECVTTL, 1)) {
    snprintf(why, why_bytes, "cannot listen: %s", strerror(errno));
    observer_close(s);
    return VSC_ERR_SYSTEM;
  }
  (void)set(s->fd, SOL_SOCKET, SO_RCVBUF, BUFFER_BYTES);
  *out = s;
  return VSC_OK;
}

void
observer_close(struct observer *s)
{
  if (s && s->fd >= 0) {
    close(s->fd);
  }
  free(s);
}

static void
read_header(const struct cmsghdr *c, const uint8_t *data, struct observed *out)
{
  const size_t bytes = c->cmsg_len - sizeof *c;
  if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_RECVTOS && bytes) {
    out->dscp = data[0] >> 2;
  } else if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_RECVTTL &&
             bytes) {
    out->ttl = data[0];
  } else if (c->cmsg_level == SOL_SOCKET &&
             c->cmsg_type == SCM_TIMESTAMP_MONOTONIC &&
             bytes >= sizeof(uint64_t)) {
    uint64_t ticks;
    memcpy(&ticks, data, sizeof ticks);
    out->when = mach_ns(ticks);
  }
}

bool
observer_read(struct observer *s, struct observed *out)
{
  union {
    struct cmsghdr head;
    uint8_t bytes[256];
  } control;
  struct sockaddr_in from = { .sin_port = 0 };
  struct iovec part = { .iov_base = s->bytes, .iov_len = sizeof s->bytes };
  struct msghdr m = { .msg_name = &from,
                      .msg_namelen = sizeof from,
                      .msg_iov = &part,
                      .msg_iovlen = 1,
                      .msg_control = &control,
                      .msg_controllen = sizeof control };
  const ssize_t n = recvmsg(s->fd, &m, MSG_DONTWAIT);
  if (n < 0) {
    return false;
  }
  *out = (struct observed){ .bytes = s->bytes,
                            .length = (uint32_t)n,
                            .when = platform_now(),
                            .source = ntohl(from.sin_addr.s_addr) };
  size_t at = 0;
  struct cmsghdr c;
  while (m.msg_controllen - at >= sizeof c) {
    memcpy(&c, control.bytes + at, sizeof c);
    if (c.cmsg_len < sizeof c || c.cmsg_len > m.msg_controllen - at) {
      break;
    }
    read_header(&c, control.bytes + at + sizeof c, out);
    const size_t step = ((size_t)c.cmsg_len + 3) & ~(size_t)3;
    at = step < m.msg_controllen - at ? at + step : m.msg_controllen;
  }
  return true;
}

/* macOS does not count them. */
uint32_t
observer_dropped(const struct observer *s)
{
  (void)s;
  return 0;
}
