/* resampler.h - used only where two clocks meet; absent when the device runs on
   the media clock.
   SPDX-License-Identifier: MIT */
#ifndef VSC_RESAMPLER_H
#define VSC_RESAMPLER_H

#include <vsc/module.h>

VSC_BEGIN_DECLS

/** What a resampler module can do. One instance serves one direction. */
typedef struct vsc_resampler_ops {
  uint32_t size; /**< sizeof(vsc_resampler_ops) */
  /** NOMINAL is out/in frames; MAX_FRAMES the most of one run's in or out.
      [main-thread & !active] */
  vsc_status (*open)(void *self,
                     uint32_t channels,
                     double nominal,
                     uint32_t max_frames);
  void (*close)(void *self);           /**< [main-thread & !active] */
  double (*latency)(const void *self); /**< input frames; [thread-safe] */
  /** Take up to in->frames, make exactly out->frames; how many were taken, or
      VSC_ERR_AGAIN when IN is too short (nothing was made). RATIO is out/in and
      moves slowly. [audio-thread & active] */
  int32_t (*run)(void *self,
                 const vsc_span *in,
                 const vsc_span *out,
                 double ratio) VSC_RT;
  void (*reset)(void *self) VSC_RT; /**< [audio-thread & active] */
} vsc_resampler_ops;

VSC_END_DECLS
#endif
