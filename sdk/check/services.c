/* services.c - clocks and discoveries: start, a minute of virtual time, garbage
   from the network, stop.
   SPDX-License-Identifier: MIT */
#include "trial.h"

#include <vsc/clock.h>
#include <vsc/discovery.h>
#include <vsc/position.h>

#include <math.h>
#include <string.h>

#define SECOND INT64_C(1000000000)
#define SECONDS 60

/* What a clock has published. */
struct published {
  struct trial *trial;
  struct fakehost *host;
  unsigned views;
  vsc_clock_view last;
};

static void
on_publish(void *arg, const vsc_clock_view *view)
{
  struct published *const p = arg;
  struct report *const report = &p->trial->report;
  const vsc_ns now = p->host->now;
  p->views++;
  if (view->size < sizeof *view) {
    report_fail(report, "a view without its .size");
  } else if (!(view->rate >= 0.99 && view->rate <= 1.01)) {
    report_fail(report, "a view with the rate %g", view->rate);
  } else if (view->state > VSC_CLOCK_MASTER) {
    report_fail(report, "a view in state %u", (unsigned)view->state);
  } else if (p->views > 1 && view->generation < p->last.generation) {
    report_fail(report, "the generation goes down");
  } else if (p->views > 1 && view->generation == p->last.generation &&
             vsc_view_tai(view, now) < vsc_view_tai(&p->last, now)) {
    report_fail(
      report,
      "media time goes back by %lld ns within a generation",
      (long long)(vsc_view_tai(&p->last, now) - vsc_view_tai(view, now)));
  }
  p->last = *view;
}

/* A minute, with nonsense on every socket each second. */
static void
live(struct fakehost *host, bool with_garbage)
{
  uint32_t seed = 7;
  for (int s = 0; s < SECONDS; s++) {
    uint8_t bytes[600];
    const uint32_t length = trial_random(&seed) % sizeof bytes;
    for (uint32_t b = 0; b < length; b++) {
      bytes[b] = (uint8_t)(trial_random(&seed) >> 24);
    }
    if (with_garbage) {
      fakehost_inject(host, bytes, length);
    }
    fakehost_advance(host, SECOND);
  }
}

static void
clock_runs(struct trial *t, bool with_garbage)
{
  const vsc_clock_ops *const ops = t->module->ops;
  struct subject s = { 0 };
  struct published p = { .trial = t, .host = &s.host };
  const vsc_clock_sink sink = { .size = sizeof sink,
                                .arg = &p,
                                .publish = on_publish };
  if (!subject_start(&s, t)) {
    return;
  }
  const vsc_status status = ops->start(s.self, &sink);
  if (status < 0) {
    report_fail(
      &t->report, "start() says %d: %s", (int)status, subject_said(&s));
    subject_finish(&s);
    return;
  }
  if (p.views == 0) {
    report_fail(&t->report, "start() returns without a first view");
  }
  live(&s.host, with_garbage);
  if (ops->report) {
    vsc_clock_report report = { .size = sizeof report };
    ops->report(s.self, &report);
    if (!memchr(report.diagnosis, 0, sizeof report.diagnosis)) {
      report_fail(&t->report, "its diagnosis has no end");
    } else if (report.quality > 4) {
      report_fail(&t->report, "quality %u", (unsigned)report.quality);
    }
  }
  ops->stop(s.self);
  const unsigned views = p.views;
  fakehost_advance(&s.host, SECONDS * SECOND);
  if (p.views != views) {
    report_fail(&t->report, "publishes after stop()");
  }
  subject_finish(&s);
  report_note(&t->report, "%u views in a minute", views);
}

static void
clock_minute(struct trial *t)
{
  clock_runs(t, false);
}

static void
clock_garbage(struct trial *t)
{
  clock_runs(t, true);
}

/* What a discovery has found. */
struct found {
  struct trial *trial;
  unsigned calls;
};

static void
on_found(void *arg, const vsc_stream *stream)
{
  struct found *const f = arg;
  struct report *const report = &f->trial->report;
  f->calls++;
  if (stream->size < sizeof *stream ||
      stream->format.size < sizeof stream->format) {
    report_fail(report, "found() with a stream without its .size");
  } else if (!memchr(stream->id, 0, sizeof stream->id) ||
             !memchr(stream->name, 0, sizeof stream->name) ||
             !memchr(
               stream->format.encoding, 0, sizeof stream->format.encoding)) {
    report_fail(report, "found() with a text that has no end");
  } else if (!stream->id[0]) {
    report_fail(report, "found() with a stream without an id");
  } else if (stream->format.channels == 0 ||
             stream->format.channels > VSC_CHANNELS_MAX) {
    report_fail(report,
                "found() with a stream of %u channels",
                (unsigned)stream->format.channels);
  }
}

static void
on_lost(void *arg, const char *id)
{
  struct found *const f = arg;
  f->calls++;
  if (!id || !id[0]) {
    report_fail(&f->trial->report, "lost() without an id");
  }
}

static vsc_stream
our_stream(void)
{
  return (vsc_stream){
    .size = sizeof(vsc_stream),
    .format = { .size = sizeof(vsc_format),
                .rate = 48000,
                .channels = 8,
                .frames_per_packet = 48,
                .encoding = "L24" },
    .address = 0xEF450101u,
    .port = 5004,
    .payload_type = 96,
    .ttl = 32,
    .packet_time = 1000000,
    .id = "- 1 IN IP4 10.0.0.2",
    .name = "check",
  };
}

static void
discovery_runs(struct trial *t, bool with_garbage)
{
  const vsc_discovery_ops *const ops = t->module->ops;
  const vsc_stream stream = our_stream();
  struct subject s = { 0 };
  struct found f = { .trial = t };
  const vsc_discovery_sink sink = {
    .size = sizeof sink, .arg = &f, .found = on_found, .lost = on_lost
  };
  if (!subject_start(&s, t)) {
    return;
  }
  const vsc_status status = ops->start(s.self, &sink);
  if (status < 0) {
    if (t->required) {
      report_note(
        &t->report, "start() needs a real value for \"%s\"", t->required);
    } else {
      report_fail(
        &t->report, "start() says %d: %s", (int)status, subject_said(&s));
    }
    subject_finish(&s);
    return;
  }
  if (ops->announce && ops->announce(s.self, &stream) < 0) {
    report_fail(
      &t->report, "announce() refuses a stream: %s", subject_said(&s));
  }
  live(&s.host, with_garbage);
  if (ops->withdraw) {
    ops->withdraw(s.self, stream.id);
    ops->withdraw(s.self, "nobody"); /* not announced: nothing happens */
  }
  fakehost_advance(&s.host, SECOND);
  ops->stop(s.self);
  const unsigned calls = f.calls;
  fakehost_advance(&s.host, SECONDS * SECOND);
  if (f.calls != calls) {
    report_fail(&t->report, "found() or lost() after stop()");
  }
  subject_finish(&s);
}

static void
discovery_minute(struct trial *t)
{
  discovery_runs(t, false);
}

static void
discovery_garbage(struct trial *t)
{
  discovery_runs(t, true);
}

const struct trial_check trial_clock[] = {
  { .name = "a minute of time", .run = clock_minute },
  { .name = "garbage from the network", .run = clock_garbage },
  { .name = NULL },
};

const struct trial_check trial_discovery[] = {
  { .name = "a minute of time", .run = discovery_minute },
  { .name = "garbage from the network", .run = discovery_garbage },
  { .name = NULL },
};
