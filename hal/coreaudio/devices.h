/* devices.h - the devices that coreaudiod is shown: that of the instance that
   any program would open, engine or not, and behind it one for each other
   instance, from when it first has a region. Those that are there stay, each
   with its numbers of objects.
   SPDX-License-Identifier: MIT */
#ifndef VSC_COREAUDIO_DEVICES_H
#define VSC_COREAUDIO_DEVICES_H

#include "device.h"

#define DEVICES_MAX 8

struct devices {
  /* constant after devices_init */
  AudioServerPlugInHostRef host;
  /* the tender */
  vsc_ns look_at; /* for other instances */
  vsc_ns due[DEVICES_MAX];
  /* atomic: the tender adds, everybody reads; those below it are whole */
  _Atomic uint32_t count;
  struct device all[DEVICES_MAX];
};

/** The first device. [main-thread] */
vsc_status
devices_init(struct devices *s, AudioServerPlugInHostRef host);
/** Look for instances and after their devices; how long until the next time.
    [the tender] */
vsc_ns
devices_tend(struct devices *s);
uint32_t
devices_count(const struct devices *s) VSC_RT;
/** The device that has OBJECT, or is it; NULL: there is none. */
struct device *
devices_find(struct devices *s, AudioObjectID object) VSC_RT;

#endif
