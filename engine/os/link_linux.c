/* link_linux.c - netlink's messages about interfaces, and what the kernel says
   of a group. SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "os_linux.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Bounds one service; the rest makes the descriptor readable again. */
#define MESSAGES 64
#define LINES_MAX 65536

/* Does this message say that our interface was down, or lost an address, in
   between? A cable that was out for a moment also lost its groups. */
static int
is_outage(const struct nlmsghdr *m, int index)
{
  struct ifinfomsg link;
  struct ifaddrmsg address;
  switch (m->nlmsg_type) {
    case RTM_NEWLINK:
    case RTM_DELLINK:
      if (m->nlmsg_len < NLMSG_LENGTH(sizeof link)) {
        return 0;
      }
      memcpy(&link, NLMSG_DATA(m), sizeof link);
      return link.ifi_index == index &&
             (m->nlmsg_type == RTM_DELLINK || !(link.ifi_flags & IFF_RUNNING));
    case RTM_DELADDR:
      if (m->nlmsg_len < NLMSG_LENGTH(sizeof address)) {
        return 0;
      }
      memcpy(&address, NLMSG_DATA(m), sizeof address);
      return (int)address.ifa_index == index;
    default:
      return 0;
  }
}

/* Take what netlink has; was there an outage? */
static int
drain(const struct os_unix *self)
{
  union {
    struct nlmsghdr header; /* for its alignment */
    char bytes[16384];
  } buffer;
  const int index = os_index(self);
  int was_out = 0;
  for (int i = 0; i < MESSAGES; i++) {
    const ssize_t got =
      recv(self->route_fd, &buffer, sizeof buffer, MSG_DONTWAIT);
    if (got < 0 && errno == ENOBUFS) {
      was_out = 1; /* too many to keep: assume the worst */
      continue;
    }
    if (got <= 0) {
      break;
    }
    size_t at = 0;
    while ((size_t)got - at >= sizeof(struct nlmsghdr)) {
      struct nlmsghdr *const m = (struct nlmsghdr *)(void *)(buffer.bytes + at);
      if (m->nlmsg_len < sizeof *m || m->nlmsg_len > (size_t)got - at) {
        break;
      }
      was_out |= is_outage(m, index);
      at += NLMSG_ALIGN(m->nlmsg_len);
      if (at > (size_t)got) {
        break;
      }
    }
  }
  return was_out;
}

enum link_news
link_read(struct os_unix *os)
{
  const int was_out = drain(os);
  xdp_look(os);
  return was_out ? LINK_OUTAGE : LINK_LOOK;
}

int
link_open(void)
{
  const struct sockaddr_nl groups = { .nl_family = AF_NETLINK,
                                      .nl_groups =
                                        RTMGRP_LINK | RTMGRP_IPV4_IFADDR };
  const int fd =
    socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
  if (fd >= 0 && bind(fd, (const struct sockaddr *)&groups, sizeof groups)) {
    const int error = errno;
    close(fd);
    errno = error;
    return -1;
  }
  return fd;
}

/* /proc/net/igmp: a line for each interface, which begins with its number, and
   below it one for each of its groups, which begins with a tab and has the
   address as eight digits in the byte order of the machine. */
static int
is_member(FILE *file, int index, vsc_ip group)
{
  char line[256];
  int at = 0;
  for (int i = 0; i < LINES_MAX && fgets(line, sizeof line, file); i++) {
    unsigned word = 0;
    if (line[0] != '\t' && sscanf(line, "%d", &at) != 1) {
      at = 0;
    } else if (line[0] == '\t' && at == index &&
               sscanf(line, " %8x", &word) == 1 && ntohl(word) == group) {
      return 1;
    }
  }
  return 0;
}

int
link_is_joined(const struct os_unix *os, vsc_ip group)
{
  FILE *const file = fopen("/proc/net/igmp", "re");
  if (!file) {
    return -1;
  }
  const int is_joined = is_member(file, os_index(os), group);
  fclose(file);
  return is_joined;
}
