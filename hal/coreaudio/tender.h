/* tender.h - the plug-in's only thread of its own, which looks after the
   engine. Tests in virtual time have another in its place.
   SPDX-License-Identifier: MIT */
#ifndef VSC_COREAUDIO_TENDER_H
#define VSC_COREAUDIO_TENDER_H

#include <vsc/base.h>

/** Call STEP(ARG) again and again, after the pauses that it returns, for as
    long as the process lives: coreaudiod unloads no driver. [main-thread] */
vsc_status
tender_start(vsc_ns (*step)(void *arg), void *arg);

#endif
