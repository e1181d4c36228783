/* codec.h - bytes on the wire <-> frames in the timeline. One instance serves
   one stream in one direction.
   SPDX-License-Identifier: MIT */
#ifndef VSC_CODEC_H
#define VSC_CODEC_H

#include <vsc/module.h>

VSC_BEGIN_DECLS

/** What a codec module can do. */
typedef struct vsc_codec_ops {
  uint32_t size;        /**< sizeof(vsc_codec_ops) */
  const char *encoding; /**< SDP name this codec answers to: "L24" */
  uint32_t is_raw;      /**< not 0: words are bits, not float32 (AM824) */
  /** Accept or refuse a format; *bytes_per_frame is constant for the stream,
      of all its channels. [main-thread & !active] */
  vsc_status (*open)(void *self,
                     const vsc_format *f,
                     uint32_t *bytes_per_frame);
  void (*close)(void *self); /**< [main-thread & !active]; may be NULL */
  /** Decode dst->frames frames from exactly dst->frames * bytes_per_frame
      bytes. [audio-thread & active] */
  void (*decode)(void *self, const uint8_t *src, const vsc_span *dst) VSC_RT;
  /** Encode src->frames frames into exactly src->frames * bytes_per_frame
      bytes; how many samples were clipped. Nearest even, NaN -> 0, no dither.
      [audio-thread & active] */
  uint32_t (*encode)(void *self, const vsc_span *src, uint8_t *dst) VSC_RT;
} vsc_codec_ops;

VSC_END_DECLS
#endif
