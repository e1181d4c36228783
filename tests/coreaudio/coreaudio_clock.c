/* coreaudio_clock.c - zero time stamps of a line whose clock learns something
   just then. SPDX-License-Identifier: MIT */
#include "mac.h"
#include "tests/sim/expect.h"

#include "hal/coreaudio/device.h"
#include "hal/coreaudio/ticks.h"
#include <vsc/position.h>

static vsc_ns now = VSC_SECOND;

static vsc_ns
virtual_now(void)
{
  return now;
}

struct stamp {
  Float64 sample;
  UInt64 host_time, seed;
};

static struct stamp
stamp(struct device *d)
{
  struct stamp s;
  device_stamp(d, &s.sample, &s.host_time, &s.seed);
  return s;
}

int
main(void)
{
  static struct device device;
  mac_now = virtual_now;
  ticks_init();
  expect(device_init(&device, NULL, OBJECT_FIRST, "one") == VSC_OK, "a device");
  vsc_clock_view view = { .size = sizeof view, .host_ns = now, .rate = 1.0 };
  /* and a tick or two */
  now += vsc_tai_of(2 * DEVICE_PERIOD, device.shape.rate) + 100;
  const struct stamp first = stamp(&device);
  expect(first.sample == 2.0 * DEVICE_PERIOD, "a stamp as soon as it is due");
  view.tai_ns = -20000;
  clockpage_write(&device.lines[0].page, &view);
  const struct stamp second = stamp(&device);
  expect(second.sample == first.sample, "sample time never goes back");
  expect(second.host_time == first.host_time, "and what was told stays");
  expect(second.seed == first.seed, "in one seed");
  return failures != 0;
}
