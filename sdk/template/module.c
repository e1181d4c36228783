/* module.c - codec-l32: linear PCM, 32-bit big-endian integers. A template:
   copy the folder, rename it, replace what is between bytes and frames.
   SPDX-License-Identifier: MIT */
#include <vsc/codec.h>

#include <string.h>

/* One stream in one direction. The host makes it: zeroed, options filled in. */
struct codec {
  const vsc_host *host;
  int32_t swap; /* option */
};

static const vsc_option options[] = {
  VSC_OPTION(struct codec,
             swap,
             "swap",
             VSC_OPT_BOOL,
             "no",
             0,
             0,
             "the other end has its bytes the wrong way round"),
  VSC_OPTIONS_END,
};

static vsc_status
codec_init(void *self, const vsc_host *host)
{
  struct codec *const codec = self;
  codec->host = host;
  return VSC_OK;
}

static vsc_status
codec_open(void *self, const vsc_format *f, uint32_t *bytes_per_frame)
{
  const struct codec *const codec = self;
  if (strcmp(f->encoding, "L32") != 0) {
    codec->host->log(
      codec->host, VSC_LOG_ERROR, "encoding \"%s\" is not L32", f->encoding);
    return VSC_ERR_UNSUPPORTED;
  }
  *bytes_per_frame = 4 * f->channels;
  return VSC_OK;
}

/* Byte I of a word, the most significant first. */
static unsigned
place(const struct codec *codec, unsigned i) VSC_RT
{
  return codec->swap ? 3 - i : i;
}

/* float32 keeps 24 bits of a word, from the first that is set: exact for every
   24-bit word in the upper bytes, and for every small one. */
static void
codec_decode(void *self, const uint8_t *src, const vsc_span *dst) VSC_RT
{
  const struct codec *const codec = self;
  for (uint32_t i = 0; i < dst->frames; i++) {
    for (uint32_t c = 0; c < dst->channels; c++, src += 4) {
      uint32_t word = 0;
      for (unsigned b = 0; b < 4; b++) {
        word = word << 8 | src[place(codec, b)];
      }
      if (dst->ch[c]) { /* NULL: nobody listens to this channel */
        dst->ch[c][i] = (float)(int32_t)word * 0x1p-31f;
      }
    }
  }
}

/* A sample as a word: nearest even, NaN is 0. Rounds without libm, by adding
   and taking away a number whose last place is 1. */
static int32_t
quantise(float sample, uint32_t *clipped) VSC_RT
{
  const double whole = 0x1.8p52;
  const double x = (double)sample * 0x1p31;
  if (!(x >= -0x1p31 && x <= 0x1p31 - 1)) { /* out of range, or NaN */
    *clipped += 1;
    return x > 0 ? INT32_MAX : x < 0 ? INT32_MIN : 0;
  }
  return (int32_t)((x + whole) - whole);
}

static uint32_t
codec_encode(void *self, const vsc_span *src, uint8_t *dst) VSC_RT
{
  const struct codec *const codec = self;
  uint32_t clipped = 0;
  for (uint32_t i = 0; i < src->frames; i++) {
    for (uint32_t c = 0; c < src->channels; c++, dst += 4) {
      /* NULL: a silent channel */
      const float sample = src->ch[c] ? src->ch[c][i] : 0.0f;
      const uint32_t word = (uint32_t)quantise(sample, &clipped);
      for (unsigned b = 0; b < 4; b++) {
        dst[place(codec, b)] = (uint8_t)(word >> (24 - 8 * b));
      }
    }
  }
  return clipped;
}

static const vsc_codec_ops ops = {
  .size = sizeof ops,
  .encoding = "L32",
  .open = codec_open,
  .decode = codec_decode,
  .encode = codec_encode,
};

VSC_EXPORT const vsc_module vsc_module_entry = {
  VSC_MODULE_HEAD,
  .kind = VSC_KIND_CODEC,
  .version = "0.1",
  .vendor = "Example",
  .license = "MIT",
  .summary = "linear PCM, 32 bits",
  .instance_size = sizeof(struct codec),
  .options = options,
  .ops = &ops,
  .init = codec_init,
};
