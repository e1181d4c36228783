/* host_devices.c - several devices of one driver, each with a host of its own.
   SPDX-License-Identifier: MIT */
#include "simulated_host.h"

struct host *
host_of_device(struct host *h, AudioObjectID device)
{
  while (h && h->device != device) {
    h = h->next;
  }
  return h;
}

UInt32
host_devices(struct host *h, AudioObjectID ids[HOST_DEVICES])
{
  const AudioObjectPropertyAddress list = { kAudioPlugInPropertyDeviceList,
                                            kAudioObjectPropertyScopeGlobal,
                                            0 };
  UInt32 written = 0;
  const OSStatus status = (*h->driver)
                            ->GetPropertyData(h->driver,
                                              1,
                                              0,
                                              &list,
                                              0,
                                              NULL,
                                              HOST_DEVICES * sizeof *ids,
                                              &written,
                                              ids);
  host_expect(
    h, status == kAudioHardwareNoError, "a driver without a list of devices");
  return written / (UInt32)sizeof *ids;
}

bool
host_lists(struct host *h)
{
  AudioObjectID ids[HOST_DEVICES];
  const UInt32 count = host_devices(h, ids);
  bool is_listed = false;
  for (UInt32 i = 0; i < count; i++) {
    is_listed |= ids[i] == h->device;
  }
  host_expect(h, count >= h->devices, "a device that was announced is gone");
  return is_listed;
}

void
host_join(struct host *h, struct host *one, UInt32 index)
{
  AudioObjectID ids[HOST_DEVICES] = { 0 };
  const UInt32 count = host_devices(h, ids);
  host_expect(h, index < count, "a device that is not there");
  *one = (struct host){ .ticks = h->ticks,
                        .ticks_per_second = h->ticks_per_second,
                        .slope_ppm = h->slope_ppm,
                        .driver = h->driver,
                        .device = ids[index],
                        .next = h->next };
  h->next = one;
  host_look(one);
}
