/* step_race.c - one process is stopped at any instruction while another does
   something that matters to it: what it then reads is the signal or silence
   that is counted, and who asked for the device is answered.
   SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* MAP_ANONYMOUS */
#include <stdint.h>

#include "engine_child.h"

#include <signal.h>

#define FRAMES 64
#define MS 1000000

/* What an application says before it ends. */
struct outcome {
  vsc_status status;
  bool is_attached;
  vsc_client_time time;
  float block[FRAMES];
};
static struct outcome *outcome;

/* --- applications: children that are stepped. */

static void
child_sleep(vsc_ns duration)
{
  (void)duration;
  step_ask();
}

static const struct client_host child_host = { .now = page_now,
                                               .sleep = child_sleep };

static int
open_device(uint32_t outputs, vsc_client **out)
{
  const vsc_client_config config = { .size = sizeof config,
                                     .instance = "test",
                                     .runtime_dir = rig.dir,
                                     .app = "stepped",
                                     .inputs = 1,
                                     .outputs = outputs };
  outcome->status = client_open(&config, &child_host, out);
  if (outcome->status >= 0) {
    outcome->status = vsc_client_begin(*out, 0);
  }
  return outcome->status < 0;
}

static int
app_reads(void *arg)
{
  vsc_client *c = NULL;
  (void)arg;
  if (open_device(0, &c)) {
    return 1;
  }
  for (int i = 0; i < 30; i++) {
    step_ask(); /* so that the ring is full of signal */
  }
  vsc_client_begin(c, 0);
  step_ask();
  step_ask();
  outcome->time.size = sizeof outcome->time;
  outcome->status = vsc_client_read(c, outcome->block, FRAMES, &outcome->time);
  vsc_client_close(c);
  return 0;
}

static int
app_opens(void *arg)
{
  vsc_client *c = NULL;
  (void)arg;
  open_device(1, &c);
  vsc_client_close(c);
  return 0;
}

/* Its engine is another at the next step_ask. */
static int
app_tends(void *arg)
{
  vsc_client *c = NULL;
  (void)arg;
  if (open_device(1, &c)) {
    return 1;
  }
  page->wants_next = true;
  for (int i = 0; i < 20 && outcome->status >= 0; i++) {
    step_ask();
    outcome->status = client_tend(c);
    outcome->is_attached = client_look(c).is_running;
    if (outcome->status == VSC_ERR_AGAIN) {
      outcome->status = VSC_OK; /* it will come */
    }
  }
  vsc_client_close(c);
  return 0;
}

/* --- what happens meanwhile. */

static void
next_engine(void)
{
  engine_kill();
  cr_assert(engine_start());
  pass(5 * MS);
}

/* The next engine has come no further than to its TIMES-th word about the
   clock: while it makes the device ready, or behind that. It goes on when the
   application sleeps. */
static void
next_engine_begins(unsigned times)
{
  engine_kill();
  step_start(&served.step, engine_main, NULL);
  cr_assert(step_to_call(&served.step,
                         (step_function *)clockpage_write,
                         times) == STEP_IN);
  served.is_serving = true;
}

static void
next_engine_makes_ready(void)
{
  next_engine_begins(1);
}

static void
next_engine_is_ready(void)
{
  next_engine_begins(2);
}

static void
step_clock(int64_t frames)
{
  page->view.tai_ns += frames * 1000000000 / RIG_RATE;
  page->view.generation++;
  pass(3 * MS);
}

static void
nothing_happens(void)
{
}

static void
ring_wraps_a_little(void)
{
  pass(10 * MS);
}

static void
ring_wraps(void)
{
  pass(30 * MS);
}

static void
clock_goes_back(void)
{
  step_clock(-RIG_RING + 37);
}

static void
clock_goes_back_a_little(void)
{
  step_clock(-200);
}

/* The clock page says so already, the audio thread has not woken yet. */
static void
clock_goes_back_but_not_yet(void)
{
  page->is_late = true;
  page->view.tai_ns -= INT64_C(200) * 1000000000 / RIG_RATE;
  page->view.generation++;
  cr_assert(step_to_ask(&served.step) == STEP_IN);
  page->is_late = false;
}

static void
clock_goes_on(void)
{
  step_clock(3 * RIG_RING + 37);
}

/* --- and what must come of it. */

static void
is_signal_or_silence(void)
{
  check(outcome->status == VSC_OK, "status %d", outcome->status);
  unsigned silent = 0;
  unsigned wrong = 0;
  for (unsigned i = 0; i < FRAMES; i++) {
    const float is = outcome->block[i];
    silent += is == 0.0f;
    wrong +=
      is != 0.0f &&
      is != page_signal(0, outcome->time.in_pos + i, outcome->time.generation);
  }
  check(wrong == 0, "%u of %d", wrong, FRAMES);
  check(silent == outcome->time.silent_frames,
        "%u silent, %u counted",
        silent,
        outcome->time.silent_frames);
}

static void
is_open(void)
{
  check(outcome->status == VSC_OK, "status %d", outcome->status);
}

static void
is_attached(void)
{
  check(outcome->status == VSC_OK && outcome->is_attached,
        "status %d",
        outcome->status);
}

struct race {
  const char *name;
  int (*app)(void *arg);
  step_function *function;
  unsigned times;  /* the call that is meant */
  unsigned stride; /* how many instructions further the next time */
  void (*act)(void);
  void (*judge)(void);
};
#define RACE(a, f, n, s, meanwhile, then)                                      \
  {                                                                            \
    .name = #f " " #n " " #meanwhile, .app = a,                                \
    .function = (step_function *)f, .times = n, .stride = s, .act = meanwhile, \
    .judge = then                                                              \
  }
#define READ(meanwhile)                                                        \
  RACE(app_reads, vsc_client_read, 1, 19, meanwhile, is_signal_or_silence)
static const struct race races[] = {
  READ(nothing_happens),
  READ(ring_wraps_a_little),
  READ(ring_wraps),
  READ(clock_goes_back),
  READ(clock_goes_back_a_little),
  READ(clock_goes_back_but_not_yet),
  READ(clock_goes_on),
  READ(next_engine),
  READ(next_engine_makes_ready),
  READ(next_engine_is_ready),
  RACE(app_opens, lease_ask, 1, 3, next_engine, is_open),
  RACE(app_opens, lease_answer, 1, 1, next_engine, is_open),
  RACE(app_opens, lease_answer, 2, 2, next_engine, is_open),
  RACE(app_opens, lease_answer, 2, 2, next_engine_makes_ready, is_open),
  RACE(app_tends, client_tend, 3, 7, next_engine, is_attached),
  RACE(app_tends, client_tend, 3, 7, next_engine_makes_ready, is_attached),
  RACE(app_tends, client_tend, 4, 7, next_engine, is_attached),
  RACE(app_tends, client_tend, 5, 7, next_engine, is_attached),
};

static void
serve(void *arg)
{
  (void)arg;
  if (page->wants_next) {
    page->wants_next = false;
    engine_kill();
    cr_assert(engine_start());
  }
  pass(MS);
}

/* It happens before instruction COUNT; false: there are fewer. */
static bool
happen_at(const struct race *r, uint64_t count)
{
  *outcome = (struct outcome){ .status = VSC_ERR_INVALID };
  cr_assert(engine_start());
  pass(MS);
  struct step s = { .serve = serve };
  step_start(&s, r->app, NULL);
  enum step_state state = step_to_call(&s, r->function, r->times);
  check(state == STEP_IN, "never called");
  while (state == STEP_IN && s.count < count) {
    state = step_next(&s);
  }
  if (state != STEP_EXITED) {
    r->act();
    check(step_finish(&s) == 0, "the application");
  }
  r->judge();
  pass(MS); /* an engine that has only begun is ready then */
  engine_stop();
  return state == STEP_IN;
}

/* --- an engine that is stepped, seen from an application. */

/* A claim that is given back and asked for again while the engine looks at the
   slots is granted. */
static void
ask_again_at(uint64_t count, bool *is_over)
{
  vsc_client *c = NULL;
  vsc_client *other = NULL;
  cr_assert(engine_start());
  cr_assert(open_here(1, 0, 1, &other) == VSC_OK); /* in a slot before C's */
  cr_assert(open_here(1, 1, 3, &c) == VSC_OK);
  vsc_client_close(other);
  pass(MS);
  served.is_serving = false;
  enum step_state state =
    step_to_call(&served.step, (step_function *)device_poll, 1);
  while (state == STEP_IN && served.step.count < count) {
    state = step_next(&served.step);
  }
  *is_over = state != STEP_IN;
  bool is_changing = false;
  lease_leave(c->lease);
  cr_assert(lease_ask(c, c->lease) == VSC_OK);
  cr_assert(step_to_ask(&served.step) == STEP_IN);
  served.is_serving = true;
  pass(3 * MS);
  const vsc_status status = lease_answer(c, c->lease, &is_changing);
  check(status == VSC_OK, "status %d: %s", status, vsc_client_error());
  vsc_client_close(c);
  pass(MS);
  engine_stop();
}

/* Who has channels keeps them when the engine is killed while somebody asks for
   the same ones, from whichever slot. */
static void
newcomer_asks(void)
{
  vsc_client *other = NULL;
  vsc_client *c = NULL;
  cr_assert(engine_start());
  cr_assert(open_here(1, 0, 1, &other) == VSC_OK); /* in a slot before C's */
  cr_assert(open_here(1, 1, 3, &c) == VSC_OK);
  lease_leave(other->lease);
  pass(MS);
  engine_kill();
  other->first_out = 1;
  other->outputs = 3;
  cr_assert(lease_ask(other, other->lease) == VSC_OK);
  cr_assert(engine_start());
  const vsc_status status = follow_engine(c, 100 * MS);
  check(status == VSC_OK && client_look(c).is_running,
        "status %d: %s",
        status,
        vsc_client_error());
  bool is_changing = false;
  check(lease_answer(other, other->lease, &is_changing) == VSC_ERR_REFUSED,
        "the newcomer");
  vsc_client_close(other);
  vsc_client_close(c);
  pass(MS);
  engine_stop();
}

/* While the engine moves on, wraps and follows steps of the clock, instruction
   for instruction. */
static void
read_at_each(step_function *function, int64_t clock_step)
{
  vsc_client *c = NULL;
  cr_assert(engine_start());
  cr_assert(open_here(1, 0, 0, &c) == VSC_OK);
  pass(30 * MS);
  cr_assert(vsc_client_begin(c, 0) == VSC_OK);
  const vsc_pos pos = page_pos() - RIG_RING / 2 + 20;
  served.is_serving = false;
  page->now += MS;
  if (clock_step) {
    page->view.tai_ns += clock_step * 1000000000 / RIG_RATE;
    page->view.generation++;
  }
  enum step_state state = step_to_call(&served.step, function, 1);
  while (state == STEP_IN) {
    trial.count = served.step.count;
    c->read_pos = pos;
    outcome->time.size = sizeof outcome->time;
    outcome->status =
      vsc_client_read(c, outcome->block, FRAMES, &outcome->time);
    is_signal_or_silence();
    state = step_next(&served.step);
  }
  cr_assert(state == STEP_OUT && step_to_ask(&served.step) == STEP_IN);
  served.is_serving = true;
  vsc_client_close(c);
  engine_stop();
  printf("%s: read at each of %llu instructions\n",
         trial.what,
         (unsigned long long)trial.count);
}

static void
watch_engine(void)
{
  trial.what = "timeline_clean";
  read_at_each((step_function *)timeline_clean, 0);
  trial.what = "timeline_reset, back";
  read_at_each((step_function *)timeline_reset, -RIG_RING / 2 - 13);
  trial.what = "timeline_reset, forth";
  read_at_each((step_function *)timeline_reset, RIG_RING / 2 + 13);
  trial.what = "clockpage_write";
  read_at_each((step_function *)clockpage_write, -100);
}

int
main(void)
{
  if (!step_is_possible()) {
    return 77;
  }
  world_set_up();
  outcome = share(sizeof *outcome);
  const bool is_long = getenv("VSC_LONG") != NULL;
  unsigned failures = 0;
  for (unsigned i = 0; i < sizeof races / sizeof *races; i++) {
    const struct race *const r = &races[i];
    trial.what = r->name;
    trial.count = 0;
    trial.failures = 0;
    while (trial.failures < 4 && happen_at(r, trial.count)) {
      trial.count += is_long ? 1 : r->stride;
    }
    failures += trial.failures;
    printf("%s: up to instruction %llu\n",
           trial.what,
           (unsigned long long)trial.count);
    fflush(stdout);
  }
  trial.what = "device_poll, leaves and asks again";
  trial.failures = 0;
  bool is_over = false;
  for (trial.count = 0; !is_over && trial.failures < 4;
       trial.count += is_long ? 1 : 23) {
    ask_again_at(trial.count, &is_over);
  }
  printf("%s: up to instruction %llu\n",
         trial.what,
         (unsigned long long)trial.count);
  trial.what = "the engine is killed, a newcomer asks";
  trial.count = 0;
  newcomer_asks();
  watch_engine();
  failures += trial.failures;
  world_tear_down();
  return failures > 0;
}
