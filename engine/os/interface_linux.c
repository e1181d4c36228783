/* interface_linux.c - the hardware address of a network interface.
   SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE
#include "interface.h"

#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

void
interface_hardware(const char *name, uint8_t out[6])
{
  struct ifreq request = { 0 };
  snprintf(request.ifr_name, sizeof request.ifr_name, "%s", name);
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd >= 0) {
    if (!ioctl(fd, SIOCGIFHWADDR, &request)) {
      memcpy(out, request.ifr_hwaddr.sa_data, 6);
    }
    close(fd);
  }
}
