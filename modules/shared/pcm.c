/* pcm.c - float32 to integers: the usual case without a branch, so that
   compilers vectorise it, and what clips behind it.
   SPDX-License-Identifier: MIT */
#include "modules/shared/pcm.h"

#include <vsc/module.h>

#include <math.h>
#include <string.h>

/* The bits of |x|: ordered as the magnitudes are, NaN above all. */
static inline int32_t
magnitude_bits(float x) VSC_RT
{
  int32_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits & 0x7FFFFFFF;
}

/* Right for |x| <= 1 - 1 / limit; below 0 when there is anything else. No
   branch, so that it vectorises. */
static int32_t
round_quiet(const float *restrict in,
            int32_t *restrict out,
            uint32_t count,
            float limit) VSC_RT
{
  /* Between 2^23 and 2^24 floats are the integers: adding 2^23 to a magnitude
     rounds it to nearest even, and the sum's bits count from there. */
  const float magic = 0x1p23f;
  const uint32_t magic_bits = 0x4B000000;
  const int32_t quiet = magnitude_bits(1 - 1 / limit);
  int32_t loud = 0;
  for (uint32_t i = 0; i < count; i++) {
    uint32_t bits, sum_bits;
    memcpy(&bits, &in[i], sizeof bits);
    const uint32_t sign = 0u - (bits >> 31);
    const float sum = fabsf(in[i]) * limit + magic;
    memcpy(&sum_bits, &sum, sizeof sum_bits);
    out[i] = (int32_t)(((sum_bits - magic_bits) ^ sign) - sign);
    loud |= quiet - (int32_t)(bits & 0x7FFFFFFF);
  }
  return loud;
}

/* Mends what round_quiet could not do. */
static uint32_t
clip_loud(const float *in, int32_t *out, uint32_t count, float limit) VSC_RT
{
  const int32_t top = (int32_t)limit;
  uint32_t clipped = 0;
  for (uint32_t i = 0; i < count; i++) {
    const float x = in[i] * limit;
    if (x >= limit - 0.5f) { /* the tie goes to limit, which is even */
      out[i] = top - 1;
      clipped++;
    } else if (x <= -limit) {
      out[i] = -top;
      clipped += x < -limit - 0.5f;
    } else if (x != x) {
      out[i] = 0;
    }
  }
  return clipped;
}

uint32_t
pcm_quantise(const float *in, int32_t *out, uint32_t count, float limit) VSC_RT
{
  return round_quiet(in, out, count, limit) < 0
           ? clip_loud(in, out, count, limit)
           : 0;
}

vsc_status
pcm_open(const vsc_host *host,
         const char *encoding,
         uint32_t bytes_per_sample,
         const vsc_format *f,
         uint32_t *bytes_per_frame)
{
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
  *bytes_per_frame = f->channels * bytes_per_sample;
  return VSC_OK;
}
