/* sim_advice.c - what is said of link offsets holds on a fresh stretch of time:
   packets and wake-ups come late with heavy tails and a few packets never, four
   receivers of other link offsets have as many drop-outs as a fifth foretold,
   within a factor of three. SPDX-License-Identifier: MIT */
#include "engine/advice.h"
#include "expect.h"
#include "sim.h"

#include <math.h>
#include <stdio.h>

#define SECOND INT64_C(1000000000)
#define STRETCH (600 * SECOND)
#define A 0xC0A80001u
#define B 0xC0A80002u
#define RECEIVERS 4
#define FEW 10 /* drop-outs: fewer are a matter of luck */

#define HEAD                                                                   \
  "[device]\ninputs = 16\noutputs = 2\n"                                       \
  "[stream]\npacket_time = 1ms\nwhen = always\n"                               \
  "[clock]\nmodule = clock-system\n"
#define SEND                                                                   \
  "[send s1]\naddress = 239.69.1.1\nchannels = 1-2\n"                          \
  "[send s2]\naddress = 239.69.1.2\nchannels = 1-2\n"                          \
  "[send s3]\naddress = 239.69.1.3\nchannels = 1-2\n"                          \
  "[send s4]\naddress = 239.69.1.4\nchannels = 1-2\n"                          \
  "[send s5]\naddress = 239.69.1.5\nchannels = 1-2\n"
#define RECEIVE(name, channels, group, offset)                                 \
  "[receive " name "]\nchannels = " channels "\naddress = 239.69.1." group     \
  "\nlink_offset = " offset "\n"

static const struct {
  const char *name;
  vsc_ns link_offset;
} receivers[RECEIVERS] = { { "r1", 3000000 },
                           { "r2", 5000000 },
                           { "r3", 8000000 },
                           { "r4", 12000000 } };

static struct fate {
  uint64_t seed;
  double exponent;
  double late, lost; /* of the packets */
  vsc_ns busy;       /* of each second: packets are late in no other part */
  const char *by;    /* the receiver that foretells; NULL: each for itself */
} fate;

static double
chance(void)
{
  fate.seed = fate.seed * 6364136223846793005u + 1442695040888963407u;
  return ((double)(fate.seed >> 11) + 1) / 9007199254740993.0;
}

/* At least LEAST; of P more than LEAST / P^(1 / exponent). */
static int64_t
heavy(double least)
{
  const double x = least * pow(chance(), -1 / fate.exponent);
  return (int64_t)fmin(x, 60e6);
}

static int
path(void *arg, const struct world_packet *p, vsc_ip to, int64_t *delay)
{
  struct sim *const sim = arg;
  (void)p;
  (void)to;
  const int is_busy = world_now(sim->world) % SECOND < fate.busy;
  delay[0] = is_busy && chance() < fate.late ? heavy(500e3) : 100000;
  return chance() >= fate.lost;
}

/* The receiver oversleeps now and then. */
static void
after_wake(void *arg, struct sim *sim, unsigned node)
{
  (void)arg;
  if (node == 1 && chance() < 0.0005) {
    sim_stall(sim, 1, world_now(sim->world) + heavy(1e6));
  }
}

/* What is seen of a receiver. */
static struct advice
seen(const struct sim *sim, const char *receiver)
{
  const struct stream *const s = streams_find(sim->nodes[1].engine, receiver);
  return (struct advice){ .need = &s->counts->rx.need,
                          .link_offset = s->config.link_offset_ns,
                          .drop_outs = atomic_load_explicit(
                            &s->counts->rx.counters[RX_DROPOUTS],
                            memory_order_relaxed) };
}

static void
foretell(struct fate f)
{
  struct sim sim;
  double period[RECEIVERS];
  uint64_t before[RECEIVERS];
  char text[ADVICE_TEXT];
  fate = f;
  sim_create(&sim, f.seed, SIM_EPOCH);
  world_set_fate(sim.world, path, &sim);
  sim.after_wake = after_wake;
  sim_node(&sim, A, 40.0, HEAD SEND);
  sim_node(&sim,
           B,
           -60.0,
           HEAD RECEIVE("r1", "1-2", "1", "3ms")
             RECEIVE("r2", "3-4", "2", "5ms") RECEIVE("r3", "5-6", "3", "8ms")
               RECEIVE("r4", "7-8", "4", "12ms")
                 RECEIVE("r5", "9-10", "5", "50ms"));
  sim_run_until(&sim, SIM_EPOCH + STRETCH);
  const struct advice first = seen(&sim, "r1");
  printf("exponent %.1f, %g late, %g lost: %s\n",
         f.exponent,
         f.late,
         f.lost,
         advice_text(&first, text));
  for (unsigned i = 0; i < RECEIVERS; i++) {
    const struct advice a = seen(&sim, f.by ? f.by : receivers[i].name);
    period[i] = advice_period(&a, receivers[i].link_offset);
    before[i] = seen(&sim, receivers[i].name).drop_outs;
  }
  sim_run_until(&sim, SIM_EPOCH + 2 * STRETCH);
  for (unsigned i = 0; i < RECEIVERS; i++) {
    const double due = (double)STRETCH * 1e-9 / period[i];
    const double is =
      (double)(seen(&sim, receivers[i].name).drop_outs - before[i]);
    printf("  %2ld ms: %.1f foretold, %.0f came\n",
           (long)(receivers[i].link_offset / 1000000),
           due,
           is);
    expect((is <= 3 * due || is < FEW) && (due <= 3 * is || due < FEW),
           "three times as many, or as few");
  }
  sim_destroy(&sim);
}

int
main(void)
{
  struct fate f = { 7, 1.5, .late = 0.002, .busy = SECOND, .by = "r5" };
  foretell(f);
  f.exponent = 2.5;
  foretell(f);
  f.lost = 5e-5;
  foretell(f);
  f = (struct fate){ 8, 1.5, .late = 0.3, .busy = SECOND, .by = "r5" };
  foretell(f); /* many in each window */
  f = (struct fate){ 9, 1.0, .late = 1, .busy = SECOND / 10 };
  foretell(f); /* and in a few windows */
  return failures != 0;
}
