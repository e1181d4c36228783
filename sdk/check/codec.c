/* codec.c - bytes and frames there and back.
   SPDX-License-Identifier: MIT */
#include "stream.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SEED 0x41533637u
#define TRIP_CHANNELS 8u
#define TRIP_FRAMES 48u
#define TRIP_WORDS (TRIP_CHANNELS * TRIP_FRAMES)
#define RANDOM_WORDS (1u << 20) /* of formats with too many to try them all */
#define MEGA_WORDS (1u << 24)   /* of 24 bits: all of them */

static void
fill_random(void *memory, size_t bytes, uint32_t *seed)
{
  unsigned char *const to = memory;
  for (size_t i = 0; i < bytes; i++) {
    to[i] = (unsigned char)(trial_random(seed) >> 24);
  }
}

/* The first stream that opens with up to 8 channels, or NULL: reported where
   formats() found it. */
static bool
open_any(struct stream *s, struct trial *t, uint32_t channels)
{
  for (uint32_t n = channels; n > 0; n--) {
    const vsc_status status = check_stream_open(s, t, n, TRIP_FRAMES);
    if (status >= 0) {
      return true;
    }
    if (status != VSC_ERR_UNSUPPORTED) {
      return false;
    }
  }
  report_note(&t->report, "not tried: open() takes none of the formats");
  return false;
}

static void
formats(struct trial *t)
{
  static const uint32_t channels[] = { 1, 2, 8, 64 };
  static const uint32_t frames[] = { 1, 6, 12, 48 };
  unsigned taken = 0, tried = 0;
  uint32_t seed = SEED;
  for (size_t c = 0; c < 4; c++) {
    uint32_t bytes_per_frame = 0;
    for (size_t f = 0; f < 4; f++, tried++) {
      struct stream s;
      if (check_stream_open(&s, t, channels[c], frames[f]) < 0) {
        continue;
      }
      taken++;
      if (bytes_per_frame && bytes_per_frame != s.bytes_per_frame) {
        report_fail(&t->report,
                    "%u channels have %u or %u bytes per frame, by the "
                    "packet's length",
                    (unsigned)channels[c],
                    (unsigned)bytes_per_frame,
                    (unsigned)s.bytes_per_frame);
      }
      bytes_per_frame = s.bytes_per_frame;
      fill_random(s.bytes->memory, stream_bytes(&s), &seed);
      stream_decode(&s);
      stream_encode(&s);
      check_stream_close(&s);
    }
  }
  if (taken == 0) {
    report_fail(&t->report, "open() takes none of %u formats", tried);
  }
  report_note(&t->report, "%u of %u taken", taken, tried);
}

/* Bytes of one channel's word; 0 where they cannot be told apart. */
static uint32_t
word_bytes(const struct stream *s)
{
  return s->bytes_per_frame % s->format.channels == 0
           ? s->bytes_per_frame / s->format.channels
           : 0;
}

/* The next packet of the round trip: every word of a small format, in order;
   random ones of a large format. */
static void
fill_packet(struct stream *s, uint32_t first, uint32_t *seed)
{
  const uint32_t width = word_bytes(s);
  unsigned char *const bytes = s->bytes->memory;
  if (width == 0 || width > 3) {
    fill_random(bytes, stream_bytes(s), seed);
    return;
  }
  for (size_t i = 0; i < stream_bytes(s) / width; i++) {
    const uint32_t word = first + (uint32_t)i;
    for (uint32_t b = 0; b < width; b++) {
      bytes[i * width + b] = (unsigned char)(word >> 8 * (width - 1 - b));
    }
  }
}

static void
report_difference(struct stream *s, const unsigned char *was)
{
  const unsigned char *const is = s->bytes->memory;
  size_t i = 0;
  while (was[i] == is[i]) {
    i++;
  }
  const uint32_t width = word_bytes(s) ? word_bytes(s) : 1;
  i -= i % width;
  char text[2][2 * 16 + 1];
  for (uint32_t b = 0; b < width && b < 16; b++) {
    snprintf(text[0] + 2 * b, 3, "%02x", (unsigned)was[i + b]);
    snprintf(text[1] + 2 * b, 3, "%02x", (unsigned)is[i + b]);
  }
  report_fail(&s->subject.trial->report,
              "decoded and encoded again, %s came back as %s",
              text[0],
              text[1]);
}

/* Words on the codec's own grid come back as they were. Every word of 16 or 24
   bits is on it; of others, what encode() makes of anything. */
static void
round_trip(struct trial *t)
{
  struct stream s;
  if (!open_any(&s, t, TRIP_CHANNELS)) {
    return;
  }
  const size_t bytes = stream_bytes(&s);
  const uint32_t width = word_bytes(&s);
  const bool is_whole_grid = width == 2 || width == 3;
  const uint32_t words = width == 1   ? 1u << 8
                         : width == 2 ? 1u << 16
                         : width == 3 ? MEGA_WORDS
                                      : RANDOM_WORDS;
  unsigned char *const was = malloc(bytes);
  uint32_t seed = SEED;
  const uint32_t step = s.format.channels * TRIP_FRAMES;
  for (uint32_t w = 0; was && w < words && !t->report.has_failed; w += step) {
    fill_packet(&s, w, &seed);
    if (!is_whole_grid) {
      stream_decode(&s);
      stream_encode(&s);
    }
    memcpy(was, s.bytes->memory, bytes);
    stream_decode(&s);
    memset(s.bytes->memory, 0, bytes);
    stream_encode(&s);
    if (memcmp(was, s.bytes->memory, bytes) != 0) {
      report_difference(&s, was);
    }
  }
  free(was);
  check_stream_close(&s);
  report_note(&t->report,
              width > 0 && width < 4 ? "all %u words" : "%u words",
              (unsigned)words);
}

static void
round_trip_unless_raw(struct trial *t)
{
  const vsc_codec_ops *const ops = t->module->ops;
  if (ops->is_raw) {
    report_note(&t->report, "not tried: its words are bits");
    return;
  }
  round_trip(t);
}

/* A sine of full scale, there and back: as exact as the word is wide. */
static void
accuracy(struct trial *t)
{
  struct stream s;
  const vsc_codec_ops *const ops = t->module->ops;
  if (ops->is_raw) {
    report_note(&t->report, "not tried: its words are bits");
    return;
  }
  if (!open_any(&s, t, 2)) {
    return;
  }
  const uint32_t width = word_bytes(&s);
  const double allowed = width >= 3   ? 0x1p-22
                         : width == 2 ? 0x1p-14
                                      : 0x1p-3; /* 8 bits, companded */
  float in[VSC_CHANNELS_MAX][TRIP_FRAMES];
  double worst = 0;
  for (uint32_t c = 0; c < s.format.channels; c++) {
    for (uint32_t i = 0; i < TRIP_FRAMES; i++) {
      in[c][i] = (float)(0.99 * sin(0.131 * (i + 1) + c));
      s.ch[c][i] = in[c][i];
    }
  }
  const uint32_t clipped = stream_encode(&s);
  stream_decode(&s);
  for (uint32_t c = 0; c < s.format.channels; c++) {
    for (uint32_t i = 0; i < TRIP_FRAMES; i++) {
      worst = fmax(worst, fabs((double)s.ch[c][i] - (double)in[c][i]));
    }
  }
  if (!(worst <= allowed)) {
    report_fail(&t->report,
                "a sine came back %.3g away, %.3g is allowed for %u bytes",
                worst,
                allowed,
                (unsigned)width);
  } else if (clipped) {
    report_fail(&t->report, "encode() counts clips in a sine below 1.0");
  }
  check_stream_close(&s);
  report_note(&t->report, "worst %.2g", worst);
}

/* NaN is 0; what is too large stays at its end and does not wrap. */
static void
odd_numbers(struct trial *t)
{
  static const float odd[] = { NAN,     -NAN,     INFINITY, -INFINITY,
                               2.0f,    -2.0f,    1.0f,     -1.0f,
                               1e-42f,  -1e-42f,  0.0f,     -0.0f,
                               3.4e38f, -3.4e38f, 1e-9f,    0.5f };
  const size_t count = sizeof odd / sizeof odd[0];
  const vsc_codec_ops *const ops = t->module->ops;
  struct stream s;
  if (!open_any(&s, t, 2)) {
    return;
  }
  for (uint32_t c = 0; c < s.format.channels; c++) {
    for (uint32_t i = 0; i < TRIP_FRAMES; i++) {
      s.ch[c][i] = odd[i % count];
    }
  }
  stream_encode(&s);
  stream_decode(&s);
  for (size_t i = 0; i < count && !ops->is_raw; i++) {
    const float out = s.ch[0][i];
    const float in = odd[i];
    const bool is_wrong = isnan(in)        ? out != 0.0f
                          : !isfinite(out) ? true
                          : fabsf(in) >= 1.0f
                            ? out * in <= 0.0f || fabsf(out) < 0.9f
                          : fabsf(in) < 1e-20f ? fabsf(out) > 1e-6f
                                               : false;
    if (is_wrong) {
      report_fail(&t->report, "%g came back as %g", (double)in, (double)out);
    }
  }
  check_stream_close(&s);
}

/* NULL: nobody wants the channel, or it is silent; the others do not change. */
static void
no_channel(struct trial *t)
{
  struct stream s;
  if (!open_any(&s, t, TRIP_CHANNELS)) {
    return;
  }
  const vsc_codec_ops *const ops = t->module->ops;
  const uint32_t channels = s.format.channels;
  float *const absent = s.ch[channels - 1];
  float was[TRIP_CHANNELS][TRIP_FRAMES];
  uint32_t seed = SEED;
  fill_random(s.bytes->memory, stream_bytes(&s), &seed);
  stream_decode(&s);
  for (uint32_t c = 0; c < channels; c++) {
    memcpy(was[c], s.ch[c], sizeof was[c]);
    memset(s.ch[c], 0, sizeof was[c]);
  }
  s.ch[channels - 1] = NULL;
  stream_decode(&s);
  for (uint32_t c = 0; c + 1 < channels; c++) {
    if (memcmp(was[c], s.ch[c], sizeof was[c]) != 0) {
      report_fail(&t->report,
                  "decode() of a stream without its last channel changes "
                  "channel %u",
                  (unsigned)c + 1);
    }
  }
  stream_encode(&s);
  s.ch[channels - 1] = absent;
  stream_decode(&s);
  for (uint32_t i = 0; i < TRIP_FRAMES && !ops->is_raw; i++) {
    if (absent[i] != 0.0f) {
      report_fail(&t->report,
                  "encode() without a channel does not make it silent");
    }
  }
  check_stream_close(&s);
}

/* BLOCKS packets through S; their bytes behind each other in OUT. BESIDE
   another stream that works in between, or NULL. */
#define BLOCKS 4
static void
play(struct stream *s, struct stream *beside, unsigned char *out)
{
  uint32_t seed = SEED, other = ~SEED;
  for (int i = 0; i < BLOCKS; i++) {
    fill_random(s->bytes->memory, stream_bytes(s), &seed);
    stream_decode(s);
    if (beside) {
      fill_random(beside->bytes->memory, stream_bytes(beside), &other);
      stream_decode(beside);
      stream_encode(beside);
    }
    stream_encode(s);
    memcpy(
      out + (size_t)i * stream_bytes(s), s->bytes->memory, stream_bytes(s));
  }
}

static void
two_streams(struct trial *t)
{
  struct stream alone, one, two;
  if (!open_any(&alone, t, 2)) {
    return;
  }
  const size_t bytes = stream_bytes(&alone) * BLOCKS;
  unsigned char *const was = calloc(2, bytes);
  if (was) {
    play(&alone, NULL, was);
  }
  check_stream_close(&alone);
  if (was && open_any(&one, t, 2)) {
    if (open_any(&two, t, TRIP_CHANNELS)) {
      play(&one, &two, was + bytes);
      if (memcmp(was, was + bytes, bytes) != 0) {
        report_fail(&t->report,
                    "a stream changes when another is decoded beside it");
      }
      check_stream_close(&two);
    }
    check_stream_close(&one);
  }
  free(was);
}

const struct trial_check trial_codec[] = {
  { .name = "formats", .run = formats },
  { .name = "round trip", .run = round_trip_unless_raw },
  { .name = "accuracy", .run = accuracy },
  { .name = "odd numbers", .run = odd_numbers },
  { .name = "absent channels", .run = no_channel },
  { .name = "two streams at once", .run = two_streams },
  { .name = NULL },
};
