/* io.c - what coreaudiod's IO threads do: zero time stamps, and audio straight
   from and to the timelines. Nothing is consumed: whoever asks for the same
   frames again gets the same.
   SPDX-License-Identifier: MIT */
#include "device.h"

#include "ticks.h"

#include "hal/client_audio.h"

#include <string.h>
#include <vsc/position.h>

/* Doubles count frames exactly up to here: 2^52. */
#define SAMPLE_LIMIT 4503599627370496.0

/* The current line, which stays as it is until leave(): the tender makes
   another only where nobody is. seq_cst: either it sees us, or we that it has
   another. */
static struct line *
enter(struct device *d, uint32_t *which) VSC_RT
{
  for (;;) {
    const uint32_t i = atomic_load(&d->current);
    atomic_fetch_add(&d->users[i], 1);
    if (atomic_load(&d->current) == i) {
      *which = i;
      return &d->lines[i];
    }
    /* It has changed meanwhile, which it does at most every few ms. */
    atomic_fetch_sub(&d->users[i], 1);
  }
}

static void
leave(struct device *d, uint32_t which) VSC_RT
{
  /* release: all that we read and wrote there is done */
  atomic_fetch_sub_explicit(&d->users[which], 1, memory_order_release);
}

/* There always is one: the first was written before the line was current. Only
   a writer that overtakes every try hides it. */
static vsc_clock_view
view_of(const struct line *l) VSC_RT
{
  vsc_clock_view view = { .rate = 1.0 };
  while (!clockpage_read(&l->page, &view)) {
  }
  return view;
}

vsc_pos
line_sample(const struct line *l, vsc_ns t) VSC_RT
{
  const vsc_clock_view view = view_of(l);
  return vsc_view_pos(&view, t, l->rate) - l->base;
}

/* Host time of sample time K * DEVICE_PERIOD: what was said once, whatever the
   clock has learnt since. */
static vsc_ns
stamp_at(struct line *l, const vsc_clock_view *view, int64_t k) VSC_RT
{
  const vsc_ns fresh =
    vsc_view_host_time(view, k * DEVICE_PERIOD + l->base, l->rate);
  const vsc_ns near =
    vsc_tai_of((vsc_pos)DEVICE_PERIOD * DEVICE_STAMPS / 2, l->rate);
  _Atomic int64_t *const slot = &l->stamps[(uint64_t)k % DEVICE_STAMPS];
  int64_t told = atomic_load_explicit(slot, memory_order_relaxed);
  /* What lies in the slot is of this K, or of one that is long past. */
  while (told == 0 || told - fresh > near || fresh - told > near) {
    if (atomic_compare_exchange_weak_explicit(
          slot, &told, fresh, memory_order_relaxed, memory_order_relaxed)) {
      return fresh;
    }
  }
  return told;
}

/* K, or the one after it that was told: a clock that has just learnt that it is
   a little earlier takes no stamp back. */
static int64_t
newest(struct line *l, int64_t k) VSC_RT
{
  int64_t told = atomic_load_explicit(&l->newest, memory_order_relaxed);
  while (told != k && told != k + 1 &&
         !atomic_compare_exchange_weak_explicit(
           &l->newest, &told, k, memory_order_relaxed, memory_order_relaxed)) {
  }
  return told == k + 1 ? told : k;
}

void
device_stamp(struct device *d,
             Float64 *sample,
             UInt64 *host_time,
             UInt64 *seed) VSC_RT
{
  uint32_t which;
  struct line *const l = enter(d, &which);
  const vsc_clock_view view = view_of(l);
  const vsc_pos s = vsc_view_pos(&view, ticks_now(), l->rate) - l->base;
  const int64_t k = newest(l, s > 0 ? s / DEVICE_PERIOD : 0);
  *sample = (Float64)(k * DEVICE_PERIOD);
  *host_time = ticks_at(stamp_at(l, &view, k));
  *seed = l->seed;
  leave(d, which);
}

static struct moment
moment_of(const struct line *l) VSC_RT
{
  const vsc_clock_view view = view_of(l);
  struct moment m = { .now = ticks_now(),
                      .lease = l->lease,
                      .generation = l->generation };
  m.pos = vsc_view_pos(&view, m.now, l->rate);
  m.is_running =
    m.now - region_edge(&l->lease->region.rx->heartbeat) <= CLIENT_AWAY_NS &&
    lease_is_ours(l->lease);
  return m;
}

/* Is SAMPLE one that the device can have? Not NaN. */
static bool
is_sample(Float64 sample) VSC_RT
{
  return sample > -SAMPLE_LIMIT && sample < SAMPLE_LIMIT;
}

void
device_read(struct device *d, Float64 sample, void *out, uint32_t frames) VSC_RT
{
  uint32_t which;
  const struct line *const l = enter(d, &which);
  if (l->lease && is_sample(sample)) {
    const struct moment m = moment_of(l);
    client_fetch(l->client, &m, (int64_t)sample + l->base, out, frames);
  } else {
    memset(out, 0, (size_t)frames * l->inputs * sizeof(Float32));
  }
  leave(d, which);
}

void
device_write(struct device *d,
             Float64 sample,
             const void *in,
             uint32_t frames) VSC_RT
{
  uint32_t which;
  const struct line *const l = enter(d, &which);
  /* seq_cst: either we see that the last client has stopped, or it that we are
     here, and waits (wait_for_io in device.c) */
  if (atomic_load(&d->started) > 0 && l->lease && is_sample(sample)) {
    const struct moment m = moment_of(l);
    client_store(l->client, &m, (int64_t)sample + l->base, in, frames);
  }
  leave(d, which);
}
