/* sim_legs.c - both legs of an ST 2022-7 session on one timeline, from one
   network or two: what is lost
   on one of them is heard from the other, what is lost on both is lost, frame
   for frame, however much later the second one comes.
   SPDX-License-Identifier: MIT */
#include "expect.h"
#include "listener.h"

#include <stdio.h>
#include <string.h>

#define SECOND INT64_C(1000000000)
#define A 0xC0A80001u
#define B 0xC0A80002u
#define B2 0xC0A80102u /* the second address of B, on another network */
#define LEG1 0xEF450101u
#define LEG2 0xEF450201u
#define FRAMES 12 /* of a packet */

#define HEAD                                                                   \
  "[device]\ninputs = 8\noutputs = 8\n[clock]\nmodule = clock-system\n"        \
  "[stream]\npacket_time = 250us\nlink_offset = 750us\nwhen = always\n"
#define SEND_AT(offset)                                                        \
  "[send s1]\nchannels = 1-2\naddress = 239.69.1.1\nrtp_offset = " offset      \
  "\n[send s2]\nchannels = 1-2\naddress = 239.69.2.1\nrtp_offset = " offset    \
  "\n"
#define SEND                                                                   \
  "[send s1]\nchannels = 1-2\naddress = 239.69.1.1\n"                          \
  "[send s2]\nchannels = 1-2\naddress = 239.69.2.1\n"

/* What happens to packets by their number on the leg. */
struct wire {
  unsigned seen[2];
  int64_t late; /* the second leg, ns */
  int
    drops_legs; /* each tenth packet of the first, and another of the second */
  int drops_both;   /* each hundredth of both */
  int is_cut[2];    /* nothing comes */
  int has_two;      /* networks, each with one leg */
  uint64_t dropped; /* on both, packets */
};

static int
on_wire(void *arg, const struct world_packet *p, vsc_ip to, int64_t *delay)
{
  struct wire *const w = arg;
  const int leg = p->dest == LEG2;
  delay[0] = 100000 + (leg ? w->late : 0);
  if (w->has_two && (to == B || to == B2) && leg != (to == B2)) {
    return 0;
  }
  if ((to != B && to != B2) || (p->dest != LEG1 && p->dest != LEG2)) {
    return 1;
  }
  /* The sequence is the sender's own: by the timestamp they are the same. */
  const unsigned n =
    ((unsigned)p->bytes[4] << 24 | (unsigned)p->bytes[5] << 16 |
     (unsigned)p->bytes[6] << 8 | p->bytes[7]) /
    FRAMES;
  w->seen[leg]++;
  if (w->is_cut[leg]) {
    return 0;
  }
  if (w->drops_both && n % 100 == 7) {
    w->dropped += (unsigned)leg;
    return 0;
  }
  return !(w->drops_legs && n % 10 == (leg ? 6u : 3u));
}

/* Node 1 receives what a file describes. */
static void
begin(struct sim *sim,
      struct wire *wire,
      struct listener *ear,
      const char *more)
{
  char path[128], profile[2048];
  sim_create(sim, 11, SIM_EPOCH);
  world_set_fate(sim->world, on_wire, wire);
  snprintf(path, sizeof path, "%s/legs.sdp", sim->folder);
  FILE *const file = fopen(path, "w");
  if (file) {
    fprintf(file,
            "v=0\no=- 1 1 IN IP4 192.168.0.1\ns=legs\nt=0 0\n"
            "a=group:DUP one two\n"
            "m=audio 5004 RTP/AVP 96\nc=IN IP4 239.69.1.1/32\n"
            "a=rtpmap:96 L24/48000/2\na=ptime:0.25\na=mid:one\n%s"
            "m=audio 5004 RTP/AVP 96\nc=IN IP4 239.69.2.1/32\n"
            "a=rtpmap:96 L24/48000/2\na=ptime:0.25\na=mid:two\n%s",
            more,
            more);
    fclose(file);
  }
  snprintf(profile,
           sizeof profile,
           HEAD "[receive r1]\nchannels = 1-2\nsdp = %s\n",
           path);
  *ear = (struct listener){ .channels = 2 };
  sim->after_wake = listen;
  sim->arg = ear;
  sim_node(sim, A, 20.0, HEAD SEND);
  sim->nodes[0].has_app = 1;
  sim_node(sim, B, -30.0, profile);
  if (wire->has_two) {
    sim_second(sim, 1, B2, -30.0);
  }
  sim_run_until(sim, SIM_EPOCH + SECOND / 2);
  *ear = (struct listener){ .channels = 2 };
}

#define DIRECT "a=mediaclk:direct=0\n"

static uint64_t
counter(const struct sim *sim, enum rx_counter c)
{
  const struct stream *const s = streams_find(sim->nodes[1].engine, "r1");
  return s->counts->rx.counters[c];
}

static void
run_for(struct sim *sim, int64_t ns)
{
  sim_run_until(sim, world_now(sim->world) + ns);
}

/* Does the reason of the receiver, which plays, begin so? */
static int
says(const struct sim *sim, const char *words)
{
  const struct engine *const e = sim->nodes[1].engine;
  const struct stream *const s = streams_find(e, "r1");
  const char *const reason = stream_reason(e, s);
  return stream_state(e, s) == STREAM_PLAYING &&
         (*words ? strncmp(reason, words, strlen(words)) == 0 : !*reason);
}

static void
nothing_is_missing(const char *clock, int64_t late, int has_two)
{
  struct sim sim;
  struct wire wire = { .late = late, .has_two = has_two };
  struct listener ear;
  begin(&sim, &wire, &ear, clock);
  const uint64_t anchored = counter(&sim, RX_ANCHORED);
  wire.drops_legs = 1;
  run_for(&sim, 2 * SECOND);
  printf("%lld ns later: %llu exact, %llu silent, %llu wrong\n",
         (long long)late,
         (unsigned long long)ear.exact,
         (unsigned long long)ear.silent,
         (unsigned long long)ear.wrong);
  expect(ear.wrong == 0 && ear.silent == 0, "one leg's loss is not heard");
  expect(ear.exact > 90000, "all of it is heard");
  expect(counter(&sim, RX_LOST_FRAMES) == 0, "nor counted as lost");
  expect(counter(&sim, RX_COPIES) > 7000, "the second leg is counted");
  expect(counter(&sim, RX_ANCHORED) == anchored, "and moves nothing");
  /* Each of them alone is enough. */
  wire.drops_legs = 0;
  for (int leg = 0; leg < 2; leg++) {
    wire.is_cut[leg] = 1;
    run_for(&sim, 5 * SECOND);
    expect(says(&sim, leg ? "only the first leg" : "only the second leg"),
           "and is missed");
    wire.is_cut[leg] = 0;
    run_for(&sim, 3 * SECOND);
    expect(says(&sim, ""), "and is back");
  }
  expect(ear.wrong == 0 && ear.silent == 0, "either leg may be cut");
  sim_destroy(&sim);
}

static void
exactly_what_both_lost_is_missing(int64_t late)
{
  struct sim sim;
  struct wire wire = { .late = late };
  struct listener ear;
  begin(&sim, &wire, &ear, DIRECT);
  wire.drops_legs = wire.drops_both = 1;
  run_for(&sim, 2 * SECOND);
  wire.drops_both = 0;
  run_for(&sim, SECOND / 10);
  expect(wire.dropped > 70, "both lost something");
  expect(ear.wrong == 0 && ear.silent == FRAMES * wire.dropped,
         "just that is silent");
  expect(counter(&sim, RX_LOST_FRAMES) == FRAMES * wire.dropped &&
           counter(&sim, RX_LOST) == wire.dropped,
         "and counted as lost");
  expect(counter(&sim, RX_RESTARTED) == 0, "without a restart");
  sim_destroy(&sim);
}

/* A copy that is later than the link offset is of no use, and does no harm. */
static void
a_copy_that_is_too_late(const char *clock)
{
  struct sim sim;
  struct wire wire = { .late = 3000000 };
  struct listener ear;
  begin(&sim, &wire, &ear, clock);
  run_for(&sim, SECOND);
  expect(ear.wrong == 0 && ear.silent == 0, "a late copy is not heard");
  expect(counter(&sim, RX_LATE) == 0 && counter(&sim, RX_LOST) == 0,
         "nor counted as late");
  const struct stream *const s = streams_find(sim.nodes[1].engine, "r1");
  expect(s->counts->rx.margin.min > 0 && s->counts->rx.least_margin > 0,
         "and the margin is of what is heard");
  sim_destroy(&sim);
}

/* The only leg that is left has to follow a sender that begins anew elsewhere,
   as the first would; and when that is back, it stays. */
static void
a_restart_on_one_leg(int cut)
{
  struct sim sim;
  struct wire wire = { .late = 200000 };
  struct listener ear;
  begin(&sim, &wire, &ear, "");
  wire.is_cut[cut] = 1;
  run_for(&sim, SECOND);
  expect(sim_reconfigure(&sim, 0, HEAD SEND_AT("48000000")), "it begins anew");
  run_for(&sim, SECOND);
  uint64_t before = counter(&sim, RX_PACKETS);
  run_for(&sim, SECOND);
  expect(counter(&sim, RX_PACKETS) > before + 3900, "it is followed");
  wire.is_cut[cut] = 0;
  run_for(&sim, SECOND / 2);
  const uint64_t anchored = counter(&sim, RX_ANCHORED);
  before = counter(&sim, RX_PACKETS);
  run_for(&sim, SECOND);
  expect(counter(&sim, RX_PACKETS) > before + 3900 &&
           counter(&sim, RX_ANCHORED) == anchored,
         "and stays where it is");
  sim_destroy(&sim);
}

int
main(void)
{
  nothing_is_missing(DIRECT, 0, 0);
  nothing_is_missing(DIRECT, 400000, 0);
  nothing_is_missing(DIRECT, -50000, 0);
  nothing_is_missing("", 400000, 0); /* rtp_offset = auto */
  nothing_is_missing(DIRECT, 300000, 1);
  exactly_what_both_lost_is_missing(0);
  exactly_what_both_lost_is_missing(300000);
  a_copy_that_is_too_late(DIRECT);
  a_copy_that_is_too_late("");
  a_restart_on_one_leg(0);
  a_restart_on_one_leg(1);
  printf("%d failed\n", failures);
  return failures != 0;
}
