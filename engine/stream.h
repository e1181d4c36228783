/* stream.h - the life of one stream: resolve, open, close.
   SPDX-License-Identifier: MIT */
#ifndef VSC_ENGINE_STREAM_H
#define VSC_ENGINE_STREAM_H

#include "engine.h"

/** NULL without memory. */
struct stream *
stream_create(const struct stream_config *config, const struct route_map *map);
/** Resolve its session, make its codec and route, open it on its transport.
    What goes wrong is in s->reason and logged when it is news. */
vsc_status
stream_open(struct engine *e, struct stream *s);
/** Could a stream of this configuration be opened on a device at RATE, as far
    as is known before? WHY names it. */
vsc_status
stream_check(struct engine *e,
             const struct stream_config *config,
             uint32_t rate,
             char *why,
             size_t why_bytes);
/** Close on the transport and free what it held; the struct stays. */
void
stream_close(struct stream *s);
/** The transport MODULE as it is used with SERVICES; made when there is none.
    NULL: WHY says it. */
struct transport *
stream_transport(struct engine *e,
                 const struct services *services,
                 const char *module,
                 char *why,
                 size_t bytes);
/** stream_copy.c: the second leg of an open receiver, if its session has one.
    Without it there is still the first. */
void
stream_copy_open(struct engine *e, struct stream *s);
void
stream_copy_close(struct stream *s);
/** Close and free. NULL is fine. */
void
stream_destroy(struct stream *s);
void
stream_set_map(struct stream *s, const struct route_map *map);

#endif
