/* line.c - the buffer between an application and the device, and who moves its
   frames. SPDX-License-Identifier: MIT */
#include "line.h"

#include "hal/convert.h"
#include "hal/platform.h"

#include <stdlib.h>
#include <string.h>

#define PUMP_NS INT64_C(5000000)
#define TEND_NS INT64_C(20000000)
/* A change of the clock's view moves the position by less than this; more is
   another clock, and frames are counted on it from where they were. */
#define JUMP_FRAMES 4

struct line {
  /* constant after open */
  vsc_client *client;
  vsc_client_info info;
  bool is_playback;
  uint32_t buffer; /* frames of the ring */
  size_t frame_bytes;
  struct platform_thread *pump; /* NULL: whoever looks */
  struct platform_lock *lock;
  /* under the lock */
  bool is_closing;
  bool is_running;
  uint8_t *ring;
  uint8_t *silence;  /* a block of it */
  vsc_pos base;      /* device position of frame 0, latency apart */
  uint64_t position; /* as last told */
  uint64_t moved;    /* frames below: moved between ring and device */
  uint64_t written;  /* playback: frames below are in the ring */
  vsc_pos at;        /* the client's own read or write position */
  vsc_client_time time;
  vsc_ns tended;
};

#define BLOCK 512u

static uint8_t *
ring_at(const struct line *l, uint64_t frame)
{
  return l->ring + (size_t)(frame % l->buffer) * l->frame_bytes;
}

/* FRAMES of the ring from FRAME on that lie behind each other. */
static uint32_t
run(const struct line *l, uint64_t frame, uint64_t frames)
{
  const uint64_t left = l->buffer - frame % l->buffer;
  const uint64_t n = frames < left ? frames : left;
  return (uint32_t)(n < BLOCK ? n : BLOCK);
}

/* What was given to an engine that is gone is played from the ring again. */
static void
begin_again(struct line *l)
{
  l->at = INT64_MIN;
  if (l->is_playback && l->moved > l->position) {
    l->moved = l->position;
  }
}

/* The device's clock now. When it has jumped (another clock, another engine),
   frames go on being counted from where they were. */
static void
look(struct line *l)
{
  const vsc_client_time before = l->time;
  l->time = (vsc_client_time){ .size = sizeof l->time };
  vsc_client_clock(l->client, &l->time);
  const bool is_elsewhere =
    l->is_playback && l->at != INT64_MIN && l->time.out_pos != l->at;
  if (before.size == 0 ||
      (before.generation == l->time.generation && !is_elsewhere)) {
    return;
  }
  const double elapsed = (double)(l->time.host_ns - before.host_ns) *
                         before.rate * (double)l->info.rate / 1e9;
  const vsc_pos jump = l->time.pos - before.pos - (vsc_pos)elapsed;
  if (jump > JUMP_FRAMES || jump < -JUMP_FRAMES) {
    l->base += jump;
  }
  begin_again(l);
}

/* Meet an engine that was started again; it costs a few loads when there is
   nothing to do. */
static void
tend(struct line *l)
{
  if (l->time.host_ns - l->tended >= TEND_NS) {
    l->tended = l->time.host_ns;
    (void)vsc_client_wait(l->client, !l->is_playback, 0, 0);
    look(l);
  }
}

static vsc_pos
device_at(const struct line *l, uint64_t frame)
{
  return l->base + (vsc_pos)frame +
         (l->is_playback ? (vsc_pos)l->info.output_latency
                         : -(vsc_pos)l->info.input_latency);
}

/* The client's position, if it is not there already. */
static void
seek(struct line *l, vsc_pos to)
{
  if (l->at != to && vsc_client_begin_at(l->client, to) == VSC_OK) {
    l->at = to;
  }
}

/* As many frames from POS on as the device takes. Those that another engine or
   clock took lie where it began, and are played again in their place. */
static uint32_t
play(struct line *l, vsc_pos pos, const uint8_t *src, uint32_t frames)
{
  vsc_client_time time = { .size = sizeof time };
  seek(l, pos);
  if (vsc_client_write(l->client, src, frames, &time) != VSC_OK) {
    return 0;
  }
  if (time.gap_frames != 0) {
    begin_again(l);
    return 0;
  }
  l->at = pos + (vsc_pos)frames;
  return frames;
}

static uint64_t
clock_frames(const struct line *l)
{
  const vsc_pos n = l->time.pos - l->base;
  return n > 0 ? (uint64_t)n : 0;
}

static void
pump_out(struct line *l)
{
  const uint64_t now = clock_frames(l);
  if (l->moved < now) {
    l->moved = now; /* too late for these */
  }
  while (l->moved < l->written) {
    const uint32_t room = vsc_client_writable(l->client);
    const uint32_t n = run(l, l->moved, l->written - l->moved);
    if (l->at == device_at(l, l->moved) && room < n) {
      break;
    }
    if (play(l, device_at(l, l->moved), ring_at(l, l->moved), n) == 0) {
      break;
    }
    l->moved += n;
  }
}

/* The next FRAMES are lost to the application. */
static void
miss(struct line *l, uint64_t frames)
{
  const uint64_t end = l->moved + frames;
  /* What is more than the buffer away is not read any more. */
  uint64_t at = frames < l->buffer ? l->moved : end - l->buffer;
  while (at < end) {
    const uint32_t n = run(l, at, end - at);
    memset(ring_at(l, at), 0, n * l->frame_bytes);
    at += n;
  }
  l->moved = end;
}

static void
pump_in(struct line *l)
{
  seek(l, device_at(l, l->moved));
  for (;;) {
    uint32_t n = vsc_client_readable(l->client);
    n = run(l, l->moved, n);
    vsc_client_time time = { .size = sizeof time };
    if (n == 0 ||
        vsc_client_read(l->client, ring_at(l, l->moved), n, &time) != VSC_OK) {
      return;
    }
    if (time.generation != l->time.generation) {
      l->at = INT64_MIN; /* another clock: look() comes first */
      return;
    }
    if (time.gap_frames > 0) {
      /* The device's ring was gone before anybody looked: silence, and the
         frames that were read are later ones, to be read to their place. */
      miss(l, (uint64_t)time.gap_frames);
      l->at = INT64_MIN;
      seek(l, device_at(l, l->moved));
      continue;
    }
    l->at = time.in_pos + (vsc_pos)n;
    l->moved += n;
  }
}

/* Everything that can be moved now. */
static void
pump(struct line *l)
{
  look(l);
  tend(l);
  if (l->is_running && l->is_playback) {
    pump_out(l);
  } else if (l->is_running) {
    pump_in(l);
  }
  const uint64_t now = l->is_playback ? clock_frames(l) : l->moved;
  if (l->is_running && now > l->position) {
    l->position = now;
  }
}

static void
run_pump(void *arg)
{
  struct line *const l = arg;
  for (;;) {
    platform_lock_take(l->lock);
    const bool is_closing = l->is_closing;
    if (!is_closing) {
      pump(l);
    }
    platform_lock_give(l->lock);
    if (is_closing) {
      return;
    }
    platform_sleep(PUMP_NS);
  }
}

/* It is there while the line runs. Where it cannot be had, the application's
   looks must do. */
static void
start_pump(struct line *l)
{
  const struct platform_thread_config config = { .name = "aes67-pump",
                                                 .run = run_pump,
                                                 .arg = l };
  if (!l->pump && l->buffer > l->info.ring / 4) {
    l->is_closing = false;
    (void)platform_thread_start(&config, NULL, &l->pump);
  }
}

static void
stop_pump(struct line *l)
{
  if (l->pump) {
    platform_lock_take(l->lock);
    l->is_closing = true;
    platform_lock_give(l->lock);
    platform_thread_join(l->pump);
    l->pump = NULL;
  }
}

vsc_status
line_open(const struct line_config *config, struct line **out)
{
  struct line *const l = calloc(1, sizeof *l);
  if (!l) {
    return VSC_ERR_NOMEM;
  }
  vsc_client_config wish = { .size = sizeof wish,
                             .instance = config->instance,
                             .sample = config->sample,
                             .may_be_away = 1 };
  *(config->is_playback ? &wish.first_output : &wish.first_input) =
    config->first;
  *(config->is_playback ? &wish.outputs : &wish.inputs) = config->channels;
  l->lock = platform_lock_create();
  l->is_playback = config->is_playback;
  l->buffer = config->buffer;
  l->frame_bytes =
    (size_t)config->channels * convert_sample_bytes(config->sample);
  l->ring = calloc(config->buffer, l->frame_bytes);
  l->silence = calloc(BLOCK, l->frame_bytes);
  vsc_status status = l->lock && l->ring && l->silence
                        ? vsc_client_open(&wish, &l->client)
                        : VSC_ERR_NOMEM;
  if (status == VSC_OK) {
    l->info.size = sizeof l->info;
    vsc_client_describe(l->client, &l->info);
    line_reset(l);
  }
  if (status != VSC_OK) {
    line_close(l);
    return status;
  }
  *out = l;
  return VSC_OK;
}

void
line_close(struct line *l)
{
  if (!l) {
    return;
  }
  if (l->client && l->is_running) {
    line_stop(l);
  }
  stop_pump(l);
  vsc_client_close(l->client);
  platform_lock_destroy(l->lock);
  free(l->silence);
  free(l->ring);
  free(l);
}

void
line_reset(struct line *l)
{
  stop_pump(l);
  platform_lock_take(l->lock);
  /* After an xrun nobody has stopped it. */
  (void)vsc_client_stop(l->client);
  l->is_running = false;
  l->position = 0;
  l->moved = 0;
  l->written = 0;
  l->at = INT64_MIN;
  look(l);
  platform_lock_give(l->lock);
}

vsc_pos
line_start(struct line *l, vsc_pos base)
{
  platform_lock_take(l->lock);
  look(l);
  tend(l);
  /* Wakes the engine, if we are the first. */
  (void)vsc_client_begin(l->client, 0);
  l->at = INT64_MIN;
  look(l);
  l->base = base == LINE_NOW ? l->time.pos : base;
  l->is_running = true;
  pump(l);
  start_pump(l);
  base = l->base;
  platform_lock_give(l->lock);
  return base;
}

void
line_stop(struct line *l)
{
  stop_pump(l);
  platform_lock_take(l->lock);
  pump(l);
  l->is_running = false;
  uint64_t from = l->position;
  while (l->is_playback && from < l->moved) {
    const uint64_t left = l->moved - from;
    const uint32_t n = left < BLOCK ? (uint32_t)left : BLOCK;
    if (play(l, device_at(l, from), l->silence, n) == 0) {
      break;
    }
    from += n;
  }
  /* The engine may rest until we go on. */
  (void)vsc_client_stop(l->client);
  l->at = INT64_MIN;
  platform_lock_give(l->lock);
}

void
line_continue(struct line *l)
{
  platform_lock_take(l->lock);
  look(l);
  tend(l);
  /* Wakes the engine, if we are the first: before we say when it goes on. */
  (void)vsc_client_begin(l->client, 0);
  look(l);
  l->base = l->time.pos - (vsc_pos)l->position;
  l->at = INT64_MIN;
  /* What was silenced is played from the ring again. */
  if (l->is_playback) {
    l->moved = l->position;
  }
  l->is_running = true;
  pump(l);
  start_pump(l);
  platform_lock_give(l->lock);
}

uint64_t
line_position(struct line *l)
{
  platform_lock_take(l->lock);
  pump(l);
  const uint64_t position = l->position;
  platform_lock_give(l->lock);
  return position;
}

uint64_t
line_elapsed(struct line *l)
{
  platform_lock_take(l->lock);
  pump(l);
  const uint64_t now = l->is_running ? clock_frames(l) : 0;
  const uint64_t elapsed = now > l->position ? now : l->position;
  platform_lock_give(l->lock);
  return elapsed;
}

uint32_t
line_latency(const struct line *l)
{
  return l->is_playback ? l->info.output_latency : l->info.input_latency;
}

vsc_ns
line_wait_ns(struct line *l, uint64_t position)
{
  platform_lock_take(l->lock);
  pump(l);
  vsc_ns wait = 0;
  if (l->position < position) {
    const double frames = (double)(l->base + (vsc_pos)position - l->time.pos);
    wait = (vsc_ns)(frames * 1e9 / ((double)l->info.rate * l->time.rate)) + 1;
    /* The engine may be a moment behind its clock. */
    wait = wait < 50000 ? 50000 : wait;
  }
  platform_lock_give(l->lock);
  return wait;
}

vsc_pos
line_device_pos(struct line *l)
{
  platform_lock_take(l->lock);
  look(l);
  const vsc_pos pos = l->time.pos;
  platform_lock_give(l->lock);
  return pos;
}

/* Into the ring, wherever it goes round. */
static void
store(struct line *l, uint64_t at, const uint8_t *src, uint32_t frames)
{
  while (frames > 0) {
    const uint32_t n = run(l, at, frames);
    memcpy(ring_at(l, at), src, n * l->frame_bytes);
    src += n * l->frame_bytes;
    at += n;
    frames -= n;
  }
}

void
line_write(struct line *l,
           uint64_t at,
           const void *src,
           uint32_t frames,
           bool is_free)
{
  platform_lock_take(l->lock);
  pump(l);
  if (l->is_running && is_free && at < l->position) {
    const uint64_t late = l->position - at;
    const uint64_t rounds = (late + l->buffer - 1) / l->buffer;
    (void)play(l, device_at(l, at + rounds * l->buffer), src, frames);
  } else {
    store(l, at, src, frames);
    if (at < l->moved) {
      l->moved = at > l->position ? at : l->position; /* rewound */
    }
    l->written = at + frames;
    pump(l);
  }
  platform_lock_give(l->lock);
}

void
line_read(struct line *l, uint64_t at, void *dst, uint32_t frames)
{
  uint8_t *to = dst;
  platform_lock_take(l->lock);
  while (frames > 0) {
    const uint32_t n = run(l, at, frames);
    memcpy(to, ring_at(l, at), n * l->frame_bytes);
    to += n * l->frame_bytes;
    at += n;
    frames -= n;
  }
  platform_lock_give(l->lock);
}
