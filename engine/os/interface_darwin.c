/* interface_darwin.c - the hardware of a network interface.
   SPDX-License-Identifier: MIT */
#include "interface.h"

#include <ifaddrs.h>
#include <net/if_dl.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

/* A link-layer address: the name, then the address, and it may be longer than
   its struct. Six octets are Ethernet's, or are like those. */
static int
read_link(const struct sockaddr *from, uint8_t out[6])
{
  struct sockaddr_dl link;
  const size_t head = offsetof(struct sockaddr_dl, sdl_data);
  memcpy(&link, from, head);
  const int is_whole =
    link.sdl_alen == 6 && from->sa_len >= head + link.sdl_nlen + 6u;
  if (is_whole) {
    memcpy(out, (const uint8_t *)from + head + link.sdl_nlen, 6);
  }
  return is_whole;
}

int
interface_hardware(const char *name, uint8_t out[6])
{
  struct ifaddrs *all;
  int is_found = 0;
  memset(out, 0, 6);
  if (getifaddrs(&all)) {
    return 0;
  }
  for (const struct ifaddrs *a = all; a; a = a->ifa_next) {
    if (a->ifa_addr && a->ifa_addr->sa_family == AF_LINK &&
        strcmp(a->ifa_name, name) == 0) {
      is_found |= read_link(a->ifa_addr, out);
    }
  }
  freeifaddrs(all);
  return is_found;
}
