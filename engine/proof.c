/* proof.c - see proof.h. Limits: JT-NM Tested 2022 and EBU Tech
   3337 where nothing else is said. SPDX-License-Identifier: MIT */
#include "proof.h"
#include "option.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vsc/position.h>

#define LEAD_MEAN_MAX_NS 2500000.0
/* A kernel's stamps, and what a clock may err that does not know its error. */
#define STAMP_NS 20000
#define CLOCK_NS 1000000
#define DRIFT_WARN_PPM 2.0
#define DRIFT_FAIL_PPM 10.0 /* AES67's media clock */
#define LOSS_FAIL 1e-3
#define FAR_WINDOWS 5u /* less than a second says nothing of a drift */
#define QUIET_NS INT64_C(1000000000) /* not just a machine that slept */

struct bench {
  const struct proof_facts *facts;
  struct proof_figures figures;
  const struct proof_clock *clock;
  struct proof_check *out;
  uint32_t count;
};

/* A figure of a window. */
enum key { KEY_SPREAD, KEY_LEAST, KEY_MOST, KEY_GAP };

/* In whole frames, as EBU LIST has it: arrivals in RTP's clock. */
static int64_t
frames_of(vsc_ns lead, uint32_t rate)
{
  return (int64_t)floor((double)lead * 1e-9 * rate + 0.5);
}

static vsc_ns
spread_of(const struct window *w, uint32_t rate)
{
  return vsc_tai_of(frames_of(w->most, rate) - frames_of(w->least, rate), rate);
}

static vsc_ns
figure_of(const struct window *w, enum key key, uint32_t rate)
{
  switch (key) {
    case KEY_SPREAD:
      return spread_of(w, rate);
    case KEY_LEAST:
      return w->least;
    case KEY_MOST:
      return w->most;
    case KEY_GAP:
      return w->gap;
  }
  return 0;
}

static int
by_size(const void *a, const void *b)
{
  const vsc_ns x = *(const vsc_ns *)a;
  const vsc_ns y = *(const vsc_ns *)b;
  return (x > y) - (x < y);
}

vsc_ns
proof_middle(vsc_ns *values, uint32_t count)
{
  qsort(values, count, sizeof *values, by_size);
  return count > 0 ? values[count / 2] : 0;
}

/* Of COUNT windows from FIRST on. */
static vsc_ns
middle(const struct proof_facts *f,
       uint32_t first,
       uint32_t count,
       enum key key)
{
  vsc_ns values[PROOF_WINDOWS_MAX];
  for (uint32_t i = 0; i < count; i++) {
    values[i] =
      figure_of(&f->windows[first + i], key, f->expected->format.rate);
  }
  return proof_middle(values, count);
}

static vsc_ns
middle_of_all(const struct proof_facts *f, enum key key)
{
  return middle(f, 0, f->window_count, key);
}

static vsc_ns
lasted(const struct proof_facts *f)
{
  const uint32_t n = f->window_count;
  return n > 0 ? f->windows[n - 1].end - f->windows[0].begin : 0;
}

/* The line through the windows' least leads by least absolute error would not
   be led by one bad window; the middle of the two halves' medians is enough. */
static void
find_drift(const struct proof_facts *f, struct proof_figures *out)
{
  const uint32_t half = f->window_count / 2;
  const uint32_t later = f->window_count - half;
  const struct window *const w = &f->windows[half / 2];
  const vsc_ns apart = half < FAR_WINDOWS ? 0 : w[later].begin - w->begin;
  if (apart <= 0) {
    return;
  }
  const vsc_ns moved =
    middle(f, later, half, KEY_LEAST) - middle(f, 0, half, KEY_LEAST);
  /* A sender that is too fast comes earlier and earlier. */
  out->drift_ppm = -1e6 * (double)moved / (double)apart;
  out->drift_error_ppm = 1e6 * STAMP_NS / (double)apart;
}

void
proof_figures(const struct proof_facts *f, struct proof_figures *out)
{
  *out = (struct proof_figures){ 0 };
  int64_t count = 0;
  double sum = 0;
  for (uint32_t i = 0; i < f->window_count; i++) {
    const struct window *const w = &f->windows[i];
    out->lead_min =
      i == 0 || w->least < out->lead_min ? w->least : out->lead_min;
    out->lead_max = i == 0 || w->most > out->lead_max ? w->most : out->lead_max;
    out->gap_max = w->gap > out->gap_max ? w->gap : out->gap_max;
    const vsc_ns spread = spread_of(w, f->expected->format.rate);
    out->spread_worst = spread > out->spread_worst ? spread : out->spread_worst;
    sum += (double)w->sum;
    count += w->count;
  }
  if (count > 1) {
    const uint64_t missing = f->lost > f->late ? f->lost - f->late : 0;
    const double gaps = (double)(count - 1) + (double)missing;
    out->lead_mean = sum / (double)count;
    out->spacing = (double)lasted(f) / gaps;
  }
  out->spread_middle = middle_of_all(f, KEY_SPREAD);
  find_drift(f, out);
}

bool
proof_has_drift(const struct proof_figures *x)
{
  return fabs(x->drift_ppm) > DRIFT_WARN_PPM + x->drift_error_ppm;
}

static void
say(struct bench *b,
    const char *name,
    enum proof_verdict verdict,
    const char *format,
    ...) VSC_PRINTF(4, 5);

static void
say(struct bench *b,
    const char *name,
    enum proof_verdict verdict,
    const char *format,
    ...)
{
  struct proof_check *const c = &b->out[b->count++];
  *c = (struct proof_check){ .name = name, .verdict = verdict };
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(c->reason, sizeof c->reason, format, arguments);
  va_end(arguments);
}

static void
check_sender(struct bench *b)
{
  char ours[16], other[16];
  ip_format(b->facts->source, ours);
  ip_format(b->facts->stranger, other);
  if (b->facts->foreign > 0) {
    say(b,
        "sender",
        PROOF_FAIL,
        "%s sends there, too, or %s began anew: %" PRIu64 " packets",
        other,
        ours,
        b->facts->foreign);
  } else if (b->facts->expected->source &&
             b->facts->source != b->facts->expected->source) {
    char said[16];
    ip_format(b->facts->expected->source, said);
    say(b, "sender", PROOF_FAIL, "it is %s, and should be %s", ours, said);
  } else {
    say(b, "sender", PROOF_PASS, "%s, one SSRC", ours);
  }
}

static void
check_format(struct bench *b)
{
  const struct proof_facts *const f = b->facts;
  const vsc_format *const said = &f->expected->format;
  char time[32];
  if (f->malformed > 0) {
    say(
      b, "format", PROOF_FAIL, "%" PRIu64 " packets are no RTP", f->malformed);
  } else if (f->other_type > 0) {
    say(b,
        "format",
        PROOF_FAIL,
        "payload type %u, described as %u",
        f->type,
        f->expected->payload_type);
  } else if (!f->is_readable) {
    say(b, "format", PROOF_WARN, "\"%s\" cannot be judged", said->encoding);
  } else if (f->other_size > 0) {
    say(b,
        "format",
        PROOF_FAIL,
        "payloads of %u bytes are no whole frames of %u channels %s",
        f->length,
        said->channels,
        said->encoding);
  } else if (f->other_frames > 0) {
    say(b,
        "format",
        PROOF_FAIL,
        "packets of %s (%u frames), described as %u frames",
        time_text(vsc_tai_of(f->frames, said->rate), time),
        f->frames,
        said->frames_per_packet);
  } else {
    say(b,
        "format",
        PROOF_PASS,
        "%s/%u/%u, %s",
        said->encoding,
        said->rate,
        said->channels,
        time_text(f->packet_ns, time));
  }
}

static void
check_sequence(struct bench *b)
{
  const struct proof_facts *const f = b->facts;
  const double lost = (double)f->lost / (double)(f->packets + f->lost);
  say(b,
      "loss",
      lost > LOSS_FAIL && f->unread == 0 ? PROOF_FAIL
      : f->lost + f->skipped             ? PROOF_WARN
                                         : PROOF_PASS,
      "%" PRIu64 " of %" PRIu64
      " packets are missing (%.3g %%); its sender left "
      "out %" PRIu64 " frames%s",
      f->lost,
      f->packets + f->lost,
      100 * lost,
      f->skipped,
      f->unread ? "; some came and were read too late here" : "");
  say(b,
      "order",
      f->duplicate + f->reordered ? PROOF_WARN : PROOF_PASS,
      "%" PRIu64 " came twice, %" PRIu64 " after a later one",
      f->duplicate,
      f->reordered);
}

/* AES67 6.2: AF41 for media; EF where a site has Dante's scheme (its default is
   that). */
static void
check_marking(struct bench *b)
{
  const struct proof_facts *const f = b->facts;
  const bool is_known = f->dscp == 34 || f->dscp == 46;
  say(b,
      "dscp",
      is_known && f->other_dscp == 0 ? PROOF_PASS
      : is_known                     ? PROOF_WARN
                                     : PROOF_FAIL,
      "%u%s%s",
      f->dscp,
      is_known ? "" : ": switches look for 34 (AF41) or 46 (EF)",
      f->other_dscp ? ", but not in all packets" : "");
  const uint8_t said = f->expected->ttl;
  const bool is_less = f->ttl < said;
  say(b,
      "ttl",
      f->ttl > said && said                            ? PROOF_WARN
      : is_less && (f->ttl == 1 || said - f->ttl > 16) ? PROOF_FAIL
      : is_less || f->other_ttl                        ? PROOF_WARN
                                                       : PROOF_PASS,
      "%u seen%s%s",
      f->ttl,
      said == 0       ? ", none described"
      : is_less       ? ": behind routers, or not as described"
      : f->ttl > said ? ": more than described"
                      : "",
      f->other_ttl ? ", not the same in all packets" : "");
}

static vsc_ns
clock_error(const struct proof_clock *clock)
{
  return clock->error < 0 ? CLOCK_NS : clock->error;
}

/* "37 s", where it is what a mistake of clocks looks like. */
static const char *
guess(double lead_ns)
{
  const double s = fabs(lead_ns) * 1e-9;
  return fabs(s - 37) < 0.5 ? ": UTC and TAI are 37 s apart"
         : s > 1            ? ": its clock is another"
                            : "";
}

/* JT-NM's; and who plays it after a link offset hears none that came more than
   a packet time later, whenever he wakes. */
static vsc_ns
lead_limit(const struct proof_facts *f)
{
  const vsc_ns far = f->packet_ns > 0 ? 20 * f->packet_ns : INT64_MAX;
  const vsc_ns heard = f->link_offset + f->packet_ns;
  return f->link_offset > 0 && heard < far ? heard : far;
}

static void
check_lead(struct bench *b)
{
  const struct proof_facts *const f = b->facts;
  const vsc_ns early = -(clock_error(b->clock) + STAMP_NS);
  const struct proof_figures *const x = &b->figures;
  const vsc_ns most = lead_limit(f);
  const bool is_early = x->lead_min < early;
  const bool is_late =
    x->lead_mean > LEAD_MEAN_MAX_NS || middle_of_all(f, KEY_MOST) > most;
  char a[32], c[32], d[32];
  if (f->is_relative) {
    say(b, "lead", PROOF_PASS, "no offset is described: not judged");
    return;
  }
  say(b,
      "lead",
      is_early || is_late  ? PROOF_FAIL
      : x->lead_max > most ? PROOF_WARN
                           : PROOF_PASS,
      "packets come %s to %s after their media time, %s in the mean%s%s",
      time_text(x->lead_min, a),
      time_text(x->lead_max, c),
      time_text((vsc_ns)x->lead_mean, d),
      is_early   ? ", some before it"
      : !is_late ? ""
      : f->link_offset > 0 && x->lead_mean <= LEAD_MEAN_MAX_NS
        ? ": late for the receiver's link offset"
        : ": late",
      guess(x->lead_mean));
}

static void
check_spacing(struct bench *b)
{
  const struct proof_facts *const f = b->facts;
  const struct proof_figures *const x = &b->figures;
  const vsc_ns packet = f->packet_ns;
  const vsc_ns far = 17 * packet;
  char a[32], c[32];
  if (packet == 0) {
    say(b, "spacing", PROOF_WARN, "no packet time is known: not judged");
    return;
  }
  say(b,
      "ts-df",
      x->spread_middle > far      ? PROOF_FAIL
      : x->spread_worst >= packet ? PROOF_WARN
                                  : PROOF_PASS,
      "%s in the worst 200 ms, %s in the middle ones: %s",
      time_text(x->spread_worst, a),
      time_text(x->spread_middle, c),
      x->spread_middle > far      ? "bursts"
      : x->spread_worst > far     ? "bursts at times"
      : x->spread_worst >= packet ? "wide"
                                  : "narrow");
  const bool is_off =
    x->spacing < 0.99 * (double)packet || x->spacing > 1.01 * (double)packet;
  const bool is_gone = f->quiet > QUIET_NS;
  say(b,
      "spacing",
      is_off || is_gone || middle_of_all(f, KEY_GAP) > far ? PROOF_FAIL
      : x->gap_max > far                                   ? PROOF_WARN
                                                           : PROOF_PASS,
      "%.2f us apart in the mean, at most %s%s%s",
      x->spacing / 1000,
      time_text(x->gap_max, a),
      is_gone ? "; none in the last " : "",
      is_gone ? time_text(f->quiet, c) : "");
}

static void
check_drift(struct bench *b)
{
  const double error = b->figures.drift_error_ppm;
  const double ppm = b->figures.drift_ppm;
  if (error > 0) {
    say(b,
        "drift",
        fabs(ppm) > DRIFT_FAIL_PPM + error ? PROOF_FAIL
        : proof_has_drift(&b->figures)     ? PROOF_WARN
                                           : PROOF_PASS,
        "%+.2f ppm against our clock, to %.2g",
        ppm,
        error);
  } else {
    say(b, "drift", PROOF_PASS, "watched too briefly: not judged");
  }
}

static void
check_clock(struct bench *b)
{
  static const uint8_t none[8];
  const vsc_stream *const e = b->facts->expected;
  const struct proof_clock *const c = b->clock;
  const bool has_said = e->reference == VSC_REFERENCE_PTP &&
                        memcmp(e->clock_id, none, sizeof none) != 0;
  if (!has_said || memcmp(c->grandmaster, none, sizeof none) == 0) {
    say(b,
        "clock",
        PROOF_PASS,
        "%s: not compared",
        has_said ? "our clock has no grandmaster" : "no grandmaster described");
  } else if (memcmp(c->grandmaster, e->clock_id, sizeof none) != 0) {
    say(b, "clock", PROOF_FAIL, "another grandmaster than ours is described");
  } else if (c->domain != e->clock_domain) {
    say(b,
        "clock",
        PROOF_FAIL,
        "domain %" PRIu32 " is described, ours is %u",
        e->clock_domain,
        c->domain);
  } else {
    say(b, "clock", PROOF_PASS, "our grandmaster and domain");
  }
}

uint32_t
proof_judge(const struct proof_facts *f,
            const struct proof_clock *clock,
            struct proof_check out[PROOF_CHECKS],
            const struct proof_check **worst)
{
  struct bench b = { .facts = f, .clock = clock, .out = out };
  if (f->packets == 0) {
    say(&b,
        "packets",
        PROOF_FAIL,
        "none came%s",
        f->malformed ? " that is RTP" : "");
  } else {
    proof_figures(f, &b.figures);
    say(&b,
        "packets",
        PROOF_PASS,
        "%" PRIu64 " in %.1f s",
        f->packets,
        (double)lasted(f) * 1e-9);
    check_sender(&b);
    check_format(&b);
    check_sequence(&b);
    if (f->has_marking) {
      check_marking(&b);
    }
    check_lead(&b);
    check_spacing(&b);
    check_drift(&b);
    check_clock(&b);
  }
  *worst = out;
  for (uint32_t i = 1; i < b.count; i++) {
    *worst = out[i].verdict > (*worst)->verdict ? &out[i] : *worst;
  }
  return b.count;
}

const char *
proof_word(enum proof_verdict verdict)
{
  switch (verdict) {
    case PROOF_PASS:
      return "pass";
    case PROOF_WARN:
      return "warn";
    case PROOF_FAIL:
      return "fail";
  }
  return "fail";
}
