/* trace.h - a driver between coreaudiod and ours that tells of every call, for
   the bundle of bundle.sh --trace.
   SPDX-License-Identifier: MIT */
#ifndef VSC_COREAUDIO_TRACE_H
#define VSC_COREAUDIO_TRACE_H

#include <CoreAudio/AudioServerPlugIn.h>

/** Tell of all calls to DRIVER from here on, which stays what it is. Before it
    is initialized, and once. */
void
trace_driver(AudioServerPlugInDriverRef driver);
/** Where a line goes: the system's log, or a test's file. [thread-safe] */
void
trace_put(const char *line);

#endif
