/* position.h - positions from media time and host time, exactly: the arithmetic
   that engine, modules and device share.
   SPDX-License-Identifier: MIT */
#ifndef VSC_POSITION_H
#define VSC_POSITION_H

#include <vsc/host.h>

VSC_BEGIN_DECLS

#define VSC_SECOND 1000000000

/** floor(A * RATE / 1e9), exactly and without overflow: whole seconds and the
    rest apart. */
static inline int64_t
vsc_scale_to_frames(int64_t ns, uint32_t rate) VSC_RT
{
  int64_t seconds = ns / VSC_SECOND;
  int64_t rest = ns % VSC_SECOND;
  if (rest < 0) {
    rest += VSC_SECOND;
    seconds--;
  }
  return seconds * (int64_t)rate + rest * (int64_t)rate / VSC_SECOND;
}

/** The position at media time TAI_NS (since the PTP epoch). */
static inline vsc_pos
vsc_pos_at(int64_t tai_ns, uint32_t rate) VSC_RT
{
  return vsc_scale_to_frames(tai_ns, rate);
}

/** The smallest media time whose position is P. */
static inline int64_t
vsc_tai_of(vsc_pos p, uint32_t rate) VSC_RT
{
  int64_t seconds = p / (int64_t)rate;
  int64_t rest = p % (int64_t)rate;
  if (rest < 0) {
    rest += (int64_t)rate;
    seconds--;
  }
  return seconds * VSC_SECOND +
         (rest * VSC_SECOND + (int64_t)rate - 1) / (int64_t)rate;
}

/** Media time at host time T. The whole part of the rate is added exactly, so
    only the deviation is rounded: 500 ppm over a day stays within 1 ns. */
static inline int64_t
vsc_view_tai(const vsc_clock_view *view, vsc_ns t) VSC_RT
{
  const int64_t since = t - view->host_ns;
  return view->tai_ns + since + (int64_t)((double)since * (view->rate - 1.0));
}

/** The position at host time T. */
static inline vsc_pos
vsc_view_pos(const vsc_clock_view *view, vsc_ns t, uint32_t rate) VSC_RT
{
  return vsc_pos_at(vsc_view_tai(view, t), rate);
}

/** The smallest host time whose position is at least P. */
static inline vsc_ns
vsc_view_host_time(const vsc_clock_view *view, vsc_pos p, uint32_t rate) VSC_RT
{
  const int64_t tai = vsc_tai_of(p, rate);
  const int64_t ahead = tai - view->tai_ns;
  vsc_ns t =
    view->host_ns + ahead - (int64_t)((double)ahead * (1.0 - 1.0 / view->rate));
  /* Rounding leaves it within a few ns; each step mends at least one. */
  for (int i = 0; i < 8 && vsc_view_tai(view, t) < tai; i++) {
    t++;
  }
  for (int i = 0; i < 8 && vsc_view_tai(view, t - 1) >= tai; i++) {
    t--;
  }
  return t;
}

/** The position nearest to NEAR whose low 32 bits are LOW. */
static inline vsc_pos
vsc_unwrap(vsc_pos near, uint32_t low) VSC_RT
{
  return near + (int32_t)(low - (uint32_t)near);
}

/** Frames in a duration, nearest. */
static inline int64_t
vsc_frames_in(vsc_ns duration, uint32_t rate) VSC_RT
{
  return vsc_scale_to_frames(duration + VSC_SECOND / 2 / (int64_t)rate, rate);
}

/** Frames of a packet: round(packet_time * base), base = 48000 * 2^k for both
    rate families, so 1 ms at 44.1 kHz is 48 frames (AES67 7.2). */
static inline uint32_t
vsc_packet_frames(vsc_ns packet_time, uint32_t rate)
{
  uint32_t base = 48000;
  while (base < rate) {
    base *= 2;
  }
  return (uint32_t)((packet_time * (int64_t)base + VSC_SECOND / 2) /
                    VSC_SECOND);
}

VSC_END_DECLS
#endif
