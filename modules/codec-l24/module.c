/* module.c - codec-l24: linear PCM, 24 bits, big-endian (RFC 3190, 4).
   SPDX-License-Identifier: MIT */
#include "modules/codec-l24/l24.h"
#include "modules/shared/pcm.h"

#include <vsc/codec.h>

struct codec {
  const vsc_host *host; /* constant after init */
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
  return pcm_open(codec->host, "L24", L24_BYTES, f, bytes_per_frame);
}

static void
codec_decode(void *self, const uint8_t *src, const vsc_span *dst) VSC_RT
{
  (void)self;
  l24_decode(src, dst);
}

static uint32_t
codec_encode(void *self, const vsc_span *src, uint8_t *dst) VSC_RT
{
  (void)self;
  return l24_encode(src, dst);
}

static const vsc_codec_ops ops = {
  .size = sizeof ops,
  .encoding = "L24",
  .open = codec_open,
  .decode = codec_decode,
  .encode = codec_encode,
};

VSC_EXPORT const vsc_module vsc_module_entry = {
  VSC_MODULE_HEAD,
  .kind = VSC_KIND_CODEC,
  .version = "0.1.0",
  .vendor = "AES67 Virtual Soundcard",
  .license = "MIT",
  .summary = "linear PCM, 24 bits",
  .instance_size = sizeof(struct codec),
  .ops = &ops,
  .init = codec_init,
};
