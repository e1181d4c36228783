/* config_stream.h - see config_stream.c.
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

#endif
