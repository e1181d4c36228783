/* reception_linux.c - what the kernel says of a group: whether it is a member,
   which is not always what it was asked for.
   SPDX-License-Identifier: MIT */
#include "os_linux.h"

#include <arpa/inet.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#define LINES_MAX 65536

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

void
link_reception(const struct os *os, vsc_ip group, struct os_reception *out)
{
  const struct os_linux *const self = (const struct os_linux *)os;
  memcpy(out->name, self->name, sizeof out->name);
  /* Without a watch nobody knows. */
  out->is_up = self->is_up || self->route_fd < 0;
  FILE *const file =
    VSC_IP_IS_MULTICAST(group) ? fopen("/proc/net/igmp", "re") : NULL;
  if (!file) {
    out->is_joined = -1;
    return;
  }
  out->is_joined = is_member(
    file, atomic_load_explicit(&self->index, memory_order_relaxed), group);
  fclose(file);
}
