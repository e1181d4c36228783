/* fuzz_device.c - an engine whose shared memory belongs to whoever writes
   there: slots that lie, lanes of any bits, while clients come, go and wish
   rates. Input: commands of 10 bytes {what, 8 bytes}, what being an offset to
   put the bytes at, or one of those below. SPDX-License-Identifier: MIT */
#include "guarded.h"

#include <string.h>
#include <unistd.h>

#include "engine/device_state.h"

#include "insist.h"

#define COMMAND 10
enum {
  ATTACH = 0xffff,       /* slot, first_out, outputs, first_in, inputs, rate,
                            state, use */
  ATTACH_AGAIN = 0xfffe, /* the same */
  WAKE = 0xfffd,         /* frames (16 bit), then a poll */
  WAKE_SOON = 0xfffc,    /* frames (8 bit) */
  STEP = 0xfffb,         /* the clock steps by (32 bit) */
  FILL = 0xfffa,         /* lane, channel, the first word (32 bit) */
  RAW = 0xfff9,          /* channel, whether */
};

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

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

struct engine_side {
  struct device device;
  struct timeline out;
  vsc_pos now;
};

static vsc_status
change_rate(void *arg, uint32_t rate, char *why, size_t why_bytes)
{
  (void)arg;
  memset(why, 'x', why_bytes);
  why[why_bytes - 1] = '\0';
  return rate & 1 ? VSC_ERR_UNSUPPORTED : VSC_OK;
}

static void
attach(struct engine_side *e, const uint8_t *v)
{
  static const uint32_t rates[] = { 0, 0, 0, 0, 0, 48000, 96000, 96001 };
  static const uint32_t states[] = { SLOT_ATTACHED, SLOT_ATTACHED,
                                     SLOT_ATTACHED, SLOT_ATTACHED,
                                     SLOT_LEAVING,  SLOT_FILLING,
                                     SLOT_FREE,     SLOT_LEAVING + 1 };
  struct region_slot *const slot = &e->device.region.tx->slots[v[0] % 8];
  slot->first_out = v[1] % 4;
  slot->outputs = v[2] % 5;
  slot->first_in = v[3] % 3;
  slot->inputs = v[4] % 4;
  slot->rate = rates[v[5] % 8];
  memset(slot->app, v[6], sizeof slot->app);
  atomic_store(&slot->ticket,
               (uint64_t)getpid() << 32 | (uint64_t)v[7] << 8 |
                 states[v[6] % 8]);
}

static void
fill(struct engine_side *e, const uint8_t *v)
{
  uint32_t word;
  const size_t channel =
    v[0] % (1 + geometry.lanes) * geometry.outputs + v[1] % geometry.outputs;
  memcpy(&word, v + 2, sizeof word);
  for (uint32_t i = 0; i < geometry.stride; i++) {
    e->device.region.out_words[channel * geometry.stride + i] = word + i;
  }
}

/* Whatever the slots say: what was granted is within bounds and consistent. */
static void
check(const struct engine_side *e)
{
  struct device_client c;
  unsigned count = 0;
  uint32_t lanes = 0;
  for (unsigned cursor = 0; device_next_client(&e->device, &cursor, &c);) {
    count++;
    insist(c.first_out + c.outputs <= geometry.outputs);
    insist(c.first_in + c.inputs <= geometry.inputs);
    insist(c.lane <= geometry.lanes && (c.lane > 0) == (c.outputs > 0));
    insist(c.lane == 0 || !(lanes >> c.lane & 1));
    lanes |= 1u << c.lane;
    insist(memchr(c.app, 0, sizeof c.app) != NULL);
    insist(c.last_write >= 0);
  }
  insist(count == device_clients(&e->device));
  for (int i = 0; i < REGION_SLOTS; i++) {
    const struct region_grant *const g = &e->device.region.rx->grants[i];
    insist(memchr(g->reason, 0, sizeof g->reason) != NULL);
  }
  for (uint16_t c2 = 0; c2 < VSC_CHANNELS_MAX; c2++) {
    (void)device_written_to(&e->device, &c2, 1);
    (void)device_whole_to(&e->device, c2);
  }
}

static void
wake(struct engine_side *e, uint32_t frames)
{
  struct mix *const m = &e->device.mix;
  e->now += frames;
  mix_clean(m, &e->out, e->now);
  timeline_clean(&e->out, e->now);
  device_look(&e->device, e->now);
  mix_run(m, &e->out, e->now);
  timeline_finish(&e->out, e->now);
  for (uint32_t c = 0; c < geometry.outputs; c++) {
    float x;
    memcpy(&x, timeline_at(&e->out, c, e->now - 1), sizeof x);
    insist((m->writers[c] & (m->writers[c] - 1)) == 0 || frames == 0 || x == x);
  }
  (void)device_poll(&e->device, (vsc_ns)e->now);
  check(e);
}

static void
reset(struct engine_side *e)
{
  mix_reset(&e->device.mix, e->now);
  timeline_reset(&e->out, e->now);
}

static void
run(struct engine_side *e, uint32_t what, const uint8_t *v)
{
  const struct region *const r = &e->device.region;
  switch (what) {
    case ATTACH:
    case ATTACH_AGAIN:
      attach(e, v);
      break;
    case WAKE:
      wake(e, v[0] | (uint32_t)v[1] << 8);
      break;
    case WAKE_SOON:
      wake(e, v[0]);
      break;
    case STEP: {
      int32_t by;
      memcpy(&by, v, sizeof by);
      e->now += by;
      reset(e);
      break;
    }
    case FILL:
      fill(e, v);
      break;
    case RAW:
      device_mark_raw(&e->device, false, v[0], v[1] & 1);
      break;
    default:
      memcpy((uint8_t *)r->tx + what % (r->tx_bytes - 8), v, 8);
      break;
  }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  static void *rx, *tx;
  static struct engine_side e;
  memset(&e, 0, sizeof e);
  struct region *const r = &e.device.region;
  r->rx_bytes = region_rx_bytes(&geometry);
  r->tx_bytes = region_tx_bytes(&geometry);
  rx = rx ? rx : guarded(r->rx_bytes);
  tx = tx ? tx : guarded(r->tx_bytes);
  memset(rx, 0, r->rx_bytes);
  memset(tx, 0, r->tx_bytes);
  r->rx = rx;
  r->tx = tx;
  r->geometry = geometry;
  /* The timelines end where the objects end, or less than a page before. */
  r->in_words = (uint32_t *)rx +
                (r->rx_bytes / 4 - (size_t)geometry.inputs * geometry.stride);
  r->out_words = (uint32_t *)tx +
                 (r->tx_bytes / 4 - (size_t)geometry.outputs *
                                      (1 + geometry.lanes) * geometry.stride);
  e.device.change_rate = change_rate;
  mix_init(&e.device.mix, r);
  written_init(&e.device.written);
  timeline_init(&e.out,
                r->out_words,
                &r->rx->out,
                geometry.outputs,
                geometry.ring,
                geometry.stride);
  e.now = INT64_C(1) << 40;
  reset(&e);
  for (; size >= COMMAND; data += COMMAND, size -= COMMAND) {
    run(&e, (uint32_t)(data[0] | data[1] << 8), data + 2);
  }
  wake(&e, 12);
  return 0;
}
