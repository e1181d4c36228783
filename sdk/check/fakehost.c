/* fakehost.c - virtual time, watched memory, and a memory for mistakes.
   SPDX-License-Identifier: MIT */
#include "fakehost.h"

#include "engine/log.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define START_NS (INT64_C(1000) * 1000000000)     /* of host time */
#define TAI_NS (INT64_C(1767225637) * 1000000000) /* at START_NS */
#define UTC_OFFSET 37
#define LARGEST ((size_t)1 << 30)
#define STORM 1000000 /* timer calls in one advance: it never ends */

struct vsc_timer {
  struct vsc_timer *next;
  vsc_ns due, period; /* due INT64_MAX: has run once */
  void (*cb)(void *arg);
  void *arg;
};

struct vsc_watch {
  struct vsc_watch *next;
  int fd;
  uint32_t events;
  uint32_t round; /* looked at in this one */
  void (*cb)(void *arg, uint32_t events);
  void *arg;
};

struct vsc_counter {
  struct vsc_counter *next;
  char name[40];
  uint64_t value;
};

static struct fakehost *
of(const vsc_host *h) VSC_RT
{
  return h->instance;
}

void
fakehost_complain(struct fakehost *h, const char *text) VSC_RT
{
  if (h->misuse[0]) {
    return;
  }
  size_t i = 0;
  for (; text[i] && i + 1 < sizeof h->misuse; i++) {
    h->misuse[i] = text[i];
  }
  h->misuse[i] = '\0';
}

static void
host_log(const vsc_host *host, int level, const char *fmt, ...) VSC_RT
{
  struct fakehost *const h = of(host);
  va_list args;
  if (level < VSC_LOG_ERROR || level > VSC_LOG_DEBUG) {
    fakehost_complain(h, "logs with a level that is none");
    return;
  }
  va_start(args, fmt);
  log_vwrite(h->log, level, "module", fmt, args);
  va_end(args);
}

static void
keep_line(void *arg, int level, const char *line)
{
  struct fakehost *const h = arg;
  if (level <= VSC_LOG_WARN) {
    const char *const text = strstr(line, ": "); /* after "module" */
    snprintf(h->said, sizeof h->said, "%s", text ? text + 2 : line);
  }
}

static void *
host_alloc(const vsc_host *host, size_t bytes)
{
  struct fakehost *const h = of(host);
  if (h->allocs++ >= h->allocs_given || bytes > LARGEST) {
    return NULL;
  }
  struct guard *const block = guard_create(bytes, 0);
  if (!block) {
    return NULL;
  }
  block->next = h->blocks;
  h->blocks = block;
  return block->memory;
}

static vsc_ns
host_now(const vsc_host *host) VSC_RT
{
  return of(host)->now;
}

static vsc_status
host_system_clock(const vsc_host *host,
                  vsc_ns *now,
                  int64_t *tai_ns,
                  int32_t *utc_offset)
{
  *now = of(host)->now;
  *tai_ns = TAI_NS + (*now - START_NS);
  *utc_offset = UTC_OFFSET;
  return VSC_OK;
}

static void
host_clock_read(const vsc_host *host, vsc_clock_view *out) VSC_RT
{
  const vsc_clock_view view = {
    .size = sizeof view,
    .state = VSC_CLOCK_LOCKED,
    .host_ns = START_NS,
    .tai_ns = TAI_NS,
    .rate = 1.0,
    .generation = 1,
  };
  (void)host;
  const uint32_t size = out->size < sizeof view ? out->size : sizeof view;
  memcpy(out, &view, size);
  out->size = size;
}

static vsc_counter *
host_counter(const vsc_host *host, const char *name)
{
  struct fakehost *const h = of(host);
  for (vsc_counter *c = h->counters; c; c = c->next) {
    if (strncmp(c->name, name, sizeof c->name - 1) == 0) {
      return c;
    }
  }
  vsc_counter *const c = calloc(1, sizeof *c);
  if (!c) {
    return h->counters; /* never NULL, says the contract */
  }
  snprintf(c->name, sizeof c->name, "%s", name);
  c->next = h->counters;
  h->counters = c;
  return c;
}

static void
host_count(vsc_counter *c, uint64_t n) VSC_RT
{
  c->value += n;
}

static vsc_watch *
host_watch(const vsc_host *host,
           int fd,
           uint32_t events,
           void (*cb)(void *arg, uint32_t events),
           void *arg)
{
  struct fakehost *const h = of(host);
  struct vsc_watch *const w = calloc(1, sizeof *w);
  if (!w) {
    return NULL;
  }
  if (fd < 0 || !cb) {
    fakehost_complain(h, "watches no file descriptor, or without a callback");
  }
  *w = (struct vsc_watch){
    .next = h->watches, .fd = fd, .events = events, .cb = cb, .arg = arg
  };
  h->watches = w;
  return w;
}

static void
host_unwatch(const vsc_host *host, vsc_watch *w)
{
  struct fakehost *const h = of(host);
  for (struct vsc_watch **at = &h->watches; *at; at = &(*at)->next) {
    if (*at == w) {
      *at = w->next;
      free(w);
      return;
    }
  }
  if (w) {
    fakehost_complain(h, "frees a watch that it does not have");
  }
}

static vsc_timer *
host_timer(const vsc_host *host,
           vsc_ns first,
           vsc_ns period,
           void (*cb)(void *arg),
           void *arg)
{
  struct fakehost *const h = of(host);
  struct vsc_timer *const t = calloc(1, sizeof *t);
  if (!t) {
    return NULL;
  }
  if (period < 0 || !cb) {
    fakehost_complain(h, "sets a timer without a callback, or back in time");
    period = 0;
  }
  *t = (struct vsc_timer){
    .next = h->timers,
    .due = first > h->now ? first : h->now,
    .period = period,
    .cb = cb,
    .arg = arg,
  };
  h->timers = t;
  return t;
}

static void
host_untimer(const vsc_host *host, vsc_timer *t)
{
  struct fakehost *const h = of(host);
  for (struct vsc_timer **at = &h->timers; *at; at = &(*at)->next) {
    if (*at == t) {
      *at = t->next;
      free(t);
      return;
    }
  }
  if (t) {
    fakehost_complain(h, "frees a timer that it does not have");
  }
}

static void
host_request_main(const vsc_host *host) VSC_RT
{
  of(host)->wants_main = true;
}

static const void *
host_extension(const vsc_host *host, const char *id)
{
  (void)host;
  (void)id;
  return NULL;
}

bool
fakehost_init(struct fakehost *h)
{
  *h = (struct fakehost){ .now = START_NS, .allocs_given = FAKEHOST_NEVER };
  h->log = log_create(VSC_LOG_DEBUG);
  h->counters = calloc(1, sizeof *h->counters);
  if (!h->log || !h->counters) {
    fakehost_finish(h);
    return false;
  }
  log_set_sink(h->log, keep_line, h);
  fakenet_init(h);
  h->host = (vsc_host){
    .size = sizeof h->host,
    .abi_major = VSC_ABI_MAJOR,
    .abi_minor = VSC_ABI_MINOR,
    .instance = h,
    .log = host_log,
    .alloc = host_alloc,
    .now = host_now,
    .system_clock = host_system_clock,
    .clock_read = host_clock_read,
    .counter = host_counter,
    .count = host_count,
    .watch = host_watch,
    .unwatch = host_unwatch,
    .timer = host_timer,
    .untimer = host_untimer,
    .request_main = host_request_main,
    .net = &h->net,
    .extension = host_extension,
  };
  return true;
}

void
fakehost_finish(struct fakehost *h)
{
  log_destroy(h->log);
  h->log = NULL;
  while (h->timers) {
    host_untimer(&h->host, h->timers);
  }
  while (h->watches) {
    host_unwatch(&h->host, h->watches);
  }
  while (h->counters) {
    vsc_counter *const c = h->counters;
    h->counters = c->next;
    free(c);
  }
  while (h->blocks) {
    struct guard *const block = h->blocks;
    h->blocks = block->next;
    guard_destroy(block);
  }
  fakenet_finish(h);
}

static void
serve_main(struct fakehost *h)
{
  if (h->wants_main) {
    h->wants_main = false;
    if (h->module && h->module->on_main) {
      h->module->on_main(h->self);
    }
  }
}

static bool
is_readable(const struct fakehost *h, int fd)
{
  if (fakenet_has(h, fd)) {
    return fakenet_is_readable(h, fd);
  }
  struct pollfd p = { .fd = fd, .events = POLLIN };
  return fd >= 0 && poll(&p, 1, 0) == 1 && p.revents & POLLIN;
}

/* A callback may free any watch, so begin anew after each. */
static void
serve_watches(struct fakehost *h)
{
  const uint32_t round = ++h->round;
  struct vsc_watch *w = h->watches;
  while (w) {
    if (w->round == round) {
      w = w->next;
      continue;
    }
    w->round = round;
    if (w->cb && w->events & VSC_FD_READ && is_readable(h, w->fd)) {
      w->cb(w->arg, VSC_FD_READ);
      serve_main(h);
      w = h->watches;
    }
  }
}

static struct vsc_timer *
earliest(struct fakehost *h)
{
  struct vsc_timer *first = NULL;
  for (struct vsc_timer *t = h->timers; t; t = t->next) {
    if (!first || t->due < first->due) {
      first = t;
    }
  }
  return first;
}

void
fakehost_advance(struct fakehost *h, vsc_ns by)
{
  const vsc_ns until = h->now + by;
  serve_main(h);
  serve_watches(h);
  for (int calls = 0;; calls++) {
    struct vsc_timer *const t = earliest(h);
    if (!t || t->due > until) {
      break;
    }
    if (calls == STORM) {
      fakehost_complain(h, "sets timers without end");
      break;
    }
    h->now = t->due > h->now ? t->due : h->now;
    t->due = t->period > 0 ? h->now + t->period : INT64_MAX;
    if (t->cb) {
      t->cb(t->arg);
    }
    serve_main(h);
    serve_watches(h);
  }
  h->now = until;
}

const char *
fakehost_said(struct fakehost *h)
{
  log_drain(h->log);
  return h->said[0] ? h->said : NULL;
}

const char *
fakehost_misuse(struct fakehost *h)
{
  for (const struct guard *b = h->blocks; b; b = b->next) {
    if (!guard_is_intact(b)) {
      fakehost_complain(h, "writes outside of memory it got from alloc");
    }
  }
  return h->misuse[0] ? h->misuse : NULL;
}

const char *
fakehost_left(const struct fakehost *h)
{
  for (size_t i = 0; i < FAKEHOST_SOCKETS; i++) {
    if (h->sockets[i]) {
      return "a socket is still open";
    }
  }
  return h->timers    ? "a timer is still set"
         : h->watches ? "a file descriptor is still watched"
                      : NULL;
}
