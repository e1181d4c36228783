/* diagnosis.c - the causes in the order in which they hide one another.
   SPDX-License-Identifier: MIT */
#include "modules/clock-ptp/diagnosis.h"

#include "modules/shared/clock_id.h"

#include <stdio.h>

#define SECOND INT64_C(1000000000)
#define RECENT (10 * SECOND)
#define MANY 5 /* in a row, before it is called a rule */

static int
is_recent(vsc_ns when, vsc_ns now)
{
  return when && now - when < RECENT;
}

static void
say_ports(const struct diagnosis_facts *d, char *out, size_t bytes)
{
  if (d->is_in_use) {
    snprintf(out,
             bytes,
             "another program has UDP port %u for itself: stop it, or use "
             "clock-system beside it",
             d->event_port);
    return;
  }
  snprintf(out,
           bytes,
           "no permission for UDP ports %u and %u: sudo setcap "
           "cap_net_bind_service+ep \"$(command -v aes67)\", or sudo systemctl "
           "start aes67.socket aes67",
           d->event_port,
           d->general_port);
}

/* Nothing in our domain is heard. */
static void
say_silence(const struct diagnosis_facts *d,
            const struct port *p,
            vsc_ns now,
            char *out,
            size_t bytes)
{
  const struct port_facts *const f = &p->facts;
  char id[CLOCK_ID_TEXT];
  if (is_recent(f->not_allowed, now)) {
    clock_id_text(f->not_allowed_clock, CLOCK_ID_BYTES, id);
    snprintf(out, bytes, "grandmaster %s is not in the list \"allow\"", id);
  } else if (is_recent(f->other_domain, now)) {
    snprintf(out,
             bytes,
             "PTP is heard in domain %u on %s, not in ours: set clock.domain "
             "= %u",
             f->other_domain_number,
             d->interface,
             f->other_domain_number);
  } else if (is_recent(f->version_1, now)) {
    snprintf(out,
             bytes,
             "only PTP version 1 is heard on %s: switch the master to AES67 "
             "mode (PTPv2)",
             d->interface);
  } else if (is_recent(f->announce, now)) {
    snprintf(out,
             bytes,
             "a master is heard on %s, not yet often enough",
             d->interface);
  } else if (d->shared_port) {
    snprintf(out,
             bytes,
             "no Announce heard on %s, and another program has UDP port %u, "
             "too: stop it, or use clock-system beside it",
             d->interface,
             d->shared_port);
  } else {
    snprintf(out,
             bytes,
             "no Announce heard on %s, 224.0.1.129 is %s: is there a master, "
             "and an IGMP querier",
             d->interface,
             d->has_joined ? "joined" : "not joined");
  }
}

/* There is a master, and it is not good enough yet. */
static void
say_doubts(const struct port *p,
           const struct ladder *l,
           vsc_ns now,
           char *out,
           size_t bytes)
{
  static const char *const hints[] = {
    [PORT_DELAY_AUTO] =
      " by multicast and unicast: is the way to the master open?",
    [PORT_DELAY_MULTICAST] = ": a hybrid master? set clock.delay_req = unicast",
    [PORT_DELAY_UNICAST] =
      " by unicast: set clock.delay_req = auto, and run no other PTP program",
  };
  const struct port_facts *const f = &p->facts;
  if (!is_recent(f->sync, now)) {
    snprintf(
      out, bytes, "Announce is heard and no Sync: the master is not ready");
  } else if (f->lonely_syncs >= MANY) {
    snprintf(out,
             bytes,
             "Sync comes without Follow_Up: is UDP port %u filtered?",
             p->config.general_port);
  } else if (f->unanswered >= MANY) {
    snprintf(out,
             bytes,
             "no Delay_Resp to %u requests%s",
             f->unanswered,
             hints[p->config.delay_mode]);
  } else if (l->estimator.has_map && !l->is_locked &&
             now - l->doubtful_since > SECOND) {
    snprintf(out,
             bytes,
             "the offset is unstable: %.0f ns of noise on a path of %.0f ns",
             l->estimator.map.noise,
             l->estimator.map.delay);
  }
}

/* Why no good master is followed. */
static void
say_cause(const struct diagnosis_facts *d,
          const struct port *p,
          const struct ladder *l,
          vsc_ns now,
          char *out,
          size_t bytes)
{
  const struct port_facts *const f = &p->facts;
  char id[CLOCK_ID_TEXT];
  if (!d->has_network) {
    snprintf(out, bytes, "no network interface: the system's TAI is used");
  } else if (!d->is_permitted) {
    say_ports(d, out, bytes);
  } else if (is_recent(f->twin, now)) {
    clock_id_text(p->config.identity, CLOCK_ID_BYTES, id);
    snprintf(out, bytes, "another clock uses our identity %s", id);
  } else if (p->facts.changes[PORT_CHANGES - 1] &&
             now - f->changes[PORT_CHANGES - 1] < 30 * SECOND) {
    snprintf(out,
             bytes,
             "two masters take turns: give one of them the better priority1");
  } else if (p->has_parent) {
    say_doubts(p, l, now, out, bytes);
  } else if (p->state != PORT_MASTER && p->state != PORT_PASSIVE) {
    say_silence(d, p, now, out, bytes);
  } else if (p->state == PORT_PASSIVE) {
    snprintf(out,
             bytes,
             "a better master is heard and role = master does not follow it");
  }
}

/* Who else has our port. */
static void
say_others(const struct diagnosis_facts *d,
           const struct port *p,
           vsc_ns now,
           char *out,
           size_t bytes)
{
  const struct port_facts *const f = &p->facts;
  char id[CLOCK_ID_TEXT];
  if (is_recent(f->neighbour, now)) {
    clock_id_text(f->neighbour_clock, CLOCK_ID_BYTES, id);
    snprintf(
      out, bytes, "another PTP program of this machine uses the port: %s", id);
  } else if (d->shared_port) {
    snprintf(
      out,
      bytes,
      "another program has UDP port %u, too: what is sent to this machine "
      "alone reaches one of the two",
      d->shared_port);
  }
}

void
diagnosis_state(const struct ladder *l,
                const vsc_clock_view *v,
                char *out,
                size_t bytes)
{
  static const char *const texts[] = {
    [VSC_CLOCK_FREE] = "free-running",
    [VSC_CLOCK_LOCKING] = "follows",
    [VSC_CLOCK_LOCKED] = "locked to",
    [VSC_CLOCK_HOLDOVER] = "holdover after",
    [VSC_CLOCK_MASTER] = "is the master:",
  };
  char id[CLOCK_ID_TEXT];
  clock_id_text(v->grandmaster, CLOCK_ID_BYTES, id);
  if (l->rung == RUNG_STREAM) {
    snprintf(out, bytes, "goes by the stream");
  } else if (l->rung == RUNG_HOLDOVER && !ladder_holds_master(l)) {
    snprintf(out, bytes, "holdover after the stream");
  } else if (v->state == VSC_CLOCK_FREE) {
    snprintf(out, bytes, "%s", texts[v->state]);
  } else {
    snprintf(out, bytes, "%s %s", texts[v->state], id);
  }
}

void
diagnosis_write(const struct diagnosis_facts *d,
                const struct port *p,
                const struct ladder *l,
                vsc_ns now,
                char *out,
                size_t bytes)
{
  const char *const instead =
    l->rung == RUNG_STREAM ? "goes by the stream: " : "";
  const size_t used = (size_t)snprintf(out, bytes, "%s", instead);
  char *const cause = out + used;
  *cause = '\0';
  say_cause(d, p, l, now, cause, bytes - used);
  if (!*cause && l->rung != RUNG_PTP) {
    say_others(d, p, now, cause, bytes - used);
  }
  if (!*cause) {
    *out = '\0'; /* by choice */
  }
}
