/* step_engine.c - an engine that is killed at any instruction while it makes,
   takes over, serves or leaves the device: the next one starts, and every
   application finds its way to it.
   SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* MAP_ANONYMOUS */
#include <stdint.h>

#include "engine_child.h"
#include "points.h"

#include <signal.h>
#include <sys/wait.h>

#define FRAMES 16
#define ASKING 5 /* slots */
#define DEAD 10

enum moment_of_death {
  FIRST, /* as it starts, and there was none before */
  NEXT,  /* as it starts, after one that was killed */
  OTHER, /* the same, and its device is another */
  WORK,  /* as it serves */
  STEP,  /* as it follows a step of the clock */
  END,   /* as it ends in good order */
  ALONE, /* the same, and nobody is attached */
};

struct target {
  const char *name;
  step_function *function;
  enum moment_of_death when;
  bool is_long;   /* not at all of its instructions */
  uint32_t lanes; /* of the device */
};
#define TARGET(f, w, l, n)                                                     \
  {                                                                            \
    .name = #f " " #w " " #n, .function = (step_function *)f, .when = w,       \
    .is_long = l, .lanes = n                                                   \
  }
static const struct target targets[] = {
  TARGET(region_create, FIRST, true, 0),
  TARGET(region_create, NEXT, true, 0),
  TARGET(region_create, OTHER, true, 0),
  TARGET(device_poll, NEXT, true, 0),
  TARGET(device_poll, WORK, true, 0),
  TARGET(device_poll, WORK, true, 4),
  TARGET(clockpage_write, STEP, false, 0),
  TARGET(timeline_reset, STEP, false, 0),
  TARGET(timeline_clean, WORK, false, 0),
  TARGET(mix_clean, WORK, true, 4),
  TARGET(device_destroy, END, true, 0),
  TARGET(device_destroy, ALONE, true, 0),
};

/* An application that was there before; NULL: none. */
static vsc_client *client;

static uint64_t
ticket_of(pid_t pid, uint64_t state)
{
  return (uint64_t)pid << 32 | 7u << 8 | state;
}

static void
take(int i, uint64_t ticket, uint32_t first_out, uint32_t outputs)
{
  struct region_slot *const slot = &client->lease->region.tx->slots[i];
  slot->pid_start = 0;
  slot->first_in = slot->inputs = 0;
  slot->first_out = first_out;
  slot->outputs = outputs;
  atomic_store(&slot->ticket, ticket);
}

/* One that plays, one that asks, three that died. */
static void
come(void)
{
  cr_assert(open_here(4, 2, 2, &client) == VSC_OK);
  cr_assert(vsc_client_begin(client, 0) == VSC_OK);
  const pid_t dead = fork();
  if (dead == 0) {
    _exit(0);
  }
  waitpid(dead, NULL, 0);
  take(DEAD, ticket_of(dead, SLOT_FILLING), 0, 2);
  take(DEAD + 1, ticket_of(dead, SLOT_ATTACHED), 0, 2);
  take(DEAD + 2, ticket_of(dead, SLOT_LEAVING), 0, 2);
  pass(5000000);
  take(DEAD, ticket_of(dead, SLOT_ATTACHED), 0, 0);
  take(ASKING, ticket_of(getpid(), SLOT_ATTACHED), 0, 2);
}

static void
prepare(const struct target *t)
{
  page->channels = 4;
  page->lanes = t->lanes;
  client = NULL;
  if (t->when != FIRST) {
    cr_assert(engine_start());
    if (t->when != ALONE) {
      come();
    }
  }
  page->wants_stop = t->when == END || t->when == ALONE;
  if (t->when == STEP) {
    page->view.generation++;
    page->view.tai_ns -= 2500000;
  }
  if (t->when == NEXT || t->when == OTHER) {
    engine_kill();
    page->channels = t->when == OTHER ? 8 : 4;
  }
  if (t->when == FIRST || t->when == NEXT || t->when == OTHER) {
    step_start(&served.step, engine_main, NULL);
  }
  served.is_serving = false;
}

/* It hears the signal again, and is told that it does. */
static void
check_hears(vsc_client *c)
{
  static float block[FRAMES * 4];
  vsc_client_time time = { .size = sizeof time };
  check(vsc_client_wait(c, 1, FRAMES, 100000000) == VSC_OK,
        "%s",
        vsc_client_error());
  check(vsc_client_read(c, block, FRAMES, &time) == VSC_OK, "read");
  check(time.is_running && time.silent_frames == 0,
        "%u frames silent",
        time.silent_frames);
  unsigned wrong = 0;
  for (unsigned i = 0; i < FRAMES * 4; i++) {
    wrong +=
      block[i] != page_signal(i % 4, time.in_pos + i / 4, time.generation);
  }
  check(wrong == 0, "%u samples", wrong);
}

static void
check_client(const struct target *t)
{
  const vsc_status status = follow_engine(client, 250000000);
  check(status == VSC_OK && client_look(client).is_running,
        "%d: %s",
        status,
        vsc_client_error());
  pass(10000000);
  check_hears(client);
  if (t->when == OTHER) {
    return; /* to where there never were others */
  }
  const struct region *const r = &client->lease->region;
  for (int i = 0; i < 3; i++) {
    check(r->tx->slots[DEAD + i].ticket == 0, "slot %d", DEAD + i);
    check(r->rx->grants[DEAD + i].ticket == 0, "grant %d", DEAD + i);
  }
  const uint64_t ours = ticket_of(getpid(), SLOT_ATTACHED);
  check(r->rx->grants[ASKING].ticket == ours &&
          r->rx->grants[ASKING].state == GRANT_ACTIVE,
        "who asked: %s",
        r->rx->grants[ASKING].reason);
  take(ASKING, ticket_of(getpid(), SLOT_LEAVING), 0, 0);
  pass(1000000);
}

/* Another engine starts, all is as if nothing had been, and nothing is left. */
static void
recover(const struct target *t)
{
  check(engine_start(), "the next engine");
  pass(100000000);
  if (client) {
    check_client(t);
  }
  vsc_client *next = NULL;
  check(open_here(4, 0, 2, &next) == VSC_OK && vsc_client_begin(next, 0) == 0,
        "somebody else: %s",
        vsc_client_error());
  if (next) {
    pass(10000000);
    check_hears(next);
  }
  vsc_client_close(next);
  vsc_client_close(client);
  engine_stop();
  char rx[REGION_NAME_BYTES];
  char tx[REGION_NAME_BYTES];
  char why[200];
  struct region left;
  region_names((uint32_t)getuid(), rig.dir, "test", rx, tx);
  check(region_open(rx, tx, &left, why, sizeof why) == VSC_ERR_NOT_FOUND,
        "%s",
        why);
}

static void
die_after(const struct target *t, uint64_t count)
{
  prepare(t);
  struct step *const s = &served.step;
  enum step_state state = step_to_call(s, t->function, 1);
  while (state == STEP_IN && s->count < count) {
    state = step_next(s);
  }
  if (state != STEP_EXITED) {
    step_kill(s);
  }
  recover(t);
}

static void
try(const struct target *t)
{
  static struct points points;
  char rx[REGION_NAME_BYTES];
  char tx[REGION_NAME_BYTES];
  region_names((uint32_t)getuid(), rig.dir, "test", rx, tx);
  prepare(t);
  struct step *const s = &served.step;
  check(step_to_call(s, t->function, 1) == STEP_IN, "never called");
  points_find(&points, s, rx, tx, !t->is_long || getenv("VSC_LONG"));
  step_kill(s);
  recover(t);
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
  world_set_up();
  for (unsigned i = 0; i < sizeof targets / sizeof *targets; i++) {
    trial.what = targets[i].name;
    trial.count = 0;
    try(&targets[i]);
  }
  world_tear_down();
  return trial.failures > 0;
}
