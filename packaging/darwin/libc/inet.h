/* inet.h - what we use of Darwin's IPv4, interfaces and routing messages.
   SPDX-License-Identifier: MIT */
#ifndef DARWIN_INET_H
#define DARWIN_INET_H

#include "net.h"

/* netinet/in.h, arpa/inet.h */
struct in_addr {
  uint32_t s_addr;
};
struct sockaddr_in {
  uint8_t sin_len, sin_family;
  uint16_t sin_port;
  struct in_addr sin_addr;
  char sin_zero[8];
};
struct ip_mreqn {
  struct in_addr imr_multiaddr, imr_address;
  int imr_ifindex;
};
struct group_source_req {
  uint32_t gsr_interface;
  /* 4-byte packing, as Darwin's netinet/in.h has it */
  struct sockaddr_storage gsr_group, gsr_source;
} __attribute__((packed, aligned(4)));
struct in_pktinfo {
  unsigned ipi_ifindex;
  struct in_addr ipi_spec_dst, ipi_addr;
};
#define INADDR_ANY 0u
#define INET_ADDRSTRLEN 16
#define IPPROTO_IP 0
#define IP_TOS 3
#define IP_TTL 4
#define IP_MULTICAST_IF 9
#define IP_MULTICAST_TTL 10
#define IP_MULTICAST_LOOP 11
#define IP_ADD_MEMBERSHIP 12
#define IP_DROP_MEMBERSHIP 13
#define IP_RECVTTL 24
#define IP_BOUND_IF 25
#define IP_PKTINFO 26
#define IP_RECVTOS 27
#define IP_DONTFRAG 28
#define MCAST_JOIN_SOURCE_GROUP 82
#define MCAST_LEAVE_SOURCE_GROUP 83
#define ntohl(x) __builtin_bswap32(x)
#define htonl(x) __builtin_bswap32(x)
#define ntohs(x) __builtin_bswap16(x)
#define htons(x) __builtin_bswap16(x)
const char *
inet_ntop(int family, const void *from, char *out, socklen_t bytes);
int
inet_pton(int family, const char *from, void *out);

/* ifaddrs.h, net/if.h, net/if_dl.h */
struct ifaddrs {
  struct ifaddrs *ifa_next;
  char *ifa_name;
  unsigned ifa_flags;
  struct sockaddr *ifa_addr, *ifa_netmask, *ifa_dstaddr;
  void *ifa_data;
};
struct sockaddr_dl {
  uint8_t sdl_len, sdl_family;
  uint16_t sdl_index;
  uint8_t sdl_type, sdl_nlen, sdl_alen, sdl_slen;
  char sdl_data[12];
};
#define IF_NAMESIZE 16
#define IFF_UP 0x1
#define IFF_LOOPBACK 0x8
#define IFF_RUNNING 0x40
int
getifaddrs(struct ifaddrs **out);
void
freeifaddrs(struct ifaddrs *all);
unsigned
if_nametoindex(const char *name);

/* net/if.h, net/route.h: messages about interfaces and their addresses */
struct if_msghdr {
  uint16_t ifm_msglen;
  uint8_t ifm_version, ifm_type;
  int ifm_addrs, ifm_flags;
  uint16_t ifm_index; /* statistics follow */
};
struct ifa_msghdr {
  uint16_t ifam_msglen;
  uint8_t ifam_version, ifam_type;
  int ifam_addrs, ifam_flags;
  uint16_t ifam_index;
  int ifam_metric;
};
#define RTM_VERSION 5
#define RTM_NEWADDR 0xc
#define RTM_DELADDR 0xd
#define RTM_IFINFO 0xe
#define RTA_IFA 0x20

#endif
