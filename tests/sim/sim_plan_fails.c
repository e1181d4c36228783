/* sim_plan_fails.c - a transport has no memory for the next graph: what runs
   goes on, and nothing that it may touch is freed. With AddressSanitizer, too.
   SPDX-License-Identifier: MIT */
#include "expect.h"
#include "sim.h"

#include <stdio.h>

#define SECOND INT64_C(1000000000)
#define SEND(n, channels)                                                      \
  "[send s" n "]\nchannels = " channels "\naddress = 239.69.1." n "\n"
#define HEAD                                                                   \
  "[device]\ninputs = 16\noutputs = 16\n[clock]\nmodule = clock-system\n"      \
  "[stream]\npacket_time = 1ms\nwhen = always\n" SEND("1", "1-8")

static vsc_status
no_plan(void *self, void *plan, const vsc_transport_streams *s)
{
  (void)self;
  (void)plan;
  (void)s;
  return VSC_ERR_NOMEM;
}

static unsigned
closing(const struct engine *e)
{
  unsigned n = 0;
  for (const struct stream *s = e->closing; s; s = s->next) {
    n++;
  }
  return n;
}

int
main(void)
{
  struct sim sim;
  sim_create(&sim, 11, SIM_EPOCH);
  const unsigned n = sim_node(&sim, 0xC0A80001u, 0, HEAD SEND("2", "9-16"));
  sim_run_until(&sim, SIM_EPOCH + SECOND / 10);
  struct engine *const e = sim.nodes[n].engine;
  struct transport *const t = e->transports;
  const vsc_transport_ops *const ops = t->ops;
  vsc_transport_ops broken = *ops;
  broken.plan = no_plan;
  t->ops = &broken;
  /* As when its last application has left: it is closed, but for the graph that
     goes on without a successor. */
  streams_find(e, "s2")->config.is_always = 0;
  streams_arrange(e);
  expect(closing(e) == 1, "what was open waits");
  expect(sim_reconfigure(&sim, n, HEAD), "taken live");
  expect(closing(e) == 2, "so does the stream whose counters it uses");
  sim_run_until(&sim, SIM_EPOCH + SECOND / 5);
  expect(closing(e) == 2, "for as long as there is no other graph");
  t->ops = ops;
  expect(sim_reconfigure(&sim, n, HEAD SEND("3", "9-16")), "taken live");
  sim_run_until(&sim, SIM_EPOCH + SECOND / 2);
  expect(closing(e) == 0, "then both are freed");
  sim_destroy(&sim);
  return failures > 0;
}
