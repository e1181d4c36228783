/* stream_copy.c - the second leg of a receiver (ST 2022-7): it writes the same
   frames of the same timeline, so that one packet of two is enough.
   SPDX-License-Identifier: MIT */
#include "stream.h"

#include "log.h"

void
stream_copy_open(struct engine *e, struct stream *s)
{
  struct transport *const t = s->transport;
  vsc_stream desc = s->resolved.desc;
  desc.address = desc.copy_address;
  desc.port = desc.copy_port;
  desc.source = desc.copy_source;
  const bool is_same = desc.address == s->resolved.desc.address &&
                       desc.port == s->resolved.desc.port &&
                       desc.source == s->resolved.desc.source;
  if (!desc.address || is_same) {
    return;
  }
  s->copy = arena_alloc(&s->arena, t->ops->rx_size + 1u);
  if (!s->copy ||
      t->ops->rx_open(t->instance->self, s->copy, &desc, &s->rx->copy) < 0) {
    s->copy = NULL;
    log_write(e->setup.log,
              VSC_LOG_WARN,
              s->name,
              "the second leg cannot be opened: only the first is heard");
    return;
  }
  s->copy_transport = t;
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
