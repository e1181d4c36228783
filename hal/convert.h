/* convert.h - between the words of a timeline and the samples of an
   application: exact for 24 bits both ways, nearest even and clamped where bits
   are lost. SPDX-License-Identifier: MIT */
#ifndef VSC_HAL_CONVERT_H
#define VSC_HAL_CONVERT_H

#include <stdbool.h>
#include <vsc/client.h>

/** Bytes of an enum vsc_sample; 0 when it is none. */
uint32_t
convert_sample_bytes(uint32_t sample);

/** FRAMES words of one channel to samples that lie STEP bytes apart, DST the
    first of them. NaN is 0. A raw word's bits are kept: all of them in F32 and
    S32, the upper ones in S16 and S24. [audio-thread] */
void
convert_from_words(uint32_t sample,
                   bool is_raw,
                   const uint32_t *words,
                   uint8_t *dst,
                   size_t step,
                   uint32_t frames) VSC_RT;
/** And back. F32 is stored as it is: what leaves the range is clipped where it
    becomes an integer. [audio-thread] */
void
convert_to_words(uint32_t sample,
                 bool is_raw,
                 const uint8_t *src,
                 size_t step,
                 uint32_t *words,
                 uint32_t frames) VSC_RT;

#endif
