/* pcm.h - what the linear PCM codecs share: float32 to integers, and which
   formats they take.
   SPDX-License-Identifier: MIT */
#ifndef VSC_PCM_H
#define VSC_PCM_H

#include <vsc/host.h>
#include <vsc/stream.h>

#define PCM_BLOCK 64 /* frames quantised at once: 256 bytes of stack */

/** OUT[i] = IN[i] * LIMIT, rounded to nearest even, within -LIMIT..LIMIT-1; NaN
    gives 0. LIMIT is a power of two up to 2^23. How many values rounding left
    outside that range. [audio-thread] */
uint32_t
pcm_quantise(const float *in, int32_t *out, uint32_t count, float limit) VSC_RT;

/** A codec's open(): takes ENCODING with 1..VSC_CHANNELS_MAX channels, else
   logs why not. [main-thread] */
vsc_status
pcm_open(const vsc_host *host,
         const char *encoding,
         uint32_t bytes_per_sample,
         const vsc_format *f,
         uint32_t *bytes_per_frame);

#endif
