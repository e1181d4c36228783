/* test_loop.c - descriptors and timers, in virtual time.
   SPDX-License-Identifier: MIT */
#include "engine/loop.h"

#include <criterion/criterion.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

struct world {
  struct os os; /* first */
  vsc_ns time;
  struct loop *loop;
  struct vsc_timer *timers[4];
  struct vsc_watch *watches[4];
  int fds[2], more[2];
  unsigned calls, others;
  uint32_t events;
};

static vsc_ns
now(const struct os *os) VSC_RT
{
  return ((const struct world *)os)->time;
}

static void
begin(struct world *w)
{
  *w = (struct world){ .os = { .now = now } };
  w->loop = loop_create(&w->os);
  cr_assert_not_null(w->loop);
  cr_assert_eq(pipe(w->fds), 0);
  cr_assert_eq(pipe(w->more), 0);
}

static void
end(struct world *w)
{
  loop_destroy(w->loop);
  for (int i = 0; i < 2; i++) {
    close(w->fds[i]);
    close(w->more[i]);
  }
}

static void
count(void *arg)
{
  ((struct world *)arg)->calls++;
}

static void
count_event(void *arg, uint32_t events)
{
  struct world *const w = arg;
  w->calls++;
  w->events = events;
}

Test(loop_timer, runs_when_due_and_not_before)
{
  struct world w;
  begin(&w);
  loop_timer(w.loop, 100, 0, count, &w);
  cr_assert_eq(loop_run_timers(w.loop, 99), 100);
  cr_assert_eq(w.calls, 0);
  cr_assert_eq(loop_run_timers(w.loop, 100), INT64_MAX);
  cr_assert_eq(w.calls, 1);
  loop_run_timers(w.loop, 1000);
  cr_assert_eq(w.calls, 1);
  end(&w);
}

Test(loop_timer, keeps_its_phase)
{
  struct world w;
  begin(&w);
  loop_timer(w.loop, 100, 50, count, &w);
  cr_assert_eq(loop_run_timers(w.loop, 120), 150);
  cr_assert_eq(loop_run_timers(w.loop, 199), 200);
  cr_assert_eq(w.calls, 2);
  end(&w);
}

Test(loop_timer, far_behind_runs_once_and_goes_on_from_now)
{
  struct world w;
  begin(&w);
  loop_timer(w.loop, 100, 50, count, &w);
  cr_assert_eq(loop_run_timers(w.loop, 1020), 1070);
  cr_assert_eq(w.calls, 1);
  end(&w);
}

Test(loop_timer, a_period_without_end_does_not_overflow)
{
  struct world w;
  begin(&w);
  loop_timer(w.loop, 100, INT64_MAX, count, &w);
  cr_assert_eq(loop_run_timers(w.loop, 100), INT64_MAX);
  cr_assert_eq(w.calls, 1);
  end(&w);
}

static void
free_itself(void *arg)
{
  struct world *const w = arg;
  w->calls++;
  loop_untimer(w->loop, w->timers[0]);
}

Test(loop_timer, may_free_itself)
{
  struct world w;
  begin(&w);
  w.timers[0] = loop_timer(w.loop, 100, 50, free_itself, &w);
  cr_assert_eq(loop_run_timers(w.loop, 1000), INT64_MAX);
  cr_assert_eq(w.calls, 1);
  end(&w);
}

Test(loop_timer, may_free_another_that_is_due)
{
  struct world w;
  begin(&w);
  loop_timer(w.loop, 100, 0, free_itself, &w);
  w.timers[0] = loop_timer(w.loop, 100, 0, count, &w);
  loop_run_timers(w.loop, 1000);
  cr_assert_eq(w.calls, 1);
  end(&w);
}

static void
again_at_once(void *arg)
{
  struct world *const w = arg;
  w->calls++;
  loop_timer(w->loop, 0, 0, again_at_once, w);
}

Test(loop_timer, one_that_is_made_again_and_again_lets_others_live)
{
  struct world w;
  begin(&w);
  loop_timer(w.loop, 100, 0, again_at_once, &w);
  cr_assert_eq(loop_run_timers(w.loop, 100), 101);
  cr_assert_eq(w.calls, 1);
  end(&w);
}

Test(loop_timer, is_run_by_a_step)
{
  struct world w;
  begin(&w);
  loop_timer(w.loop, 100, 0, count, &w);
  w.time = 100;
  cr_assert_eq(loop_step(w.loop), VSC_OK);
  cr_assert_eq(w.calls, 1);
  end(&w);
}

Test(loop_watch, serves_what_is_readable)
{
  struct world w;
  begin(&w);
  loop_watch(w.loop, w.fds[0], VSC_FD_READ, count_event, &w);
  cr_assert_eq(write(w.fds[1], "x", 1), 1);
  cr_assert_eq(loop_step(w.loop), VSC_OK);
  cr_assert_eq(w.calls, 1);
  cr_assert_eq(w.events, VSC_FD_READ);
  end(&w);
}

Test(loop_watch, a_hang_up_is_read_and_error)
{
  struct world w;
  begin(&w);
  loop_watch(w.loop, w.fds[0], VSC_FD_READ, count_event, &w);
  close(w.fds[1]);
  loop_step(w.loop);
  cr_assert_eq(w.events, VSC_FD_READ | VSC_FD_ERROR);
  w.fds[1] = dup(w.more[1]);
  end(&w);
}

static void
unwatch_all(void *arg, uint32_t events)
{
  struct world *const w = arg;
  count_event(arg, events);
  for (int i = 0; i < 2; i++) {
    loop_unwatch(w->loop, w->watches[i]);
    w->watches[i] = NULL;
  }
}

Test(loop_watch, may_free_itself_and_another_that_is_ready)
{
  struct world w;
  begin(&w);
  w.watches[0] = loop_watch(w.loop, w.fds[1], VSC_FD_WRITE, unwatch_all, &w);
  w.watches[1] = loop_watch(w.loop, w.more[1], VSC_FD_WRITE, unwatch_all, &w);
  loop_step(w.loop);
  cr_assert_eq(w.calls, 1);
  loop_wake(w.loop);
  loop_step(w.loop);
  cr_assert_eq(w.calls, 1);
  end(&w);
}

static void
add_many(void *arg, uint32_t events)
{
  struct world *const w = arg;
  count_event(arg, events);
  loop_unwatch(w->loop, w->watches[0]);
  for (int i = 0; i < 100; i++) {
    loop_watch(w->loop, w->more[1], VSC_FD_WRITE, count_event, w);
  }
}

Test(loop_watch, added_in_a_callback_comes_at_the_next_step)
{
  struct world w;
  begin(&w);
  w.watches[0] = loop_watch(w.loop, w.fds[1], VSC_FD_WRITE, add_many, &w);
  loop_watch(w.loop, w.more[1], VSC_FD_WRITE, count_event, &w);
  loop_step(w.loop);
  cr_assert_eq(w.calls, 2);
  loop_step(w.loop);
  cr_assert_eq(w.calls, 2 + 101);
  end(&w);
}

Test(loop_watch, a_descriptor_closed_under_us_is_told_once)
{
  struct world w;
  begin(&w);
  loop_watch(w.loop, w.fds[0], VSC_FD_READ, count_event, &w);
  const int spare = dup(w.fds[0]);
  close(w.fds[0]);
  loop_step(w.loop);
  cr_assert_eq(w.events, VSC_FD_ERROR);
  loop_wake(w.loop);
  loop_step(w.loop);
  cr_assert_eq(w.calls, 1);
  w.fds[0] = spare;
  end(&w);
}

Test(loop_watch, nothing_is_no_descriptor)
{
  struct world w;
  begin(&w);
  cr_assert_null(loop_watch(w.loop, -1, VSC_FD_READ, count_event, &w));
  loop_unwatch(w.loop, NULL);
  loop_untimer(w.loop, NULL);
  end(&w);
}

Test(loop_wake, ends_a_step_that_would_wait_for_ever, .timeout = 10)
{
  struct world w;
  begin(&w);
  for (int i = 0; i < 3; i++) {
    loop_wake(w.loop);
    loop_wake(w.loop);
    cr_assert_eq(loop_step(w.loop), VSC_OK);
  }
  end(&w);
}

static struct loop *woken;

static void
on_alarm(int signal_number)
{
  (void)signal_number;
  loop_wake(woken);
}

Test(loop_wake, works_in_a_signal_handler, .timeout = 10)
{
  struct world w;
  begin(&w);
  woken = w.loop;
  signal(SIGUSR1, on_alarm);
  raise(SIGUSR1);
  cr_assert_eq(loop_step(w.loop), VSC_OK);
  end(&w);
}
