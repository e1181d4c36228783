/* verify_judge.c - see verify_judge.h. Limits: JT-NM Tested 2022 and EBU Tech
   3337 where nothing else is said. SPDX-License-Identifier: MIT */
#include "verify_judge.h"
#include "engine/option.h"
#include "json_print.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define LEAD_MEAN_MAX_NS 2500000.0
/* A kernel's stamps, and what a clock may err that does not know its error. */
#define STAMP_NS 20000
#define CLOCK_NS 1000000
#define DRIFT_WARN_PPM 2.0
#define DRIFT_FAIL_PPM 10.0 /* AES67's media clock */
#define LOSS_FAIL 1e-3
#define OFTEN 1e-2 /* of the packets: no whim of a machine */

struct bench {
  const struct verify_watch *w;
  const struct verify_clock *clock;
  struct verify_check *out;
  uint32_t count;
};

static void
say(struct bench *b,
    const char *name,
    enum verify_verdict verdict,
    const char *format,
    ...) VSC_PRINTF(4, 5);

static void
say(struct bench *b,
    const char *name,
    enum verify_verdict verdict,
    const char *format,
    ...)
{
  struct verify_check *const c = &b->out[b->count++];
  *c = (struct verify_check){ .name = name, .verdict = verdict };
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(c->reason, sizeof c->reason, format, arguments);
  va_end(arguments);
}

static double
share(const struct bench *b, uint64_t n)
{
  return (double)n / (double)(b->w->packets ? b->w->packets : 1);
}

static void
check_sender(struct bench *b)
{
  char ours[16], other[16];
  ip_format(b->w->source, ours);
  ip_format(b->w->stranger, other);
  if (b->w->foreign > 0) {
    say(b,
        "sender",
        VERIFY_FAIL,
        "%s sends there, too, or %s began anew: %" PRIu64 " packets",
        other,
        ours,
        b->w->foreign);
  } else if (b->w->expected.source && b->w->source != b->w->expected.source) {
    char said[16];
    ip_format(b->w->expected.source, said);
    say(b, "sender", VERIFY_FAIL, "it is %s, and should be %s", ours, said);
  } else {
    say(b, "sender", VERIFY_PASS, "%s, one SSRC", ours);
  }
}

static void
check_format(struct bench *b)
{
  const struct verify_watch *const w = b->w;
  const vsc_format *const f = &w->expected.format;
  char time[32];
  if (w->malformed > 0) {
    say(
      b, "format", VERIFY_FAIL, "%" PRIu64 " packets are no RTP", w->malformed);
  } else if (w->other_type > 0) {
    say(b,
        "format",
        VERIFY_FAIL,
        "payload type %u, described as %u",
        w->type,
        w->expected.payload_type);
  } else if (w->bytes_per_frame == 0) {
    say(b, "format", VERIFY_WARN, "\"%s\" cannot be judged", f->encoding);
  } else if (w->other_size > 0) {
    say(b,
        "format",
        VERIFY_FAIL,
        "payloads of %u bytes are no whole frames of %u channels %s",
        w->length,
        f->channels,
        f->encoding);
  } else if (w->other_frames > 0) {
    say(b,
        "format",
        VERIFY_FAIL,
        "packets of %s (%u frames), described as %u frames",
        time_text(verify_packet_time(w), time),
        w->frames,
        f->frames_per_packet);
  } else {
    say(b,
        "format",
        VERIFY_PASS,
        "%s/%u/%u, %s, payload type %u",
        f->encoding,
        f->rate,
        f->channels,
        time_text(verify_packet_time(w), time),
        w->type);
  }
}

static void
check_sequence(struct bench *b)
{
  const struct verify_watch *const w = b->w;
  const double lost = share(b, w->lost);
  say(b,
      "loss",
      lost > LOSS_FAIL       ? VERIFY_FAIL
      : w->lost + w->skipped ? VERIFY_WARN
                             : VERIFY_PASS,
      "%" PRIu64 " of %" PRIu64
      " packets are missing (%.2g %%); its sender left "
      "out %" PRIu64 " frames",
      w->lost,
      w->packets + w->lost,
      100 * lost,
      w->skipped);
  say(b,
      "order",
      w->duplicate + w->reordered ? VERIFY_WARN : VERIFY_PASS,
      "%" PRIu64 " came twice, %" PRIu64 " after a later one",
      w->duplicate,
      w->reordered);
}

/* AES67 6.2: AF41 for media; EF where a site has Dante's scheme (its default is
   that). */
static void
check_marking(struct bench *b)
{
  const struct verify_watch *const w = b->w;
  const bool is_known = w->dscp == 34 || w->dscp == 46;
  say(b,
      "dscp",
      is_known && w->other_dscp == 0 ? VERIFY_PASS
      : is_known                     ? VERIFY_WARN
                                     : VERIFY_FAIL,
      "%u%s%s",
      w->dscp,
      is_known ? "" : ": switches look for 34 (AF41) or 46 (EF)",
      w->other_dscp ? ", but not in all packets" : "");
  const uint8_t said = w->expected.ttl;
  const bool is_less = w->ttl < said;
  say(b,
      "ttl",
      w->ttl > said && said                            ? VERIFY_WARN
      : is_less && (w->ttl == 1 || said - w->ttl > 16) ? VERIFY_FAIL
      : is_less || w->other_ttl                        ? VERIFY_WARN
                                                       : VERIFY_PASS,
      "%u seen%s%s",
      w->ttl,
      said == 0       ? ", none described"
      : is_less       ? ": behind routers, or not as described"
      : w->ttl > said ? ": more than described"
                      : "",
      w->other_ttl ? ", not the same in all packets" : "");
}

static vsc_ns
clock_error(const struct verify_clock *clock)
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

static void
check_lead(struct bench *b)
{
  const struct verify_watch *const w = b->w;
  const vsc_ns early = -(clock_error(b->clock) + STAMP_NS);
  const double mean = verify_lead(w);
  const bool is_early = w->lead_min < early;
  const bool is_late = mean > LEAD_MEAN_MAX_NS || share(b, w->too_late) > OFTEN;
  char least[32], middle[32], most[32];
  if (w->is_relative) {
    say(b, "lead", VERIFY_PASS, "no offset is described: not judged");
    return;
  }
  say(b,
      "lead",
      is_early || is_late ? VERIFY_FAIL
      : w->too_late       ? VERIFY_WARN
                          : VERIFY_PASS,
      "packets come %s to %s after their media time, %s in the mean%s%s",
      time_text(w->lead_min, least),
      time_text(w->lead_max, most),
      time_text((vsc_ns)mean, middle),
      is_early  ? ", some before it"
      : is_late ? ": late"
                : "",
      guess(mean));
}

static void
check_spacing(struct bench *b)
{
  const struct verify_watch *const w = b->w;
  const vsc_ns packet = verify_packet_time(w);
  const vsc_ns worst = verify_spread(w, true);
  const vsc_ns middle = verify_spread(w, false);
  char a[32], c[32];
  if (packet == 0) {
    say(b, "spacing", VERIFY_WARN, "no packet time is known: not judged");
    return;
  }
  say(b,
      "ts-df",
      middle > 17 * packet  ? VERIFY_FAIL
      : worst > 17 * packet ? VERIFY_WARN
      : middle >= packet    ? VERIFY_WARN
                            : VERIFY_PASS,
      "%s in the worst 200 ms, %s in the middle ones: %s",
      time_text(worst, a),
      time_text(middle, c),
      middle > 17 * packet ? "bursts"
      : middle >= packet   ? "wide"
                           : "narrow");
  const double gap = verify_gap(w);
  const bool is_off =
    gap < 0.99 * (double)packet || gap > 1.01 * (double)packet;
  say(b,
      "spacing",
      is_off || share(b, w->too_far) > OFTEN ? VERIFY_FAIL
      : w->too_far                           ? VERIFY_WARN
                                             : VERIFY_PASS,
      "%.2f us apart in the mean, at most %s",
      gap / 1000,
      time_text(w->gap_max, a));
  const double drift = verify_drift_ppm(w);
  say(b,
      "drift",
      fabs(drift) > DRIFT_FAIL_PPM   ? VERIFY_FAIL
      : fabs(drift) > DRIFT_WARN_PPM ? VERIFY_WARN
                                     : VERIFY_PASS,
      "%+.2f ppm against our clock",
      drift);
}

static void
check_clock(struct bench *b)
{
  static const uint8_t none[8];
  const vsc_stream *const e = &b->w->expected;
  const struct verify_clock *const c = b->clock;
  const bool has_said = e->reference == VSC_REFERENCE_PTP &&
                        memcmp(e->clock_id, none, sizeof none) != 0;
  if (!has_said || memcmp(c->grandmaster, none, sizeof none) == 0) {
    say(b,
        "clock",
        VERIFY_PASS,
        "%s: not compared",
        has_said ? "our clock has no grandmaster" : "no grandmaster described");
  } else if (memcmp(c->grandmaster, e->clock_id, sizeof none) != 0) {
    say(b, "clock", VERIFY_FAIL, "another grandmaster than ours is described");
  } else if (c->domain != e->clock_domain) {
    say(b,
        "clock",
        VERIFY_FAIL,
        "domain %" PRIu32 " is described, ours is %u",
        e->clock_domain,
        c->domain);
  } else {
    say(b, "clock", VERIFY_PASS, "our grandmaster and domain");
  }
}

uint32_t
verify_judge(const struct verify_watch *w,
             const struct verify_clock *clock,
             struct verify_check out[VERIFY_CHECKS],
             enum verify_verdict *worst)
{
  struct bench b = { .w = w, .clock = clock, .out = out };
  if (w->packets == 0) {
    say(&b,
        "packets",
        VERIFY_FAIL,
        "none came%s",
        w->malformed ? " that is RTP" : "");
  } else {
    say(&b,
        "packets",
        VERIFY_PASS,
        "%" PRIu64 " in %.1f s",
        w->packets,
        (double)(w->last - w->first) * 1e-9);
    check_sender(&b);
    check_format(&b);
    check_sequence(&b);
    check_marking(&b);
    check_lead(&b);
    check_spacing(&b);
    check_clock(&b);
  }
  *worst = VERIFY_PASS;
  for (uint32_t i = 0; i < b.count; i++) {
    *worst = out[i].verdict > *worst ? out[i].verdict : *worst;
  }
  return b.count;
}

const char *
verify_word(enum verify_verdict verdict)
{
  switch (verdict) {
    case VERIFY_PASS:
      return "pass";
    case VERIFY_WARN:
      return "warn";
    case VERIFY_FAIL:
      return "fail";
  }
  return "fail";
}
