/* guest.h - a sender that an application brings along: a file that `aes67
   stream` plays. It has a device of its own, which no other application sees,
   and is gone when the application is.
   SPDX-License-Identifier: MIT */
#ifndef VSC_ENGINE_GUEST_H
#define VSC_ENGINE_GUEST_H

#include "engine.h"

#define GUESTS_MAX 8
#define GUEST_INSTANCE_BYTES 48

struct guest;

/** Make the device and the sender, and run it. OUT: under which instance name
    the application opens its device; it has a few seconds to do so. WHY: one
    sentence. VSC_ERR_MALFORMED: what EXTRA asks for is wrong. [main-thread] */
vsc_status
guest_open(struct engine *e,
           const struct config_extra *extra,
           char out[GUEST_INSTANCE_BYTES],
           char *why,
           size_t why_bytes);
/** Let those go whose application has gone, or never came. [main-thread] */
void
guests_tick(struct engine *e);
/** The clock has a new view. [main-thread] */
void
guests_set_clock(struct engine *e);

/** Of stream.c and streams.c. */
struct device *
guest_device(struct guest *guest);
struct own_lines *
guest_lines(struct guest *guest);
/** NULL is fine. */
void
guest_destroy(struct guest *guest);

#endif
