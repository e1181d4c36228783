/* route_tx.c - the output timeline into packets: which are due, which are too
   old, and what is in them.
   SPDX-License-Identifier: MIT */
#include "route.h"

#include "device.h"
#include "route_rows.h"
#include <vsc/position.h>

static void
count(struct route_tx *r, enum tx_counter c, uint64_t n) VSC_RT
{
  route_count(&r->counts->counters[c], n);
}

vsc_pos
route_unwritten(const struct device *device,
                const struct route_map *map,
                uint32_t channels,
                vsc_pos pos,
                vsc_pos end) VSC_RT
{
  const vsc_pos to = device_written_to(device, map->device, channels);
  return to >= end ? 0 : end - (to > pos ? to : pos);
}

/* Rows of applications that have not come so far are silent from there on; how
   many of RUN frames at P are alike. */
static uint32_t
mask(const struct route_tx *r,
     vsc_pos p,
     uint32_t run,
     float *ch[VSC_CHANNELS_MAX]) VSC_RT
{
  for (uint32_t c = 0; c < r->channels; c++) {
    const vsc_pos to = device_whole_to(r->device, r->map->device[c]);
    if (to <= p) {
      ch[c] = NULL;
    } else if (to < p + (vsc_pos)run) {
      run = (uint32_t)(to - p);
    }
  }
  return run;
}

static int32_t
packet(const vsc_tx_port *port,
       vsc_pos pos,
       uint8_t *dst,
       uint32_t capacity) VSC_RT
{
  struct route_tx *const r = port->route;
  const struct timeline *const t = r->timeline;
  const uint32_t bytes = r->frames * r->bytes_per_frame;
  if (bytes > capacity) {
    return VSC_ERR_INVALID;
  }
  const vsc_pos end = pos + (vsc_pos)r->frames;
  uint32_t clipped = 0;
  float *ch[VSC_CHANNELS_MAX];
  for (vsc_pos p = pos; p < end;) {
    uint32_t run = timeline_run(t, p, (uint32_t)(end - p));
    route_rows(r->map, t, p, r->channels, ch);
    if (r->device && device_is_behind(r->device, end)) {
      run = mask(r, p, run, ch);
    }
    const vsc_span span = { .ch = ch, .channels = r->channels, .frames = run };
    clipped += r->codec->encode(r->codec_self, &span, dst);
    route_fetch_next(t, p, run, ch, r->channels);
    dst += (size_t)run * r->bytes_per_frame;
    p += run;
  }
  if (clipped > 0) {
    count(r, TX_CLIPPED, clipped);
  }
  const vsc_pos under =
    r->device ? route_unwritten(r->device, r->map, r->channels, pos, end) : 0;
  if (under > 0) {
    count(r, TX_UNDERRUN_FRAMES, (uint64_t)under);
  }
  return (int32_t)bytes;
}

void
route_tx_init(struct route_tx *r)
{
  r->port =
    (vsc_tx_port){ .size = sizeof r->port, .route = r, .packet = packet };
}

void
route_tx_reset(struct route_tx *r) VSC_RT
{
  r->has_started = 0;
  r->sent_from = r->sent_to = 0;
  r->window.count = 0;
}

/* The first packet boundary at or after P. */
static vsc_pos
boundary(vsc_pos p, uint32_t frames) VSC_RT
{
  const vsc_pos rest = p % (vsc_pos)frames;
  return rest > 0 ? p + (vsc_pos)frames - rest : p - rest;
}

int
route_tx_due(struct route_tx *r,
             vsc_pos due,
             vsc_pos *pos,
             uint32_t *flags) VSC_RT
{
  if (!r->has_started) {
    r->has_started = 1;
    r->is_first = 1;
    r->next = boundary(due - (vsc_pos)r->frames + 1, r->frames);
  }
  const vsc_pos frames = (vsc_pos)r->frames;
  if (r->next + frames > due) {
    return 0;
  }
  const vsc_pos oldest = due - (vsc_pos)r->max_age;
  if (r->next + frames < oldest) {
    const vsc_pos to = boundary(oldest - frames, r->frames);
    count(r, TX_SKIPPED, (uint64_t)((to - r->next) / frames));
    r->next = to;
  }
  *pos = r->next;
  *flags = r->is_first ? VSC_PACKET_FIRST : 0;
  r->is_first = 0;
  r->next += frames;
  return 1;
}

void
route_tx_left(struct route_tx *r, vsc_ns at, vsc_ns lateness) VSC_RT
{
  struct window done;
  histogram_add(&r->counts->lateness, lateness);
  if (window_add(&r->window, at, lateness, &done)) {
    window_publish(
      &r->counts->windows, &done, vsc_tai_of(r->frames, r->wake->rate));
  }
}

void
route_tx_done(struct route_tx *r,
              vsc_pos pos,
              vsc_pos due,
              uint32_t wake_frames,
              int is_ok) VSC_RT
{
  if (!is_ok) {
    count(r, TX_FAILED, 1);
    return;
  }
  count(r, TX_PACKETS, 1);
  if (r->sent_to == r->sent_from) {
    r->sent_from = pos;
  }
  r->sent_to = pos + (vsc_pos)r->frames;
  if (due - r->sent_to >= (vsc_pos)wake_frames) {
    count(r, TX_LATE, 1);
  }
}
