/* conflicts.c - tells two senders at one address from one that takes over from
   another. SPDX-License-Identifier: MIT */
#include "conflicts.h"

#include "log.h"
#include "option.h"

#include <stdio.h>
#include <string.h>

/* A sender that replaces another is foreign for 250 ms and then there: never in
   so many seconds running. */
#define SECONDS 2
/* Two that send from one host are taken for one that restarts with every
   packet; one alone does not restart as often in a second. */
#define TURNS 8
/* Said again at the earliest, as it comes and goes. */
#define QUIET_NS INT64_C(60000000000)

static vsc_ip
address(const _Atomic uint32_t *ip)
{
  return atomic_load_explicit(ip, memory_order_relaxed);
}

/* What is wrong with the address of receiver S, empty: nothing. */
static void
judge_receiver(struct stream *s, char *text, size_t bytes)
{
  const struct rx_counts *const rx = &s->counts->rx;
  struct stream_conflict *const c = &s->conflict;
  const uint64_t foreign = s->hearing.since[RX_FOREIGN];
  const uint64_t turns = s->hearing.since[RX_RESTARTED];
  const bool is_shared = foreign > 0 && turns == 0;
  const bool is_by_turns = turns >= TURNS;
  c->seconds = !s->is_open || (!is_shared && !is_by_turns) ? 0
               : c->seconds < SECONDS                      ? c->seconds + 1
                                                           : SECONDS;
  text[0] = '\0';
  if (c->seconds < SECONDS) {
    return;
  }
  char playing[16];
  char other[16];
  ip_format(address(&rx->source), playing);
  ip_format(address(&rx->other), other);
  if (is_by_turns) {
    snprintf(text,
             bytes,
             "two senders at %s use this address and are heard by turns: give "
             "one of them another",
             playing);
  } else {
    snprintf(text,
             bytes,
             "%s sends to this address, too: it is not heard beside %s",
             other,
             playing);
  }
}

static bool
is_alive(const struct engine *e, const struct stream *s)
{
  return stream_state(e, s) == STREAM_PLAYING ||
         stream_state(e, s) == STREAM_DEGRADED ||
         stream_state(e, s) == STREAM_CONFLICT;
}

/* What our receivers see at the address of sender S. */
static void
judge_sender(const struct engine *e,
             const struct stream *s,
             char *text,
             size_t bytes)
{
  const vsc_ip ours = e->setup.os->net.address(&e->setup.os->net);
  const vsc_stream *const d = &s->resolved.desc;
  text[0] = '\0';
  for (const struct stream *r = e->streams; s->is_open && r; r = r->next) {
    if (!r->rx || r->resolved.desc.address != d->address ||
        r->resolved.desc.port != d->port || !is_alive(e, r)) {
      continue;
    }
    const vsc_ip playing = address(&r->counts->rx.source);
    const vsc_ip other = address(&r->counts->rx.other);
    const vsc_ip stranger = playing != ours                ? playing
                            : r->conflict.text[0] && other ? other
                                                           : 0;
    if (stranger) {
      char ip[16];
      char name[44];
      ip_format(stranger, ip);
      snprintf(text,
               bytes,
               "%s sends to this address, too, as receiver \"%s\" sees",
               ip,
               text_shorten(r->name, name, sizeof name));
      return;
    }
  }
}

static void
tell(const struct engine *e, struct stream *s, const char *text)
{
  struct stream_conflict *const c = &s->conflict;
  const vsc_ns now = e->setup.os->now(e->setup.os);
  if (text[0] && !c->text[0] && (c->said_at == 0 || now >= c->said_at)) {
    char ip[16];
    ip_format(s->resolved.desc.address, ip);
    log_write(e->setup.log,
              VSC_LOG_WARN,
              s->name,
              "%s:%u: %s",
              ip,
              s->resolved.desc.port,
              text);
    c->said_at = now + QUIET_NS;
  }
  snprintf(c->text, sizeof c->text, "%s", text);
}

void
conflicts_second(struct engine *e)
{
  char text[sizeof e->streams->conflict.text];
  for (struct stream *s = e->streams; s; s = s->next) {
    if (!s->config.is_send) {
      judge_receiver(s, text, sizeof text);
      tell(e, s, text);
    }
  }
  for (struct stream *s = e->streams; s; s = s->next) {
    if (s->config.is_send) {
      judge_sender(e, s, text, sizeof text);
      tell(e, s, text);
    }
  }
}
