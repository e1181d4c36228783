/* control_sock_unix.c - the Unix socket below the control protocol.
   SPDX-License-Identifier: MIT */
#include "control_sock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* Connections that wait to be accepted; an engine accepts at every poll. */
#define BACKLOG 16

static bool
set_address(const char *path, struct sockaddr_un *out)
{
  memset(out, 0, sizeof *out);
  out->sun_family = AF_UNIX;
  const size_t bytes = strlen(path) + 1;
  if (bytes > sizeof out->sun_path) {
    return false;
  }
  memcpy(out->sun_path, path, bytes);
  return true;
}

static int
open_socket(void)
{
  const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  if (fd < 0) {
    return -1;
  }
  if (fcntl(fd, F_SETFD, FD_CLOEXEC) || fcntl(fd, F_SETFL, O_NONBLOCK)) {
    close(fd);
    return -1;
  }
  return fd;
}

/* Does anybody listen there? One that is too busy to accept (EAGAIN) does. */
static bool
is_alive(const struct sockaddr_un *address)
{
  const int fd = open_socket();
  if (fd < 0) {
    return true;
  }
  const bool is_there =
    connect(fd, (const struct sockaddr *)address, sizeof *address) == 0 ||
    (errno != ECONNREFUSED && errno != ENOENT);
  close(fd);
  return is_there;
}

/* The name is free, or was a dead engine's and is free now. */
static vsc_status
clear_name(const struct sockaddr_un *address, char *why, size_t why_bytes)
{
  struct stat st;
  if (lstat(address->sun_path, &st)) {
    return VSC_OK;
  }
  if (!S_ISSOCK(st.st_mode)) {
    snprintf(why,
             why_bytes,
             "\"%s\" is in the way and no socket; remove it",
             address->sun_path);
    return VSC_ERR_SYSTEM;
  }
  if (is_alive(address)) {
    snprintf(
      why, why_bytes, "an engine answers at \"%s\" already", address->sun_path);
    return VSC_ERR_REFUSED;
  }
  if (unlink(address->sun_path) && errno != ENOENT) {
    snprintf(why,
             why_bytes,
             "cannot remove the dead socket \"%s\": %s",
             address->sun_path,
             strerror(errno));
    return VSC_ERR_SYSTEM;
  }
  return VSC_OK;
}

vsc_status
control_sock_listen(const char *path, int *out, char *why, size_t why_bytes)
{
  struct sockaddr_un address;
  if (!set_address(path, &address)) {
    snprintf(why,
             why_bytes,
             "\"%s\" is too long for a socket; use a shorter --runtime-dir",
             path);
    return VSC_ERR_INVALID;
  }
  const vsc_status cleared = clear_name(&address, why, why_bytes);
  if (cleared < 0) {
    return cleared;
  }
  const int fd = open_socket();
  /* The mask closes the moment between bind and chmod. */
  const mode_t mask = umask(0117);
  const bool is_bound =
    fd >= 0 && bind(fd, (const struct sockaddr *)&address, sizeof address) == 0;
  const int cause = errno;
  umask(mask);
  if (!is_bound || listen(fd, BACKLOG)) {
    snprintf(why,
             why_bytes,
             "cannot listen at \"%s\": %s",
             path,
             strerror(is_bound ? errno : cause));
    if (is_bound) {
      unlink(path);
    }
    if (fd >= 0) {
      close(fd);
    }
    return VSC_ERR_SYSTEM;
  }
  *out = fd;
  return VSC_OK;
}

vsc_status
control_sock_accept(int listener, gid_t gid, int *out)
{
  const int fd = accept(listener, NULL, NULL);
  if (fd < 0) {
    const bool is_none = errno == EAGAIN || errno == EWOULDBLOCK ||
                         errno == EINTR || errno == ECONNABORTED;
    return is_none ? VSC_ERR_AGAIN : VSC_ERR_SYSTEM;
  }
  if (fcntl(fd, F_SETFD, FD_CLOEXEC) || fcntl(fd, F_SETFL, O_NONBLOCK) ||
      !control_sock_peer_ok(fd, geteuid(), gid)) {
    close(fd);
    return VSC_ERR_REFUSED;
  }
  *out = fd;
  return VSC_OK;
}

vsc_status
control_sock_connect(const char *path, int *out)
{
  struct sockaddr_un address;
  if (!set_address(path, &address)) {
    return VSC_ERR_NOT_FOUND;
  }
  const int fd = open_socket();
  if (fd < 0) {
    return VSC_ERR_SYSTEM;
  }
  if (connect(fd, (const struct sockaddr *)&address, sizeof address) == 0) {
    *out = fd;
    return VSC_OK;
  }
  const int cause = errno;
  close(fd);
  errno = cause;
  switch (cause) {
    case ENOENT:
    case ECONNREFUSED:
    case ENOTDIR:
      return VSC_ERR_NOT_FOUND;
    case EACCES:
    case EPERM:
      return VSC_ERR_REFUSED;
    case EAGAIN:
      return VSC_ERR_AGAIN;
    default:
      return VSC_ERR_SYSTEM;
  }
}

ssize_t
control_sock_receive(int fd, void *bytes, size_t max)
{
  return recv(fd, bytes, max, 0);
}

ssize_t
control_sock_send(int fd, const void *bytes, size_t count)
{
  return send(fd, bytes, count, MSG_NOSIGNAL);
}
