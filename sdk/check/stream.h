/* stream.h - a codec at work: an instance with a format, and guarded memory for
   its bytes and its words.
   SPDX-License-Identifier: MIT */
#ifndef VSC_CHECK_STREAM_H
#define VSC_CHECK_STREAM_H

#include "trial.h"
#include <vsc/codec.h>

struct stream {
  struct subject subject;
  const vsc_codec_ops *ops;
  vsc_format format;
  uint32_t bytes_per_frame;
  struct guard *bytes; /* one packet; at an odd address */
  struct guard *words[VSC_CHANNELS_MAX];
  float *ch[VSC_CHANNELS_MAX];
};

/** open()'s status; below 0 everything is finished again. Reports all but
    VSC_ERR_UNSUPPORTED. */
vsc_status
check_stream_open(struct stream *s,
                  struct trial *t,
                  uint32_t channels,
                  uint32_t frames);
void
check_stream_close(struct stream *s);
/** s->bytes into s->ch, and back; reports what was written outside. */
void
stream_decode(struct stream *s);
uint32_t
stream_encode(struct stream *s);
/** Bytes of a packet. */
static inline size_t
stream_bytes(const struct stream *s)
{
  return (size_t)s->bytes_per_frame * s->format.frames_per_packet;
}

#endif
