/* status.c - what the engine tells: the objects of INTERFACE.md.
   SPDX-License-Identifier: MIT */
#include "engine.h"

#include "bridges.h"
#include "control_text.h"
#include "guest.h"
#include "log.h"
#include "loopbacks.h"
#include "modules/shared/clock_id.h"
#include "option.h"

#include <stdio.h>
#include <string.h>
#include <vsc/position.h>

/* A sender that is followed is in step when it is off by no more. */
#define SLEW_NS 100000

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

static json_t *
whole(uint64_t n)
{
  return json_integer((json_int_t)n);
}

static uint64_t
get(const _Atomic uint64_t *c)
{
  return atomic_load_explicit(c, memory_order_relaxed);
}

void
status_clock_report(const struct engine *e, vsc_clock_report *out)
{
  *out = (vsc_clock_report){ .size = sizeof *out };
  if (e->clock_ops->report) {
    e->clock_ops->report(e->clock->self, out);
  }
  out->diagnosis[sizeof out->diagnosis - 1] = '\0';
  out->goes_by[sizeof out->goes_by - 1] = '\0';
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
  const vsc_ns now = e->setup.os->now(e->setup.os);
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
    (json_int_t)((now - e->view_since) / 1000000000),
    "diagnosis",
    report.diagnosis,
    "generation",
    (int)v->generation,
    "goes_by",
    report.goes_by,
    "follow",
    e->config->clock_follow);
}

static json_t *
histogram_json(const struct histogram *h, int is_worst_low)
{
  const json_int_t p50 = (json_int_t)histogram_quantile(h, 0.5);
  /* A margin's tail is its low end: 99 % of the packets had at least this. */
  const json_int_t p99 =
    (json_int_t)histogram_quantile(h, is_worst_low ? 0.01 : 0.99);
  json_t *const j = json_pack("{s:I, s:I}", "p50", p50, "p99", p99);
  json_object_set_new(
    j,
    is_worst_low ? "min" : "max",
    json_integer((json_int_t)atomic_load_explicit(
      is_worst_low ? &h->min : &h->max, memory_order_relaxed)));
  return j;
}

static json_t *
stream_json(const struct engine *e, const struct stream *s)
{
  const struct stream_config *const c = s->is_open ? &s->resolved : &s->config;
  char ip[16];
  char address[32];
  ip_format(c->desc.address, ip);
  snprintf(address, sizeof address, "%s:%u", ip, c->desc.port);
  const uint32_t seen =
    atomic_load_explicit(&s->counts->rx.seen_frames, memory_order_relaxed);
  const int64_t packet_ns = seen && seen != c->desc.format.frames_per_packet
                              ? vsc_tai_of(seen, c->desc.format.rate)
                              : c->desc.packet_time;
  json_t *const j = json_pack("{s:s, s:s, s:o, s:s, s:s, s:s, s:I}",
                              "name",
                              s->name,
                              "state",
                              status_word(stream_state(e, s)),
                              "reason",
                              control_text(stream_reason(e, s)),
                              "address",
                              address,
                              "channels",
                              c->channels,
                              "encoding",
                              c->desc.format.encoding,
                              "packet_time_ns",
                              (json_int_t)packet_ns);
  char map[1024];
  route_map_format(
    &s->map, c->desc.format.channels, c->is_send, map, sizeof map);
  json_object_set_new(j, "map", json_string(map));
  if (c->desc.format.rate != e->region->geometry.rate || c->follows) {
    json_object_set_new(j, "rate", whole(c->desc.format.rate));
    json_object_set_new(
      j, "resampler", json_string(c->resampler[0] ? c->resampler + 10 : ""));
    json_object_set_new(j, "realigned", whole(get(&s->counts->realigned)));
  }
  return j;
}

static const struct {
  const char *name;
  enum rx_counter counter;
} rx_names[] = {
  { "packets", RX_PACKETS },
  { "lost", RX_LOST },
  { "late", RX_LATE },
  { "skipped", RX_SKIPPED },
  { "early", RX_EARLY },
  { "duplicate", RX_DUPLICATE },
  { "reordered", RX_REORDERED },
  { "malformed", RX_MALFORMED },
  { "foreign", RX_FOREIGN },
  { "restarted", RX_RESTARTED },
  { "anchored", RX_ANCHORED },
  { "copies", RX_COPIES },
  { "played_frames", RX_PLAYED_FRAMES },
  { "lost_frames", RX_LOST_FRAMES },
  { "late_frames", RX_LATE_FRAMES },
  { "skipped_frames", RX_SKIPPED_FRAMES },
};

static const struct {
  const char *name;
  enum tx_counter counter;
} tx_names[] = {
  { "packets", TX_PACKETS },
  { "late", TX_LATE },
  { "skipped", TX_SKIPPED },
  { "failed", TX_FAILED },
  { "underrun_frames", TX_UNDERRUN_FRAMES },
  { "clipped", TX_CLIPPED },
};

/* How a sender is followed: SEEK, SYNC, SLEW, MISS. */
static const char *
follow_word(const struct engine *e, const struct stream *s)
{
  const struct sender_report *const r = &s->counts->sender;
  const int64_t error =
    atomic_load_explicit(&r->error_ns, memory_order_relaxed);
  const bool is_seeking =
    !s->is_open || atomic_load_explicit(&r->is_seeking, memory_order_relaxed);
  return stream_state(e, s) == STREAM_SILENT   ? "miss"
         : is_seeking                          ? "seek"
         : error > SLEW_NS || error < -SLEW_NS ? "slew"
                                               : "sync";
}

static json_t *
follow_json(const struct engine *e, const struct stream *s)
{
  const struct sender_report *const r = &s->counts->sender;
  vsc_clock_view sender = { .size = sizeof sender };
  const bool is_known = clockpage_read(&r->page, &sender);
  return json_pack(
    "{s:s, s:f, s:I, s:I}",
    "state",
    follow_word(e, s),
    "ppm",
    is_known ? (sender.rate / e->view.rate - 1.0) * 1e6 : 0.0,
    "error_ns",
    (json_int_t)atomic_load_explicit(&r->error_ns, memory_order_relaxed),
    "jumps",
    (json_int_t)get(&r->jumps));
}

static json_t *
receiver_json(const struct engine *e, const struct stream *s)
{
  json_t *const j = stream_json(e, s);
  json_object_set_new(j, "link_offset_ns", whole(s->config.link_offset_ns));
  const uint32_t source =
    atomic_load_explicit(&s->counts->rx.source, memory_order_relaxed);
  char ip[16] = "";
  if (source) {
    ip_format(source, ip);
  }
  json_object_set_new(j, "source", json_string(ip));
  for (size_t i = 0; i < sizeof rx_names / sizeof rx_names[0]; i++) {
    json_object_set_new(
      j,
      rx_names[i].name,
      whole(get(&s->counts->rx.counters[rx_names[i].counter])));
  }
  json_object_set_new(j,
                      "concealed_frames",
                      whole(get(&s->counts->rx.counters[RX_LOST_FRAMES]) +
                            get(&s->counts->rx.counters[RX_SKIPPED_FRAMES])));
  json_object_set_new(j, "margin_ns", histogram_json(&s->counts->rx.margin, 1));
  if (s->config.follows || (s->rx && s->rx->sender)) {
    json_object_set_new(j, "follow", follow_json(e, s));
  }
  return j;
}

static json_t *
also_json(const vsc_stream *d)
{
  json_t *const list = json_array();
  for (uint32_t i = 0; i < d->also_count; i++) {
    char ip[16];
    char address[32];
    ip_format(d->also[i], ip);
    snprintf(address, sizeof address, "%s:%u", ip, d->port);
    json_array_append_new(list, json_string(address));
  }
  return list;
}

static json_t *
sender_json(const struct engine *e, const struct stream *s)
{
  json_t *const j = stream_json(e, s);
  json_object_set_new(j, "also", also_json(&s->config.desc));
  for (size_t i = 0; i < sizeof tx_names / sizeof tx_names[0]; i++) {
    json_object_set_new(
      j,
      tx_names[i].name,
      whole(get(&s->counts->tx.counters[tx_names[i].counter])));
  }
  json_object_set_new(
    j, "lateness_ns", histogram_json(&s->counts->tx.lateness, 0));
  unsigned cursor = 0;
  struct device_client c;
  if (s->guest && device_next_client(guest_device(s->guest), &cursor, &c)) {
    json_object_set_new(
      j, "client", json_pack("{s:i, s:s}", "pid", (int)c.pid, "app", c.app));
  }
  return j;
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

json_t *
status_json(struct engine *e)
{
  json_t *const receivers = json_array();
  json_t *const senders = json_array();
  for (const struct stream *s = e->streams; s; s = s->next) {
    if (s->config.is_send) {
      json_array_append_new(senders, sender_json(e, s));
    } else {
      json_array_append_new(receivers, receiver_json(e, s));
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
    (json_int_t)get(&e->audio.mix->saturated),
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
    json_object_set_new(j, c->name, whole(get(&c->value)));
  }
  return j;
}

json_t *
stats_json(struct engine *e)
{
  json_t *const j = status_json(e);
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
  json_object_set_new(j,
                      "audio",
                      json_pack("{s:I, s:I, s:I, s:o, s:I}",
                                "wakes",
                                (json_int_t)get(&e->audio.wakes),
                                "missed",
                                (json_int_t)get(&e->audio.missed),
                                "clock_steps",
                                (json_int_t)get(&e->audio.steps),
                                "lateness_ns",
                                histogram_json(&e->audio.lateness, 0),
                                "log_dropped",
                                (json_int_t)log_dropped(e->setup.log)));
  return j;
}
