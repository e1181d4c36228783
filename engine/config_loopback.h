/* config_loopback.h - see config_loopback.c.
   SPDX-License-Identifier: MIT */
#ifndef VSC_ENGINE_CONFIG_LOOPBACK_H
#define VSC_ENGINE_CONFIG_LOOPBACK_H

#include "config.h"

/** Every [loopback] section that is enabled, after the geometry; complains. */
void
config_loopbacks_load(struct config *c);
/** Nothing is fed twice, and nothing feeds itself; brings those that feed
    others to the front. After the streams. */
void
config_loopbacks_check(struct config *c);

#endif
