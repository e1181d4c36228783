/* peer_zita.cc - zita-resampler, whose interface is C++, for bench_resampler.
   SPDX-License-Identifier: MIT */
#include "peer_zita.h"

#include <zita-resampler/vresampler.h>

void *
peer_zita_open(unsigned channels, double ratio, unsigned half_length)
{
  VResampler *const z = new VResampler;
  if (z->setup(ratio, channels, half_length)) {
    delete z;
    return nullptr;
  }
  return z;
}

unsigned
peer_zita_run(void *self,
              double correction,
              float *in,
              unsigned in_frames,
              float *out,
              unsigned out_frames)
{
  VResampler *const z = static_cast<VResampler *>(self);
  z->set_rratio(correction);
  z->inp_count = in_frames;
  z->inp_data = in;
  z->out_count = out_frames;
  z->out_data = out;
  z->process();
  return out_frames - z->out_count;
}

void
peer_zita_close(void *self)
{
  delete static_cast<VResampler *>(self);
}
