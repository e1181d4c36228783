/* step_client.c - an application that is killed at any instruction, from asking
   for the device to leaving it, costs nobody else anything, and what it had is
   free within 100 ms.
   SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* MAP_ANONYMOUS */
#include <stdint.h>

#include "hal/client_audio.h"
#include "hal/client_callback.h"
#include "points.h"
#include "step.h"
#include "world.h"

#include <sys/mman.h>

#define FRAMES 8

/* What both processes see. */
struct page {
  vsc_ns now;
};
static struct page *page;

static vsc_ns
child_now(void) VSC_RT
{
  return page->now;
}

static void
child_sleep(vsc_ns duration)
{
  (void)duration;
  step_ask();
}

static const struct client_host child_host = { .now = child_now,
                                               .sleep = child_sleep };

/* A millisecond passes. */
static void
serve(void *arg)
{
  (void)arg;
  rig_sleep(1000000);
  page->now = rig.now;
}

static float block[FRAMES * 2];

static void
process(void *user,
        const void *in,
        void *out,
        uint32_t frames,
        const vsc_client_time *time)
{
  (void)user;
  (void)time;
  memcpy(out, in, frames * 2 * sizeof(float));
}

/* The application: what it may call, from open to close. */
static int
live(void *arg)
{
  const vsc_client_config config = { .size = sizeof config,
                                     .instance = "test",
                                     .runtime_dir = rig.dir,
                                     .app = "victim",
                                     .inputs = 2,
                                     .outputs = 2 };
  vsc_client *c = NULL;
  vsc_client_time time = { .size = sizeof time };
  (void)arg;
  if (client_open(&config, &child_host, &c) < 0 || vsc_client_begin(c, 0) < 0) {
    return 1;
  }
  for (int i = 0; i < 2; i++) {
    step_ask();
    if (vsc_client_write(c, block, FRAMES, &time) < 0 ||
        vsc_client_read(c, block, FRAMES, &time) < 0 || client_tend(c) < 0) {
      return 1;
    }
  }
  /* vsc_client_start, but for the threads */
  const vsc_client_callbacks callbacks = { .size = sizeof callbacks,
                                           .process = process };
  if (client_prepare(c, &callbacks) < 0) {
    return 1;
  }
  for (int i = 0; i < 3; i++) {
    step_ask();
    (void)client_turn(c);
    (void)client_tend_turn(c);
  }
  client_unprepare(c);
  vsc_client_close(c);
  return 0;
}

/* Where it is killed: within a call of these. */
struct target {
  const char *name;
  step_function *function;
  unsigned times; /* the call that is meant */
  bool is_long;   /* not at all of its instructions */
};
#define TARGET(f, n, l)                                                        \
  {                                                                            \
    .name = #f " " #n, .function = (step_function *)f, .times = n,             \
    .is_long = l                                                               \
  }
static const struct target targets[] = {
  TARGET(lease_ask, 1, false),       TARGET(lease_answer, 1, false),
  TARGET(lease_answer, 2, false),    TARGET(client_tend, 4, false),
  TARGET(client_abandon, 1, false),  TARGET(vsc_client_begin, 1, true),
  TARGET(vsc_client_write, 2, true), TARGET(vsc_client_read, 2, true),
  TARGET(client_prepare, 1, true),   TARGET(client_turn, 2, true),
  TARGET(client_tend_turn, 2, true), TARGET(client_unprepare, 1, true),
};

/* Somebody else, who must not notice. */
static vsc_client *witness;

static void
check_witness(void)
{
  const struct lease *const l = witness->lease;
  const struct region_grant *const grant =
    &rig.region->rx->grants[l->slot - l->region.tx->slots];
  check(l->slot->ticket == l->ticket, "its slot");
  check(grant->ticket == l->ticket, "its grant");
  check(grant->state == GRANT_ACTIVE, "its grant");
  check(client_tend(witness) == VSC_OK && client_look(witness).is_running,
        "attached");
}

static void
check_free(pid_t dead)
{
  for (int i = 0; i < REGION_SLOTS; i++) {
    const uint64_t ticket = rig.region->tx->slots[i].ticket;
    check(SLOT_PID(ticket) != (uint32_t)dead, "slot %d", i);
    check(rig.region->rx->grants[i].ticket == ticket, "grant %d", i);
  }
  check(device_clients(rig.device) == 1, "%u", device_clients(rig.device));
  check(rig_written_to(0) == INT64_MAX, "its claim");
  check(rig_written_to(1) == INT64_MAX, "its claim");
  vsc_client *next = NULL;
  check(rig_open(2, 0, 2, &next) == VSC_OK,
        "somebody else: %s",
        vsc_client_error());
  vsc_client_close(next);
  device_poll(rig.device, rig.now);
}

/* The call that is meant is next. */
static void
begin(struct step *s, const struct target *t)
{
  *s = (struct step){ .serve = serve };
  page->now = rig.now;
  step_start(s, live, NULL);
  check(step_to_call(s, t->function, t->times) == STEP_IN, "never called");
}

static void
die_after(const struct target *t, uint64_t count)
{
  struct step s;
  begin(&s, t);
  while (s.count < count && step_next(&s) == STEP_IN) {
  }
  step_kill(&s);
  /* The engine looks at least this often. */
  rig.now += 100000000;
  device_poll(rig.device, rig.now);
  check_free(s.pid);
  check_witness();
}

static void
try(const struct target *t)
{
  static struct points points;
  struct step s;
  begin(&s, t);
  points_find(&points,
              &s,
              rig.region->rx_name,
              rig.region->tx_name,
              !t->is_long || getenv("VSC_LONG"));
  step_kill(&s);
  device_poll(rig.device, rig.now);
  for (unsigned i = 0; i < points.count && trial.failures < 10; i++) {
    trial.count = points.at[i];
    die_after(t, trial.count);
  }
  printf("%s: killed %u times within %llu instructions\n",
         trial.what,
         points.count,
         (unsigned long long)points.instructions);
  fflush(stdout);
}

int
main(void)
{
  if (!step_is_possible()) {
    return 77;
  }
  void *const shared = mmap(NULL,
                            sizeof *page,
                            PROT_READ | PROT_WRITE,
                            MAP_SHARED | MAP_ANONYMOUS,
                            -1,
                            0);
  cr_assert(shared != MAP_FAILED);
  page = shared;
  rig_set_up();
  cr_assert(rig_open(4, 2, 2, &witness) == VSC_OK);
  for (unsigned i = 0; i < sizeof targets / sizeof *targets; i++) {
    trial.what = targets[i].name;
    try(&targets[i]);
  }
  vsc_client_close(witness);
  rig_tear_down();
  return trial.failures > 0;
}
