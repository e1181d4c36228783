/* activation_darwin.c - sockets that launchd opened for us, by their names in
   the daemon's property list (packaging/darwin/org.aes67-vsc.engine.plist).
   SPDX-License-Identifier: MIT */
#include "system.h"

#include <fcntl.h>
#include <launch.h>
#include <stdlib.h>
#include <unistd.h>

int
activation_socket(uint16_t port)
{
  const char *const name = port == 319   ? "ptp-event"
                           : port == 320 ? "ptp-general"
                                         : NULL;
  int *fds = NULL;
  size_t count = 0;
  /* launchd gives each once; the interface that went and came back binds its
     own, which an ordinary user may on macOS. */
  if (!name || launch_activate_socket(name, &fds, &count) || count == 0) {
    return -1;
  }
  for (size_t i = 1; i < count; i++) {
    close(fds[i]);
  }
  const int fd = fds[0];
  free(fds);
  fcntl(fd, F_SETFD, FD_CLOEXEC);
  fcntl(fd, F_SETFL, O_NONBLOCK);
  return fd;
}
