/* observer_linux.c - see observer.h. SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "observer.h"
#include "net_linux.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <vsc/net.h>

#define BUFFER_BYTES (4 << 20) /* a second of what others send meanwhile */

struct observer {
  int fd;
  uint32_t dropped;
  bool is_compared;      /* since there was nothing to read */
  struct comparison now; /* the two clocks */
  uint8_t bytes[2048];
};

static int
set(int fd, int level, int name, int value)
{
  return setsockopt(fd, level, name, &value, sizeof value);
}

static int
open_socket(const vsc_stream *stream, int index)
{
  const struct net_group g = { .group = stream->address,
                               .source = stream->source,
                               .index = index };
  const int fd = net_listen(&g, stream->port);
  if (fd < 0) {
    return -1;
  }
  (void)set(fd, SOL_SOCKET, SO_RCVBUF, BUFFER_BYTES);
  (void)set(fd, SOL_SOCKET, SO_RXQ_OVFL, 1);
  if (set(fd, SOL_SOCKET, SO_TIMESTAMPNS, 1) ||
      set(fd, IPPROTO_IP, IP_RECVTOS, 1) ||
      set(fd, IPPROTO_IP, IP_RECVTTL, 1)) {
    const int error = errno;
    close(fd);
    errno = error;
    return -1;
  }
  return fd;
}

vsc_status
observer_open(const vsc_stream *stream,
              int index,
              struct observer **out,
              char *why,
              size_t why_bytes)
{
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
  s->fd = open_socket(stream, index);
  if (s->fd < 0) {
    snprintf(why, why_bytes, "cannot listen: %s", strerror(errno));
    free(s);
    return VSC_ERR_SYSTEM;
  }
  *out = s;
  return VSC_OK;
}

void
observer_close(struct observer *s)
{
  if (s) {
    close(s->fd);
    free(s);
  }
}

static void
read_header(struct observer *s, const struct cmsghdr *c, struct observed *out)
{
  const void *const data = CMSG_DATA(c);
  const size_t bytes = c->cmsg_len - CMSG_LEN(0);
  int value = 0;
  memcpy(&value, data, bytes < sizeof value ? bytes : sizeof value);
  if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_TOS) {
    out->dscp = (uint8_t)((value & 0xff) >> 2);
  } else if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_TTL) {
    out->ttl = (uint8_t)value;
  } else if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_RXQ_OVFL) {
    s->dropped = (uint32_t)value;
  } else if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMPNS) {
    struct timespec t = { 0 };
    memcpy(&t, data, bytes < sizeof t ? bytes : sizeof t);
    out->when = timespec_ns(&t) - s->now.real + s->now.host;
  }
}

bool
observer_read(struct observer *s, struct observed *out)
{
  union {
    struct cmsghdr head;
    unsigned char bytes[256];
  } control;
  struct sockaddr_in from = { 0 };
  struct iovec part = { .iov_base = s->bytes, .iov_len = sizeof s->bytes };
  struct msghdr m = { .msg_name = &from,
                      .msg_namelen = sizeof from,
                      .msg_iov = &part,
                      .msg_iovlen = 1,
                      .msg_control = &control,
                      .msg_controllen = sizeof control };
  const ssize_t n = recvmsg(s->fd, &m, 0);
  if (n < 0) {
    s->is_compared = false;
    return false;
  }
  if (!s->is_compared) {
    s->now = stamp_compare();
    s->is_compared = true;
  }
  *out = (struct observed){ .bytes = s->bytes,
                            .length = (uint32_t)n,
                            .source = ntohl(from.sin_addr.s_addr) };
  for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
    read_header(s, c, out);
  }
  return true;
}

uint32_t
observer_dropped(const struct observer *s)
{
  return s->dropped;
}
