/* ear_linux.c - is there anything for a group at some port? A socket that is
   bound to the group takes no packet from any other program.
   SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "os_linux.h"

#include <netinet/in.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>

int
ear_open(const struct os *os, vsc_ip group, uint16_t port)
{
  const struct os_linux *const self = (const struct os_linux *)os;
  const int on = 1;
  const int off = 0;
  const int index = atomic_load_explicit(&self->index, memory_order_relaxed);
  const struct sockaddr_in in = { .sin_family = AF_INET,
                                  .sin_port = htons(port),
                                  .sin_addr.s_addr = htonl(group) };
  const struct ip_mreqn request = { .imr_multiaddr.s_addr = htonl(group),
                                    .imr_ifindex = index };
  /* Without a number the kernel would join where it likes. */
  const int fd =
    index ? socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0) : -1;
  if (fd < 0) {
    return -1;
  }
  /* The least that the kernel keeps: one datagram is enough. */
  if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) ||
      setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &off, sizeof off) ||
      setsockopt(fd, IPPROTO_IP, IP_MULTICAST_ALL, &off, sizeof off) ||
      bind(fd, (const struct sockaddr *)&in, sizeof in) ||
      setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &request, sizeof request)) {
    close(fd);
    return -1;
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
