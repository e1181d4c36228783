/* resampler.h - frames of one rate into frames of another: used where a stream
   runs at another rate than the device, and where two clocks meet; absent
   otherwise.

   Number the frames taken and the frames made since open() or reset() from 0.
   At a constant ratio frame k out is the input at k / ratio - latency(), where
   the input before frame 0 is silence. The engine aligns streams by that to
   the exact frame, and holds the module to two more rules, so that it always
   knows how much input is enough:

   - Frames taken keep up with frames made: after k frames out at most
     k / ratio + 1 are taken, at least k / ratio - 1 / ratio - 1. So what a
     filter looks back at or ahead to it keeps itself, and latency() pays for
   it.
   - k / ratio + 1 frames, with those taken before, always are enough to make k.

   A module that rounds its phase drifts against those numbers; the engine sees
   that and steers RATIO by a few millionths until they hold again.
   SPDX-License-Identifier: MIT */
#ifndef VSC_RESAMPLER_H
#define VSC_RESAMPLER_H

#include <vsc/module.h>

VSC_BEGIN_DECLS

/** What a resampler module can do. One instance serves one direction of one
    stream. */
typedef struct vsc_resampler_ops {
  uint32_t size; /**< sizeof(vsc_resampler_ops) */
  /** NOMINAL is out/in frames, 44100/384000 to 384000/44100; MAX_FRAMES the
     most of one run's in or out. Begins as after reset(). [main-thread &
     !active] */
  vsc_status (*open)(void *self,
                     uint32_t channels,
                     double nominal,
                     uint32_t max_frames);
  void (*close)(void *self); /**< [main-thread & !active]; may be NULL */
  /** Input frames, 0 or more, the same from open() to close(); better a whole
      number: positions are aligned to the nearest. [thread-safe & active] */
  double (*latency)(const void *self);
  /** Take up to in->frames, make exactly out->frames; how many were taken, or
      VSC_ERR_AGAIN when IN is too short (nothing was made). What was not taken
      is offered again. RATIO is out/in and moves slowly, within 1 % of
      NOMINAL. in->ch[c] may be NULL: silence; out->ch[c] may be NULL: nobody
      wants it, but it goes on counting. Words of IN are finite floats.
      [audio-thread & active] */
  int32_t (*run)(void *self,
                 const vsc_span *in,
                 const vsc_span *out,
                 double ratio) VSC_RT;
  /** Forget all input: silence before frame 0 again. [audio-thread & active] */
  void (*reset)(void *self) VSC_RT;
} vsc_resampler_ops;

VSC_END_DECLS
#endif
