/* sim_names.c - what applications see channels called, while streams come, move
   and go.
   SPDX-License-Identifier: MIT */
#include "sim.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define SECOND INT64_C(1000000000)
#define HEAD                                                                   \
  "[device]\ninputs = 16\noutputs = 16\n[clock]\nmodule = clock-system\n"      \
  "[stream]\npacket_time = 250us\nlink_offset = 750us\n"
#define RX "[receive rx1]\naddress = 239.69.1.1\n"
#define TX "[send tx1]\nchannels = 1-4\naddress = 239.69.2.1\n"

static int failures;

static void
expect_name(const struct sim *sim, bool is_in, uint32_t c, const char *wanted)
{
  const struct region_names *const n = &sim->nodes[0].engine->region->rx->names;
  char name[LABEL_BYTES];
  label_read(is_in ? &n->inputs[c] : &n->outputs[c], name);
  if (strcmp(name, wanted) != 0) {
    fprintf(stderr,
            "failed: %s %" PRIu32 " is \"%s\", not \"%s\"\n",
            is_in ? "input" : "output",
            c + 1,
            name,
            wanted);
    failures++;
  }
}

static int64_t
changed(const struct sim *sim)
{
  return atomic_load(&sim->nodes[0].engine->region->rx->names.changed);
}

static void
take(struct sim *sim, const char *profile)
{
  const int64_t before = changed(sim);
  if (!sim_reconfigure(sim, 0, profile)) {
    fprintf(stderr, "failed: not taken live\n");
    failures++;
  }
  if (changed(sim) <= before) {
    fprintf(stderr, "failed: nobody is told of the change\n");
    failures++;
  }
}

static void
follow_the_profile(void)
{
  struct sim sim;
  sim_create(&sim, 7, SIM_EPOCH);
  /* Nobody has it open: no stream is, and each channel has its name. */
  sim_node(&sim, 0xC0A80001u, 0.0, HEAD RX "channels = 1-8\n" TX);
  sim_run_until(&sim, SIM_EPOCH + SECOND / 10);
  expect_name(&sim, true, 0, "rx1 1");
  expect_name(&sim, true, 7, "rx1 8");
  expect_name(&sim, true, 8, "");
  expect_name(&sim, false, 3, "tx1 4");
  const int64_t before = changed(&sim);
  sim_run_until(&sim, SIM_EPOCH + SECOND);
  if (changed(&sim) != before) {
    fprintf(stderr, "failed: changed without a change\n");
    failures++;
  }
  take(&sim, HEAD RX "channels = 1-2\nmap = 1>12, 1>13, 2>3\n" TX);
  expect_name(&sim, true, 0, "");
  expect_name(&sim, true, 2, "rx1 2");
  expect_name(&sim, true, 11, "rx1 1");
  expect_name(&sim, true, 12, "rx1 1");
  take(&sim, HEAD TX "[send other]\nchannels = 4-5\naddress = 239.69.2.2\n");
  expect_name(&sim, true, 2, "");
  expect_name(&sim, false, 3, "tx1 4");
  expect_name(&sim, false, 4, "other 2");
  take(&sim, HEAD);
  expect_name(&sim, false, 3, "");
  sim_destroy(&sim);
}

static void
take_the_name_of_their_session(void)
{
  struct sim sim;
  char path[128];
  char text[512];
  sim_create(&sim, 7, SIM_EPOCH);
  sim_node(&sim,
           0xC0A80001u,
           0.0,
           HEAD "[receive rx1]\nchannels = 1-2\nsession = Not there\n");
  expect_name(&sim, true, 1, "Not there 2");
  snprintf(path, sizeof path, "%s/s.sdp", sim.folder);
  FILE *const file = fopen(path, "w");
  if (!file) {
    failures++;
    return;
  }
  fputs("v=0\r\no=- 1 1 IN IP4 192.168.0.1\r\n"
        "s=Große Bühne, Stagebox hinten links\r\n"
        "c=IN IP4 239.69.1.2/32\r\nt=0 0\r\nm=audio 5004 RTP/AVP 96\r\n"
        "a=rtpmap:96 L24/48000/2\r\na=ptime:0.25\r\na=mediaclk:direct=0\r\n",
        file);
  fclose(file);
  snprintf(text,
           sizeof text,
           HEAD "[receive rx1]\nwhen = always\nchannels = 1-2\nsdp = %s\n",
           path);
  take(&sim, text);
  sim_run_until(&sim, SIM_EPOCH + SECOND / 10);
  expect_name(&sim, true, 1, "Große Bühne, Stagebox hinte 2");
  sim_destroy(&sim);
}

/* As aes67 list has them. */
static void
tell_senders_in_order(void)
{
  struct sim sim;
  sim_create(&sim, 7, SIM_EPOCH);
  sim_node(&sim,
           0xC0A80001u,
           0.0,
           HEAD "[send b]\nchannels = 1-2\naddress = 239.69.2.2\n"
                "[send a]\nchannels = 3-4\naddress = 239.69.2.3\n");
  sim_run_until(&sim, SIM_EPOCH + SECOND / 10);
  const struct published *const first = sim.nodes[0].engine->published;
  if (!first || strcmp(first->name, "b") != 0 || !first->next ||
      strcmp(first->next->name, "a") != 0) {
    fprintf(stderr, "failed: not told in the profile's order\n");
    failures++;
  }
  sim_destroy(&sim);
}

int
main(void)
{
  tell_senders_in_order();
  follow_the_profile();
  take_the_name_of_their_session();
  fprintf(stderr, "%d failed\n", failures);
  return failures > 0;
}
