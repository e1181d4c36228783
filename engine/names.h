/* names.h - what the channels of the device are called.
   SPDX-License-Identifier: MIT */
#ifndef VSC_ENGINE_NAMES_H
#define VSC_ENGINE_NAMES_H

#include "engine.h"

/** "rx1 3": the third channel of the stream that meets it, by the name of its
    session where it has one. Loopbacks name what no stream does, and of two
    streams the first one names. [main-thread] */
void
names_collect(const struct engine *e, struct device_names *out);
/** Show them to applications. After each change of what there is. */
void
names_tell(struct engine *e);

#endif
