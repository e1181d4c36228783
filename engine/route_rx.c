/* route_rx.c - received packets into the timeline, at media position + link
   offset. SPDX-License-Identifier: MIT */
#include "route.h"

#include "route_account.h"
#include "route_rows.h"
#include "sender_clock.h"

#include <string.h>
#include <vsc/position.h>

/* Timestamps that grow by another number of frames than a packet has are
   believed when so many do in a row: a sender that left some out does not. */
#define STEPS_BELIEVED 8
/* How often samples are looked at: hardly a hundredth of the work. */
#define LOOK_NS 20000000

static uint64_t
counted(const struct route_rx *r, enum rx_counter c) VSC_RT
{
  return atomic_load_explicit(&r->counts->counters[c], memory_order_relaxed);
}

/* rtp_offset = auto: anchor so that this packet was sent the moment it came. */
static void
anchor_at(struct route_rx *r,
          const vsc_packet *p,
          vsc_pos arrival,
          uint32_t frames) VSC_RT
{
  r->anchor = arrival - (vsc_pos)frames - p->pos;
  r->is_anchored = 1;
  atomic_store_explicit(&r->counts->anchor, r->anchor, memory_order_relaxed);
  rx_count(r, RX_ANCHORED, 1);
}

/* Would frames [d, d + frames) be taken? */
static int
is_in_window(const struct route_rx *r, vsc_pos d, uint32_t frames) VSC_RT
{
  return d >= r->timeline->final_to &&
         d + (vsc_pos)frames <= r->timeline->clean_to;
}

/* Where a packet belongs while everybody stays where he is. */
static vsc_pos
kept_pos(const struct route_rx *r, const vsc_packet *p) VSC_RT
{
  const uint32_t low = (uint32_t)(p->pos + r->anchor + (vsc_pos)r->link_offset);
  return vsc_unwrap(r->wake->pos, low);
}

/* rtp_offset = auto: the device position of the packet's first frame. A sender
   whose first packet fits is left alone; another is anchored, and again when it
   is late or early by its own doing: judged by arrival, so that a stall of ours
   moves nobody. */
static vsc_pos
anchored_pos(struct route_rx *r, const vsc_packet *p, uint32_t frames) VSC_RT
{
  const vsc_pos offset = (vsc_pos)r->link_offset;
  const vsc_pos arrival = vsc_view_pos(&r->wake->view, p->when, r->wake->rate);
  vsc_pos d = kept_pos(r, p);
  if (!r->has_started || p->flags & VSC_PACKET_FIRST) {
    if (is_in_window(r, d, frames)) {
      return d;
    }
    r->anchor = 0;
    r->is_anchored = 0;
    atomic_store_explicit(&r->counts->anchor, 0, memory_order_relaxed);
    if (is_in_window(r, p->pos + offset, frames)) {
      return p->pos + offset;
    }
  } else {
    const int is_late = d + (vsc_pos)r->wake_frames < arrival &&
                        !(p->flags & VSC_PACKET_REORDERED);
    const int is_early = d + (vsc_pos)frames > arrival + 2 * offset;
    if (!r->is_anchored || (!is_late && !is_early)) {
      return d;
    }
  }
  anchor_at(r, p, arrival, frames);
  return p->pos + r->anchor + offset;
}

static void
write_words(struct route_rx *r,
            vsc_pos d,
            const uint8_t *src,
            uint32_t frames) VSC_RT
{
  const struct timeline *const t = r->timeline;
  const struct route_map *const map = r->map;
  float *ch[VSC_CHANNELS_MAX];
  while (frames > 0) {
    const uint32_t run = timeline_run(t, d, frames);
    route_rows(map, t, d, r->channels, ch);
    const vsc_span span = { .ch = ch, .channels = r->channels, .frames = run };
    r->codec->decode(r->codec_self, src, &span);
    route_fetch_next(t, d, run, ch, r->channels);
    for (uint32_t i = 0; i < map->copies; i++) {
      memcpy(timeline_at(t, map->copy[i].to, d),
             timeline_at(t, map->copy[i].from, d),
             run * sizeof(uint32_t));
    }
    src += (size_t)run * r->bytes_per_frame;
    d += run;
    frames -= run;
  }
}

static vsc_status
take_frames(struct route_rx *r,
            const vsc_packet *p,
            vsc_pos d,
            uint32_t frames) VSC_RT
{
  struct timeline *const t = r->timeline;
  const vsc_pos end = d + (vsc_pos)frames;
  if (end > t->clean_to) {
    rx_count(r, RX_EARLY, 1);
    return VSC_ERR_AGAIN;
  }
  account_begin(r, d);
  r->packet_frames = frames;
  atomic_store_explicit(&r->counts->seen_frames, frames, memory_order_relaxed);
  if (d > r->newest_end &&
      (p->flags & (VSC_PACKET_FOLLOWS | VSC_PACKET_FIRST))) {
    account_skip(r, d);
  }
  vsc_status status = VSC_OK;
  if (d < t->final_to) {
    status = account_late(r, d, end);
  } else if (account_claim(r, d, end)) {
    write_words(r, d, p->payload, frames);
    rx_count(r, RX_PACKETS, 1);
  } else {
    rx_count(r, RX_DUPLICATE, 1);
  }
  if (end > r->newest_end) {
    r->newest_end = end;
  }
  return status;
}

static vsc_status
refuse(struct route_rx *r,
       const struct shape *s,
       enum rx_counter why,
       uint32_t bytes) VSC_RT
{
  const int is_step_known =
    s->odd_steps > 0 && s->odd_step > 0 && s->odd_step <= UINT16_MAX;
  atomic_store_explicit(&r->counts->odd_bytes, bytes, memory_order_relaxed);
  atomic_store_explicit(&r->counts->odd_frames,
                        is_step_known ? (uint32_t)s->odd_step : 0,
                        memory_order_relaxed);
  rx_count(r, why, 1);
  rx_count(r, RX_MALFORMED, 1);
  return VSC_ERR_MALFORMED;
}

/* Samples of another shape (8 channels for 2, 16 bits for 24) often fill a
   whole number of our frames; but from one packet to the next the timestamp
   tells how many the sender means. */
static int
is_our_shape(struct shape *s,
             const vsc_packet *p,
             uint32_t bytes_per_frame) VSC_RT
{
  const vsc_pos step = p->pos - s->newest;
  const vsc_pos frames = s->newest_length / bytes_per_frame;
  if (p->flags & VSC_PACKET_REORDERED) {
    return s->odd_steps < STEPS_BELIEVED;
  }
  if (p->flags & VSC_PACKET_FIRST) {
    s->odd_steps = 0;
  } else if (p->flags & VSC_PACKET_FOLLOWS && step == frames) {
    s->odd_steps = 0;
  } else if (p->flags & VSC_PACKET_FOLLOWS && step == s->odd_step &&
             p->length == s->newest_length) {
    s->odd_steps += s->odd_steps < STEPS_BELIEVED;
  } else if (p->flags & VSC_PACKET_FOLLOWS) {
    s->odd_step = step;
    s->odd_steps = s->odd_steps < STEPS_BELIEVED ? 1 : s->odd_steps;
  }
  s->newest = p->pos;
  s->newest_length = p->length;
  return s->odd_steps < STEPS_BELIEVED;
}

/* Is there any sound in it? Zeros are 0 at first, and each as the next one. */
static int
has_sound(const uint8_t *bytes, uint32_t length) VSC_RT
{
  return bytes[0] || memcmp(bytes, bytes + 1, length - 1) != 0;
}

/* Now and then: does it only send zeros? */
static void
look(struct route_rx *r, const vsc_packet *p) VSC_RT
{
  struct rx_counts *const c = r->counts;
  if (p->when - r->looked < LOOK_NS) {
    return;
  }
  if (!r->looked || has_sound(p->payload, p->length)) {
    atomic_store_explicit(&c->sounded, p->when, memory_order_relaxed);
  }
  r->looked = p->when;
  atomic_store_explicit(&c->looked, p->when, memory_order_relaxed);
}

/* Frames that no link offset would have saved, so far. */
static int64_t
never_came(const struct route_rx *r) VSC_RT
{
  return (int64_t)(counted(r, RX_LOST_FRAMES) + counted(r, RX_SKIPPED_FRAMES) -
                   counted(r, RX_LATE_FRAMES));
}

/* What is late depends on what was final when it was taken, and on the link
   offset alone: so the least that would have done is known. MARGIN is from the
   arrival to the first frame's media time + link offset + W. */
static void
note_window(struct route_rx *r,
            vsc_ns margin,
            vsc_ns when,
            vsc_pos slack) VSC_RT
{
  const uint32_t rate = r->wake->rate;
  struct window done;
  if (window_add(&r->window, when, -margin, &done) &&
      r->wake->view.state != VSC_CLOCK_LOCKING) {
    const vsc_pos ahead = (vsc_pos)r->link_offset + (vsc_pos)r->wake_frames;
    const int64_t never = never_came(r);
    window_publish(&r->counts->windows, &done, vsc_tai_of(ahead, rate));
    histogram_add(&r->counts->need,
                  never > r->never
                    ? NEED_NEVER
                    : r->whole_offset - vsc_tai_of(r->least_slack, rate));
    r->never = never > r->never ? never : r->never;
  }
  if (r->window.count == 1 || slack < r->least_slack) {
    r->least_slack = slack;
  }
}

static void
note_margin(struct route_rx *r, vsc_ns margin, vsc_ns when) VSC_RT
{
  struct rx_counts *const c = r->counts;
  const int64_t second = when >> 30; /* nearly */
  histogram_add(&c->margin, margin);
  atomic_store_explicit(&c->newest_margin, margin, memory_order_relaxed);
  const vsc_ns least =
    atomic_load_explicit(&c->least_margin, memory_order_relaxed);
  if (second > r->second) {
    atomic_store_explicit(
      &c->least_before, r->second ? least : margin, memory_order_relaxed);
    r->second = second;
  } else if (margin >= least) {
    return;
  }
  atomic_store_explicit(&c->least_margin, margin, memory_order_relaxed);
}

/* The longer way moves nobody (ST 2022-7, 6), unless it is the only one. */
static int
may_anchor(const struct route_rx *r, const vsc_packet *p, int is_copy) VSC_RT
{
  return !is_copy || !r->has_started ||
         p->when -
             atomic_load_explicit(&r->shapes[0].heard, memory_order_relaxed) >
           ROUTE_ALIVE_NS;
}

/* Is it known where the packets of a followed sender belong? */
static int
is_placed(const struct route_rx *r) VSC_RT
{
  return !r->sender->is_seeking && r->generation == r->sender->generation;
}

static vsc_status
take(struct route_rx *r, const vsc_packet *p, int is_copy) VSC_RT
{
  struct shape *const shape = &r->shapes[is_copy];
  struct rx_counts *const c = r->counts;
  const uint32_t frames = p->length / r->bytes_per_frame;
  const int is_whole = frames > 0 && frames <= r->max_frames &&
                       frames * r->bytes_per_frame == p->length;
  if (!is_our_shape(shape, p, r->bytes_per_frame) || !is_whole) {
    return refuse(r, shape, is_whole ? RX_ODD_STEP : RX_ODD_SIZE, p->length);
  }
  atomic_store_explicit(&shape->heard, p->when, memory_order_relaxed);
  if (r->sender && may_anchor(r, p, is_copy)) {
    sender_clock_hear(r->sender,
                      p->when,
                      p->pos + (vsc_pos)frames,
                      p->flags & VSC_PACKET_FIRST && !is_copy);
  }
  const int is_kept =
    r->is_followed || (r->is_auto_offset && !may_anchor(r, p, is_copy));
  const vsc_pos d = is_kept             ? kept_pos(r, p)
                    : r->is_auto_offset ? anchored_pos(r, p, frames)
                                        : p->pos + (vsc_pos)r->link_offset;
  look(r, p);
  atomic_store_explicit(&c->last_packet, p->when, memory_order_relaxed);
  if (r->is_followed && !is_placed(r)) {
    return VSC_ERR_AGAIN;
  }
  const uint64_t known = counted(r, RX_DUPLICATE);
  const vsc_status status = take_frames(r, p, d, frames);
  if (counted(r, RX_DUPLICATE) == known) { /* what is not needed is not late */
    const vsc_pos end = d + (vsc_pos)r->wake_frames;
    const vsc_ns margin = wake_host_time(r->wake, end) - p->when;
    note_margin(r, margin, p->when);
    note_window(r, margin, p->when, d - r->timeline->final_to);
  }
  return status;
}

static vsc_status
packet(const vsc_rx_port *port, const vsc_packet *p) VSC_RT
{
  return take(port->route, p, 0);
}

static vsc_status
copy(const vsc_rx_port *port, const vsc_packet *p) VSC_RT
{
  struct route_rx *const r = port->route;
  rx_count(r, RX_COPIES, 1);
  return take(r, p, 1);
}

static const enum rx_counter event_counters[] = {
  [VSC_RX_MALFORMED] = RX_MALFORMED,
  [VSC_RX_FOREIGN] = RX_FOREIGN,
  [VSC_RX_REORDERED] = RX_REORDERED,
  [VSC_RX_RESTARTED] = RX_RESTARTED,
};

static void
count_event(const vsc_rx_port *port, uint32_t event) VSC_RT
{
  struct route_rx *const r = port->route;
  if (event < sizeof event_counters / sizeof event_counters[0]) {
    rx_count(r, event_counters[event], 1);
  }
}

static void
note_sender(const vsc_rx_port *port, vsc_ip source, uint32_t is_playing) VSC_RT
{
  struct rx_counts *const c = ((struct route_rx *)port->route)->counts;
  atomic_store_explicit(
    is_playing ? &c->source : &c->other, source, memory_order_relaxed);
}

/* Who plays is the first leg's. */
static void
note_stranger(const vsc_rx_port *port,
              vsc_ip source,
              uint32_t is_playing) VSC_RT
{
  if (!is_playing) {
    note_sender(port, source, 0);
  }
}

static void
note_type(const vsc_rx_port *port, uint32_t type) VSC_RT
{
  struct route_rx *const r = port->route;
  atomic_store_explicit(&r->counts->other_type, type, memory_order_relaxed);
  rx_count(r, RX_OTHER_TYPE, 1);
}

void
route_rx_init(struct route_rx *r, uint64_t *bits)
{
  const uint32_t frames = r->timeline->frames;
  r->written = (struct bits){ .words = bits, .frames = frames };
  r->late = (struct bits){ .words = bits + frames / 64, .frames = frames };
  r->port = (vsc_rx_port){ .size = sizeof r->port,
                           .route = r,
                           .packet = packet,
                           .count = count_event,
                           .sender = note_sender,
                           .other_type = note_type };
  r->copy = (vsc_rx_port){ .size = sizeof r->copy,
                           .route = r,
                           .packet = copy,
                           .count = count_event,
                           .sender = note_stranger,
                           .other_type = note_type };
  r->max_frames = frames / 8;
}

void
route_rx_reset(struct route_rx *r) VSC_RT
{
  r->has_started = 0;
  r->is_out = 0;
  r->is_anchored = 0;
  r->anchor = 0;
  r->window.count = 0;
  r->never = never_came(r);
  atomic_store_explicit(&r->counts->anchor, 0, memory_order_relaxed);
  memset(r->written.words, 0, r->written.frames / 8);
  memset(r->late.words, 0, r->late.frames / 8);
}
