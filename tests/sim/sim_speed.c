/* sim_speed.c - how much faster than real time two engines of 64 channels run
   in virtual time: one sends to the other, and then both send and receive. A
   figure, not a test: run it by name.
   SPDX-License-Identifier: MIT */
#include "sim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define STREAMS 8
#define WIDTH 8 /* channels of a stream */

/* STREAMS of a kind, to or from 239.69.NET.1 and up. */
static int
streams(char *out, size_t bytes, const char *kind, int net)
{
  int n = 0;
  for (int i = 1; i <= STREAMS; i++) {
    n += snprintf(out + n,
                  bytes - (size_t)n,
                  "[%s %c%d]\nchannels = %d-%d\naddress = 239.69.%d.%d\n",
                  kind,
                  kind[0],
                  i,
                  WIDTH * (i - 1) + 1,
                  WIDTH * i,
                  net,
                  i);
  }
  return n;
}

/* Node 0 sends to node 1, which answers when IS_DUPLEX. */
static void
profile(char *out,
        size_t bytes,
        const char *packet_time,
        int node,
        int is_duplex)
{
  int n = snprintf(out,
                   bytes,
                   "[device]\ninputs = %d\noutputs = %d\n[stream]\n"
                   "packet_time = %s\nlink_offset = 3ms\nwhen = always\n",
                   node == 1 || is_duplex ? STREAMS * WIDTH : 0,
                   node == 0 || is_duplex ? STREAMS * WIDTH : 0,
                   packet_time);
  if (node == 0 || is_duplex) {
    n += streams(out + n, bytes - (size_t)n, "send", 1 + node);
  }
  if (node == 1 || is_duplex) {
    streams(out + n, bytes - (size_t)n, "receive", 2 - node);
  }
}

static double
seconds(void)
{
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void
measure(const char *packet_time, int is_duplex)
{
  struct sim sim;
  char text[4096];
  sim_create(&sim, 1, SIM_EPOCH);
  for (int i = 0; i < 2; i++) {
    profile(text, sizeof text, packet_time, i, is_duplex);
    sim_node(&sim, 0xC0A80001u + (unsigned)i, 0.0, text);
    sim.nodes[i].has_app = 0; /* the signal costs more than the engine */
  }
  sim_run_until(&sim, SIM_EPOCH + 100000000);
  const double begin = seconds();
  sim_run_until(&sim, SIM_EPOCH + INT64_C(20100000000));
  const double used = seconds() - begin;
  const struct stream *const rx = streams_find(sim.nodes[1].engine, "r1");
  printf("%s, %s: 20 s of two engines, 64 channels, in %.2f s: %.0f times "
         "real time; %llu packets, %llu lost\n",
         packet_time,
         is_duplex ? "both ways" : "one way",
         used,
         20.0 / used,
         (unsigned long long)rx->counts->rx.counters[RX_PACKETS],
         (unsigned long long)rx->counts->rx.counters[RX_LOST]);
  sim_destroy(&sim);
}

int
main(int argc, char **argv)
{
  const char *const packet_time = argc > 1 ? argv[1] : "1ms";
  measure(packet_time, 0);
  measure(packet_time, 1);
  return 0;
}
