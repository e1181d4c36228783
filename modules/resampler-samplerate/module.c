/* module.c - resampler-samplerate: the band-limited converters of libsamplerate
   (J. O. Smith's method), whose ratio may move at any time.

   The library keeps half a filter of input ahead of what it makes. So many
   frames of silence are put into it before frame 0: they are the latency, and
   with them it never wants more than resampler.h grants.
   SPDX-License-Identifier: MIT */
#include "modules/shared/ours.h"

#include <vsc/resampler.h>

#include <math.h>
#include <samplerate.h>
#include <string.h>

#define RATIO_MIN (44100.0 / 384000)
#define RATIO_MAX (384000.0 / 44100)
/* How far a ratio moves from the nominal one (resampler.h). */
#define RATIO_MOVES 0.01
/* The longest filter, at the lowest ratio, wants 1,267. */
#define LATENCY_MAX 2048
/* Of frames that wait, beyond the latency and one run: what position and
   library may round apart. */
#define SPARE 4

struct resampler {
  const vsc_host *host;
  int32_t quality; /* option; the library's numbers are in the same order */
  /* constant after open */
  SRC_STATE *src;
  uint32_t channels, max_frames;
  uint32_t latency; /* input frames */
  double nominal;
  /* audio thread; frames are interleaved */
  float *in, *out;
  uint32_t waiting; /* frames in IN: taken, and not in SRC yet */
  double at;        /* the next frame out, counted from the next one to take */
};

static const char *const qualities[] = { "best", "medium", "fast", NULL };

static const vsc_option options[] = {
  VSC_OPTION_WORDS(struct resampler,
                   quality,
                   "quality",
                   "medium",
                   qualities,
                   "flat up to 97, 90 or 80 % of the band"),
  VSC_OPTIONS_END,
};

static vsc_status
resampler_init(void *self, const vsc_host *host)
{
  struct resampler *const r = self;
  r->host = host;
  return VSC_OK;
}

/* Neither allocates, locks nor waits; the library does not say so in a way that
   compilers read. 0 when it was done. */
static int
convert(SRC_STATE *src, SRC_DATA *data) VSC_RT;
static void
forget(SRC_STATE *src) VSC_RT;

#if defined(__clang__) && __clang_major__ >= 20
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wfunction-effects"
#endif
static int
convert(SRC_STATE *src, SRC_DATA *data) VSC_RT
{
  /* Set, so that it is not approached from the last one within the run: where
     a frame stands would depend on how runs are cut. */
  const int error = src_set_ratio(src, data->src_ratio);
  return error ? error : src_process(src, data);
}

static void
forget(SRC_STATE *src) VSC_RT
{
  src_reset(src);
}
#if defined(__clang__) && __clang_major__ >= 20
#pragma clang diagnostic pop
#endif

/* How many frames the library wants before it makes the first; 0: it never
   does. */
static uint32_t
measure_latency(SRC_STATE *src, double ratio)
{
  static const float silence[VSC_CHANNELS_MAX];
  float made[VSC_CHANNELS_MAX];
  for (uint32_t n = 1; n <= LATENCY_MAX; n++) {
    SRC_DATA data = { .data_in = silence,
                      .data_out = made,
                      .input_frames = 1,
                      .output_frames = 1,
                      .src_ratio = ratio };
    if (convert(src, &data)) {
      return 0;
    }
    if (data.output_frames_gen) {
      return n;
    }
  }
  return 0;
}

static void
resampler_reset(void *self) VSC_RT
{
  struct resampler *const r = self;
  forget(r->src);
  memset(r->in, 0, (size_t)r->latency * r->channels * sizeof *r->in);
  r->waiting = r->latency;
  r->at = 0;
}

static void
resampler_close(void *self)
{
  struct resampler *const r = self;
  r->src = src_delete(r->src);
}

static vsc_status
refuse(struct resampler *r, vsc_status status, const char *why)
{
  r->host->log(r->host, VSC_LOG_ERROR, "libsamplerate: %s", why);
  resampler_close(r);
  return status;
}

static vsc_status
resampler_open(void *self,
               uint32_t channels,
               double nominal,
               uint32_t max_frames)
{
  struct resampler *const r = self;
  if (channels == 0 || channels > VSC_CHANNELS_MAX || max_frames == 0 ||
      !(nominal >= RATIO_MIN && nominal <= RATIO_MAX)) {
    r->host->log(r->host,
                 VSC_LOG_ERROR,
                 "1 to %d channels, and rates from 44.1 to 384 kHz",
                 VSC_CHANNELS_MAX);
    return VSC_ERR_UNSUPPORTED;
  }
  int error = 0;
  r->channels = channels;
  r->max_frames = max_frames;
  r->nominal = nominal;
  r->src = src_new(r->quality, (int)channels, &error);
  if (!r->src) {
    return refuse(r, VSC_ERR_NOMEM, src_strerror(error));
  }
  r->latency = measure_latency(r->src, nominal * (1 - RATIO_MOVES));
  if (r->latency == 0) {
    return refuse(r, VSC_ERR_UNSUPPORTED, "no frame after 2048");
  }
  const size_t frame = channels * sizeof(float);
  r->in = r->host->alloc(r->host, (r->latency + max_frames + SPARE) * frame);
  r->out = r->host->alloc(r->host, max_frames * frame);
  if (!r->in || !r->out) {
    return refuse(r, VSC_ERR_NOMEM, "no memory left");
  }
  resampler_reset(r); /* touches all memory of the library, too */
  return VSC_OK;
}

static double
resampler_latency(const void *self)
{
  const struct resampler *const r = self;
  return r->latency;
}

/* N more frames wait. */
static void
take(struct resampler *r, const vsc_span *in, uint32_t n) VSC_RT
{
  float *const to = r->in + (size_t)r->waiting * r->channels;
  for (uint32_t c = 0; c < r->channels; c++) {
    const float *const from = in->ch[c];
    for (uint32_t i = 0; i < n; i++) {
      to[(size_t)i * r->channels + c] = from ? from[i] : 0;
    }
  }
  r->waiting += n;
}

static void
give(const struct resampler *r, const vsc_span *out) VSC_RT
{
  for (uint32_t c = 0; c < r->channels; c++) {
    float *const to = out->ch[c];
    for (uint32_t i = 0; to && i < out->frames; i++) {
      to[i] = r->out[(size_t)i * r->channels + c];
    }
  }
}

static int32_t
resampler_run(void *self,
              const vsc_span *in,
              const vsc_span *out,
              double ratio) VSC_RT
{
  struct resampler *const r = self;
  if (in->channels != r->channels || out->channels != r->channels ||
      in->frames > r->max_frames || out->frames > r->max_frames ||
      !(fabs(ratio / r->nominal - 1) <= RATIO_MOVES)) {
    return VSC_ERR_INVALID;
  }
  if (out->frames == 0) {
    return 0;
  }
  const double newest = r->at + (out->frames - 1) / ratio;
  const uint32_t taken = newest < 0 ? 0 : (uint32_t)newest + 1;
  if (taken > in->frames) {
    return VSC_ERR_AGAIN;
  }
  take(r, in, taken);
  r->at = newest + 1 / ratio - taken;
  SRC_DATA data = { .data_in = r->in,
                    .data_out = r->out,
                    .input_frames = (long)r->waiting,
                    .output_frames = (long)out->frames,
                    .src_ratio = ratio };
  if (convert(r->src, &data)) {
    return VSC_ERR_INVALID;
  }
  const size_t frame = r->channels * sizeof(float);
  const size_t made = (size_t)data.output_frames_gen;
  const size_t used = (size_t)data.input_frames_used;
  memset(r->out + made * r->channels, 0, (out->frames - made) * frame);
  r->waiting -= (uint32_t)used;
  memmove(r->in, r->in + used * r->channels, r->waiting * frame);
  give(r, out);
  return (int32_t)taken;
}

static const vsc_resampler_ops ops = {
  .size = sizeof ops,
  .open = resampler_open,
  .close = resampler_close,
  .latency = resampler_latency,
  .run = resampler_run,
  .reset = resampler_reset,
};

VSC_EXPORT const vsc_module vsc_module_entry = {
  OUR_MODULE,
  .kind = VSC_KIND_RESAMPLER,
  .summary = "band-limited, of any ratio, by libsamplerate",
  .instance_size = sizeof(struct resampler),
  .options = options,
  .ops = &ops,
  .init = resampler_init,
};
