/* engine_child.h - an engine's half of the device in a process of its own, that
   goes on when it is told to and can be killed; applications are here.
   SPDX-License-Identifier: MIT */
#ifndef VSC_TESTS_STEP_ENGINE_CHILD_H
#define VSC_TESTS_STEP_ENGINE_CHILD_H

#include "step.h"
#include "world.h"

#include "hal/client_audio.h"

#include <sys/mman.h>

/* What all processes see. */
struct page {
  vsc_ns now;
  vsc_clock_view view;
  uint32_t channels, lanes; /* of the engine that starts next */
  bool wants_stop;          /* the engine is to end */
  bool is_late;    /* its audio thread has not seen the clock's step yet */
  bool wants_next; /* an application is to meet another engine */
};
static struct page *page;

struct engine_child {
  struct step step;
  bool is_serving;
};
static struct engine_child served; /* who moves while an application sleeps */

/** What channel C carries at position P under a GENERATION of the clock. */
static inline float
page_signal(uint32_t c, vsc_pos p, uint32_t generation)
{
  return rig_signal(c + 100 * generation, p);
}

/** A wake-up that brings that signal instead of the rig's. */
static inline void
engine_wake(void)
{
  for (const vsc_pos pos = rig_pos(); rig.filled < pos; rig.filled++) {
    for (uint32_t c = 0; c < rig.in.channels; c++) {
      const float f = page_signal(c, rig.filled, rig.view.generation);
      memcpy(timeline_at(&rig.in, c, rig.filled), &f, sizeof f);
    }
  }
  rig_wake();
}

static inline int
engine_main(void *arg)
{
  (void)arg;
  rig.now = page->now;
  rig.view = page->view;
  rig.lanes = page->lanes;
  rig_start(page->channels);
  for (;;) {
    step_ask();
    rig.now = page->now;
    if (page->wants_stop) {
      break;
    }
    if (page->view.generation != rig.view.generation) {
      device_set_clock(rig.device, &page->view);
      if (page->is_late) {
        step_ask();
      }
      rig.view = page->view;
      rig_reset();
    }
    engine_wake();
  }
  device_destroy(rig.device);
  return 0;
}

/** False when it ended instead of being ready. */
static inline bool
engine_start(void)
{
  page->wants_stop = false;
  step_start(&served.step, engine_main, NULL);
  served.is_serving = step_to_ask(&served.step) == STEP_IN;
  return served.is_serving;
}

static inline void
engine_kill(void)
{
  served.is_serving = false;
  step_kill(&served.step);
}

/** It ends in good order. */
static inline void
engine_stop(void)
{
  page->wants_stop = true;
  served.is_serving = false;
  check(step_finish(&served.step) == 0, "the engine's end");
}

static inline vsc_pos
page_pos(void)
{
  return vsc_view_pos(&page->view, page->now, RIG_RATE);
}

/** Time passes, and the engine wakes once a millisecond. */
static inline void
pass(vsc_ns duration)
{
  const vsc_ns end = page->now + duration;
  while (page->now < end) {
    const vsc_ns left = end - page->now;
    page->now += left < 1000000 ? left : 1000000;
    if (served.is_serving && step_to_ask(&served.step) != STEP_IN) {
      check(false, "the engine ended");
      served.is_serving = false;
    }
  }
}

static inline vsc_ns
page_now(void) VSC_RT
{
  return page->now;
}

static const struct client_host here = { .now = page_now, .sleep = pass };

static inline vsc_status
open_here(uint32_t inputs,
          uint32_t first_output,
          uint32_t outputs,
          vsc_client **out)
{
  const vsc_client_config config = {
    .size = sizeof config,
    .instance = "test",
    .runtime_dir = rig.dir,
    .app = "here",
    .inputs = inputs,
    .first_output = first_output,
    .outputs = outputs,
  };
  return client_open(&config, &here, out);
}

/** Zeroed memory that children share. */
static inline void *
share(size_t bytes)
{
  void *const shared = mmap(
    NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  cr_assert(shared != MAP_FAILED);
  return shared;
}

/** Until its lease is one of the engine that runs, at most DURATION; what it
   was told last. */
static inline vsc_status
follow_engine(vsc_client *c, vsc_ns duration)
{
  const vsc_ns end = page->now + duration;
  for (;;) {
    const vsc_status status = client_tend(c);
    (void)client_look(c);
    if ((status == VSC_OK && lease_is_ours(c->lease)) || page->now >= end) {
      return status;
    }
    pass(client_tend_pause(c));
  }
}

static inline void
world_set_up(void)
{
  page = share(sizeof *page);
  page->now = 5000000000000;
  page->channels = 4;
  page->view = (vsc_clock_view){ .size = sizeof page->view,
                                 .state = VSC_CLOCK_LOCKED,
                                 .host_ns = 4000000000000,
                                 .tai_ns = 1800000000123456789,
                                 .rate = 1.00001,
                                 .generation = 1 };
  rig.rate = RIG_RATE;
  rig.s_in = RIG_S_IN;
  snprintf(rig.dir, sizeof rig.dir, "/tmp/aes67-test-XXXXXX");
  cr_assert(mkdtemp(rig.dir));
}

static inline void
world_tear_down(void)
{
  char lock[96];
  snprintf(lock, sizeof lock, "%s/test.lock", rig.dir);
  unlink(lock);
  rmdir(rig.dir);
}

#endif
