/* networks.h - the interfaces of an engine, as its profile names them: one, and
   one for the second leg of ST 2022-7 sessions.
   SPDX-License-Identifier: MIT */
#ifndef VSC_ENGINE_NETWORKS_H
#define VSC_ENGINE_NETWORKS_H

#include "config.h"
#include "loop.h"
#include "os.h"

/** Is there what CONFIG names? WHY: one sentence. [main-thread] */
vsc_status
networks_check(const struct config *config, char *why, size_t why_bytes);
/** The back-end of the second interface, or NULL when none is named. One that
    is not there was logged: nothing comes from it. [main-thread] */
vsc_status
networks_secondary(const struct config *config,
                   struct log *log,
                   struct os **out);
/** Lets OS see its link come and go; NULL when it has no link. [main-thread] */
vsc_watch *
networks_watch(struct loop *loop, struct os *os);

#endif
