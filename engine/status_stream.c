/* status_stream.c - what the engine tells of receivers and senders.
   SPDX-License-Identifier: MIT */
#include "status_stream.h"

#include "advice.h"
#include "control_text.h"
#include "guest.h"
#include "option.h"

#include <math.h>
#include <stdio.h>
#include <vsc/position.h>

/* A sender that is followed is in step when it is off by no more. */
#define SLEW_NS 100000

/* [[most, how many], ...] of those that hold something. */
static json_t *
buckets_json(const struct histogram *h)
{
  json_t *const list = json_array();
  for (unsigned b = 0; b < HISTOGRAM_BUCKETS; b++) {
    const uint32_t n = histogram_in(h, b);
    if (n > 0) {
      json_array_append_new(
        list, json_pack("[I, I]", (json_int_t)histogram_top(b), (json_int_t)n));
    }
  }
  return list;
}

json_t *
status_histogram_json(const struct histogram *h,
                      int is_worst_low,
                      bool is_whole)
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
  if (is_whole) {
    json_object_set_new(j, "buckets", buckets_json(h));
  }
  return j;
}

/* What stats say of a receiver beside its status. */
static json_t *
advice_json(const struct stream *s)
{
  const struct histogram *const need = &s->counts->rx.need;
  const struct advice a = { .need = need,
                            .link_offset = s->config.link_offset_ns,
                            .drop_outs = status_get(
                              &s->counts->rx.counters[RX_DROPOUTS]) };
  const double period = advice_period(&a, a.link_offset);
  char text[ADVICE_TEXT];
  json_t *const j = json_pack("{s:s, s:I, s:I}",
                              "text",
                              advice_text(&a, text),
                              "windows",
                              (json_int_t)status_get(&need->count),
                              "enough_ns",
                              (json_int_t)advice_offset(&a));
  json_object_set_new(j, "needed_ns", buckets_json(need));
  /* null: not known, or rarer than can be told. */
  json_object_set_new(j,
                      "seconds_per_drop_out",
                      period > 0 && isfinite(period) ? json_real(period)
                                                     : json_null());
  return j;
}

static json_t *
stream_json(const struct engine *e, const struct stream *s)
{
  const struct stream_config *const c = s->is_open ? &s->resolved : &s->config;
  char ip[16];
  char address[32] = ""; /* of a session that is not found yet */
  if (c->desc.address) {
    ip_format(c->desc.address, ip);
    snprintf(address, sizeof address, "%s:%u", ip, c->desc.port);
  }
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
  struct proof_check proof;
  proving_judge(e, s, &proof);
  json_object_set_new(j, "proof", json_string(proof_word(proof.verdict)));
  char said[sizeof proof.reason + 24];
  snprintf(said, sizeof said, "%s: %s", proof.name, proof.reason);
  json_object_set_new(j, "proof_reason", control_text(said));
  char map[1024];
  route_map_format(
    &s->map, c->desc.format.channels, c->is_send, map, sizeof map);
  json_object_set_new(j, "map", json_string(map));
  if (c->desc.format.rate != e->region->geometry.rate || c->follows) {
    json_object_set_new(j, "rate", status_whole(c->desc.format.rate));
    json_object_set_new(
      j, "resampler", json_string(c->resampler[0] ? c->resampler + 10 : ""));
    json_object_set_new(
      j, "realigned", status_whole(status_get(&s->counts->realigned)));
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
  { "dropouts", RX_DROPOUTS },
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
    (json_int_t)status_get(&r->jumps));
}

json_t *
status_receiver_json(const struct engine *e,
                     const struct stream *s,
                     bool is_whole)
{
  json_t *const j = stream_json(e, s);
  json_object_set_new(
    j, "link_offset_ns", status_whole(s->config.link_offset_ns));
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
      status_whole(status_get(&s->counts->rx.counters[rx_names[i].counter])));
  }
  json_object_set_new(
    j,
    "concealed_frames",
    status_whole(status_get(&s->counts->rx.counters[RX_LOST_FRAMES]) +
                 status_get(&s->counts->rx.counters[RX_SKIPPED_FRAMES])));
  json_object_set_new(
    j, "margin_ns", status_histogram_json(&s->counts->rx.margin, 1, is_whole));
  if (s->config.follows || (s->rx && s->rx->sender)) {
    json_object_set_new(j, "follow", follow_json(e, s));
  }
  if (is_whole) {
    json_object_set_new(j, "advice", advice_json(s));
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

json_t *
status_sender_json(const struct engine *e,
                   const struct stream *s,
                   bool is_whole)
{
  json_t *const j = stream_json(e, s);
  json_object_set_new(j, "also", also_json(&s->config.desc));
  for (size_t i = 0; i < sizeof tx_names / sizeof tx_names[0]; i++) {
    json_object_set_new(
      j,
      tx_names[i].name,
      status_whole(status_get(&s->counts->tx.counters[tx_names[i].counter])));
  }
  json_object_set_new(
    j,
    "lateness_ns",
    status_histogram_json(&s->counts->tx.lateness, 0, is_whole));
  unsigned cursor = 0;
  struct device_client c;
  if (s->guest && device_next_client(guest_device(s->guest), &cursor, &c)) {
    json_object_set_new(
      j, "client", json_pack("{s:i, s:s}", "pid", (int)c.pid, "app", c.app));
  }
  return j;
}
