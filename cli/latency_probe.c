/* latency_probe.c - see latency_probe.h. SPDX-License-Identifier: MIT */
#include "latency_probe.h"

#include <stdlib.h>

/* Frames in a row at another distance before it is believed. */
#define BELIEVED 24u
/* Samples a second: as many as differ. */
#define SAMPLES_PER_SECOND 100u

vsc_status
latency_probe_init(struct latency_probe *p, uint32_t rate, uint32_t wanted)
{
  *p = (struct latency_probe){
    .rate = rate, .wanted = wanted, .away = -1, .candidate = -1
  };
  p->samples = calloc(wanted, sizeof *p->samples);
  p->stamps = calloc(LATENCY_STAMPS, sizeof *p->stamps);
  if (!p->samples || !p->stamps) {
    latency_probe_finish(p);
    return VSC_ERR_NOMEM;
  }
  return VSC_OK;
}

void
latency_probe_finish(struct latency_probe *p)
{
  free(p->samples);
  free(p->stamps);
  p->samples = NULL;
  p->stamps = NULL;
}

/* Positions before the epoch, of a clock that was never set, are some, too. */
static int32_t
remainder_of(vsc_pos pos) VSC_RT
{
  const vsc_pos r = pos % LATENCY_NUMBERS;
  return (int32_t)(r < 0 ? r + LATENCY_NUMBERS : r);
}

/* 24 bits, left-justified; never silence. */
static int32_t
number_of(vsc_pos pos) VSC_RT
{
  return (1 + remainder_of(pos)) * 256;
}

/* How many frames before POS the number WORD was played; -1: it is none. */
static vsc_pos
distance(int32_t word, vsc_pos pos) VSC_RT
{
  const int32_t number = word / 256 - 1;
  if (word % 256 != 0 || number < 0 || number >= LATENCY_NUMBERS) {
    return -1;
  }
  return remainder_of(pos - number);
}

static void
drop_out(struct latency_probe *p, uint64_t *counter) VSC_RT
{
  if (p->away >= 0) {
    (*counter)++;
    p->drop_outs += !p->is_silent;
    p->is_silent = 1;
  }
}

/* A number at another distance than the known one: one that stays has moved,
   and what seemed wrong in it was not. */
static void
consider(struct latency_probe *p, vsc_pos away) VSC_RT
{
  p->candidate_frames = away == p->candidate ? p->candidate_frames + 1 : 1;
  p->candidate = away;
  if (p->candidate_frames < BELIEVED) {
    drop_out(p, &p->wrong);
    return;
  }
  if (p->away >= 0) {
    p->moved++;
    p->wrong -= BELIEVED - 1;
  }
  p->away = away;
  p->exact += p->candidate_frames;
  p->is_silent = 0;
}

static void
hear(struct latency_probe *p,
     const int32_t *in,
     uint32_t frames,
     vsc_pos pos) VSC_RT
{
  for (uint32_t i = 0; i < frames; i++) {
    const vsc_pos away = distance(in[i], pos + (vsc_pos)i);
    if (in[i] == 0) {
      drop_out(p, &p->silent);
    } else if (away < 0) {
      drop_out(p, &p->wrong);
    } else if (away == p->away) {
      p->exact++;
      p->is_silent = 0;
    } else {
      consider(p, away);
    }
  }
}

/* The block that POS was played in; blocks may begin anywhere. */
static const struct latency_stamp *
find_stamp(const struct latency_probe *p, vsc_pos pos, uint32_t frames) VSC_RT
{
  for (vsc_pos back = 0; back < 2; back++) {
    const uint64_t slot = (uint64_t)(pos / (vsc_pos)frames - back);
    const struct latency_stamp *const s = &p->stamps[slot % LATENCY_STAMPS];
    if (s->host_ns != 0 && s->generation == p->generation && s->pos <= pos &&
        pos < s->pos + (vsc_pos)frames) {
      return s;
    }
  }
  return NULL;
}

/* Another frame of the block each time. */
static void
sample(struct latency_probe *p,
       const int32_t *in,
       uint32_t frames,
       const vsc_client_time *time) VSC_RT
{
  const uint32_t n = atomic_load_explicit(&p->taken, memory_order_relaxed);
  const uint32_t stride = p->rate / (frames * SAMPLES_PER_SECOND);
  if (p->away < 0 || n == p->wanted ||
      p->callbacks % (stride > 0 ? stride : 1) != 0) {
    return;
  }
  const uint32_t index = n * 7 % frames;
  const vsc_pos heard = time->in_pos + (vsc_pos)index;
  const vsc_pos played = heard - p->away;
  const struct latency_stamp *const s = find_stamp(p, played, frames);
  if (!s || in[index] == 0 || distance(in[index], heard) != p->away) {
    return;
  }
  const vsc_pos later = (vsc_pos)index - (played - s->pos);
  const vsc_ns between = time->host_ns - s->host_ns;
  p->samples[n] = (struct latency_sample){
    .total = between + later * 1000000000 / (vsc_pos)p->rate,
    .late = between - (time->playback_ns - s->due_ns),
    .away = (uint32_t)p->away,
  };
  atomic_store_explicit(&p->taken, n + 1, memory_order_release);
}

void
latency_probe_process(void *user,
                      const void *in,
                      void *out,
                      uint32_t frames,
                      const vsc_client_time *time) VSC_RT
{
  struct latency_probe *const p = user;
  const int32_t *const heard = in;
  int32_t *const played = out;
  if (p->callbacks > 0 && time->generation != p->generation) {
    p->steps++;
    p->away = -1; /* all that is under way is lost */
    p->candidate = -1;
  }
  p->generation = time->generation;
  for (uint32_t i = 0; i < frames; i++) {
    played[i] = number_of(time->out_pos + (vsc_pos)i);
  }
  const uint64_t slot = (uint64_t)(time->out_pos / (vsc_pos)frames);
  p->stamps[slot % LATENCY_STAMPS] =
    (struct latency_stamp){ .pos = time->out_pos,
                            .host_ns = time->host_ns,
                            .due_ns = time->playback_ns,
                            .generation = time->generation };
  hear(p, heard, frames, time->in_pos);
  sample(p, heard, frames, time);
  p->callbacks++;
}
