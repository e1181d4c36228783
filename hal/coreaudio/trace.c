/* trace.c - a bundle that tells the system's log what coreaudiod asks and what
   it is answered, for the first who try the device on a Mac: bundle.sh --trace
   builds it, and a simulated coreaudiod can ask the same again
   (tests/darwin/replay.c). A line is a letter, numbers, and after "=" the
   answer. Calls of the IO threads are counted, not told.
   SPDX-License-Identifier: MIT */
#include <CoreAudio/AudioServerPlugIn.h>
#include <os/log.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>

#include <vsc/base.h>

/* plugin.c's, which has this name in such a bundle. */
void *
vsc_plugin_create_quiet(CFAllocatorRef allocator, CFUUIDRef type);
__attribute__((visibility("default"))) void *
vsc_plugin_create(CFAllocatorRef allocator, CFUUIDRef type);

static AudioServerPlugInDriverInterface *real;
static AudioServerPlugInDriverInterface traced;
static _Atomic unsigned long cycles, stamps;

static void
tell(const char *format, ...) VSC_PRINTF(1, 2);
static void
tell(const char *format, ...)
{
  char line[240];
  va_list args;
  va_start(args, format);
  vsnprintf(line, sizeof line, format, args);
  va_end(args);
  os_log_with_type(os_log_create("org.aes67-vsc", "trace"),
                   OS_LOG_TYPE_DEFAULT,
                   "%{public}s",
                   line);
}

/* Object, selector, scope, element. */
#define ADDRESS "%u %08x %08x %u"
#define OF(object, a) object, (a)->mSelector, (a)->mScope, (a)->mElement

static Boolean
has_property(AudioServerPlugInDriverRef d,
             AudioObjectID object,
             pid_t pid,
             const AudioObjectPropertyAddress *a)
{
  const Boolean has = real->HasProperty(d, object, pid, a);
  tell("h " ADDRESS " = %d", OF(object, a), has);
  return has;
}

static OSStatus
is_settable(AudioServerPlugInDriverRef d,
            AudioObjectID object,
            pid_t pid,
            const AudioObjectPropertyAddress *a,
            Boolean *out)
{
  const OSStatus status = real->IsPropertySettable(d, object, pid, a, out);
  tell("s " ADDRESS " = %d %d", OF(object, a), (int)status, status ? 0 : *out);
  return status;
}

static OSStatus
get_size(AudioServerPlugInDriverRef d,
         AudioObjectID object,
         pid_t pid,
         const AudioObjectPropertyAddress *a,
         UInt32 qualifier_bytes,
         const void *qualifier,
         UInt32 *out)
{
  const OSStatus status = real->GetPropertyDataSize(
    d, object, pid, a, qualifier_bytes, qualifier, out);
  tell("z " ADDRESS " %u = %d %u",
       OF(object, a),
       qualifier_bytes,
       (int)status,
       status ? 0 : *out);
  return status;
}

static OSStatus
get_data(AudioServerPlugInDriverRef d,
         AudioObjectID object,
         pid_t pid,
         const AudioObjectPropertyAddress *a,
         UInt32 qualifier_bytes,
         const void *qualifier,
         UInt32 bytes,
         UInt32 *out_bytes,
         void *out)
{
  const OSStatus status = real->GetPropertyData(
    d, object, pid, a, qualifier_bytes, qualifier, bytes, out_bytes, out);
  tell("g " ADDRESS " %u %u = %d %u",
       OF(object, a),
       qualifier_bytes,
       bytes,
       (int)status,
       status ? 0 : *out_bytes);
  return status;
}

static OSStatus
set_data(AudioServerPlugInDriverRef d,
         AudioObjectID object,
         pid_t pid,
         const AudioObjectPropertyAddress *a,
         UInt32 qualifier_bytes,
         const void *qualifier,
         UInt32 bytes,
         const void *data)
{
  const OSStatus status = real->SetPropertyData(
    d, object, pid, a, qualifier_bytes, qualifier, bytes, data);
  double rate = 0.0;
  if (a->mSelector == kAudioDevicePropertyNominalSampleRate &&
      bytes == sizeof rate) {
    __builtin_memcpy(&rate, data, sizeof rate);
  }
  tell("p " ADDRESS " %u %.0f = %d", OF(object, a), bytes, rate, (int)status);
  return status;
}

static OSStatus
start_io(AudioServerPlugInDriverRef d, AudioObjectID object, UInt32 client)
{
  const OSStatus status = real->StartIO(d, object, client);
  tell("b %u %u = %d", object, client, (int)status);
  return status;
}

static OSStatus
stop_io(AudioServerPlugInDriverRef d, AudioObjectID object, UInt32 client)
{
  const OSStatus status = real->StopIO(d, object, client);
  tell("e %u %u = %d; so far %lu operations, %lu time stamps",
       object,
       client,
       (int)status,
       atomic_load_explicit(&cycles, memory_order_relaxed),
       atomic_load_explicit(&stamps, memory_order_relaxed));
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
  tell("c %u %llu = %d", object, (unsigned long long)action, (int)status);
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
  atomic_fetch_add_explicit(&cycles, 1, memory_order_relaxed);
  return real->DoIOOperation(
    d, object, stream, client, operation, frames, cycle, data, second);
}

static OSStatus
get_stamp(AudioServerPlugInDriverRef d,
          AudioObjectID object,
          UInt32 client,
          Float64 *sample,
          UInt64 *host_time,
          UInt64 *seed)
{
  atomic_fetch_add_explicit(&stamps, 1, memory_order_relaxed);
  return real->GetZeroTimeStamp(d, object, client, sample, host_time, seed);
}

void *
vsc_plugin_create(CFAllocatorRef allocator, CFUUIDRef type)
{
  const AudioServerPlugInDriverRef driver =
    vsc_plugin_create_quiet(allocator, type);
  tell("# factory %s", driver ? "made the driver" : "was asked for another");
  if (driver && !real) {
    real = *driver;
    traced = *real;
    traced.HasProperty = has_property;
    traced.IsPropertySettable = is_settable;
    traced.GetPropertyDataSize = get_size;
    traced.GetPropertyData = get_data;
    traced.SetPropertyData = set_data;
    traced.StartIO = start_io;
    traced.StopIO = stop_io;
    traced.PerformDeviceConfigurationChange = perform;
    traced.DoIOOperation = do_io;
    traced.GetZeroTimeStamp = get_stamp;
    *driver = &traced;
  }
  return driver;
}
