/* loop.c - poll(), a sorted list of timers (there are tens of them), and a pipe
   that other threads and signal handlers write to.
   SPDX-License-Identifier: MIT */
#include "loop.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

struct vsc_watch {
  int fd; /* below 0: poll() passes over it */
  uint32_t events;
  int is_dead; /* freed by the next step */
  void (*cb)(void *arg, uint32_t events);
  void *arg;
};

struct vsc_timer {
  struct vsc_timer *next;
  vsc_ns when; /* INT64_MAX: has run, waits to be freed */
  vsc_ns period;
  void (*cb)(void *arg);
  void *arg;
};

struct loop {
  struct os *os;
  struct vsc_timer *timers; /* by when; equal ones in the order they came */
  vsc_ns running;           /* the NOW whose timers run; INT64_MIN: none */
  struct vsc_watch **watches;
  struct pollfd *polls; /* [0] is the pipe, [1 + i] is watches[i] */
  unsigned count, room;
  int pipe_in, pipe_out;
  _Atomic int is_woken; /* a byte is in the pipe or about to be */
};

/* write() to a non-blocking pipe. */
ssize_t
write(int fd, const void *bytes, size_t count) VSC_RT;

static int
set_flags(int fd)
{
  return fcntl(fd, F_SETFL, O_NONBLOCK) == 0 &&
         fcntl(fd, F_SETFD, FD_CLOEXEC) == 0;
}

struct loop *
loop_create(struct os *os)
{
  struct loop *const loop = calloc(1, sizeof *loop);
  if (!loop) {
    return NULL;
  }
  loop->os = os;
  loop->running = INT64_MIN;
  loop->pipe_in = loop->pipe_out = -1;
  loop->polls = malloc(sizeof *loop->polls);
  int fds[2];
  if (!loop->polls || pipe(fds)) {
    loop_destroy(loop);
    return NULL;
  }
  loop->pipe_out = fds[0];
  loop->pipe_in = fds[1];
  if (!set_flags(fds[0]) || !set_flags(fds[1])) {
    loop_destroy(loop);
    return NULL;
  }
  loop->polls[0] = (struct pollfd){ .fd = fds[0], .events = POLLIN };
  return loop;
}

void
loop_destroy(struct loop *loop)
{
  if (!loop) {
    return;
  }
  while (loop->timers) {
    loop_untimer(loop, loop->timers);
  }
  for (unsigned i = 0; i < loop->count; i++) {
    free(loop->watches[i]);
  }
  free(loop->watches);
  free(loop->polls);
  if (loop->pipe_in >= 0) {
    close(loop->pipe_in);
    close(loop->pipe_out);
  }
  free(loop);
}

/* Room for one watch more. */
static int
grow(struct loop *loop)
{
  if (loop->count < loop->room) {
    return 1;
  }
  const unsigned room = loop->room ? 2 * loop->room : 16;
  void *const watches = realloc(loop->watches, room * sizeof *loop->watches);
  if (!watches) {
    return 0;
  }
  loop->watches = watches;
  void *const polls = realloc(loop->polls, (1 + room) * sizeof *loop->polls);
  if (!polls) {
    return 0;
  }
  loop->polls = polls;
  loop->room = room;
  return 1;
}

struct vsc_watch *
loop_watch(struct loop *loop,
           int fd,
           uint32_t events,
           void (*cb)(void *arg, uint32_t events),
           void *arg)
{
  struct vsc_watch *const watch = calloc(1, sizeof *watch);
  if (fd < 0 || !watch || !grow(loop)) {
    free(watch);
    return NULL;
  }
  *watch =
    (struct vsc_watch){ .fd = fd, .events = events, .cb = cb, .arg = arg };
  loop->watches[loop->count++] = watch;
  return watch;
}

void
loop_unwatch(struct loop *loop, struct vsc_watch *watch)
{
  (void)loop;
  if (watch) {
    watch->is_dead = 1; /* loop_step may be walking the array */
  }
}

static void
insert(struct loop *loop, struct vsc_timer *timer)
{
  struct vsc_timer **at = &loop->timers;
  while (*at && (*at)->when <= timer->when) {
    at = &(*at)->next;
  }
  timer->next = *at;
  *at = timer;
}

struct vsc_timer *
loop_timer(struct loop *loop,
           vsc_ns first,
           vsc_ns period,
           void (*cb)(void *arg),
           void *arg)
{
  struct vsc_timer *const timer = calloc(1, sizeof *timer);
  if (!timer) {
    return NULL;
  }
  /* A callback that makes a timer for "now" again and again must not keep
     loop_run_timers from ending. */
  *timer =
    (struct vsc_timer){ .when =
                          first > loop->running ? first : loop->running + 1,
                        .period = period > 0 ? period : 0,
                        .cb = cb,
                        .arg = arg };
  insert(loop, timer);
  return timer;
}

void
loop_untimer(struct loop *loop, struct vsc_timer *timer)
{
  for (struct vsc_timer **at = &loop->timers; *at; at = &(*at)->next) {
    if (*at == timer) {
      *at = timer->next;
      free(timer);
      return;
    }
  }
}

static vsc_ns
next_time(const struct vsc_timer *timer, vsc_ns now)
{
  if (!timer->period || timer->period > INT64_MAX - now) {
    return INT64_MAX;
  }
  const vsc_ns next = timer->when + timer->period;
  return next > now ? next : now + timer->period;
}

vsc_ns
loop_run_timers(struct loop *loop, vsc_ns now)
{
  loop->running = now;
  while (loop->timers && loop->timers->when <= now) {
    struct vsc_timer *const timer = loop->timers;
    loop->timers = timer->next;
    timer->when = next_time(timer, now);
    insert(loop, timer);
    timer->cb(timer->arg); /* may free it: not touched after this */
  }
  loop->running = INT64_MIN;
  return loop->timers ? loop->timers->when : INT64_MAX;
}

/* Free what was unwatched and say what to poll for. */
static void
prepare(struct loop *loop)
{
  unsigned kept = 0;
  for (unsigned i = 0; i < loop->count; i++) {
    struct vsc_watch *const watch = loop->watches[i];
    if (watch->is_dead) {
      free(watch);
      continue;
    }
    const int events = (watch->events & VSC_FD_READ ? POLLIN : 0) |
                       (watch->events & VSC_FD_WRITE ? POLLOUT : 0);
    loop->watches[kept++] = watch;
    loop->polls[kept] =
      (struct pollfd){ .fd = watch->fd, .events = (short)events };
  }
  loop->count = kept;
}

static uint32_t
events_of(const struct vsc_watch *watch, int revents)
{
  uint32_t events = 0;
  if (revents & (POLLIN | POLLHUP)) {
    events |= watch->events & VSC_FD_READ;
  }
  if (revents & POLLOUT) {
    events |= VSC_FD_WRITE;
  }
  if (revents & (POLLERR | POLLHUP | POLLNVAL)) {
    events |= VSC_FD_ERROR;
  }
  return events;
}

static void
serve(struct loop *loop, unsigned count)
{
  for (unsigned i = 0; i < count; i++) {
    /* Callbacks may add watches, and so move both arrays. */
    struct vsc_watch *const watch = loop->watches[i];
    const int revents = loop->polls[1 + i].revents;
    if (!revents || watch->is_dead) {
      continue;
    }
    if (revents & POLLNVAL) {
      watch->fd = -1; /* closed under us: once is enough, or we would spin */
    }
    watch->cb(watch->arg, events_of(watch, revents));
  }
}

/* Read first, then clear: a wake in between writes nothing, and its caller's
   work is seen when loop_step returns. */
static void
drain_pipe(struct loop *loop)
{
  char bytes[64];
  while (read(loop->pipe_out, bytes, sizeof bytes) > 0) {
  }
  /* Pairs with the exchange in loop_wake. */
  atomic_exchange_explicit(&loop->is_woken, 0, memory_order_acq_rel);
}

vsc_status
loop_step(struct loop *loop)
{
  prepare(loop);
  vsc_ns timeout = INT64_MAX;
  if (loop->timers && loop->timers->when < INT64_MAX) {
    const vsc_ns now = loop->os->now(loop->os);
    const vsc_ns when = loop->timers->when;
    timeout = when > now ? when - now : 0;
  }
  const unsigned count = loop->count;
  const int ready = loop_os_poll(loop->polls, 1 + count, timeout);
  if (ready < 0) {
    return errno == EINTR ? VSC_OK : VSC_ERR_SYSTEM;
  }
  if (ready > 0) {
    if (loop->polls[0].revents) {
      drain_pipe(loop);
    }
    serve(loop, count);
  }
  loop_run_timers(loop, loop->os->now(loop->os));
  return VSC_OK;
}

void
loop_wake(struct loop *loop) VSC_RT
{
  /* Pairs with the exchange in drain_pipe. A full pipe cannot be: there is one
     byte at a time. */
  if (!atomic_exchange_explicit(&loop->is_woken, 1, memory_order_acq_rel)) {
    const ssize_t written = write(loop->pipe_in, "", 1);
    (void)written;
  }
}
