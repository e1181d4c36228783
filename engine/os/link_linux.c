/* link_linux.c - notices when the interface goes and comes back. Netlink only
   says that there is something to look at; what is true is asked for afresh, so
   that lost and merged messages do no harm.
   SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "engine/log.h"
#include "os_linux.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Bounds one service; the rest makes the descriptor readable again. */
#define MESSAGES 64

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
drain(const struct os_linux *self)
{
  union {
    struct nlmsghdr header; /* for its alignment */
    char bytes[16384];
  } buffer;
  const int index = atomic_load_explicit(&self->index, memory_order_relaxed);
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

static void
tell(struct os_linux *self, int is_up)
{
  self->is_up = is_up;
  if (self->os.on_link) {
    self->os.on_link(self->os.on_link_arg, is_up);
  }
}

/* Where it is now; has its number or its address changed? */
static int
take(struct os_linux *self, const struct os_interface *now)
{
  if (now->index == atomic_load_explicit(&self->index, memory_order_relaxed) &&
      now->address ==
        atomic_load_explicit(&self->address, memory_order_relaxed)) {
    return 0;
  }
  atomic_store_explicit(&self->index, now->index, memory_order_relaxed);
  atomic_store_explicit(&self->address, now->address, memory_order_relaxed);
  return 1;
}

void
link_service(struct os *os)
{
  struct os_linux *const self = (struct os_linux *)os;
  if (self->route_fd < 0) {
    return;
  }
  const int was_out = drain(self);
  struct os_interface now;
  int is_running;
  const int is_there =
    interface_look(self->name, self->wish, &now, &is_running);
  const int is_usable = is_there && now.address;
  const int is_up = is_usable && is_running;
  const int is_changed = take(self, &now);
  xdp_look(self);
  if (self->is_up && (!is_up || is_changed || was_out)) {
    log_write(self->log,
              VSC_LOG_WARN,
              self->name,
              !is_there      ? "the interface is gone"
              : !now.address ? "the interface has no IPv4 address"
              : !is_running  ? "the link is down"
                             : "the link was interrupted");
    tell(self, 0);
  }
  if (is_changed && !is_usable) {
    net_silence(self);
  } else if (is_changed || (is_up && !self->is_up)) {
    net_revive(self, is_changed);
  }
  if (is_up && !self->is_up) {
    log_write(self->log, VSC_LOG_INFO, self->name, "the link is up");
    tell(self, 1);
  }
}

void
link_init(struct os_linux *self)
{
  const struct sockaddr_nl groups = { .nl_family = AF_NETLINK,
                                      .nl_groups =
                                        RTMGRP_LINK | RTMGRP_IPV4_IFADDR };
  self->route_fd =
    socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
  if (self->route_fd < 0 ||
      bind(self->route_fd, (const struct sockaddr *)&groups, sizeof groups)) {
    log_write(self->log,
              VSC_LOG_WARN,
              self->name,
              "cannot watch the link (%s): after it was interrupted, streams "
              "come back only with a restart",
              strerror(errno));
    if (self->route_fd >= 0) {
      close(self->route_fd);
      self->route_fd = -1;
    }
  }
  /* After the subscription, so that nothing falls in between. */
  struct os_interface now;
  int is_running;
  const int is_there =
    interface_look(self->name, self->wish, &now, &is_running);
  take(self, &now);
  self->is_up = is_there && now.address && is_running;
}
