/* selftest_signal.h - the known signal: noise of 24 bits that is a function of
   direction, channel and position alone, so that a frame at a wrong position or
   on a wrong channel is a wrong frame.
   SPDX-License-Identifier: MIT */
#ifndef VSC_CLI_SELFTEST_SIGNAL_H
#define VSC_CLI_SELFTEST_SIGNAL_H

#include <vsc/base.h>

/** 24 bits, left-justified in 32; never 0, which is silence. */
static inline uint32_t
selftest_sample(uint32_t direction, uint32_t channel, vsc_pos pos) VSC_RT
{
  /* The finaliser of MurmurHash3: every bit of the position moves every bit of
     the sample. */
  uint64_t x = (uint64_t)pos * 256 + channel;
  x = (x ^ (x >> 33) ^ direction) * UINT64_C(0xff51afd7ed558ccd);
  x = (x ^ (x >> 33)) * UINT64_C(0xc4ceb9fe1a85ec53);
  const uint32_t sample = (uint32_t)(x >> 40) << 8;
  return sample ? sample : 256;
}

#endif
