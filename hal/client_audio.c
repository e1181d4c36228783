/* client_audio.c - what both forms do with audio: where the device is now, what
   is there, and the copies.
   SPDX-License-Identifier: MIT */
#include "client_audio.h"

#include <string.h>

#include "convert.h"

#define EDGES_TIMEOUT_NS INT64_C(500000000)
#define EDGES_STEP_NS INT64_C(1000000)

/* Another lease, made by whoever tends. */
static void
take(struct vsc_client *c, vsc_ns now) VSC_RT
{
  /* acquire: the release in client_tend.c, when the lease was whole */
  struct lease *const given =
    atomic_load_explicit(&c->given, memory_order_acquire);
  if (given == c->lease) {
    return;
  }
  if (!c->lease) {
    c->view = given->view;
  }
  c->lease = given;
  c->is_fresh = true;
  c->heartbeat =
    atomic_load_explicit(&given->region.rx->heartbeat, memory_order_relaxed);
  c->heartbeat_seen = now;
  /* release: we are done with the one before */
  atomic_store_explicit(&c->taken, given, memory_order_release);
}

/* Positions mean something else now: a reader stays as far behind the present
   as it was, and so does the writer that goes with it. One alone begins again:
   what it had written ahead is gone. */
static void
follow(struct vsc_client *c, const vsc_clock_view *view, vsc_ns now) VSC_RT
{
  const uint32_t rate = c->info.rate;
  const vsc_pos pos = vsc_view_pos(view, now, rate);
  const vsc_pos jump = pos - vsc_view_pos(&c->view, now, rate);
  const vsc_pos lead = (vsc_pos)c->info.output_latency + (vsc_pos)c->lead;
  const vsc_pos write_pos = c->inputs > 0 ? c->write_pos + jump : pos + lead;
  c->read_pos += jump;
  c->read_gap += jump;
  c->write_gap += write_pos - c->write_pos;
  c->write_pos = write_pos;
  c->jumps += jump != 0;
  c->is_fresh = false;
}

struct moment
client_look(struct vsc_client *c) VSC_RT
{
  struct moment m = { .now = c->host->now() };
  take(c, m.now);
  const struct region_rx *const rx = c->lease->region.rx;
  const int64_t heartbeat =
    atomic_load_explicit(&rx->heartbeat, memory_order_relaxed);
  if (heartbeat != c->heartbeat) {
    c->heartbeat = heartbeat;
    c->heartbeat_seen = m.now;
  }
  m.is_running =
    m.now - c->heartbeat_seen <= CLIENT_AWAY_NS && lease_is_ours(c->lease);
  vsc_clock_view view;
  if (m.is_running && clockpage_read(&rx->clock, &view)) {
    if (c->is_fresh || view.generation != c->view.generation) {
      follow(c, &view, m.now);
    }
    c->view = view;
  }
  m.pos = vsc_view_pos(&c->view, m.now, c->info.rate);
  m.lease = c->lease;
  m.generation = c->view.generation;
  return m;
}

/* Are edges and words those of our engine, under the clock that we know?
   Between the clock's step and the audio thread's reset they are not, and while
   the next engine makes them anew. acquire: the audio thread's release, after
   it has. */
static bool
speaks_to_us(const struct moment *m) VSC_RT
{
  const struct region_rx *const rx = m->lease->region.rx;
  return lease_is_ours(m->lease) &&
         atomic_load_explicit(&rx->epoch, memory_order_acquire) ==
           region_epoch(m->lease->starts, m->generation);
}

struct moment
client_wait_for_edges(struct vsc_client *c)
{
  struct moment m = client_look(c);
  const vsc_ns deadline = m.now + EDGES_TIMEOUT_NS;
  while (m.is_running && m.now < deadline) {
    const struct region_rx *const rx = m.lease->region.rx;
    if (speaks_to_us(&m) && region_edge(&rx->out.clean_to) > m.pos &&
        region_edge(&rx->in.clean_to) > m.pos) {
      break;
    }
    c->host->sleep(EDGES_STEP_NS);
    m = client_look(c);
  }
  return m;
}

vsc_pos
client_read_limit(const struct vsc_client *c, const struct moment *m) VSC_RT
{
  const vsc_pos by_time = m->pos - (vsc_pos)c->info.input_latency;
  if (!m->is_running) {
    return by_time; /* silence, on our own clock */
  }
  const vsc_pos final_to = region_edge(&m->lease->region.rx->in.final_to);
  return final_to < by_time ? final_to : by_time;
}

vsc_pos
client_write_limit(const struct moment *m) VSC_RT
{
  const struct region *const r = &m->lease->region;
  const vsc_pos by_time = m->pos + (vsc_pos)r->geometry.ring / 2;
  return (m->is_running ? region_edge(&r->rx->out.clean_to) : by_time) -
         CLIENT_CLEAN_MARGIN;
}

/* Rows of channels are short and far apart, so that the processor does not see
   the next coming: a fifth to a half of a callback was waiting for memory. */
#define AHEAD 4 /* channels */
#define LINE 16 /* words of a cache line */

static void
call_for(const uint32_t *words, uint32_t run) VSC_RT
{
  for (uint32_t i = 0; i < run; i += LINE) {
    __builtin_prefetch(words + i);
  }
}

/* Set when a stream is opened, which may be later than we came. */
static bool
is_raw(const _Atomic uint8_t *mark) VSC_RT
{
  return atomic_load_explicit(mark, memory_order_relaxed) != 0;
}

/* Frames [from, to) of all channels; the ring may be wrapped once. */
static void
copy_in(const struct vsc_client *c,
        const struct lease *l,
        vsc_pos from,
        vsc_pos to,
        uint8_t *dst) VSC_RT
{
  const struct region_geometry *const g = &l->region.geometry;
  const size_t sample_bytes = c->in_step / c->inputs;
  while (from < to) {
    const uint32_t at = (uint32_t)from & (g->ring - 1);
    const uint32_t run = (uint32_t)client_clamp(to - from, 0, g->ring - at);
    for (uint32_t i = 0; i < c->inputs; i++) {
      const uint32_t channel = c->first_in + i;
      const uint32_t *const words =
        l->region.in_words + (size_t)channel * g->stride + at;
      if (i + AHEAD < c->inputs) {
        call_for(words + (size_t)AHEAD * g->stride, run);
      }
      convert_from_words(c->sample,
                         is_raw(&l->region.rx->input_is_raw[channel]),
                         words,
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
         const struct lease *l,
         vsc_pos from,
         vsc_pos to,
         const uint8_t *src) VSC_RT
{
  const struct region_geometry *const g = &l->region.geometry;
  const size_t sample_bytes = c->out_step / c->outputs;
  while (from < to) {
    const uint32_t at = (uint32_t)from & (g->ring - 1);
    const uint32_t run = (uint32_t)client_clamp(to - from, 0, g->ring - at);
    for (uint32_t i = 0; i < c->outputs; i++) {
      const uint32_t channel = c->first_out + i;
      uint32_t *const words = l->out_words + (size_t)channel * g->stride + at;
      if (i + AHEAD < c->outputs) {
        call_for(words + (size_t)AHEAD * g->stride, run);
      }
      convert_to_words(c->sample,
                       is_raw(&l->region.rx->output_is_raw[channel]),
                       src + i * sample_bytes,
                       c->out_step,
                       words,
                       run);
    }
    src += run * c->out_step;
    from += run;
  }
}

/* Silence in the places of these frames. Nobody but us writes there, and we
   nothing else. */
static void
wipe_out(const struct vsc_client *c,
         const struct lease *l,
         vsc_pos from,
         vsc_pos to) VSC_RT
{
  const struct region_geometry *const g = &l->region.geometry;
  while (from < to) {
    const uint32_t at = (uint32_t)from & (g->ring - 1);
    const uint32_t run = (uint32_t)client_clamp(to - from, 0, g->ring - at);
    for (uint32_t i = 0; i < c->outputs; i++) {
      memset(l->out_words + (size_t)(c->first_out + i) * g->stride + at,
             0,
             run * sizeof *l->out_words);
    }
    from += run;
  }
}

void
client_count(_Atomic uint64_t *counter, uint64_t n) VSC_RT
{
  if (n > 0) {
    atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
  }
}

uint32_t
client_fetch(const struct vsc_client *c,
             const struct moment *m,
             vsc_pos pos,
             void *dst,
             uint32_t frames) VSC_RT
{
  const struct region_edges *const edges = &m->lease->region.rx->in;
  struct region_slot *const slot = m->lease->slot;
  uint8_t *const bytes = dst;
  if (!m->is_running || !speaks_to_us(m)) {
    memset(bytes, 0, frames * c->in_step);
    return frames;
  }
  const vsc_pos end = pos + (vsc_pos)frames;
  const vsc_pos final_to = region_edge(&edges->final_to);
  const vsc_pos from = client_clamp(region_edge(&edges->valid_from), pos, end);
  const vsc_pos to = client_clamp(final_to, from, end);
  copy_in(c, m->lease, from, to, bytes + (size_t)(from - pos) * c->in_step);
  /* The engine raises valid_from before it overwrites (timeline_clean); a word
     copied above that was overwritten makes it visible here. */
  atomic_thread_fence(memory_order_acquire);
  const vsc_pos kept =
    speaks_to_us(m) ? client_clamp(region_edge(&edges->valid_from), from, to)
                    : to;
  memset(bytes, 0, (size_t)(kept - pos) * c->in_step);
  memset(bytes + (size_t)(to - pos) * c->in_step,
         0,
         (size_t)(end - to) * c->in_step);
  atomic_store_explicit(&slot->heartbeat, m->now, memory_order_relaxed);
  client_count(&slot->overruns, (uint64_t)(kept - from));
  client_count(&slot->underruns, end > final_to ? 1 : 0);
  return frames - (uint32_t)(to - kept);
}

/* Under another epoch, or in another slot, nothing is written yet; of what we
   write from here on the engine is told. Whoever had our channels before may
   have left half a block above the present: nobody has heard of it so far. */
static void
enter_epoch(const struct vsc_client *c, const struct moment *m) VSC_RT
{
  struct region_slot *const slot = m->lease->slot;
  const uint64_t epoch = region_epoch(m->lease->starts, m->generation);
  if (atomic_load_explicit(&slot->epoch, memory_order_relaxed) != epoch) {
    atomic_store_explicit(&slot->written_to, INT64_MIN, memory_order_relaxed);
    const vsc_pos ahead = m->pos + (vsc_pos)m->lease->region.geometry.ring / 2;
    wipe_out(
      c, m->lease, m->pos, client_clamp(client_write_limit(m), m->pos, ahead));
    /* release: the engine sees nothing of before under the new one */
    atomic_store_explicit(&slot->epoch, epoch, memory_order_release);
  }
}

/* Frames [from, ...) have been copied. Did their places belong to them all the
   time? After half a ring they are other positions'. */
static bool
was_in_time(const struct moment *m, vsc_pos from) VSC_RT
{
  const struct region_edges *const edges = &m->lease->region.rx->out;
  /* The words are out before we look: the engine raises valid_from before it
     empties the places (timeline_clean). Only a full fence orders a store and a
     load behind it. */
  atomic_thread_fence(memory_order_seq_cst);
  return speaks_to_us(m) && region_edge(&edges->valid_from) <= from;
}

uint32_t
client_store(const struct vsc_client *c,
             const struct moment *m,
             vsc_pos pos,
             const void *src,
             uint32_t frames) VSC_RT
{
  struct region_slot *const slot = m->lease->slot;
  const vsc_pos end = pos + (vsc_pos)frames;
  if (!m->is_running || !speaks_to_us(m)) {
    return frames;
  }
  enter_epoch(c, m);
  /* Frames below the present position may have been encoded already. */
  const vsc_pos from = client_clamp(m->pos, pos, end);
  vsc_pos to = client_clamp(client_write_limit(m), from, end);
  copy_out(c,
           m->lease,
           from,
           to,
           (const uint8_t *)src + (size_t)(from - pos) * c->out_step);
  vsc_pos late = from;
  if (was_in_time(m, from)) {
    /* release: the words are there before it says so */
    atomic_store_explicit(&slot->written_to, to, memory_order_release);
    atomic_store_explicit(
      &slot->activity, ACTIVITY_PLAYING, memory_order_relaxed);
  } else {
    /* Whatever these places are by now: it lies above what we have said, so
       nobody hears it, and is silence before we say more. */
    wipe_out(c, m->lease, from, to);
    late = end;
    to = from;
  }
  client_count(&slot->xruns, late > pos ? 1 : 0);
  client_count(&slot->late_frames, (uint64_t)(late - pos));
  atomic_store_explicit(&slot->last_write, m->now, memory_order_relaxed);
  atomic_store_explicit(&slot->heartbeat, m->now, memory_order_relaxed);
  atomic_store_explicit(&slot->fill_frames, to - m->pos, memory_order_relaxed);
  return frames - (uint32_t)(to - from);
}

vsc_client_time
client_stamp(const struct vsc_client *c,
             const struct moment *m,
             vsc_pos in_pos,
             vsc_pos out_pos) VSC_RT
{
  const uint32_t rate = c->info.rate;
  return (vsc_client_time){
    .size = sizeof(vsc_client_time),
    .generation = c->view.generation,
    .pos = m->pos,
    .in_pos = in_pos,
    .out_pos = out_pos,
    .host_ns = m->now,
    .capture_ns = vsc_view_host_time(&c->view, in_pos, rate),
    .playback_ns = vsc_view_host_time(&c->view, out_pos, rate),
    .rate = c->view.rate,
    .is_running = m->is_running,
  };
}
