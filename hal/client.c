/* client.c - opens and closes the device of a running engine.
   SPDX-License-Identifier: MIT */
#include "client_state.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "convert.h"
#include "folder.h"
#include "platform.h"

#define ERROR_BYTES 320
#define OPEN_TIMEOUT_NS INT64_C(2000000000)
#define OPEN_STEP_NS INT64_C(10000000)
#define GRANT_STEP_NS INT64_C(1000000)

static _Thread_local char last_error[ERROR_BYTES];

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

static const char *
instance_name(const char *wish)
{
  const char *const env = getenv("AES67_INSTANCE");
  return wish && *wish ? wish : env && *env ? env : "default";
}

/* The region of one folder. Its owner must be the folder's, or root's: a name
   in shared memory can be taken by anybody. */
static vsc_status
open_in(const char *dir,
        const char *instance,
        struct region *out,
        char *why,
        size_t why_bytes)
{
  uint32_t owner = 0;
  vsc_status status = folder_check(dir, &owner, why, why_bytes);
  if (status != VSC_OK) {
    return status;
  }
  char rx[REGION_NAME_BYTES];
  char tx[REGION_NAME_BYTES];
  region_names(owner, dir, instance, rx, tx);
  status = region_open(rx, tx, out, why, why_bytes);
  if (status == VSC_OK && out->owner != owner && out->owner != 0) {
    snprintf(why,
             why_bytes,
             "shared memory \"%s\" belongs to user %lu, not to the engine's",
             rx,
             (unsigned long)out->owner);
    region_close(out, false);
    status = VSC_ERR_REFUSED;
  }
  return status;
}

/* The first folder that has the instance; what went wrong with a device that is
   there is worth more to know than where there is none. */
static vsc_status
find_region(const char *runtime_dir, const char *instance, struct region *out)
{
  char dirs[FOLDERS][FOLDER_BYTES];
  const unsigned count = folder_candidates(runtime_dir, dirs);
  vsc_status worst = VSC_ERR_NOT_FOUND;
  char why[ERROR_BYTES];
  client_fail(worst,
              "no engine runs as instance \"%s\": start it with aes67 run",
              instance);
  for (unsigned i = 0; i < count; i++) {
    const vsc_status status = open_in(dirs[i], instance, out, why, sizeof why);
    if (status == VSC_OK) {
      return VSC_OK;
    }
    if (status != VSC_ERR_NOT_FOUND && worst == VSC_ERR_NOT_FOUND) {
      worst = client_fail(status, "%s", why);
    }
  }
  return worst;
}

static void
copy_info(const struct region *r, vsc_client_info *out)
{
  const struct region_geometry *const g = &r->geometry;
  const vsc_client_info info = {
    .size = out->size,
    .rate = g->rate,
    .inputs = g->inputs,
    .outputs = g->outputs,
    .buffer = g->buffer,
    .frames_min = 16,
    .frames_max = g->ring / 8,
    .is_shared = g->lanes > 0,
    .ring = g->ring,
    .wake = g->wake,
    .input_latency = g->s_in,
    .output_latency = g->s_out,
    .engine_pid = r->rx->engine_pid,
  };
  memcpy(out, &info, out->size < sizeof info ? out->size : sizeof info);
}

vsc_status
vsc_client_query(const char *instance,
                 const char *runtime_dir,
                 vsc_client_info *out)
{
  struct region region;
  const vsc_status status =
    find_region(runtime_dir, instance_name(instance), &region);
  if (status == VSC_OK) {
    copy_info(&region, out);
    region_close(&region, false);
  }
  return status;
}

void
vsc_client_describe(const vsc_client *client, vsc_client_info *out)
{
  copy_info(&client->region, out);
}

/* Does an engine serve it now, and is there a clock? */
static bool
is_served(const struct client_host *host, const struct region *r)
{
  vsc_clock_view view;
  const vsc_ns age =
    host->now() - atomic_load_explicit(&r->rx->heartbeat, memory_order_relaxed);
  return atomic_load_explicit(&r->rx->state, memory_order_acquire) ==
           REGION_RUNNING &&
         age < CLIENT_AWAY_NS && clockpage_read(&r->rx->clock, &view);
}

/* Map the device, waiting for an engine until DEADLINE. */
static vsc_status
wait_for_region(struct vsc_client *c, const char *dir, vsc_ns deadline)
{
  for (;;) {
    vsc_status status = find_region(dir, c->instance, &c->region);
    if (status == VSC_OK) {
      if (is_served(c->host, &c->region)) {
        return VSC_OK;
      }
      region_close(&c->region, false);
      status = client_fail(
        VSC_ERR_NOT_FOUND,
        "the engine of instance \"%s\" is not running: start it with aes67 run",
        c->instance);
    }
    /* These two do not mend themselves. */
    if (status == VSC_ERR_REFUSED || status == VSC_ERR_UNSUPPORTED ||
        c->host->now() >= deadline) {
      return status;
    }
    c->host->sleep(OPEN_STEP_NS);
  }
}

static bool
fits(uint32_t first, uint32_t count, uint32_t channels)
{
  return count <= channels && first <= channels - count;
}

static vsc_status
check_channels(const struct vsc_client *c)
{
  const struct region_geometry *const g = &c->region.geometry;
  const bool inputs_fit = fits(c->first_in, c->inputs, g->inputs);
  if (inputs_fit && fits(c->first_out, c->outputs, g->outputs)) {
    return VSC_OK;
  }
  const uint64_t first = inputs_fit ? c->first_out : c->first_in;
  const uint64_t count = inputs_fit ? c->outputs : c->inputs;
  return client_fail(VSC_ERR_REFUSED,
                     "%s %llu-%llu asked for, the device has %u",
                     inputs_fit ? "output channels" : "input channels",
                     (unsigned long long)(first + 1),
                     (unsigned long long)(first + count),
                     inputs_fit ? g->outputs : g->inputs);
}

static vsc_status
attach(struct vsc_client *c, vsc_ns deadline)
{
  vsc_status status = client_ask(c);
  while (status == VSC_OK) {
    status = client_answer(c);
    if (status != VSC_ERR_AGAIN) {
      break;
    }
    if (c->host->now() >= deadline) {
      return client_fail(VSC_ERR_AGAIN,
                         "the engine of instance \"%s\" did not answer in time",
                         c->instance);
    }
    c->host->sleep(GRANT_STEP_NS);
    status = VSC_OK;
  }
  return status;
}

static vsc_status
set_up(struct vsc_client *c, const vsc_client_config *config)
{
  const vsc_ns timeout =
    config->timeout_ns > 0 ? config->timeout_ns : OPEN_TIMEOUT_NS;
  const vsc_ns deadline = c->host->now() + timeout;
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
  c->in_step = (size_t)config->inputs * sample_bytes;
  c->out_step = (size_t)config->outputs * sample_bytes;
  snprintf(
    c->instance, sizeof c->instance, "%s", instance_name(config->instance));
  if (config->app) {
    snprintf(c->app, sizeof c->app, "%s", config->app);
  } else {
    platform_process_name(c->app, sizeof c->app);
  }
  vsc_status status = wait_for_region(c, config->runtime_dir, deadline);
  if (status == VSC_OK) {
    status = check_channels(c);
  }
  if (status == VSC_OK) {
    const struct region_rx *const rx = c->region.rx;
    for (uint32_t i = 0; i < VSC_CHANNELS_MAX; i++) {
      c->input_is_raw[i] = rx->input_is_raw[i] != 0;
      c->output_is_raw[i] = rx->output_is_raw[i] != 0;
    }
    status = attach(c, deadline);
  }
  return status;
}

vsc_status
client_open(const vsc_client_config *config,
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
    vsc_client_close(c);
    return status;
  }
  *out = c;
  return VSC_OK;
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
    client_leave(client);
    region_close(&client->region, false);
    free(client);
  }
}
