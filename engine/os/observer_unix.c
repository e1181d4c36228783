/* observer_unix.c - see observer.h. SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE
#include "hal/platform.h"
#include "system.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BUFFER_BYTES (4 << 20) /* a second of what others send meanwhile */

struct observer {
  int fd;
  uint32_t dropped;
  bool is_compared; /* since there was nothing to read */
  vsc_ns offset;    /* of the kernel's stamps */
  uint8_t bytes[NET_PAYLOAD];
};

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
  const int bytes = BUFFER_BYTES;
  (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
  if (observer_set_up(fd)) {
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

bool
observer_read(struct observer *s, struct observed *out)
{
  union control control;
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
    s->is_compared = false;
    return false;
  }
  if (!s->is_compared) {
    s->offset = observer_offset();
    s->is_compared = true;
  }
  *out = (struct observed){ .bytes = s->bytes,
                            .length = (uint32_t)n,
                            .source = ntohl(from.sin_addr.s_addr) };
  struct control_message c;
  for (size_t at = 0; control_next(&m, &at, &c);) {
    observer_take(&c, out, &s->dropped);
  }
  out->when = out->when ? out->when + s->offset : platform_now();
  return true;
}

uint32_t
observer_dropped(const struct observer *s)
{
  return s->dropped;
}
