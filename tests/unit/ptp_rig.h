/* ptp_rig.h - PTP in virtual time: a master made of numbers, a noisy path, and
   the port and the ladder behind it. For unit tests and the fuzzer.
   SPDX-License-Identifier: MIT */
#ifndef VSC_TESTS_PTP_RIG_H
#define VSC_TESTS_PTP_RIG_H

#include "modules/clock-ptp/ladder.h"
#include "modules/clock-ptp/port.h"
#include "modules/shared/splitmix.h"

#include <math.h>
#include <string.h>

#define SECOND INT64_C(1000000000)
#define RIG_OWN 0x0A000002u
#define RIG_PEER 0x0A000001u

static const uint8_t rig_own[8] = { 2, 0, 0, 0, 0, 0, 0, 2 };
static const uint8_t rig_master[8] = { 2, 0, 0, 0, 0, 0, 0, 1 };

/* A master: its time is START + OFFSET + host * (1 + SKEW). */
struct rig {
  struct port port;
  struct ladder ladder;
  vsc_ns now;
  uint64_t random;
  int64_t epoch;
  double skew;
  double noise_ns, delay_ns; /* exponential tail, both ways */
  double sync_loss;          /* share of the Syncs */
  int log_sync, log_announce;
  int is_mute, is_one_step, is_deaf; /* no Delay_Resp */
  uint8_t clock[8], priority1, domain;
  uint16_t sequence;
  vsc_ns sync_due, announce_due, steer_due;
  unsigned requests, announces, syncs; /* that the port has sent */
  unsigned steps;
  int has_went_back;
  int64_t last_media;
};

static inline double
rig_uniform(struct rig *r)
{
  return ((double)(splitmix64(&r->random) >> 11) + 0.5) * 0x1p-53;
}

static inline int64_t
rig_time(const struct rig *r, vsc_ns host)
{
  return r->epoch + host + (int64_t)((double)host * r->skew);
}

static inline int64_t
rig_error(const struct rig *r)
{
  return media_at(&r->ladder.media, r->now) - rig_time(r, r->now);
}

static inline vsc_ns
rig_delay(struct rig *r)
{
  return (vsc_ns)(r->delay_ns - r->noise_ns * log(rig_uniform(r)));
}

static inline void
rig_give(struct rig *r, const struct ptp_message *m, vsc_ip from, vsc_ns when)
{
  uint8_t bytes[PTP_BYTES_MAX];
  const struct port_packet packet = { .bytes = bytes,
                                      .length = ptp_message_write(m, bytes),
                                      .from = from,
                                      .is_event = m->type < PTP_FOLLOW_UP,
                                      .is_exact = 1,
                                      .when = when };
  port_receive(&r->port, &packet, when);
}

static inline struct ptp_message
rig_message(const struct rig *r, int type)
{
  struct ptp_message m = { .type = (uint8_t)type,
                           .domain = r->domain,
                           .sequence = r->sequence,
                           .source.port = 1 };
  memcpy(m.source.clock, r->clock, 8);
  return m;
}

static inline void
rig_announce(struct rig *r)
{
  struct ptp_message m = rig_message(r, PTP_ANNOUNCE);
  m.log_interval = (int8_t)r->log_announce;
  m.announce = (struct ptp_dataset){ .priority1 = r->priority1,
                                     .priority2 = 128,
                                     .clock_class = 248,
                                     .accuracy = 0xFE,
                                     .variance = 0xFFFF };
  memcpy(m.announce.grandmaster, r->clock, 8);
  rig_give(r, &m, RIG_PEER, r->now);
}

static inline void
rig_sync(struct rig *r)
{
  struct ptp_message m = rig_message(r, PTP_SYNC);
  r->sequence++;
  if (r->sync_loss > 0 && rig_uniform(r) < r->sync_loss) {
    return;
  }
  m.sequence = r->sequence;
  m.log_interval = (int8_t)r->log_sync;
  m.flags = r->is_one_step ? 0 : PTP_TWO_STEP;
  m.time_ns = rig_time(r, r->now);
  rig_give(r, &m, RIG_PEER, r->now + rig_delay(r));
  if (!r->is_one_step) {
    m.type = PTP_FOLLOW_UP;
    rig_give(r, &m, RIG_PEER, r->now);
  }
}

static inline void
rig_answer(struct rig *r, const struct port_output *o)
{
  struct ptp_message q;
  if (ptp_message_parse(o->bytes, o->length, &q) != PTP_TAKEN) {
    return;
  }
  r->announces += q.type == PTP_ANNOUNCE;
  r->syncs += q.type == PTP_SYNC;
  if (o->is_event) {
    port_sent(&r->port, r->now);
  }
  if (q.type != PTP_DELAY_REQ) {
    return;
  }
  r->requests++;
  if (!r->is_deaf && !r->is_mute) {
    struct ptp_message m = rig_message(r, PTP_DELAY_RESP);
    m.sequence = q.sequence;
    m.log_interval = -3;
    m.requester = q.source;
    m.time_ns = rig_time(r, r->now + rig_delay(r));
    rig_give(r, &m, RIG_PEER, r->now);
  }
}

/* What is sent and measured. */
static inline void
rig_flush(struct rig *r)
{
  struct port_output o;
  while (port_take(&r->port, &o)) {
    rig_answer(r, &o);
  }
  ladder_follow(&r->ladder, r->port.parent_serial);
  for (unsigned i = 0; i < r->port.observation_count; i++) {
    ladder_observe(&r->ladder, &r->port.observations[i]);
  }
  r->port.observation_count = 0;
}

static inline void
rig_steer(struct rig *r)
{
  const struct ladder_facts facts = {
    .is_following = r->port.has_parent,
    .is_leading = r->port.state == PORT_MASTER,
    .master = r->port.parent_serial,
    .sync_interval = ptp_interval(r->log_sync),
  };
  if (ladder_run(&r->ladder, &facts, r->now)) {
    r->steps++;
    r->last_media = INT64_MIN;
  }
  port_set_calibrated(&r->port, r->ladder.is_locked);
  port_set_lead(&r->port, ladder_may_lead(&r->ladder, r->now), r->now);
}

/* One step of 5 ms. */
static inline void
rig_step(struct rig *r)
{
  r->now += 5000000;
  if (!r->is_mute && r->now >= r->announce_due) {
    r->announce_due = r->now + ptp_interval(r->log_announce);
    rig_announce(r);
  }
  if (!r->is_mute && r->now >= r->sync_due) {
    r->sync_due = r->now + ptp_interval(r->log_sync);
    rig_sync(r);
  }
  if (r->now >= port_next(&r->port)) {
    port_tick(&r->port, r->now);
  }
  rig_flush(r);
  if (r->now >= r->steer_due) {
    r->steer_due = r->now + SECOND / 10;
    rig_steer(r);
  }
  const int64_t media = media_at(&r->ladder.media, r->now);
  r->has_went_back |= media < r->last_media;
  r->last_media = media;
}

static inline void
rig_run(struct rig *r, double seconds)
{
  const vsc_ns until = r->now + (vsc_ns)(seconds * 1e9);
  while (r->now < until) {
    rig_step(r);
  }
}

/* The largest |error| while it runs. */
static inline int64_t
rig_worst(struct rig *r, double seconds)
{
  const vsc_ns until = r->now + (vsc_ns)(seconds * 1e9);
  int64_t worst = 0;
  while (r->now < until) {
    rig_step(r);
    const int64_t e = rig_error(r);
    worst = e > worst ? e : -e > worst ? -e : worst;
  }
  return worst;
}

/* A follower of a master 20 ppm fast, 3 us away; the epoch is nobody's. */
static inline void
rig_init(struct rig *r, int role)
{
  memset(r, 0, sizeof *r);
  r->now = 100 * SECOND;
  r->random = 1;
  r->epoch = 2574 * SECOND;
  r->skew = 20e-6;
  r->delay_ns = 2000;
  r->noise_ns = 500;
  r->log_sync = -3;
  r->priority1 = 128;
  memcpy(r->clock, rig_master, 8);
  r->last_media = INT64_MIN;
  struct ladder_config ladder = { .step = 1000000 };
  ladder_read("ptp, stream, master, holdover, system, free", &ladder);
  ladder_init(&r->ladder,
              &ladder,
              (struct system_reading){ r->now, 1700000000 * SECOND });
  struct port_config config = { .role = role,
                                .priority1 = 254,
                                .priority2 = 128,
                                .log_sync = -3,
                                .log_delay = -3,
                                .announce_timeout = 3,
                                .event_port = PTP_EVENT_PORT,
                                .general_port = PTP_GENERAL_PORT,
                                .address = RIG_OWN };
  memcpy(config.identity, rig_own, 8);
  port_init(&r->port, &config, &r->ladder.media, r->now, 7);
}

#endif
