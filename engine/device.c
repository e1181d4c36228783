/* device.c - accepts clients into the region and lets them go.
   SPDX-License-Identifier: MIT */
#include "device.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "device_lock.h"
#include "hal/platform.h"

/* A slot as it was accepted: the shared one is not read again, but for its
   counters. */
struct attachment {
  uint64_t ticket; /* 0: none */
  bool is_active;  /* false: refused, it will leave */
  uint64_t pid_start;
  uint32_t uid;
  uint32_t first_in, inputs, first_out, outputs;
  char app[REGION_APP_BYTES];
};

struct device {
  int lock;
  struct region region;
  /* main thread */
  struct attachment attachments[REGION_SLOTS];
  unsigned active;
  /* main thread writes, audio thread reads */
  _Atomic uint32_t doorbell;                /* as last answered */
  _Atomic uint32_t owner[VSC_CHANNELS_MAX]; /* slot + 1 of an output channel */
};

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
  vsc_status status = device_lock(
    config->runtime_dir, config->instance, &d->lock, why, why_bytes);
  if (status == VSC_OK) {
    char rx[REGION_NAME_BYTES];
    char tx[REGION_NAME_BYTES];
    region_names(
      (uint32_t)st.st_uid, config->runtime_dir, config->instance, rx, tx);
    struct region_geometry g = config->geometry;
    g.stride = region_stride(g.ring);
    status =
      region_create(rx, tx, &g, config->mode, &d->region, why, why_bytes);
  }
  if (status != VSC_OK) {
    device_destroy(d);
    return status;
  }
  *out = d;
  return VSC_OK;
}

void
device_destroy(struct device *device)
{
  if (!device) {
    return;
  }
  if (device->region.rx) {
    device_set_state(device, REGION_STOPPED);
    (void)device_poll(device, 0);
    region_close(&device->region, device->active == 0);
  }
  device_unlock(device->lock);
  free(device);
}

struct region *
device_region(struct device *device)
{
  return &device->region;
}

void
device_name_channel(struct device *device,
                    bool is_input,
                    uint32_t channel,
                    const char *name,
                    bool is_raw)
{
  struct region_rx *const rx = device->region.rx;
  if (channel < VSC_CHANNELS_MAX) {
    char *const label =
      is_input ? rx->input_names[channel] : rx->output_names[channel];
    snprintf(label, REGION_LABEL_BYTES, "%s", name);
    *(is_input ? &rx->input_is_raw[channel] : &rx->output_is_raw[channel]) =
      is_raw;
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
  clockpage_write(&device->region.rx->clock, view);
}

/* A copy of what the client wrote; only numbers and text in it, no promise. */
static void
copy_wishes(const struct region_slot *slot, struct attachment *a)
{
  a->pid_start = slot->pid_start;
  a->uid = slot->uid;
  a->first_in = slot->first_in;
  a->inputs = slot->inputs;
  a->first_out = slot->first_out;
  a->outputs = slot->outputs;
  memcpy(a->app, slot->app, sizeof a->app);
  /* From here on only the copy counts. */
  atomic_thread_fence(memory_order_acquire);
  a->app[sizeof a->app - 1] = '\0';
  for (char *p = a->app; *p; p++) {
    if (*p < ' ' || *p > '~' || *p == '"' || *p == '\\') {
      *p = '?';
    }
  }
}

static bool
fits(uint32_t first, uint32_t count, uint32_t channels)
{
  return count <= channels && first <= channels - count;
}

/* Why A may not be attached; empty when it may. */
static void
object(const struct device *d,
       const struct attachment *a,
       char *reason,
       size_t bytes)
{
  const struct region_geometry *const g = &d->region.geometry;
  reason[0] = '\0';
  if (!fits(a->first_in, a->inputs, g->inputs) ||
      !fits(a->first_out, a->outputs, g->outputs)) {
    snprintf(reason,
             bytes,
             "the device has %" PRIu32 " inputs and %" PRIu32 " outputs",
             g->inputs,
             g->outputs);
    return;
  }
  for (uint32_t c = a->first_out; c < a->first_out + a->outputs; c++) {
    const uint32_t owner =
      atomic_load_explicit(&d->owner[c], memory_order_relaxed);
    if (owner) {
      const struct attachment *const o = &d->attachments[owner - 1];
      snprintf(reason,
               bytes,
               "output channels %" PRIu32 "-%" PRIu32
               " belong to \"%s\" (pid %" PRIu32 ")",
               o->first_out + 1,
               o->first_out + o->outputs,
               o->app,
               SLOT_PID(o->ticket));
      return;
    }
  }
}

/* Has somebody let go since we looked? */
static bool
has_room_soon(const struct device *d)
{
  for (int i = 0; i < REGION_SLOTS; i++) {
    /* acquire: who left before asking is seen to have left */
    if (d->attachments[i].ticket &&
        atomic_load_explicit(&d->region.tx->slots[i].ticket,
                             memory_order_acquire) !=
          d->attachments[i].ticket) {
      return true;
    }
  }
  return false;
}

static void
answer(struct device *d, int i, uint64_t ticket)
{
  struct region_grant *const grant = &d->region.rx->grants[i];
  struct attachment *const a = &d->attachments[i];
  *a = (struct attachment){ .ticket = ticket };
  copy_wishes(&d->region.tx->slots[i], a);
  char reason[sizeof grant->reason];
  object(d, a, reason, sizeof reason);
  a->is_active = reason[0] == '\0';
  if (!a->is_active && has_room_soon(d)) {
    *a = (struct attachment){ 0 }; /* at the next poll */
    return;
  }
  if (a->is_active) {
    for (uint32_t c = 0; c < a->outputs; c++) {
      /* release: the slot's written_to was set before its ticket */
      atomic_store_explicit(
        &d->owner[a->first_out + c], (uint32_t)i + 1, memory_order_release);
    }
    d->active++;
  }
  memcpy(grant->reason, reason, sizeof reason);
  atomic_store_explicit(&grant->state,
                        a->is_active ? GRANT_ACTIVE : GRANT_REFUSED,
                        memory_order_relaxed);
  /* release: state and reason are there before the ticket */
  atomic_store_explicit(&grant->ticket, ticket, memory_order_release);
}

static void
forget(struct device *d, int i)
{
  struct attachment *const a = &d->attachments[i];
  atomic_store_explicit(
    &d->region.rx->grants[i].ticket, 0, memory_order_release);
  if (a->is_active) {
    for (uint32_t c = 0; c < a->outputs; c++) {
      atomic_store_explicit(
        &d->owner[a->first_out + c], 0, memory_order_release);
    }
    d->active--;
  }
  *a = (struct attachment){ 0 };
}

/* Does the process that took TICKET live? Another one may have its pid by now.
 */
static bool
is_alive(const struct device *d, int i, uint64_t ticket)
{
  const struct attachment *const a = &d->attachments[i];
  uint64_t start = 0;
  if (!platform_process(SLOT_PID(ticket), &start)) {
    return false;
  }
  return a->ticket != ticket || a->pid_start == 0 || start == 0 ||
         start == a->pid_start;
}

/* Let go of slot I's client if it has left, died or is another now; true when it
   was attached. */
static bool
release_slot(struct device *d, int i)
{
  struct region_slot *const slot = &d->region.tx->slots[i];
  const struct attachment *const a = &d->attachments[i];
  /* acquire: the client's release, after it filled the slot in */
  uint64_t ticket = atomic_load_explicit(&slot->ticket, memory_order_acquire);
  const uint32_t state = SLOT_STATE(ticket);
  const bool is_there =
    (state == SLOT_FILLING || state == SLOT_ATTACHED) && is_alive(d, i, ticket);
  const bool was_active = a->is_active;
  if (a->ticket && (a->ticket != ticket || !is_there)) {
    forget(d, i);
  }
  if (ticket != 0 && !is_there) {
    /* Only if it has not moved on by itself. release: we are done with it. */
    atomic_compare_exchange_strong_explicit(
      &slot->ticket, &ticket, 0, memory_order_release, memory_order_relaxed);
  }
  return was_active && !a->is_active;
}

/* Answer slot I if it asks; true when a client was attached. */
static bool
answer_slot(struct device *d, int i)
{
  const struct attachment *const a = &d->attachments[i];
  /* acquire: the client's release, after it filled the slot in */
  const uint64_t ticket =
    atomic_load_explicit(&d->region.tx->slots[i].ticket, memory_order_acquire);
  if (SLOT_STATE(ticket) != SLOT_ATTACHED || a->ticket != 0) {
    return false; /* one that changed in between: at the next poll */
  }
  answer(d, i, ticket);
  return a->is_active;
}

bool
device_poll(struct device *device, vsc_ns now)
{
  struct region *const r = &device->region;
  const uint32_t doorbell =
    atomic_load_explicit(&r->tx->doorbell, memory_order_acquire);
  bool has_changed = false;
  /* All that is given back first: it may be what another slot asks for. */
  for (int i = 0; i < REGION_SLOTS; i++) {
    has_changed |= release_slot(device, i);
  }
  for (int i = 0; i < REGION_SLOTS; i++) {
    has_changed |= answer_slot(device, i);
  }
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

int64_t
device_written_to(const struct device *device, uint32_t channel) VSC_RT
{
  if (channel >= VSC_CHANNELS_MAX) {
    return INT64_MIN;
  }
  const uint32_t owner =
    atomic_load_explicit(&device->owner[channel], memory_order_acquire);
  /* acquire: the client's release, after it wrote the words */
  return owner == 0 ? INT64_MIN
                    : atomic_load_explicit(
                        &device->region.tx->slots[owner - 1].written_to,
                        memory_order_acquire);
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
  ++*cursor;
  *out = (struct device_client){
    .pid = SLOT_PID(a->ticket),
    .uid = a->uid,
    .first_in = a->first_in,
    .inputs = a->inputs,
    .first_out = a->first_out,
    .outputs = a->outputs,
    .underruns = atomic_load_explicit(&slot->underruns, memory_order_relaxed),
    .overruns = atomic_load_explicit(&slot->overruns, memory_order_relaxed),
    .xruns = atomic_load_explicit(&slot->xruns, memory_order_relaxed),
    .fill_frames =
      atomic_load_explicit(&slot->fill_frames, memory_order_relaxed),
    .last_write = atomic_load_explicit(&slot->last_write, memory_order_relaxed),
  };
  memcpy(out->app, a->app, sizeof out->app);
  return true;
}
