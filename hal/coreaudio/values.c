/* values.c - the answers.
   SPDX-License-Identifier: MIT */
#include "values.h"

#include <stdio.h>
#include <string.h>

/* What an engine can do; the profile of the one that runs decides. */
static const uint32_t rates[] = { 44100, 48000, 88200, 96000, 176400, 192000 };
#define UID_BYTES (sizeof DEVICE_UID + DEVICE_INSTANCE_BYTES)
#define RATES (sizeof rates / sizeof *rates)

static UInt32
put_u32(void *out, UInt32 room, UInt32 value)
{
  if (room > 0) {
    memcpy(out, &value, sizeof value);
  }
  return 1;
}

static UInt32
put_string(void *out, UInt32 room, const char *text)
{
  if (room > 0) {
    const CFStringRef string = CFStringCreateWithCString(
      kCFAllocatorDefault, text, kCFStringEncodingUTF8);
    memcpy(out, &string, sizeof string);
  }
  return 1;
}

static UInt32
put_objects(void *out, UInt32 room, const AudioObjectID *ids, UInt32 count)
{
  const UInt32 n = room < count ? room : count;
  if (n > 0) {
    memcpy(out, ids, n * sizeof *ids);
  }
  return count;
}

UInt32
value_channels(const struct shape *s, AudioObjectPropertyScope scope)
{
  switch (scope) {
    case kAudioObjectPropertyScopeInput:
      return s->inputs;
    case kAudioObjectPropertyScopeOutput:
      return s->outputs;
    default:
      return 0;
  }
}

UInt32
value_constant(const struct query *q, void *out, UInt32 room)
{
  const struct property *const p = q->property;
  return p->type == TYPE_STRING ? put_string(out, room, p->text)
                                : put_u32(out, room, p->number);
}

/* --- objects */

UInt32
value_base_class(const struct query *q, void *out, UInt32 room)
{
  (void)q;
  return put_u32(out, room, kAudioObjectClassID);
}

static AudioClassID
class_of(UInt32 kind)
{
  return kind == KIND_PLUG_IN  ? kAudioPlugInClassID
         : kind == KIND_DEVICE ? kAudioDeviceClassID
                               : kAudioStreamClassID;
}

UInt32
value_class(const struct query *q, void *out, UInt32 room)
{
  return put_u32(out, room, class_of(q->kind));
}

UInt32
value_owner(const struct query *q, void *out, UInt32 room)
{
  return put_u32(out,
                 room,
                 q->kind & KIND_STREAM    ? q->device->id
                 : q->kind == KIND_DEVICE ? OBJECT_PLUG_IN
                                          : kAudioObjectUnknown);
}

/* Does the qualifier, a list of classes, want objects of CLASS? None wants all.
 */
static bool
is_wanted(const struct query *q, AudioClassID class)
{
  const UInt32 count = q->qualifier_bytes / (UInt32)sizeof(AudioClassID);
  const char *const classes = q->qualifier;
  for (UInt32 i = 0; classes && i < count; i++) {
    AudioClassID wanted;
    memcpy(&wanted, classes + i * sizeof wanted, sizeof wanted);
    if (wanted == class || wanted == kAudioObjectClassID) {
      return true;
    }
  }
  return count == 0 || !classes;
}

/* Streams of a scope; anything but a side's is both. */
static UInt32
list_streams(const struct query *q, AudioObjectID ids[2])
{
  const bool wants_in = q->scope == kAudioObjectPropertyScopeInput ||
                        q->scope == kAudioObjectPropertyScopeGlobal;
  const bool wants_out = q->scope == kAudioObjectPropertyScopeOutput ||
                         q->scope == kAudioObjectPropertyScopeGlobal;
  UInt32 count = 0;
  if (wants_in && q->shape.inputs) {
    ids[count++] = q->device->id + PART_INPUT;
  }
  if (wants_out && q->shape.outputs) {
    ids[count++] = q->device->id + PART_OUTPUT;
  }
  return count;
}

/* All devices; of a device, those that are related to it: itself. */
static UInt32
list_devices(const struct query *q, AudioObjectID ids[DEVICES_MAX])
{
  if (q->device) {
    ids[0] = q->device->id;
    return 1;
  }
  const UInt32 count = devices_count(q->devices);
  for (UInt32 i = 0; i < count; i++) {
    ids[i] = q->devices->all[i].id;
  }
  return count;
}

UInt32
value_owned(const struct query *q, void *out, UInt32 room)
{
  AudioObjectID ids[DEVICES_MAX];
  const bool is_plug_in = q->kind == KIND_PLUG_IN;
  const UInt32 count = is_plug_in               ? list_devices(q, ids)
                       : q->kind == KIND_DEVICE ? list_streams(q, ids)
                                                : 0;
  const AudioClassID class = class_of(is_plug_in ? KIND_DEVICE : KIND_STREAM);
  return put_objects(out, room, ids, is_wanted(q, class) ? count : 0);
}

/* The first is called as if it were the only one. */
UInt32
value_name(const struct query *q, void *out, UInt32 room)
{
  char name[sizeof DEVICE_NAME + DEVICE_INSTANCE_BYTES + 3];
  if (q->kind == KIND_DEVICE && q->device->id != OBJECT_FIRST) {
    snprintf(name, sizeof name, DEVICE_NAME " (%s)", q->device->instance);
    return put_string(out, room, name);
  }
  return put_string(out,
                    room,
                    q->kind == KIND_INPUT    ? "From the network"
                    : q->kind == KIND_OUTPUT ? "To the network"
                                             : DEVICE_NAME);
}

UInt32
value_none(const struct query *q, void *out, UInt32 room)
{
  (void)q;
  (void)out;
  (void)room;
  return 0;
}

/* --- the plug-in */

UInt32
value_devices(const struct query *q, void *out, UInt32 room)
{
  AudioObjectID ids[DEVICES_MAX];
  return put_objects(out, room, ids, list_devices(q, ids));
}

static void
make_uid(const struct device *d, char out[UID_BYTES])
{
  snprintf(out, UID_BYTES, DEVICE_UID "%s", d->instance);
}

UInt32
value_device_of_uid(const struct query *q, void *out, UInt32 room)
{
  char wanted[UID_BYTES] = "";
  AudioObjectID found = kAudioObjectUnknown;
  CFStringRef string = NULL;
  if (q->qualifier && q->qualifier_bytes == sizeof string) {
    memcpy(&string, q->qualifier, sizeof string);
  }
  const bool is_text =
    string && CFGetTypeID(string) == CFStringGetTypeID() &&
    CFStringGetCString(string, wanted, sizeof wanted, kCFStringEncodingUTF8);
  const UInt32 count = is_text ? devices_count(q->devices) : 0;
  for (UInt32 i = 0; i < count; i++) {
    char uid[UID_BYTES];
    make_uid(&q->devices->all[i], uid);
    found = strcmp(uid, wanted) == 0 ? q->devices->all[i].id : found;
  }
  return put_u32(out, room, found);
}

/* --- the device */

UInt32
value_uid(const struct query *q, void *out, UInt32 room)
{
  char uid[UID_BYTES];
  make_uid(q->device, uid);
  return put_string(out, room, uid);
}

UInt32
value_streams(const struct query *q, void *out, UInt32 room)
{
  AudioObjectID ids[2];
  return put_objects(out, room, ids, list_streams(q, ids));
}

UInt32
value_domain(const struct query *q, void *out, UInt32 room)
{
  return put_u32(out, room, q->shape.domain);
}

UInt32
value_running(const struct query *q, void *out, UInt32 room)
{
  return put_u32(out, room, device_is_running(q->device));
}

UInt32
value_safety(const struct query *q, void *out, UInt32 room)
{
  return put_u32(out,
                 room,
                 q->scope == kAudioObjectPropertyScopeInput ? q->shape.s_in
                                                            : q->shape.s_out);
}

UInt32
value_rate(const struct query *q, void *out, UInt32 room)
{
  const Float64 rate = q->shape.rate;
  if (room > 0) {
    memcpy(out, &rate, sizeof rate);
  }
  return 1;
}

static bool
is_rate(Float64 rate)
{
  for (unsigned i = 0; i < RATES; i++) {
    if (rate == rates[i]) {
      return true;
    }
  }
  return false;
}

/* The rates one can choose, and the engine's where it is another. */
static UInt32
rate_at(const struct query *q, UInt32 i)
{
  return i < RATES ? rates[i] : q->shape.rate;
}

static UInt32
rate_count(const struct query *q)
{
  return (UInt32)RATES + !is_rate(q->shape.rate);
}

UInt32
value_rates(const struct query *q, void *out, UInt32 room)
{
  AudioValueRange *const ranges = out;
  for (UInt32 i = 0; i < room; i++) {
    const Float64 rate = rate_at(q, i);
    const AudioValueRange range = { rate, rate };
    memcpy(&ranges[i], &range, sizeof range);
  }
  return rate_count(q);
}

OSStatus
value_set_rate(const struct query *q, const void *data)
{
  Float64 rate;
  memcpy(&rate, data, sizeof rate);
  if (!is_rate(rate) && rate != q->shape.rate) {
    return kAudioDeviceUnsupportedFormatError;
  }
  device_wish(q->device, (uint32_t)rate);
  return kAudioHardwareNoError;
}

UInt32
value_stereo(const struct query *q, void *out, UInt32 room)
{
  const UInt32 pair[] = { 1, value_channels(&q->shape, q->scope) > 1 ? 2 : 1 };
  if (room > 0) {
    memcpy(out, pair, sizeof pair);
  }
  return 1;
}

UInt32
value_layout(const struct query *q, void *out, UInt32 room)
{
  const UInt32 channels = value_channels(&q->shape, q->scope);
  const UInt32 bytes =
    (UInt32)(offsetof(AudioChannelLayout, mChannelDescriptions) +
             channels * sizeof(AudioChannelDescription));
  if (room < bytes) {
    return bytes;
  }
  char *at = out;
  const UInt32 head[] = { kAudioChannelLayoutTag_UseChannelDescriptions,
                          0,
                          channels };
  memcpy(at, head, sizeof head);
  at += sizeof head;
  for (UInt32 i = 0; i < channels; i++) {
    const AudioChannelDescription one = { .mChannelLabel =
                                            kAudioChannelLabel_Discrete_0 + i };
    memcpy(at, &one, sizeof one);
    at += sizeof one;
  }
  return bytes;
}

UInt32
value_channel_name(const struct query *q, void *out, UInt32 room)
{
  char name[LABEL_BYTES] = "";
  const bool is_input = q->scope == kAudioObjectPropertyScopeInput;
  if (room > 0) {
    device_channel_name(q->device, is_input, q->element - 1, name);
  }
  if (name[0] == '\0') {
    snprintf(name,
             sizeof name,
             "%s %u",
             is_input ? "In" : "Out",
             (unsigned)q->element);
  }
  return put_string(out, room, name);
}

UInt32
value_channel_number(const struct query *q, void *out, UInt32 room)
{
  char name[16];
  snprintf(name, sizeof name, "%u", (unsigned)q->element);
  return put_string(out, room, name);
}

/* --- streams */

UInt32
value_active(const struct query *q, void *out, UInt32 room)
{
  return put_u32(
    out, room, device_is_stream_active(q->device, q->kind == KIND_INPUT));
}

OSStatus
value_set_active(const struct query *q, const void *data)
{
  UInt32 is_active;
  memcpy(&is_active, data, sizeof is_active);
  device_activate_stream(q->device, q->kind == KIND_INPUT, is_active != 0);
  return kAudioHardwareNoError;
}

UInt32
value_direction(const struct query *q, void *out, UInt32 room)
{
  return put_u32(out, room, q->kind == KIND_INPUT);
}

/* Floats carry 24 bits exactly. */
static AudioStreamBasicDescription
format(const struct query *q, Float64 rate)
{
  const UInt32 channels =
    q->kind == KIND_INPUT ? q->shape.inputs : q->shape.outputs;
  return (AudioStreamBasicDescription){
    .mSampleRate = rate,
    .mFormatID = kAudioFormatLinearPCM,
    .mFormatFlags = kAudioFormatFlagIsFloat | kAudioFormatFlagIsPacked,
    .mBytesPerPacket = channels * (UInt32)sizeof(Float32),
    .mFramesPerPacket = 1,
    .mBytesPerFrame = channels * (UInt32)sizeof(Float32),
    .mChannelsPerFrame = channels,
    .mBitsPerChannel = 32,
  };
}

UInt32
value_format(const struct query *q, void *out, UInt32 room)
{
  const AudioStreamBasicDescription is = format(q, q->shape.rate);
  if (room > 0) {
    memcpy(out, &is, sizeof is);
  }
  return 1;
}

UInt32
value_formats(const struct query *q, void *out, UInt32 room)
{
  AudioStreamRangedDescription *const formats = out;
  for (UInt32 i = 0; i < room; i++) {
    const Float64 rate = rate_at(q, i);
    const AudioStreamRangedDescription one = { format(q, rate),
                                               { rate, rate } };
    memcpy(&formats[i], &one, sizeof one);
  }
  return rate_count(q);
}

OSStatus
value_set_format(const struct query *q, const void *data)
{
  AudioStreamBasicDescription wanted;
  memcpy(&wanted, data, sizeof wanted);
  const AudioStreamBasicDescription is = format(q, wanted.mSampleRate);
  const bool is_same = memcmp(&wanted, &is, sizeof is) == 0;
  return is_same ? value_set_rate(q, &wanted.mSampleRate)
                 : (OSStatus)kAudioDeviceUnsupportedFormatError;
}
