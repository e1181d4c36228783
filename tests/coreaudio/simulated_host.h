/* simulated_host.h - coreaudiod as far as a driver sees it: calls all that it
   would call, and counts every answer that breaks a rule of the interface.
   It knows the driver by its interface alone, so it drives one in this program
   as well as one that was loaded in some other way.
   SPDX-License-Identifier: MIT */
#ifndef VSC_TESTS_SIMULATED_HOST_H
#define VSC_TESTS_SIMULATED_HOST_H

#include <CoreAudio/AudioServerPlugIn.h>
#include <stdatomic.h>
#include <stdbool.h>

/** More devices than a driver has. */
#define HOST_DEVICES 16

enum host_habit {
  HOST_PERFORMS, /* at once, from within the request */
  HOST_ABORTS,
  HOST_WAITS, /* until host_perform() */
};

/** With one device of the driver's; the one that loaded the driver has those of
    its other devices behind it. Zeroed, but for the first group. */
struct host {
  AudioServerPlugInHostInterface interface; /* host_load() fills it in */
  /* what the test gives */
  UInt64 (*ticks)(void);
  double ticks_per_second;
  double slope_ppm; /* off its nominal rate, at most: 500 and a little */
  enum host_habit habit;
  bool is_quiet; /* it prints no violations */
  /* the driver, and what it said of its device */
  AudioServerPlugInDriverRef driver;
  AudioObjectID device, input, output; /* 0: no such stream */
  UInt32 inputs, outputs, safety_in, safety_out, period;
  double rate;
  struct host *next;      /* of another device */
  _Atomic UInt32 devices; /* that were announced; 0: it did not load */
  /* zero time stamps */
  bool has_stamp;
  double sample, ticks_per_frame;
  UInt64 host_time, seed;
  /* what happened */
  _Atomic unsigned violations; /* also of the driver's own thread */
  _Atomic unsigned long long calls;
  unsigned changes, requests, notices, seeds;
  unsigned started; /* clients that move audio */
  unsigned long long cycles;
  _Atomic bool has_pending; /* asked for by the driver's own thread, too */
};

/** Make a driver by FACTORY and check its object: IUnknown, references, what it
    is not; then initialize it: from here on it may call. */
bool
host_load(struct host *h, void *(*factory)(CFAllocatorRef, CFUUIDRef));
/** Ask every object of all devices for every property in every scope and
   element, and hold the answers against the list of what a device has to have.
 */
void
host_walk(struct host *h);
/** Learn what the device is like, as after a configuration change. */
void
host_look(struct host *h);
/** Answer the request that was left waiting. */
void
host_perform(struct host *h);

/** A property; BYTES is exact. False, and no violation, where it cannot be. */
bool
host_get(struct host *h,
         AudioObjectID object,
         const AudioObjectPropertyAddress *address,
         void *out,
         UInt32 bytes);
OSStatus
host_set_rate(struct host *h, double rate);

/** A client begins and ends. */
void
host_start(struct host *h, UInt32 client);
void
host_stop(struct host *h, UInt32 client);
/** Poll the zero time stamp. */
void
host_stamp(struct host *h);
/** Ticks at which sample time SAMPLE is, and the sample time now. */
double
host_ticks_of(const struct host *h, double sample);
double
host_sample_now(const struct host *h);
/** FRAMES of SAMPLE on, for CLIENT; memory around BUFFER is watched. */
void
host_read(struct host *h,
          UInt32 client,
          double sample,
          float *buffer,
          UInt32 frames);
void
host_write(struct host *h,
           UInt32 client,
           double sample,
           float *buffer,
           UInt32 frames);

/* host_devices.c */

/** ONE is to have the driver's device INDEX, as it lists them. */
void
host_join(struct host *h, struct host *one, UInt32 index);
/** How many devices the driver lists, and which. */
UInt32
host_devices(struct host *h, AudioObjectID ids[HOST_DEVICES]);
/** Is H's device, and all that were announced, among them? */
bool
host_lists(struct host *h);
/** Which of H and those behind it has DEVICE; NULL: none. */
struct host *
host_of_device(struct host *h, AudioObjectID device);

/** Counts a violation unless IS_TRUE. */
bool
host_expect(struct host *h, bool is_true, const char *rule);

#endif
