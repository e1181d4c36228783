/* sim_speed.c - how much faster than real time a sender and a receiver of 64
   channels run in virtual time. A figure, not a test: run it by name.
   SPDX-License-Identifier: MIT */
#include "sim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void
profile(char *out, size_t bytes, const char *packet_time, int is_send)
{
  int n = snprintf(out,
                   bytes,
                   "[device]\n%s = 0\n[stream]\npacket_time = %s\n"
                   "link_offset = 3ms\nwhen = always\n",
                   is_send ? "inputs" : "outputs",
                   packet_time);
  for (int i = 1; i <= 8; i++) {
    n += snprintf(out + n,
                  bytes - (size_t)n,
                  "[%s s%d]\nchannels = %d-%d\naddress = 239.69.1.%d\n",
                  is_send ? "send" : "receive",
                  i,
                  8 * i - 7,
                  8 * i,
                  i);
  }
}

static double
seconds(void)
{
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

int
main(int argc, char **argv)
{
  const char *const packet_time = argc > 1 ? argv[1] : "1ms";
  struct sim sim;
  char text[4096];
  sim_create(&sim, 1, SIM_EPOCH);
  for (int i = 0; i < 2; i++) {
    profile(text, sizeof text, packet_time, i == 0);
    sim_node(&sim, 0xC0A80001u + (unsigned)i, 0.0, text);
  }
  sim.nodes[0].has_app = 0; /* the signal costs more than the engine */
  sim_run_until(&sim, SIM_EPOCH + 100000000);
  const double begin = seconds();
  sim_run_until(&sim, SIM_EPOCH + INT64_C(20100000000));
  const double used = seconds() - begin;
  const struct stream *const rx = streams_find(sim.nodes[1].engine, "s1");
  printf("%s: 20 s of two engines, 64 channels, in %.2f s: %.0f times "
         "real time; %llu packets, %llu lost\n",
         packet_time,
         used,
         20.0 / used,
         (unsigned long long)rx->counts->rx.counters[RX_PACKETS],
         (unsigned long long)rx->counts->rx.counters[RX_LOST]);
  sim_destroy(&sim);
  return 0;
}
