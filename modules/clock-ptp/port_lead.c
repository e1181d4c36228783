/* port_lead.c - the grandmaster's half: Announce, two-step Sync, and answers to
   those who ask, within limits (9.5.8 to 9.5.12).
   SPDX-License-Identifier: MIT */
#include "modules/clock-ptp/port.h"

#define SECOND INT64_C(1000000000)

void
lead_begin(struct port *p, vsc_ns now)
{
  p->announce_due = p->sync_due = now;
  p->stamp_wanted = 0;
}

static void
announce(struct port *p)
{
  struct ptp_message m = port_message(p, PTP_ANNOUNCE);
  m.sequence = p->announce_sequence++;
  m.log_interval = (int8_t)p->config.log_announce;
  m.announce = p->own;
  m.flags = p->own.time_flags;
  port_queue(p, &m, PTP_GROUP, 0);
}

static void
sync(struct port *p, vsc_ns now)
{
  struct ptp_message m = port_message(p, PTP_SYNC);
  m.sequence = ++p->sync_sequence;
  m.log_interval = (int8_t)p->config.log_sync;
  m.flags = PTP_TWO_STEP;
  m.time_ns = media_at(p->media, now);
  p->stamp_wanted = 1;
  p->stamp_queued = now;
  port_queue(p, &m, PTP_GROUP, 1);
}

void
lead_sent(struct port *p, vsc_ns when)
{
  if (!p->stamp_wanted || when < p->stamp_queued) {
    return;
  }
  p->stamp_wanted = 0;
  struct ptp_message m = port_message(p, PTP_FOLLOW_UP);
  m.sequence = p->sync_sequence;
  m.log_interval = (int8_t)p->config.log_sync;
  m.time_ns = media_at(p->media, when);
  port_queue(p, &m, PTP_GROUP, 0);
}

/* Where it should be by now, without catching up after a stall. */
static vsc_ns
next_due(vsc_ns due, vsc_ns interval, vsc_ns now)
{
  return due + interval > now ? due + interval : now + interval;
}

void
lead_tick(struct port *p, vsc_ns now)
{
  /* First: behind an Announce it would be faster than all others. */
  if (now >= p->sync_due) {
    p->sync_due = next_due(p->sync_due, ptp_interval(p->config.log_sync), now);
    sync(p, now);
  }
  if (now >= p->announce_due) {
    p->announce_due =
      next_due(p->announce_due, ptp_interval(p->config.log_announce), now);
    announce(p);
  }
}

int
lead_may_answer(double *tokens, vsc_ns *at, double rate, vsc_ns now)
{
  *tokens = *at ? *tokens + (double)(now - *at) * 1e-9 * rate : rate;
  *tokens = *tokens > rate ? rate : *tokens;
  *at = now;
  if (*tokens < 1) {
    return 0;
  }
  *tokens -= 1;
  return 1;
}

/* Addresses that share a place share its limit, too; a peer that finds the
   place taken within the second does not get a new purse. */
static int
may_answer(struct port *p, vsc_ip from, vsc_ns now)
{
  const unsigned i = (from ^ from >> 8 ^ from >> 16) % PORT_PEERS;
  if (p->peers[i].address != from && now - p->peers[i].at > SECOND) {
    p->peers[i].address = from;
    p->peers[i].at = 0;
  }
  return lead_may_answer(
           &p->peers[i].tokens, &p->peers[i].at, PORT_ANSWERS_EACH, now) &&
         lead_may_answer(&p->all.tokens, &p->all.at, PORT_ANSWERS_ALL, now);
}

void
lead_receive(struct port *p,
             const struct ptp_message *m,
             const struct port_packet *packet)
{
  if (m->type != PTP_DELAY_REQ) {
    return;
  }
  if (!packet->is_exact || !may_answer(p, packet->from, packet->when)) {
    p->facts.refused++;
    return;
  }
  const int is_unicast = (m->flags & PTP_UNICAST) != 0;
  struct ptp_message answer = port_message(p, PTP_DELAY_RESP);
  answer.sequence = m->sequence;
  answer.log_interval = (int8_t)p->config.log_delay;
  answer.flags = is_unicast ? PTP_UNICAST : 0;
  answer.correction_ns = m->correction_ns;
  answer.time_ns = media_at(p->media, packet->when);
  answer.requester = m->source;
  port_queue(p, &answer, is_unicast ? packet->from : PTP_GROUP, 0);
}
