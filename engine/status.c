/* status.c - what the engine tells: the objects of INTERFACE.md.
   SPDX-License-Identifier: MIT */
#include "engine.h"

#include "bridges.h"
#include "hal/label.h"
#include "log.h"
#include "loopbacks.h"
#include "modules/shared/clock_id.h"
#include "option.h"
#include "status_stream.h"

#include <stdio.h>
#include <string.h>
#include <vsc/position.h>

static const char *const clock_states[] = { "free",
                                            "locking",
                                            "locked",
                                            "holdover",
                                            "master" };
static const char *const qualities[] = { "none",
                                         "poor",
                                         "fair",
                                         "good",
                                         "excellent" };
static const char *const stamps[] = { "none", "software", "hardware" };
static const char *const stream_states[] = { "waiting", "playing",  "degraded",
                                             "silent",  "conflict", "refused" };

const char *
status_word(enum stream_state state)
{
  return stream_states[state];
}

const char *
status_clock_word(uint32_t state)
{
  return clock_states[state < 5 ? state : 0];
}

void
status_clock_report(const struct engine *e, vsc_clock_report *out)
{
  vsc_clock_report told = { .size = sizeof told };
  if (e->clock_ops->report) {
    e->clock_ops->report(e->clock->self, &told);
  }
  *out = told;
  told.diagnosis[sizeof told.diagnosis - 1] = '\0';
  told.goes_by[sizeof told.goes_by - 1] = '\0';
  label_clean(told.diagnosis, out->diagnosis, sizeof out->diagnosis);
  label_clean(told.goes_by, out->goes_by, sizeof out->goes_by);
}

static json_t *
clock_json(struct engine *e)
{
  vsc_clock_report report;
  status_clock_report(e, &report);
  const vsc_clock_view *const v = &e->view;
  static const uint8_t none[CLOCK_ID_BYTES];
  char id[CLOCK_ID_TEXT] = "";
  if (memcmp(v->grandmaster, none, sizeof none) != 0) {
    clock_id_text(v->grandmaster, CLOCK_ID_BYTES, id);
  }
  const vsc_ns since = e->view_since ? e->view_since : e->started_at;
  const unsigned quality = report.quality < 5 ? report.quality : 0;
  return json_pack(
    "{s:s, s:s, s:i, s:s, s:i, s:I, s:I, s:I, s:I, s:I, s:s, s:s, s:I, s:s, "
    "s:i, s:s, s:s}",
    "module",
    loaded_name(e->clock->loaded),
    "state",
    status_clock_word(v->state),
    "domain",
    (int)v->domain,
    "grandmaster",
    id,
    "priority1",
    (int)report.priority1,
    "offset_ns",
    (json_int_t)report.offset_ns,
    "jitter_ns",
    (json_int_t)report.jitter_ns,
    "path_delay_ns",
    (json_int_t)report.path_delay_ns,
    "rate_ppb",
    (json_int_t)((v->rate - 1.0) * 1e9),
    "error_ns",
    (json_int_t)v->error_ns,
    "quality",
    qualities[quality],
    "stamps",
    stamps[report.stamps < 3 ? report.stamps : 0],
    "since_s",
    (json_int_t)((e->setup.os->now(e->setup.os) - since) / VSC_SECOND),
    "diagnosis",
    report.diagnosis,
    "generation",
    (int)v->generation,
    "goes_by",
    report.goes_by,
    "follow",
    e->config->clock_follow);
}

static void
range(char *out, size_t bytes, uint32_t first, uint32_t count)
{
  if (count == 0) {
    out[0] = '\0';
  } else {
    snprintf(out, bytes, "%u-%u", first + 1, first + count);
  }
}

static json_t *
clients_json(const struct engine *e, uint64_t *xruns)
{
  json_t *const list = json_array();
  struct device_client c;
  unsigned cursor = 0;
  const vsc_ns now = e->setup.os->now(e->setup.os);
  while (device_next_client(e->device, &cursor, &c)) {
    char reads[24];
    char writes[24];
    range(reads, sizeof reads, c.first_in, c.inputs);
    range(writes, sizeof writes, c.first_out, c.outputs);
    *xruns += c.xruns + c.underruns;
    json_array_append_new(
      list,
      json_pack(
        "{s:i, s:s, s:b, s:s, s:s, s:i, s:I, s:I, s:I, s:I, s:I, s:I}",
        "pid",
        (int)c.pid,
        "app",
        c.app,
        "is_started",
        c.is_started,
        "reads",
        reads,
        "writes",
        writes,
        "lane",
        (int)c.lane,
        "fill_frames",
        (json_int_t)c.fill_frames,
        "overruns",
        (json_int_t)c.overruns,
        "underruns",
        (json_int_t)c.underruns,
        "last_write_ago_ms",
        (json_int_t)(c.last_write ? (now - c.last_write) / 1000000 : -1),
        "xruns",
        (json_int_t)c.xruns,
        "late_frames",
        (json_int_t)c.late_frames));
  }
  return list;
}

static double
cpu_percent(const struct engine *e)
{
  const vsc_ns up = e->setup.os->now(e->setup.os) - e->started_at;
  return e->thread && up > 0
           ? 100.0 * (double)rtthread_cpu_ns(e->thread) / (double)up
           : 0.0;
}

/* What applications see, in order. */
static json_t *
labels_json(const struct label *labels, uint32_t count)
{
  json_t *const list = json_array();
  for (uint32_t i = 0; i < count && i < VSC_CHANNELS_MAX; i++) {
    char name[LABEL_BYTES];
    label_read(&labels[i], name);
    json_array_append_new(list, json_string(name));
  }
  return list;
}

static bool
is_bad(enum stream_state state)
{
  return state == STREAM_REFUSED || state == STREAM_SILENT ||
         state == STREAM_DEGRADED || state == STREAM_CONFLICT;
}

const char *
status_engine_word(const struct engine *e)
{
  bool is_degraded = bridges_have_failed(e);
  for (const struct stream *s = e->streams; s; s = s->next) {
    is_degraded |= is_bad(stream_state(e, s));
  }
  for (const struct loopback *l = e->loopbacks; l; l = l->next) {
    is_degraded |= is_bad(loopback_state(e, l));
  }
  return is_degraded ? "degraded" : "running";
}

/* IS_WHOLE: with how figures are spread. */
static json_t *
all_json(struct engine *e, bool is_whole)
{
  json_t *const receivers = json_array();
  json_t *const senders = json_array();
  for (const struct stream *s = e->streams; s; s = s->next) {
    if (s->config.is_send) {
      json_array_append_new(senders, status_sender_json(e, s, is_whole));
    } else {
      json_array_append_new(receivers, status_receiver_json(e, s, is_whole));
    }
  }
  uint64_t xruns = 0;
  json_t *const clients = clients_json(e, &xruns);
  const struct region_geometry *const g = &e->region->geometry;
  const struct region_names *const names = &e->region->rx->names;
  return json_pack(
    "{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:b, s:s, s:f, s:o, s:{s:i, s:i, s:i, "
    "s:i, s:i, s:i, s:s, s:I, s:I, s:o, s:o}, s:o, "
    "s:o, s:o, s:o, s:o}",
    "schema",
    "vsc.status/1",
    "instance",
    e->setup.instance,
    "profile",
    e->config->profile_name,
    "state",
    status_engine_word(e),
    "interface",
    e->setup.interface ? e->setup.interface->name : "",
    "interface_secondary",
    e->setup.secondary ? e->config->engine.interface_secondary : "",
    "stats_address",
    e->config->engine.stats_address,
    "is_active",
    e->is_running,
    "scheduling",
    e->scheduling.scheduling,
    "cpu_percent",
    cpu_percent(e),
    "clock",
    clock_json(e),
    "device",
    "rate",
    (int)g->rate,
    "inputs",
    (int)g->inputs,
    "outputs",
    (int)g->outputs,
    "buffer",
    (int)g->buffer,
    "input_latency",
    (int)g->s_in,
    "output_latency",
    (int)g->s_out,
    "share",
    g->lanes ? "mix" : "own",
    "xruns",
    (json_int_t)xruns,
    "saturated",
    (json_int_t)status_get(&e->audio.mix->saturated),
    "input_names",
    labels_json(names->inputs, g->inputs),
    "output_names",
    labels_json(names->outputs, g->outputs),
    "clients",
    clients,
    "receivers",
    receivers,
    "senders",
    senders,
    "loopbacks",
    loopbacks_json(e),
    "bridges",
    bridges_json(e));
}

static json_t *
counters_json(const struct instance *i)
{
  json_t *const j = json_object();
  for (const struct vsc_counter *c = i->counters; c; c = c->next) {
    json_object_set_new(j, c->name, status_whole(status_get(&c->value)));
  }
  return j;
}

json_t *
status_json(struct engine *e)
{
  return all_json(e, false);
}

json_t *
stats_json(struct engine *e)
{
  json_t *const j = all_json(e, true);
  json_object_set_new(j, "schema", json_string("vsc.stats/1"));
  json_t *const modules = json_object();
  json_object_set_new(modules, "clock", counters_json(e->clock));
  for (const struct transport *t = e->transports; t; t = t->next) {
    json_object_set_new(modules, t->instance->name, counters_json(t->instance));
  }
  for (unsigned i = 0; i < e->config->discovery_count; i++) {
    if (e->discoveries[i]) {
      json_object_set_new(modules,
                          e->config->discoveries[i].name,
                          counters_json(e->discoveries[i]));
    }
  }
  json_object_set_new(j, "modules", modules);
  json_object_set_new(
    j,
    "audio",
    json_pack("{s:I, s:I, s:I, s:o, s:I}",
              "wakes",
              (json_int_t)status_get(&e->audio.wakes),
              "missed",
              (json_int_t)status_get(&e->audio.missed),
              "clock_steps",
              (json_int_t)status_get(&e->audio.steps),
              "lateness_ns",
              status_histogram_json(&e->audio.lateness, 0, true),
              "log_dropped",
              (json_int_t)log_dropped(e->setup.log)));
  return j;
}
