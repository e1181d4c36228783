/* resampler.c - a sine through it, and where the frames go.
   SPDX-License-Identifier: MIT */
#include "trial.h"

#include <vsc/resampler.h>

#include <math.h>
#include <string.h>

#define RATE 48000.0
#define TONE 997.0 /* Hz; no whole number of frames a period */
#define CHANNELS 2u
#define BLOCK 64u
#define FEED (2 * BLOCK) /* frames offered to a run */
#define BLOCKS 750       /* a second */
#define TOLERANCE 0.01   /* -40 dB */

/* One pass: a sine in, what came out. */
struct pass {
  struct subject subject;
  const vsc_resampler_ops *ops;
  double ratio;
  double latency; /* input frames */
  double used;    /* input frames so far */
  double made;    /* output frames so far */
  double worst;   /* error against the delayed sine */
  struct guard *in[CHANNELS], *out[CHANNELS];
};

static double
sine(double frame)
{
  return 0.5 * sin(6.283185307179586 * TONE / RATE * frame);
}

static void
pass_close(struct pass *p)
{
  if (p->ops->close) {
    p->ops->close(p->subject.self);
  }
  subject_finish(&p->subject);
  for (uint32_t c = 0; c < CHANNELS; c++) {
    guard_destroy(p->in[c]);
    guard_destroy(p->out[c]);
  }
}

static bool
pass_open(struct pass *p, struct trial *t, double ratio)
{
  *p = (struct pass){ .ops = t->module->ops, .ratio = ratio };
  if (!subject_start(&p->subject, t)) {
    return false;
  }
  const vsc_status status =
    p->ops->open(p->subject.self, CHANNELS, ratio, FEED);
  if (status < 0) {
    report_fail(&t->report,
                "open() says %d for %u channels at ratio %g: %s",
                (int)status,
                CHANNELS,
                ratio,
                subject_said(&p->subject));
    subject_finish(&p->subject);
    return false;
  }
  for (uint32_t c = 0; c < CHANNELS; c++) {
    p->in[c] = guard_create(FEED * sizeof(float), 0);
    p->out[c] = guard_create(BLOCK * sizeof(float), 0);
    if (!p->in[c] || !p->out[c]) {
      report_fail(&t->report, "no memory to try it");
      pass_close(p);
      return false;
    }
  }
  p->latency = p->ops->latency(p->subject.self);
  return true;
}

static void
compare(struct pass *p, const float *out)
{
  for (uint32_t i = 0; i < BLOCK; i++) {
    const double frame = (p->made + i) / p->ratio - p->latency;
    /* The start has silence before it; a filter needs time to forget that. */
    if (p->made > RATE / 10) {
      p->worst = fmax(p->worst, fabs((double)out[i] - sine(frame)));
    }
  }
}

/* One run; false when it failed. */
static bool
pass_run(struct pass *p)
{
  struct report *const report = &p->subject.trial->report;
  float *in[CHANNELS], *out[CHANNELS];
  for (uint32_t c = 0; c < CHANNELS; c++) {
    in[c] = p->in[c]->memory;
    out[c] = p->out[c]->memory;
    for (uint32_t i = 0; i < FEED; i++) {
      in[c][i] = (float)(p->used + i < 0 ? 0 : sine(p->used + i));
    }
  }
  const vsc_span from = { .ch = in, .channels = CHANNELS, .frames = FEED };
  const vsc_span to = { .ch = out, .channels = CHANNELS, .frames = BLOCK };
  const int32_t used = p->ops->run(p->subject.self, &from, &to, p->ratio);
  for (uint32_t c = 0; c < CHANNELS; c++) {
    if (!guard_is_intact(p->in[c]) || !guard_is_intact(p->out[c])) {
      report_fail(report, "run() writes outside of its frames");
      return false;
    }
  }
  if (used == VSC_ERR_AGAIN) {
    report_fail(report,
                "run() wants more than %u frames to make %u at ratio %g",
                FEED,
                BLOCK,
                p->ratio);
    return false;
  }
  if (used < 0 || used > (int32_t)FEED) {
    report_fail(report, "run() took %d of %u frames", (int)used, FEED);
    return false;
  }
  compare(p, out[0]);
  p->used += used;
  p->made += BLOCK;
  return true;
}

static bool
pass_all(struct pass *p)
{
  for (int i = 0; i < BLOCKS; i++) {
    if (!pass_run(p)) {
      return false;
    }
  }
  return true;
}

static void
tone(struct trial *t)
{
  struct pass p;
  if (!pass_open(&p, t, 1.0)) {
    return;
  }
  if (pass_all(&p) && !(p.worst <= TOLERANCE)) {
    report_fail(&t->report,
                "at ratio 1 a sine of 0.5 is %.3g away after its latency() "
                "of %.3g frames; %g is allowed",
                p.worst,
                p.latency,
                TOLERANCE);
  }
  report_note(
    &t->report, "latency %.3g frames, worst %.2g", p.latency, p.worst);
  pass_close(&p);
}

/* Frames are neither lost nor made up: what was taken is what was made. */
static void
frames(struct trial *t)
{
  static const double ratios[] = { 1.0, 1.0005, 0.9995 };
  for (size_t i = 0; i < 3; i++) {
    struct pass p;
    if (!pass_open(&p, t, ratios[i])) {
      return;
    }
    if (pass_all(&p)) {
      const double owed = p.used - p.made / p.ratio;
      if (fabs(owed) > fabs(p.latency) + FEED) {
        report_fail(&t->report,
                    "at ratio %g it took %.0f frames to make %.0f: %.1f are "
                    "not accounted for",
                    p.ratio,
                    p.used,
                    p.made,
                    owed);
      }
    }
    pass_close(&p);
  }
}

/* An input too short makes nothing, and takes nothing. */
static void
short_input(struct trial *t)
{
  struct pass p;
  if (!pass_open(&p, t, 1.0)) {
    return;
  }
  float *in[CHANNELS], *out[CHANNELS];
  for (uint32_t c = 0; c < CHANNELS; c++) {
    in[c] = p.in[c]->memory;
    out[c] = p.out[c]->memory;
  }
  const vsc_span from = { .ch = in, .channels = CHANNELS, .frames = 0 };
  const vsc_span to = { .ch = out, .channels = CHANNELS, .frames = BLOCK };
  /* What it has inside may serve a few runs. */
  int32_t used = 0;
  for (int i = 0; i < BLOCKS && used == 0; i++) {
    used = p.ops->run(p.subject.self, &from, &to, 1.0);
  }
  if (used != VSC_ERR_AGAIN) {
    report_fail(&t->report,
                "run() without input answers %d, not VSC_ERR_AGAIN",
                (int)used);
  }
  if (p.ops->reset) {
    p.ops->reset(p.subject.self);
    pass_run(&p);
  }
  pass_close(&p);
}

/* NaN in, and a ratio that changes: no crash, and reset() heals it. */
static void
odd_numbers(struct trial *t)
{
  struct pass p;
  if (!pass_open(&p, t, 1.0)) {
    return;
  }
  float *in[CHANNELS], *out[CHANNELS];
  for (uint32_t c = 0; c < CHANNELS; c++) {
    in[c] = p.in[c]->memory;
    out[c] = p.out[c]->memory;
    for (uint32_t i = 0; i < FEED; i++) {
      in[c][i] = i % 2 ? NAN : INFINITY;
    }
  }
  const vsc_span from = { .ch = in, .channels = CHANNELS, .frames = FEED };
  const vsc_span to = { .ch = out, .channels = CHANNELS, .frames = BLOCK };
  for (int i = 0; i < 16; i++) {
    p.ops->run(p.subject.self, &from, &to, 0.999 + i / 8000.0);
  }
  if (p.ops->reset) {
    p.ops->reset(p.subject.self);
    for (int i = 0; i < 16; i++) {
      pass_run(&p);
    }
    const float *const last = p.out[0]->memory;
    if (!isfinite(last[BLOCK - 1])) {
      report_fail(&t->report, "NaN stays in it after reset()");
    }
  }
  pass_close(&p);
}

const struct trial_check trial_resampler[] = {
  { .name = "a sine at ratio 1", .run = tone },
  { .name = "frames", .run = frames },
  { .name = "too little input", .run = short_input },
  { .name = "odd numbers", .run = odd_numbers },
  { .name = NULL },
};
