/* observer_darwin.c - what the kernel says beside a datagram that is observed.
   macOS does not count what it drops. SPDX-License-Identifier: MIT */
#include "os_darwin.h"

#include <string.h>

int
observer_set_up(int fd)
{
  const int on = 1;
  const struct net_option rows[] = {
    NET_ROW(SOL_SOCKET, SO_TIMESTAMP_MONOTONIC, on),
    NET_ROW(IPPROTO_IP, IP_RECVTOS, on),
    NET_ROW(IPPROTO_IP, IP_RECVTTL, on),
  };
  return net_set(fd, NET_ROWS(rows)) ? -1 : 0;
}

vsc_ns
observer_offset(void)
{
  return 0; /* they count host time */
}

void
observer_take(const struct control_message *c,
              struct observed *out,
              uint32_t *dropped)
{
  (void)dropped;
  if (c->level == IPPROTO_IP && c->type == IP_RECVTOS && c->bytes) {
    out->dscp = c->data[0] >> 2;
  } else if (c->level == IPPROTO_IP && c->type == IP_RECVTTL && c->bytes) {
    out->ttl = c->data[0];
  } else if (c->level == SOL_SOCKET && c->type == SCM_TIMESTAMP_MONOTONIC &&
             c->bytes >= sizeof(uint64_t)) {
    uint64_t ticks;
    memcpy(&ticks, c->data, sizeof ticks);
    out->when = mach_ns(ticks);
  }
}
