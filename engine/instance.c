/* instance.c - making a module work: memory, options, and the host services.
   SPDX-License-Identifier: MIT */
#include "instance.h"

#include "log.h"
#include "loop.h"
#include "option.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct instance *
of(const vsc_host *h) VSC_RT
{
  return h->instance;
}

static void
host_log(const vsc_host *h, int level, const char *fmt, ...) VSC_RT
{
  va_list args;
  va_start(args, fmt);
  log_vwrite(of(h)->services->log, level, of(h)->name, fmt, args);
  va_end(args);
}

static void *
host_alloc(const vsc_host *h, size_t bytes)
{
  return arena_alloc(of(h)->current, bytes);
}

static vsc_ns
host_now(const vsc_host *h) VSC_RT
{
  const struct os *const os = of(h)->services->os;
  return os->now(os);
}

static vsc_status
host_system_clock(const vsc_host *h,
                  vsc_ns *host,
                  int64_t *tai_ns,
                  int32_t *utc_offset)
{
  const struct os *const os = of(h)->services->os;
  return os->system_clock(os, host, tai_ns, utc_offset);
}

static void
host_clock_read(const vsc_host *h, vsc_clock_view *out) VSC_RT
{
  vsc_clock_view view = { .size = sizeof view, .rate = 1.0 };
  clockpage_read(of(h)->services->clock, &view);
  const uint32_t size = out->size < sizeof view ? out->size : sizeof view;
  memcpy(out, &view, size);
  out->size = size;
}

static vsc_counter *
host_counter(const vsc_host *h, const char *name)
{
  struct instance *const i = of(h);
  for (struct vsc_counter *c = i->counters; c; c = c->next) {
    if (strncmp(c->name, name, sizeof c->name - 1) == 0) {
      return c;
    }
  }
  struct vsc_counter *const c = arena_alloc(&i->arena, sizeof *c);
  if (!c) {
    return &i->spare;
  }
  snprintf(c->name, sizeof c->name, "%s", name);
  c->next = i->counters;
  i->counters = c;
  return c;
}

static void
host_count(vsc_counter *c, uint64_t n) VSC_RT
{
  atomic_fetch_add_explicit(&c->value, n, memory_order_relaxed);
}

static vsc_watch *
host_watch(const vsc_host *h,
           int fd,
           uint32_t events,
           void (*cb)(void *arg, uint32_t events),
           void *arg)
{
  return loop_watch(of(h)->services->loop, fd, events, cb, arg);
}

static void
host_unwatch(const vsc_host *h, vsc_watch *w)
{
  loop_unwatch(of(h)->services->loop, w);
}

static vsc_timer *
host_timer(const vsc_host *h,
           vsc_ns first,
           vsc_ns period,
           void (*cb)(void *arg),
           void *arg)
{
  return loop_timer(of(h)->services->loop, first, period, cb, arg);
}

static void
host_untimer(const vsc_host *h, vsc_timer *t)
{
  loop_untimer(of(h)->services->loop, t);
}

static void
host_request_main(const vsc_host *h) VSC_RT
{
  atomic_store_explicit(&of(h)->wants_main, 1, memory_order_release);
}

static const void *
host_extension(const vsc_host *h, const char *id)
{
  (void)h;
  (void)id;
  return NULL;
}

static void
make_host(struct instance *i)
{
  i->host = (vsc_host){
    .size = sizeof i->host,
    .abi_major = VSC_ABI_MAJOR,
    .abi_minor = VSC_ABI_MINOR,
    .instance = i,
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
    .net = &i->services->os->net,
    .extension = host_extension,
  };
}

static vsc_status
fill_options(struct instance *i,
             struct profile *profile,
             struct profile_section *section,
             char *why,
             size_t why_bytes)
{
  const vsc_option *const rows = i->module->options;
  if (!rows) {
    return VSC_OK;
  }
  option_defaults(rows, i->self);
  if (profile && section &&
      profile_apply(profile, section, rows, i->self) < 0) {
    return VSC_ERR_INVALID;
  }
  /* The profile may go while the instance lives. */
  for (const vsc_option *row = rows; row->key; row++) {
    const char *text = NULL;
    char *const field = (char *)i->self + row->offset;
    if (row->type == VSC_OPT_STRING) {
      memcpy(&text, field, sizeof text);
    }
    char *const mine = text ? arena_alloc(&i->arena, strlen(text) + 1) : NULL;
    if (mine) {
      strcpy(mine, text);
      memcpy(field, &mine, sizeof text);
    }
  }
  for (const vsc_option *row = rows; row->key; row++) {
    if (!row->fallback && !profile_entry(section, row->key)) {
      snprintf(why,
               why_bytes,
               "\"%s\" needs the key \"%s\": %s",
               i->name,
               row->key,
               row->help);
      return VSC_ERR_INVALID;
    }
  }
  return VSC_OK;
}

vsc_status
instance_create(const struct services *services,
                const char *module,
                int kind,
                const char *name,
                struct profile *profile,
                struct profile_section *section,
                struct instance **out,
                char *why,
                size_t why_bytes)
{
  why[0] = '\0';
  struct instance *const i = calloc(1, sizeof *i);
  if (!i) {
    snprintf(why, why_bytes, "no memory for \"%s\"", name);
    return VSC_ERR_NOMEM;
  }
  i->services = services;
  i->current = &i->arena;
  i->arena.is_for_main = kind == VSC_KIND_DISCOVERY;
  snprintf(i->name, sizeof i->name, "%s", name);
  vsc_status status =
    loader_load(services->loader, module, kind, &i->loaded, why, why_bytes);
  if (status < 0) {
    instance_destroy(i);
    return status;
  }
  i->module = loaded_module(i->loaded);
  i->self = arena_alloc(
    &i->arena, i->module->instance_size ? i->module->instance_size : 1);
  make_host(i);
  if (!i->self) {
    snprintf(why,
             why_bytes,
             "no memory for an instance of \"%s\": %u bytes",
             module,
             i->module->instance_size);
    status = VSC_ERR_NOMEM;
  } else {
    status = fill_options(i, profile, section, why, why_bytes);
  }
  if (status >= 0 && i->module->init) {
    i->has_init = 1;
    status = i->module->init(i->self, &i->host);
    if (status < 0) {
      snprintf(why,
               why_bytes,
               "%s: does not start (status %d): its own words are in the log; "
               "see aes67 module check",
               loaded_path(i->loaded),
               status);
    }
  }
  if (status < 0) {
    instance_destroy(i);
    return status;
  }
  i->has_init = 1;
  *out = i;
  return VSC_OK;
}

void
instance_destroy(struct instance *i)
{
  if (!i) {
    return;
  }
  if (i->has_init && i->module->fini) {
    i->module->fini(i->self);
  }
  if (i->loaded) {
    loader_unload(i->services->loader, i->loaded);
  }
  arena_free(&i->arena);
  free(i);
}

void
instance_serve(struct instance *i)
{
  if (atomic_exchange_explicit(&i->wants_main, 0, memory_order_acquire) &&
      i->module->on_main) {
    i->module->on_main(i->self);
  }
}
