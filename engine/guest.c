/* guest.c - senders with a device of their own: made on request, gone with
   their application. SPDX-License-Identifier: MIT */
#include "guest.h"

#include "log.h"
#include "stream.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vsc/position.h>

/* An application that asked for a sender opens its device at once, or never. */
#define PATIENCE_NS INT64_C(5000000000)

struct guest {
  struct device *device;
  struct own_lines lines;
  unsigned number; /* 1..GUESTS_MAX, of the device's name */
  bool has_come;   /* its application */
  vsc_ns expires_at;
};

struct device *
guest_device(struct guest *guest)
{
  return guest->device;
}

struct own_lines *
guest_lines(struct guest *guest)
{
  return &guest->lines;
}

void
guest_destroy(struct guest *guest)
{
  if (!guest) {
    return;
  }
  if (guest->device) {
    /* The names go even while the application still has it mapped: no engine
       takes this device over. */
    struct region names = { 0 };
    const struct region *const r = device_region(guest->device);
    memcpy(names.rx_name, r->rx_name, sizeof names.rx_name);
    memcpy(names.tx_name, r->tx_name, sizeof names.tx_name);
    device_destroy(guest->device);
    region_close(&names, true);
  }
  free(guest);
}

/* The lowest number that no guest has; 0: none is left. */
static unsigned
free_number(const struct engine *e)
{
  bool is_taken[GUESTS_MAX + 1] = { false };
  for (const struct stream *s = e->streams; s; s = s->next) {
    if (s->guest) {
      is_taken[s->guest->number] = true;
    }
  }
  /* One that waits for the audio thread still has its device. */
  for (const struct stream *s = e->closing; s; s = s->next) {
    if (s->guest) {
      is_taken[s->guest->number] = true;
    }
  }
  for (unsigned n = 1; n <= GUESTS_MAX; n++) {
    if (!is_taken[n]) {
      return n;
    }
  }
  return 0;
}

/* "+" is in no name that a user may give an instance. */
static void
instance_of(const struct engine *e,
            unsigned number,
            char out[GUEST_INSTANCE_BYTES])
{
  snprintf(
    out, GUEST_INSTANCE_BYTES, "%.32s+%u", e->setup.instance, number % 100);
}

static vsc_status
guest_create(struct engine *e,
             const vsc_format *format,
             struct guest **out,
             char *why,
             size_t why_bytes)
{
  const unsigned number = free_number(e);
  if (e->view_since == 0) {
    snprintf(why, why_bytes, "the engine's clock has no time yet");
    return VSC_ERR_AGAIN;
  }
  if (number == 0) {
    snprintf(why,
             why_bytes,
             "%d senders of applications run already: end one of them",
             GUESTS_MAX);
    return VSC_ERR_REFUSED;
  }
  struct guest *const g = calloc(1, sizeof *g);
  if (!g) {
    snprintf(why, why_bytes, "no memory for the sender's device");
    return VSC_ERR_NOMEM;
  }
  const vsc_ns now = e->setup.os->now(e->setup.os);
  g->number = number;
  g->expires_at = now + PATIENCE_NS;
  char instance[GUEST_INSTANCE_BYTES];
  instance_of(e, number, instance);
  struct device_config config = { .runtime_dir = e->setup.runtime_dir,
                                  .instance = instance,
                                  .geometry = e->config->geometry,
                                  .group = e->config->has_group
                                             ? &e->config->group
                                             : NULL };
  config.geometry.inputs = 0;
  config.geometry.outputs = format->channels;
  config.geometry.lanes = 0;
  if (config.geometry.wake < format->frames_per_packet) {
    /* What an application waits for behind its last frame: that one has been
       sent. */
    config.geometry.wake = format->frames_per_packet;
  }
  const vsc_status status = device_create(&config, &g->device, why, why_bytes);
  if (status < 0) {
    guest_destroy(g);
    return status;
  }
  struct region *const r = device_region(g->device);
  const struct region_geometry *const geometry = &r->geometry;
  struct own_lines *const l = &g->lines;
  l->device = g->device;
  l->region = r;
  l->generation = e->view.generation;
  timeline_init(
    &l->in, r->in_words, &r->rx->in, 0, geometry->ring, geometry->stride);
  timeline_init(&l->out,
                r->out_words,
                &r->rx->out,
                geometry->outputs,
                geometry->ring,
                geometry->stride);
  /* Here and not at its first wake-up: zeroing a whole ring takes longer than
     the other streams can wait. */
  const vsc_pos pos = vsc_view_pos(&e->view, now, geometry->rate);
  timeline_reset(&l->in, pos);
  timeline_reset(&l->out, pos);
  /* release: the edges are there before */
  atomic_store_explicit(&l->region->rx->epoch,
                        region_epoch(l->region->rx->starts, l->generation),
                        memory_order_release);
  device_set_clock(g->device, &e->view);
  *out = g;
  return VSC_OK;
}

/* The first complaint, without its place: there is none in a request. */
struct complaint {
  char *text;
  size_t bytes;
};

static void
keep_first(void *arg, const char *line)
{
  const struct complaint *const c = arg;
  static const char place[] = CONFIG_REQUEST ": ";
  if (!c->text[0]) {
    const bool has_place = strncmp(line, place, sizeof place - 1) == 0;
    snprintf(
      c->text, c->bytes, "%s", line + (has_place ? sizeof place - 1 : 0));
  }
}

static vsc_status
check(const struct engine *e,
      const struct config_extra *extra,
      struct config_stream *out,
      char *why,
      size_t why_bytes)
{
  struct complaint complaint = { .text = why, .bytes = why_bytes };
  const vsc_status status =
    config_extra_send(e->config, extra, keep_first, &complaint, out);
  if (status < 0) {
    return status;
  }
  const struct stream *s = streams_find(e, extra->name);
  if (s) {
    snprintf(why,
             why_bytes,
             "there is a stream \"%s\" already: give it another name",
             s->name);
    return VSC_ERR_MALFORMED;
  }
  const vsc_stream *const d = &out->config.desc;
  for (s = e->streams; s; s = s->next) {
    if (s->guest && s->config.desc.address == d->address &&
        s->config.desc.port == d->port) {
      snprintf(why,
               why_bytes,
               "address: \"%s\" sends to the same address and port",
               s->name);
      return VSC_ERR_MALFORMED;
    }
  }
  return VSC_OK;
}

vsc_status
guest_open(struct engine *e,
           const struct config_extra *extra,
           char out[GUEST_INSTANCE_BYTES],
           char *why,
           size_t why_bytes)
{
  why[0] = '\0';
  struct config_stream config = { 0 };
  vsc_status status = check(e, extra, &config, why, why_bytes);
  if (status < 0) {
    return status;
  }
  config.config.channels[0] = '\0'; /* none of the engine's device */
  struct stream *const s = stream_create(&config.config, &config.map);
  if (!s) {
    snprintf(why, why_bytes, "no memory for the sender");
    return VSC_ERR_NOMEM;
  }
  status =
    guest_create(e, &config.config.desc.format, &s->guest, why, why_bytes);
  if (status >= 0) {
    status = stream_open(e, s);
    snprintf(why, why_bytes, "%s", s->reason);
  }
  if (status >= 0 && !streams_add(e, s)) {
    snprintf(why, why_bytes, "the transport cannot plan one stream more");
    status = VSC_ERR_REFUSED;
  }
  if (status < 0) {
    stream_destroy(s);
    return status;
  }
  instance_of(e, s->guest->number, out);
  device_poll(s->guest->device, e->setup.os->now(e->setup.os));
  device_set_state(s->guest->device, REGION_RUNNING);
  return VSC_OK;
}

static bool
is_abandoned(struct guest *g, vsc_ns now)
{
  device_poll(g->device, now);
  const bool is_there = device_clients(g->device) > 0;
  g->has_come |= is_there;
  return !is_there && (g->has_come || now >= g->expires_at);
}

void
guests_tick(struct engine *e)
{
  const vsc_ns now = e->setup.os->now(e->setup.os);
  struct stream *next = NULL;
  for (struct stream *s = e->streams; s; s = next) {
    next = s->next;
    if (s->guest && is_abandoned(s->guest, now)) {
      streams_remove(e, s);
    }
  }
}

void
guests_set_clock(struct engine *e)
{
  for (struct stream *s = e->streams; s; s = s->next) {
    if (s->guest) {
      device_set_clock(s->guest->device, &e->view);
    }
  }
}
