/* sim_walls.c - days in minutes: the walls of sequence, timestamp and position,
   crossed by a sender and a receiver whose host clocks drift apart. VSC_LONG=1
   runs three days instead of a quarter of an hour.
   SPDX-License-Identifier: MIT */
#include "sim.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vsc/position.h>

#define RATE 48000
#define SECOND INT64_C(1000000000)

struct check {
  vsc_pos heard;
  uint64_t exact, wrong;
};

static void
check(void *arg, struct sim *sim, unsigned node)
{
  struct check *const k = arg;
  const struct engine *const e = sim->nodes[node].engine;
  if (node != 1) {
    return;
  }
  const struct region *const r = e->region;
  const vsc_pos to = e->audio.in.final_to;
  for (vsc_pos p = k->heard ? k->heard : to; p < to; p++) {
    float x;
    memcpy(&x, &r->in_words[(uint64_t)p & (r->geometry.ring - 1)], sizeof x);
    if (x == sim_signal(0, p - 144)) {
      k->exact++;
    } else {
      k->wrong++;
    }
  }
  k->heard = to;
}

/* START: where media time is; OFFSET: such that the timestamp wraps after 10 s.
 */
static int
run(int64_t start, int64_t seconds)
{
  struct sim sim;
  struct check k = { 0 };
  char text[512];
  const uint32_t offset =
    0u - (uint32_t)vsc_pos_at(start, RATE) - 10u * (uint32_t)RATE;
  static const char form[] =
    "[device]\ninputs = 1\noutputs = 1\n[stream]\npacket_time = 1ms\n"
    "link_offset = 3ms\nwhen = always\n[%s s]\nchannels = 1\n"
    "address = 239.69.1.1\nrtp_offset = %u\n";
  sim_create(&sim, 3, start);
  snprintf(text, sizeof text, form, "send", offset);
  sim_node(&sim, 0xC0A80001u, 100.0, text);
  sim.nodes[0].has_app = 1;
  snprintf(text, sizeof text, form, "receive", offset);
  sim_node(&sim, 0xC0A80002u, -100.0, text);
  sim_run_until(&sim, start + SECOND / 10);
  sim.after_wake = check;
  sim.arg = &k;
  sim_run_until(&sim, start + seconds * SECOND);
  const struct stream *const rx = streams_find(sim.nodes[1].engine, "s");
  const uint64_t lost = rx->counts->rx.counters[RX_LOST];
  const uint64_t late = rx->counts->rx.counters[RX_LATE];
  printf("from %" PRId64 " s: %" PRIu64 " exact, %" PRIu64 " wrong, %" PRIu64
         " lost\n",
         start / SECOND,
         k.exact,
         k.wrong,
         lost);
  sim_destroy(&sim);
  return k.wrong == 0 && lost == 0 && late == 0 &&
         k.exact > (uint64_t)(seconds - 1) * RATE;
}

int
main(void)
{
  const int is_long = getenv("VSC_LONG") != NULL;
  /* 65536 packets of 1 ms are 66 s; 2^32 frames are 24.86 h. */
  int ok = run(SIM_EPOCH, is_long ? 3 * 86400 : 900);
  ok &= run(SECOND, 80); /* a clock that began at power-on */
  ok &= run((INT64_C(1) << 32) * SECOND, 80); /* beyond 32-bit seconds */
  return !ok;
}
