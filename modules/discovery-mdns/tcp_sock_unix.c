/* tcp_sock_unix.c - TCP by BSD sockets.
   SPDX-License-Identifier: MIT */
#include "tcp_sock.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG 16

static struct sockaddr_in
address_of(vsc_ip ip, uint16_t port)
{
  return (struct sockaddr_in){ .sin_family = AF_INET,
                               .sin_port = htons(port),
                               .sin_addr.s_addr = htonl(ip) };
}

static int
set_up(int fd)
{
  if (fd >= 0 &&
      (fcntl(fd, F_SETFD, FD_CLOEXEC) || fcntl(fd, F_SETFL, O_NONBLOCK))) {
    close(fd);
    return -1;
  }
  return fd;
}

static int
bind_to(int fd, vsc_ip own, uint16_t port)
{
  const struct sockaddr_in in = address_of(own, port);
  return bind(fd, (const struct sockaddr *)&in, sizeof in);
}

/* FD, or none and why. */
static int
finish(int fd, bool is_good, const char **why)
{
  if (!is_good) {
    *why = strerror(errno);
    tcp_close(fd);
    return -1;
  }
  return fd;
}

int
tcp_connect(vsc_ip from, vsc_ip to, uint16_t port, const char **why)
{
  const struct sockaddr_in there = address_of(to, port);
  const int fd = set_up(socket(AF_INET, SOCK_STREAM, 0));
  return finish(
    fd,
    fd >= 0 && !bind_to(fd, from, 0) &&
      (!connect(fd, (const struct sockaddr *)&there, sizeof there) ||
       errno == EINPROGRESS),
    why);
}

bool
tcp_is_connected(int fd, const char **why)
{
  int error = 0;
  socklen_t bytes = sizeof error;
  if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &bytes)) {
    error = errno;
  }
  *why = strerror(error);
  return error == 0;
}

int
tcp_listen(vsc_ip own, uint16_t *port, const char **why)
{
  const int on = 1;
  const int fd = set_up(socket(AF_INET, SOCK_STREAM, 0));
  /* Connections of an engine that has just ended do not stand in the way. */
  const bool is_bound =
    fd >= 0 && !setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) &&
    (!bind_to(fd, own, *port) || (errno == EADDRINUSE && !bind_to(fd, own, 0)));
  struct sockaddr_in in = { .sin_port = 0 };
  socklen_t bytes = sizeof in;
  const bool is_good = is_bound && !listen(fd, BACKLOG) &&
                       !getsockname(fd, (struct sockaddr *)&in, &bytes);
  if (is_good) {
    *port = ntohs(in.sin_port);
  }
  return finish(fd, is_good, why);
}

static bool
is_none(void)
{
  return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ||
         errno == ECONNABORTED;
}

int
tcp_accept(int listener, vsc_ip *from)
{
  struct sockaddr_in in = { .sin_port = 0 };
  socklen_t bytes = sizeof in;
  const int fd = accept(listener, (struct sockaddr *)&in, &bytes);
  if (fd < 0) {
    return is_none() ? VSC_ERR_AGAIN : VSC_ERR_SYSTEM;
  }
  *from = ntohl(in.sin_addr.s_addr);
  return set_up(fd) < 0 ? VSC_ERR_AGAIN : fd;
}

int32_t
tcp_read(int fd, char *bytes, size_t room, const char **why)
{
  const ssize_t n = recv(fd, bytes, room, 0);
  if (n >= 0) {
    return (int32_t)n;
  }
  *why = strerror(errno);
  return is_none() ? VSC_ERR_AGAIN : VSC_ERR_SYSTEM;
}

bool
tcp_write(int fd, const char *bytes, size_t count)
{
  const ssize_t n = send(fd, bytes, count, MSG_NOSIGNAL);
  return n >= 0 && (size_t)n == count;
}

void
tcp_close(int fd)
{
  if (fd >= 0) {
    close(fd);
  }
}
