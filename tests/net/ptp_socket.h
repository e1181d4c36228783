/* ptp_socket.h - the event port of PTP for the small liars of these tests.
   SPDX-License-Identifier: MIT */
#ifndef VSC_TESTS_PTP_SOCKET_H
#define VSC_TESTS_PTP_SOCKET_H

#include "tests/unit/ptp_hostile.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

/* Joined and sending on the interface with ADDRESS; does not block, and is not
   heard on its own machine, where a true master may be. */
static inline int
ptp_socket_open(const char *address)
{
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0), on = 1;
  const uint8_t loop = 0;
  const struct sockaddr_in any = { .sin_family = AF_INET,
                                   .sin_port = htons(319) };
  struct ip_mreq m;
  inet_pton(AF_INET, "224.0.1.129", &m.imr_multiaddr);
  inet_pton(AF_INET, address, &m.imr_interface);
  const struct in_addr *const own = &m.imr_interface;
  if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) ||
      bind(fd, (const struct sockaddr *)&any, sizeof any) ||
      setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &m, sizeof m) ||
      setsockopt(fd, IPPROTO_IP, IP_MULTICAST_LOOP, &loop, sizeof loop) ||
      setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, own, sizeof *own)) {
    perror("PTP event port");
    exit(1);
  }
  return fd;
}

/* To the port that it belongs to. */
static inline int
ptp_socket_send(int fd, const struct hostile_message *m)
{
  struct sockaddr_in to = { .sin_family = AF_INET,
                            .sin_port = htons(m->is_event ? 319 : 320) };
  inet_pton(AF_INET, "224.0.1.129", &to.sin_addr);
  return sendto(fd,
                m->bytes,
                m->length,
                0,
                (const struct sockaddr *)&to,
                sizeof to) >= 0;
}

#endif
