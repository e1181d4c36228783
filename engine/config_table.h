/* config_table.h - the sections a profile may have.
   SPDX-License-Identifier: MIT */
#ifndef VSC_ENGINE_CONFIG_TABLE_H
#define VSC_ENGINE_CONFIG_TABLE_H

#include "config.h"

/** What [discovery] fills. */
struct module_options {
  int32_t enabled;
  const char *module;
};

/** What [clock] fills. */
struct clock_options {
  const char *module, *follow;
};

/** What [stream], [send] and [receive] fill. */
struct stream_options {
  vsc_ns packet_time;
  int64_t rate;
  const char *link_offset, *encoding, *transport, *resampler;
  int64_t dscp, ttl, payload_type;
  int32_t when, enabled, dialect, takes_over, ignores_refclk, follow;
  const char *channels, *map, *session, *sdp, *address, *source, *rtp_offset;
  int64_t port;
};

/** What [loopback] fills. */
struct loopback_options {
  int32_t enabled;
  const char *from, *to, *delay, *exclude;
};

/** What [bridge] fills. */
struct bridge_options {
  int32_t enabled, direction;
  const char *device, *channels, *resampler;
  vsc_ns latency;
};

struct role {
  const char *name;
  const char *label; /* of its name, for people */
  const vsc_option *rows;
  int has_name;
};

/** Ends with a NULL name. */
const struct role *
config_roles(void);

#endif
