/* devices.c - finds instances by the locks that their engines leave in the
   runtime folders, as shared memory cannot be listed on macOS. Where a sandbox
   hides the folders, too, the first device is all there is.
   SPDX-License-Identifier: MIT */
#include "devices.h"

#include "ticks.h"

#include <string.h>

#define LOOK_PAUSE_NS INT64_C(1000000000)

uint32_t
devices_count(const struct devices *s) VSC_RT
{
  /* acquire: the release in add() */
  return atomic_load_explicit(&s->count, memory_order_acquire);
}

struct device *
devices_find(struct devices *s, AudioObjectID object) VSC_RT
{
  const uint32_t i = (object - OBJECT_FIRST) / PARTS;
  return object >= OBJECT_FIRST && i < devices_count(s) ? &s->all[i] : NULL;
}

static vsc_status
add(struct devices *s, const char *instance)
{
  const uint32_t i = devices_count(s);
  const vsc_status status =
    device_init(&s->all[i], s->host, OBJECT_FIRST + i * PARTS, instance);
  if (status == VSC_OK) {
    /* release: the device is whole */
    atomic_store_explicit(&s->count, i + 1, memory_order_release);
  }
  return status;
}

static void
meet(void *arg, const char *instance)
{
  struct devices *const s = arg;
  const uint32_t count = devices_count(s);
  vsc_client_info info = { .size = sizeof info };
  for (uint32_t i = 0; i < count; i++) {
    if (strcmp(s->all[i].instance, instance) == 0) {
      return;
    }
  }
  if (count < DEVICES_MAX &&
      vsc_client_query(instance, NULL, &info) == VSC_OK) {
    (void)add(s, instance);
  }
}

static void
look(struct devices *s)
{
  static const AudioObjectPropertyAddress lists[] = {
    { kAudioPlugInPropertyDeviceList, kAudioObjectPropertyScopeGlobal, 0 },
    { kAudioObjectPropertyOwnedObjects, kAudioObjectPropertyScopeGlobal, 0 },
  };
  const uint32_t before = devices_count(s);
  struct place place;
  place_init(&place, NULL, NULL);
  for (unsigned i = 0; i < place.count; i++) {
    uint32_t owner;
    char why[CLIENT_TEXT_BYTES];
    if (folder_check(place.dirs[i], &owner, why, sizeof why) == VSC_OK) {
      folder_list(place.dirs[i], meet, s);
    }
  }
  if (devices_count(s) != before) {
    s->host->PropertiesChanged(s->host, OBJECT_PLUG_IN, 2, lists);
  }
}

vsc_ns
devices_tend(struct devices *s)
{
  const vsc_ns now = ticks_now();
  if (now >= s->look_at) {
    look(s);
    s->look_at = now + LOOK_PAUSE_NS;
  }
  vsc_ns next = s->look_at;
  const uint32_t count = devices_count(s);
  for (uint32_t i = 0; i < count; i++) {
    if (now >= s->due[i]) {
      s->due[i] = now + device_tend(&s->all[i]);
    }
    next = s->due[i] < next ? s->due[i] : next;
  }
  return next - now;
}

vsc_status
devices_init(struct devices *s, AudioServerPlugInHostRef host)
{
  struct place place;
  ticks_init();
  place_init(&place, NULL, NULL);
  s->host = host;
  return add(s, place.instance);
}
