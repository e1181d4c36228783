/* simulated_host.c - the host's interface, clients, time stamps and cycles of
   audio.
   SPDX-License-Identifier: MIT */
#include "simulated_host.h"
#include "minicf.h"

#include "hal/coreaudio/uuids.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define TOLD 20  /* violations that are printed */
#define GUARD 16 /* floats around a buffer of audio */
#define FRAMES_MAX 4096
#define CHANNELS_MAX 128
#define CANARY 0x7fc0dead /* a NaN that nobody computes */

/* Of this thread: the driver's own may ask for a change meanwhile. */
static _Thread_local bool is_in_io;

bool
host_expect(struct host *h, bool is_true, const char *rule)
{
  atomic_fetch_add_explicit(&h->calls, 1, memory_order_relaxed);
  if (!is_true && atomic_fetch_add(&h->violations, 1) < TOLD && !h->is_quiet) {
    fprintf(stderr, "violation: %s\n", rule);
  }
  return is_true;
}

/* --- what the driver calls */

static struct host *
host_of(AudioServerPlugInHostRef ref)
{
  return (struct host *)(uintptr_t)ref; /* its first member */
}

static OSStatus
properties_changed(AudioServerPlugInHostRef ref,
                   AudioObjectID object,
                   UInt32 count,
                   const AudioObjectPropertyAddress *addresses)
{
  struct host *const h = host_of(ref);
  host_expect(h, !is_in_io, "PropertiesChanged out of an IO call");
  host_expect(h, count > 0 && addresses, "PropertiesChanged of nothing");
  for (UInt32 i = 0; i < count; i++) {
    /* Asked at once: a driver that holds its lock stands still here. */
    host_expect(h,
                (*h->driver)->HasProperty(h->driver, object, 0, &addresses[i]),
                "PropertiesChanged of a property that is not there");
    if (object == 1 &&
        addresses[i].mSelector == kAudioPlugInPropertyDeviceList) {
      AudioObjectID ids[HOST_DEVICES];
      h->devices = host_devices(h, ids);
    }
  }
  h->notices++;
  return kAudioHardwareNoError;
}

static OSStatus
copy_from_storage(AudioServerPlugInHostRef ref,
                  CFStringRef key,
                  CFPropertyListRef *out)
{
  host_expect(host_of(ref), !is_in_io && key, "storage from an IO call");
  *out = NULL;
  return kAudioHardwareNoError;
}

static OSStatus
write_to_storage(AudioServerPlugInHostRef ref,
                 CFStringRef key,
                 CFPropertyListRef data)
{
  host_expect(
    host_of(ref), !is_in_io && key && data, "storage from an IO call");
  return kAudioHardwareNoError;
}

static OSStatus
delete_from_storage(AudioServerPlugInHostRef ref, CFStringRef key)
{
  host_expect(host_of(ref), !is_in_io && key, "storage from an IO call");
  return kAudioHardwareNoError;
}

void
host_perform(struct host *h)
{
  h->has_pending = false;
  h->changes++;
  h->has_stamp = false;
  host_expect(h,
              (*h->driver)
                  ->PerformDeviceConfigurationChange(
                    h->driver, h->device, 0, NULL) == kAudioHardwareNoError,
              "PerformDeviceConfigurationChange fails");
  host_look(h);
}

static OSStatus
request_change(AudioServerPlugInHostRef ref,
               AudioObjectID device,
               UInt64 action,
               void *info)
{
  struct host *const first = host_of(ref);
  struct host *const h = host_of_device(first, device);
  host_expect(first, !is_in_io, "a change requested out of an IO call");
  if (!h) {
    /* Nobody looks at it yet. */
    return (*first->driver)
      ->PerformDeviceConfigurationChange(first->driver, device, action, info);
  }
  host_expect(h, !h->has_pending, "a change beside one that is pending");
  h->requests++;
  switch (h->habit) {
    case HOST_PERFORMS:
      host_perform(h);
      break;
    case HOST_ABORTS:
      (*h->driver)
        ->AbortDeviceConfigurationChange(h->driver, device, action, info);
      break;
    case HOST_WAITS:
      h->has_pending = true;
      break;
  }
  return kAudioHardwareNoError;
}

/* --- the object */

static bool
is_uuid_refused(void *(*factory)(CFAllocatorRef, CFUUIDRef))
{
  const CFUUIDBytes wrong = { .byte3 = 7 };
  const CFUUIDRef uuid = CFUUIDCreateFromUUIDBytes(NULL, wrong);
  void *const made = factory(NULL, uuid);
  CFRelease(uuid);
  return made == NULL;
}

bool
host_load(struct host *h, void *(*factory)(CFAllocatorRef, CFUUIDRef))
{
  h->interface = (AudioServerPlugInHostInterface){
    .PropertiesChanged = properties_changed,
    .CopyFromStorage = copy_from_storage,
    .WriteToStorage = write_to_storage,
    .DeleteFromStorage = delete_from_storage,
    .RequestDeviceConfigurationChange = request_change,
  };
  host_expect(h, is_uuid_refused(factory), "a factory of another type");
  const CFUUIDRef type = CFUUIDCreateFromUUIDBytes(NULL, UUID_PLUG_IN_TYPE);
  const AudioServerPlugInDriverRef made = factory(NULL, type);
  CFRelease(type);
  if (!host_expect(h, made != NULL, "the factory makes nothing")) {
    return false;
  }
  const CFUUIDBytes unknown = { .byte0 = 1 };
  void *out = &out;
  host_expect(h,
              (*made)->QueryInterface(made, unknown, &out) == E_NOINTERFACE &&
                !out,
              "an unknown interface");
  host_expect(h,
              (*made)->QueryInterface(made, UUID_UNKNOWN, &out) == S_OK &&
                out == (void *)made,
              "IUnknown");
  host_expect(h,
              (*made)->QueryInterface(made, UUID_DRIVER, &out) == S_OK,
              "the driver's interface");
  h->driver = out;
  const ULONG references = (*h->driver)->AddRef(h->driver);
  host_expect(h,
              (*h->driver)->Release(h->driver) == references - 1,
              "AddRef and Release do not belong together");
  (*h->driver)->Release(h->driver);
  (*h->driver)->Release(h->driver);
  AudioObjectID none = 0;
  host_expect(h,
              (*h->driver)->CreateDevice(h->driver, NULL, NULL, &none) ==
                (OSStatus)kAudioHardwareUnsupportedOperationError,
              "CreateDevice");
  host_expect(h,
              (*h->driver)->DestroyDevice(h->driver, h->device) ==
                (OSStatus)kAudioHardwareUnsupportedOperationError,
              "DestroyDevice");
  h->device = 2; /* it may ask for a change before it was asked for its list */
  const OSStatus status =
    (*h->driver)->Initialize(h->driver, (AudioServerPlugInHostRef)(void *)h);
  host_expect(h, status == kAudioHardwareNoError, "Initialize");
  h->devices = 1;
  return h->violations == 0;
}

/* --- what the device is like */

bool
host_get(struct host *h,
         AudioObjectID object,
         const AudioObjectPropertyAddress *address,
         void *out,
         UInt32 bytes)
{
  UInt32 written = 0;
  return (*h->driver)
             ->GetPropertyData(
               h->driver, object, 0, address, 0, NULL, bytes, &written, out) ==
           kAudioHardwareNoError &&
         written == bytes;
}

static UInt32
number(struct host *h, AudioObjectID object, UInt32 selector, UInt32 scope)
{
  const AudioObjectPropertyAddress a = { selector, scope, 0 };
  UInt32 n = 0;
  host_expect(
    h, host_get(h, object, &a, &n, sizeof n), "a number that is not there");
  return n;
}

static UInt32
channels(struct host *h, AudioObjectID *stream, UInt32 scope)
{
  const AudioObjectPropertyAddress streams = { kAudioDevicePropertyStreams,
                                               scope,
                                               0 };
  const AudioObjectPropertyAddress format = { kAudioStreamPropertyVirtualFormat,
                                              kAudioObjectPropertyScopeGlobal,
                                              0 };
  AudioStreamBasicDescription is = { 0 };
  *stream = 0;
  if (!host_get(h, h->device, &streams, stream, sizeof *stream)) {
    return 0;
  }
  host_expect(h,
              host_get(h, *stream, &format, &is, sizeof is),
              "a stream without a format");
  host_expect(
    h, is.mSampleRate == h->rate, "the stream's rate is not the device's");
  return is.mChannelsPerFrame;
}

void
host_look(struct host *h)
{
  const UInt32 global = kAudioObjectPropertyScopeGlobal;
  const UInt32 in = kAudioObjectPropertyScopeInput;
  const UInt32 out = kAudioObjectPropertyScopeOutput;
  const AudioObjectPropertyAddress rate = {
    kAudioDevicePropertyNominalSampleRate, global, 0
  };
  host_expect(h, host_lists(h), "a driver without its device");
  host_expect(
    h, host_get(h, h->device, &rate, &h->rate, sizeof h->rate), "no rate");
  h->inputs = channels(h, &h->input, in);
  h->outputs = channels(h, &h->output, out);
  h->safety_in = number(h, h->device, kAudioDevicePropertySafetyOffset, in);
  h->safety_out = number(h, h->device, kAudioDevicePropertySafetyOffset, out);
  h->period =
    number(h, h->device, kAudioDevicePropertyZeroTimeStampPeriod, global);
  host_expect(h, h->period >= 10923, "the period is too short");
  h->ticks_per_frame = h->ticks_per_second / h->rate;
}

OSStatus
host_set_rate(struct host *h, double rate)
{
  const AudioObjectPropertyAddress a = { kAudioDevicePropertyNominalSampleRate,
                                         kAudioObjectPropertyScopeGlobal,
                                         0 };
  const unsigned requests = h->requests;
  const OSStatus status =
    (*h->driver)
      ->SetPropertyData(
        h->driver, h->device, 0, &a, 0, NULL, sizeof rate, &rate);
  host_expect(h,
              h->requests == requests,
              "a change requested from within SetPropertyData");
  return status;
}

/* --- clients */

static AudioServerPlugInClientInfo
client_info(UInt32 client)
{
  return (AudioServerPlugInClientInfo){ .mClientID = client,
                                        .mProcessID = 1000,
                                        .mIsNativeEndian = 1 };
}

static void
check_operations(struct host *h, UInt32 client)
{
  static const UInt32 operations[] = {
    kAudioServerPlugInIOOperationThread,
    kAudioServerPlugInIOOperationCycle,
    kAudioServerPlugInIOOperationReadInput,
    kAudioServerPlugInIOOperationConvertInput,
    kAudioServerPlugInIOOperationProcessInput,
    kAudioServerPlugInIOOperationProcessOutput,
    kAudioServerPlugInIOOperationMixOutput,
    kAudioServerPlugInIOOperationProcessMix,
    kAudioServerPlugInIOOperationConvertMix,
    kAudioServerPlugInIOOperationWriteMix,
  };
  for (unsigned i = 0; i < sizeof operations / sizeof *operations; i++) {
    Boolean will = 9;
    Boolean in_place = 9;
    const bool is_ours = operations[i] == 0x72656164u /* read */ ||
                         operations[i] == 0x72697465u /* rite */;
    const OSStatus status =
      (*h->driver)
        ->WillDoIOOperation(
          h->driver, h->device, client, operations[i], &will, &in_place);
    host_expect(h,
                status == kAudioHardwareNoError && will == is_ours &&
                  (!will || in_place == 1),
                "WillDoIOOperation");
  }
}

/* As long as one client has it started; others may beside this host's. */
static void
check_running(struct host *h)
{
  host_expect(h,
              h->started == 0 || number(h,
                                        h->device,
                                        kAudioDevicePropertyDeviceIsRunning,
                                        kAudioObjectPropertyScopeGlobal) == 1,
              "it does not run, and a client has started it");
}

void
host_start(struct host *h, UInt32 client)
{
  const AudioServerPlugInClientInfo info = client_info(client);
  host_expect(h,
              (*h->driver)->AddDeviceClient(h->driver, h->device, &info) ==
                kAudioHardwareNoError,
              "AddDeviceClient");
  check_operations(h, client);
  host_expect(h,
              (*h->driver)->StartIO(h->driver, h->device, client) ==
                kAudioHardwareNoError,
              "StartIO");
  h->started++;
  check_running(h);
}

void
host_stop(struct host *h, UInt32 client)
{
  const AudioServerPlugInClientInfo info = client_info(client);
  host_expect(h,
              (*h->driver)->StopIO(h->driver, h->device, client) ==
                kAudioHardwareNoError,
              "StopIO");
  h->started--;
  check_running(h);
  host_expect(h,
              (*h->driver)->RemoveDeviceClient(h->driver, h->device, &info) ==
                kAudioHardwareNoError,
              "RemoveDeviceClient");
}

/* --- time */

double
host_ticks_of(const struct host *h, double sample)
{
  return (double)h->host_time + (sample - h->sample) * h->ticks_per_frame;
}

double
host_sample_now(const struct host *h)
{
  return h->sample +
         ((double)h->ticks() - (double)h->host_time) / h->ticks_per_frame;
}

/* Against the stamp before, of the same seed. */
static void
check_stamp(struct host *h, double sample, UInt64 host_time)
{
  const double nominal = h->ticks_per_second / h->rate;
  host_expect(h, sample >= h->sample, "sample time goes back within a seed");
  if (sample == h->sample) {
    host_expect(h,
                host_time == h->host_time,
                "another host time for the same sample time");
  } else if (sample > h->sample) {
    const double slope =
      (double)(host_time - h->host_time) / (sample - h->sample);
    host_expect(h,
                fabs(slope / nominal - 1.0) <= h->slope_ppm * 1e-6,
                "the slope of zero time stamps");
    h->ticks_per_frame = slope;
  }
}

void
host_stamp(struct host *h)
{
  Float64 sample = NAN;
  UInt64 host_time = 0;
  UInt64 seed = 0;
  is_in_io = true;
  const OSStatus status =
    (*h->driver)
      ->GetZeroTimeStamp(h->driver, h->device, 1, &sample, &host_time, &seed);
  is_in_io = false;
  const double now = (double)h->ticks();
  const double period = h->period * h->ticks_per_second / h->rate;
  if (!host_expect(h, status == kAudioHardwareNoError, "GetZeroTimeStamp")) {
    return;
  }
  host_expect(h,
              sample >= 0 && fmod(sample, h->period) == 0.0,
              "sample time is no multiple of the period");
  host_expect(
    h, (double)host_time <= now + period, "more than a period in the future");
  host_expect(h,
              (double)host_time >= now - period * 1.01 || sample == 0,
              "a newer zero time stamp has been there for long");
  host_expect(h, !h->has_stamp || seed >= h->seed, "an old seed");
  if (h->has_stamp && seed == h->seed) {
    check_stamp(h, sample, host_time);
  } else {
    h->seeds++;
  }
  h->has_stamp = true;
  h->sample = sample;
  h->host_time = host_time;
  h->seed = seed;
}

/* --- audio */

static void
run_operation(struct host *h,
              UInt32 client,
              UInt32 operation,
              double sample,
              float *buffer,
              UInt32 frames)
{
  const AudioServerPlugInDriverInterface *const i = *h->driver;
  const bool is_input = operation == kAudioServerPlugInIOOperationReadInput;
  const AudioTimeStamp time = { .mSampleTime = sample,
                                .mHostTime = (UInt64)host_ticks_of(h, sample),
                                .mRateScalar = 1.0,
                                .mFlags = kAudioTimeStampSampleTimeValid |
                                          kAudioTimeStampHostTimeValid };
  const AudioServerPlugInIOCycleInfo cycle = {
    .mIOCycleCounter = h->cycles,
    .mNominalIOBufferFrameSize = 512,
    .mCurrentTime = time,
    .mInputTime = time,
    .mOutputTime = time,
  };
  is_in_io = true;
  OSStatus status = i->BeginIOOperation(
    h->driver, h->device, client, operation, frames, &cycle);
  status |= i->DoIOOperation(h->driver,
                             h->device,
                             is_input ? h->input : h->output,
                             client,
                             operation,
                             frames,
                             &cycle,
                             buffer,
                             NULL);
  status |=
    i->EndIOOperation(h->driver, h->device, client, operation, frames, &cycle);
  is_in_io = false;
  host_expect(h, status == kAudioHardwareNoError, "an IO operation fails");
}

/* One at a time: there is one thread of tests that moves audio. */
static UInt32 guarded[FRAMES_MAX * CHANNELS_MAX + 2 * GUARD];

void
host_read(struct host *h,
          UInt32 client,
          double sample,
          float *buffer,
          UInt32 frames)
{
  const size_t words = (size_t)frames * h->inputs;
  for (size_t i = 0; i < words + 2 * GUARD; i++) {
    guarded[i] = CANARY;
  }
  run_operation(h,
                client,
                kAudioServerPlugInIOOperationReadInput,
                sample,
                (float *)(void *)(guarded + GUARD),
                frames);
  bool is_whole = true;
  for (size_t i = 0; i < GUARD; i++) {
    is_whole &= guarded[i] == CANARY && guarded[GUARD + words + i] == CANARY;
  }
  host_expect(h, is_whole, "ReadInput writes beyond its buffer");
  memcpy(buffer, guarded + GUARD, words * sizeof *buffer);
}

void
host_write(struct host *h,
           UInt32 client,
           double sample,
           float *buffer,
           UInt32 frames)
{
  run_operation(
    h, client, kAudioServerPlugInIOOperationWriteMix, sample, buffer, frames);
  h->cycles++;
}
