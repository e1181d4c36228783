/* module.c - codec-l24: linear PCM, 24 bits, big-endian (RFC 3190, 4).
   SPDX-License-Identifier: MIT */
#include "modules/shared/pcm.h"
#include "modules/shared/ours.h"

#include <vsc/codec.h>

static vsc_status
init(void *self, const vsc_host *host)
{
  return pcm_init(self, host, &pcm_l24);
}

static const vsc_codec_ops ops = {
  .size = sizeof ops,
  .encoding = "L24",
  .open = pcm_open,
  .decode = pcm_decode,
  .encode = pcm_encode,
};

VSC_EXPORT const vsc_module vsc_module_entry = {
  OUR_MODULE,
  .kind = VSC_KIND_CODEC,
  .summary = "linear PCM, 24 bits",
  .instance_size = sizeof(struct pcm_codec),
  .ops = &ops,
  .init = init,
};
