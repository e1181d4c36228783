/* config_stream.h - how [send] and [receive] sections become streams.
   SPDX-License-Identifier: MIT */
#ifndef VSC_ENGINE_CONFIG_STREAM_H
#define VSC_ENGINE_CONFIG_STREAM_H

#include "config_table.h"

/** Fill OUT (zeroed) from S; not 0 after complaining. */
int
config_stream_set(struct config *c,
                  struct profile_section *s,
                  const struct stream_options *o,
                  struct config_stream *out);

/** config_streams.c: every [send] and [receive]. */
void
config_streams_load(struct config *c, const struct config_source *src);
/** The sides exchanged, the disabled dropped, conflicts reported. */
void
config_streams_join(struct config *c);

/** config.c: report sections that cannot be. */
void
config_check_roles(struct config *c);
/** Report the keys of S that neither its rows nor MODULE (may be
    NULL) knows. */
void
config_check_keys(struct config *c,
                  const struct config_source *src,
                  struct profile_section *s,
                  const char *module,
                  int kind);

#endif
