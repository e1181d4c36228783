/* trace.c - tells what coreaudiod asks and what it is answered, for the first
   who try the device on a Mac: a simulated coreaudiod can ask the same again
   (tests/coreaudio/trace_replay.c). Of an IO thread's calls the first of each
   kind after a start are told, and the first that fail; the others are counted.
   SPDX-License-Identifier: MIT */
#include "trace.h"
#include "trace_line.h"

#include <stdatomic.h>

#define FAILURES_TOLD 16
#define IO_CALLS (TRACE_COUNT - TRACE_STAMP)

static AudioServerPlugInDriverInterface *real;
static AudioServerPlugInDriverInterface traced;
static AudioServerPlugInHostRef real_host;
static _Atomic unsigned long told;
/* Since the last start; of reading and of writing. */
static _Atomic unsigned long moved[IO_CALLS][2];
static _Atomic unsigned long failed;

static void
tell(enum trace_call call, const struct trace_field *fields)
{
  char line[TRACE_LINE_BYTES];
  trace_write(call,
              fields,
              atomic_fetch_add_explicit(&told, 1, memory_order_relaxed) + 1,
              line);
  trace_put(line);
}

#define TELL(call, ...) tell(call, (const struct trace_field[]){ __VA_ARGS__ })
#define N(x)                                                                   \
  {                                                                            \
    .number = (int64_t)(x)                                                     \
  }
#define ADDRESS(object, a, process)                                            \
  N(object), N((a)->mSelector), N((a)->mScope), N((a)->mElement),              \
    N((UInt32)(process))

/* --- what coreaudiod calls */

static HRESULT
query_interface(void *d, REFIID id, LPVOID *out)
{
  const HRESULT result = real->QueryInterface(d, id, out);
  TELL(TRACE_QUERY, { sizeof id, &id }, N(result));
  return result;
}

static ULONG
add_ref(void *d)
{
  const ULONG count = real->AddRef(d);
  TELL(TRACE_ADD_REF, N(count));
  return count;
}

static ULONG
release(void *d)
{
  const ULONG count = real->Release(d);
  TELL(TRACE_RELEASE, N(count));
  return count;
}

static OSStatus
create_device(AudioServerPlugInDriverRef d,
              CFDictionaryRef description,
              const AudioServerPlugInClientInfo *client,
              AudioObjectID *out)
{
  const OSStatus status = real->CreateDevice(d, description, client, out);
  TELL(TRACE_CREATE, N(status));
  return status;
}

static OSStatus
destroy_device(AudioServerPlugInDriverRef d, AudioObjectID object)
{
  const OSStatus status = real->DestroyDevice(d, object);
  TELL(TRACE_DESTROY, N(object), N(status));
  return status;
}

#define CLIENT(c)                                                              \
  N((c)->mClientID), N((UInt32)(c)->mProcessID), N((c)->mIsNativeEndian)

static OSStatus
add_client(AudioServerPlugInDriverRef d,
           AudioObjectID object,
           const AudioServerPlugInClientInfo *client)
{
  const OSStatus status = real->AddDeviceClient(d, object, client);
  TELL(TRACE_ADD, N(object), CLIENT(client), N(status));
  return status;
}

static OSStatus
remove_client(AudioServerPlugInDriverRef d,
              AudioObjectID object,
              const AudioServerPlugInClientInfo *client)
{
  const OSStatus status = real->RemoveDeviceClient(d, object, client);
  TELL(TRACE_REMOVE, N(object), CLIENT(client), N(status));
  return status;
}

static OSStatus
perform(AudioServerPlugInDriverRef d,
        AudioObjectID object,
        UInt64 action,
        void *info)
{
  const OSStatus status =
    real->PerformDeviceConfigurationChange(d, object, action, info);
  TELL(TRACE_PERFORM, N(object), N(action), N(status));
  return status;
}

static OSStatus
abort_change(AudioServerPlugInDriverRef d,
             AudioObjectID object,
             UInt64 action,
             void *info)
{
  const OSStatus status =
    real->AbortDeviceConfigurationChange(d, object, action, info);
  TELL(TRACE_ABORT, N(object), N(action), N(status));
  return status;
}

static Boolean
has_property(AudioServerPlugInDriverRef d,
             AudioObjectID object,
             pid_t process,
             const AudioObjectPropertyAddress *a)
{
  const Boolean has = real->HasProperty(d, object, process, a);
  TELL(TRACE_HAS, ADDRESS(object, a, process), N(has));
  return has;
}

static OSStatus
is_settable(AudioServerPlugInDriverRef d,
            AudioObjectID object,
            pid_t process,
            const AudioObjectPropertyAddress *a,
            Boolean *out)
{
  const OSStatus status = real->IsPropertySettable(d, object, process, a, out);
  TELL(TRACE_SETTABLE,
       ADDRESS(object, a, process),
       N(status),
       N(status ? 0 : *out));
  return status;
}

static OSStatus
get_size(AudioServerPlugInDriverRef d,
         AudioObjectID object,
         pid_t process,
         const AudioObjectPropertyAddress *a,
         UInt32 qualifier_bytes,
         const void *qualifier,
         UInt32 *out)
{
  const bool is_text = trace_is_asked_with_text(a->mSelector);
  char text[TRACE_BYTES];
  const OSStatus status = real->GetPropertyDataSize(
    d, object, process, a, qualifier_bytes, qualifier, out);
  TELL(TRACE_SIZE,
       ADDRESS(object, a, process),
       N(qualifier_bytes),
       trace_keep(is_text, qualifier_bytes, qualifier, text),
       N(status),
       N(status ? 0 : *out));
  return status;
}

static OSStatus
get_data(AudioServerPlugInDriverRef d,
         AudioObjectID object,
         pid_t process,
         const AudioObjectPropertyAddress *a,
         UInt32 qualifier_bytes,
         const void *qualifier,
         UInt32 bytes,
         UInt32 *out_bytes,
         void *out)
{
  const bool is_text = trace_is_asked_with_text(a->mSelector);
  char text[2][TRACE_BYTES];
  const OSStatus status = real->GetPropertyData(
    d, object, process, a, qualifier_bytes, qualifier, bytes, out_bytes, out);
  const UInt32 written = status ? 0 : *out_bytes;
  TELL(TRACE_GET,
       ADDRESS(object, a, process),
       N(qualifier_bytes),
       trace_keep(is_text, qualifier_bytes, qualifier, text[0]),
       N(bytes),
       N(status),
       N(written),
       trace_keep(trace_is_text(a->mSelector), written, out, text[1]));
  return status;
}

static OSStatus
set_data(AudioServerPlugInDriverRef d,
         AudioObjectID object,
         pid_t process,
         const AudioObjectPropertyAddress *a,
         UInt32 qualifier_bytes,
         const void *qualifier,
         UInt32 bytes,
         const void *data)
{
  const OSStatus status = real->SetPropertyData(
    d, object, process, a, qualifier_bytes, qualifier, bytes, data);
  TELL(TRACE_SET,
       ADDRESS(object, a, process),
       N(qualifier_bytes),
       trace_keep(false, qualifier_bytes, qualifier, NULL),
       N(bytes),
       trace_keep(false, bytes, data, NULL),
       N(status));
  return status;
}

static OSStatus
will_do(AudioServerPlugInDriverRef d,
        AudioObjectID object,
        UInt32 client,
        UInt32 operation,
        Boolean *will,
        Boolean *in_place)
{
  const OSStatus status =
    real->WillDoIOOperation(d, object, client, operation, will, in_place);
  TELL(TRACE_WILL,
       N(object),
       N(client),
       N(operation),
       N(status),
       N(*will),
       N(*in_place));
  return status;
}

/* --- audio */

/* Counts the call; is it one to tell of? */
static bool
is_told(enum trace_call call, UInt32 operation, OSStatus status)
{
  const bool is_writing = operation == kAudioServerPlugInIOOperationWriteMix;
  const bool is_first =
    atomic_fetch_add_explicit(
      &moved[call - TRACE_STAMP][is_writing], 1, memory_order_relaxed) == 0;
  return status ? atomic_fetch_add_explicit(&failed, 1, memory_order_relaxed) <
                    FAILURES_TOLD
                : is_first;
}

static OSStatus
start_io(AudioServerPlugInDriverRef d, AudioObjectID object, UInt32 client)
{
  const OSStatus status = real->StartIO(d, object, client);
  TELL(TRACE_START, N(object), N(client), N(status));
  for (unsigned i = 0; i < IO_CALLS; i++) {
    atomic_store_explicit(&moved[i][0], 0, memory_order_relaxed);
    atomic_store_explicit(&moved[i][1], 0, memory_order_relaxed);
  }
  atomic_store_explicit(&failed, 0, memory_order_relaxed);
  return status;
}

static unsigned long
count(enum trace_call call)
{
  _Atomic unsigned long *const n = moved[call - TRACE_STAMP];
  return atomic_load_explicit(&n[0], memory_order_relaxed) +
         atomic_load_explicit(&n[1], memory_order_relaxed);
}

static OSStatus
stop_io(AudioServerPlugInDriverRef d, AudioObjectID object, UInt32 client)
{
  const OSStatus status = real->StopIO(d, object, client);
  TELL(TRACE_STOP, N(object), N(client), N(status));
  TELL(TRACE_COUNT,
       N(count(TRACE_STAMP)),
       N(count(TRACE_BEGIN)),
       N(count(TRACE_DO)),
       N(count(TRACE_END)),
       N(atomic_load_explicit(&failed, memory_order_relaxed)));
  return status;
}

static OSStatus
get_stamp(AudioServerPlugInDriverRef d,
          AudioObjectID object,
          UInt32 client,
          Float64 *sample,
          UInt64 *host_time,
          UInt64 *seed)
{
  const OSStatus status =
    real->GetZeroTimeStamp(d, object, client, sample, host_time, seed);
  if (is_told(TRACE_STAMP, 0, status)) {
    TELL(TRACE_STAMP,
         N(object),
         N(client),
         N(status),
         N(status ? 0 : *sample),
         N(status ? 0 : *host_time),
         N(status ? 0 : *seed));
  }
  return status;
}

#define OPERATION(object, client, operation, frames)                           \
  N(object), N(client), N(operation), N(frames)

static OSStatus
begin_io(AudioServerPlugInDriverRef d,
         AudioObjectID object,
         UInt32 client,
         UInt32 operation,
         UInt32 frames,
         const AudioServerPlugInIOCycleInfo *cycle)
{
  const OSStatus status =
    real->BeginIOOperation(d, object, client, operation, frames, cycle);
  if (is_told(TRACE_BEGIN, operation, status)) {
    TELL(TRACE_BEGIN, OPERATION(object, client, operation, frames), N(status));
  }
  return status;
}

static OSStatus
do_io(AudioServerPlugInDriverRef d,
      AudioObjectID object,
      AudioObjectID stream,
      UInt32 client,
      UInt32 operation,
      UInt32 frames,
      const AudioServerPlugInIOCycleInfo *cycle,
      void *data,
      void *second)
{
  const OSStatus status = real->DoIOOperation(
    d, object, stream, client, operation, frames, cycle, data, second);
  if (is_told(TRACE_DO, operation, status)) {
    const Float64 sample = operation == kAudioServerPlugInIOOperationReadInput
                             ? cycle->mInputTime.mSampleTime
                             : cycle->mOutputTime.mSampleTime;
    /* 2^52: what doubles count exactly */
    const bool is_whole = sample > -0x1p52 && sample < 0x1p52;
    TELL(TRACE_DO,
         N(object),
         N(stream),
         N(client),
         N(operation),
         N(frames),
         N(is_whole ? sample : 0),
         N(status));
  }
  return status;
}

static OSStatus
end_io(AudioServerPlugInDriverRef d,
       AudioObjectID object,
       UInt32 client,
       UInt32 operation,
       UInt32 frames,
       const AudioServerPlugInIOCycleInfo *cycle)
{
  const OSStatus status =
    real->EndIOOperation(d, object, client, operation, frames, cycle);
  if (is_told(TRACE_END, operation, status)) {
    TELL(TRACE_END, OPERATION(object, client, operation, frames), N(status));
  }
  return status;
}

/* --- what the driver calls; told first, as the host may call in between */

static OSStatus
properties_changed(AudioServerPlugInHostRef host,
                   AudioObjectID object,
                   UInt32 number,
                   const AudioObjectPropertyAddress *a)
{
  (void)host;
  TELL(TRACE_CHANGED,
       N(object),
       N(number),
       N(a->mSelector),
       N(a->mScope),
       N(a->mElement));
  return real_host->PropertiesChanged(real_host, object, number, a);
}

static OSStatus
request_change(AudioServerPlugInHostRef host,
               AudioObjectID object,
               UInt64 action,
               void *info)
{
  (void)host;
  TELL(TRACE_REQUEST, N(object), N(action));
  return real_host->RequestDeviceConfigurationChange(
    real_host, object, action, info);
}

static OSStatus
initialize(AudioServerPlugInDriverRef d, AudioServerPlugInHostRef host)
{
  /* The driver uses no more of it. */
  static const AudioServerPlugInHostInterface traced_host = {
    .PropertiesChanged = properties_changed,
    .RequestDeviceConfigurationChange = request_change,
  };
  real_host = host;
  const OSStatus status = real->Initialize(d, &traced_host);
  TELL(TRACE_INITIALIZE, N(status));
  return status;
}

void
trace_driver(AudioServerPlugInDriverRef driver)
{
  real = *driver;
  traced = (AudioServerPlugInDriverInterface){
    .QueryInterface = query_interface,
    .AddRef = add_ref,
    .Release = release,
    .Initialize = initialize,
    .CreateDevice = create_device,
    .DestroyDevice = destroy_device,
    .AddDeviceClient = add_client,
    .RemoveDeviceClient = remove_client,
    .PerformDeviceConfigurationChange = perform,
    .AbortDeviceConfigurationChange = abort_change,
    .HasProperty = has_property,
    .IsPropertySettable = is_settable,
    .GetPropertyDataSize = get_size,
    .GetPropertyData = get_data,
    .SetPropertyData = set_data,
    .StartIO = start_io,
    .StopIO = stop_io,
    .GetZeroTimeStamp = get_stamp,
    .WillDoIOOperation = will_do,
    .BeginIOOperation = begin_io,
    .DoIOOperation = do_io,
    .EndIOOperation = end_io,
  };
  *driver = &traced;
  TELL(TRACE_FACTORY, N(1));
}
