/* conflicts.h - is an address that is ours used by somebody else, too? Two
   senders to one group and port are heard by turns, or one of them not at all,
   so it is said in status and, once, in the log.

   Seen is what receivers see: senders join no group.
   SPDX-License-Identifier: MIT */
#ifndef VSC_ENGINE_CONFLICTS_H
#define VSC_ENGINE_CONFLICTS_H

#include "engine.h"

/** Look what came within the last second; after hearing_second().
    [main-thread] */
void
conflicts_second(struct engine *e);

#endif
