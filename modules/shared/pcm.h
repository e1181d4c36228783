/* pcm.h - the linear PCM codecs: big-endian interleaved bytes <-> planar
   float32, by the widest instructions that the machine has.
   SPDX-License-Identifier: MIT */
#ifndef VSC_PCM_H
#define VSC_PCM_H

#include <vsc/host.h>
#include <vsc/stream.h>

/** An encoding: how a sample lies on the wire, and how the vector paths pick
    its bytes. There are two. */
struct pcm_layout {
  const char *encoding; /* as in SDP rtpmap */
  uint32_t bytes;       /* of a sample: 2 or 3 */
  float limit;          /* full scale: a power of two up to 2^23 */
  /* Eight samples lie in 16 bytes at 0 and 16 at SECOND, which overlap. Below:
     where each byte of a vector comes from; 128 makes it 0. */
  uint32_t second;
  /* The wire's bytes to four words, left-justified: samples 0-3 from the first
     16 bytes, 4-7 from the second. */
  uint8_t spread[2][16];
  /* Words 0-3 to the first 16 bytes: what is not theirs there is the second's,
     which are written after them. */
  uint8_t first[16];
  /* Words 0-3 and words 4-7, each to its part of the second 16 bytes. */
  uint8_t gather[2][16];
  /* Of the eight quarters of two vectors that were each gathered by FIRST,
     those of the first 16 bytes and of the second. */
  uint32_t join[8];
};
extern const struct pcm_layout pcm_l16, pcm_l24;

/** A way to convert. All of them give the same bits. */
struct pcm_path;
/** Those that this machine can do, best first; the last is plain C; then NULL.
    [thread-safe] */
const struct pcm_path *const *
pcm_paths(void);
const char *
pcm_path_name(const struct pcm_path *path);

/** DST's words become exactly value / limit; a NULL channel is skipped. SRC has
    frames * channels * bytes bytes. The first of PATHS that takes so few frames
    does it. [audio-thread] */
void
pcm_path_decode(const struct pcm_path *const *paths,
                const struct pcm_layout *layout,
                const uint8_t *src,
                const vsc_span *dst) VSC_RT;
/** Nearest even, clamped, NaN -> 0; a NULL channel is silent. DST as SRC above;
    how many samples rounding left beyond full scale. [audio-thread] */
uint32_t
pcm_path_encode(const struct pcm_path *const *paths,
                const struct pcm_layout *layout,
                const vsc_span *src,
                uint8_t *dst) VSC_RT;

/** The instance of a codec module; the functions are its ops. */
struct pcm_codec {
  /* constant after init */
  const vsc_host *host;
  const struct pcm_layout *layout;
  const struct pcm_path *const *paths;
};

/** [main-thread] */
vsc_status
pcm_init(struct pcm_codec *codec,
         const vsc_host *host,
         const struct pcm_layout *layout);
/** Takes the layout's encoding with 1..VSC_CHANNELS_MAX channels, else logs why
    not. [main-thread] */
vsc_status
pcm_open(void *self, const vsc_format *f, uint32_t *bytes_per_frame);
void
pcm_decode(void *self, const uint8_t *src, const vsc_span *dst) VSC_RT;
uint32_t
pcm_encode(void *self, const vsc_span *src, uint8_t *dst) VSC_RT;

#endif
