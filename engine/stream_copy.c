/* stream_copy.c - the second leg of a receiver (ST 2022-7): it writes the same
   frames of the same timeline, so that one packet of two is enough.
   SPDX-License-Identifier: MIT */
#include "stream.h"

#include "log.h"

/* On the interface that has it; NULL: WHY says it. */
static struct transport *
transport_of(struct engine *e, struct stream *s, char *why, size_t bytes)
{
  return e->setup.secondary
           ? stream_transport(
               e, &e->secondary, s->resolved.transport, why, bytes)
           : s->transport;
}

static vsc_status
open_on(struct stream *s, struct transport *t, const vsc_stream *leg)
{
  s->copy = arena_alloc(&s->arena, t->ops->rx_size + 1u);
  if (!s->copy) {
    return VSC_ERR_NOMEM;
  }
  t->instance->current = &s->arena;
  const vsc_status status =
    t->ops->rx_open(t->instance->self, s->copy, leg, &s->rx->copy);
  t->instance->current = &t->instance->arena;
  s->copy_transport = t;
  return status;
}

void
stream_copy_open(struct engine *e, struct stream *s)
{
  const vsc_stream *const first = &s->resolved.desc;
  vsc_stream leg = *first;
  leg.address = leg.copy_address;
  leg.port = leg.copy_port;
  leg.source = leg.copy_source;
  /* The same group may be on both networks. */
  const bool is_same = !e->setup.secondary && leg.address == first->address &&
                       leg.port == first->port && leg.source == first->source;
  if (!leg.address || is_same) {
    return;
  }
  char why[400] = "the transport cannot open it";
  struct transport *const t = transport_of(e, s, why, sizeof why);
  if (!t || open_on(s, t, &leg) < 0) {
    s->copy = NULL;
    log_write(e->setup.log,
              VSC_LOG_WARN,
              s->name,
              "only the first leg is heard: %s",
              why);
  }
}

void
stream_copy_close(struct stream *s)
{
  if (s->copy) {
    const struct transport *const t = s->copy_transport;
    t->ops->rx_close(t->instance->self, s->copy);
    s->copy = NULL;
  }
}
