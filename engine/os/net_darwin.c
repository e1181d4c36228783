/* net_darwin.c - how macOS is told that a socket speaks on one interface and on
   no other. macOS gives a socket that is bound to all addresses what any
   program has joined; what is not asked for is dropped by its destination above
   (transport-rtp/demux.c).
   SPDX-License-Identifier: MIT */
#include "system.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int
net_socket(void)
{
  const int fd = socket(AF_INET, SOCK_DGRAM, 0);
  if (fd >= 0 &&
      (fcntl(fd, F_SETFD, FD_CLOEXEC) || fcntl(fd, F_SETFL, O_NONBLOCK))) {
    close(fd);
    return -1;
  }
  return fd;
}

const char *
net_set_up(int fd, const struct os_unix *os, const vsc_socket_config *c)
{
  const int on = 1;
  const uint8_t loop = !(c->flags & VSC_SOCKET_NO_LOOP);
  const uint8_t hops = c->ttl ? c->ttl : 1;
  const int ttl = hops, tos = c->dscp << 2, index = os_index(os);
  /* Expedited forwarding (AES67's clock), AF41 (its media), the rest. */
  const int service = c->dscp >= 46   ? NET_SERVICE_TYPE_VO
                      : c->dscp >= 34 ? NET_SERVICE_TYPE_AV
                                      : NET_SERVICE_TYPE_BE;
  const struct ip_mreqn multicast = { .imr_address.s_addr =
                                        htonl(os_address(os)),
                                      .imr_ifindex = index };
  const struct net_option all[] = {
    NET_ROW(IPPROTO_IP, IP_BOUND_IF, index),
    NET_ROW(IPPROTO_IP, IP_MULTICAST_IF, multicast),
    NET_ROW(IPPROTO_IP, IP_MULTICAST_LOOP, loop),
    NET_ROW(IPPROTO_IP, IP_MULTICAST_TTL, hops),
    NET_ROW(IPPROTO_IP, IP_TTL, ttl),
    NET_ROW(IPPROTO_IP, IP_DONTFRAG, on),
    NET_ROW(SOL_SOCKET, SO_NET_SERVICE_TYPE, service),
    NET_ROW(
      IPPROTO_IP, IP_TOS, tos), /* what the packet says, after the above */
  };
  const struct net_option receive[] = {
    NET_ROW(IPPROTO_IP, IP_PKTINFO, on),
    NET_ROW(SOL_SOCKET, SO_TIMESTAMP_MONOTONIC, on),
  };
  const char *what = net_set(fd, NET_ROWS(all));
  if (!what && c->flags & VSC_SOCKET_RECEIVE) {
    what = net_set(fd, NET_ROWS(receive));
  }
  return what;
}

/* Several programs may hear one multicast port. */
int
net_share(int fd)
{
  const int on = 1;
  return setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) ||
             setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on)
           ? -1
           : 0;
}

int
net_place(int fd, int place)
{
  return dup2(fd, place) < 0 ? -1 : fcntl(place, F_SETFD, FD_CLOEXEC);
}

struct sockaddr_in
net_at(vsc_ip ip, uint16_t port) VSC_RT
{
  return (struct sockaddr_in){ .sin_len = sizeof(struct sockaddr_in),
                               .sin_family = AF_INET,
                               .sin_port = htons(port),
                               .sin_addr.s_addr = htonl(ip) };
}

int
net_permission(char *out, size_t bytes)
{
  snprintf(out, bytes, "run the engine as launchd's daemon, or as root");
  return 1;
}
