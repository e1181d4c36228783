/* port.c - the port's states: whom to follow, or whether to lead
   (9.2.5, 9.3.3). SPDX-License-Identifier: MIT */
#include "modules/clock-ptp/port.h"

#include "modules/shared/splitmix.h"

#include <string.h>

#define SECOND INT64_C(1000000000)

const char *
port_state_text(int state)
{
  switch (state) {
    case PORT_MASTER:
      return "MASTER";
    case PORT_PASSIVE:
      return "PASSIVE";
    case PORT_UNCALIBRATED:
      return "UNCALIBRATED";
    case PORT_SLAVE:
      return "SLAVE";
    default:
      return "LISTENING";
  }
}

double
port_random(struct port *p)
{
  return (double)(splitmix64(&p->random) >> 11) * 0x1p-53;
}

struct ptp_message
port_message(const struct port *p, int type)
{
  struct ptp_message m = { .type = (uint8_t)type,
                           .domain = p->config.domain,
                           .source.port = 1,
                           .log_interval = 0x7F };
  memcpy(m.source.clock, p->config.identity, sizeof m.source.clock);
  return m;
}

void
port_queue(struct port *p, const struct ptp_message *m, vsc_ip to, int is_event)
{
  if (p->output_count == PORT_OUTPUTS) {
    p->facts.unsent++;
    return;
  }
  struct port_output *const o =
    &p->outputs[(p->output_head + p->output_count) % PORT_OUTPUTS];
  o->length = ptp_message_write(m, o->bytes);
  o->to = to;
  o->to_port = is_event ? p->config.event_port : p->config.general_port;
  o->is_event = is_event;
  p->output_count += o->length > 0;
}

int
port_take(struct port *p, struct port_output *out)
{
  if (!p->output_count) {
    return 0;
  }
  *out = p->outputs[p->output_head];
  p->output_head = (p->output_head + 1) % PORT_OUTPUTS;
  p->output_count--;
  return 1;
}

static vsc_ns
own_interval(const struct port *p)
{
  return ptp_interval(p->config.log_announce);
}

/* 9.2.6.11: the timeout and up to an interval more, so that not all wake. */
static void
expect_announce(struct port *p, vsc_ns interval, vsc_ns now)
{
  p->announce_deadline = now + (vsc_ns)p->config.announce_timeout * interval +
                         (vsc_ns)(port_random(p) * (double)interval);
}

static void
leave_parent(struct port *p)
{
  p->has_parent = 0;
  p->sync.is_waiting = p->follow_up.is_waiting = 0;
  p->request.is_waiting = 0;
}

static void
enter(struct port *p, int state, vsc_ns now)
{
  if (p->state == state) {
    return;
  }
  const int is_following = state == PORT_UNCALIBRATED || state == PORT_SLAVE;
  if (!is_following) {
    leave_parent(p);
  }
  p->stamp_wanted = 0;
  p->state = state;
  if (state == PORT_MASTER) {
    lead_begin(p, now);
  } else if (state == PORT_LISTENING) {
    expect_announce(p, own_interval(p), now);
  }
}

static void
note_change(struct port *p, vsc_ns now)
{
  memmove(p->facts.changes + 1,
          p->facts.changes,
          (PORT_CHANGES - 1) * sizeof p->facts.changes[0]);
  p->facts.changes[0] = now;
}

static void
follow(struct port *p, const struct foreign *f, vsc_ns now)
{
  const int is_same =
    p->has_parent && ptp_identity_equal(&p->parent, &f->source);
  if (!is_same) {
    leave_parent(p);
    p->has_parent = 1;
    p->parent = f->source;
    p->parent_serial++;
    p->parent_log_sync = (int8_t)p->config.log_sync;
    note_change(p, now);
    expect_announce(p, ptp_interval(f->log_interval), f->heard);
    follow_begin(p, now);
  }
  p->parent_address = f->address;
  p->parent_set = f->set;
  if (!is_same || (p->state != PORT_SLAVE && p->state != PORT_UNCALIBRATED)) {
    enter(p, PORT_UNCALIBRATED, now);
  }
}

static struct ptp_identity
own_identity(const struct port *p)
{
  struct ptp_identity id = { .port = 1 };
  memcpy(id.clock, p->config.identity, sizeof id.clock);
  return id;
}

/* Figure 26, for a clock of class 128 or above: nobody's better, or who is? */
static void
decide(struct port *p, vsc_ns now)
{
  const struct foreign *const best =
    bmca_best(&p->bmca,
              now,
              p->config.announce_timeout,
              p->has_parent ? &p->parent : NULL);
  /* Beyond the standard: one that only says that it is better, and sends no
     time, takes none away from those who have some, as who leads has. A true
     one sends at once, and who was master before then falls silent. */
  const struct foreign *const sends =
    bmca_best_with_time(&p->bmca, now, p->has_parent ? &p->parent : NULL);
  const struct foreign *const rival =
    sends || p->state == PORT_MASTER ? sends : best;
  const struct ptp_identity own = own_identity(p);
  const int is_beaten =
    rival && (p->config.role == PORT_FOLLOWER ||
              bmca_compare(&rival->set, &rival->source, &p->own, &own) < 0);
  if (is_beaten && p->config.role == PORT_LEADER) {
    enter(p, PORT_PASSIVE, now);
  } else if (is_beaten) {
    follow(p, rival, now);
  } else if (p->config.role == PORT_FOLLOWER || !p->may_lead) {
    enter(p, PORT_LISTENING, now);
  } else if (best || p->state != PORT_LISTENING ||
             now >= p->announce_deadline) {
    enter(p, PORT_MASTER, now);
  }
}

void
port_set_lead(struct port *p, int may_lead, vsc_ns now)
{
  if (p->may_lead != may_lead) {
    p->may_lead = may_lead;
    decide(p, now);
  }
}

void
port_set_calibrated(struct port *p, int is_calibrated)
{
  if (p->state == PORT_UNCALIBRATED && is_calibrated) {
    p->state = PORT_SLAVE;
  } else if (p->state == PORT_SLAVE && !is_calibrated) {
    p->state = PORT_UNCALIBRATED;
  }
}

void
port_init(struct port *p,
          const struct port_config *config,
          const struct media *media,
          vsc_ns now,
          uint64_t seed)
{
  memset(p, 0, sizeof *p);
  p->config = *config;
  p->media = media;
  p->random = seed;
  p->may_lead = 1;
  p->state = PORT_LISTENING;
  /* A clock that free-runs, of unknown accuracy (7.6.2.4 to 7.6.3.3). */
  p->own = (struct ptp_dataset){
    .priority1 = config->role == PORT_FOLLOWER ? 255 : config->priority1,
    .priority2 = config->priority2,
    .clock_class = config->role == PORT_FOLLOWER ? 255 : 248,
    .accuracy = 0xFE,
    .variance = 0xFFFF,
    .time_source = 0xA0,
    .utc_offset = 37,
  };
  memcpy(p->own.grandmaster, config->identity, sizeof p->own.grandmaster);
  p->request.log_interval = 0;
  expect_announce(p, own_interval(p), now);
}

static void
receive_announce(struct port *p,
                 const struct ptp_message *m,
                 const struct port_packet *packet,
                 vsc_ns now)
{
  p->facts.announce = now;
  if (!bmca_is_allowed(&p->bmca, m->announce.grandmaster)) {
    p->facts.not_allowed = now;
    memcpy(p->facts.not_allowed_clock, m->announce.grandmaster, 8);
    return;
  }
  const int is_parent =
    p->has_parent && ptp_identity_equal(&m->source, &p->parent);
  const struct foreign *const f = bmca_hear(
    &p->bmca, m, packet->from, now, p->has_parent ? &p->parent : NULL);
  p->facts.refused += !f;
  if (f && is_parent) {
    p->sync.spoke = packet->when;
    expect_announce(p, ptp_interval(f->log_interval), now);
  }
  decide(p, now);
}

/* Is it from somebody else, for us? Notes what is of interest otherwise. */
static int
is_for_us(struct port *p,
          const struct ptp_message *m,
          const struct port_packet *packet,
          vsc_ns now)
{
  const int is_here = packet->from == p->config.address;
  if (memcmp(m->source.clock, p->config.identity, 8) == 0) {
    p->facts.twin = is_here ? p->facts.twin : now;
    return 0;
  }
  if (is_here && m->type != PTP_MANAGEMENT) {
    p->facts.neighbour = now;
    memcpy(p->facts.neighbour_clock, m->source.clock, 8);
  }
  if (m->domain != p->config.domain) {
    if (m->type == PTP_ANNOUNCE || m->type == PTP_SYNC) {
      p->facts.other_domain = now;
      p->facts.other_domain_number = m->domain;
    }
    return 0;
  }
  return 1;
}

void
port_receive(struct port *p, const struct port_packet *packet, vsc_ns now)
{
  struct ptp_message m;
  const enum ptp_verdict verdict =
    ptp_message_parse(packet->bytes, packet->length, &m);
  if (verdict == PTP_VERSION_1) {
    p->facts.version_1 = now;
  }
  if (verdict != PTP_TAKEN) {
    p->facts.malformed +=
      verdict == PTP_SHORT || verdict == PTP_LENGTH || verdict == PTP_VALUE;
    return;
  }
  /* Event messages only on the event port: only there they have stamps. */
  if (!is_for_us(p, &m, packet, now) ||
      (m.type < PTP_FOLLOW_UP) != (packet->is_event != 0)) {
    return;
  }
  p->facts.taken++;
  if (m.type == PTP_SYNC) {
    bmca_note_sync(&p->bmca, &m.source, packet->from, now);
  }
  if (m.type == PTP_ANNOUNCE) {
    receive_announce(p, &m, packet, now);
  } else if (m.type == PTP_MANAGEMENT) {
    management_receive(p, &m, now);
  } else if (p->has_parent) {
    follow_receive(p, &m, packet);
  } else if (p->state == PORT_MASTER) {
    lead_receive(p, &m, packet);
  }
}

void
port_sent(struct port *p, vsc_ns when)
{
  /* A stamp of something older is none for what waits. */
  if (p->has_parent) {
    follow_sent(p, when);
  } else if (p->state == PORT_MASTER) {
    lead_sent(p, when);
  }
}

/* The master's Announces have ended. */
static void
lose_parent(struct port *p, vsc_ns now)
{
  struct foreign *const f = bmca_find(&p->bmca, &p->parent);
  if (f) {
    f->is_used = 0;
  }
  note_change(p, now);
  leave_parent(p);
}

void
port_tick(struct port *p, vsc_ns now)
{
  if (p->has_parent && now >= p->announce_deadline) {
    lose_parent(p, now);
    decide(p, now);
  } else if (!p->has_parent && p->state != PORT_MASTER &&
             now >= p->announce_deadline) {
    decide(p, now);
    expect_announce(p, own_interval(p), now);
  }
  if (p->has_parent) {
    follow_tick(p, now);
  } else if (p->state == PORT_MASTER) {
    lead_tick(p, now);
  }
}

vsc_ns
port_next(const struct port *p)
{
  if (p->state == PORT_MASTER) {
    return p->announce_due < p->sync_due ? p->announce_due : p->sync_due;
  }
  return p->has_parent && p->request.due < p->announce_deadline
           ? p->request.due
           : p->announce_deadline;
}
