/* peer_zita.h - zita-resampler, for C. SPDX-License-Identifier: MIT */
#ifndef VSC_TESTS_PEER_ZITA_H
#define VSC_TESTS_PEER_ZITA_H

#ifdef __cplusplus
extern "C" {
#endif

/** NULL: it does not do that. */
void *
peer_zita_open(unsigned channels, double ratio, unsigned half_length);
/** Takes all of IN (interleaved); how many frames were made. CORRECTION is near
    1, of the ratio. */
unsigned
peer_zita_run(void *self,
              double correction,
              float *in,
              unsigned in_frames,
              float *out,
              unsigned out_frames);
void
peer_zita_close(void *self);

#ifdef __cplusplus
}
#endif
#endif
