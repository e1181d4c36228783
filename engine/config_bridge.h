/* config_bridge.h - [bridge NAME] sections: see config_bridge.c.
   SPDX-License-Identifier: MIT */
#ifndef VSC_ENGINE_CONFIG_BRIDGE_H
#define VSC_ENGINE_CONFIG_BRIDGE_H

#include "config.h"

#define CONFIG_BRIDGES 16

/** One [bridge]; without pointers, so that two compare by bytes. */
struct config_bridge {
  char name[VSC_NAME_BYTES];
  char device[128]; /* the card */
  vsc_ns latency;
  int32_t is_capture;
  uint32_t first, count; /* channels of our device */
  char resampler[52];    /* without its prefix; no padding behind it */
};

/** Every section that is enabled, after the geometry; complains. */
void
config_bridges_load(struct config *c, const struct config_source *src);

#endif
