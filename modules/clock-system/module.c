/* module.c - clock-system: the media clock is the system's own TAI, kept right
   by whoever keeps the system's clock right.
   SPDX-License-Identifier: MIT */
#include "modules/shared/system_map.h"
#include "modules/shared/ours.h"

#include <vsc/clock.h>

#include <stdio.h>

#define PERIOD_NS 1000000000
/* One early reading, so that the first second is not run at a guessed rate. */
#define EARLY_NS 100000000

struct clock {
  int64_t utc_offset; /* option; added to the system's TAI */
  /* constant after init */
  const vsc_host *host;
  /* main thread */
  vsc_clock_sink sink;
  vsc_timer *early;
  vsc_timer *timer;
  struct system_map map;
  int32_t system_utc_offset;
};

static vsc_status
read_system(struct clock *clock, struct system_reading *out)
{
  return system_reading_take(
    clock->host, clock->utc_offset, &clock->system_utc_offset, out);
}

static void
update(struct clock *clock, vsc_ns next)
{
  struct system_reading reading;
  if (read_system(clock, &reading) < 0) {
    return; /* the host said why; the map goes on */
  }
  if (system_map_update(&clock->map, reading, next)) {
    clock->host->log(clock->host,
                     VSC_LOG_WARN,
                     "the system clock stepped by %lld ns: positions restart",
                     (long long)clock->map.error);
  }
  clock->sink.publish(clock->sink.arg, &clock->map.view);
}

static void
tick(void *arg)
{
  update(arg, PERIOD_NS);
}

static void
early_tick(void *arg)
{
  update(arg, PERIOD_NS - EARLY_NS);
}

static vsc_status
clock_init(void *self, const vsc_host *host)
{
  struct clock *const clock = self;
  clock->host = host;
  return VSC_OK;
}

static void
clock_stop(void *self)
{
  struct clock *const clock = self;
  clock->host->untimer(clock->host, clock->early);
  clock->host->untimer(clock->host, clock->timer);
  clock->early = NULL;
  clock->timer = NULL;
}

static vsc_status
clock_start(void *self, const vsc_clock_sink *sink)
{
  struct clock *const clock = self;
  const vsc_host *const host = clock->host;
  struct system_reading first;
  const vsc_status status = read_system(clock, &first);
  if (status < 0) {
    return status;
  }
  clock->sink = *sink;
  /* A later start goes on counting: positions may have jumped meanwhile. */
  const uint32_t generation = clock->map.view.generation;
  system_map_init(&clock->map, first);
  clock->map.view.generation = generation + 1;
  clock->sink.publish(clock->sink.arg, &clock->map.view);
  clock->early = host->timer(host, first.host + EARLY_NS, 0, early_tick, clock);
  clock->timer =
    host->timer(host, first.host + PERIOD_NS, PERIOD_NS, tick, clock);
  if (!clock->early || !clock->timer) {
    clock_stop(clock);
    return VSC_ERR_NOMEM;
  }
  return VSC_OK;
}

static void
clock_report(void *self, vsc_clock_report *out)
{
  const struct clock *const clock = self;
  const struct system_map *const map = &clock->map;
  out->priority1 = 0;
  out->offset_ns = (int64_t)map->offset;
  out->jitter_ns = (int64_t)map->jitter;
  out->path_delay_ns = 0;
  out->quality = system_map_quality(map);
  out->diagnosis[0] = '\0';
  if (clock->system_utc_offset == 0 && clock->utc_offset == 0) {
    snprintf(out->diagnosis,
             sizeof out->diagnosis,
             "CLOCK_TAI equals UTC here because the kernel has no UTC offset: "
             "set utc_offset = 37, or run chrony or ptp4l");
  } else if (clock->system_utc_offset != 0 && clock->utc_offset != 0) {
    snprintf(out->diagnosis,
             sizeof out->diagnosis,
             "utc_offset = %lld is added to a kernel that already has %ld: "
             "remove utc_offset",
             (long long)clock->utc_offset,
             (long)clock->system_utc_offset);
  }
}

static const vsc_option options[] = {
  VSC_OPTION(struct clock,
             utc_offset,
             "utc_offset",
             VSC_OPT_INT,
             "0",
             0,
             1000,
             "seconds added to the system's TAI, for a kernel without a UTC "
             "offset: 37 since 2017"),
  VSC_OPTIONS_END,
};

static const vsc_clock_ops ops = {
  .size = sizeof ops,
  .start = clock_start,
  .stop = clock_stop,
  .report = clock_report,
};

VSC_EXPORT const vsc_module vsc_module_entry = {
  OUR_MODULE,
  .kind = VSC_KIND_CLOCK,
  .summary = "the system's own TAI as the media clock",
  .instance_size = sizeof(struct clock),
  .options = options,
  .ops = &ops,
  .init = clock_init,
};
