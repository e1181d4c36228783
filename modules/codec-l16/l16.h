/* l16.h - big-endian 16-bit interleaved bytes <-> planar float32.
   SPDX-License-Identifier: MIT */
#ifndef VSC_L16_H
#define VSC_L16_H

#include <vsc/stream.h>

#define L16_BYTES 2 /* of a sample */

/** DST's words become exactly value / 2^15; a NULL channel is skipped. SRC has
    frames * channels * L16_BYTES bytes. [audio-thread] */
void
l16_decode(const uint8_t *src, const vsc_span *dst) VSC_RT;
/** Nearest even, clamped, NaN -> 0; a NULL channel is silent. DST as SRC above;
    how many samples were clipped. [audio-thread] */
uint32_t
l16_encode(const vsc_span *src, uint8_t *dst) VSC_RT;

#endif
