/* coreaudio_faults.c - the simulated coreaudiod notices: drivers with the
   mistakes that others have made, each of which has to break a rule.
   SPDX-License-Identifier: MIT */
#include "rig.h"
#include "tests/sim/expect.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define MS INT64_C(1000000)

/* The driver with the mistake, and the good one behind it. */
static AudioServerPlugInDriverInterface bad;
static AudioServerPlugInDriverInterface *bad_driver = &bad;
static AudioServerPlugInDriverRef good;

/* Formats as plain descriptions: no host finds a valid one. */
static OSStatus
plain_formats(AudioServerPlugInDriverRef driver,
              AudioObjectID object,
              pid_t client,
              const AudioObjectPropertyAddress *address,
              UInt32 qualifier_bytes,
              const void *qualifier,
              UInt32 *out)
{
  (void)driver;
  const OSStatus status = (*good)->GetPropertyDataSize(
    good, object, client, address, qualifier_bytes, qualifier, out);
  if (address->mSelector == kAudioStreamPropertyAvailableVirtualFormats) {
    *out = *out / 56 * 40;
  }
  return status;
}

static OSStatus
lost_text(AudioServerPlugInDriverRef driver,
          AudioObjectID object,
          pid_t client,
          const AudioObjectPropertyAddress *address,
          UInt32 qualifier_bytes,
          const void *qualifier,
          UInt32 bytes,
          UInt32 *out_bytes,
          void *out)
{
  (void)driver;
  const OSStatus status = (*good)->GetPropertyData(good,
                                                   object,
                                                   client,
                                                   address,
                                                   qualifier_bytes,
                                                   qualifier,
                                                   bytes,
                                                   out_bytes,
                                                   out);
  if (address->mSelector == kAudioObjectPropertyName && *out_bytes) {
    CFStringRef text;
    memcpy(&text, out, sizeof text);
    CFRetain(text);
  }
  return status;
}

/* It does not look how much room there is. */
static OSStatus
long_answer(AudioServerPlugInDriverRef driver,
            AudioObjectID object,
            pid_t client,
            const AudioObjectPropertyAddress *address,
            UInt32 qualifier_bytes,
            const void *qualifier,
            UInt32 bytes,
            UInt32 *out_bytes,
            void *out)
{
  (void)driver;
  return (*good)->GetPropertyData(good,
                                  object,
                                  client,
                                  address,
                                  qualifier_bytes,
                                  qualifier,
                                  bytes < 4 ? 4 : bytes,
                                  out_bytes,
                                  out);
}

static Boolean
anything(AudioServerPlugInDriverRef driver,
         AudioObjectID object,
         pid_t client,
         const AudioObjectPropertyAddress *address)
{
  (void)driver;
  (void)object;
  (void)client;
  (void)address;
  return 1;
}

/* A counter that a call moves by one, and that never catches up. */
static OSStatus
slow_counter(AudioServerPlugInDriverRef driver,
             AudioObjectID device,
             UInt32 client,
             Float64 *sample,
             UInt64 *host_time,
             UInt64 *seed)
{
  static Float64 last = -1.0;
  (void)driver;
  const OSStatus status =
    (*good)->GetZeroTimeStamp(good, device, client, sample, host_time, seed);
  const Float64 newest = *sample;
  last = last < 0 ? newest : last + (newest > last ? 16384 : 0);
  *host_time -= (UInt64)((newest - last) * 24e6 / 48000);
  *sample = last;
  return status;
}

/* The clock has learnt something, and an old stamp moves. */
static OSStatus
moved_stamp(AudioServerPlugInDriverRef driver,
            AudioObjectID device,
            UInt32 client,
            Float64 *sample,
            UInt64 *host_time,
            UInt64 *seed)
{
  static UInt64 calls;
  (void)driver;
  const OSStatus status =
    (*good)->GetZeroTimeStamp(good, device, client, sample, host_time, seed);
  *host_time += calls++ & 1;
  return status;
}

static OSStatus
nanoseconds(AudioServerPlugInDriverRef driver,
            AudioObjectID device,
            UInt32 client,
            Float64 *sample,
            UInt64 *host_time,
            UInt64 *seed)
{
  (void)driver;
  const OSStatus status =
    (*good)->GetZeroTimeStamp(good, device, client, sample, host_time, seed);
  *host_time = *host_time / 3 * 125;
  return status;
}

/* What was read is gone for the next client. */
static OSStatus
consumed(AudioServerPlugInDriverRef driver,
         AudioObjectID device,
         AudioObjectID stream,
         UInt32 client,
         UInt32 operation,
         UInt32 frames,
         const AudioServerPlugInIOCycleInfo *cycle,
         void *main,
         void *secondary)
{
  (void)driver;
  const OSStatus status = (*good)->DoIOOperation(
    good, device, stream, client, operation, frames, cycle, main, secondary);
  if (client == 2) {
    memset(main, 0, frames * sizeof(Float32));
  }
  return status;
}

static OSStatus
a_frame_more(AudioServerPlugInDriverRef driver,
             AudioObjectID device,
             AudioObjectID stream,
             UInt32 client,
             UInt32 operation,
             UInt32 frames,
             const AudioServerPlugInIOCycleInfo *cycle,
             void *main,
             void *secondary)
{
  (void)driver;
  return (*good)->DoIOOperation(good,
                                device,
                                stream,
                                client,
                                operation,
                                frames + 1,
                                cycle,
                                main,
                                secondary);
}

/* The mistake N; false: there is no more. */
static bool
make(unsigned n)
{
  switch (n) {
    case 0:
      bad.GetPropertyDataSize = plain_formats;
      return true;
    case 1:
      bad.GetPropertyData = lost_text;
      return true;
    case 2:
      bad.GetPropertyData = long_answer;
      return true;
    case 3:
      bad.HasProperty = anything;
      return true;
    case 4:
      bad.GetZeroTimeStamp = slow_counter;
      return true;
    case 5:
      bad.GetZeroTimeStamp = moved_stamp;
      return true;
    case 6:
      bad.GetZeroTimeStamp = nanoseconds;
      return true;
    case 7:
      bad.DoIOOperation = consumed;
      return true;
    case 8:
      bad.DoIOOperation = a_frame_more;
      return true;
    default:
      return false;
  }
}

/* 0: it was noticed; 2: there is no such mistake. */
static int
try(unsigned n)
{
  static struct rig rig;
  rig_create(&rig, 0.0, rig_profile(2, "", "250us"));
  struct host *const h = &rig.host;
  rig_run(&rig, 1000 * MS);
  good = h->driver;
  bad = **good;
  if (!make(n)) {
    return 2;
  }
  h->driver = &bad_driver;
  h->violations = 0;
  h->is_quiet = true;
  host_start(h, 1);
  rig_run(&rig, 200 * MS);
  rig_cycles(&rig, 20);
  rig_run(&rig, 3000 * MS);
  rig_cycles(&rig, 20);
  if (n < 4) {
    host_walk(h);
  }
  host_stop(h, 1);
  const bool is_noticed = h->violations > 0;
  printf("mistake %u: %u violations\n", n, h->violations);
  rig_destroy(&rig);
  return !is_noticed;
}

int
main(void)
{
  for (unsigned n = 0;; n++) {
    int status = 0;
    fflush(NULL);
    const pid_t pid = fork();
    if (pid == 0) {
      status = try(n);
      fflush(NULL);
      _exit(status);
    }
    waitpid(pid, &status, 0);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 2) {
      expect(n > 0, "there are mistakes");
      break;
    }
    if (status != 0) {
      fprintf(stderr, "mistake %u\n", n);
    }
    expect(status == 0, "a mistake is noticed");
  }
  printf("%d failed\n", failures);
  return failures != 0;
}
