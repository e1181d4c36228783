/* ports_linux.c - whether another program has a port of ours, too. SO_REUSEADDR
   lets it; what is sent to this machine alone then comes to one of the two.
   SPDX-License-Identifier: MIT */
#include "net_linux.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/stat.h>

#define LINES_MAX 65536

static int
is_ours(const struct os_unix *os, uint64_t inode)
{
  for (const vsc_socket *s = os->sockets; s; s = s->next) {
    struct stat about;
    if (s->fd >= 0 && !fstat(s->fd, &about) && about.st_ino == inode) {
      return 1;
    }
  }
  return 0;
}

/* Ports of media are for everybody; those that are stamped, for one. Whoever
   has the port of another interface's address takes nothing from us. */
static int
is_wanted_alone(const struct os_unix *os, uint32_t address, unsigned port)
{
  if (address != INADDR_ANY && ntohl(address) != os_address(os)) {
    return 0;
  }
  for (const vsc_socket *s = os->sockets; s; s = s->next) {
    if (s->config.flags & VSC_SOCKET_STAMPS && s->config.port == port) {
      return 1;
    }
  }
  return 0;
}

uint16_t
ports_shared(const struct os_unix *os)
{
  char line[512];
  unsigned address, port;
  uint64_t inode;
  uint16_t shared = 0;
  FILE *const f = fopen("/proc/net/udp", "re");
  for (int i = 0; f && !shared && i < LINES_MAX && fgets(line, sizeof line, f);
       i++) {
    /* proc(5): sl local_address rem_address st queues tr:tm retrnsmt uid
       timeout inode; the address in the byte order of the machine */
    if (sscanf(line,
               "%*s %8x:%4x %*s %*s %*s %*s %*s %*s %*s %" SCNu64,
               &address,
               &port,
               &inode) == 3 &&
        is_wanted_alone(os, address, port) && !is_ours(os, inode)) {
      shared = (uint16_t)port;
    }
  }
  if (f) {
    fclose(f);
  }
  return shared;
}
