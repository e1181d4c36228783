/* bridge.c - see bridge.h. Both ways the same: each block out has a place on
   the other clock where it belongs, and the resampler is steered there.
   SPDX-License-Identifier: MIT */
#include "bridge.h"

#include "card_clock.h"
#include "steer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WAIT_MS 100
#define BLOCK 128u /* frames out of one run */
/* For threads that are late: ours and the engine's. */
#define MARGIN_NS INT64_C(2000000)
/* A resampler may want one frame more than its ratio says, and round. */
#define AHEAD 2u
/* How far below nominal a ratio may be (resampler.h). */
#define LOWEST 0.99

struct bridge {
  struct bridge_config config;
  struct card_info card;
  vsc_client_info device;
  struct bridge_counts counts;
  struct card_clock clock;
  struct steer steer;
  /* A position of the device and its host time, and media seconds per host
     second: the latest. */
  vsc_pos pos;
  vsc_ns pos_ns;
  double pace;
  uint32_t generation;
  vsc_pos origin; /* device positions are counted from here */
  bool is_card_running;
  uint32_t lead;  /* the resampler's latency, its frames in */
  double latency; /* frames in, beyond lead */
  vsc_pos next;   /* the next frame out: of the card, or of the device */
  vsc_pos fed;    /* capture: the card's frame that in[] begins with */
  uint32_t waiting, room; /* frames in in[], and at most */
  float **in, **out;      /* rows of channels */
  float *frames;          /* the same, interleaved */
};

/* What of the two clocks the models say. Device positions from ORIGIN. */

static double
device_at(const struct bridge *b, vsc_ns t)
{
  const double s = (double)(t - b->pos_ns) * 1e-9 * b->pace;
  return (double)(b->pos - b->origin) + s * b->device.rate;
}

static vsc_ns
device_time(const struct bridge *b, double pos)
{
  const double s =
    (pos - (double)(b->pos - b->origin)) / (b->device.rate * b->pace);
  return b->pos_ns + (vsc_ns)llround(s * 1e9);
}

/* Where frame N out belongs among those that come in. */
static double
place(const struct bridge *b, vsc_pos n)
{
  return b->config.is_capture
           ? card_clock_frame(&b->clock, device_time(b, (double)n))
           : device_at(b, card_clock_time(&b->clock, (double)n));
}

static void
free_rows(float **rows)
{
  if (rows) {
    free(rows[0]);
    free(rows);
  }
}

static float **
make_rows(uint32_t channels, uint32_t frames)
{
  float **const rows = calloc(channels, sizeof *rows);
  float *const words = calloc((size_t)channels * frames, sizeof *words);
  if (!rows || !words) {
    free(rows);
    free(words);
    return NULL;
  }
  for (uint32_t c = 0; c < channels; c++) {
    rows[c] = words + (size_t)c * frames;
  }
  return rows;
}

/* N interleaved frames behind those that wait; what finds no room is lost, and
   its place is found anew. */
static void
put(struct bridge *b, const float *frames, uint32_t n)
{
  const uint32_t channels = b->config.channels;
  if (n > b->room - b->waiting) {
    b->steer.has_begun = 0;
    b->fed += b->waiting;
    b->waiting = 0;
  }
  for (uint32_t c = 0; c < channels; c++) {
    float *const to = b->in[c] + b->waiting;
    for (uint32_t i = 0; i < n; i++) {
      const float x = frames ? frames[(size_t)i * channels + c] : 0;
      to[i] = isfinite(x) ? x : 0;
    }
  }
  b->waiting += n;
}

static void
drop(struct bridge *b, uint32_t n)
{
  b->waiting -= n;
  b->fed += n;
  for (uint32_t c = 0; c < b->config.channels; c++) {
    memmove(b->in[c], b->in[c] + n, b->waiting * sizeof **b->in);
  }
}

/* Frames that a block wants to find waiting. */
static uint32_t
wants(double ratio)
{
  return (uint32_t)(BLOCK / ratio) + AHEAD;
}

/* Where the next block out belongs, and how to get there. */
static struct steer_step
next_step(struct bridge *b)
{
  return steer_next(&b->steer,
                    BLOCK,
                    place(b, b->next) - b->latency,
                    place(b, b->next + BLOCK) - b->latency);
}

/* A block out of those that wait, interleaved. */
static vsc_status
convert(struct bridge *b, double ratio)
{
  const uint32_t channels = b->config.channels;
  const vsc_span in = { b->in, channels, wants(ratio) };
  const vsc_span out = { b->out, channels, BLOCK };
  const int32_t taken = b->config.ops->run(b->config.self, &in, &out, ratio);
  if (taken < 0 || (uint32_t)taken > in.frames) {
    return VSC_ERR_SYSTEM;
  }
  drop(b, (uint32_t)taken);
  for (uint32_t c = 0; c < channels; c++) {
    for (uint32_t i = 0; i < BLOCK; i++) {
      b->frames[(size_t)i * channels + c] = b->out[c][i];
    }
  }
  b->next += BLOCK;
  return VSC_OK;
}

/* The card stands at frame 0 and runs. */
static vsc_status
start_card(struct bridge *b)
{
  vsc_status status = card_begin(b->config.card);
  const uint32_t fill = b->card.fill;
  if (status == VSC_OK && !b->config.is_capture) {
    memset(b->frames, 0, (size_t)BLOCK * b->config.channels * sizeof(float));
    for (uint32_t n = 0; n < fill && status == VSC_OK;) {
      const uint32_t block = fill - n < BLOCK ? fill - n : BLOCK;
      status = card_write(b->config.card, b->frames, block);
      n += block;
    }
    status = status == VSC_OK ? card_go(b->config.card) : status;
    b->next = fill;
  }
  card_clock_init(&b->clock, b->card.rate);
  b->steer.has_begun = 0;
  b->waiting = 0;
  b->fed = 0;
  b->is_card_running = status == VSC_OK;
  return status;
}

/* What became of a call of the card's: an empty or full buffer begins anew. */
static vsc_status
heal(struct bridge *b, vsc_status status)
{
  if (status == VSC_ERR_LATE) {
    b->counts.card_stops++;
    b->is_card_running = false;
    return VSC_OK;
  }
  return status == VSC_ERR_AGAIN ? VSC_OK : status;
}

/* The device's time; positions of another clock have no place in ours. */
static void
look(struct bridge *b)
{
  vsc_client_time time = { .size = sizeof time };
  vsc_client_clock(b->config.client, &time);
  if (time.generation != b->generation) {
    b->steer.has_begun = 0;
  }
  b->generation = time.generation;
  b->pos = b->config.is_capture ? time.out_pos : time.in_pos;
  b->pos_ns = b->config.is_capture ? time.playback_ns : time.capture_ns;
  b->pace = time.rate;
  if (!b->steer.has_begun) {
    b->origin = b->pos;
  }
}

/* Playing. */

static vsc_status
play_block(struct bridge *b)
{
  const struct steer_step step = next_step(b);
  vsc_status status = VSC_OK;
  if (step.jumps) {
    b->config.ops->reset(b->config.self);
    b->waiting = 0;
    status = vsc_client_begin_at(b->config.client,
                                 b->origin + (vsc_pos)step.from + b->lead);
  }
  const uint32_t wanted = wants(step.ratio);
  if (status == VSC_OK && wanted > b->waiting) {
    const uint32_t more = wanted - b->waiting;
    vsc_client_time time = { .size = sizeof time };
    status = vsc_client_read(b->config.client, b->frames, more, &time);
    b->counts.silent_frames += time.silent_frames;
    if (time.gap_frames || time.generation != b->generation) {
      b->steer.has_begun = 0; /* from the next block on */
    }
    put(b, b->frames, more);
  }
  if (status == VSC_OK) {
    status = convert(b, step.ratio);
  }
  return status == VSC_OK ? card_write(b->config.card, b->frames, BLOCK)
                          : status;
}

static vsc_status
play(struct bridge *b, double at, uint32_t room)
{
  const uint32_t fill = b->card.fill;
  vsc_status status = VSC_OK;
  while (status == VSC_OK && room >= BLOCK &&
         (double)b->next - at < (double)fill) {
    status = play_block(b);
    room -= BLOCK;
    b->counts.frames += BLOCK;
  }
  return status;
}

/* Capturing. */

/* All that the card has. */
static vsc_status
take(struct bridge *b, uint32_t frames)
{
  vsc_status status = VSC_OK;
  while (status == VSC_OK && frames > 0) {
    const uint32_t n = frames < BLOCK ? frames : BLOCK;
    status = card_read(b->config.card, b->frames, n);
    if (status == VSC_OK) {
      put(b, b->frames, n);
      b->counts.frames += n;
    }
    frames -= n;
  }
  return status;
}

/* The card's frame FROM + lead is the first that waits; before the card began
   there was silence. */
static vsc_status
begin_capture(struct bridge *b, vsc_pos from)
{
  const vsc_pos first = from + b->lead;
  b->config.ops->reset(b->config.self);
  if (first > b->fed) {
    const vsc_pos n = first - b->fed;
    drop(b, n < b->waiting ? (uint32_t)n : b->waiting);
  } else {
    const vsc_pos n = b->fed - first;
    if (n > (vsc_pos)(b->room - b->waiting)) {
      b->steer.has_begun = 0;
      return VSC_ERR_AGAIN;
    }
    for (uint32_t c = 0; c < b->config.channels; c++) {
      memmove(b->in[c] + n, b->in[c], b->waiting * sizeof **b->in);
      memset(b->in[c], 0, (size_t)n * sizeof **b->in);
    }
    b->waiting += (uint32_t)n;
    b->fed = first;
  }
  return vsc_client_begin_at(b->config.client, b->origin + b->next);
}

static vsc_status
capture_block(struct bridge *b)
{
  const struct steer before = b->steer;
  const struct steer_step step = next_step(b);
  vsc_status status = VSC_OK;
  if (step.jumps) {
    status = begin_capture(b, (vsc_pos)step.from);
  }
  if (status == VSC_OK && b->waiting < wants(step.ratio)) {
    b->steer = before;
    return VSC_ERR_AGAIN;
  }
  status = status == VSC_OK ? convert(b, step.ratio) : status;
  if (status == VSC_OK) {
    vsc_client_time time = { .size = sizeof time };
    status = vsc_client_write(b->config.client, b->frames, BLOCK, &time);
    b->counts.silent_frames += time.late_frames;
    if (status != VSC_OK || time.gap_frames) {
      b->steer.has_begun = 0;
    }
  }
  return status;
}

/* The first frame out is the one that what waits is just enough for. */
static void
choose_next(struct bridge *b)
{
  const uint32_t enough = b->lead + wants(b->steer.nominal);
  const double from = (double)(b->fed + b->waiting) - enough;
  const vsc_ns due = card_clock_time(&b->clock, from + b->latency);
  b->next = (vsc_pos)device_at(b, due);
}

static vsc_status
capture(struct bridge *b, uint32_t there)
{
  vsc_status status = take(b, there);
  if (status == VSC_OK && !b->steer.has_begun) {
    choose_next(b);
  }
  while (status == VSC_OK) {
    status = capture_block(b);
  }
  return status == VSC_ERR_AGAIN ? VSC_OK : status;
}

vsc_status
bridge_step(struct bridge *b)
{
  struct card *const card = b->config.card;
  if (!b->is_card_running) {
    const vsc_status status = start_card(b);
    return status == VSC_OK ? status : heal(b, status);
  }
  vsc_ns t = 0;
  double at = 0;
  uint32_t room = 0;
  vsc_status status = card_wait(card, WAIT_MS);
  if (status == VSC_OK) {
    status = card_position(card, &t, &at, &room);
  }
  if (status < 0) {
    return heal(b, status);
  }
  card_clock_add(&b->clock, t, at);
  /* Here the next engine is met, when ours has gone. */
  status = vsc_client_wait(b->config.client, !b->config.is_capture, 0, 0);
  if (status != VSC_OK && status != VSC_ERR_AGAIN) {
    return status;
  }
  look(b);
  status = b->config.is_capture ? capture(b, room) : play(b, at, room);
  return heal(b, status);
}

/* What a frame needs to come from one side to the other, in frames in: what the
   resampler holds back, what is moved at once, how old and how early the engine
   wants it, what is kept in the card, and how late threads may be. */
static double
shortest(const struct bridge *b, double in_rate)
{
  const double per_card = in_rate / b->card.rate;
  const double per_device = in_rate / b->device.rate;
  const uint32_t card_frames =
    b->config.is_capture ? b->card.period : b->card.fill + BLOCK;
  const uint32_t device_frames =
    b->device.wake + (b->config.is_capture ? b->device.output_latency + BLOCK
                                           : b->device.input_latency);
  return b->lead + wants(b->steer.nominal) + card_frames * per_card +
         device_frames * per_device + (double)MARGIN_NS * 1e-9 * in_rate;
}

static vsc_status
open_resampler(struct bridge *b, char *why, size_t why_bytes)
{
  const uint32_t in_rate = b->config.is_capture ? b->card.rate : b->device.rate;
  const uint32_t out_rate =
    b->config.is_capture ? b->device.rate : b->card.rate;
  const double nominal = (double)out_rate / in_rate;
  b->room = 8 * wants(nominal) + b->card.buffer;
  const vsc_status status =
    b->config.ops->open(b->config.self, b->config.channels, nominal, b->room);
  if (status < 0) {
    snprintf(
      why, why_bytes, "no resampler from %u to %u frames/s", in_rate, out_rate);
    return status;
  }
  b->lead = (uint32_t)lround(b->config.ops->latency(b->config.self));
  b->room += b->lead; /* silence before the beginning */
  steer_init(&b->steer, nominal, out_rate);
  const double wished = (double)b->config.latency * 1e-9 * in_rate;
  b->latency = fmax(shortest(b, in_rate), wished);
  b->counts.latency = (vsc_ns)(b->latency / in_rate * 1e9);
  const uint32_t most = wants(nominal * LOWEST);
  const uint32_t block = most > BLOCK ? most : BLOCK;
  b->in = make_rows(b->config.channels, b->room);
  b->out = make_rows(b->config.channels, BLOCK);
  b->frames = calloc((size_t)block * b->config.channels, sizeof *b->frames);
  if (!b->in || !b->out || !b->frames) {
    snprintf(why, why_bytes, "no memory");
    return VSC_ERR_NOMEM;
  }
  return VSC_OK;
}

vsc_status
bridge_create(const struct bridge_config *config,
              struct bridge **out,
              char *why,
              size_t why_bytes)
{
  struct bridge *const b = calloc(1, sizeof *b);
  if (!b) {
    snprintf(why, why_bytes, "no memory");
    return VSC_ERR_NOMEM;
  }
  b->config = *config;
  b->device.size = sizeof b->device;
  b->pace = 1;
  vsc_client_describe(config->client, &b->device);
  card_describe(config->card, &b->card);
  vsc_status status = vsc_client_begin(config->client, 0);
  if (status < 0) {
    snprintf(why, why_bytes, "%s", vsc_client_error());
  } else {
    status = open_resampler(b, why, why_bytes);
  }
  if (status < 0) {
    bridge_destroy(b);
    return status;
  }
  *out = b;
  return VSC_OK;
}

void
bridge_destroy(struct bridge *bridge)
{
  if (!bridge) {
    return;
  }
  if (bridge->lead && bridge->config.ops->close) {
    bridge->config.ops->close(bridge->config.self);
  }
  free_rows(bridge->in);
  free_rows(bridge->out);
  free(bridge->frames);
  free(bridge);
}

void
bridge_count(const struct bridge *bridge, struct bridge_counts *out)
{
  *out = bridge->counts;
  out->jumps = bridge->steer.jumps;
  /* The card's against the host's, and the host's against the media clock. */
  out->drift_ppm = ((1 + bridge->clock.drift) / bridge->pace - 1) * 1e6;
  out->is_settled = card_clock_is_settled(&bridge->clock);
}
