/* device.c - the life of the device, and what is told about its applications.
   SPDX-License-Identifier: MIT */
#include "device_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "device_lock.h"

/* Within this an application begins that was just let in. */
#define NEWCOMER_NS INT64_C(200000000)

static vsc_status
make_region(struct device *d,
            const struct device_config *config,
            uint32_t uid,
            char *why,
            size_t why_bytes)
{
  char rx[REGION_NAME_BYTES];
  char tx[REGION_NAME_BYTES];
  region_names(uid, config->runtime_dir, config->instance, rx, tx);
  struct region_geometry g = config->geometry;
  g.stride = region_stride(g.ring);
  return region_create(rx, tx, &g, config->group, &d->region, why, why_bytes);
}

vsc_status
device_create(const struct device_config *config,
              struct device **out,
              char *why,
              size_t why_bytes)
{
  *out = NULL;
  struct stat st;
  if (stat(config->runtime_dir, &st)) {
    snprintf(why, why_bytes, "no runtime folder \"%s\"", config->runtime_dir);
    return VSC_ERR_NOT_FOUND;
  }
  struct device *const d = calloc(1, sizeof *d);
  if (!d) {
    snprintf(why, why_bytes, "no memory for the device");
    return VSC_ERR_NOMEM;
  }
  d->admit = config->admit;
  d->admit_arg = config->admit_arg;
  d->change_rate = config->change_rate;
  d->change_rate_arg = config->change_rate_arg;
  vsc_status status = device_lock(
    config->runtime_dir, config->instance, &d->lock, why, why_bytes);
  if (status == VSC_OK) {
    status = make_region(d, config, (uint32_t)st.st_uid, why, why_bytes);
  }
  if (status != VSC_OK) {
    device_destroy(d);
    return status;
  }
  mix_init(&d->mix, &d->region);
  written_init(&d->written);
  *out = d;
  return VSC_OK;
}

/* Is somebody there who would miss the region? */
static bool
has_slots(const struct device *d)
{
  for (int i = 0; i < REGION_SLOTS; i++) {
    if (atomic_load_explicit(&d->region.tx->slots[i].ticket,
                             memory_order_relaxed)) {
      return true;
    }
  }
  return false;
}

void
device_destroy(struct device *device)
{
  if (!device) {
    return;
  }
  if (device->region.rx) {
    /* Who waits at a region that is given up must not wait for the next engine
       there. */
    device_set_state(device,
                     device->is_changing ? REGION_SUPERSEDED : REGION_STOPPED);
    (void)device_slots(device, device->is_changing);
    region_close(&device->region, !has_slots(device));
  }
  device_unlock(device->lock);
  free(device);
}

struct region *
device_region(struct device *device)
{
  return &device->region;
}

struct mix *
device_mix(struct device *device)
{
  return &device->mix;
}

void
device_mark_raw(struct device *device,
                bool is_input,
                uint32_t channel,
                bool is_raw)
{
  struct region_rx *const rx = device->region.rx;
  if (channel < VSC_CHANNELS_MAX) {
    atomic_store_explicit(is_input ? &rx->input_is_raw[channel]
                                   : &rx->output_is_raw[channel],
                          is_raw,
                          memory_order_relaxed);
    if (!is_input) {
      mix_set_raw(&device->mix, channel, is_raw);
    }
  }
}

void
device_name_channels(struct device *device,
                     const struct device_names *names,
                     vsc_ns now)
{
  struct region_names *const told = &device->region.rx->names;
  bool has_changed = false;
  for (uint32_t c = 0; c < VSC_CHANNELS_MAX; c++) {
    has_changed |= label_write(&told->inputs[c], names->inputs[c]);
    has_changed |= label_write(&told->outputs[c], names->outputs[c]);
  }
  if (has_changed) {
    const vsc_ns last =
      atomic_load_explicit(&told->changed, memory_order_relaxed);
    /* release: who sees it sees the names */
    atomic_store_explicit(
      &told->changed, now > last ? now : last + 1, memory_order_release);
  }
}

void
device_reserve_output(struct device *device, uint32_t channel)
{
  if (channel < VSC_CHANNELS_MAX) {
    written_free(&device->written, channel);
  }
}

void
device_set_state(struct device *device, enum region_state state)
{
  /* release: what was set up before is seen by who sees RUNNING */
  atomic_store_explicit(&device->region.rx->state, state, memory_order_release);
}

void
device_set_clock(struct device *device, const vsc_clock_view *view)
{
  if (view->generation != device->generation) {
    device->generation = view->generation;
    written_forget(&device->written);
  }
  clockpage_write(&device->region.rx->clock, view);
}

static bool
is_started(const struct device *d, unsigned i)
{
  return d->attachments[i].is_active &&
         atomic_load_explicit(&d->region.tx->slots[i].activity,
                              memory_order_relaxed) != ACTIVITY_STOPPED;
}

/* What those that are stopped or gone had played is not cut off. */
static bool
needs_service(struct device *d)
{
  bool has_started = false;
  for (unsigned i = 0; i < REGION_SLOTS; i++) {
    if (is_started(d, i)) {
      has_started = true;
    } else if (d->attachments[i].is_active) {
      written_keep(&d->written, &d->region, i);
    }
  }
  return has_started || written_is_left(&d->written, &d->region);
}

bool
device_poll(struct device *device, vsc_ns now)
{
  struct region *const r = &device->region;
  const uint32_t doorbell =
    atomic_load_explicit(&r->tx->doorbell, memory_order_acquire);
  const unsigned grants = device->grants;
  bool has_changed = device_slots(device, true);
  written_tidy(&device->written, r);
  /* Who comes to a device at work begins on its edges: it goes on until then.
   */
  if (device->is_needed && device->grants != grants) {
    device->rests_at = now + NEWCOMER_NS;
  }
  const bool is_needed =
    needs_service(device) || (device->is_needed && now < device->rests_at);
  has_changed |= is_needed != device->is_needed;
  device->is_needed = is_needed;
  atomic_store_explicit(&device->doorbell, doorbell, memory_order_relaxed);
  atomic_store_explicit(&r->rx->heartbeat, now, memory_order_relaxed);
  return has_changed;
}

bool
device_has_rung(const struct device *device) VSC_RT
{
  return atomic_load_explicit(&device->region.tx->doorbell,
                              memory_order_relaxed) !=
         atomic_load_explicit(&device->doorbell, memory_order_relaxed);
}

unsigned
device_clients(const struct device *device)
{
  return device->active;
}

bool
device_is_needed(const struct device *device)
{
  return device->is_needed;
}

void
device_look(struct device *device, vsc_pos t) VSC_RT
{
  written_look(&device->written, &device->region, &device->mix, t);
}

bool
device_is_behind(const struct device *device, vsc_pos end) VSC_RT
{
  return device->written.all_to < end;
}

vsc_pos
device_written_to(const struct device *device,
                  const uint16_t *channels,
                  uint32_t count) VSC_RT
{
  const struct written *const w = &device->written;
  vsc_pos least = INT64_MAX;
  for (uint32_t i = 0; w->all_to != INT64_MAX && i < count; i++) {
    if (channels[i] < device->region.geometry.outputs &&
        w->expected_to[channels[i]] < least) {
      least = w->expected_to[channels[i]];
    }
  }
  return least;
}

vsc_pos
device_whole_to(const struct device *device, uint16_t channel) VSC_RT
{
  const struct written *const w = &device->written;
  return w->all_to != INT64_MAX && channel < device->region.geometry.outputs
           ? w->whole_to[channel]
           : INT64_MAX;
}

static uint64_t
read_count(const _Atomic uint64_t *count)
{
  return atomic_load_explicit(count, memory_order_relaxed);
}

bool
device_next_client(const struct device *device,
                   unsigned *cursor,
                   struct device_client *out)
{
  while (*cursor < REGION_SLOTS && !device->attachments[*cursor].is_active) {
    ++*cursor;
  }
  if (*cursor >= REGION_SLOTS) {
    return false;
  }
  const struct attachment *const a = &device->attachments[*cursor];
  const struct region_slot *const slot = &device->region.tx->slots[*cursor];
  const int64_t last =
    atomic_load_explicit(&slot->last_write, memory_order_relaxed);
  *out = device_client_of(a);
  out->is_started = is_started(device, *cursor);
  out->underruns = read_count(&slot->underruns);
  out->overruns = read_count(&slot->overruns);
  out->xruns = read_count(&slot->xruns);
  out->late_frames = read_count(&slot->late_frames);
  out->fill_frames =
    atomic_load_explicit(&slot->fill_frames, memory_order_relaxed);
  out->last_write = last > 0 ? last : 0;
  ++*cursor;
  return true;
}
