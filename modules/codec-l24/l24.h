/* l24.h - big-endian 24-bit interleaved bytes <-> planar float32.
   SPDX-License-Identifier: MIT */
#ifndef VSC_L24_H
#define VSC_L24_H

#include <vsc/stream.h>

#define L24_BYTES 3 /* of a sample */

/** DST's words become exactly value / 2^23; a NULL channel is skipped. SRC has
    frames * channels * L24_BYTES bytes. [audio-thread] */
void
l24_decode(const uint8_t *src, const vsc_span *dst) VSC_RT;
/** Nearest even, clamped, NaN -> 0; a NULL channel is silent. DST as SRC above;
    how many samples were clipped. [audio-thread] */
uint32_t
l24_encode(const vsc_span *src, uint8_t *dst) VSC_RT;

#endif
