/* attach.c - an application that only asks: takes a slot of a device, says what
   it was answered, and stays.
   usage: attach INSTANCE FIRST-OUTPUT OUTPUTS RATE SECONDS
   Prints one line: "active RATE LANE", or "refused REASON", or "changing" and
   what it was answered when it opened again. Exit 1 when there is no device.
   Waits for answers as long as it takes. SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hal/platform.h"
#include "hal/region.h"

#define STEP 5000000  /* ns between two looks */
#define PATIENCE 2000 /* looks: ten seconds */

struct wish {
  const char *instance;
  uint32_t first, outputs, rate;
};

/* The device, once an engine serves it. */
static int
find(const char *instance, struct region *out)
{
  char dir[512];
  char rx[REGION_NAME_BYTES];
  char tx[REGION_NAME_BYTES];
  char why[240] = "no runtime folder";
  struct stat st;
  snprintf(dir, sizeof dir, "%s/aes67", getenv("XDG_RUNTIME_DIR"));
  for (int i = 0; i < PATIENCE; i++) {
    if (stat(dir, &st) == 0) {
      region_names((uint32_t)st.st_uid, dir, instance, rx, tx);
      if (region_open(rx, tx, out, why, sizeof why) == VSC_OK) {
        if (atomic_load(&out->rx->state) == REGION_RUNNING) {
          return 1;
        }
        region_close(out, false);
      }
    }
    platform_sleep(STEP);
  }
  fprintf(stderr, "%s\n", why);
  return 0;
}

static struct region_slot *
take(struct region *r, const struct wish *wish, uint64_t *ticket)
{
  for (int i = 0; i < REGION_SLOTS; i++) {
    struct region_slot *const slot = &r->tx->slots[i];
    uint64_t nobody = 0;
    *ticket = (uint64_t)getpid() << 32 |
              ((uint64_t)platform_now() >> 10 & 0xffffff) << 8;
    if (atomic_compare_exchange_strong(
          &slot->ticket, &nobody, *ticket | SLOT_FILLING)) {
      slot->pid_start = 0;
      slot->first_in = 0;
      slot->inputs = 0;
      slot->first_out = wish->first;
      slot->outputs = wish->outputs;
      slot->rate = wish->rate;
      snprintf(slot->app, sizeof slot->app, "attach");
      atomic_store(&slot->written_to, INT64_MIN);
      atomic_store(&slot->activity, ACTIVITY_STOPPED);
      *ticket |= SLOT_ATTACHED;
      atomic_store(&slot->ticket, *ticket);
      atomic_fetch_add(&r->tx->doorbell, 1);
      return slot;
    }
  }
  return NULL;
}

/* Ask once; what was answered. GRANT_NONE: nothing, the device is another now.
 */
static uint32_t
ask(const struct wish *wish)
{
  struct region r;
  uint64_t ticket;
  if (!find(wish->instance, &r)) {
    exit(1);
  }
  struct region_slot *const slot = take(&r, wish, &ticket);
  if (!slot) {
    exit(1);
  }
  const struct region_grant *const g = &r.rx->grants[slot - r.tx->slots];
  while (atomic_load(&g->ticket) != ticket) {
    if (atomic_load(&r.rx->state) == REGION_SUPERSEDED) {
      return GRANT_NONE;
    }
    platform_sleep(STEP);
  }
  const uint32_t state = atomic_load(&g->state);
  if (state == GRANT_ACTIVE) {
    printf("active %" PRIu32 " %" PRIu32 "\n",
           r.geometry.rate,
           atomic_load(&g->lane));
  } else if (state == GRANT_REFUSED) {
    printf("refused %s\n", g->reason);
  }
  fflush(stdout);
  return state;
}

int
main(int argc, char **argv)
{
  if (argc != 6) {
    fprintf(stderr, "usage: attach INSTANCE FIRST OUTPUTS RATE SECONDS\n");
    return 2;
  }
  const struct wish wish = {
    .instance = argv[1],
    .first = (uint32_t)strtoul(argv[2], NULL, 10) - 1,
    .outputs = (uint32_t)strtoul(argv[3], NULL, 10),
    .rate = (uint32_t)strtoul(argv[4], NULL, 10),
  };
  uint32_t state = ask(&wish);
  if (state == GRANT_CHANGING) {
    printf("changing ");
  }
  /* Until it has changed, the engine may say so again. */
  while (state == GRANT_CHANGING || state == GRANT_NONE) {
    state = ask(&wish);
  }
  if (state == GRANT_ACTIVE) {
    platform_sleep((vsc_ns)(strtod(argv[5], NULL) * 1e9));
  }
  return 0; /* as if killed: the engine finds out */
}
