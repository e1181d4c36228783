/* observer_linux.c - what the kernel says beside a datagram that is observed.
   SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "net_linux.h"

#include <string.h>

int
observer_set_up(int fd)
{
  const int on = 1;
  (void)setsockopt(fd, SOL_SOCKET, SO_RXQ_OVFL, &on, sizeof on);
  const struct net_option rows[] = {
    NET_ROW(SOL_SOCKET, SO_TIMESTAMPNS, on),
    NET_ROW(IPPROTO_IP, IP_RECVTOS, on),
    NET_ROW(IPPROTO_IP, IP_RECVTTL, on),
  };
  return net_set(fd, NET_ROWS(rows)) ? -1 : 0;
}

vsc_ns
observer_offset(void)
{
  const struct comparison c = stamp_compare();
  return c.host - c.real;
}

void
observer_take(const struct control_message *c,
              struct observed *out,
              uint32_t *dropped)
{
  int value = 0;
  memcpy(&value, c->data, c->bytes < sizeof value ? c->bytes : sizeof value);
  if (c->level == IPPROTO_IP && c->type == IP_TOS) {
    out->dscp = (uint8_t)((value & 0xff) >> 2);
  } else if (c->level == IPPROTO_IP && c->type == IP_TTL) {
    out->ttl = (uint8_t)value;
  } else if (c->level == SOL_SOCKET && c->type == SO_RXQ_OVFL) {
    *dropped = (uint32_t)value;
  } else if (c->level == SOL_SOCKET && c->type == SCM_TIMESTAMPNS) {
    struct timespec t = { 0 };
    memcpy(&t, c->data, c->bytes < sizeof t ? c->bytes : sizeof t);
    out->when = timespec_ns(&t);
  }
}
