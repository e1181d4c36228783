/* rt_share.c - a real audio thread sums lanes while the main thread grants and
   releases them: what goes from one to the other, for ThreadSanitizer.
   SPDX-License-Identifier: MIT */
#include "engine/engine.h"
#include "engine/log.h"
#include "engine/loop.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define APPS 6
#define ROUNDS 400

static const char profile[] =
  "[device]\ninputs = 2\noutputs = 8\nshare = mix\nlanes = 3\nring = 1024\n"
  "[stream]\npacket_time = 250us\nlink_offset = 250us\n";

static void
print_error(void *arg, const char *line)
{
  (void)arg;
  fprintf(stderr, "%s\n", line);
}

static struct config *
configure(struct loader *loader)
{
  const struct config_source source = { .state_path = "profile",
                                        .state_text = profile,
                                        .loader = loader,
                                        .error = print_error };
  struct config *c = NULL;
  return config_load(&source, &c) < 0 ? NULL : c;
}

/* Application N comes, or goes if it is there. */
static void
turn(struct engine *e, unsigned n)
{
  struct region_slot *const slot = &e->region->tx->slots[n];
  const uint64_t pid = (uint64_t)getpid() << 32;
  if (SLOT_STATE(atomic_load(&slot->ticket)) == SLOT_ATTACHED) {
    atomic_store(&slot->ticket, pid | SLOT_LEAVING);
    return;
  }
  slot->pid_start = 0;
  slot->inputs = 0;
  slot->first_out = n;
  slot->outputs = 8 - n;
  slot->rate = 0;
  atomic_store(&slot->written_to, INT64_MIN);
  atomic_store(&slot->activity, ACTIVITY_STARTED);
  atomic_store(&slot->ticket, pid | n << 8 | SLOT_ATTACHED);
}

/* Applications come and go 2 ms apart; how many were granted a lane. */
static unsigned
work(struct engine *e, struct loop *loop)
{
  unsigned granted = 0;
  uint32_t x = 1;
  vsc_ns next = e->setup.os->now(e->setup.os);
  for (unsigned round = 0; round < ROUNDS;) {
    loop_step(loop);
    if (e->setup.os->now(e->setup.os) < next) {
      continue;
    }
    next = e->setup.os->now(e->setup.os) + 2000000;
    x = x * 1664525u + 1013904223u;
    const unsigned n = (x >> 16) % APPS;
    turn(e, n);
    engine_tick(e);
    granted += atomic_load(&e->region->rx->grants[n].ticket) != 0 &&
               atomic_load(&e->region->rx->grants[n].state) == GRANT_ACTIVE;
    json_decref(stats_json(e));
    round++;
  }
  return granted;
}

static void
wake_often(void *arg)
{
  (void)arg;
}

int
main(void)
{
  static const char *const folders[] = { VSC_MODULES, NULL };
  char folder[] = "/tmp/aes67-rt-XXXXXX";
  char why[600] = "";
  const struct os_interface none = { 0 };
  struct os *os = NULL;
  struct loader *loader = NULL;
  struct log *const log = log_create(VSC_LOG_ERROR);
  if (!log || !mkdtemp(folder) || os_create(&none, log, &os) < 0 ||
      loader_create(folders, &loader) < 0) {
    return 1;
  }
  struct loop *const loop = loop_create(os);
  vsc_timer *const timer =
    loop_timer(loop, os->now(os), 2000000, wake_often, NULL);
  const struct engine_setup setup = { .log = log,
                                      .loop = loop,
                                      .os = os,
                                      .loader = loader,
                                      .interface = &none,
                                      .instance = "rt",
                                      .runtime_dir = folder,
                                      .version = "test" };
  struct engine *e = NULL;
  unsigned granted = 0;
  if (engine_create(&setup, configure(loader), &e, why, sizeof why) < 0) {
    fprintf(stderr, "%s\n", why);
  } else {
    granted = work(e, loop);
    /* nobody is attached: its names go with it */
    for (unsigned i = 0; i < APPS; i++) {
      atomic_store(&e->region->tx->slots[i].ticket, 0);
    }
  }
  engine_destroy(e);
  loop_untimer(loop, timer);
  loop_destroy(loop);
  os_destroy(os);
  loader_destroy(loader);
  log_drain(log);
  log_destroy(log);
  char lock[64];
  snprintf(lock, sizeof lock, "%s/rt.lock", folder);
  unlink(lock);
  rmdir(folder);
  printf("%u times a lane was granted\n", granted);
  return granted < 20;
}
