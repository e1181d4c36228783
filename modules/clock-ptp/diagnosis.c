/* diagnosis.c - the causes in the order in which they hide one another.
   SPDX-License-Identifier: MIT */
#include "modules/clock-ptp/diagnosis.h"

#include "modules/shared/clock_id.h"

#include <stdarg.h>
#include <stdio.h>

#define SECOND INT64_C(1000000000)
#define RECENT (10 * SECOND)
#define MANY 5 /* in a row, before it is called a rule */

/* What is looked at, and where the sentence goes. */
struct sight {
  const struct diagnosis_facts *about;
  const struct port *port;
  const struct ladder *ladder;
  vsc_ns now;
  char *out;
  size_t bytes;
};

VSC_PRINTF(2, 3)
static void
say(const struct sight *s, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  vsnprintf(s->out, s->bytes, format, args);
  va_end(args);
}

static int
is_recent(const struct sight *s, vsc_ns when)
{
  return when && s->now - when < RECENT;
}

static void
say_ports(const struct sight *s)
{
  const struct port_config *const c = &s->port->config;
  if (s->about->is_in_use) {
    say(s,
        "another program has UDP port %u for itself: stop it, or use "
        "clock-system beside it",
        c->event_port);
  } else {
    say(s,
        "no permission for UDP ports %u and %u: sudo setcap "
        "cap_net_bind_service+ep \"$(command -v aes67)\", or sudo systemctl "
        "start aes67.socket aes67",
        c->event_port,
        c->general_port);
  }
}

/* Nothing in our domain is heard. */
static void
say_silence(const struct sight *s)
{
  const struct diagnosis_facts *const d = s->about;
  const struct port_facts *const f = &s->port->facts;
  char id[CLOCK_ID_TEXT];
  if (is_recent(s, f->not_allowed)) {
    say(s,
        "grandmaster %s is not in the list \"allow\"",
        clock_id_text(f->not_allowed_clock, CLOCK_ID_BYTES, id));
  } else if (is_recent(s, f->other_domain)) {
    say(s,
        "PTP is heard in domain %u on %s, not in ours: set clock.domain "
        "= %u",
        f->other_domain_number,
        d->interface,
        f->other_domain_number);
  } else if (is_recent(s, f->version_1)) {
    say(s,
        "only PTP version 1 is heard on %s: switch the master to AES67 "
        "mode (PTPv2)",
        d->interface);
  } else if (is_recent(s, f->announce)) {
    say(s, "a master is heard on %s, not yet often enough", d->interface);
  } else if (d->shared_port) {
    say(s,
        "no Announce heard on %s, and another program has UDP port %u, "
        "too: stop it, or use clock-system beside it",
        d->interface,
        d->shared_port);
  } else {
    say(s,
        "no Announce heard on %s, 224.0.1.129 is %s: is there a master, "
        "and an IGMP querier",
        d->interface,
        d->has_joined ? "joined" : "not joined");
  }
}

/* There is a master, and it is not good enough yet. */
static void
say_doubts(const struct sight *s)
{
  static const char *const hints[] = {
    [PORT_DELAY_AUTO] =
      " by multicast and unicast: is the way to the master open?",
    [PORT_DELAY_MULTICAST] = ": a hybrid master? set clock.delay_req = unicast",
    [PORT_DELAY_UNICAST] =
      " by unicast: set clock.delay_req = auto, and run no other PTP program",
  };
  const struct port_config *const c = &s->port->config;
  const struct port_facts *const f = &s->port->facts;
  const struct ladder *const l = s->ladder;
  if (!is_recent(s, f->sync)) {
    say(s, "Announce is heard and no Sync: the master is not ready");
  } else if (f->lonely_syncs >= MANY) {
    say(s,
        "Sync comes without Follow_Up: is UDP port %u filtered?",
        c->general_port);
  } else if (f->unanswered >= MANY) {
    say(
      s, "no Delay_Resp to %u requests%s", f->unanswered, hints[c->delay_mode]);
  } else if (l->estimator.has_map && !l->is_locked &&
             s->now - l->doubtful_since > SECOND) {
    say(s,
        "the offset is unstable: %.0f ns of noise on a path of %.0f ns",
        l->estimator.map.noise,
        l->estimator.map.delay);
  }
}

/* Why no good master is followed. */
static void
say_cause(const struct sight *s)
{
  const struct port *const p = s->port;
  const vsc_ns change = p->facts.changes[PORT_CHANGES - 1];
  char id[CLOCK_ID_TEXT];
  if (!s->about->has_network) {
    say(s, "no network interface: the system's TAI is used");
  } else if (!s->about->is_permitted) {
    say_ports(s);
  } else if (is_recent(s, p->facts.twin)) {
    say(s,
        "another clock uses our identity %s",
        clock_id_text(p->config.identity, CLOCK_ID_BYTES, id));
  } else if (change && s->now - change < 30 * SECOND) {
    say(s, "two masters take turns: give one of them the better priority1");
  } else if (p->has_parent) {
    say_doubts(s);
  } else if (p->state == PORT_PASSIVE) {
    say(s, "a better master is heard and role = master does not follow it");
  } else if (p->state != PORT_MASTER) {
    say_silence(s);
  }
}

/* Who else has our port. */
static void
say_others(const struct sight *s)
{
  const struct port_facts *const f = &s->port->facts;
  char id[CLOCK_ID_TEXT];
  if (is_recent(s, f->neighbour)) {
    say(s,
        "another PTP program of this machine uses the port: %s",
        clock_id_text(f->neighbour_clock, CLOCK_ID_BYTES, id));
  } else if (s->about->shared_port) {
    say(s,
        "another program has UDP port %u, too: what is sent to this machine "
        "alone reaches one of the two",
        s->about->shared_port);
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
  if (l->rung == RUNG_STREAM) {
    snprintf(out, bytes, "goes by the stream");
  } else if (l->rung == RUNG_HOLDOVER && !ladder_holds_master(l)) {
    snprintf(out, bytes, "holdover after the stream");
  } else if (v->state == VSC_CLOCK_FREE) {
    snprintf(out, bytes, "%s", texts[v->state]);
  } else {
    snprintf(out,
             bytes,
             "%s %s",
             texts[v->state],
             clock_id_text(v->grandmaster, CLOCK_ID_BYTES, id));
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
  const struct sight s = { .about = d,
                           .port = p,
                           .ladder = l,
                           .now = now,
                           .out = out + used,
                           .bytes = bytes - used };
  *s.out = '\0';
  say_cause(&s);
  if (!*s.out && l->rung != RUNG_PTP) {
    say_others(&s);
  }
  if (!*s.out) {
    *out = '\0'; /* by choice */
  }
}
