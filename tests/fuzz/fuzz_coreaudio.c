/* fuzz_coreaudio.c - whatever coreaudiod, or an application through it, asks of
   the driver, in any order. Input: commands of 10 bytes {what to call, 8 bytes
   that say how}. Selectors come from the driver's own table. It has as many
   devices as it can, whose engines have gone but the first's, which never was.
   SPDX-License-Identifier: MIT */
#include "insist.h"

#include "hal/coreaudio/properties.h"
#include "hal/coreaudio/uuids.h"
#include "hal/folder.h"
#include "hal/region.h"
#include "tests/coreaudio/mac.h"
#include "tests/coreaudio/minicf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COMMAND 10
#define ANSWER_MAX 8192
#define GUARD 16
#define CANARY 0xa5
#define FRAMES_MAX 32

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

void *
vsc_plugin_create(CFAllocatorRef allocator, CFUUIDRef type);

static AudioServerPlugInDriverRef driver;
static vsc_ns now = 1000000000;

static vsc_ns
virtual_now(void)
{
  return now;
}

static OSStatus
properties_changed(AudioServerPlugInHostRef host,
                   AudioObjectID object,
                   UInt32 count,
                   const AudioObjectPropertyAddress *addresses)
{
  (void)host;
  insist(count > 0);
  for (UInt32 i = 0; i < count; i++) {
    insist((*driver)->HasProperty(driver, object, 0, &addresses[i]));
  }
  return kAudioHardwareNoError;
}

static OSStatus
request_change(AudioServerPlugInHostRef host,
               AudioObjectID device,
               UInt64 action,
               void *info)
{
  (void)host;
  return (*driver)->PerformDeviceConfigurationChange(
    driver, device, action, info);
}

static const AudioServerPlugInHostInterface host = {
  .PropertiesChanged = properties_changed,
  .RequestDeviceConfigurationChange = request_change,
};

/* A region as an engine leaves it that was killed; REGION is zeroed. */
static void
make_instance(const char *folder, const char *name, struct region *region)
{
  static const struct region_geometry geometry = { .rate = 48000,
                                                   .inputs = 2,
                                                   .outputs = 1,
                                                   .ring = 1024,
                                                   .stride = 1024 + 48,
                                                   .buffer = 32,
                                                   .wake = 12,
                                                   .s_in = 16,
                                                   .s_out = 7 };
  char path[100], rx[REGION_NAME_BYTES], tx[REGION_NAME_BYTES], why[200];
  snprintf(path, sizeof path, "%s/%s" FOLDER_LOCK, folder, name);
  FILE *const lock = fopen(path, "w");
  insist(lock && fclose(lock) == 0);
  region_names((uint32_t)geteuid(), folder, name, rx, tx);
  insist(region_create(rx, tx, &geometry, NULL, region, why, sizeof why) ==
         VSC_OK);
}

/* The driver's thread has one turn, and then nothing is left of it all. */
static void
meet_others(const char *folder)
{
  static struct region regions[DEVICES_MAX]; /* one is too many */
  char name[] = "a";
  for (unsigned i = 0; i < DEVICES_MAX; i++) {
    make_instance(folder, name, &regions[i]);
    name[0]++;
  }
  mac_turn();
  for (unsigned i = 0; i < DEVICES_MAX; i++) {
    char path[100];
    name[0]--;
    snprintf(path, sizeof path, "%s/%s" FOLDER_LOCK, folder, name);
    region_close(&regions[i], true);
    insist(unlink(path) == 0);
  }
  insist(rmdir(folder) == 0);
  const AudioObjectPropertyAddress streams = { kAudioDevicePropertyStreams,
                                               kAudioObjectPropertyScopeGlobal,
                                               0 };
  const AudioObjectID last = OBJECT_FIRST + (DEVICES_MAX - 1) * PARTS;
  insist((*driver)->HasProperty(driver, last, 0, &streams));
  insist(!(*driver)->HasProperty(driver, last + PARTS, 0, &streams));
}

static void
load(void)
{
  char folder[] = "/tmp/aes67-fuzz-XXXXXX";
  insist(mkdtemp(folder) && setenv("AES67_RUNTIME_DIR", folder, 1) == 0);
  mac_now = virtual_now;
  const CFUUIDRef type = CFUUIDCreateFromUUIDBytes(NULL, UUID_PLUG_IN_TYPE);
  driver = vsc_plugin_create(NULL, type);
  CFRelease(type);
  insist(driver && (*driver)->Initialize(driver, &host) == 0);
  meet_others(folder);
}

/* A command's eight bytes, taken bit by bit. */
struct word {
  uint64_t bits;
};

static UInt32
take(struct word *w, unsigned bits)
{
  const UInt32 n = (UInt32)(w->bits & ((UINT64_C(1) << bits) - 1));
  w->bits >>= bits;
  return n;
}

static const struct property *
row(UInt32 n)
{
  static UInt32 rows;
  while (properties()[rows].kinds) {
    rows++;
  }
  return &properties()[n % rows];
}

static AudioObjectPropertyAddress
address(struct word *w)
{
  static const UInt32 scopes[] = {
    kAudioObjectPropertyScopeGlobal, kAudioObjectPropertyScopeInput,
    kAudioObjectPropertyScopeOutput, kAudioObjectPropertyScopePlayThrough,
    kAudioObjectPropertyScopeGlobal, kAudioObjectPropertyScopeInput,
    kAudioObjectPropertyScopeOutput, 0x2a2a2a2a,
  };
  static const UInt32 elements[] = { 0, 0, 0, 1, 2, 64, 65, 0xffffffff };
  return (AudioObjectPropertyAddress){
    .mSelector = row(take(w, 8))->selector,
    .mScope = scopes[take(w, 3)],
    .mElement = elements[take(w, 3)],
  };
}

/* Text is ours to release. */
static void
take_text(const AudioObjectPropertyAddress *a,
          UInt32 written,
          const UInt8 *answer)
{
  for (const struct property *p = properties(); p->kinds; p++) {
    if (p->selector == a->mSelector && p->type == TYPE_STRING && written) {
      CFStringRef string;
      memcpy(&string, answer, sizeof string);
      CFRelease(string);
      return;
    }
  }
}

static void
ask(AudioObjectID object, struct word w, int is_qualified)
{
  static UInt8 memory[ANSWER_MAX + GUARD];
  static const UInt32 sizes[] = { 0, 1, 3, 4, 7, 8, 16, 40 };
  const AudioObjectPropertyAddress a = address(&w);
  const CFStringRef text =
    CFStringCreateWithCString(NULL, "x", kCFStringEncodingUTF8);
  const CFStringRef nothing = NULL;
  const void *const qualifiers[] = { &text, &nothing };
  const void *const qualifier = is_qualified ? qualifiers[take(&w, 1)] : NULL;
  const UInt32 qualifier_bytes = is_qualified ? take(&w, 4) % 9 : 0;
  const UInt32 pick = take(&w, 4);
  const UInt32 bytes = pick < 8 ? sizes[pick] : take(&w, 12) % ANSWER_MAX;
  UInt32 size = 0xffffffff;
  UInt32 written = 0xffffffff;
  const OSStatus size_status = (*driver)->GetPropertyDataSize(
    driver, object, 0, &a, qualifier_bytes, qualifier, &size);
  insist(size_status == 0 ? size <= ANSWER_MAX : size == 0);
  insist((*driver)->HasProperty(driver, object, 0, &a) == (size_status == 0));
  memset(memory + bytes, CANARY, GUARD);
  const OSStatus status = (*driver)->GetPropertyData(
    driver, object, 0, &a, qualifier_bytes, qualifier, bytes, &written, memory);
  insist(written <= bytes && (status == 0 || written == 0));
  for (UInt32 i = 0; i < GUARD; i++) {
    insist(memory[bytes + i] == CANARY);
  }
  take_text(&a, written, memory);
  CFRelease(text);
}

static void
set(AudioObjectID object, struct word w, int is_whole)
{
  static UInt8 memory[64];
  const AudioObjectPropertyAddress a = address(&w);
  UInt32 written = 0;
  Boolean is_settable;
  (*driver)->IsPropertySettable(driver, object, 0, &a, &is_settable);
  if (!is_settable) {
    return;
  }
  (*driver)->GetPropertyData(
    driver, object, 0, &a, 0, NULL, sizeof memory, &written, memory);
  static const double rates[] = {
    44100, 48000, 96000, 192000, 1, -1, 0, 1e300
  };
  const double rate = rates[take(&w, 3)];
  const UInt32 at = take(&w, 6) % sizeof memory;
  memcpy(memory, &rate, sizeof rate);
  memory[at] ^= (UInt8)(is_whole ? 0 : take(&w, 8));
  const OSStatus status = (*driver)->SetPropertyData(
    driver, object, 0, &a, 0, NULL, is_whole ? written : at, memory);
  insist(status != 0 || is_whole || at == written);
}

static void
move(struct word w)
{
  static float block[FRAMES_MAX * VSC_CHANNELS_MAX];
  AudioServerPlugInIOCycleInfo cycle = { .mIOCycleCounter = 1 };
  Float64 sample;
  UInt64 at, seed;
  const AudioObjectID device = take(&w, 5);
  const AudioObjectID stream = device + take(&w, 2);
  const UInt32 operation = take(&w, 1) ? kAudioServerPlugInIOOperationReadInput
                                       : kAudioServerPlugInIOOperationWriteMix;
  const UInt32 frames = take(&w, 5);
  memcpy(&cycle.mInputTime.mSampleTime, &w.bits, sizeof w.bits);
  cycle.mOutputTime.mSampleTime = cycle.mInputTime.mSampleTime;
  (*driver)->GetZeroTimeStamp(driver, device, 1, &sample, &at, &seed);
  (*driver)->DoIOOperation(
    driver, device, stream, 1, operation, frames, &cycle, block, NULL);
}

static void
manage(struct word w)
{
  const AudioObjectID device = take(&w, 5);
  switch (take(&w, 3)) {
    case 0:
      (*driver)->StartIO(driver, device, 1);
      break;
    case 1:
      (*driver)->StopIO(driver, device, 1);
      break;
    case 2:
    case 3:
      (*driver)->PerformDeviceConfigurationChange(driver, device, 0, NULL);
      break;
    case 4:
      (*driver)->AbortDeviceConfigurationChange(driver, device, 0, NULL);
      break;
    default:
      now += take(&w, 32);
      break;
  }
}

static void
call(unsigned what, struct word w)
{
  const AudioObjectID object = take(&w, 5);
  switch (what & 7) {
    case 0:
    case 1:
    case 2:
      ask(object, w, 0);
      break;
    case 3:
      ask(object, w, 1);
      break;
    case 4:
      set(object, w, 0);
      break;
    case 5:
      set(object, w, 1);
      break;
    case 6:
      move(w);
      break;
    default:
      manage(w);
      break;
  }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  if (!driver) {
    load();
  }
  for (size_t i = 0; i + COMMAND <= size; i += COMMAND) {
    struct word w;
    memcpy(&w.bits, data + i + 2, sizeof w.bits);
    call((unsigned)(data[i] | data[i + 1] << 8), w);
  }
  insist(minicf_living() == 0);
  return 0;
}
