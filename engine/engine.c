/* engine.c - the life of an engine: made from a configuration, ticking, ended.
   SPDX-License-Identifier: MIT */
#include "engine.h"

#include "bridges.h"
#include "conflicts.h"
#include "guest.h"
#include "log.h"
#include "loopbacks.h"
#include "room.h"
#include "stream.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Nobody attached: look for the doorbell 10 times a second. Somebody attached:
   a client that dies gives its channels back within 100 ms. */
#define TICK_IDLE 100000000
#define TICK_ATTACHED 50000000
#define SECOND 1000000000

static void
publish_view(void *arg, const vsc_clock_view *view)
{
  struct engine *const e = arg;
  if (view->state != e->view.state || view->generation != e->view.generation ||
      e->view_since == 0) {
    e->view_since = e->setup.os->now(e->setup.os);
  }
  const size_t size = view->size < sizeof e->view ? view->size : sizeof e->view;
  memcpy(&e->view, view, size);
  e->view.size = sizeof e->view;
  device_set_clock(e->device, &e->view);
  guests_set_clock(e);
}

static vsc_status
start_clock(struct engine *e, char *why, size_t why_bytes)
{
  struct profile *const p = e->config->profile;
  const vsc_status status = instance_create(&e->services,
                                            e->config->clock_module,
                                            VSC_KIND_CLOCK,
                                            "clock",
                                            p,
                                            profile_section(p, "clock", ""),
                                            &e->clock,
                                            why,
                                            why_bytes);
  if (status < 0) {
    return status;
  }
  e->clock_ops = e->clock->module->ops;
  if (*e->config->clock_follow &&
      !(VSC_HAS(e->clock_ops, vsc_clock_ops, follow) && e->clock_ops->follow)) {
    snprintf(
      why,
      why_bytes,
      "clock module \"%s\" goes by no stream: leave clock.follow out, or "
      "set clock.module = clock-ptp",
      e->config->clock_module);
    instance_destroy(e->clock);
    e->clock = NULL;
    return VSC_ERR_UNSUPPORTED;
  }
  const vsc_clock_sink sink = { .size = sizeof sink,
                                .arg = e,
                                .publish = publish_view };
  const vsc_status started = e->clock_ops->start(e->clock->self, &sink);
  if (started < 0) {
    snprintf(why,
             why_bytes,
             "clock module \"%s\" did not start (status %d)",
             e->config->clock_module,
             started);
    instance_destroy(e->clock);
    e->clock = NULL;
  }
  return started;
}

static vsc_status
start_device(struct engine *e, char *why, size_t why_bytes)
{
  const struct device_config device = {
    .runtime_dir = e->setup.runtime_dir,
    .instance = e->setup.instance,
    .geometry = e->config->geometry,
    .admit = loopbacks_admit,
    .admit_arg = e,
    .group = e->config->has_group ? &e->config->group : NULL,
    .change_rate = e->setup.change_rate,
    .change_rate_arg = e->setup.change_rate_arg,
  };
  const vsc_status status = device_create(&device, &e->device, why, why_bytes);
  if (status < 0) {
    return status;
  }
  const unsigned stale = region_clear_stale();
  if (stale > 0) {
    log_write(e->setup.log,
              VSC_LOG_INFO,
              "device",
              "removed the shared memory of %u engines that were killed",
              stale);
  }
  e->region = device_region(e->device);
  e->services = (struct services){
    .log = e->setup.log,
    .loop = e->setup.loop,
    .os = e->setup.os,
    .clock = &e->region->rx->clock,
    .loader = e->setup.loader,
  };
  e->secondary = e->services;
  e->secondary.os = e->setup.secondary;
  audio_init(&e->audio, e->setup.os, e->device);
  return VSC_OK;
}

/* What the stream that the clock may go by says of time. */
static void
feed_clock(const struct engine *e)
{
  const char *const name = e->config->clock_follow;
  const struct stream *s = *name ? e->streams : NULL;
  while (s && (s->config.is_send || strcmp(s->name, name) != 0)) {
    s = s->next; /* a sender may have the same name */
  }
  vsc_clock_view view = { .size = sizeof view };
  if (s && clockpage_read(&s->counts->sender.page, &view)) {
    e->clock_ops->follow(e->clock->self, &view);
  }
}

static void
serve_instances(struct engine *e)
{
  instance_serve(e->clock);
  for (unsigned i = 0; i < CONFIG_DISCOVERIES; i++) {
    if (e->discoveries[i]) {
      instance_serve(e->discoveries[i]);
    }
  }
  for (struct transport *t = e->transports; t; t = t->next) {
    instance_serve(t->instance);
  }
  for (struct stream *s = e->streams; s; s = s->next) {
    if (s->codec) {
      instance_serve(s->codec);
    }
    if (s->resampler) {
      instance_serve(s->resampler);
    }
  }
}

static void
on_tick(void *arg)
{
  engine_tick(arg);
}

/* The tick is slow while nobody is attached. The first is at once: applications
   that lost an engine, or wait for one, ask as soon as its heart has beaten. */
static void
set_tick(struct engine *e)
{
  const vsc_ns period = e->is_running ? TICK_ATTACHED : TICK_IDLE;
  if (period == e->tick_period) {
    return;
  }
  loop_untimer(e->setup.loop, e->tick);
  const vsc_ns first = e->tick_period ? period : 0;
  e->tick_period = period;
  e->tick = loop_timer(
    e->setup.loop, e->setup.os->now(e->setup.os) + first, period, on_tick, e);
}

void
engine_tick(struct engine *e)
{
  const vsc_ns now = e->setup.os->now(e->setup.os);
  const bool has_changed = device_poll(e->device, now);
  guests_tick(e);
  bool has_retry = false;
  for (struct stream *s = e->streams; s; s = s->next) {
    has_retry |= s->retry_at != 0 && now >= s->retry_at;
  }
  if (has_changed || has_retry) {
    streams_arrange(e);
  }
  loopbacks_watch(e);
  bridges_tick(e);
  streams_collect(e);
  publish_senders(e);
  serve_instances(e);
  feed_clock(e);
  hearing_tick(e);
  proving_tick(e);
  if (now >= e->second_at) {
    e->second_at = now + SECOND;
    hearing_second(e);
    conflicts_second(e);
    loopbacks_second(e);
    room_tell(e);
  }
  log_drain(e->setup.log);
  set_tick(e);
}

vsc_status
engine_create(const struct engine_setup *setup,
              struct config *config,
              struct engine **out,
              char *why,
              size_t why_bytes)
{
  struct engine *const e = calloc(1, sizeof *e);
  if (!e) {
    config_destroy(config);
    snprintf(why, why_bytes, "no memory for an engine");
    return VSC_ERR_NOMEM;
  }
  e->setup = *setup;
  e->config = config;
  e->scheduling.scheduling = "normal";
  e->started_at = setup->os->now(setup->os);
  vsc_status status = start_device(e, why, why_bytes);
  if (status >= 0) {
    status = start_clock(e, why, why_bytes);
  }
  if (status < 0) {
    engine_destroy(e);
    return status;
  }
  sessions_start(e);
  streams_reconcile(e, config);
  bridges_reconcile(e, config);
  room_start(e);
  device_set_state(e->device, REGION_RUNNING);
  set_tick(e);
  *out = e;
  return VSC_OK;
}

void
engine_destroy(struct engine *e)
{
  if (!e) {
    return;
  }
  loop_untimer(e->setup.loop, e->tick);
  bridges_destroy(e);
  room_stop(e);
  if (e->region) {
    streams_destroy(e);
  }
  sessions_stop(e);
  if (e->clock) {
    e->clock_ops->stop(e->clock->self);
    instance_destroy(e->clock);
  }
  device_destroy(e->device);
  config_destroy(e->config);
  log_drain(e->setup.log);
  free(e);
}

void
engine_link_changed(struct engine *e, bool is_up)
{
  /* The back-end re-asserts memberships itself; what could not be opened may
     open now. */
  for (struct stream *s = e->streams; is_up && s; s = s->next) {
    s->retry_at = 0;
  }
  streams_arrange(e);
}

/* Nothing but streams may differ; text of the other sections decides. */
static bool
needs_restart(const struct config *a, const struct config *b)
{
  if (memcmp(&a->geometry, &b->geometry, sizeof a->geometry) != 0 ||
      strcmp(a->clock_module, b->clock_module) != 0 ||
      strcmp(a->device.group, b->device.group) != 0 ||
      strcmp(a->engine.interface, b->engine.interface) != 0 ||
      strcmp(a->engine.interface_secondary, b->engine.interface_secondary) !=
        0) {
    return true;
  }
  static const char *const roles[] = {
    "clock", "discovery", "transport", "codec", "resampler"
  };
  for (unsigned r = 0; r < 5; r++) {
    char *const x = config_role_text(a, roles[r]);
    char *const y = config_role_text(b, roles[r]);
    const bool differs = !x || !y || strcmp(x, y) != 0;
    free(x);
    free(y);
    if (differs) {
      return true;
    }
  }
  return false;
}

vsc_status
engine_check(struct engine *e,
             const struct config *config,
             char *why,
             size_t why_bytes)
{
  vsc_status status = VSC_OK;
  for (unsigned i = 0; status >= 0 && i < config->stream_count; i++) {
    status = stream_check(
      e, &config->streams[i].config, config->geometry.rate, why, why_bytes);
  }
  return status;
}

vsc_status
engine_reconfigure(struct engine *e, struct config *config)
{
  if (needs_restart(e->config, config)) {
    return VSC_ERR_UNSUPPORTED;
  }
  log_set_level(e->setup.log, config->engine.log_level);
  streams_reconcile(e, config);
  bridges_reconcile(e, config);
  config_destroy(e->config);
  e->config = config;
  room_start(e);
  return VSC_OK;
}
