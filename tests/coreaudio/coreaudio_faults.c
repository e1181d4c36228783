/* coreaudio_faults.c - the simulated coreaudiod notices: drivers with the
   mistakes that others have made, each of which has to break a rule.
   SPDX-License-Identifier: MIT */
#include "parts.h"
#include "rig.h"

#include <string.h>

#define MS INT64_C(1000000)

enum mistake {
  NO_MISTAKE,
  /* of properties */
  PLAIN_FORMATS, /* as plain descriptions: no host finds a valid one */
  LOST_TEXT,     /* nobody releases it */
  LONG_ANSWER,   /* it does not look how much room there is */
  ANYTHING,      /* is said to be there */
  /* of time */
  SLOW_COUNTER, /* a call moves it by one, and it never catches up */
  MOVED_STAMP,  /* the clock has learnt something, and an old stamp moves */
  NANOSECONDS,  /* for ticks */
  /* of audio */
  CONSUMED, /* what was read is gone for the next client */
  A_FRAME_MORE,
  MISTAKES
};

/* The driver with the mistake, and the good one behind it. */
static enum mistake mistake;
static AudioServerPlugInDriverInterface bad;
static AudioServerPlugInDriverInterface *bad_driver = &bad;
static AudioServerPlugInDriverRef good;

static Boolean
has_property(AudioServerPlugInDriverRef driver,
             AudioObjectID object,
             pid_t process,
             const AudioObjectPropertyAddress *address)
{
  (void)driver;
  return mistake == ANYTHING ||
         (*good)->HasProperty(good, object, process, address);
}

static OSStatus
get_size(AudioServerPlugInDriverRef driver,
         AudioObjectID object,
         pid_t process,
         const AudioObjectPropertyAddress *address,
         UInt32 qualifier_bytes,
         const void *qualifier,
         UInt32 *out)
{
  (void)driver;
  const OSStatus status = (*good)->GetPropertyDataSize(
    good, object, process, address, qualifier_bytes, qualifier, out);
  if (mistake == PLAIN_FORMATS &&
      address->mSelector == kAudioStreamPropertyAvailableVirtualFormats) {
    *out = *out / 56 * 40;
  }
  return status;
}

static OSStatus
get_data(AudioServerPlugInDriverRef driver,
         AudioObjectID object,
         pid_t process,
         const AudioObjectPropertyAddress *address,
         UInt32 qualifier_bytes,
         const void *qualifier,
         UInt32 bytes,
         UInt32 *out_bytes,
         void *out)
{
  (void)driver;
  const UInt32 room = mistake == LONG_ANSWER && bytes < 4 ? 4 : bytes;
  const OSStatus status = (*good)->GetPropertyData(good,
                                                   object,
                                                   process,
                                                   address,
                                                   qualifier_bytes,
                                                   qualifier,
                                                   room,
                                                   out_bytes,
                                                   out);
  if (mistake == LOST_TEXT && *out_bytes &&
      address->mSelector == kAudioObjectPropertyName) {
    static CFStringRef lost; /* seen by a sanitizer, which is to say nothing */
    if (!lost) {
      memcpy(&lost, out, sizeof lost);
      CFRetain(lost);
    }
  }
  return status;
}

static OSStatus
get_stamp(AudioServerPlugInDriverRef driver,
          AudioObjectID device,
          UInt32 client,
          Float64 *sample,
          UInt64 *host_time,
          UInt64 *seed)
{
  static Float64 last = -1.0;
  static UInt64 calls;
  (void)driver;
  const OSStatus status =
    (*good)->GetZeroTimeStamp(good, device, client, sample, host_time, seed);
  if (mistake == SLOW_COUNTER) {
    const Float64 newest = *sample;
    last = last < 0 ? newest : last + (newest > last ? 16384 : 0);
    *host_time -= (UInt64)((newest - last) * 24e6 / 48000);
    *sample = last;
  } else if (mistake == MOVED_STAMP) {
    *host_time += calls++ & 1;
  } else if (mistake == NANOSECONDS) {
    *host_time = *host_time / 3 * 125;
  }
  return status;
}

static OSStatus
do_io(AudioServerPlugInDriverRef driver,
      AudioObjectID device,
      AudioObjectID stream,
      UInt32 client,
      UInt32 operation,
      UInt32 frames,
      const AudioServerPlugInIOCycleInfo *cycle,
      void *data,
      void *second)
{
  (void)driver;
  const OSStatus status =
    (*good)->DoIOOperation(good,
                           device,
                           stream,
                           client,
                           operation,
                           frames + (mistake == A_FRAME_MORE),
                           cycle,
                           data,
                           second);
  if (mistake == CONSUMED && client == 2) {
    memset(data, 0, frames * sizeof(Float32));
  }
  return status;
}

static void
is_it_noticed(void)
{
  static struct rig rig;
  rig_create(&rig, 0.0, rig_profile(2, "", "250us"));
  struct host *const h = &rig.host;
  rig_run(&rig, 1000 * MS);
  good = h->driver;
  bad = **good;
  bad.HasProperty = has_property;
  bad.GetPropertyDataSize = get_size;
  bad.GetPropertyData = get_data;
  bad.GetZeroTimeStamp = get_stamp;
  bad.DoIOOperation = do_io;
  h->driver = &bad_driver;
  h->violations = 0;
  h->is_quiet = true;
  host_start(h, 1);
  rig_run(&rig, 200 * MS);
  rig_cycles(&rig, 20);
  rig_run(&rig, 3000 * MS);
  rig_cycles(&rig, 20);
  if (mistake < SLOW_COUNTER) {
    host_walk(h);
  }
  host_stop(h, 1);
  printf("mistake %u: %u violations\n", (unsigned)mistake, h->violations);
  expect((h->violations > 0) == (mistake != NO_MISTAKE),
         mistake ? "a mistake is noticed" : "without one nothing is");
  rig_destroy(&rig);
}

int
main(void)
{
  int failed = 0;
  for (unsigned n = 0; n < MISTAKES; n++) {
    mistake = (enum mistake)n;
    failed += in_a_process(is_it_noticed);
  }
  printf("%d failed\n", failed);
  return failed != 0;
}
