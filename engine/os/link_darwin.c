/* link_darwin.c - routing messages about interfaces. Who is a member of a group
   macOS tells nobody. SPDX-License-Identifier: MIT */
#include "os_darwin.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <net/route.h>
#include <stddef.h>
#include <unistd.h>

/* Bounds one service; the rest makes the descriptor readable again. */
#define MESSAGES 64

/* PLACE and size of a field of struct message. */
#define SAME(theirs, field, ours)                                              \
  _Static_assert(offsetof(struct theirs, field) ==                             \
                     offsetof(struct message, ours) &&                         \
                   sizeof((struct theirs){ 0 }.field) ==                       \
                     sizeof((struct message){ 0 }.ours),                       \
                 #field)
SAME(if_msghdr, ifm_msglen, bytes);
SAME(if_msghdr, ifm_version, version);
SAME(if_msghdr, ifm_type, type);
SAME(if_msghdr, ifm_addrs, set);
SAME(if_msghdr, ifm_flags, flags);
SAME(if_msghdr, ifm_index, index);
SAME(ifa_msghdr, ifam_msglen, bytes);
SAME(ifa_msghdr, ifam_version, version);
SAME(ifa_msghdr, ifam_type, type);
SAME(ifa_msghdr, ifam_addrs, set);
SAME(ifa_msghdr, ifam_index, index);
_Static_assert(sizeof(struct ifa_msghdr) == MESSAGE_ADDRESSES, "addresses");
_Static_assert(RTM_VERSION == MESSAGE_VERSION, "version");
_Static_assert(RTM_NEWADDR == MESSAGE_NEWADDR, "new address");
_Static_assert(RTM_DELADDR == MESSAGE_DELADDR, "address gone");
_Static_assert(RTM_IFINFO == MESSAGE_IFINFO, "interface");
_Static_assert(RTA_IFA == MESSAGE_IFA, "set");
_Static_assert(IFF_RUNNING == MESSAGE_RUNNING, "flags");
_Static_assert(AF_INET6 == MESSAGE_INET6, "family");

enum link_news
link_read(struct os_unix *os)
{
  unsigned char bytes[2048];
  enum link_news most = LINK_NOTHING;
  for (int i = 0; i < MESSAGES; i++) {
    const ssize_t got = recv(os->route_fd, bytes, sizeof bytes, MSG_DONTWAIT);
    if (got <= 0 && !(got < 0 && errno == ENOBUFS)) {
      break;
    }
    /* Too many to keep: assume the worst. */
    const enum link_news news =
      got < 0 ? LINK_OUTAGE : message_read(bytes, (size_t)got, os_index(os));
    most = news > most ? news : most;
  }
  return most;
}

int
link_open(void)
{
  const int fd = socket(PF_ROUTE, SOCK_RAW, AF_UNSPEC);
  if (fd >= 0 &&
      (fcntl(fd, F_SETFD, FD_CLOEXEC) || fcntl(fd, F_SETFL, O_NONBLOCK))) {
    const int error = errno;
    close(fd);
    errno = error;
    return -1;
  }
  return fd;
}

int
link_is_joined(const struct os_unix *os, vsc_ip group)
{
  (void)os;
  (void)group;
  return -1;
}
