/* fuzz_region.c - a client in a region whose every word may lie, also after it
   was checked. Input: patches of 10 bytes {offset, 8 bytes}; an offset of
   0xffff ends those that are there when the client looks first.
   SPDX-License-Identifier: MIT */
#include "guarded.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "hal/client_audio.h"
#include "hal/client_callback.h"

#define PATCH 10
#define FRAMES 300

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Time passes only in sleep. */
static vsc_ns now;

static vsc_ns
virtual_now(void) VSC_RT
{
  return now;
}

static void
virtual_sleep(vsc_ns duration)
{
  now += duration;
}

static const struct client_host host = { .now = virtual_now,
                                         .sleep = virtual_sleep };

static const struct region_geometry geometry = {
  .rate = 48000,
  .inputs = 2,
  .outputs = 3,
  .ring = 1024,
  .stride = 1024 + 48,
  .buffer = 32,
  .wake = 12,
  .s_in = 16,
  .s_out = 7,
  .lanes = 2,
};

/* What an honest engine would show. */
static void
tell_the_truth(struct region *r)
{
  const vsc_clock_view view = { .size = sizeof view,
                                .host_ns = 4000000000000,
                                .tai_ns = 1800000000000000000,
                                .rate = 1.0,
                                .generation = 1 };
  const vsc_pos pos = vsc_view_pos(&view, now, geometry.rate);
  struct region_edges *const edges[] = { &r->rx->in, &r->rx->out };
  for (int i = 0; i < 2; i++) {
    atomic_store(&edges[i]->clean_to, pos + geometry.ring / 2);
    atomic_store(&edges[i]->final_to, pos);
    atomic_store(&edges[i]->valid_from, pos - geometry.ring / 2);
  }
  r->rx->layout = REGION_LAYOUT;
  r->rx->header_bytes = sizeof *r->rx;
  r->rx->total_bytes = r->rx_bytes;
  r->rx->geometry = geometry;
  atomic_store(&r->rx->state, REGION_RUNNING);
  atomic_store(&r->rx->starts, 1);
  atomic_store(&r->rx->heartbeat, now);
  clockpage_write(&r->rx->clock, &view);
  atomic_store(&r->rx->magic, REGION_MAGIC);
  r->tx->layout = REGION_LAYOUT;
  r->tx->header_bytes = sizeof *r->tx;
  r->tx->total_bytes = r->tx_bytes;
  atomic_store(&r->tx->magic, REGION_MAGIC);
}

/* Applies patches until the end or a mark; how many bytes it took. */
static size_t
apply(struct region *r, const uint8_t *data, size_t size)
{
  size_t at = 0;
  while (size - at >= PATCH) {
    const size_t offset = (size_t)(data[at] | data[at + 1] << 8);
    const uint8_t *const value = data + at + 2;
    at += PATCH;
    if (offset == 0xffff) {
      return at;
    }
    if (offset < sizeof *r->rx - 8) {
      memcpy((uint8_t *)r->rx + offset, value, 8);
    } else {
      const size_t in_tx = (offset - sizeof *r->rx) % (sizeof *r->tx - 8);
      memcpy((uint8_t *)r->tx + in_tx, value, 8);
    }
  }
  return at;
}

static void
use(struct vsc_client *c)
{
  static uint8_t samples[FRAMES * 3 * 4];
  vsc_client_time time = { .size = sizeof time };
  c->sample = (c->sample + 1) % 4;
  (void)vsc_client_readable(c);
  (void)vsc_client_writable(c);
  (void)vsc_client_wait(c, 1, 20, 1);
  (void)vsc_client_read(c, samples, FRAMES, &time);
  (void)vsc_client_write(c, samples, FRAMES, &time);
  (void)vsc_client_clock(c, &time);
  char name[LABEL_BYTES];
  (void)vsc_client_names_changed(c);
  vsc_client_channel_name(c, 1, 1, name, sizeof name);
  vsc_client_channel_name(c, 0, UINT32_MAX, name, sizeof name);
  for (const char *s = name; *s;) {
    const size_t n = label_character((const unsigned char *)s);
    if (n == 0) {
      abort();
    }
    s += n;
  }
}

static void
answer_block(void *user,
             const void *in,
             void *out,
             uint32_t frames,
             const vsc_client_time *time) VSC_RT
{
  (void)user;
  (void)time;
  memcpy(out, in, (size_t)frames * 2 * 2); /* of the smallest samples */
}

/* The callback form, a few turns of both its threads. */
static void
call_back(struct vsc_client *c, struct region *r, const uint8_t *data, size_t n)
{
  const vsc_client_callbacks callbacks = { .size = sizeof callbacks,
                                           .process = answer_block };
  if (client_prepare(c, &callbacks) != VSC_OK) {
    return;
  }
  for (int i = 0; i < 4; i++) {
    const vsc_ns next = client_turn(c);
    /* Whatever it was told, it comes back soon. */
    if (next > now + 1000000000) {
      abort();
    }
    now = next > now ? next : now + 1;
    (void)client_tend_turn(c);
    if (i == 1) {
      (void)apply(r, data, n);
    }
  }
  client_unprepare(c);
}

/* As an engine that grants; then it lies. */
static void
attach(struct vsc_client *c, struct region *r, const uint8_t *data, size_t n)
{
  bool is_changing;
  struct lease *const l = &c->tender.leases[0];
  l->region = *r;
  if (lease_ask(c, l) != VSC_OK) {
    return;
  }
  const long slot = l->slot - r->tx->slots;
  atomic_store(&r->rx->grants[slot].ticket, l->ticket);
  atomic_store(&r->rx->grants[slot].state, GRANT_ACTIVE);
  if (lease_answer(c, l, &is_changing) == VSC_OK) {
    c->info = client_info_of(r, 0);
    atomic_store(&c->given, l);
    (void)client_look(c);
    if (vsc_client_begin(c, 0) == VSC_OK) {
      use(c);
      const size_t half = n / 2 / PATCH * PATCH;
      (void)apply(r, data, half);
      use(c);
      use(c);
      call_back(c, r, data + half, n - half);
    }
  }
  lease_leave(atomic_load(&c->given) ? atomic_load(&c->given) : l);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  static void *rx, *tx;
  char why[240];
  now = 5000000000000;
  struct region r = { .rx_bytes = region_rx_bytes(&geometry),
                      .tx_bytes = region_tx_bytes(&geometry) };
  rx = rx ? rx : guarded(r.rx_bytes);
  tx = tx ? tx : guarded(r.tx_bytes);
  r.rx = rx;
  r.tx = tx;
  memset(r.rx, 0, r.rx_bytes);
  memset(r.tx, 0, r.tx_bytes);
  tell_the_truth(&r);
  const size_t used = apply(&r, data, size);
  if (region_check(&r, why, sizeof why) == VSC_OK) {
    /* Where channels beyond its own would be, others' memory begins. */
    if (r.geometry.inputs >= 2 && r.geometry.outputs >= 3) {
      struct vsc_client c = { .host = &host,
                              .lock = platform_lock_create(),
                              .inputs = 2,
                              .outputs = 3,
                              .in_step = 2 * 4,
                              .out_step = 3 * 4 };
      if (!c.lock) {
        abort();
      }
      attach(&c, &r, data + used, size - used);
      platform_lock_destroy(c.lock);
    }
  }
  return 0;
}
