/* hearing.c - gathers what silence.c judges: what came, what the system and the
   engine say, what sessions announce.
   SPDX-License-Identifier: MIT */
#include "hearing.h"

#include "engine.h"
#include "hal/label.h"
#include "log.h"
#include "refclk.h"

#include <math.h>
#include <string.h>
#include <vsc/position.h>

#define SECOND INT64_C(1000000000)
/* A rate is measured over twice so long, and told when both halves agree. */
#define MARK_NS (20 * SECOND)
#define PPM_LEAST 10.0
/* The same is logged again after a minute at the earliest. */
#define QUIET_NS (60 * SECOND)
/* Where streams are sent to: the ports of the others that are received, then
   these; of every receiver that is silent one a second, while they are few. */
#define EARS 4
static const uint16_t ports[] = { 5004, 5006, 5002, 5000, 5008, 5010, 6970 };
#define PORTS (sizeof ports / sizeof ports[0])

static vsc_ns
wakes_ns(const struct engine *e, uint64_t count)
{
  return vsc_tai_of((vsc_pos)count * (e->graph ? e->graph->wake_frames : 0),
                    e->region->geometry.rate);
}

static int64_t
read(const _Atomic int64_t *x)
{
  return atomic_load_explicit(x, memory_order_relaxed);
}

static uint32_t
read32(const _Atomic uint32_t *x)
{
  return atomic_load_explicit(x, memory_order_relaxed);
}

/* How much later than its timestamp the newest packet came, beside the packet
   time that it takes in any case. In media time: far off, the host's own is
   another. */
static vsc_ns
behind_now(const struct engine *e, const struct stream *s)
{
  const struct rx_counts *const rx = &s->counts->rx;
  const vsc_format *const f = &s->resolved.desc.format;
  const uint32_t frames = read32(&rx->seen_frames);
  const vsc_ns margin =
    (vsc_ns)((double)read(&rx->newest_margin) * e->view.rate);
  /* The route's: a resampler behind it takes the rest of the stream's. */
  return vsc_tai_of((vsc_pos)s->rx->link_offset - frames + read(&rx->anchor),
                    f->rate) +
         wakes_ns(e, 1) - margin;
}

void
hearing_tick(struct engine *e)
{
  for (struct stream *s = e->streams; s; s = s->next) {
    struct hearing *const h = &s->hearing;
    const vsc_ns last = s->rx ? read(&s->counts->rx.last_packet) : 0;
    if (last && last != h->sampled && h->sample_count < HEARING_SAMPLES) {
      h->sampled = last;
      h->samples[h->sample_count++] = behind_now(e, s);
    }
  }
}

static void
take_samples(struct hearing *h)
{
  if (h->sample_count > 0) {
    h->behind = proof_middle(h->samples, h->sample_count);
  }
}

static double
slope(const struct hearing *h, unsigned i)
{
  return 1e6 * (double)(h->marks[i + 1].behind - h->marks[i].behind) /
         (double)(h->marks[i + 1].at - h->marks[i].at);
}

/* Two halves that agree are a rate; anything else is a network. A sender that
   runs fast is less and less behind. */
static void
measure_rate(struct hearing *h, vsc_ns now)
{
  const unsigned last = HEARING_MARKS - 1;
  if (h->sample_count == 0) {
    memset(h->marks, 0, sizeof h->marks);
    h->ppm = 0;
    return;
  }
  if (now - h->marks[last].at < MARK_NS) {
    return;
  }
  memmove(h->marks, h->marks + 1, last * sizeof h->marks[0]);
  h->marks[last].at = now;
  h->marks[last].behind = h->behind;
  h->ppm = 0;
  if (h->marks[0].at) {
    const double a = slope(h, 0);
    const double b = slope(h, 1);
    const double mean = (a + b) / 2;
    if (fabs(mean) >= PPM_LEAST && fabs(a - b) <= fabs(mean) / 4) {
      h->ppm = -mean;
    }
  }
}

/* --- facts */

static void
ask_system(const struct engine *e,
           const struct stream *s,
           struct os_reception *system,
           struct silence_facts *f)
{
  const struct os *const os = e->setup.os;
  *system = (struct os_reception){ .is_up = 1, .is_joined = -1 };
  /* Of one that plays nobody need ask. */
  if (os->reception && s->hearing.since[RX_PACKETS] == 0) {
    os->reception(os, s->resolved.desc.address, system);
  }
  f->interface = system->name;
  f->own = os->net.address(&os->net);
  f->is_up = system->is_up;
  f->is_joined = system->is_joined;
  f->seen_port = s->hearing.ear.seen_port;
}

/* How the engine itself did within the last second. */
static void
look_at_ourselves(struct engine *e)
{
  const uint64_t steps = counter_since(&e->audio.steps, &e->lately.steps_seen);
  const uint64_t missed =
    counter_since(&e->audio.missed, &e->lately.missed_seen);
  e->lately.second = (e->lately.second + 1) % sizeof e->lately.steps;
  e->lately.steps[e->lately.second] = (uint8_t)(steps < 255 ? steps : 255);
  e->lately.overslept = wakes_ns(e, missed);
}

static void
ask_thread(const struct engine *e, vsc_ns now, struct silence_facts *f)
{
  const vsc_ns beat =
    atomic_load_explicit(&e->region->rx->heartbeat, memory_order_relaxed);
  f->is_running = e->is_running;
  f->scheduling = e->scheduling.scheduling;
  f->asleep = now - beat;
  f->overslept = e->lately.overslept;
}

static void
ask_clock(const struct engine *e,
          vsc_clock_report *report,
          vsc_ns now,
          struct silence_facts *f)
{
  const vsc_clock_view *const v = &e->view;
  status_clock_report(e, report);
  f->has_time = e->view_since != 0;
  f->is_locked = v->state >= VSC_CLOCK_LOCKED;
  f->clock_state = status_clock_word(v->state);
  f->clock_for = now - e->view_since;
  f->clock_diagnosis = report->diagnosis;
  for (unsigned i = 0; i < sizeof e->lately.steps; i++) {
    f->clock_steps += e->lately.steps[i];
  }
  memcpy(f->grandmaster, v->grandmaster, sizeof f->grandmaster);
}

static void
ask_sessions(const struct engine *e,
             const struct stream *s,
             const struct session *own,
             struct silence_facts *f)
{
  const vsc_stream *const d = &s->resolved.desc;
  const vsc_stream *const said = own ? &own->stream : d;
  f->session = s->config.session;
  f->is_session_gone = s->config.session[0] && !own;
  f->other_session = "";
  for (const struct session *o = e->sessions; o && !own; o = o->next) {
    if (o->stream.address == d->address && o->stream.port != d->port) {
      f->other_session = o->stream.name;
      f->other_port = o->stream.port;
    }
  }
  f->is_clock_told = refclk_is_told(said);
  f->is_clock_ignored = s->config.ignores_refclk;
  f->is_clock_ours = refclk_is_ours(e, said);
  f->reference = said->reference;
  memcpy(f->clock_id, said->clock_id, sizeof f->clock_id);
}

static void
ask_route(const struct engine *e,
          const struct stream *s,
          vsc_ns now,
          struct silence_facts *f)
{
  const struct rx_counts *const rx = &s->counts->rx;
  const struct hearing *const h = &s->hearing;
  const struct stream_config *const c = &s->resolved;
  const vsc_ns last = read(&rx->last_packet);
  const struct region_geometry *const g = &e->region->geometry;
  f->stream = &c->desc;
  f->bytes_per_frame = s->rx->bytes_per_frame;
  f->is_auto_offset = c->is_auto_offset;
  f->link_offset = c->link_offset_ns;
  const int64_t packet = vsc_frames_in(c->desc.packet_time, g->rate);
  f->link_offset_most = vsc_tai_of(region_offset_room(g, packet), g->rate);
  /* What came since its last wake-up nobody knows. */
  f->quiet = last ? now - f->asleep - last : -1;
  f->open_for = now - h->open_at;
  for (unsigned leg = 0; leg < 2; leg++) {
    const vsc_ns heard = read(&s->rx->shapes[leg].heard);
    f->leg_quiet[leg] = heard ? now - f->asleep - heard : -1;
  }
  /* A network that was never there is missed by nobody, unless it is named. */
  f->is_pair = s->copy && (e->setup.secondary ||
                           (f->leg_quiet[0] >= 0 && f->leg_quiet[1] >= 0));
  f->written = h->since[RX_PACKETS];
  f->late = h->since[RX_LATE];
  f->early = h->since[RX_EARLY];
  f->duplicate = h->since[RX_DUPLICATE];
  f->lost = h->since[RX_LOST];
  f->lost_for =
    vsc_tai_of((vsc_pos)h->since[RX_LOST_FRAMES], c->desc.format.rate);
  f->malformed = h->since[RX_MALFORMED];
  f->other_type = h->since[RX_OTHER_TYPE];
  f->odd_shape = h->since[RX_ODD_SIZE] + h->since[RX_ODD_STEP];
  f->foreign = h->since[RX_FOREIGN];
  f->type = read32(&rx->other_type);
  f->odd_bytes = read32(&rx->odd_bytes);
  f->odd_frames = read32(&rx->odd_frames);
  f->other = read32(&rx->other);
  f->behind = h->behind;
  f->least_margin = read(&rx->least_margin);
  if (read(&rx->least_before) < f->least_margin) {
    f->least_margin = read(&rx->least_before);
  }
  f->ppm = h->ppm;
  f->anchored = (uint64_t)atomic_load_explicit(&rx->counters[RX_ANCHORED],
                                               memory_order_relaxed);
  const vsc_ns zeros = read(&rx->looked) - read(&rx->sounded);
  const int is_linear = c->desc.format.encoding[0] == 'L';
  f->zeros_for = is_linear && zeros > 0 ? zeros : 0;
}

/* --- packets at other ports */

/* The one at place TURN, or 0 at the end. */
static uint16_t
port_at(const struct engine *e, const struct stream *s, unsigned turn)
{
  if (turn < PORTS) {
    return ports[turn];
  }
  turn -= (unsigned)PORTS;
  for (const struct stream *o = e->streams; o; o = o->next) {
    const uint16_t port = o->rx ? o->resolved.desc.port : 0;
    if (port && port != s->resolved.desc.port && turn-- == 0) {
      return port;
    }
  }
  return 0;
}

static uint16_t
next_port(const struct engine *e, struct stream *s)
{
  struct hearing *const h = &s->hearing;
  uint16_t port = h->ear.seen_port;
  while (!port || port == s->resolved.desc.port) {
    port = port_at(e, s, h->ear.turn++);
    if (!port) {
      h->ear.turn = 0;
      return 0;
    }
  }
  return port;
}

static void
close_ear(const struct engine *e, struct hearing *h)
{
  if (h->ear.number >= 0) {
    const int has = e->setup.os->has_heard(e->setup.os, h->ear.number);
    h->ear.number = -1;
    h->ear.seen_port = has                               ? h->ear.port
                       : h->ear.seen_port == h->ear.port ? 0
                                                         : h->ear.seen_port;
  }
}

/* Nothing comes where it is asked for. A group that is asked for from one
   source is left alone: an ear would make it one from any. */
static void
lend_ear(const struct engine *e, struct stream *s, unsigned *deaf)
{
  /* Where they are many, they have one by turns. */
  const unsigned turns = (e->lately.deaf + EARS - 1) / EARS;
  struct hearing *const h = &s->hearing;
  const struct os *const os = e->setup.os;
  const vsc_stream *const d = &s->resolved.desc;
  close_ear(e, h);
  if (h->cause != SILENCE_NO_PACKETS && h->cause != SILENCE_OTHER_PORT) {
    h->ear.seen_port = 0;
    return;
  }
  const bool has_turn = turns < 2 || *deaf % turns == e->lately.second % turns;
  ++*deaf;
  if (has_turn && os->listen_at && d->source == 0 &&
      VSC_IP_IS_MULTICAST(d->address)) {
    h->ear.port = next_port(e, s);
    h->ear.number =
      h->ear.port ? os->listen_at(os, d->address, h->ear.port) : -1;
  }
}

/* --- what is told */

static bool
is_unheard(enum silence_cause cause)
{
  const enum silence_kind kind = silence_kind(cause);
  return kind == SILENCE_EMPTY || kind == SILENCE_UNPLAYED;
}

static void
log_change(const struct engine *e, struct stream *s, vsc_ns now)
{
  struct hearing *const h = &s->hearing;
  const bool has_played = read(&s->counts->rx.last_packet) != 0;
  /* Who waits for a sender is as he should be. */
  if (h->cause == h->said || (h->cause == SILENCE_NO_PACKETS && !has_played) ||
      (h->said_at[h->cause] && now < h->said_at[h->cause])) {
    return;
  }
  if (h->cause != SILENCE_NONE) {
    /* A stream that nobody plays into is no news; its reason says so. */
    const int level = h->cause == SILENCE_ZEROS ? VSC_LOG_DEBUG : VSC_LOG_WARN;
    log_write(e->setup.log, level, s->name, "%s", h->text);
  } else if (is_unheard(h->said)) {
    log_write(e->setup.log, VSC_LOG_INFO, s->name, "it is heard again");
  }
  h->said = h->cause;
  h->said_at[h->cause] = now + QUIET_NS;
}

/* A cause is told when it was there for two seconds running, so that nothing
   flaps; gaps at once, for they are over at once. */
static void
judge(const struct engine *e,
      struct stream *s,
      const struct session *own,
      vsc_ns now,
      struct silence_facts f)
{
  struct hearing *const h = &s->hearing;
  struct os_reception system;
  char text[SILENCE_TEXT];
  ask_system(e, s, &system, &f);
  ask_sessions(e, s, own, &f);
  ask_route(e, s, now, &f);
  const enum silence_cause cause = silence_judge(&f, text);
  if (cause == h->judged || cause == h->cause ||
      silence_kind(cause) == SILENCE_GAPS) {
    h->cause = cause;
    /* It may be cut anywhere, and a module's words be anything. */
    label_clean(text, h->text, sizeof h->text);
    log_change(e, s, now);
  }
  h->judged = cause;
}

static void
count_since(struct hearing *h, const struct rx_counts *rx)
{
  for (unsigned c = 0; c < RX_COUNTERS; c++) {
    h->since[c] = counter_since(&rx->counters[c], &h->seen[c]);
  }
}

/* Nothing of before is left but what was logged. */
static void
begin(struct hearing *h, const struct rx_counts *rx, vsc_ns now)
{
  count_since(h, rx);
  memset(h->since, 0, sizeof h->since);
  memset(h->marks, 0, sizeof h->marks);
  h->open_at = now;
  h->ear.number = -1;
  h->ear.seen_port = 0;
  h->sample_count = 0;
  h->ppm = 0;
  h->judged = SILENCE_NONE;
  h->cause = SILENCE_NONE;
  h->text[0] = '\0';
}

void
hearing_second(struct engine *e)
{
  const vsc_ns now = e->setup.os->now(e->setup.os);
  bool has_moved = false;
  unsigned deaf = 0;
  vsc_clock_report report;
  struct silence_facts f = { 0 };
  look_at_ourselves(e);
  ask_thread(e, now, &f);
  ask_clock(e, &report, now, &f);
  for (struct stream *s = e->streams; s; s = s->next) {
    struct hearing *const h = &s->hearing;
    const struct session *const own = s->rx && s->config.session[0]
                                        ? sessions_find(e, s->config.session)
                                        : NULL;
    const vsc_stream *const said = own ? &own->stream : &s->resolved.desc;
    if (s->rx && refclk_is_of_other_domain(e, s, said)) {
      /* Its session says so now, or our clock: it will be refused. */
      s->has_moved = true;
      s->retry_at = 0;
      has_moved = true;
    }
    if (!s->rx) {
      hearing_end(e, s);
    } else if (!h->open_at) {
      begin(h, &s->counts->rx, now);
    } else {
      count_since(h, &s->counts->rx);
      take_samples(h);
      measure_rate(h, now);
      lend_ear(e, s, &deaf);
      judge(e, s, own, now, f);
      h->sample_count = 0;
    }
  }
  e->lately.deaf = deaf;
  if (has_moved) {
    streams_arrange(e);
  }
}

void
hearing_end(const struct engine *e, struct stream *s)
{
  if (s->hearing.open_at) {
    close_ear(e, &s->hearing);
    s->hearing.open_at = 0;
  }
}

int
hearing_is_losing(const struct stream *s)
{
  return s->hearing.open_at && s->hearing.since[RX_LOST] > 0;
}

int
hearing_is_unheard(const struct stream *s)
{
  return s->hearing.open_at &&
         silence_kind(s->hearing.cause) == SILENCE_UNPLAYED;
}
