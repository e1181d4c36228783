/* plugin.c - the driver's interface as coreaudiod calls it, and the one symbol
   of the bundle.
   SPDX-License-Identifier: MIT */
#include "properties.h"
#include "tender.h"
#include "uuids.h"

#include <string.h>

#define EXPORT __attribute__((visibility("default")))

/* coreaudiod has one of each driver. */
static struct devices devices;
static _Atomic ULONG references;

/* NULL: OBJECT is none. */
static struct device *
device_of(AudioObjectID object) VSC_RT
{
  struct device *const d = devices_find(&devices, object);
  return d && d->id == object ? d : NULL;
}

static OSStatus
check_device(AudioObjectID object) VSC_RT
{
  return device_of(object) ? kAudioHardwareNoError
                           : (OSStatus)kAudioHardwareBadDeviceError;
}

static OSStatus
on_device(AudioObjectID object, void (*act)(struct device *d))
{
  struct device *const d = device_of(object);
  if (d) {
    act(d);
  }
  return check_device(object);
}

/* --- the object itself */

static ULONG
add_ref(void *driver)
{
  (void)driver;
  return atomic_fetch_add(&references, 1) + 1;
}

/* Never freed: it is not made by anybody. */
static ULONG
release(void *driver)
{
  ULONG n = atomic_load(&references);
  (void)driver;
  while (n > 0 && !atomic_compare_exchange_weak(&references, &n, n - 1)) {
  }
  return n > 0 ? n - 1 : 0;
}

static HRESULT
query_interface(void *driver, REFIID id, LPVOID *out)
{
  const CFUUIDBytes known[] = { UUID_UNKNOWN, UUID_DRIVER };
  for (unsigned i = 0; i < 2; i++) {
    if (memcmp(&id, &known[i], sizeof id) == 0) {
      add_ref(driver);
      *out = driver;
      return S_OK;
    }
  }
  *out = NULL;
  return E_NOINTERFACE;
}

static vsc_ns
tend(void *arg)
{
  return devices_tend(arg);
}

static OSStatus
initialize(AudioServerPlugInDriverRef driver, AudioServerPlugInHostRef host)
{
  (void)driver;
  if (devices_count(&devices) > 0) {
    return kAudioHardwareIllegalOperationError;
  }
  return devices_init(&devices, host) == VSC_OK &&
             tender_start(tend, &devices) == VSC_OK
           ? kAudioHardwareNoError
           : (OSStatus)kAudioHardwareUnspecifiedError;
}

/* --- devices and clients */

static OSStatus
create_device(AudioServerPlugInDriverRef driver,
              CFDictionaryRef description,
              const AudioServerPlugInClientInfo *client,
              AudioObjectID *out)
{
  (void)driver;
  (void)description;
  (void)client;
  (void)out;
  return kAudioHardwareUnsupportedOperationError;
}

static OSStatus
destroy_device(AudioServerPlugInDriverRef driver, AudioObjectID object)
{
  (void)driver;
  (void)object;
  return kAudioHardwareUnsupportedOperationError;
}

static OSStatus
take_client(AudioServerPlugInDriverRef driver,
            AudioObjectID object,
            const AudioServerPlugInClientInfo *client)
{
  (void)driver;
  (void)client;
  return check_device(object);
}

static OSStatus
perform_change(AudioServerPlugInDriverRef driver,
               AudioObjectID object,
               UInt64 action,
               void *info)
{
  (void)driver;
  (void)action;
  (void)info;
  return on_device(object, device_change);
}

static OSStatus
abort_change(AudioServerPlugInDriverRef driver,
             AudioObjectID object,
             UInt64 action,
             void *info)
{
  (void)driver;
  (void)action;
  (void)info;
  return on_device(object, device_stay);
}

/* --- properties */

static Boolean
has_property(AudioServerPlugInDriverRef driver,
             AudioObjectID object,
             pid_t client,
             const AudioObjectPropertyAddress *address)
{
  struct query q;
  (void)driver;
  (void)client;
  return property_find(&devices, object, address, &q) == kAudioHardwareNoError;
}

static OSStatus
is_property_settable(AudioServerPlugInDriverRef driver,
                     AudioObjectID object,
                     pid_t client,
                     const AudioObjectPropertyAddress *address,
                     Boolean *out)
{
  struct query q;
  (void)driver;
  (void)client;
  const OSStatus status = property_find(&devices, object, address, &q);
  *out = status == kAudioHardwareNoError && q.property->set;
  return status;
}

static OSStatus
get_property_data_size(AudioServerPlugInDriverRef driver,
                       AudioObjectID object,
                       pid_t client,
                       const AudioObjectPropertyAddress *address,
                       UInt32 qualifier_bytes,
                       const void *qualifier,
                       UInt32 *out)
{
  struct query q;
  (void)driver;
  (void)client;
  const OSStatus status = property_find(&devices, object, address, &q);
  q.qualifier_bytes = qualifier_bytes;
  q.qualifier = qualifier;
  *out = status == kAudioHardwareNoError ? property_bytes(&q) : 0;
  return status;
}

static OSStatus
get_property_data(AudioServerPlugInDriverRef driver,
                  AudioObjectID object,
                  pid_t client,
                  const AudioObjectPropertyAddress *address,
                  UInt32 qualifier_bytes,
                  const void *qualifier,
                  UInt32 bytes,
                  UInt32 *out_bytes,
                  void *out)
{
  struct query q;
  (void)driver;
  (void)client;
  const OSStatus status = property_find(&devices, object, address, &q);
  q.qualifier_bytes = qualifier_bytes;
  q.qualifier = qualifier;
  *out_bytes = 0;
  return status == kAudioHardwareNoError
           ? property_get(&q, bytes, out_bytes, out)
           : status;
}

static OSStatus
set_property_data(AudioServerPlugInDriverRef driver,
                  AudioObjectID object,
                  pid_t client,
                  const AudioObjectPropertyAddress *address,
                  UInt32 qualifier_bytes,
                  const void *qualifier,
                  UInt32 bytes,
                  const void *data)
{
  struct query q;
  (void)driver;
  (void)client;
  (void)qualifier_bytes;
  (void)qualifier;
  const OSStatus status = property_find(&devices, object, address, &q);
  return status == kAudioHardwareNoError ? property_set(&q, bytes, data)
                                         : status;
}

/* --- audio */

static OSStatus
start_io(AudioServerPlugInDriverRef driver, AudioObjectID object, UInt32 client)
{
  (void)driver;
  (void)client;
  return on_device(object, device_start);
}

static OSStatus
stop_io(AudioServerPlugInDriverRef driver, AudioObjectID object, UInt32 client)
{
  (void)driver;
  (void)client;
  return on_device(object, device_stop);
}

static OSStatus
get_zero_time_stamp(AudioServerPlugInDriverRef driver,
                    AudioObjectID object,
                    UInt32 client,
                    Float64 *sample,
                    UInt64 *host_time,
                    UInt64 *seed) VSC_RT
{
  (void)driver;
  (void)client;
  struct device *const d = device_of(object);
  if (!d) {
    return kAudioHardwareBadDeviceError;
  }
  device_stamp(d, sample, host_time, seed);
  return kAudioHardwareNoError;
}

static OSStatus
will_do_io_operation(AudioServerPlugInDriverRef driver,
                     AudioObjectID object,
                     UInt32 client,
                     UInt32 operation,
                     Boolean *will,
                     Boolean *in_place) VSC_RT
{
  (void)driver;
  (void)client;
  *will = operation == kAudioServerPlugInIOOperationReadInput ||
          operation == kAudioServerPlugInIOOperationWriteMix;
  *in_place = 1;
  return check_device(object);
}

static OSStatus
border_io_operation(AudioServerPlugInDriverRef driver,
                    AudioObjectID object,
                    UInt32 client,
                    UInt32 operation,
                    UInt32 frames,
                    const AudioServerPlugInIOCycleInfo *cycle) VSC_RT
{
  (void)driver;
  (void)client;
  (void)operation;
  (void)frames;
  (void)cycle;
  return check_device(object);
}

static OSStatus
do_io_operation(AudioServerPlugInDriverRef driver,
                AudioObjectID object,
                AudioObjectID stream,
                UInt32 client,
                UInt32 operation,
                UInt32 frames,
                const AudioServerPlugInIOCycleInfo *cycle,
                void *main,
                void *secondary) VSC_RT
{
  (void)driver;
  (void)client;
  (void)secondary;
  struct device *const d = device_of(object);
  if (!d) {
    return kAudioHardwareBadDeviceError;
  }
  if (operation == kAudioServerPlugInIOOperationReadInput &&
      stream == object + PART_INPUT) {
    device_read(d, cycle->mInputTime.mSampleTime, main, frames);
  } else if (operation == kAudioServerPlugInIOOperationWriteMix &&
             stream == object + PART_OUTPUT) {
    device_write(d, cycle->mOutputTime.mSampleTime, main, frames);
  } else {
    return kAudioHardwareUnsupportedOperationError;
  }
  return kAudioHardwareNoError;
}

static AudioServerPlugInDriverInterface interface = {
  .QueryInterface = query_interface,
  .AddRef = add_ref,
  .Release = release,
  .Initialize = initialize,
  .CreateDevice = create_device,
  .DestroyDevice = destroy_device,
  .AddDeviceClient = take_client,
  .RemoveDeviceClient = take_client,
  .PerformDeviceConfigurationChange = perform_change,
  .AbortDeviceConfigurationChange = abort_change,
  .HasProperty = has_property,
  .IsPropertySettable = is_property_settable,
  .GetPropertyDataSize = get_property_data_size,
  .GetPropertyData = get_property_data,
  .SetPropertyData = set_property_data,
  .StartIO = start_io,
  .StopIO = stop_io,
  .GetZeroTimeStamp = get_zero_time_stamp,
  .WillDoIOOperation = will_do_io_operation,
  .BeginIOOperation = border_io_operation,
  .DoIOOperation = do_io_operation,
  .EndIOOperation = border_io_operation,
};
static AudioServerPlugInDriverInterface *driver = &interface;

/** The factory that Info.plist names: the driver, of which the caller has a
    reference; NULL for another TYPE. */
EXPORT void *
vsc_plugin_create(CFAllocatorRef allocator, CFUUIDRef type);

void *
vsc_plugin_create(CFAllocatorRef allocator, CFUUIDRef type)
{
  (void)allocator;
  const CFUUIDBytes is = CFUUIDGetUUIDBytes(type);
  const CFUUIDBytes ours = UUID_PLUG_IN_TYPE;
  if (memcmp(&is, &ours, sizeof is) != 0) {
    return NULL;
  }
  add_ref(&driver);
  return &driver;
}
