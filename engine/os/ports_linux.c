/* ports_linux.c - whether another program has a port of ours, too. SO_REUSEADDR
   lets it; what is sent to this machine alone then comes to one of the two.
   SPDX-License-Identifier: MIT */
#include "net_linux.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>

static int
is_ours(const struct os_linux *os, uint64_t inode)
{
  for (const vsc_socket *s = os->sockets; s; s = s->next) {
    struct stat about;
    if (s->fd >= 0 && !fstat(s->fd, &about) && about.st_ino == inode) {
      return 1;
    }
  }
  return 0;
}

/* Ports of media are for everybody; those that are stamped, for one. */
static int
is_wanted_alone(const struct os_linux *os, unsigned port)
{
  for (const vsc_socket *s = os->sockets; s; s = s->next) {
    if (s->config.flags & VSC_SOCKET_STAMPS && s->config.port == port) {
      return 1;
    }
  }
  return 0;
}

uint16_t
ports_shared(const struct os_linux *os)
{
  char line[512];
  unsigned port;
  uint64_t inode;
  uint16_t shared = 0;
  FILE *const f = fopen("/proc/net/udp", "re");
  while (f && !shared && fgets(line, sizeof line, f)) {
    /* proc(5): sl local_address rem_address st queues tr:tm retrnsmt uid
       timeout inode */
    if (sscanf(line,
               "%*s %*x:%x %*s %*s %*s %*s %*s %*s %*s %" SCNu64,
               &port,
               &inode) == 2 &&
        is_wanted_alone(os, port) && !is_ours(os, inode)) {
      shared = (uint16_t)port;
    }
  }
  if (f) {
    fclose(f);
  }
  return shared;
}
