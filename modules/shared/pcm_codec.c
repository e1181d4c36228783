/* pcm_codec.c - the codec module around the conversions.
   SPDX-License-Identifier: MIT */
#include "modules/shared/pcm.h"

#include <vsc/module.h>

#include <string.h>

vsc_status
pcm_init(struct pcm_codec *codec,
         const vsc_host *host,
         const struct pcm_layout *layout)
{
  *codec = (struct pcm_codec){
    .host = host,
    .layout = layout,
    .paths = pcm_paths(),
  };
  return VSC_OK;
}

vsc_status
pcm_open(void *self, const vsc_format *f, uint32_t *bytes_per_frame)
{
  const struct pcm_codec *const codec = self;
  const vsc_host *const host = codec->host;
  const char *const encoding = codec->layout->encoding;
  if (strncmp(f->encoding, encoding, sizeof f->encoding) != 0) {
    host->log(host,
              VSC_LOG_ERROR,
              "encoding \"%.16s\" is not for this codec: it takes %s",
              f->encoding,
              encoding);
    return VSC_ERR_UNSUPPORTED;
  }
  if (f->channels == 0 || f->channels > VSC_CHANNELS_MAX) {
    host->log(host,
              VSC_LOG_ERROR,
              "%u channels: a stream has 1 to %d",
              f->channels,
              VSC_CHANNELS_MAX);
    return VSC_ERR_UNSUPPORTED;
  }
  *bytes_per_frame = f->channels * codec->layout->bytes;
  return VSC_OK;
}

void
pcm_decode(void *self, const uint8_t *src, const vsc_span *dst) VSC_RT
{
  const struct pcm_codec *const codec = self;
  pcm_path_decode(codec->paths, codec->layout, src, dst);
}

uint32_t
pcm_encode(void *self, const vsc_span *src, uint8_t *dst) VSC_RT
{
  const struct pcm_codec *const codec = self;
  return pcm_path_encode(codec->paths, codec->layout, src, dst);
}
