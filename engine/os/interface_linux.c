/* interface_linux.c - the hardware of a network interface.
   SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE
#include "interface.h"

#include "os_linux.h"

#include <net/if.h>
#include <net/if_arp.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* One of the SIOCGIF... */
static int
ask(const char *name, unsigned long what, struct ifreq *out)
{
  *out = (struct ifreq){ 0 };
  snprintf(out->ifr_name, sizeof out->ifr_name, "%s", name);
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const int is_answered = fd >= 0 && !ioctl(fd, what, out);
  if (fd >= 0) {
    close(fd);
  }
  return is_answered;
}

int
interface_hardware(const char *name, uint8_t out[6])
{
  struct ifreq answer;
  memset(out, 0, 6);
  if (!ask(name, SIOCGIFHWADDR, &answer)) {
    return 0;
  }
  memcpy(out, answer.ifr_hwaddr.sa_data, 6);
  return answer.ifr_hwaddr.sa_family == ARPHRD_ETHER;
}

uint32_t
interface_mtu(const char *name)
{
  struct ifreq answer;
  return ask(name, SIOCGIFMTU, &answer) && answer.ifr_mtu > 0
           ? (uint32_t)answer.ifr_mtu
           : 0;
}
