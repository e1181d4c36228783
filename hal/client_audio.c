/* client_audio.c - moves audio: where the device is now, what may be read and
   written, and the copies.
   SPDX-License-Identifier: MIT */
#include "client_state.h"

#include <string.h>

#include "convert.h"

#define WAIT_STEP_MIN_NS INT64_C(100000)
#define WAIT_STEP_MAX_NS INT64_C(20000000)
#define START_TIMEOUT_NS INT64_C(500000000)
#define START_STEP_NS INT64_C(1000000)

static int64_t
clamp(int64_t x, int64_t low, int64_t high) VSC_RT
{
  return x < low ? low : x > high ? high : x;
}

/* Below this frame everything is final, as far as the time alone says. */
static vsc_pos
newest(const struct vsc_client *c, vsc_pos now) VSC_RT
{
  return now - (vsc_pos)c->region.geometry.s_in;
}

void
client_rebase(struct vsc_client *c, vsc_pos pos) VSC_RT
{
  const vsc_pos read_pos = newest(c, pos);
  const vsc_pos write_pos =
    pos + (vsc_pos)c->region.geometry.s_out + (vsc_pos)c->lead;
  c->read_gap += read_pos - c->read_pos;
  c->write_gap += write_pos - c->write_pos;
  c->read_pos = read_pos;
  c->write_pos = write_pos;
}

struct moment
client_look(struct vsc_client *c) VSC_RT
{
  const struct region_rx *const rx = c->region.rx;
  const uint32_t rate = c->region.geometry.rate;
  struct moment m = { .now = c->host->now() };
  const int64_t heartbeat =
    atomic_load_explicit(&rx->heartbeat, memory_order_relaxed);
  if (heartbeat != c->heartbeat) {
    c->heartbeat = heartbeat;
    c->heartbeat_seen = m.now;
  }
  /* acquire: starts and state lead everything a new engine changes */
  m.is_running =
    c->is_attached && m.now - c->heartbeat_seen <= CLIENT_AWAY_NS &&
    atomic_load_explicit(&rx->state, memory_order_acquire) == REGION_RUNNING &&
    atomic_load_explicit(&rx->starts, memory_order_acquire) == c->starts;
  vsc_clock_view view;
  if (m.is_running && clockpage_read(&rx->clock, &view)) {
    const bool has_stepped = view.generation != c->view.generation;
    c->view = view;
    if (has_stepped && c->has_started) {
      client_rebase(c, vsc_view_pos(&view, m.now, rate));
    }
  }
  m.pos = vsc_view_pos(&c->view, m.now, rate);
  return m;
}

/* What is the same for every time stamp; the caller adds what it moved. */
static vsc_client_time
stamp(const struct vsc_client *c, const struct moment *m) VSC_RT
{
  const uint32_t rate = c->region.geometry.rate;
  return (vsc_client_time){
    .generation = c->view.generation,
    .pos = m->pos,
    .in_pos = c->read_pos,
    .out_pos = c->write_pos,
    .host_ns = m->now,
    .capture_ns = vsc_view_host_time(&c->view, c->read_pos, rate),
    .playback_ns = vsc_view_host_time(&c->view, c->write_pos, rate),
    .rate = c->view.rate,
    .is_running = m->is_running,
  };
}

/* An older caller's struct is shorter. */
static void
tell(vsc_client_time *out, vsc_client_time time) VSC_RT
{
  if (out) {
    time.size = out->size;
    memcpy(out, &time, out->size < sizeof time ? out->size : sizeof time);
  }
}

vsc_status
vsc_client_clock(vsc_client *client, vsc_client_time *out) VSC_RT
{
  const struct moment m = client_look(client);
  tell(out, stamp(client, &m));
  return VSC_OK;
}

/* Let the engine, woken by our attaching, come to the present. */
static struct moment
wait_for_edges(struct vsc_client *c)
{
  const struct region_rx *const rx = c->region.rx;
  struct moment m = client_look(c);
  const vsc_ns deadline = m.now + START_TIMEOUT_NS;
  while (m.now < deadline && (region_edge(&rx->out.clean_to) <= m.pos ||
                              region_edge(&rx->in.clean_to) <= m.pos)) {
    c->host->sleep(START_STEP_NS);
    m = client_look(c);
  }
  return m;
}

vsc_status
vsc_client_begin(vsc_client *client, uint32_t lead)
{
  if (lead > client->region.geometry.ring / 2) {
    return client_fail(VSC_ERR_INVALID, "lead is more than half the ring");
  }
  const struct moment m = wait_for_edges(client);
  client->lead = lead;
  client_rebase(client, m.pos);
  client->read_gap = 0;
  client->write_gap = 0;
  client->has_started = true;
  return VSC_OK;
}

vsc_status
vsc_client_begin_at(vsc_client *client, vsc_pos pos)
{
  const struct moment m = client_look(client);
  const vsc_pos year = (vsc_pos)client->region.geometry.rate * 31536000;
  if (pos < m.pos - year || pos > m.pos + year) {
    return client_fail(VSC_ERR_INVALID,
                       "position %lld is more than a year from now, %lld",
                       (long long)pos,
                       (long long)m.pos);
  }
  const vsc_status status = vsc_client_begin(client, 0);
  client->read_pos = pos;
  client->write_pos = pos;
  return status;
}

/* One past the last frame that may be read. */
static vsc_pos
read_limit(const struct vsc_client *c, const struct moment *m) VSC_RT
{
  const vsc_pos by_time = newest(c, m->pos);
  if (!m->is_running) {
    return by_time; /* silence, on our own clock */
  }
  const vsc_pos final_to = region_edge(&c->region.rx->in.final_to);
  return final_to < by_time ? final_to : by_time;
}

/* One past the last frame that may be written. */
static vsc_pos
write_limit(const struct vsc_client *c, const struct moment *m) VSC_RT
{
  const vsc_pos by_time = m->pos + (vsc_pos)c->region.geometry.ring / 2;
  return (m->is_running ? region_edge(&c->region.rx->out.clean_to) : by_time) -
         CLIENT_CLEAN_MARGIN;
}

uint32_t
vsc_client_readable(vsc_client *client) VSC_RT
{
  if (!client->has_started || client->inputs == 0) {
    return 0;
  }
  const struct moment m = client_look(client);
  return (uint32_t)clamp(
    read_limit(client, &m) - client->read_pos, 0, client->region.geometry.ring);
}

uint32_t
vsc_client_writable(vsc_client *client) VSC_RT
{
  if (!client->has_started || client->outputs == 0) {
    return 0;
  }
  const struct moment m = client_look(client);
  return (uint32_t)clamp(write_limit(client, &m) - client->write_pos,
                         0,
                         client->region.geometry.ring / 2);
}

static vsc_ns
wait_step(const struct vsc_client *c, bool in, uint32_t frames)
{
  const struct region_geometry *const g = &c->region.geometry;
  const vsc_pos when = in ? c->read_pos + (vsc_pos)frames + (vsc_pos)g->s_in
                          : c->write_pos + (vsc_pos)frames +
                              CLIENT_CLEAN_MARGIN - (vsc_pos)g->ring / 2;
  return clamp(vsc_view_host_time(&c->view, when, g->rate) - c->host->now(),
               WAIT_STEP_MIN_NS,
               WAIT_STEP_MAX_NS);
}

vsc_status
vsc_client_wait(vsc_client *client, int in, uint32_t frames, vsc_ns timeout_ns)
{
  if (!client->has_started || (in ? client->inputs : client->outputs) == 0 ||
      frames > client->region.geometry.ring / 2 - CLIENT_CLEAN_MARGIN) {
    return client_fail(VSC_ERR_INVALID, "nothing to wait for");
  }
  const vsc_ns deadline = client->host->now() + timeout_ns;
  for (;;) {
    const vsc_status status = client_tend(client);
    if (status != VSC_OK) {
      return status;
    }
    if ((in ? vsc_client_readable(client) : vsc_client_writable(client)) >=
        frames) {
      return VSC_OK;
    }
    const vsc_ns left = deadline - client->host->now();
    if (left <= 0) {
      return VSC_ERR_AGAIN;
    }
    const vsc_ns step = wait_step(client, in, frames);
    client->host->sleep(step < left ? step : left);
  }
}

/* Frames [from, to) of all channels; the ring may be wrapped once. */
static void
copy_in(const struct vsc_client *c,
        vsc_pos from,
        vsc_pos to,
        uint8_t *dst) VSC_RT
{
  const struct region_geometry *const g = &c->region.geometry;
  const size_t sample_bytes = c->in_step / c->inputs;
  while (from < to) {
    const uint32_t at = (uint32_t)from & (g->ring - 1);
    const uint32_t run = (uint32_t)clamp(to - from, 0, g->ring - at);
    for (uint32_t i = 0; i < c->inputs; i++) {
      const uint32_t channel = c->first_in + i;
      convert_from_words(c->sample,
                         c->input_is_raw[channel],
                         c->region.in_words + (size_t)channel * g->stride + at,
                         dst + i * sample_bytes,
                         c->in_step,
                         run);
    }
    dst += run * c->in_step;
    from += run;
  }
}

static void
copy_out(const struct vsc_client *c,
         vsc_pos from,
         vsc_pos to,
         const uint8_t *src) VSC_RT
{
  const struct region_geometry *const g = &c->region.geometry;
  const size_t sample_bytes = c->out_step / c->outputs;
  while (from < to) {
    const uint32_t at = (uint32_t)from & (g->ring - 1);
    const uint32_t run = (uint32_t)clamp(to - from, 0, g->ring - at);
    for (uint32_t i = 0; i < c->outputs; i++) {
      const uint32_t channel = c->first_out + i;
      convert_to_words(c->sample,
                       c->output_is_raw[channel],
                       src + i * sample_bytes,
                       c->out_step,
                       c->region.out_words + (size_t)channel * g->stride + at,
                       run);
    }
    src += run * c->out_step;
    from += run;
  }
}

static void
count(_Atomic uint64_t *counter, uint64_t n) VSC_RT
{
  if (n > 0) {
    atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
  }
}

/* A reader whose next frame has been overwritten is moved to the newest frames;
   what it missed is told. */
static void
catch_up(struct vsc_client *c, const struct moment *m, uint32_t frames) VSC_RT
{
  const vsc_pos last =
    region_edge(&c->region.rx->in.clean_to) - (vsc_pos)c->region.geometry.ring;
  /* An edge that lies moves nobody further than to the present. */
  const vsc_pos oldest = last < m->pos ? last : m->pos;
  if (c->read_pos >= oldest) {
    return;
  }
  const vsc_pos to = newest(c, m->pos) - (vsc_pos)frames;
  const vsc_pos target = to > oldest ? to : oldest;
  count(&c->slot->overruns, (uint64_t)(target - c->read_pos));
  c->read_gap += target - c->read_pos;
  c->read_pos = target;
}

/* Copies what of [pos, pos + frames) is there, silence for the rest; how many
   frames are silence. */
static uint32_t
fetch(struct vsc_client *c, uint8_t *dst, uint32_t frames) VSC_RT
{
  const struct region_edges *const edges = &c->region.rx->in;
  const vsc_pos pos = c->read_pos;
  const vsc_pos end = pos + (vsc_pos)frames;
  const vsc_pos final_to = region_edge(&edges->final_to);
  const vsc_pos from = clamp(region_edge(&edges->valid_from), pos, end);
  const vsc_pos to = clamp(final_to, from, end);
  copy_in(c, from, to, dst + (size_t)(from - pos) * c->in_step);
  /* The engine raises valid_from before it overwrites (timeline_clean); a word
     copied above that was overwritten makes it visible here. */
  atomic_thread_fence(memory_order_acquire);
  const vsc_pos kept = clamp(region_edge(&edges->valid_from), from, to);
  memset(dst, 0, (size_t)(kept - pos) * c->in_step);
  memset(
    dst + (size_t)(to - pos) * c->in_step, 0, (size_t)(end - to) * c->in_step);
  count(&c->slot->overruns, (uint64_t)(kept - from));
  count(&c->slot->underruns, end > final_to ? 1 : 0);
  return frames - (uint32_t)(to - kept);
}

vsc_status
vsc_client_read(vsc_client *client,
                void *dst,
                uint32_t frames,
                vsc_client_time *time) VSC_RT
{
  if (!client->has_started || client->inputs == 0) {
    return VSC_ERR_INVALID;
  }
  const struct moment m = client_look(client);
  uint32_t silent = frames;
  if (m.is_running) {
    catch_up(client, &m, frames);
    silent = fetch(client, dst, frames);
  } else {
    memset(dst, 0, frames * client->in_step);
  }
  atomic_store_explicit(&client->slot->heartbeat, m.now, memory_order_relaxed);
  vsc_client_time t = stamp(client, &m);
  t.gap_frames = client->read_gap;
  t.silent_frames = silent;
  tell(time, t);
  client->read_gap = 0;
  client->read_pos += (vsc_pos)frames;
  return VSC_OK;
}

vsc_status
vsc_client_write(vsc_client *client,
                 const void *src,
                 uint32_t frames,
                 vsc_client_time *time) VSC_RT
{
  if (!client->has_started || client->outputs == 0 ||
      frames > client->region.geometry.ring / 2 - CLIENT_CLEAN_MARGIN) {
    return VSC_ERR_INVALID;
  }
  const struct moment m = client_look(client);
  const vsc_pos pos = client->write_pos;
  const vsc_pos end = pos + (vsc_pos)frames;
  if (end > write_limit(client, &m)) {
    tell(time, stamp(client, &m));
    return VSC_ERR_AGAIN;
  }
  /* Frames below the present position may have been encoded already. */
  const vsc_pos from = m.is_running ? clamp(m.pos, pos, end) : end;
  struct region_slot *const slot = client->slot;
  if (m.is_running) {
    copy_out(client,
             from,
             end,
             (const uint8_t *)src + (size_t)(from - pos) * client->out_step);
    /* release: the words are there before it says so */
    atomic_store_explicit(&slot->written_to, end, memory_order_release);
    count(&slot->xruns, from > pos ? 1 : 0);
    count(&slot->late_frames, (uint64_t)(from - pos));
  }
  atomic_store_explicit(&slot->last_write, m.now, memory_order_relaxed);
  atomic_store_explicit(&slot->heartbeat, m.now, memory_order_relaxed);
  atomic_store_explicit(&slot->fill_frames, end - m.pos, memory_order_relaxed);
  vsc_client_time t = stamp(client, &m);
  t.gap_frames = client->write_gap;
  t.late_frames = (uint32_t)(from - pos);
  tell(time, t);
  client->write_gap = 0;
  client->write_pos = end;
  return VSC_OK;
}
