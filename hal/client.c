/* client.c - opens and closes the device of a running engine, and tells about
   it. SPDX-License-Identifier: MIT */
#include "client_audio.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "convert.h"
#include "platform.h"

#define OPEN_TIMEOUT_NS INT64_C(2000000000)

static _Thread_local char last_error[CLIENT_TEXT_BYTES];

vsc_status
client_fail(vsc_status status, const char *fmt, ...)
{
  va_list args;
  va_start(args, fmt);
  vsnprintf(last_error, sizeof last_error, fmt, args);
  va_end(args);
  return status;
}

const char *
vsc_client_error(void)
{
  return last_error;
}

/* An older caller's struct is shorter. */
static void
tell(vsc_client_info *out, vsc_client_info info)
{
  info.size = out->size;
  memcpy(out, &info, out->size < sizeof info ? out->size : sizeof info);
}

vsc_status
vsc_client_query(const char *instance,
                 const char *runtime_dir,
                 vsc_client_info *out)
{
  struct region region;
  struct place place;
  place_init(&place, instance, runtime_dir);
  const vsc_status status = place_find(&place, &region);
  if (status == VSC_OK) {
    tell(out, client_info_of(&region, 0));
    region_close(&region, false);
  }
  return status;
}

void
vsc_client_describe(const vsc_client *client, vsc_client_info *out)
{
  vsc_client_info info = client->info;
  info.engine_pid =
    atomic_load_explicit(&client->engine_pid, memory_order_relaxed);
  tell(out, info);
}

void
vsc_client_channel_name(const vsc_client *client,
                        int is_input,
                        uint32_t channel,
                        char *out,
                        size_t bytes)
{
  char name[LABEL_BYTES] = "";
  platform_lock_take(client->lock);
  const struct lease *const l =
    atomic_load_explicit(&client->given, memory_order_relaxed);
  const struct region_geometry *const g = &l->region.geometry;
  if (channel < (is_input ? g->inputs : g->outputs)) {
    const struct region_names *const names = &l->region.rx->names;
    label_read(is_input ? &names->inputs[channel] : &names->outputs[channel],
               name);
  }
  platform_lock_give(client->lock);
  label_clean(name, out, bytes);
}

vsc_ns
vsc_client_names_changed(const vsc_client *client)
{
  platform_lock_take(client->lock);
  const struct lease *const l =
    atomic_load_explicit(&client->given, memory_order_relaxed);
  /* acquire: the names are at least as new as it says */
  const vsc_ns changed =
    atomic_load_explicit(&l->region.rx->names.changed, memory_order_acquire);
  platform_lock_give(client->lock);
  return changed;
}

/* Attach, waiting for the engine until DEADLINE. */
static vsc_status
attach(struct vsc_client *c, vsc_ns deadline)
{
  for (;;) {
    const vsc_status status = client_tend(c);
    /* What was refused does not mend itself. */
    if (status == VSC_OK || status == VSC_ERR_REFUSED ||
        status == VSC_ERR_UNSUPPORTED) {
      return status;
    }
    if (c->host->now() >= deadline) {
      return c->tender.stage == TEND_LOOK
               ? status
               : client_fail(VSC_ERR_AGAIN,
                             "the engine of instance \"%s\" did not %s in time",
                             c->place.instance,
                             c->tender.stage == TEND_ASKED ? "answer"
                                                           : "change its rate");
    }
    c->host->sleep(client_tend_pause(c));
  }
}

/* What CONFIG asks for, but for the engine's answer. */
static vsc_status
set_up(struct vsc_client *c, const vsc_client_config *config)
{
  const uint32_t sample_bytes = convert_sample_bytes(config->sample);
  if (sample_bytes == 0) {
    return client_fail(VSC_ERR_INVALID, "unknown sample format");
  }
  if (config->inputs == 0 && config->outputs == 0) {
    return client_fail(VSC_ERR_INVALID, "neither inputs nor outputs asked for");
  }
  c->first_in = config->first_input;
  c->inputs = config->inputs;
  c->first_out = config->first_output;
  c->outputs = config->outputs;
  c->sample = config->sample;
  c->rate = config->rate;
  c->frames = config->frames;
  c->in_step = (size_t)config->inputs * sample_bytes;
  c->out_step = (size_t)config->outputs * sample_bytes;
  place_init(&c->place, config->instance, config->runtime_dir);
  if (config->app) {
    snprintf(c->app, sizeof c->app, "%s", config->app);
  } else {
    platform_process_name(c->app, sizeof c->app);
  }
  c->lock = platform_lock_create();
  return c->lock ? VSC_OK : client_fail(VSC_ERR_NOMEM, "no memory");
}

vsc_status
client_create(const vsc_client_config *config,
              const struct client_host *host,
              vsc_client **out)
{
  *out = NULL;
  if (!VSC_HAS(config, vsc_client_config, timeout_ns)) {
    return client_fail(VSC_ERR_INVALID, "vsc_client_config has no size");
  }
  struct vsc_client *const c = calloc(1, sizeof *c);
  if (!c) {
    return client_fail(VSC_ERR_NOMEM, "no memory");
  }
  c->host = host;
  const vsc_status status = set_up(c, config);
  if (status != VSC_OK) {
    client_destroy(c);
    return status;
  }
  *out = c;
  return VSC_OK;
}

void
client_destroy(vsc_client *c)
{
  if (c) {
    client_abandon(c);
    platform_lock_destroy(c->lock);
    free(c);
  }
}

vsc_status
client_open(const vsc_client_config *config,
            const struct client_host *host,
            vsc_client **out)
{
  vsc_status status = client_create(config, host, out);
  if (status != VSC_OK) {
    return status;
  }
  const vsc_ns timeout =
    config->timeout_ns > 0 ? config->timeout_ns : OPEN_TIMEOUT_NS;
  const bool may_be_away =
    VSC_HAS(config, vsc_client_config, may_be_away) && config->may_be_away;
  status = attach(*out, host->now() + timeout);
  if (status == VSC_ERR_NOT_FOUND && may_be_away) {
    status = client_hold(*out);
  }
  if (status == VSC_OK) {
    (void)client_look(*out);
  } else {
    client_destroy(*out);
    *out = NULL;
  }
  return status;
}

vsc_status
vsc_client_open(const vsc_client_config *config, vsc_client **out)
{
  static const struct client_host host = { .now = platform_now,
                                           .sleep = platform_sleep };
  return client_open(config, &host, out);
}

void
vsc_client_close(vsc_client *client)
{
  if (client) {
    (void)vsc_client_stop(client);
    client_destroy(client);
  }
}
