/* rig.h - a simulated coreaudiod with our driver in it, on a machine with a
   whole engine, all in virtual time.
   SPDX-License-Identifier: MIT */
#ifndef VSC_TESTS_COREAUDIO_RIG_H
#define VSC_TESTS_COREAUDIO_RIG_H

#include "simulated_host.h"
#include "tests/sim/sim.h"

/** Frames of a cycle, at most. */
#define RIG_FRAMES 512

struct rig {
  struct sim sim;
  struct rig *whole; /* whose driver and sim it is in; NULL: its own */
  struct host host;
  /* What is played at a sample time is heard so many frames later. */
  vsc_pos delay;
  /* the cycles */
  vsc_pos next; /* the first frame that was not read yet */
  uint64_t random;
  UInt32 frames_max; /* of a cycle */
  bool has_second;   /* another client reads the same frames */
  /* frames heard */
  uint64_t exact, silent, wrong;
};

/** An engine at PPM off true time, that runs PROFILE; the driver is loaded but
    has not met it. Only one rig a program: coreaudiod loads a driver once. */
void
rig_create(struct rig *rig, double ppm, const char *profile);
/** The same with a driver of FACTORY. */
void
rig_create_with(struct rig *rig,
                double ppm,
                const char *profile,
                void *(*factory)(CFAllocatorRef, CFUUIDRef));
/** How many violations and failures there were, which it tells. */
void
rig_destroy(struct rig *rig);
/** RIG is for another device of WHOLE's driver, the INDEXth. */
void
rig_join(struct rig *rig, struct rig *whole, UInt32 index);
/** Time passes, for engine and driver. */
void
rig_run(struct rig *rig, int64_t ns);
/** COUNT cycles of audio. */
void
rig_cycles(struct rig *rig, unsigned long count);
/** Forget what was heard so far. */
void
rig_hear_again(struct rig *rig);

/** A device of CHANNELS that hears over the network what it plays, in streams
    of 8; DEVICE: more keys of that section. */
const char *
rig_profile(unsigned channels, const char *device, const char *packet_time);

#endif
