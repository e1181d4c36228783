/* door_open.c - making a door: the resampler for two rates, the memory, and how
   far the two sides stand apart.
   SPDX-License-Identifier: MIT */
#include "door.h"

#include <math.h>
#include <stdio.h>
#include <vsc/position.h>

/* How much faster or slower a sender that is followed may be for a while: less
   than a cent, which nobody hears. */
#define SLEW 5e-4

static uint32_t
common_factor(uint32_t a, uint32_t b)
{
  while (b) {
    const uint32_t rest = a % b;
    a = b;
    b = rest;
  }
  return a;
}

/* As long as the device's ring, and at least twice what a packet may look
   back, since half of a ring lies ahead. */
static uint32_t
ring_frames(const struct door_setup *s)
{
  const uint64_t same =
    (uint64_t)s->device->frames * s->stream_rate / s->device_rate;
  const uint64_t back = 2 * ((uint64_t)s->age + 2 * TIMELINE_STEP);
  uint32_t frames = 1024;
  while (frames < same || frames < back) {
    frames *= 2;
  }
  return frames;
}

static vsc_status
take_memory(struct door *d, const struct door_setup *s, struct arena *arena)
{
  const uint32_t frames = ring_frames(s);
  const uint32_t stride = region_stride(frames);
  uint32_t *const words =
    arena_alloc(arena, (size_t)s->channels * stride * sizeof *words);
  /* What a run may want: its frames, one frame out more that was not taken yet,
     rounding, and what steering adds. */
  d->scratch_frames =
    (uint32_t)((DOOR_BLOCK + 1) * d->in_step / d->out_step) + DOOR_AHEAD + 8;
  d->scratch = arena_alloc(
    arena, (size_t)s->channels * d->scratch_frames * sizeof *d->scratch);
  if (!words || !d->scratch) {
    return VSC_ERR_NOMEM;
  }
  timeline_init(&d->timeline, words, &d->edges, s->channels, frames, stride);
  for (uint32_t c = 0; c < VSC_CHANNELS_MAX; c++) {
    d->plain.device[c] = (uint16_t)c;
  }
  return VSC_OK;
}

/* Where the frames that stand for one instant lie on each side. */
static vsc_status
set_offsets(struct door *d,
            const struct door_setup *s,
            char *why,
            size_t why_bytes)
{
  const double latency = s->ops->latency(s->self);
  /* An eighth of a ring is as long as the longest packet. */
  const double most = d->in->frames / 8.0;
  if (!(latency >= 0 && latency <= most)) {
    snprintf(why,
             why_bytes,
             "%s delays by %g frames; 0 to %g are possible here",
             s->module,
             latency,
             most);
    return VSC_ERR_UNSUPPORTED;
  }
  /* Half a frame, if the module has one, is what it is off by. */
  const vsc_pos whole = (vsc_pos)lround(latency);
  d->warm_up = (2 * whole + DOOR_AHEAD) * d->out_step / d->in_step + 1;
  if (d->is_send) {
    d->in_offset = whole;
    return VSC_OK;
  }
  const vsc_pos link = (vsc_pos)s->link_offset * d->in_step / d->out_step;
  if (link < whole + DOOR_AHEAD) {
    snprintf(
      why,
      why_bytes,
      "%s delays by %lld frames, and %d more are needed: link_offset has "
      "to be at least %lldus, and longer than a packet",
      s->module,
      (long long)whole,
      DOOR_AHEAD,
      (long long)(vsc_tai_of(whole + DOOR_AHEAD + 1, s->stream_rate) / 1000 +
                  1));
    return VSC_ERR_UNSUPPORTED;
  }
  d->link_offset = (uint32_t)(link - whole - DOOR_AHEAD);
  d->out_offset = (vsc_pos)s->link_offset;
  d->in_offset = link - DOOR_AHEAD;
  if (d->sender) {
    const vsc_pos ahead = (vsc_pos)d->timeline.frames / 2;
    sender_clock_init(
      d->sender, s->follows, s->stream_rate, d->link_offset, ahead - link);
    steer_init(&d->steer, d->nominal, s->device_rate);
    d->steer.slew = SLEW;
  }
  return VSC_OK;
}

vsc_status
door_create(const struct door_setup *s,
            struct arena *arena,
            struct door **out,
            char *why,
            size_t why_bytes)
{
  struct door *const d = arena_alloc(arena, sizeof *d);
  if (!d) {
    snprintf(why, why_bytes, "no memory for a door");
    return VSC_ERR_NOMEM;
  }
  const uint32_t in = s->is_send ? s->device_rate : s->stream_rate;
  const uint32_t made = s->is_send ? s->stream_rate : s->device_rate;
  const uint32_t factor = common_factor(in, made);
  *d = (struct door){
    .ops = s->ops,
    .self = s->self,
    .is_send = s->is_send,
    .channels = s->channels,
    .in_step = in / factor,
    .out_step = made / factor,
    .nominal = (double)made / in,
    .age = (vsc_pos)s->age,
    .device = s->device,
    .in = s->is_send ? s->device : &d->timeline,
    .out = s->is_send ? &d->timeline : s->device,
    .owner = s->owner,
    .underruns = s->underruns,
    .realigned = s->realigned,
    .wake.rate = s->stream_rate,
  };
  if (s->follows) {
    d->sender = arena_alloc(arena, sizeof *d->sender);
  }
  if (take_memory(d, s, arena) < 0 || (s->follows && !d->sender)) {
    snprintf(why, why_bytes, "no memory for %u channels", s->channels);
    return VSC_ERR_NOMEM;
  }
  const uint32_t most =
    d->scratch_frames > DOOR_BLOCK ? d->scratch_frames : DOOR_BLOCK;
  if (s->ops->open(s->self, s->channels, d->nominal, most) < 0) {
    snprintf(why,
             why_bytes,
             "%s does not take %u channels from %u to %u frames/s: its own "
             "words are in the log",
             s->module,
             s->channels,
             in,
             made);
    return VSC_ERR_UNSUPPORTED;
  }
  if (set_offsets(d, s, why, why_bytes) < 0) {
    door_close(d);
    return VSC_ERR_UNSUPPORTED;
  }
  *out = d;
  return VSC_OK;
}

void
door_close(struct door *d)
{
  if (d && d->ops->close) {
    d->ops->close(d->self);
  }
}
