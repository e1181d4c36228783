/* device.c - the control side of the device: attaches to the engine and follows
   it, makes the lines, asks coreaudiod for changes.
   SPDX-License-Identifier: MIT */
#include "device.h"

#include "ticks.h"

#include <stdio.h>
#include <string.h>
#include <vsc/position.h>

/* What a device looks like that has not met its engine: as the profile's
   defaults make it. */
#define INPUTS 64
#define OUTPUTS 64
#define RATE 48000
#define S_IN 52
#define S_OUT 7

#define LOOK_PAUSE_NS INT64_C(100000000) /* while nobody moves audio */
#define USE_PAUSE_NS INT64_C(100000)
#define REFUSED_PAUSE_NS INT64_C(1000000000)
#define REFUSED_PAUSE_MAX_NS INT64_C(60000000000)

#define FNV_BASIS 2166136261u
#define FNV_PRIME 16777619u

static const struct client_host client_host = { .now = ticks_now,
                                                .sleep = platform_sleep };

static struct line *
current_line(struct device *d)
{
  return &d->lines[atomic_load_explicit(&d->current, memory_order_relaxed)];
}

/* The line that is not current; NULL while an IO thread still is in it. */
static struct line *
free_line(struct device *d)
{
  const uint32_t i =
    1 - atomic_load_explicit(&d->current, memory_order_relaxed);
  /* seq_cst: enter() in io.c */
  return atomic_load(&d->users[i]) == 0 ? &d->lines[i] : NULL;
}

/* --- lines */

/* L, which is free, becomes the current one: the shape's, on LEASE (NULL:
   silence). With a VIEW of another clock, or at another rate, it is another
   line, on which time goes on where it is. */
static void
renew(struct device *d,
      struct line *l,
      struct lease *lease,
      const vsc_clock_view *view)
{
  const struct line *const old = current_line(d);
  const vsc_ns now = ticks_now();
  vsc_clock_view old_view;
  const bool is_same = !view && old->rate == d->shape.rate;
  (void)clockpage_read(&old->page, &old_view);
  view = view ? view : &old_view;
  l->rate = d->shape.rate;
  l->inputs = d->shape.inputs;
  l->outputs = d->shape.outputs;
  l->lease = lease;
  l->client = d->client;
  l->generation = view->generation;
  l->seed = old->seed + !is_same;
  l->base = is_same ? old->base
                    : vsc_view_pos(view, now, l->rate) - line_sample(old, now);
  for (int i = 0; i < DEVICE_STAMPS; i++) {
    atomic_store_explicit(
      &l->stamps[i],
      is_same ? atomic_load_explicit(&old->stamps[i], memory_order_relaxed) : 0,
      memory_order_relaxed);
  }
  atomic_store_explicit(
    &l->newest,
    is_same ? atomic_load_explicit(&old->newest, memory_order_relaxed) : 0,
    memory_order_relaxed);
  clockpage_write(&l->page, view);
  /* seq_cst: enter() in io.c; and all of the line is there */
  atomic_store(&d->current, (uint32_t)(l - d->lines));
}

/* Silence, as soon as nobody is in the line before. */
static bool
silence(struct device *d)
{
  if (!current_line(d)->lease) {
    return true;
  }
  struct line *const l = free_line(d);
  if (l) {
    renew(d, l, NULL, NULL);
  }
  return l != NULL;
}

/* Can IO go on as coreaudiod was told? A frame of the client's is one of its
   buffers'. */
static bool
fits(const struct device *d)
{
  const vsc_client *const c = d->client;
  return c->info.rate == d->shape.rate && c->inputs == d->shape.inputs &&
         c->outputs == d->shape.outputs;
}

/* The clock of the engine that granted LEASE. */
static bool
read_clock(const struct lease *lease, vsc_clock_view *view)
{
  /* A new engine says that it has started before it says its clock, so the one
     that we read is of ours if it still is. */
  return clockpage_read(&lease->region.rx->clock, view) && lease_is_ours(lease);
}

static void
keep_line(struct device *d)
{
  struct line *const now = current_line(d);
  struct lease *const given =
    atomic_load_explicit(&d->client->given, memory_order_relaxed);
  vsc_clock_view view;
  if (given && fits(d) && read_clock(given, &view)) {
    if (now->lease != given || now->generation != view.generation) {
      struct line *const l = free_line(d);
      if (l) {
        renew(d, l, given, &view);
      }
    } else {
      clockpage_write(&now->page, &view);
    }
  } else if (now->lease && (now->lease != given || !fits(d))) {
    (void)silence(d);
  }
  const struct lease *const used = current_line(d)->lease;
  if (free_line(d) && (!used || used == given)) {
    /* release: IO threads are done with the lease before (client_tend) */
    atomic_store_explicit(&d->client->taken, given, memory_order_release);
  }
}

/* --- the engine */

/* A client for whatever device the instance has. */
static void
open_client(struct device *d)
{
  vsc_client_info info = { .size = sizeof info };
  if (vsc_client_query(d->instance, NULL, &info) != VSC_OK) {
    return;
  }
  const vsc_client_config config = { .size = sizeof config,
                                     .app = "Core Audio",
                                     .instance = d->instance,
                                     .inputs = info.inputs,
                                     .outputs = info.outputs,
                                     .sample = VSC_SAMPLE_F32,
                                     .rate = d->rate_wish };
  if (client_create(&config, &client_host, &d->client) == VSC_OK) {
    client_say(d->client,
               device_is_running(d) ? ACTIVITY_STARTED : ACTIVITY_STOPPED);
  }
}

/* True when there is none any more. */
static bool
close_client(struct device *d)
{
  if (d->client && !(silence(d) && free_line(d))) {
    return false;
  }
  client_destroy(d->client);
  d->client = NULL;
  d->must_reopen = false;
  return true;
}

/* A client stays with a device that is better than the one it opened, and may
   have found one that is better than what was looked at; we show what there is.
   */
static bool
is_as_opened(const struct vsc_client *c)
{
  const struct lease *const given =
    atomic_load_explicit(&c->given, memory_order_relaxed);
  const vsc_client_info is = client_info_of(&given->region, 0);
  return is.inputs == c->inputs && is.outputs == c->outputs &&
         is.input_latency == c->info.input_latency &&
         is.output_latency == c->info.output_latency;
}

/* How long it may be left alone. */
static vsc_ns
follow_engine(struct device *d)
{
  if (d->must_reopen && !close_client(d)) {
    return USE_PAUSE_NS;
  }
  if (!d->client) {
    open_client(d);
  }
  if (!d->client) {
    return LOOK_PAUSE_NS;
  }
  const vsc_status status = client_tend(d->client);
  if (d->client->info.size != 0 && status != VSC_ERR_UNSUPPORTED) {
    keep_line(d);
    d->must_reopen = !is_as_opened(d->client);
    return !device_is_running(d) && status == VSC_OK
             ? LOOK_PAUSE_NS
             : client_tend_pause(d->client);
  }
  if (status == VSC_OK || status == VSC_ERR_AGAIN) {
    return client_tend_pause(d->client);
  }
  /* Another device, or none at that rate: take what there is. */
  const bool is_refused = status == VSC_ERR_REFUSED;
  const bool was_wished = d->client->rate != 0;
  d->rate_wish = is_refused ? 0 : d->rate_wish;
  d->must_reopen = true;
  return is_refused && !was_wished ? REFUSED_PAUSE_NS : LOOK_PAUSE_NS;
}

/* Equal numbers tell an aggregate device that clocks do not drift apart, so
   only those that follow the same grandmaster in the same domain have one. */
static uint32_t
domain_of(const vsc_clock_view *view)
{
  const bool is_common =
    view->state == VSC_CLOCK_LOCKED || view->state == VSC_CLOCK_MASTER;
  uint32_t hash = FNV_BASIS ^ view->domain;
  uint32_t any = 0;
  for (unsigned i = 0; i < sizeof view->grandmaster; i++) {
    hash = (hash ^ view->grandmaster[i]) * FNV_PRIME;
    any |= view->grandmaster[i];
  }
  return is_common && any ? hash | 1 : 0;
}

/* --- what coreaudiod is told */

static struct shape
wanted(const struct device *d)
{
  struct shape s = d->shape;
  const vsc_client *const c = d->client;
  if (c && c->info.size != 0 && !d->must_reopen) {
    const vsc_client_info *const i = &c->info;
    s = (struct shape){ .rate = i->rate,
                        .inputs = i->inputs,
                        .outputs = i->outputs,
                        .s_in = i->input_latency,
                        .s_out = i->output_latency,
                        .domain = s.domain };
    const struct lease *const given =
      atomic_load_explicit(&c->given, memory_order_relaxed);
    vsc_clock_view view;
    /* It would interrupt IO, and nobody records for a number. */
    if (!device_is_running(d) && given && read_clock(given, &view)) {
      s.domain = domain_of(&view);
    }
  }
  if (d->rate_wish && (!c || c->rate != d->rate_wish)) {
    s.rate = d->rate_wish;
  }
  return s;
}

/* Each request interrupts IO: what was refused is asked for ever more seldom.
 */
static bool
is_change_due(struct device *d)
{
  const struct shape s = wanted(d);
  const bool is_refused =
    d->ask_pause > 0 && memcmp(&s, &d->asked, sizeof s) == 0;
  if (d->is_asked || memcmp(&s, &d->shape, sizeof s) == 0 ||
      (is_refused && ticks_now() < d->ask_after)) {
    return false;
  }
  d->ask_pause = is_refused ? d->ask_pause : 0;
  d->asked = s;
  d->is_asked = true;
  return true;
}

static bool
have_names_changed(struct device *d)
{
  if (!d->client || d->client->info.size == 0) {
    return false;
  }
  const vsc_ns changed = vsc_client_names_changed(d->client);
  const bool has = changed != d->names_changed;
  d->names_changed = changed;
  return has;
}

static void
tell_names(struct device *d, UInt32 scope, uint32_t channels)
{
  AudioObjectPropertyAddress addresses[VSC_CHANNELS_MAX];
  for (uint32_t i = 0; i < channels; i++) {
    addresses[i] = (AudioObjectPropertyAddress){
      kAudioObjectPropertyElementName, scope, i + 1
    };
  }
  if (channels > 0) {
    d->host->PropertiesChanged(d->host, d->id, channels, addresses);
  }
}

vsc_ns
device_tend(struct device *d)
{
  platform_lock_take(d->lock);
  const vsc_ns pause = follow_engine(d);
  const bool is_due = is_change_due(d);
  const bool has_names = have_names_changed(d);
  const struct shape s = d->shape;
  platform_lock_give(d->lock);
  if (has_names) {
    tell_names(d, kAudioObjectPropertyScopeInput, s.inputs);
    tell_names(d, kAudioObjectPropertyScopeOutput, s.outputs);
  }
  if (is_due && d->host->RequestDeviceConfigurationChange(
                  d->host, d->id, 0, NULL) != kAudioHardwareNoError) {
    device_stay(d);
  }
  return pause;
}

void
device_change(struct device *d)
{
  platform_lock_take(d->lock);
  struct line *l = free_line(d);
  /* IO has been stopped; the last of it may be on its way out. */
  while (!l) {
    platform_sleep(USE_PAUSE_NS);
    l = free_line(d);
  }
  const struct shape s = wanted(d);
  if (s.rate != d->shape.rate && d->client && d->client->info.rate != s.rate) {
    d->must_reopen = true;
  }
  d->shape = s;
  d->is_asked = false;
  d->ask_pause = 0;
  renew(d, l, NULL, NULL);
  platform_lock_give(d->lock);
}

void
device_stay(struct device *d)
{
  platform_lock_take(d->lock);
  d->is_asked = false;
  d->ask_pause = d->ask_pause > 0 ? 2 * d->ask_pause : REFUSED_PAUSE_NS;
  if (d->ask_pause > REFUSED_PAUSE_MAX_NS) {
    d->ask_pause = REFUSED_PAUSE_MAX_NS;
  }
  d->ask_after = ticks_now() + d->ask_pause;
  /* An engine that is another stays so; a wish is over. */
  if (d->rate_wish != d->shape.rate) {
    d->rate_wish = d->client ? d->client->rate : 0;
  }
  platform_lock_give(d->lock);
}

void
device_wish(struct device *d, uint32_t rate)
{
  platform_lock_take(d->lock);
  /* coreaudiod sets the rate that is there, too: a wish only where another is
     taken back. */
  if (rate != d->shape.rate || d->rate_wish) {
    d->rate_wish = rate;
  }
  platform_lock_give(d->lock);
}

struct shape
device_shape(struct device *d)
{
  platform_lock_take(d->lock);
  const struct shape s = d->shape;
  platform_lock_give(d->lock);
  return s;
}

/* What is written from now on is dropped, and what was on its way is there: it
   cannot say any more that it plays, once we have said that nothing does. */
static void
wait_for_io(struct device *d)
{
  /* seq_cst: device_write() in io.c */
  while (atomic_load(&d->users[0]) || atomic_load(&d->users[1])) {
    platform_sleep(USE_PAUSE_NS);
  }
}

static void
count_started(struct device *d, bool is_more)
{
  platform_lock_take(d->lock);
  const uint32_t before =
    atomic_load_explicit(&d->started, memory_order_relaxed);
  const uint32_t now = is_more ? before + 1 : before - (before > 0);
  /* seq_cst: device_write() in io.c */
  atomic_store(&d->started, now);
  if (before > 0 && now == 0) {
    wait_for_io(d);
  }
  if (d->client && (before > 0) != (now > 0)) {
    client_say(d->client, now ? ACTIVITY_STARTED : ACTIVITY_STOPPED);
  }
  platform_lock_give(d->lock);
}

void
device_start(struct device *d)
{
  count_started(d, true);
}

void
device_stop(struct device *d)
{
  count_started(d, false);
}

bool
device_is_running(const struct device *d)
{
  return atomic_load_explicit(&d->started, memory_order_relaxed) > 0;
}

bool
device_is_stream_active(struct device *d, bool is_input)
{
  platform_lock_take(d->lock);
  const bool is_active = !d->is_inactive[!is_input];
  platform_lock_give(d->lock);
  return is_active;
}

void
device_activate_stream(struct device *d, bool is_input, bool is_active)
{
  platform_lock_take(d->lock);
  d->is_inactive[!is_input] = !is_active;
  platform_lock_give(d->lock);
}

void
device_channel_name(struct device *d,
                    bool is_input,
                    uint32_t channel,
                    char out[LABEL_BYTES])
{
  out[0] = '\0';
  platform_lock_take(d->lock);
  if (d->client && d->client->info.size != 0) {
    vsc_client_channel_name(d->client, is_input, channel, out, LABEL_BYTES);
  }
  platform_lock_give(d->lock);
}

vsc_status
device_init(struct device *d,
            AudioServerPlugInHostRef host,
            AudioObjectID id,
            const char *instance)
{
  *d = (struct device){ .host = host,
                        .id = id,
                        .lock = platform_lock_create(),
                        .shape = { .rate = RATE,
                                   .inputs = INPUTS,
                                   .outputs = OUTPUTS,
                                   .s_in = S_IN,
                                   .s_out = S_OUT } };
  if (!d->lock) {
    return VSC_ERR_NOMEM;
  }
  snprintf(d->instance, sizeof d->instance, "%s", instance);
  const vsc_clock_view view = { .size = sizeof view,
                                .host_ns = ticks_now(),
                                .rate = 1.0 };
  struct line *const l = &d->lines[0];
  l->seed = 1;
  l->rate = d->shape.rate;
  l->inputs = d->shape.inputs;
  l->outputs = d->shape.outputs;
  clockpage_write(&l->page, &view);
  return VSC_OK;
}
