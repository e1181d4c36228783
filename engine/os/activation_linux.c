/* activation_linux.c - sockets that the service manager opened for us, so that
   we need no privilege for low ports: sd_listen_fds(3) and LISTEN_FDS.
   SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "net_linux.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define FIRST 3 /* SD_LISTEN_FDS_START */
#define MOST 32

static int
number(const char *name)
{
  const char *const text = getenv(name);
  char *end = NULL;
  const long n = text ? strtol(text, &end, 10) : 0;
  return text && *text && !*end && n > 0 && n <= INT32_MAX ? (int)n : 0;
}

int
activation_socket(uint16_t port)
{
  const int count = number("LISTEN_PID") == getpid() ? number("LISTEN_FDS") : 0;
  for (int fd = FIRST; fd < FIRST + count && fd < FIRST + MOST; fd++) {
    struct sockaddr_in in = { 0 };
    socklen_t bytes = sizeof in;
    int type = 0;
    socklen_t type_bytes = sizeof type;
    fcntl(fd, F_SETFD, FD_CLOEXEC); /* they are no bridge's */
    if (!getsockname(fd, (struct sockaddr *)&in, &bytes) &&
        in.sin_family == AF_INET && ntohs(in.sin_port) == port &&
        !getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &type_bytes) &&
        type == SOCK_DGRAM) {
      const int mine = fcntl(fd, F_DUPFD_CLOEXEC, 0);
      const int flags = mine >= 0 ? fcntl(mine, F_GETFL) : -1;
      if (flags >= 0) {
        fcntl(mine, F_SETFL, flags | O_NONBLOCK);
      }
      return mine;
    }
  }
  return -1;
}
