/* port_follow.c - the follower's half: Sync with Follow_Up, Delay_Req with
   Delay_Resp, in whatever order the two sockets give them (9.5, 11.3).
   SPDX-License-Identifier: MIT */
#include "modules/clock-ptp/port.h"

#include <string.h>

#define REQUEST_LOG_MIN (-7)
#define REQUEST_LOG_MAX 5
/* Unanswered requests by multicast before unicast is tried in turn. */
#define PATIENCE 4
/* A Sync so soon after another message of the master had its way through both
   machines prepared: it is some us faster than the others through a bridge, and
   than any request. On a cable it is not worth the sample. One of so many is
   left out at most. */
#define WARM_NS 1000000
#define WARM_DELAY_NS 4000
#define WARM_SHARE 4

static void
observe(struct port *p, vsc_ns at, int64_t master, int is_request)
{
  if (p->observation_count < PORT_OBSERVATIONS) {
    p->observations[p->observation_count++] = (struct observation){
      .at = at,
      .y = master - at + p->config.asymmetry,
      .is_request = is_request,
    };
  }
}

/* Of the master, at T; what it had before is known. */
static void
observe_sync(struct port *p, vsc_ns t, int64_t master)
{
  const vsc_ns since = t - p->sync.spoke;
  if (p->sync.spoke && since >= 0 && since < WARM_NS &&
      p->delay_ns >= WARM_DELAY_NS && p->sync.taken >= WARM_SHARE - 1) {
    p->sync.taken = 0;
    return;
  }
  p->sync.taken++;
  observe(p, t, master, 0);
}

void
follow_begin(struct port *p, vsc_ns now)
{
  p->request.is_waiting = 0;
  p->request.log_interval = 0; /* until the master says what it likes */
  p->request.due = now;
  p->request.wants_unicast = p->config.delay_mode == PORT_DELAY_UNICAST;
  p->sync.spoke = 0;
  p->sync.taken = 0;
  p->facts.lonely_syncs = p->facts.unanswered = 0;
  p->facts.sync = p->facts.response = 0;
  p->observation_count = 0;
}

static void
receive_sync(struct port *p,
             const struct ptp_message *m,
             const struct port_packet *packet)
{
  const vsc_ns at = packet->is_exact ? packet->when : 0;
  p->facts.sync = packet->when;
  p->facts.unstamped += !at;
  if (m->log_interval >= -7 && m->log_interval <= 6) {
    p->parent_log_sync = m->log_interval;
  }
  if (!(m->flags & PTP_TWO_STEP)) {
    p->facts.lonely_syncs = 0;
    if (at) {
      observe_sync(p, at, m->time_ns + m->correction_ns);
    }
    return;
  }
  if (p->sync.is_waiting && p->sync.sequence == m->sequence) {
    return; /* a duplicate: the first one has the right time */
  }
  p->facts.lonely_syncs += p->sync.is_waiting != 0;
  p->sync.is_waiting = 1;
  p->sync.sequence = m->sequence;
  p->sync.at = at;
  p->sync.correction = m->correction_ns;
}

static void
receive_follow_up(struct port *p, const struct ptp_message *m)
{
  p->follow_up.is_waiting = 1;
  p->follow_up.sequence = m->sequence;
  p->follow_up.time = m->time_ns + m->correction_ns;
}

/* Both halves of a two-step Sync are there. */
static void
join(struct port *p)
{
  if (!p->sync.is_waiting || !p->follow_up.is_waiting ||
      p->sync.sequence != p->follow_up.sequence) {
    return;
  }
  if (p->sync.at) {
    observe_sync(p, p->sync.at, p->follow_up.time + p->sync.correction);
  }
  p->sync.is_waiting = p->follow_up.is_waiting = 0;
  p->facts.lonely_syncs = 0;
}

/* Both the answer and the stamp of what was asked are there. */
static void
join_request(struct port *p)
{
  if (p->request.is_waiting && p->request.has_answer && p->request.left) {
    observe(p, p->request.left, p->request.answer, 1);
    p->request.is_waiting = 0;
  }
}

static void
receive_response(struct port *p,
                 const struct ptp_message *m,
                 const struct port_packet *packet)
{
  if (!p->request.is_waiting || p->request.has_answer ||
      m->sequence != p->request.sequence || m->requester.port != 1 ||
      memcmp(m->requester.clock, p->config.identity, 8) != 0) {
    return;
  }
  p->facts.response = packet->when;
  p->facts.unanswered = 0;
  p->request.wants_unicast = p->request.is_unicast;
  p->request.has_answer = 1;
  p->request.answer = m->time_ns - m->correction_ns;
  /* A unicast answer may not say (table 24). */
  if (m->log_interval != 0x7F) {
    const int log = m->log_interval;
    p->request.log_interval = log < REQUEST_LOG_MIN   ? REQUEST_LOG_MIN
                              : log > REQUEST_LOG_MAX ? REQUEST_LOG_MAX
                                                      : log;
    /* The first answer may allow more than we dared. */
    const vsc_ns soon =
      packet->when + 2 * ptp_interval(p->request.log_interval);
    p->request.due = p->request.due < soon ? p->request.due : soon;
  }
  join_request(p);
}

void
follow_receive(struct port *p,
               const struct ptp_message *m,
               const struct port_packet *packet)
{
  if (!ptp_identity_equal(&m->source, &p->parent) ||
      packet->from != p->parent_address) {
    p->facts.refused += m->type != PTP_DELAY_REQ;
    return;
  }
  if (m->type == PTP_SYNC) {
    receive_sync(p, m, packet);
    join(p);
  } else if (m->type == PTP_FOLLOW_UP) {
    receive_follow_up(p, m);
    join(p);
  } else if (m->type == PTP_DELAY_RESP) {
    p->sync.spoke = packet->when;
    receive_response(p, m, packet);
  }
}

void
follow_sent(struct port *p, vsc_ns when)
{
  if (p->request.is_waiting && !p->request.left && when >= p->request.queued) {
    p->request.left = when;
    join_request(p);
  }
}

static void
ask(struct port *p, vsc_ns now)
{
  p->facts.unanswered += p->request.is_waiting && !p->request.has_answer;
  const int may_change = p->config.delay_mode == PORT_DELAY_AUTO;
  if (may_change && p->facts.unanswered >= PATIENCE) {
    p->request.wants_unicast = !p->request.wants_unicast;
  }
  p->request.is_waiting = 1;
  p->request.has_answer = 0;
  p->request.left = 0;
  p->request.queued = now;
  p->request.sequence++;
  p->request.is_unicast = p->request.wants_unicast;
  struct ptp_message m = port_message(p, PTP_DELAY_REQ);
  m.sequence = p->request.sequence;
  m.flags = p->request.is_unicast ? PTP_UNICAST : 0;
  port_queue(p, &m, p->request.is_unicast ? p->parent_address : PTP_GROUP, 1);
}

void
follow_tick(struct port *p, vsc_ns now)
{
  if (now < p->request.due) {
    return;
  }
  /* 9.5.11.2: at random, so that a thousand followers do not ask at once. */
  const vsc_ns interval = ptp_interval(p->request.log_interval);
  p->request.due = now + 1 + (vsc_ns)(2 * port_random(p) * (double)interval);
  if (p->facts.sync) {
    ask(p, now);
  } else {
    /* A master that sends no Sync is not asked yet. */
    const vsc_ns soon = now + ptp_interval(-3);
    p->request.due = p->request.due < soon ? p->request.due : soon;
  }
}
