/* properties.c - the table of properties, and how a question finds its row.
   SPDX-License-Identifier: MIT */
#include "values.h"

#define MAKER "AES67 Virtual Soundcard"

#define GLOBAL(kind, name, what, ...)                                          \
  {                                                                            \
    .selector = name, .kinds = kind, .scopes = IN_GLOBAL, .type = what,        \
    __VA_ARGS__                                                                \
  }
#define SIDES(kind, name, what, ...)                                           \
  {                                                                            \
    .selector = name, .kinds = kind, .scopes = IN_INPUT | IN_OUTPUT,           \
    .type = what, __VA_ARGS__                                                  \
  }
#define ANYWHERE(kind, name, what, ...)                                        \
  {                                                                            \
    .selector = name, .kinds = kind, .scopes = IN_ANY, .type = what,           \
    __VA_ARGS__                                                                \
  }

static const struct property table[] = {
  ANYWHERE(KIND_ANY,
           kAudioObjectPropertyBaseClass,
           TYPE_U32,
           .get = value_base_class),
  ANYWHERE(KIND_ANY, kAudioObjectPropertyClass, TYPE_U32, .get = value_class),
  ANYWHERE(KIND_ANY, kAudioObjectPropertyOwner, TYPE_U32, .get = value_owner),
  ANYWHERE(KIND_ANY,
           kAudioObjectPropertyOwnedObjects,
           TYPE_OBJECTS,
           .get = value_owned),
  ANYWHERE(KIND_ANY,
           kAudioObjectPropertyCustomPropertyInfoList,
           TYPE_CUSTOM,
           .get = value_none),
  GLOBAL(KIND_ANY, kAudioObjectPropertyName, TYPE_STRING, .get = value_name),
  GLOBAL(KIND_ANY,
         kAudioObjectPropertyManufacturer,
         TYPE_STRING,
         .text = MAKER),

  GLOBAL(KIND_PLUG_IN,
         kAudioPlugInPropertyBundleID,
         TYPE_STRING,
         .text = DEVICE_BUNDLE),
  GLOBAL(KIND_PLUG_IN,
         kAudioPlugInPropertyDeviceList,
         TYPE_OBJECTS,
         .get = value_devices),
  GLOBAL(KIND_PLUG_IN,
         kAudioPlugInPropertyTranslateUIDToDevice,
         TYPE_U32,
         .qualifier_bytes = sizeof(CFStringRef),
         .get = value_device_of_uid),
  GLOBAL(KIND_PLUG_IN,
         kAudioPlugInPropertyBoxList,
         TYPE_OBJECTS,
         .get = value_none),
  GLOBAL(KIND_PLUG_IN,
         kAudioPlugInPropertyTranslateUIDToBox,
         TYPE_U32,
         .qualifier_bytes = sizeof(CFStringRef)),
  GLOBAL(KIND_PLUG_IN,
         kAudioPlugInPropertyClockDeviceList,
         TYPE_OBJECTS,
         .get = value_none),
  GLOBAL(KIND_PLUG_IN,
         kAudioPlugInPropertyTranslateUIDToClockDevice,
         TYPE_U32,
         .qualifier_bytes = sizeof(CFStringRef)),
  GLOBAL(KIND_PLUG_IN,
         kAudioPlugInPropertyResourceBundle,
         TYPE_STRING,
         .text = ""),

  GLOBAL(KIND_DEVICE,
         kAudioObjectPropertyModelName,
         TYPE_STRING,
         .text = DEVICE_NAME),
  GLOBAL(KIND_DEVICE,
         kAudioObjectPropertySerialNumber,
         TYPE_STRING,
         .text = ""),
  GLOBAL(KIND_DEVICE,
         kAudioObjectPropertyFirmwareVersion,
         TYPE_STRING,
         .text = ""),
  GLOBAL(KIND_DEVICE,
         kAudioDevicePropertyDeviceUID,
         TYPE_STRING,
         .get = value_uid),
  GLOBAL(KIND_DEVICE,
         kAudioDevicePropertyModelUID,
         TYPE_STRING,
         .text = "aes67-vsc"),
  GLOBAL(KIND_DEVICE,
         kAudioDevicePropertyTransportType,
         TYPE_U32,
         .number = kAudioDeviceTransportTypeVirtual),
  GLOBAL(KIND_DEVICE,
         kAudioDevicePropertyRelatedDevices,
         TYPE_OBJECTS,
         .get = value_devices),
  GLOBAL(KIND_DEVICE,
         kAudioDevicePropertyClockDomain,
         TYPE_U32,
         .get = value_domain),
  GLOBAL(KIND_DEVICE, kAudioDevicePropertyDeviceIsAlive, TYPE_U32, .number = 1),
  GLOBAL(KIND_DEVICE,
         kAudioDevicePropertyDeviceIsRunning,
         TYPE_U32,
         .get = value_running),
  SIDES(KIND_DEVICE,
        kAudioDevicePropertyDeviceCanBeDefaultDevice,
        TYPE_U32,
        .number = 1),
  /* Alert sounds stay off the network. */
  SIDES(KIND_DEVICE,
        kAudioDevicePropertyDeviceCanBeDefaultSystemDevice,
        TYPE_U32,
        .number = 0),
  /* The safety offsets have it all, as other drivers of the device report it.
     What the network adds, the link offset, is each receiver's. */
  SIDES(KIND_DEVICE, kAudioDevicePropertyLatency, TYPE_U32, .number = 0),
  SIDES(KIND_DEVICE,
        kAudioDevicePropertySafetyOffset,
        TYPE_U32,
        .get = value_safety),
  { .selector = kAudioDevicePropertyStreams,
    .kinds = KIND_DEVICE,
    .scopes = IN_GLOBAL | IN_INPUT | IN_OUTPUT,
    .type = TYPE_OBJECTS,
    .get = value_streams },
  ANYWHERE(KIND_DEVICE,
           kAudioObjectPropertyControlList,
           TYPE_OBJECTS,
           .get = value_none),
  GLOBAL(KIND_DEVICE,
         kAudioDevicePropertyNominalSampleRate,
         TYPE_F64,
         .get = value_rate,
         .set = value_set_rate),
  GLOBAL(KIND_DEVICE,
         kAudioDevicePropertyAvailableNominalSampleRates,
         TYPE_RANGES,
         .get = value_rates),
  GLOBAL(KIND_DEVICE, kAudioDevicePropertyIsHidden, TYPE_U32, .number = 0),
  SIDES(KIND_DEVICE,
        kAudioDevicePropertyPreferredChannelsForStereo,
        TYPE_STEREO,
        .get = value_stereo),
  SIDES(KIND_DEVICE,
        kAudioDevicePropertyPreferredChannelLayout,
        TYPE_LAYOUT,
        .get = value_layout),
  GLOBAL(KIND_DEVICE,
         kAudioDevicePropertyZeroTimeStampPeriod,
         TYPE_U32,
         .number = DEVICE_PERIOD),
  /* The servo has filtered it. */
  GLOBAL(KIND_DEVICE,
         kAudioDevicePropertyClockAlgorithm,
         TYPE_U32,
         .number = kAudioDeviceClockAlgorithmRaw),
  GLOBAL(KIND_DEVICE, kAudioDevicePropertyClockIsStable, TYPE_U32, .number = 1),
  SIDES(KIND_DEVICE,
        kAudioObjectPropertyElementName,
        TYPE_STRING,
        .is_of_channels = true,
        .get = value_channel_name),
  SIDES(KIND_DEVICE,
        kAudioObjectPropertyElementNumberName,
        TYPE_STRING,
        .is_of_channels = true,
        .get = value_channel_number),

  GLOBAL(KIND_STREAM,
         kAudioStreamPropertyIsActive,
         TYPE_U32,
         .get = value_active,
         .set = value_set_active),
  GLOBAL(KIND_STREAM,
         kAudioStreamPropertyDirection,
         TYPE_U32,
         .get = value_direction),
  GLOBAL(KIND_STREAM,
         kAudioStreamPropertyTerminalType,
         TYPE_U32,
         .number = kAudioStreamTerminalTypeLine),
  GLOBAL(KIND_STREAM,
         kAudioStreamPropertyStartingChannel,
         TYPE_U32,
         .number = 1),
  GLOBAL(KIND_STREAM, kAudioStreamPropertyLatency, TYPE_U32, .number = 0),
  GLOBAL(KIND_STREAM,
         kAudioStreamPropertyVirtualFormat,
         TYPE_FORMAT,
         .get = value_format,
         .set = value_set_format),
  GLOBAL(KIND_STREAM,
         kAudioStreamPropertyPhysicalFormat,
         TYPE_FORMAT,
         .get = value_format,
         .set = value_set_format),
  GLOBAL(KIND_STREAM,
         kAudioStreamPropertyAvailableVirtualFormats,
         TYPE_FORMATS,
         .get = value_formats),
  GLOBAL(KIND_STREAM,
         kAudioStreamPropertyAvailablePhysicalFormats,
         TYPE_FORMATS,
         .get = value_formats),
  { .kinds = 0 },
};

const struct property *
properties(void)
{
  return table;
}

UInt32
property_item_bytes(enum property_type type)
{
  switch (type) {
    case TYPE_U32:
    case TYPE_OBJECTS:
      return sizeof(UInt32);
    case TYPE_F64:
      return sizeof(Float64);
    case TYPE_STRING:
      return sizeof(CFStringRef);
    case TYPE_RANGES:
      return sizeof(AudioValueRange);
    case TYPE_FORMAT:
      return sizeof(AudioStreamBasicDescription);
    case TYPE_FORMATS:
      return sizeof(AudioStreamRangedDescription);
    case TYPE_LAYOUT:
      return 1;
    case TYPE_STEREO:
      return 2 * sizeof(UInt32);
    case TYPE_CUSTOM:
      return sizeof(AudioServerPlugInCustomPropertyInfo);
  }
  return 0;
}

bool
property_is_list(enum property_type type)
{
  return type == TYPE_OBJECTS || type == TYPE_RANGES || type == TYPE_FORMATS ||
         type == TYPE_CUSTOM;
}

static UInt32
scope_bit(AudioObjectPropertyScope scope)
{
  switch (scope) {
    case kAudioObjectPropertyScopeGlobal:
      return IN_GLOBAL;
    case kAudioObjectPropertyScopeInput:
      return IN_INPUT;
    case kAudioObjectPropertyScopeOutput:
      return IN_OUTPUT;
    case kAudioObjectPropertyScopePlayThrough:
      return IN_PLAY_THROUGH;
    default:
      return 0;
  }
}

/* 0: there is no such object. A side without channels has no stream. */
static UInt32
kind_of(AudioObjectID object, const struct device *d, const struct shape *s)
{
  if (!d) {
    return object == OBJECT_PLUG_IN ? KIND_PLUG_IN : 0;
  }
  return object == d->id                ? KIND_DEVICE
         : object == d->id + PART_INPUT ? (s->inputs ? KIND_INPUT : 0)
         : s->outputs                   ? KIND_OUTPUT
                                        : 0;
}

static bool
is_element(const struct query *q, const struct property *p)
{
  return p->is_of_channels ? q->element >= 1 &&
                               q->element <= value_channels(&q->shape, q->scope)
                           : q->element == kAudioObjectPropertyElementMain;
}

OSStatus
property_find(struct devices *devices,
              AudioObjectID object,
              const AudioObjectPropertyAddress *address,
              struct query *q)
{
  *q = (struct query){ .devices = devices,
                       .device = devices_find(devices, object),
                       .scope = address->mScope,
                       .element = address->mElement };
  if (q->device) {
    q->shape = device_shape(q->device);
  }
  const UInt32 kind = kind_of(object, q->device, &q->shape);
  q->kind = kind;
  /* The plug-in's own are global, whatever others have. */
  const UInt32 scope =
    scope_bit(q->scope) & (kind == KIND_PLUG_IN ? IN_GLOBAL : IN_ANY);
  if (!kind) {
    return kAudioHardwareBadObjectError;
  }
  for (const struct property *p = table; p->kinds; p++) {
    if (p->selector == address->mSelector && (p->kinds & kind) &&
        (p->scopes & scope) && is_element(q, p)) {
      q->property = p;
      return kAudioHardwareNoError;
    }
  }
  return kAudioHardwareUnknownPropertyError;
}

static UInt32
answer(const struct query *q, void *out, UInt32 room)
{
  return (q->property->get ? q->property->get : value_constant)(q, out, room);
}

UInt32
property_bytes(const struct query *q)
{
  return answer(q, NULL, 0) * property_item_bytes(q->property->type);
}

OSStatus
property_get(const struct query *q, UInt32 bytes, UInt32 *out_bytes, void *out)
{
  const struct property *const p = q->property;
  const UInt32 item = property_item_bytes(p->type);
  const UInt32 count = answer(q, NULL, 0);
  const UInt32 room = bytes / item < count ? bytes / item : count;
  *out_bytes = 0;
  if ((room < count && !property_is_list(p->type)) ||
      (p->qualifier_bytes && q->qualifier_bytes != p->qualifier_bytes)) {
    return kAudioHardwareBadPropertySizeError;
  }
  answer(q, out, room);
  *out_bytes = room * item;
  return kAudioHardwareNoError;
}

OSStatus
property_set(const struct query *q, UInt32 bytes, const void *data)
{
  const struct property *const p = q->property;
  if (!p->set) {
    return kAudioHardwareUnsupportedOperationError;
  }
  return bytes == property_item_bytes(p->type)
           ? p->set(q, data)
           : (OSStatus)kAudioHardwareBadPropertySizeError;
}
