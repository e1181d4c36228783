/* resampler.c - a sine through it, where its frames stand, and where they go.
   SPDX-License-Identifier: MIT */
#include "trial.h"

#include <vsc/resampler.h>

#include <math.h>
#include <string.h>

#define RATE 48000.0
#define TONE 997.0 /* Hz of frames in; no whole number of frames a period */
#define CHANNELS 2u
#define BLOCK 64u
#define FEED 640u  /* frames that a run may be offered, at the lowest ratio */
#define BLOCKS 750 /* about a second */
#define TOLERANCE 0.01 /* -40 dB */

/* What the engine asks for: the same rate, two clocks, and rates of the two
   families up and down. */
static const double ratios[] = {
  1.0,
  1.0005,
  0.9995,
  44100.0 / 48000,
  48000.0 / 44100,
  2.0,
  96000.0 / 44100,
  44100.0 / 96000,
  0.5,
  44100.0 / 384000,
  384000.0 / 44100,
};
#define RATIOS (sizeof ratios / sizeof ratios[0])

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
    if (frame > RATE / 10) {
      p->worst = fmax(p->worst, fabs((double)out[i] - sine(frame)));
    }
  }
}

/* Frames to offer for a run: just what resampler.h says is enough. */
static uint32_t
enough(const struct pass *p)
{
  const double n = floor((p->made + BLOCK) / p->ratio + 1e-6) + 1 - p->used;
  return n < 0 ? 0 : n > FEED ? FEED : (uint32_t)n;
}

/* One run; false when it failed. */
static bool
pass_run(struct pass *p)
{
  struct report *const report = &p->subject.trial->report;
  const uint32_t feed = enough(p);
  float *in[CHANNELS], *out[CHANNELS];
  for (uint32_t c = 0; c < CHANNELS; c++) {
    in[c] = p->in[c]->memory;
    out[c] = p->out[c]->memory;
    for (uint32_t i = 0; i < feed; i++) {
      in[c][i] = (float)sine(p->used + i);
    }
  }
  const vsc_span from = { .ch = in, .channels = CHANNELS, .frames = feed };
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
                "at ratio %g run() wants more than %.0f frames to make %.0f: "
                "made / ratio + 1 have to be enough",
                p->ratio,
                p->used + feed,
                p->made + BLOCK);
    return false;
  }
  if (used < 0 || used > (int32_t)feed) {
    report_fail(report, "run() took %d of %u frames", (int)used, feed);
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

/* Frame k out is the input at k / ratio - latency. */
static void
tone(struct trial *t)
{
  double latency = 0;
  double worst = 0;
  for (size_t i = 0; i < RATIOS; i++) {
    struct pass p;
    if (!pass_open(&p, t, ratios[i])) {
      return;
    }
    if (!(p.latency >= 0)) {
      report_fail(&t->report, "latency() is %g: 0 or more", p.latency);
    } else if (pass_all(&p) && !(p.worst <= TOLERANCE)) {
      report_fail(&t->report,
                  "at ratio %g a sine of 0.5 is %.3g away after its latency() "
                  "of %.3g frames; %g is allowed",
                  p.ratio,
                  p.worst,
                  p.latency,
                  TOLERANCE);
    }
    latency = p.latency;
    worst = fmax(worst, p.worst);
    pass_close(&p);
  }
  report_note(&t->report, "latency %.3g frames, worst %.2g", latency, worst);
  if (latency != floor(latency)) {
    report_note(&t->report,
                "streams will be off by the part of the latency beyond whole "
                "frames");
  }
}

/* Frames are neither lost nor made up: what was taken keeps up with what was
   made. */
static void
frames(struct trial *t)
{
  for (size_t i = 0; i < RATIOS; i++) {
    struct pass p;
    if (!pass_open(&p, t, ratios[i])) {
      return;
    }
    for (int k = 0; k < BLOCKS && pass_run(&p); k++) {
      const double owed = p.used - p.made / p.ratio;
      if (owed > 1.001 || owed < -1.001 - 1 / p.ratio) {
        report_fail(&t->report,
                    "at ratio %g it took %.0f frames to make %.0f: %.1f are "
                    "not accounted for",
                    p.ratio,
                    p.used,
                    p.made,
                    owed);
        break;
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
  p.ops->reset(p.subject.self);
  pass_run(&p);
  pass_close(&p);
}

/* A channel that is silent, and one that nobody wants. */
static void
null_channels(struct trial *t)
{
  struct pass p;
  if (!pass_open(&p, t, 1.0)) {
    return;
  }
  if (pass_run(&p)) {
    p.ops->reset(p.subject.self);
    float *in[CHANNELS] = { NULL, p.in[1]->memory };
    float *out[CHANNELS] = { p.out[0]->memory, NULL };
    const vsc_span from = { .ch = in, .channels = CHANNELS, .frames = FEED };
    const vsc_span to = { .ch = out, .channels = CHANNELS, .frames = BLOCK };
    const int32_t used = p.ops->run(p.subject.self, &from, &to, 1.0);
    if (used < 0) {
      report_fail(&t->report, "run() answers %d to a NULL channel", (int)used);
    }
    for (uint32_t i = 0; used >= 0 && i < BLOCK; i++) {
      if (out[0][i] != 0) {
        report_fail(&t->report, "a NULL channel in is not silence out");
        break;
      }
    }
  }
  pass_close(&p);
}

/* After reset() it is as after open(). */
static void
begin_again(struct trial *t)
{
  struct pass p;
  float first[BLOCK];
  if (!pass_open(&p, t, 44100.0 / 48000)) {
    return;
  }
  if (pass_run(&p)) {
    memcpy(first, p.out[0]->memory, sizeof first);
    for (int i = 0; i < 10 && pass_run(&p); i++) {
    }
    p.ops->reset(p.subject.self);
    p.used = p.made = 0;
    if (pass_run(&p) && memcmp(first, p.out[0]->memory, sizeof first) != 0) {
      report_fail(&t->report, "after reset() it is not as after open()");
    }
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
  p.ops->reset(p.subject.self);
  p.used = p.made = 0;
  for (int i = 0; i < 16; i++) {
    pass_run(&p);
  }
  const float *const last = p.out[0]->memory;
  if (!isfinite(last[BLOCK - 1])) {
    report_fail(&t->report, "NaN stays in it after reset()");
  }
  pass_close(&p);
}

const struct trial_check trial_resampler[] = {
  { .name = "a sine at every ratio", .run = tone },
  { .name = "frames", .run = frames },
  { .name = "too little input", .run = short_input },
  { .name = "null channels", .run = null_channels },
  { .name = "begin again", .run = begin_again },
  { .name = "odd numbers", .run = odd_numbers },
  { .name = NULL },
};
