/* net_linux.c - how Linux is told that a socket speaks on one interface and on
   no other. SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "engine/paths.h"
#include "net_linux.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

/* What Ethernet switches and the queueing discipline go by; above 6 needs a
   privilege. Expedited forwarding (AES67's clock) and up, then AF41 (its media)
   and up, then the rest. */
static int
priority_of(unsigned dscp)
{
  return dscp >= 46 ? 6 : dscp >= 34 ? 5 : 0;
}

const char *
net_set_up(int fd, const struct os_unix *os, const vsc_socket_config *c)
{
  const int on = 1, off = 0;
  const int loop = !(c->flags & VSC_SOCKET_NO_LOOP);
  const int tos = c->dscp << 2, priority = priority_of(c->dscp);
  const int ttl = c->ttl ? c->ttl : 1;
  /* Don't fragment, and don't believe ICMP either: a forged one could shrink
     the path for ever. A packet too big for the interface is refused (AES67
     7.1: the sender keeps below the MTU). */
  const int discover = IP_PMTUDISC_PROBE;
  const int index = os_index(os);
  const int unicast_index = (int)htonl((uint32_t)index);
  const struct ip_mreqn multicast = { .imr_address.s_addr =
                                        htonl(os_address(os)),
                                      .imr_ifindex = index };
  const struct net_option all[] = {
    NET_ROW(IPPROTO_IP, IP_MULTICAST_ALL, off),
    NET_ROW(IPPROTO_IP, IP_MULTICAST_IF, multicast),
    NET_ROW(IPPROTO_IP, IP_UNICAST_IF, unicast_index),
    NET_ROW(IPPROTO_IP, IP_MULTICAST_LOOP, loop),
    NET_ROW(IPPROTO_IP, IP_MULTICAST_TTL, ttl),
    NET_ROW(IPPROTO_IP, IP_TTL, ttl),
    NET_ROW(IPPROTO_IP, IP_MTU_DISCOVER, discover),
    NET_ROW(IPPROTO_IP, IP_TOS, tos), /* sets a priority of its own */
    NET_ROW(SOL_SOCKET, SO_PRIORITY, priority),
  };
  const struct net_option info = NET_ROW(IPPROTO_IP, IP_PKTINFO, on);
  const struct net_option stamp = NET_ROW(SOL_SOCKET, SO_TIMESTAMPNS, on);
  /* Nobody reads what strangers send to a sender. */
  const struct net_option deaf = NET_ROW(SOL_SOCKET, SO_RCVBUF, off);
  const int is_receiver = (c->flags & VSC_SOCKET_RECEIVE) != 0;
  const char *what = net_set(fd, NET_ROWS(all));
  if (!what) {
    what = net_set(fd, is_receiver ? &info : &deaf, 1);
  }
  /* One kind of stamps or the other. */
  if (!what && is_receiver && !(c->flags & VSC_SOCKET_STAMPS)) {
    what = net_set(fd, &stamp, 1);
  } else if (!what && is_receiver) {
    const int is_hardware =
      c->flags & VSC_SOCKET_HARDWARE && os->hardware->phc.system;
    what = stamp_enable(fd, is_hardware) ? "SO_TIMESTAMPING" : NULL;
  }
  return what;
}

int
net_share(int fd)
{
  const int on = 1, off = 0;
  return setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) ||
             setsockopt(fd, IPPROTO_IP, IP_MULTICAST_ALL, &off, sizeof off)
           ? -1
           : 0;
}

int
net_socket(void)
{
  return socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

int
net_place(int fd, int place)
{
  return dup3(fd, place, O_CLOEXEC);
}

struct sockaddr_in
net_at(vsc_ip ip, uint16_t port) VSC_RT
{
  return (struct sockaddr_in){ .sin_family = AF_INET,
                               .sin_port = htons(port),
                               .sin_addr.s_addr = htonl(ip) };
}

int
net_permission(char *out, size_t bytes)
{
  char path[256];
  if (exe_path(path, sizeof path) < 0) {
    return 0;
  }
  snprintf(out, bytes, "sudo setcap cap_net_bind_service+ep %s", path);
  return 1;
}
