/* link_darwin.c - routing messages about interfaces. Who is a member of a group
   macOS tells nobody. SPDX-License-Identifier: MIT */
#include "system.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <net/route.h>
#include <string.h>
#include <unistd.h>

/* Bounds one service; the rest makes the descriptor readable again. */
#define MESSAGES 64

/* Messages about an interface or its address begin so. */
struct start {
  uint16_t bytes;
  uint8_t version, type;
  int32_t what, flags; /* IFF_..., of RTM_IFINFO */
  uint16_t index;
};

static enum link_news
read_message(const unsigned char *bytes, size_t got, int index)
{
  struct start m;
  if (got < sizeof m) {
    return LINK_NOTHING;
  }
  memcpy(&m, bytes, sizeof m);
  if (m.type != RTM_IFINFO && m.type != RTM_NEWADDR && m.type != RTM_DELADDR) {
    return LINK_NOTHING;
  }
  const int is_outage =
    m.index == index && (m.type == RTM_DELADDR ||
                         (m.type == RTM_IFINFO && !(m.flags & IFF_RUNNING)));
  return is_outage ? LINK_OUTAGE : LINK_LOOK;
}

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
      got < 0 ? LINK_OUTAGE : read_message(bytes, (size_t)got, os_index(os));
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
