/* selftest_audio.c - two applications in one thread: hear, play, and only then
   compare, because what was not played in time is lost.
   SPDX-License-Identifier: MIT */
#include "selftest_audio.h"
#include "engine/rtthread.h"
#include "selftest_signal.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vsc/position.h>

/* When the engine has not made its frames final yet; it is a wake-up late. */
#define RETRY_NS 50000
/* A step of the clock empties both rings; streams begin again. */
#define RESUME_MS 500
/* At most, in one callback, of writing nothing. */
#define CATCH_UP_BLOCKS 4096
/* How far counters may be behind what they count. */
#define COUNTERS_MS 10

static void
count(_Atomic uint64_t *counter, uint64_t n) VSC_RT
{
  /* One writer: no need to lock the bus. */
  const uint64_t old = atomic_load_explicit(counter, memory_order_relaxed);
  atomic_store_explicit(counter, old + n, memory_order_relaxed);
}

/* The block that is played next; made while there is time. */
static void
compose(const struct selftest_audio *t,
        struct selftest_side *s,
        uint32_t direction) VSC_RT
{
  for (uint32_t i = 0; i < t->frames; i++) {
    for (uint32_t c = 0; c < t->channels; c++) {
      s->out[i * t->channels + c] =
        selftest_sample(direction, c, s->write_pos + (vsc_pos)i);
    }
  }
}

enum verdict { EXACT, SILENT, WRONG };

static enum verdict
judge_stream(const struct selftest_path *p,
             const struct selftest_stream *s,
             const uint32_t *frame,
             vsc_pos pos) VSC_RT
{
  enum verdict verdict = EXACT;
  const vsc_pos played = pos - (vsc_pos)s->link_frames;
  for (uint32_t c = s->first; c < s->first + s->channels; c++) {
    if (frame[c] == 0) {
      verdict = SILENT;
    } else if (frame[c] != selftest_sample(p->direction, c, played)) {
      return WRONG;
    }
  }
  return verdict;
}

static enum verdict
judge(struct selftest_path *p,
      const uint32_t *frame,
      vsc_pos pos,
      bool is_compared) VSC_RT
{
  enum verdict worst = EXACT;
  for (uint32_t i = 0; i < p->stream_count; i++) {
    const enum verdict v = judge_stream(p, &p->streams[i], frame, pos);
    if (v == SILENT && is_compared) {
      count(&p->stream_silent[i], 1);
    }
    worst = v > worst ? v : worst;
  }
  return worst;
}

/* The first frame of the block that holds POS, in a row of blocks of which one
   begins at START. */
static vsc_pos
block_at_or_after(vsc_pos pos, vsc_pos start, uint32_t frames) VSC_RT
{
  const vsc_pos rest = (start - pos) % (vsc_pos)frames;
  return pos + (rest < 0 ? rest + (vsc_pos)frames : rest);
}

static struct selftest_stamp *
stamp_of(const struct selftest_side *s, vsc_pos pos, uint32_t frames) VSC_RT
{
  return &s->stamps[(uint64_t)pos / frames % SELFTEST_STAMPS];
}

struct callback {
  bool has_happened;
  vsc_ns at; /* everything heard, nothing played yet */
  vsc_pos heard, played;
};

static void
add_trip(struct selftest_audio *t, vsc_ns trip) VSC_RT
{
  const uint64_t us = (uint64_t)trip / 1000;
  t->trips[us < SELFTEST_TRIP_US ? us : SELFTEST_TRIP_US - 1]++;
  t->trip_max = trip > t->trip_max ? trip : t->trip_max;
}

/* What A played comes to B, whose answer in the same callback comes to A: there
   it ends, at B it is handed on. Only frames that arrived exactly count. */
static void
trace(struct selftest_audio *t, unsigned i, const struct callback *c) VSC_RT
{
  const struct selftest_side *const from = &t->sides[1 - i];
  const vsc_pos link = (vsc_pos)t->paths[i].streams[0].link_frames;
  const vsc_pos pos =
    block_at_or_after(c->heard - link, from->write_pos, t->frames);
  const uint32_t index = (uint32_t)(pos + link - c->heard);
  const struct selftest_stamp *const stamp = stamp_of(from, pos, t->frames);
  const bool is_known = index < t->frames && stamp->pos == pos &&
                        stamp->played != 0 &&
                        judge(&t->paths[i],
                              &t->sides[i].in[(size_t)index * t->channels],
                              pos + link,
                              false) == EXACT;
  if (i == 0 && is_known && pos >= t->paths[0].from && pos < t->paths[0].to) {
    add_trip(t, c->at - stamp->played);
  }
  struct selftest_stamp *const own =
    stamp_of(&t->sides[i], c->played, t->frames);
  own->pos = c->played;
  own->played = i == 0 ? c->at : is_known ? stamp->played : 0;
}

static void
compare(const struct selftest_audio *t,
        struct selftest_path *p,
        const uint32_t *frame,
        vsc_pos heard) VSC_RT
{
  uint64_t counts[3] = { 0 };
  uint64_t crossed = 0;
  for (uint32_t f = 0; f < t->frames; f++) {
    const vsc_pos pos = heard + (vsc_pos)f;
    const bool is_compared = pos >= p->from && pos < p->to;
    const enum verdict v = judge(p, frame, pos, is_compared);
    frame += t->channels;
    crossed += v == EXACT;
    counts[v] += is_compared;
  }
  count(&p->crossed, crossed);
  count(&p->exact, counts[EXACT]);
  count(&p->silent, counts[SILENT]);
  count(&p->wrong, counts[WRONG]);
  count(&p->compared, counts[EXACT] + counts[SILENT] + counts[WRONG]);
}

/* Positions jumped: compare again when the streams have begun again. */
static void
follow_step(struct selftest_audio *t, vsc_pos pos) VSC_RT
{
  count(&t->steps, 1);
  for (unsigned i = 0; i < 2; i++) {
    if (t->paths[i].from != INT64_MAX) {
      t->paths[i].from = pos + (vsc_pos)t->rate * RESUME_MS / 1000;
    }
  }
}

/* What is lost before now may have been counted already; what comes later than
   the link offset from now has not. */
static void
enter(struct selftest_audio *t, enum selftest_phase phase) VSC_RT
{
  t->phase = phase;
  for (unsigned i = 0; i < 2; i++) {
    struct selftest_path *const p = &t->paths[i];
    vsc_client_time time = { .size = sizeof time };
    vsc_client_clock(t->sides[i].client, &time);
    if (phase == SELFTEST_SETTLE) {
      p->to = time.pos;
      continue;
    }
    vsc_pos link = 0;
    for (uint32_t s = 0; s < p->stream_count; s++) {
      const vsc_pos frames = (vsc_pos)p->streams[s].link_frames;
      link = frames > link ? frames : link;
    }
    p->from = time.pos + link + (vsc_pos)t->rate * COUNTERS_MS / 1000;
  }
}

/* Plays one block, as far as it is still in time. Its first position. */
static vsc_pos
play(struct selftest_audio *t, unsigned i, uint32_t frames) VSC_RT
{
  struct selftest_side *const s = &t->sides[i];
  vsc_client_time time = { .size = sizeof time };
  uint32_t moved = frames;
  if (vsc_client_write(s->client, s->out, frames, &time) != VSC_OK) {
    time.late_frames = frames;
    moved = 0; /* too early: never, unless the engine stands still */
  }
  if (t->phase == SELFTEST_COMPARE) {
    count(&t->paths[1 - i].unwritten, time.late_frames);
  }
  if (time.out_pos != s->write_pos && s->write_pos != INT64_MIN) {
    follow_step(t, time.out_pos);
  }
  s->write_pos = time.out_pos + (vsc_pos)moved;
  return time.out_pos;
}

/* A stall longer than the ring moved the reader on, but not the writer: leave
   out what it is behind, in steps; most of it is too late and costs nothing.
   NOW is at or before the present position. */
static void
catch_up(struct selftest_audio *t,
         unsigned i,
         vsc_pos now,
         vsc_pos target) VSC_RT
{
  struct selftest_side *const s = &t->sides[i];
  for (int n = 0; n < CATCH_UP_BLOCKS && s->write_pos < target; n++) {
    const vsc_pos behind = target - s->write_pos;
    if (s->write_pos + (vsc_pos)t->frames > now) {
      compose(t, s, t->paths[1 - i].direction);
    }
    play(t, i, behind < (vsc_pos)t->frames ? (uint32_t)behind : t->frames);
  }
}

/* The client moved our writer together with the reader: what is played next is
   another block. */
static void
follow_client(struct selftest_audio *t,
              unsigned i,
              const vsc_client_time *in) VSC_RT
{
  struct selftest_side *const s = &t->sides[i];
  const vsc_pos gap = in->out_pos - s->write_pos;
  const bool is_step = in->generation != s->generation;
  s->generation = in->generation;
  if (s->write_pos == INT64_MIN || gap == 0) {
    return;
  }
  if (is_step) {
    follow_step(t, in->out_pos);
  } else if (t->phase == SELFTEST_COMPARE && gap > 0) {
    count(&t->paths[1 - i].unwritten, (uint64_t)gap);
  }
  s->write_pos = in->out_pos;
  compose(t, s, t->paths[1 - i].direction);
}

/* One callback of device I; DUE becomes the time of the next. */
static struct callback
serve(struct selftest_audio *t, unsigned i, vsc_ns *due) VSC_RT
{
  struct selftest_side *const s = &t->sides[i];
  struct callback c = { .has_happened = false };
  if (vsc_client_readable(s->client) < t->frames) {
    return c;
  }
  vsc_client_time in = { .size = sizeof in };
  vsc_client_read(s->client, s->in, t->frames, &in);
  c.at = t->os->now(t->os);
  c.has_happened = true;
  c.heard = in.in_pos;
  follow_client(t, i, &in);
  c.played = play(t, i, t->frames);
  const vsc_pos now =
    c.heard + (vsc_pos)t->frames + (vsc_pos)s->info.input_latency;
  catch_up(
    t, i, now, now + (vsc_pos)t->frames + (vsc_pos)s->info.output_latency);
  if (t->phase == SELFTEST_COMPARE) {
    count(&t->paths[i].unread, in.silent_frames);
    count(&t->paths[i].missed, in.gap_frames > 0 ? (uint64_t)in.gap_frames : 0);
  }
  count(&t->away, in.is_running ? 0 : 1);
  const uint32_t ahead = 2 * t->frames + s->info.input_latency;
  *due = in.capture_ns + (vsc_ns)ahead * VSC_SECOND / (vsc_ns)t->rate;
  return c;
}

static vsc_ns
wake(void *arg, vsc_ns now) VSC_RT
{
  struct selftest_audio *const t = arg;
  if (t->due != 0 && t->phase != SELFTEST_SEEK) {
    histogram_add(&t->lateness, now - t->due);
  }
  const enum selftest_phase wanted =
    (enum selftest_phase)atomic_load_explicit(&t->wanted, memory_order_relaxed);
  if (wanted != t->phase) {
    enter(t, wanted);
  }
  vsc_ns next = INT64_MAX;
  struct callback calls[2];
  for (unsigned i = 0; i < 2; i++) {
    vsc_ns due = now + RETRY_NS;
    calls[i] = serve(t, i, &due);
    next = due < next ? due : next;
  }
  for (unsigned i = 0; i < 2; i++) {
    if (calls[i].has_happened) {
      compare(t, &t->paths[i], t->sides[i].in, calls[i].heard);
      trace(t, i, &calls[i]);
      compose(t, &t->sides[i], t->paths[1 - i].direction);
    }
  }
  /* Behind by whole blocks after a stall: at once, and not measured twice. */
  t->due = next > now ? next : 0;
  return next;
}

static vsc_status
open_side(struct selftest_side *s, const char *runtime_dir, const char *name)
{
  s->info.size = sizeof s->info;
  vsc_status status = vsc_client_query(name, runtime_dir, &s->info);
  if (status < 0) {
    return status;
  }
  const vsc_client_config config = {
    .size = sizeof config,
    .instance = name,
    .runtime_dir = runtime_dir,
    .app = "aes67 selftest",
    .inputs = s->info.inputs,
    .outputs = s->info.outputs,
    .sample = VSC_SAMPLE_S32,
  };
  status = vsc_client_open(&config, &s->client);
  if (status >= 0) {
    vsc_client_describe(s->client, &s->info);
  }
  return status;
}

static bool
is_same_device(const vsc_client_info *a, const vsc_client_info *b)
{
  return a->rate == b->rate && a->buffer == b->buffer &&
         a->inputs == b->outputs && a->outputs == b->inputs &&
         a->inputs == a->outputs && a->inputs > 0;
}

vsc_status
selftest_audio_open(struct selftest_audio *t,
                    const char *runtime_dir,
                    const char *a,
                    const char *b,
                    char *why,
                    size_t why_bytes)
{
  vsc_status status = open_side(&t->sides[0], runtime_dir, a);
  if (status >= 0) {
    status = open_side(&t->sides[1], runtime_dir, b);
  }
  if (status < 0) {
    snprintf(why, why_bytes, "%s", vsc_client_error());
    return status;
  }
  const vsc_client_info *const info = &t->sides[0].info;
  if (!is_same_device(info, &t->sides[1].info)) {
    snprintf(why,
             why_bytes,
             "the two devices differ in rate, buffer or channels: run the "
             "same profile twice, once with --side b");
    return VSC_ERR_UNSUPPORTED;
  }
  t->rate = info->rate;
  t->frames = info->buffer;
  t->channels = info->inputs;
  t->trips = calloc(SELFTEST_TRIP_US, sizeof *t->trips);
  for (unsigned i = 0; i < 2; i++) {
    struct selftest_side *const s = &t->sides[i];
    const size_t samples = (size_t)t->frames * t->channels;
    s->in = calloc(samples, sizeof *s->in);
    s->out = calloc(samples, sizeof *s->out);
    s->stamps = calloc(SELFTEST_STAMPS, sizeof *s->stamps);
    if (!t->trips || !s->in || !s->out || !s->stamps) {
      snprintf(why, why_bytes, "no memory left");
      return VSC_ERR_NOMEM;
    }
    t->paths[i].from = INT64_MAX;
    t->paths[i].to = INT64_MAX;
    s->write_pos = INT64_MIN;
    t->paths[i].direction = 1 + i;
    t->paths[i].channels = t->channels;
  }
  return VSC_OK;
}

vsc_status
selftest_audio_start(struct selftest_audio *t, char *why, size_t why_bytes)
{
  vsc_status status = VSC_OK;
  for (unsigned i = 0; i < 2 && status >= 0; i++) {
    /* The first callback comes a block after the start, and plays then. */
    status = vsc_client_begin(t->sides[i].client, t->frames);
  }
  if (status < 0) {
    snprintf(why, why_bytes, "the device does not run: %s", vsc_client_error());
    return status;
  }
  struct rtthread_report report;
  status = rtthread_start(t->os, wake, t, &report, &t->thread);
  if (status < 0) {
    snprintf(why, why_bytes, "cannot start a thread");
    return status;
  }
  t->scheduling = report.scheduling;
  return VSC_OK;
}

void
selftest_audio_phase(struct selftest_audio *t, enum selftest_phase phase)
{
  atomic_store_explicit(&t->wanted, phase, memory_order_relaxed);
}

void
selftest_audio_stop(struct selftest_audio *t)
{
  rtthread_stop(t->thread);
  t->thread = NULL;
}

vsc_ns
selftest_audio_trip(const struct selftest_audio *t, double share)
{
  uint64_t total = 0;
  for (uint32_t us = 0; us < SELFTEST_TRIP_US; us++) {
    total += t->trips[us];
  }
  uint64_t seen = 0;
  for (uint32_t us = 0; us < SELFTEST_TRIP_US && total > 0; us++) {
    seen += t->trips[us];
    if ((double)seen >= share * (double)total) {
      const vsc_ns top = ((vsc_ns)us + 1) * 1000;
      return top < t->trip_max ? top : t->trip_max;
    }
  }
  return t->trip_max;
}

void
selftest_audio_close(struct selftest_audio *t)
{
  selftest_audio_stop(t);
  free(t->trips);
  t->trips = NULL;
  for (unsigned i = 0; i < 2; i++) {
    struct selftest_side *const s = &t->sides[i];
    vsc_client_close(s->client);
    free(s->in);
    free(s->out);
    free(s->stamps);
    *s = (struct selftest_side){ 0 };
  }
}
