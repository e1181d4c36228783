/* module.c - clock-ptp: sockets and timers of the host on one side, the port,
   the ladder and the sentences on the other.
   SPDX-License-Identifier: MIT */
#include "modules/clock-ptp/diagnosis.h"
#include "modules/clock-ptp/options.h"
#include "modules/clock-ptp/stamps.h"
#include "modules/shared/ours.h"

#include <vsc/clock.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#define SECOND INT64_C(1000000000)
#define STEER_NS 100000000
#define POLL_NS 5000000 /* where sockets have no descriptor */
#define BATCH 64
#define BATCHES 8 /* of one wake-up: a flood must not keep the main thread */
#define STAMPS 8
#define BUFFER (1 << 20)

struct clock {
  struct ptp_options options; /* first: the table's offsets */
  /* constant after start */
  const vsc_host *host;
  vsc_clock_sink sink;
  struct diagnosis_facts about;
  char interface[64];
  /* Requests to another machine have a socket of their own: a copy for this one
     would be made first, and make the way there faster than the way back. It is
     watched only until a stamp that was not there at once has come, and looked
     at before it sends: a cable of the kernel's stamps a packet, wakes who
     watches for the stamp, and only then hands it over. Watched, the way there
     is 100 ns slower than the way back. */
  vsc_socket *event, *general, *request;
  vsc_watch *watches[3];
  /* main thread */
  vsc_timer *timer;
  vsc_ns armed, steer_due, system_due, poll_due;
  uint32_t generation; /* of earlier starts */
  char said[64];       /* of the state */
  int32_t system_utc_offset;
  vsc_counter *taken, *malformed, *refused, *unstamped, *steps;
  struct port_facts counted;
  unsigned counted_steps;
  struct port port;
  struct ladder ladder;
};

static vsc_status
read_system(struct clock *c, struct system_reading *out)
{
  return system_reading_take(
    c->host, c->options.utc_offset, &c->system_utc_offset, out);
}

/* --- what is published */

static void
say_state(struct clock *c, const vsc_clock_view *v)
{
  char text[sizeof c->said];
  diagnosis_state(&c->ladder, v, text, sizeof text);
  if (strcmp(text, c->said) != 0) {
    memcpy(c->said, text, sizeof text);
    c->host->log(c->host, VSC_LOG_INFO, "%s", text);
  }
}

static void
publish(struct clock *c)
{
  const struct port *const p = &c->port;
  vsc_clock_view view = c->ladder.media.view;
  view.domain = (uint32_t)c->options.domain;
  view.generation += c->generation;
  if (view.state == VSC_CLOCK_MASTER) {
    memcpy(view.grandmaster, p->config.identity, sizeof view.grandmaster);
  } else if (p->has_parent || ladder_holds_master(&c->ladder)) {
    memcpy(
      view.grandmaster, p->parent_set.grandmaster, sizeof view.grandmaster);
  }
  say_state(c, &view);
  c->sink.publish(c->sink.arg, &view);
}

static void
count(struct clock *c)
{
  const struct port_facts *const f = &c->port.facts;
  const vsc_host *const h = c->host;
  h->count(c->taken, f->taken - c->counted.taken);
  h->count(c->malformed, f->malformed - c->counted.malformed);
  h->count(c->refused, f->refused - c->counted.refused);
  h->count(c->unstamped, f->unstamped - c->counted.unstamped);
  h->count(c->steps, c->ladder.steps - c->counted_steps);
  c->counted = *f;
  c->counted_steps = c->ladder.steps;
}

/* --- messages */

static void
take_stamps(struct clock *c, vsc_socket *s)
{
  vsc_ns stamps[STAMPS];
  const vsc_net *const net = c->host->net;
  const int32_t n = net->sent(net, s, stamps, STAMPS);
  for (int32_t i = 0; i < n; i++) {
    port_sent(&c->port, stamps[i]);
  }
}

static void
take_observations(struct clock *c)
{
  struct port *const p = &c->port;
  ladder_follow(&c->ladder, p->parent_serial);
  for (unsigned i = 0; i < p->observation_count; i++) {
    ladder_observe(&c->ladder, &p->observations[i]);
  }
  p->observation_count = 0;
}

static void
on_request(void *arg, uint32_t events);

static void
watch_request(struct clock *c, int is_wanted)
{
  vsc_watch **const w = &c->watches[2];
  if (is_wanted && !*w) {
    *w = c->host->watch(c->host,
                        c->host->net->fd(c->host->net, c->request),
                        VSC_FD_READ,
                        on_request,
                        c);
  } else if (!is_wanted && *w) {
    c->host->unwatch(c->host, *w);
    *w = NULL;
  }
}

/* Until nothing is left: a stamp may be followed by a Follow_Up. */
static void
flush(struct clock *c)
{
  struct port_output out;
  const vsc_net *const net = c->host->net;
  while (c->event && port_take(&c->port, &out)) {
    const vsc_datagram d = { .bytes = out.bytes,
                             .length = out.length,
                             .dest = out.to,
                             .dest_port = out.to_port };
    const int is_far =
      c->port.has_parent && c->port.parent_address != c->port.config.address;
    vsc_socket *const s = !out.is_event ? c->general
                          : is_far      ? c->request
                                        : c->event;
    if (s == c->request) {
      watch_request(c, 0);
      /* What is left over is no stamp of this one. */
      take_stamps(c, s);
    }
    net->send(net, s, &d, 1);
    if (out.is_event) {
      take_stamps(c, s);
    }
    if (s == c->request) {
      watch_request(c, c->port.request.is_waiting && !c->port.request.left);
    }
  }
  take_observations(c);
}

static void
drain(struct clock *c, vsc_socket *s, int is_event)
{
  vsc_datagram batch[BATCH];
  const vsc_net *const net = c->host->net;
  for (int i = 0; i < BATCHES; i++) {
    const int32_t n = net->receive(net, s, batch, BATCH);
    for (int32_t k = 0; k < n; k++) {
      const struct port_packet packet = { .bytes = batch[k].bytes,
                                          .length = batch[k].truncated
                                                      ? 0
                                                      : batch[k].length,
                                          .from = batch[k].source,
                                          .is_event = is_event,
                                          .is_exact = batch[k].is_exact != 0,
                                          .when = batch[k].when };
      port_receive(&c->port, &packet, batch[k].when);
    }
    take_observations(c);
    if (n < BATCH) {
      break;
    }
  }
}

/* --- time */

static void
arm(struct clock *c);

static void
steer(struct clock *c, vsc_ns now)
{
  struct port *const p = &c->port;
  struct ladder *const l = &c->ladder;
  const struct ladder_facts facts = {
    .is_following = p->has_parent,
    .is_leading = c->event && p->state == PORT_MASTER,
    .master = p->parent_serial,
    .sync_interval = ptp_interval(p->parent_log_sync),
  };
  const int64_t before = media_at(&l->media, now);
  if (ladder_run(l, &facts, now)) {
    c->host->log(c->host,
                 VSC_LOG_WARN,
                 "media time stepped by %lld ns: positions restart",
                 (long long)(media_at(&l->media, now) - before));
  }
  p->offset_ns = llround(l->offset);
  p->delay_ns = p->has_parent ? llround(l->estimator.map.delay) : 0;
  port_set_calibrated(p, l->is_locked);
  port_set_lead(p, ladder_may_lead(l, now), now);
  if (!l->has_followed) {
    p->own.time_flags =
      c->system_utc_offset ? PTP_TIMESCALE | PTP_UTC_VALID : 0;
    p->own.utc_offset =
      (int16_t)(c->system_utc_offset ? c->system_utc_offset : 37);
  } else if (p->has_parent) {
    p->own.time_flags =
      p->parent_set.time_flags & (PTP_TIMESCALE | PTP_UTC_VALID);
    p->own.utc_offset = p->parent_set.utc_offset;
  }
  publish(c);
  count(c);
}

static void
look_at_system(struct clock *c)
{
  struct system_reading r;
  if (!c->ladder.has_followed && read_system(c, &r) >= 0 &&
      ladder_system(&c->ladder, r, SECOND)) {
    c->host->log(c->host,
                 VSC_LOG_WARN,
                 "the system clock stepped by %lld ns: positions restart",
                 (long long)c->ladder.system.error);
  }
}

static void
on_timer(void *arg)
{
  struct clock *const c = arg;
  const vsc_ns now = c->host->now(c->host);
  c->port.config.address = c->host->net->address(c->host->net);
  if (c->event && now >= c->poll_due) {
    c->poll_due = now + POLL_NS;
    drain(c, c->event, 1);
    drain(c, c->request, 1);
    drain(c, c->general, 0);
    take_stamps(c, c->event);
    take_stamps(c, c->request);
  }
  if (now >= c->system_due) {
    c->system_due = now + SECOND;
    look_at_system(c);
  }
  if (c->event) {
    port_tick(&c->port, now);
  }
  if (now >= c->steer_due) {
    c->steer_due = now + STEER_NS;
    steer(c, now);
  }
  flush(c);
  arm(c);
}

static void
arm(struct clock *c)
{
  vsc_ns next = c->steer_due < c->poll_due ? c->steer_due : c->poll_due;
  if (c->event && port_next(&c->port) < next) {
    next = port_next(&c->port);
  }
  if (c->timer && next == c->armed) {
    return;
  }
  c->host->untimer(c->host, c->timer);
  c->armed = next;
  c->timer = c->host->timer(c->host, next, 0, on_timer, c);
}

static void
serve(struct clock *c, vsc_socket *s, uint32_t events)
{
  if (events & VSC_FD_ERROR) {
    take_stamps(c, s);
  }
  if (events & VSC_FD_READ) {
    drain(c, s, 1);
  }
  flush(c);
  arm(c);
}

static void
on_event(void *arg, uint32_t events)
{
  struct clock *const c = arg;
  serve(c, c->event, events);
}

static void
on_request(void *arg, uint32_t events)
{
  struct clock *const c = arg;
  serve(c, c->request, events);
}

static void
on_general(void *arg, uint32_t events)
{
  struct clock *const c = arg;
  (void)events;
  drain(c, c->general, 0);
  flush(c);
  arm(c);
}

/* --- life */

static void
close_sockets(struct clock *c)
{
  const vsc_net *const net = c->host->net;
  for (int i = 0; i < 3; i++) {
    c->host->unwatch(c->host, c->watches[i]);
    c->watches[i] = NULL;
  }
  net->close(net, c->event);
  net->close(net, c->general);
  net->close(net, c->request);
  c->event = c->general = c->request = NULL;
}

static vsc_status
open_socket(struct clock *c,
            const struct port_config *p,
            int is_event,
            uint32_t flags,
            vsc_socket **out)
{
  const vsc_net *const net = c->host->net;
  const vsc_socket_config config = {
    .size = sizeof config,
    .flags = VSC_SOCKET_RECEIVE | flags,
    .port = is_event ? p->event_port : p->general_port,
    .dscp = options_dscp(&c->options, is_event),
    .ttl = (uint8_t)c->options.ttl,
    .buffer_bytes = BUFFER,
    .batch = BATCH,
  };
  vsc_status status = net->open(net, &config, out);
  if (status >= 0 && !(flags & VSC_SOCKET_NO_LOOP)) {
    status = net->join(net, *out, PTP_GROUP, 0);
    c->about.has_joined = status >= 0;
  }
  return status;
}

/* Not to have them is a state, not a failure: the ladder has other rungs. */
static void
open_sockets(struct clock *c, struct port_config *config)
{
  const vsc_net *const net = c->host->net;
  if (!VSC_HAS(net, vsc_net, about)) {
    c->host->log(
      c->host, VSC_LOG_ERROR, "this engine is too old: it stamps no sockets");
    return;
  }
  vsc_net_about about = { .size = sizeof about };
  c->about.has_network = net->about(net, &about) >= 0;
  if (!c->about.has_network) {
    return;
  }
  memcpy(c->interface, about.name, sizeof c->interface);
  c->interface[sizeof c->interface - 1] = '\0';
  memcpy(config->identity, about.identity, 8);
  /* Unicast comes to the one that was bound last. */
  const uint32_t stamps = stamps_flags(&c->options);
  vsc_status status =
    open_socket(c, config, 1, stamps | VSC_SOCKET_NO_LOOP, &c->request);
  if (status >= 0) {
    status = open_socket(c, config, 1, stamps, &c->event);
  }
  if (status >= 0) {
    status = open_socket(c, config, 0, 0, &c->general);
  }
  c->about.is_permitted = status >= 0;
  c->about.is_in_use = status == VSC_ERR_AGAIN;
  if (status < 0) {
    close_sockets(c);
    return;
  }
  stamps_say(&c->options, c->host, c->interface);
  c->watches[0] =
    c->host->watch(c->host, net->fd(net, c->event), VSC_FD_READ, on_event, c);
  c->watches[1] = c->host->watch(
    c->host, net->fd(net, c->general), VSC_FD_READ, on_general, c);
  c->poll_due = c->watches[0] && c->watches[1] ? INT64_MAX : 0;
}

static void
clock_stop(void *self)
{
  struct clock *const c = self;
  c->host->untimer(c->host, c->timer);
  c->timer = NULL;
  close_sockets(c);
  c->generation += c->ladder.media.view.generation;
}

/* Different for each clock: it only spreads the times of requests. */
static uint64_t
seed_of(const uint8_t identity[8], vsc_ns now)
{
  uint64_t seed;
  memcpy(&seed, identity, sizeof seed);
  return seed ^ (uint64_t)now;
}

static vsc_status
clock_start(void *self, const vsc_clock_sink *sink)
{
  struct clock *const c = self;
  struct system_reading first;
  struct port_config config;
  struct ladder_config ladder;
  const vsc_status status = read_system(c, &first);
  if (status < 0) {
    return status;
  }
  c->sink = *sink;
  ladder_read(c->options.ladder, &ladder); /* init has looked at it */
  ladder.holdover = c->options.holdover;
  ladder.step = c->options.step;
  ladder_init(&c->ladder, &ladder, first);
  c->about = (struct diagnosis_facts){ .interface = c->interface };
  c->armed = 0;
  c->poll_due = INT64_MAX;
  options_port(&c->options, &config);
  config.address = c->host->net->address(c->host->net);
  open_sockets(c, &config);
  port_init(&c->port,
            &config,
            &c->ladder.media,
            first.host,
            seed_of(config.identity, first.host));
  bmca_allow(&c->port.bmca, c->options.allow);
  memset(&c->counted, 0, sizeof c->counted);
  c->counted_steps = 0;
  c->said[0] = '\0';
  c->system_due = first.host + SECOND / 10;
  c->steer_due = first.host + STEER_NS;
  steer(c, first.host);
  arm(c);
  if (!c->timer) {
    clock_stop(c);
    return VSC_ERR_NOMEM;
  }
  return VSC_OK;
}

static vsc_status
clock_init(void *self, const vsc_host *host)
{
  struct clock *const c = self;
  struct ladder_config ladder;
  c->host = host;
  if (!ladder_read(c->options.ladder, &ladder)) {
    host->log(host,
              VSC_LOG_ERROR,
              "ladder = \"%s\": give rungs out of ptp, stream, master, "
              "holdover, system, free, the best first",
              c->options.ladder);
    return VSC_ERR_INVALID;
  }
  if (!bmca_allow(&c->port.bmca, c->options.allow)) {
    host->log(host,
              VSC_LOG_ERROR,
              "allow = \"%s\": give at most %d clock identities such as "
              "00-1D-C1-FF-FE-50-36-33",
              c->options.allow,
              BMCA_ALLOWED);
    return VSC_ERR_INVALID;
  }
  c->taken = host->counter(host, "messages");
  c->malformed = host->counter(host, "malformed");
  c->refused = host->counter(host, "refused");
  c->unstamped = host->counter(host, "unstamped");
  c->steps = host->counter(host, "steps");
  return VSC_OK;
}

static void
clock_report(void *self, vsc_clock_report *out)
{
  const struct clock *const c = self;
  const struct port *const p = &c->port;
  const struct ladder *const l = &c->ladder;
  const int is_ptp = l->rung == RUNG_PTP;
  out->priority1 = p->has_parent || ladder_holds_master(l)
                     ? p->parent_set.priority1
                     : p->own.priority1;
  out->offset_ns = is_ptp ? llround(l->offset) : 0;
  out->jitter_ns = is_ptp ? llround(l->jitter) : 0;
  out->path_delay_ns = is_ptp ? llround(l->estimator.map.delay) : 0;
  out->quality = ladder_quality(l);
  vsc_net_about now = { .size = sizeof now };
  struct diagnosis_facts about = c->about;
  if (c->event && c->host->net->about(c->host->net, &now) >= 0) {
    about.shared_port = (uint16_t)now.shared_port;
  }
  if (VSC_HAS(out, vsc_clock_report, stamps)) {
    out->stamps = c->event ? stamps_of(&now) : 0;
  }
  if (VSC_HAS(out, vsc_clock_report, goes_by)) {
    snprintf(out->goes_by, sizeof out->goes_by, "%s", ladder_word(l->rung));
  }
  diagnosis_write(
    &about, p, l, c->host->now(c->host), out->diagnosis, sizeof out->diagnosis);
}

static void
clock_follow(void *self, const vsc_clock_view *view)
{
  struct clock *const c = self;
  ladder_stream(&c->ladder, view);
}

static const vsc_clock_ops ops = {
  .size = sizeof ops,
  .start = clock_start,
  .stop = clock_stop,
  .report = clock_report,
  .follow = clock_follow,
};

VSC_EXPORT const vsc_module vsc_module_entry = {
  OUR_MODULE,
  .kind = VSC_KIND_CLOCK,
  .summary = "PTP (IEEE 1588-2008): follower and grandmaster",
  .instance_size = sizeof(struct clock),
  .options = ptp_option_rows,
  .ops = &ops,
  .init = clock_init,
};
