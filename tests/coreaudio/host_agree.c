/* host_agree.c - what answers have to do with each other: owners and their
   objects, streams and their formats, what may be set.
   SPDX-License-Identifier: MIT */
#include "host_walk.h"

#include <string.h>

static UInt32
list(struct host *h,
     AudioObjectID object,
     const char *selector,
     UInt32 scope,
     AudioObjectID *ids)
{
  const AudioObjectPropertyAddress a = { FOUR(selector), scope, 0 };
  UInt32 written = 0;
  const OSStatus status =
    (*h->driver)
      ->GetPropertyData(
        h->driver, object, 0, &a, 0, NULL, 8 * sizeof *ids, &written, ids);
  host_expect(h, status == kAudioHardwareNoError, "a list of objects");
  return written / (UInt32)sizeof *ids;
}

static UInt32
number(struct host *h, AudioObjectID object, const char *selector)
{
  const AudioObjectPropertyAddress a = { FOUR(selector),
                                         kAudioObjectPropertyScopeGlobal,
                                         0 };
  UInt32 n = 0;
  host_expect(h, host_get(h, object, &a, &n, sizeof n), "a number");
  return n;
}

static void
check_family(struct host *h, AudioObjectID object, const char *selector)
{
  AudioObjectID ids[8];
  const UInt32 class = object == 1 ? kAudioDeviceClassID : kAudioStreamClassID;
  const UInt32 count =
    list(h, object, selector, kAudioObjectPropertyScopeGlobal, ids);
  for (UInt32 i = 0; i < count; i++) {
    host_expect(h, number(h, ids[i], "clas") == class, "the class of a child");
    host_expect(
      h, number(h, ids[i], "stdv") == object, "a child of somebody else");
  }
}

static void
check_scopes_of_streams(struct host *h)
{
  AudioObjectID ids[8];
  const UInt32 in =
    list(h, h->device, "stm#", VSC_FOURCC('i', 'n', 'p', 't'), ids);
  host_expect(h,
              in == (h->inputs > 0) && (!in || number(h, ids[0], "sdir") == 1),
              "streams of the input scope");
  const UInt32 out =
    list(h, h->device, "stm#", VSC_FOURCC('o', 'u', 't', 'p'), ids);
  host_expect(h,
              out == (h->outputs > 0) &&
                (!out || number(h, ids[0], "sdir") == 0),
              "streams of the output scope");
  host_expect(h,
              list(h, h->device, "stm#", VSC_FOURCC('g', 'l', 'o', 'b'), ids) ==
                in + out,
              "streams of the global scope");
}

/* Ranged records, with the rate in both halves; the current one is among them.
 */
static void
check_formats(struct host *h,
              AudioObjectID stream,
              UInt32 channels,
              const char *list,
              const char *current)
{
  const AudioObjectPropertyAddress a = { FOUR(list),
                                         kAudioObjectPropertyScopeGlobal,
                                         0 };
  const AudioObjectPropertyAddress one = { FOUR(current),
                                           kAudioObjectPropertyScopeGlobal,
                                           0 };
  AudioStreamRangedDescription formats[16];
  AudioStreamBasicDescription is = { 0 };
  UInt32 written = 0;
  bool has_current = false;
  host_expect(h,
              host_get(h, stream, &one, &is, sizeof is) &&
                is.mSampleRate == h->rate,
              "the current format");
  (*h->driver)
    ->GetPropertyData(
      h->driver, stream, 0, &a, 0, NULL, sizeof formats, &written, formats);
  for (UInt32 i = 0; i < written / sizeof *formats; i++) {
    const AudioStreamRangedDescription *const f = &formats[i];
    host_expect(h,
                f->mFormat.mSampleRate == f->mSampleRateRange.mMinimum &&
                  f->mFormat.mSampleRate == f->mSampleRateRange.mMaximum &&
                  f->mFormat.mFormatID == FOUR("lpcm") &&
                  f->mFormat.mFormatFlags == 9 &&
                  f->mFormat.mBitsPerChannel == 32 &&
                  f->mFormat.mChannelsPerFrame == channels &&
                  f->mFormat.mBytesPerFrame == 4 * channels &&
                  f->mFormat.mBytesPerPacket == 4 * channels &&
                  f->mFormat.mFramesPerPacket == 1,
                "a format");
    has_current |= memcmp(&f->mFormat, &is, sizeof is) == 0;
  }
  host_expect(h, has_current, "the current format is not among the formats");
}

static void
check_stereo(struct host *h, UInt32 scope, UInt32 channels)
{
  const AudioObjectPropertyAddress a = { FOUR("dch2"), scope, 0 };
  UInt32 pair[2] = { 0, 0 };
  host_expect(h,
              host_get(h, h->device, &a, pair, sizeof pair) && pair[0] == 1 &&
                pair[1] == (channels > 1 ? 2 : 1),
              "the channels for stereo");
}

static void
check_layout(struct host *h, UInt32 scope, UInt32 channels)
{
  const AudioObjectPropertyAddress a = { FOUR("srnd"), scope, 0 };
  static UInt8 bytes[12 + 20 * 128];
  UInt32 head[3];
  UInt32 written = 0;
  (*h->driver)
    ->GetPropertyData(
      h->driver, h->device, 0, &a, 0, NULL, sizeof bytes, &written, bytes);
  memcpy(head, bytes, sizeof head);
  host_expect(h,
              written == 12 + 20 * channels && head[0] == 0 &&
                head[2] == channels,
              "the channel layout");
  for (UInt32 i = 0; i < channels; i++) {
    UInt32 label;
    memcpy(&label, bytes + 12 + (size_t)20 * i, sizeof label);
    host_expect(h, label == 65536 + i, "a discrete channel's label");
  }
}

/* With and without the device's own UID, and with a qualifier of a wrong size.
 */
static void
check_translation(struct host *h)
{
  const AudioObjectPropertyAddress uid = { FOUR("uid "),
                                           kAudioObjectPropertyScopeGlobal,
                                           0 };
  const AudioObjectPropertyAddress a = { FOUR("uidd"),
                                         kAudioObjectPropertyScopeGlobal,
                                         0 };
  const AudioServerPlugInDriverInterface *const i = *h->driver;
  CFStringRef string = NULL;
  AudioObjectID id = 77;
  UInt32 written = 0;
  host_expect(h,
              host_get(h, h->device, &uid, &string, sizeof string),
              "the device's UID");
  host_expect(
    h,
    i->GetPropertyData(
      h->driver, 1, 0, &a, sizeof string, &string, sizeof id, &written, &id) ==
        kAudioHardwareNoError &&
      id == h->device,
    "a UID's device");
  host_expect(h,
              i->GetPropertyData(
                h->driver, 1, 0, &a, 4, &string, sizeof id, &written, &id) ==
                (OSStatus)kAudioHardwareBadPropertySizeError,
              "a qualifier of a wrong size");
  CFRelease(string);
}

/* Owned objects of a class that the qualifier names. */
static void
check_qualified(struct host *h)
{
  const AudioObjectPropertyAddress a = { FOUR("ownd"),
                                         kAudioObjectPropertyScopeGlobal,
                                         0 };
  const AudioClassID streams = kAudioStreamClassID;
  const AudioClassID boxes = FOUR("abox");
  UInt32 bytes = 77;
  (*h->driver)
    ->GetPropertyDataSize(
      h->driver, h->device, 0, &a, sizeof boxes, &boxes, &bytes);
  host_expect(h, bytes == 0, "owned objects of another class");
  (*h->driver)
    ->GetPropertyDataSize(
      h->driver, h->device, 0, &a, sizeof streams, &streams, &bytes);
  host_expect(h,
              bytes == 4u * ((h->inputs > 0) + (h->outputs > 0)),
              "owned objects of a class");
}

static void
check_setting(struct host *h, AudioObjectID stream)
{
  const AudioServerPlugInDriverInterface *const i = *h->driver;
  const AudioObjectPropertyAddress format = { FOUR("pft "),
                                              kAudioObjectPropertyScopeGlobal,
                                              0 };
  AudioStreamBasicDescription is;
  host_expect(
    h, host_set_rate(h, 12345.0) != kAudioHardwareNoError, "an odd rate");
  if (!host_get(h, stream, &format, &is, sizeof is)) {
    return;
  }
  host_expect(h,
              i->SetPropertyData(
                h->driver, stream, 0, &format, 0, NULL, sizeof is, &is) ==
                kAudioHardwareNoError,
              "the format that is");
  host_expect(h,
              i->SetPropertyData(
                h->driver, stream, 0, &format, 0, NULL, sizeof is - 1, &is) ==
                (OSStatus)kAudioHardwareBadPropertySizeError,
              "a format that is too short");
  is.mBitsPerChannel = 16;
  host_expect(h,
              i->SetPropertyData(
                h->driver, stream, 0, &format, 0, NULL, sizeof is, &is) ==
                (OSStatus)kAudioDeviceUnsupportedFormatError,
              "a format that cannot be");
}

static void
check_stream(struct host *h, AudioObjectID stream, UInt32 channels)
{
  if (stream) {
    check_formats(h, stream, channels, "sfma", "sfmt");
    check_formats(h, stream, channels, "pfta", "pft ");
    check_setting(h, stream);
  }
}

static void
check_device(struct host *h)
{
  AudioObjectID ids[8] = { 0 };
  host_expect(
    h,
    list(h, h->device, "akin", kAudioObjectPropertyScopeGlobal, ids) == 1 &&
      ids[0] == h->device,
    "a device is related to itself alone");
  check_family(h, h->device, "ownd");
  check_family(h, h->device, "stm#");
  check_family(h, h->device, "ctrl");
  check_scopes_of_streams(h);
  check_stereo(h, kAudioObjectPropertyScopeInput, h->inputs);
  check_stereo(h, kAudioObjectPropertyScopeOutput, h->outputs);
  check_layout(h, kAudioObjectPropertyScopeInput, h->inputs);
  check_layout(h, kAudioObjectPropertyScopeOutput, h->outputs);
  check_translation(h);
  check_qualified(h);
  check_stream(h, h->input, h->inputs);
  check_stream(h, h->output, h->outputs);
}

void
host_agree(struct host *h)
{
  host_expect(h,
              number(h, 1, "clas") == kAudioPlugInClassID &&
                number(h, 1, "stdv") == kAudioObjectUnknown,
              "the plug-in itself");
  check_family(h, 1, "ownd");
  check_family(h, 1, "dev#");
  for (struct host *one = h; one; one = one->next) {
    check_device(one);
  }
}
