/* bench_callback.c - what the client library costs in a callback: CPU time of
   one turn with an application that does nothing, as a share of the callback's
   period, beside a memcpy of the same bytes. Time is virtual; the memory is as
   large and as cold as the device's.
   SPDX-License-Identifier: MIT */
#include "hal/client_audio.h"
#include "hal/client_callback.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define RATE 48000
#define RING 8192u
#define TURNS 20000

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

static vsc_ns
cpu_ns(void)
{
  struct timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return (vsc_ns)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void
process(void *user,
        const void *in,
        void *out,
        uint32_t frames,
        const vsc_client_time *time) VSC_RT
{
  uint64_t *const missing = user;
  (void)in;
  (void)out;
  (void)frames;
  *missing += time->silent_frames + time->late_frames;
}

/* The engine is always in time. */
static void
move_edges(struct region *r, const vsc_clock_view *view)
{
  const vsc_pos pos = vsc_view_pos(view, now, RATE);
  struct region_edges *const edges[] = { &r->rx->in, &r->rx->out };
  for (int i = 0; i < 2; i++) {
    atomic_store(&edges[i]->clean_to, pos + RING / 2);
    atomic_store(&edges[i]->final_to, pos);
    atomic_store(&edges[i]->valid_from, pos - RING / 2);
  }
  atomic_store(&r->rx->heartbeat, now);
}

static void *
allocate(size_t bytes)
{
  void *const memory = aligned_alloc(64, (bytes + 63) / 64 * 64);
  if (!memory) {
    abort();
  }
  memset(memory, 0, bytes);
  return memory;
}

static struct region
make_region(uint32_t channels, uint32_t frames, const vsc_clock_view *view)
{
  struct region r = {
    .geometry = { .rate = RATE,
                  .inputs = channels,
                  .outputs = channels,
                  .ring = RING,
                  .stride = region_stride(RING),
                  .buffer = frames,
                  .wake = 12,
                  .s_in = 16,
                  .s_out = 7 },
  };
  const size_t bytes = (size_t)channels * r.geometry.stride * sizeof(uint32_t);
  r.rx = allocate(sizeof *r.rx);
  r.tx = allocate(sizeof *r.tx);
  r.in_words = allocate(bytes);
  r.out_words = allocate(bytes);
  for (size_t i = 0; i < bytes / sizeof(uint32_t); i++) {
    const float f = (float)(i * 2654435761u % 16777216) / 16777216.0f - 0.5f;
    memcpy(&r.in_words[i], &f, sizeof f);
  }
  atomic_store(&r.rx->state, REGION_RUNNING);
  atomic_store(&r.rx->epoch, region_epoch(0, view->generation));
  clockpage_write(&r.rx->clock, view);
  return r;
}

struct result {
  vsc_ns p50, p99;
};

static int
compare(const void *a, const void *b)
{
  const vsc_ns x = *(const vsc_ns *)a;
  const vsc_ns y = *(const vsc_ns *)b;
  return (x > y) - (x < y);
}

static struct result
evaluate(vsc_ns *took)
{
  qsort(took, TURNS, sizeof *took, compare);
  return (struct result){ took[TURNS / 2], took[TURNS / 100 * 99] };
}

/* What looking at the clock takes, once. */
static vsc_ns
overhead(vsc_ns *took)
{
  for (int i = 0; i < TURNS; i++) {
    const vsc_ns began = cpu_ns();
    took[i] = cpu_ns() - began;
  }
  return evaluate(took).p50;
}

static struct result
time_turns(struct vsc_client *c,
           struct region *r,
           const vsc_clock_view *view,
           vsc_ns *took)
{
  vsc_ns next = client_turn(c);
  for (int i = 0; i < TURNS; i++) {
    now = next;
    move_edges(r, view);
    const vsc_ns began = cpu_ns();
    next = client_turn(c);
    took[i] = cpu_ns() - began;
  }
  return evaluate(took);
}

/* The same bytes from a memory as large to one as large. */
static struct result
time_copies(const struct region *r, const struct vsc_client *c, vsc_ns *took)
{
  const size_t bytes = c->info.buffer * c->in_step;
  const size_t all = (size_t)c->inputs * r->geometry.stride * sizeof(uint32_t);
  size_t at = 0;
  for (int i = 0; i < TURNS; i++) {
    const vsc_ns began = cpu_ns();
    memcpy(c->callback->in, (uint8_t *)r->in_words + at, bytes);
    memcpy((uint8_t *)r->out_words + at, c->callback->out, bytes);
    took[i] = cpu_ns() - began;
    at = at + 2 * bytes <= all ? at + bytes : 0;
  }
  return evaluate(took);
}

static void
print(const char *what, struct result x, vsc_ns extra, vsc_ns period)
{
  printf("  %s %6.2f us %5.2f %%  %6.2f us %5.2f %%",
         what,
         (double)(x.p50 - extra) / 1e3,
         100.0 * (double)(x.p50 - extra) / (double)period,
         (double)(x.p99 - extra) / 1e3,
         100.0 * (double)(x.p99 - extra) / (double)period);
}

static void
bench(uint32_t channels, uint32_t frames, uint32_t sample, const char *name)
{
  static vsc_ns took[TURNS];
  static const struct client_host host = { .now = virtual_now,
                                           .sleep = virtual_sleep };
  uint64_t missing = 0;
  const vsc_client_callbacks callbacks = { .size = sizeof callbacks,
                                           .process = process,
                                           .user = &missing };
  now = 5000000000000;
  const vsc_clock_view view = { .size = sizeof view,
                                .host_ns = now,
                                .tai_ns = 1800000000000000000,
                                .rate = 1.00001,
                                .generation = 1 };
  struct region r = make_region(channels, frames, &view);
  struct vsc_client c = { .host = &host,
                          .lock = platform_lock_create(),
                          .info = client_info_of(&r, 0),
                          .inputs = channels,
                          .outputs = channels,
                          .sample = sample,
                          .in_step = (size_t)channels * 4,
                          .out_step = (size_t)channels * 4 };
  struct lease *const l = &c.tender.leases[0];
  *l = (struct lease){
    .region = r, .slot = &r.tx->slots[0], .out_words = r.out_words, .view = view
  };
  atomic_store(&c.given, l);
  (void)client_look(&c);
  move_edges(&r, &view);
  if (client_prepare(&c, &callbacks) != VSC_OK) {
    abort();
  }
  const vsc_ns extra = overhead(took);
  const vsc_ns period = (vsc_ns)frames * 1000000000 / RATE;
  const struct result turns = time_turns(&c, &r, &view, took);
  const struct result copies = time_copies(&r, &c, took);
  /* The first callback may come before there is anything to hear. */
  if (missing > frames) {
    fprintf(stderr, "%" PRIu64 " frames were silence: no figure\n", missing);
    exit(1);
  }
  printf("%3u x %3u %s", channels, frames, name);
  print("", turns, extra, period);
  print("  memcpy", copies, extra, period);
  printf("\n");
  client_unprepare(&c);
  platform_lock_destroy(c.lock);
  free(r.rx);
  free(r.tx);
  free(r.in_words);
  free(r.out_words);
}

int
main(void)
{
  printf("duplex callback: p50, share of its period, p99, share\n");
  for (uint32_t channels = 64; channels <= 128; channels *= 2) {
    for (uint32_t frames = 32; frames <= 64; frames *= 2) {
      bench(channels, frames, VSC_SAMPLE_F32, "f32");
      bench(channels, frames, VSC_SAMPLE_S32, "s32");
    }
  }
  return 0;
}
