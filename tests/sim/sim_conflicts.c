/* sim_conflicts.c - somebody else sends to an address that is in use: it is
   said in status while it lasts, and of nobody who takes over in good order.
   SPDX-License-Identifier: MIT */
#include "sim.h"

#include <stdio.h>
#include <string.h>

#define SECOND INT64_C(1000000000)
#define A 0xC0A80001u
#define B 0xC0A80002u
#define C 0xC0A80003u

#define HEAD                                                                   \
  "[device]\ninputs = 8\noutputs = 8\n[clock]\nmodule = clock-system\n"        \
  "[stream]\npacket_time = 250us\nlink_offset = 750us\nwhen = always\n"
#define SEND "[send s1]\nchannels = 1-2\naddress = 239.69.1.1\n"
#define RECEIVE "[receive r1]\nchannels = 1-2\naddress = 239.69.1.1\n"

static int failures;

static void
expect(int is_true, const char *what)
{
  if (!is_true) {
    fprintf(stderr, "failed: %s\n", what);
    failures++;
  }
}

static void
run_for(struct sim *sim, int64_t ns)
{
  sim_run_until(sim, world_now(sim->world) + ns);
}

static const struct stream *
find(const struct sim *sim, unsigned node, const char *name)
{
  return streams_find(sim->nodes[node].engine, name);
}

static enum stream_state
state(const struct sim *sim, unsigned node, const char *name)
{
  return stream_state(sim->nodes[node].engine, find(sim, node, name));
}

/* TEXT is what status says of the stream. */
static int
says(const struct sim *sim, unsigned node, const char *name, const char *text)
{
  const char *const reason =
    stream_reason(sim->nodes[node].engine, find(sim, node, name));
  if (strcmp(reason, text) != 0) {
    fprintf(stderr, "it says: %s\n", reason);
  }
  return strcmp(reason, text) == 0;
}

static void
two_senders(void)
{
  struct sim sim;
  sim_create(&sim, 3, SIM_EPOCH);
  sim_node(&sim, A, 40.0, HEAD SEND);
  sim_node(&sim, B, -60.0, HEAD RECEIVE);
  run_for(&sim, 3 * SECOND);
  expect(state(&sim, 1, "r1") == STREAM_PLAYING, "one sender is no conflict");
  sim_node(&sim, C, 0.0, HEAD SEND);
  run_for(&sim, 4 * SECOND);
  expect(state(&sim, 1, "r1") == STREAM_CONFLICT, "two are");
  expect(says(&sim,
              1,
              "r1",
              "192.168.0.3 sends to this address, too: it is not heard beside "
              "192.168.0.1"),
         "and named");
  const struct rx_counts *const rx = &find(&sim, 1, "r1")->counts->rx;
  expect(rx->counters[RX_LOST_FRAMES] == 0 && rx->counters[RX_RESTARTED] == 0,
         "the first is heard without a gap");
  expect(state(&sim, 0, "s1") == STREAM_PLAYING, "a sender does not see it");
  sim_stop(&sim, 2);
  run_for(&sim, 3 * SECOND);
  expect(state(&sim, 1, "r1") == STREAM_PLAYING, "until one of them ends");
  sim_destroy(&sim);
}

/* One sender after the other: again and again, at any time of a second. */
static void
one_takes_over(void)
{
  struct sim sim;
  unsigned seen = 0;
  sim_create(&sim, 5, SIM_EPOCH);
  sim_node(&sim, A, 40.0, HEAD SEND);
  sim_node(&sim, B, -60.0, HEAD RECEIVE);
  sim_node(&sim, C, 0.0, HEAD SEND);
  sim_stop(&sim, 2);
  run_for(&sim, SECOND);
  for (unsigned i = 0; i < 24; i++) {
    const unsigned next = i % 2 ? 0 : 2;
    sim_start(&sim, next);
    run_for(&sim, (int64_t)(i + 1) * 10000000); /* both, for a while */
    sim_stop(&sim, 2 - next);
    for (unsigned n = 0; n < 10; n++) {
      run_for(&sim, 170000000);
      seen += state(&sim, 1, "r1") == STREAM_CONFLICT;
    }
  }
  expect(seen == 0, "who takes over is no conflict");
  expect(state(&sim, 1, "r1") == STREAM_PLAYING, "and plays");
  sim_destroy(&sim);
}

/* A receiver of what we send ourselves sees who else does. */
static void
our_own_address(void)
{
  struct sim sim;
  sim_create(&sim, 7, SIM_EPOCH);
  sim_node(&sim, A, 40.0, HEAD SEND RECEIVE);
  run_for(&sim, 3 * SECOND);
  expect(state(&sim, 0, "s1") == STREAM_PLAYING, "nobody else is there");
  sim_node(&sim, B, 0.0, HEAD SEND);
  run_for(&sim, 4 * SECOND);
  expect(state(&sim, 0, "s1") == STREAM_CONFLICT, "somebody is");
  expect(
    says(&sim,
         0,
         "s1",
         "192.168.0.2 sends to this address, too, as receiver \"r1\" sees"),
    "and named");
  sim_stop(&sim, 1);
  run_for(&sim, 3 * SECOND);
  expect(state(&sim, 0, "s1") == STREAM_PLAYING, "and gone");
  sim_destroy(&sim);
}

/* Two engines of one host differ by nothing but SSRC and port. */
static void
two_of_one_host(void)
{
  struct sim sim;
  sim_create(&sim, 9, SIM_EPOCH);
  sim_node(&sim, A, 40.0, HEAD SEND);
  sim_node(&sim, B, -60.0, HEAD RECEIVE);
  run_for(&sim, SECOND); /* whoever starts at one instant has one SSRC */
  sim_node(&sim, A, 40.0, HEAD SEND);
  run_for(&sim, 4 * SECOND);
  expect(state(&sim, 1, "r1") == STREAM_CONFLICT, "they are in conflict");
  expect(says(&sim,
              1,
              "r1",
              "two senders at 192.168.0.1 use this address and are heard by "
              "turns: give one of them another"),
         "and named");
  sim_stop(&sim, 0);
  run_for(&sim, 3 * SECOND);
  expect(state(&sim, 1, "r1") == STREAM_PLAYING, "until one of them ends");
  sim_destroy(&sim);
}

int
main(void)
{
  two_senders();
  one_takes_over();
  our_own_address();
  two_of_one_host();
  printf("%d failed\n", failures);
  return failures != 0;
}
