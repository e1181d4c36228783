/* notify_linux.c - the sd_notify protocol: one datagram.
   SPDX-License-Identifier: MIT */
#include "notify.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

void
os_notify_ready(void)
{
  static const char text[] = "READY=1";
  const char *const path = getenv("NOTIFY_SOCKET");
  struct sockaddr_un to = { .sun_family = AF_UNIX };
  if (!path || !*path || strlen(path) >= sizeof to.sun_path) {
    return;
  }
  const size_t length = strlen(path);
  memcpy(to.sun_path, path, length);
  if (to.sun_path[0] == '@') {
    to.sun_path[0] = '\0'; /* the abstract namespace */
  }
  const int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
  if (fd >= 0) {
    sendto(fd,
           text,
           sizeof text - 1,
           MSG_NOSIGNAL,
           (const struct sockaddr *)(const void *)&to,
           (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length));
    close(fd);
  }
}
