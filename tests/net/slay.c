/* slay.c - kills an application that is attached to a device, and says after
   how many ms the engine had its slot back and let its claims go. usage: slay
   INSTANCE PID Exit 1 when there is no device, the application has no slot, or
   keeps it. SPDX-License-Identifier: MIT */
#include "served_device.h"

#include <inttypes.h>
#include <signal.h>

#define MS INT64_C(1000000)

/* The slot of process PID; -1: none. */
static int
slot_of(const struct region *r, uint32_t pid)
{
  for (int i = 0; i < REGION_SLOTS; i++) {
    if (SLOT_PID(atomic_load(&r->tx->slots[i].ticket)) == pid) {
      return i;
    }
  }
  return -1;
}

int
main(int argc, char **argv)
{
  struct region r;
  if (argc != 3 || !served_device(argv[1], &r)) {
    return 1;
  }
  const pid_t pid = atoi(argv[2]);
  const int i = slot_of(&r, (uint32_t)pid);
  if (i < 0 || atomic_load(&r.rx->grants[i].ticket) == 0) {
    fprintf(stderr, "process %d is not attached\n", (int)pid);
    return 1;
  }
  if (kill(pid, SIGKILL) != 0) {
    return 1;
  }
  const vsc_ns began = platform_now();
  /* The slot comes last: its claims have gone before. */
  while (atomic_load(&r.tx->slots[i].ticket) != 0) {
    if (platform_now() - began > STEP * (vsc_ns)PATIENCE) {
      fprintf(stderr, "process %d keeps its slot\n", (int)pid);
      return 1;
    }
    platform_sleep(MS / 2);
  }
  const vsc_ns took = platform_now() - began;
  if (atomic_load(&r.rx->grants[i].ticket) != 0) {
    fprintf(stderr, "process %d keeps its claims\n", (int)pid);
    return 1;
  }
  printf("%" PRId64 "\n", took / MS);
  return 0;
}
