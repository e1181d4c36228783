/* sim_rates.c - one engine sends at 48, 96 and 44.1 kHz at once, others receive
   at those rates or resample back: every frame that is an instant on both sides
   carries the very sample that was played there, and streams at the device's
   own rate stay exact to the bit whatever happens to the others.
   SPDX-License-Identifier: MIT */
#include "expect.h"
#include "sim.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <vsc/position.h>

#define SECOND INT64_C(1000000000)
#define MS INT64_C(1000000)
#define EARS 6

/* Compares CHANNELS inputs from FIRST of a node with the outputs from PLAYED of
   node 0: frames whose distance from the link offset is a multiple of STEP,
   which are AS_PLAYED frames of node 0. */
struct ear {
  unsigned node;
  uint32_t first, channels, played;
  vsc_pos link_offset, step, as_played;
  vsc_pos heard;
  uint64_t exact, silent, wrong;
  int is_on, has_begun;
};

static struct ear ears[EARS];
static void
compare(struct ear *l, const struct region *r, vsc_pos p)
{
  const vsc_pos media = p - l->link_offset;
  if (media % l->step != 0) {
    return;
  }
  unsigned right = 0;
  unsigned zero = 0;
  for (uint32_t c = 0; c < l->channels; c++) {
    float x;
    memcpy(&x,
           &r->in_words[(size_t)(l->first + c) * r->geometry.stride +
                        ((uint64_t)p & (r->geometry.ring - 1))],
           sizeof x);
    const float wanted =
      sim_signal(l->played + c, media / l->step * l->as_played);
    /* Bits where nothing is resampled, else the last bit of a float. */
    right += l->step == 1 && l->as_played == 1 ? x == wanted
                                               : fabsf(x - wanted) < 1e-6f;
    zero += x == 0.0f;
  }
  l->exact += right == l->channels;
  l->silent += zero == l->channels;
  l->wrong += right != l->channels && zero != l->channels;
}

static void
listen(void *arg, struct sim *sim, unsigned node)
{
  (void)arg;
  const struct engine *const e = sim->nodes[node].engine;
  for (unsigned i = 0; i < EARS; i++) {
    struct ear *const l = &ears[i];
    if (!l->is_on || l->node != node) {
      continue;
    }
    if (!l->has_begun) {
      l->has_begun = 1;
      l->heard = e->audio.in.final_to;
    }
    for (; l->heard < e->audio.in.final_to; l->heard++) {
      compare(l, e->region, l->heard);
    }
  }
}

/* Ear I begins a new account. */
static void
hear(unsigned i, struct ear ear)
{
  ears[i] = ear;
  ears[i].is_on = 1;
}

static void
hear_again(void)
{
  for (unsigned i = 0; i < EARS; i++) {
    ears[i].exact = ears[i].silent = ears[i].wrong = 0;
    ears[i].has_begun = 0;
  }
}

static int
is_exact(unsigned i, uint64_t least)
{
  const struct ear *const l = &ears[i];
  const int is_right = l->exact >= least && l->silent == 0 && l->wrong == 0;
  if (!is_right) {
    fprintf(stderr,
            "ear %u: %" PRIu64 " exact, %" PRIu64 " silent, %" PRIu64
            " wrong; at least %" PRIu64 " exact were wanted\n",
            i,
            l->exact,
            l->silent,
            l->wrong,
            least);
  }
  return is_right;
}

static uint64_t
counted(const struct sim *sim, unsigned node, const char *name, int counter)
{
  return streams_find(sim->nodes[node].engine, name)
    ->counts->rx.counters[counter];
}

#define DEVICE(rate, channels)                                                 \
  "[device]\nrate = " rate "\ninputs = " channels "\noutputs = " channels      \
  "\n[clock]\nmodule = clock-system\n[stream]\npacket_time = 250us\n"          \
  "link_offset = 2ms\nwhen = always\nresampler = linear\n"
#define STREAM(role, n, ch, rest)                                              \
  "[" role " s" n "]\nchannels = " ch "\naddress = 239.69.1." n "\n" rest

static const char sends[] = DEVICE("48000", "16") STREAM("send", "1", "1-8", "")
  STREAM("send", "2", "9-10", "rate = 96000\n")
    STREAM("send", "3", "11-12", "rate = 44100\n");

#define RECEIVE_1 STREAM("receive", "1", "1-8", "link_offset = 750us\n")
#define RECEIVE_2 STREAM("receive", "2", "9-10", "rate = 96000\n")
#define RECEIVE_3 STREAM("receive", "3", "11-12", "rate = 44100\n")

static const char receives[] =
  DEVICE("48000", "16") RECEIVE_1 RECEIVE_2 RECEIVE_3;

/* Node 1 resamples back; 2 and 3 have the streams' own rates. */
static void
begin(struct sim *sim)
{
  memset(ears, 0, sizeof ears);
  sim_create(sim, 11, SIM_EPOCH);
  sim_node(sim, 0xC0A80001u, 40.0, sends);
  sim->nodes[0].has_app = 1;
  sim_node(sim, 0xC0A80002u, -60.0, receives);
  sim_node(sim,
           0xC0A80003u,
           10.0,
           DEVICE("96000", "2") STREAM("receive", "2", "1-2", ""));
  sim_node(sim,
           0xC0A80004u,
           -5.0,
           DEVICE("44100", "2") STREAM("receive", "3", "1-2", ""));
  sim->after_wake = listen;
  sim_run_until(sim, SIM_EPOCH + SECOND / 5);
  hear(
    0,
    (struct ear){
      .node = 1, .channels = 8, .link_offset = 36, .step = 1, .as_played = 1 });
  /* Up and down by two meets every frame again, by 147/160 every 160th. */
  hear(1,
       (struct ear){ .node = 1,
                     .first = 8,
                     .channels = 2,
                     .played = 8,
                     .link_offset = 96,
                     .step = 1,
                     .as_played = 1 });
  hear(2,
       (struct ear){ .node = 1,
                     .first = 10,
                     .channels = 2,
                     .played = 10,
                     .link_offset = 96,
                     .step = 160,
                     .as_played = 160 });
  hear(3,
       (struct ear){ .node = 2,
                     .channels = 2,
                     .played = 8,
                     .link_offset = 192,
                     .step = 2,
                     .as_played = 1 });
  hear(4,
       (struct ear){ .node = 3,
                     .channels = 2,
                     .played = 10,
                     .link_offset = 88,
                     .step = 147,
                     .as_played = 160 });
}

static void
all_rates_at_once(void)
{
  struct sim sim;
  begin(&sim);
  sim_run_until(&sim, SIM_EPOCH + SECOND * 11 / 5);
  expect(is_exact(0, 95000), "48 kHz is exact to the bit");
  expect(is_exact(1, 95000), "96 kHz and back: every frame is where it was");
  expect(is_exact(2, 590), "44.1 kHz and back: every 160th frame is");
  expect(is_exact(3, 95000), "a device at 96 kHz hears every second frame");
  expect(is_exact(4, 590), "a device at 44.1 kHz hears every 147th frame");
  for (unsigned i = 1; i <= 3; i++) {
    const char name[] = { 's', (char)('0' + i), '\0' };
    expect(counted(&sim, 1, name, RX_LOST) == 0, "nothing is lost");
    expect(counted(&sim, 1, name, RX_PACKETS) > 2 * 3500, "all comes");
  }
  sim_destroy(&sim);
}

/* Frames that come are played where they belong; those that do not are silence,
   counted in frames of the stream. */
static int
lose(void *arg,
     const struct world_packet *p,
     vsc_ip to,
     int64_t delay[WORLD_COPIES])
{
  struct world *const w = arg;
  (void)p;
  delay[0] = 30000;
  return to == 0xC0A80002u && world_random(w) % 50 == 0 ? 0 : 1;
}

static void
packets_are_lost(void)
{
  struct sim sim;
  begin(&sim);
  world_set_fate(sim.world, lose, sim.world);
  sim_run_until(&sim, SIM_EPOCH + SECOND * 11 / 5);
  const uint64_t lost = counted(&sim, 1, "s2", RX_LOST);
  expect(lost > 100, "packets of the 96 kHz stream are lost");
  expect(counted(&sim, 1, "s2", RX_LOST_FRAMES) == lost * 24,
         "and are counted in its frames");
  expect(ears[1].wrong == 0 && ears[1].silent == lost * 12,
         "and are half as many silent frames of the device");
  expect(ears[2].wrong == 0 && ears[2].silent > 0,
         "44.1 kHz: a frame is right or silent");
  expect(ears[0].wrong == 0 &&
           ears[0].silent == counted(&sim, 1, "s1", RX_LOST_FRAMES),
         "48 kHz: every silent frame has its counter");
  sim_destroy(&sim);
}

static void
streams_come_and_go(void)
{
  static const char *const profiles[] = {
    DEVICE("48000", "16") RECEIVE_1,
    receives,
    DEVICE("48000", "16") RECEIVE_1 RECEIVE_3,
    DEVICE("48000", "16") RECEIVE_1 STREAM("receive",
                                           "2",
                                           "9-10",
                                           "rate = 96000\nmap = 1>9, 2>10, "
                                           "1>16\n"),
    DEVICE("48000", "16") RECEIVE_1 RECEIVE_2,
  };
  struct sim sim;
  begin(&sim);
  for (unsigned i = 0; i < 60; i++) {
    expect(sim_reconfigure(&sim, 1, profiles[i % 5]), "taken live");
    sim_run_until(&sim, world_now(sim.world) + 12 * MS + i * 54321);
  }
  expect(is_exact(0, 30000), "48 kHz is exact while others come and go");
  expect(is_exact(3, 30000), "so is who receives the others");
  expect(sim_reconfigure(&sim, 1, profiles[1]), "taken live");
  sim_run_until(&sim, world_now(sim.world) + SECOND / 10);
  hear_again();
  expect(sim_reconfigure(&sim, 1, profiles[3]), "taken live");
  hear(5,
       (struct ear){ .node = 1,
                     .first = 15,
                     .channels = 1,
                     .played = 8,
                     .link_offset = 96,
                     .step = 1,
                     .as_played = 1 });
  /* What had come was written by the map of before. */
  sim_run_until(&sim, world_now(sim.world) + 3 * MS);
  ears[5].has_begun = 0;
  ears[5].silent = 0;
  sim_run_until(&sim, world_now(sim.world) + SECOND);
  expect(is_exact(1, 47000), "a map that changes leaves its frames exact");
  expect(is_exact(5, 47000), "and the copy is");
  sim_destroy(&sim);
}

/* What is heard after a moment is exact, in every stream. */
static void
recovers(struct sim *sim, const char *what)
{
  sim_run_until(sim, world_now(sim->world) + 50 * MS);
  hear_again();
  sim_run_until(sim, world_now(sim->world) + SECOND / 2);
  int is_right = 1;
  for (unsigned i = 0; i < 5; i++) {
    is_right &= is_exact(i, ears[i].step > 100 ? 140 : 23000);
  }
  expect(is_right, what);
}

static void
stalls_steps_and_restarts(void)
{
  struct sim sim;
  begin(&sim);
  sim_run_until(&sim, world_now(sim.world) + 10 * MS);
  const uint64_t lost = counted(&sim, 1, "s2", RX_LOST_FRAMES);
  sim_stall(&sim, 1, world_now(sim.world) + 12 * MS);
  sim_run_until(&sim, world_now(sim.world) + 30 * MS);
  const uint64_t news = counted(&sim, 1, "s2", RX_LOST_FRAMES) - lost;
  expect(ears[1].silent > 400 && news + 4 >= 2 * ears[1].silent &&
           news <= 2 * ears[1].silent + 4,
         "silence of a stall is counted as lost");
  recovers(&sim, "a receiver that stalled for 12 ms");
  sim_stall(&sim, 1, world_now(sim.world) + 400 * MS);
  sim_run_until(&sim, world_now(sim.world) + 400 * MS);
  recovers(&sim, "a receiver that stalled for longer than its ring");
  expect(ears[1].wrong == 0 && ears[0].wrong == 0, "silence, no other frame");
  sim_stall(&sim, 0, world_now(sim.world) + 8 * MS);
  recovers(&sim, "a sender that stalled for 8 ms");
  sim_stall(&sim, 0, world_now(sim.world) + 300 * MS);
  sim_run_until(&sim, world_now(sim.world) + 300 * MS);
  recovers(&sim, "a sender that stalled for longer than its ring");
  sim_stop(&sim, 1);
  sim_run_until(&sim, world_now(sim.world) + 100 * MS);
  sim_start(&sim, 1);
  recovers(&sim, "a receiver that was started again");
  sim_stop(&sim, 0);
  sim_run_until(&sim, world_now(sim.world) + 100 * MS);
  sim_start(&sim, 0);
  recovers(&sim, "a sender that was started again");
  for (unsigned i = 0; i < 4; i++) {
    world_step_clock(sim.nodes[i].os, SECOND / 2 + 1234567);
  }
  sim.after_wake = NULL;
  sim_run_until(&sim, world_now(sim.world) + 3 * SECOND);
  sim.after_wake = listen;
  recovers(&sim, "a step of the clock");
  sim_destroy(&sim);
}

/* W of an engine that sends by TEXT. */
static uint32_t
wake_frames(const char *text)
{
  struct sim sim;
  sim_create(&sim, 1, SIM_EPOCH);
  sim_node(&sim, 0xC0A80001u, 0, text);
  sim_run_until(&sim, SIM_EPOCH + SECOND / 10);
  const uint32_t w = sim.nodes[0].engine->audio.wake_frames;
  const struct stream *const s = streams_find(sim.nodes[0].engine, "s1");
  expect(s->counts->tx.counters[TX_PACKETS] > 80, "packets are sent");
  expect(s->counts->tx.counters[TX_LATE] == 0, "and none is late");
  sim_destroy(&sim);
  return w;
}

static void
wake_ups_follow_packet_times(void)
{
  expect(wake_frames(DEVICE("48000", "8") STREAM(
           "send", "1", "1-2", "packet_time = 125us\nrate = 96000\n")) == 6,
         "12 frames at 96 kHz are 6 at 48 kHz");
  expect(wake_frames(DEVICE("44100", "8") STREAM(
           "send", "1", "1-2", "packet_time = 125us\nrate = 48000\n")) == 5,
         "6 frames at 48 kHz are 5.5 at 44.1 kHz: never longer");
}

/* The reason of a stream that is configured by TEXT. */
static int
refuses(const char *text, const char *reason)
{
  struct sim sim;
  sim_create(&sim, 1, SIM_EPOCH);
  sim_node(&sim, 0xC0A80001u, 0, text);
  sim_run_until(&sim, SIM_EPOCH + SECOND / 10);
  const struct engine *const e = sim.nodes[0].engine;
  const struct stream *const s = streams_find(e, "s1");
  const int is_refused =
    stream_state(e, s) == STREAM_REFUSED && strstr(stream_reason(e, s), reason);
  if (!is_refused) {
    fprintf(stderr, "the reason is \"%s\"\n", stream_reason(e, s));
  }
  sim_destroy(&sim);
  return is_refused;
}

static void
refusals(void)
{
  expect(refuses(DEVICE("48000", "8")
                   STREAM("send", "1", "1-2", "rate = 96000\nresampler =\n"),
                 "96000 frames/s, the device at 48000: name a resampler module "
                 "with the key \"resampler\""),
         "no resampler");
  expect(refuses(DEVICE("48000", "8") STREAM("receive",
                                             "1",
                                             "1-2",
                                             "rate = 96000\nlink_offset = "
                                             "20us\n"),
                 "link_offset has to be at least"),
         "a link offset that is too short");
  expect(refuses(DEVICE("48000", "8")
                   STREAM("send", "1", "1-2", "rate = 96000\nencoding = RAW\n"),
                 "words of codec-raw are bits, which cannot be resampled"),
         "a raw codec");
}

/* A session at RATE in a file that node 1 receives from. */
static void
receive_session(struct sim *sim, unsigned rate)
{
  char path[128];
  char text[512];
  snprintf(path, sizeof path, "%s/s.sdp", sim->folder);
  FILE *const file = fopen(path, "w");
  if (!file) {
    expect(0, "a session can be written");
    return;
  }
  fprintf(file,
          "v=0\r\no=- 1 1 IN IP4 192.168.0.1\r\ns=s\r\n"
          "c=IN IP4 239.69.1.2/32\r\nt=0 0\r\nm=audio 5004 RTP/AVP 96\r\n"
          "a=rtpmap:96 L24/%u/2\r\na=ptime:0.25\r\na=mediaclk:direct=0\r\n",
          rate);
  fclose(file);
  snprintf(text,
           sizeof text,
           DEVICE("48000", "16") "[receive s2]\nchannels = 9-10\nsdp = %s\n",
           path);
  expect(sim_reconfigure(sim, 1, DEVICE("48000", "16")), "taken live");
  expect(sim_reconfigure(sim, 1, text), "taken live");
  sim_run_until(sim, world_now(sim->world) + 100 * MS);
}

static void
sessions_bring_their_rate(void)
{
  struct sim sim;
  begin(&sim);
  receive_session(&sim, 96000);
  ears[0].is_on = ears[2].is_on = 0;
  hear_again();
  sim_run_until(&sim, world_now(sim.world) + SECOND / 2);
  expect(is_exact(1, 23000), "a session at 96 kHz");
  json_t *const status = status_json(sim.nodes[1].engine);
  const json_t *const s =
    json_array_get(json_object_get(status, "receivers"), 0);
  expect(json_integer_value(json_object_get(s, "rate")) == 96000,
         "status says its rate");
  const char *const name = json_string_value(json_object_get(s, "resampler"));
  expect(name && strcmp(name, "linear") == 0, "and its resampler");
  expect(json_integer_value(json_object_get(s, "packet_time_ns")) == 250000,
         "and its packet time");
  json_decref(status);
  receive_session(&sim, 64000);
  const struct engine *const e = sim.nodes[1].engine;
  expect(strstr(stream_reason(e, streams_find(e, "s2")),
                "only 44100 and 48000 times") != NULL,
         "a session of no family is refused");
  sim_destroy(&sim);
}

int
main(void)
{
  all_rates_at_once();
  packets_are_lost();
  streams_come_and_go();
  stalls_steps_and_restarts();
  wake_ups_follow_packet_times();
  refusals();
  sessions_bring_their_rate();
  printf("%d failed\n", failures);
  return failures != 0;
}
