/* sim_proof.c - "proof" of streams that are as described and of some that are
   not, and that it is given back. SPDX-License-Identifier: MIT */
#include "expect.h"
#include "sim.h"

#include <stdio.h>
#include <string.h>

#define SECOND INT64_C(1000000000)
#define A 0xC0A80001u
#define B 0xC0A80002u
#define C 0xC0A80003u

#define HEAD_AT(rate)                                                          \
  "[device]\nrate = " rate "\ninputs = 8\noutputs = 8\n"                       \
  "[stream]\npacket_time = 1ms\nlink_offset = 6ms\nwhen = always\n"            \
  "[clock]\nmodule = clock-system\n"
#define HEAD HEAD_AT("48000")
#define SEND "[send s1]\naddress = 239.69.1.1\nchannels = 1-2\n"
#define RECEIVE "[receive r1]\naddress = 239.69.1.1\nchannels = 1-2\n"

#define RESAMPLED RECEIVE "rate = 48000\nresampler = linear\n"

/* What happens to packets on their way. */
static struct {
  unsigned loses; /* one in so many */
  int64_t jitter; /* up to so long */
  unsigned count;
} way;

static int
path(void *arg, const struct world_packet *p, vsc_ip to, int64_t *delay)
{
  (void)arg;
  (void)p;
  (void)to;
  way.count++;
  delay[0] = 100000 + (way.jitter ? way.count * 7919 % way.jitter : 0);
  return !way.loses || way.count % way.loses;
}

static void
says(struct sim *sim,
     unsigned node,
     enum proof_verdict verdict,
     const char *words)
{
  const struct engine *const e = sim->nodes[node].engine;
  struct proof_check c;
  proving_judge(e, e->streams, &c);
  char text[sizeof c.reason + 32];
  snprintf(text, sizeof text, "%s: %s", c.name, c.reason);
  if (c.verdict != verdict || strncmp(text, words, strlen(words)) != 0) {
    fprintf(stderr, "it is %s: %s\n", proof_word(c.verdict), text);
    expect(0, words);
  }
}

/* A millisecond of packet and 100 us of way, whoever resamples behind it. */
static void
leads_are_true(struct sim *sim, unsigned node)
{
  const struct stream *const s = sim->nodes[node].engine->streams;
  const struct proving *const p = &s->proving;
  const struct window *const w = &p->windows[p->window_count - 1];
  expect(p->window_count > 0 && w->least >= 1090000 && w->most < 1110000,
         "the lead is that of the way");
  expect(s->hearing.behind >= 90000 && s->hearing.behind < 130000,
         "and so is what is said of timestamps");
}

static void
run_for(struct sim *sim, int64_t ns)
{
  sim_run_until(sim, world_now(sim->world) + ns);
}

int
main(void)
{
  struct sim sim;
  sim_create(&sim, 5, SIM_EPOCH);
  world_set_fate(sim.world, path, NULL);
  sim_node(&sim, A, 40.0, HEAD SEND);
  sim.nodes[0].has_app = 1;
  sim_node(&sim, B, -60.0, HEAD RECEIVE);
  sim_node(&sim, C, 10.0, HEAD_AT("96000") RESAMPLED);
  run_for(&sim, SECOND / 4);
  says(&sim, 1, PROOF_WARN, "packets: too few to be judged yet");
  run_for(&sim, 30 * SECOND);
  says(&sim, 0, PROOF_PASS, "packets: ");
  says(&sim, 1, PROOF_PASS, "packets: ");
  says(&sim, 2, PROOF_PASS, "packets: ");
  leads_are_true(&sim, 1);
  leads_are_true(&sim, 2);
  way.loses = 99; /* not always the same machine */
  run_for(&sim, 5 * SECOND);
  says(&sim, 1, PROOF_FAIL, "loss: ");
  way.loses = 0;
  run_for(&sim, 25 * SECOND);
  says(&sim, 1, PROOF_PASS, "packets: ");
  way.jitter = 2000000;
  run_for(&sim, 30 * SECOND);
  says(&sim, 1, PROOF_WARN, "order: ");
  way.jitter = 0;
  sim_stop(&sim, 0);
  run_for(&sim, SECOND);
  says(&sim, 1, PROOF_FAIL, "silent: ");
  sim_start(&sim, 0);
  run_for(&sim, 25 * SECOND);
  says(&sim, 1, PROOF_PASS, "packets: ");
  sim_destroy(&sim);
  return failures != 0;
}
