/* ear_linux.c - is there anything for a group at some port?
   SPDX-License-Identifier: MIT */
#include "net_linux.h"

#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>

int
ear_open(const struct os *os, vsc_ip group, uint16_t port)
{
  const struct os_linux *const self = (const struct os_linux *)os;
  const struct net_group g = { .group = group,
                               .index = atomic_load_explicit(
                                 &self->index, memory_order_relaxed) };
  const int fd = net_listen(&g, port);
  if (fd >= 0) {
    /* The least that the kernel keeps: one datagram is enough. */
    const int least = 0;
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &least, sizeof least);
  }
  return fd;
}

int
ear_close(const struct os *os, int ear)
{
  char byte;
  (void)os;
  const ssize_t n = recv(ear, &byte, sizeof byte, MSG_DONTWAIT);
  close(ear);
  return n >= 0;
}
