/* proving.c - see proving.h. What a socket would have to be opened for, marking
   and hops of what comes, is left to "aes67 verify".
   SPDX-License-Identifier: MIT */
#include "proving.h"

#include "engine.h"

#include <stdio.h>
#include <string.h>
#include <vsc/position.h>

_Static_assert((int)TX_COUNTERS <= (int)RX_COUNTERS, "base has room for both");

static void
read_counters(const struct stream *s, uint64_t out[RX_COUNTERS])
{
  const bool is_send = s->config.is_send != 0;
  const _Atomic uint64_t *const from =
    is_send ? s->counts->tx.counters : s->counts->rx.counters;
  const unsigned count = is_send ? TX_COUNTERS : RX_COUNTERS;
  for (unsigned i = 0; i < count; i++) {
    out[i] = atomic_load_explicit(&from[i], memory_order_relaxed);
  }
}

static void
forget(struct stream *s)
{
  s->proving.window_count = 0;
  read_counters(s, s->proving.base);
}

/* Windows follow each other without a hole, or begin anew; so they do after an
   outage, which is a state of its own. */
static void
take(struct stream *s)
{
  struct proving *const p = &s->proving;
  const struct window_page *const page =
    s->config.is_send ? &s->counts->tx.windows : &s->counts->rx.windows;
  const uint64_t before = p->serial;
  const uint32_t half = PROVING_WINDOWS / 2;
  struct window w;
  if (!window_read(page, &p->serial, &w)) {
    return;
  }
  const uint32_t count = p->window_count;
  const bool is_apart =
    count > 0 && w.begin - p->windows[count - 1].end > ROUTE_ALIVE_NS;
  if (p->serial - before > 2 || w.gap > ROUTE_ALIVE_NS || is_apart) {
    forget(s);
    return;
  }
  if (p->window_count == PROVING_WINDOWS) {
    memmove(p->windows, p->windows + half, half * sizeof w);
    memcpy(p->base, p->middle, sizeof p->base);
    p->window_count = half;
  }
  if (p->window_count == half) {
    read_counters(s, p->middle);
  }
  p->windows[p->window_count++] = w;
}

void
proving_tick(struct engine *e)
{
  const uint64_t steps =
    atomic_load_explicit(&e->audio.steps, memory_order_relaxed);
  const bool has_stepped = steps != e->lately.steps_proven;
  e->lately.steps_proven = steps;
  for (struct stream *s = e->streams; s; s = s->next) {
    take(s);
    /* What was seen before a step does not count, nor while it is closed. */
    if (has_stepped || !s->is_open || s->proving.window_count == 0) {
      forget(s);
    }
  }
}

static uint64_t
less(uint64_t a, uint64_t b)
{
  return a > b ? a - b : 0;
}

static void
add_received(const struct stream *s,
             const uint64_t n[RX_COUNTERS],
             struct proof_facts *f)
{
  const struct rx_counts *const c = &s->counts->rx;
  const vsc_format *const said = &f->expected->format;
  const uint64_t odd = n[RX_ODD_SIZE] + n[RX_ODD_STEP];
  const uint32_t frames =
    atomic_load_explicit(&c->seen_frames, memory_order_relaxed);
  f->is_relative = s->resolved.is_auto_offset || s->resolved.follows;
  f->malformed = less(n[RX_MALFORMED], n[RX_OTHER_TYPE] + odd);
  f->other_type = n[RX_OTHER_TYPE];
  f->other_size = odd;
  f->foreign = n[RX_FOREIGN] + n[RX_RESTARTED];
  f->lost = n[RX_LOST];
  f->late = n[RX_LATE];
  f->skipped = n[RX_SKIPPED_FRAMES];
  f->duplicate = less(n[RX_DUPLICATE], n[RX_COPIES]); /* a leg's are no news */
  f->reordered = n[RX_REORDERED];
  f->type = (uint8_t)atomic_load_explicit(&c->other_type, memory_order_relaxed);
  f->length = atomic_load_explicit(&c->odd_bytes, memory_order_relaxed);
  f->source = atomic_load_explicit(&c->source, memory_order_relaxed);
  f->stranger = atomic_load_explicit(&c->other, memory_order_relaxed);
  f->frames = frames ? frames : said->frames_per_packet;
  f->other_frames =
    said->frames_per_packet && f->frames != said->frames_per_packet ? f->packets
                                                                    : 0;
}

static void
add_sent(const struct engine *e,
         const uint64_t n[RX_COUNTERS],
         struct proof_facts *f)
{
  const vsc_stream *const d = f->expected;
  f->has_marking = true;
  f->dscp = d->dscp;
  f->ttl = d->ttl;
  f->source = e->setup.os->net.address(&e->setup.os->net);
  f->lost = n[TX_FAILED];
  f->frames = d->format.frames_per_packet;
  f->skipped = n[TX_SKIPPED] * f->frames;
}

static void
judge(const struct engine *e, const struct stream *s, struct proof_check *out)
{
  const struct proving *const p = &s->proving;
  vsc_stream said = s->resolved.desc;
  uint64_t n[RX_COUNTERS] = { 0 };
  read_counters(s, n);
  for (unsigned i = 0; i < RX_COUNTERS; i++) {
    n[i] = less(n[i], p->base[i]);
  }
  struct proof_facts f = { .expected = &said,
                           .is_readable = true,
                           .windows = p->windows,
                           .window_count = p->window_count };
  for (uint32_t i = 0; i < p->window_count; i++) {
    f.packets += (uint64_t)p->windows[i].count;
  }
  if (s->rx) {
    add_received(s, n, &f);
  } else {
    add_sent(e, n, &f);
  }
  f.packet_ns = vsc_tai_of(f.frames, said.format.rate);
  if (s->config.ignores_refclk) {
    memset(said.clock_id, 0, sizeof said.clock_id);
  }
  struct proof_clock clock = { .domain = e->view.domain,
                               .error = e->view.error_ns };
  memcpy(clock.grandmaster, e->view.grandmaster, sizeof clock.grandmaster);
  struct proof_check checks[PROOF_CHECKS];
  const struct proof_check *worst;
  proof_judge(&f, &clock, checks, &worst);
  *out = *worst;
}

static void
take_over(const struct engine *e,
          const struct stream *s,
          enum proof_verdict verdict,
          struct proof_check *out)
{
  *out = (struct proof_check){ .name = status_word(stream_state(e, s)),
                               .verdict = verdict };
  snprintf(out->reason, sizeof out->reason, "%s", stream_reason(e, s));
}

void
proving_judge(const struct engine *e,
              const struct stream *s,
              struct proof_check *out)
{
  switch (stream_state(e, s)) {
    case STREAM_WAITING:
      take_over(e, s, PROOF_WARN, out);
      return;
    case STREAM_SILENT:
    case STREAM_CONFLICT:
    case STREAM_REFUSED:
      take_over(e, s, PROOF_FAIL, out);
      return;
    case STREAM_PLAYING:
    case STREAM_DEGRADED:
      break;
  }
  if (s->proving.window_count == 0) {
    *out = (struct proof_check){ .name = "packets", .verdict = PROOF_WARN };
    snprintf(out->reason, sizeof out->reason, "too few to be judged yet");
    return;
  }
  judge(e, s, out);
}
