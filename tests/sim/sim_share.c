/* sim_share.c - several applications play on the same outputs of a whole
   engine: they come, leave, stall and are carried over clock steps, and every
   frame is the exact sum of what was written. And which rates an engine could
   change to. SPDX-License-Identifier: MIT */
#include "engine/loopbacks.h"
#include "expect.h"
#include "sim.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <vsc/position.h>

#define RATE 48000
#define LINK_OFFSET 36 /* 750 us */
#define LOOP_DELAY 96
#define AHEAD 512
#define APPS 6
#define CHANNELS 8
#define RECORD 65536 /* frames of which is known what was played */
#define SECOND INT64_C(1000000000)
#define MS INT64_C(1000000)

struct app {
  uint32_t first, count;
  bool is_there, has_begun;
  uint32_t generation;
  vsc_pos written;
  vsc_pos played[RECORD]; /* the position that was written, by its low bits */
};

struct stage {
  struct app apps[APPS];
  vsc_pos sent, heard; /* what was compared, at node 0 and at node 1 */
  uint32_t generation;
  uint64_t exact, missing, wrong; /* at node 1 */
  bool has_loop;
  vsc_pos looped;
  uint64_t loop_exact, loop_wrong, loop_sounded, left_out; /* at node 0 */
  uint64_t sent_exact, sent_wrong, sounded;                /* at node 0 */
};

static struct stage stage;
/* A quarter of full scale, 24 bits: sums of three are exact on the wire. */
static float
tone(unsigned app, uint32_t c, vsc_pos p)
{
  const float x = sim_signal(app * 100 + c, p);
  return (float)(int32_t)(x * 2097152.0f) / 8388608.0f;
}

static bool
has_played(const struct app *a, uint32_t c, vsc_pos p)
{
  return c >= a->first && c < a->first + a->count &&
         a->played[(uint64_t)p % RECORD] == p;
}

/* Of all but application WITHOUT. */
static float
sum_without(unsigned without, uint32_t c, vsc_pos p)
{
  float x = 0.0f;
  for (unsigned i = 0; i < APPS; i++) {
    x +=
      i != without && has_played(&stage.apps[i], c, p) ? tone(i, c, p) : 0.0f;
  }
  return x;
}

static float
sum(uint32_t c, vsc_pos p)
{
  return sum_without(APPS, c, p);
}

/* Application N takes slot N. */
static void
join(struct sim *sim, unsigned n, uint32_t first, uint32_t count)
{
  struct region_slot *const slot = &sim->nodes[0].engine->region->tx->slots[n];
  stage.apps[n] = (struct app){ .first = first, .count = count };
  stage.apps[n].is_there = true;
  memset(stage.apps[n].played, 0xff, sizeof stage.apps[n].played);
  slot->first_out = first;
  slot->outputs = count;
  slot->pid_start = 0;
  snprintf(slot->app, sizeof slot->app, "app%u", n);
  atomic_store(&slot->written_to, INT64_MIN);
  atomic_store(&slot->activity, ACTIVITY_STARTED);
  atomic_store(&slot->ticket, (uint64_t)getpid() << 32 | SLOT_ATTACHED);
}

static void
leave(struct sim *sim, unsigned n)
{
  struct region_slot *const slot = &sim->nodes[0].engine->region->tx->slots[n];
  stage.apps[n].is_there = false;
  atomic_store(&slot->activity, ACTIVITY_STOPPED);
  atomic_store(&slot->ticket, (uint64_t)getpid() << 32 | SLOT_LEAVING);
}

/* Every application writes as far ahead as it may, into the lane it was given.
 */
static void
play(struct engine *e, unsigned n)
{
  struct app *const a = &stage.apps[n];
  const struct region *const r = e->region;
  const struct region_grant *const g = &r->rx->grants[n];
  if (!a->is_there || atomic_load(&g->ticket) != r->tx->slots[n].ticket ||
      atomic_load(&g->state) != GRANT_ACTIVE) {
    return;
  }
  const size_t lane = (size_t)r->geometry.outputs * r->geometry.stride;
  uint32_t *const words = r->out_words + atomic_load(&g->lane) * lane;
  const vsc_pos now = e->audio.wake.pos + 16;
  const vsc_pos clean = atomic_load(&r->rx->out.clean_to) - 64;
  const vsc_pos end = now + AHEAD < clean ? now + AHEAD : clean;
  if (!a->has_begun || a->generation != e->audio.wake.view.generation) {
    a->has_begun = true;
    a->generation = e->audio.wake.view.generation;
    a->written = now;
    memset(a->played, 0xff, sizeof a->played);
  }
  for (vsc_pos p = a->written > now ? a->written : now; p < end; p++) {
    a->played[(uint64_t)p % RECORD] = p;
    for (uint32_t c = a->first; c < a->first + a->count; c++) {
      const float x = tone(n, c, p);
      memcpy(
        &words[c * r->geometry.stride + ((uint64_t)p & (r->geometry.ring - 1))],
        &x,
        sizeof x);
    }
    a->written = p + 1;
  }
  struct region_slot *const slot = &r->tx->slots[n];
  if (atomic_load(&slot->epoch) != atomic_load(&r->rx->epoch)) {
    atomic_store(&slot->written_to, INT64_MIN);
    atomic_store(&slot->epoch, atomic_load(&r->rx->epoch));
  }
  atomic_store(&slot->written_to, a->written);
  atomic_store(&slot->activity, ACTIVITY_PLAYING);
}

static float
word(const uint32_t *words,
     const struct region_geometry *g,
     uint32_t c,
     vsc_pos p)
{
  float x;
  memcpy(&x, &words[c * g->stride + ((uint64_t)p & (g->ring - 1))], sizeof x);
  return x;
}

/* What left the engine: all of it, and nothing else. */
static void
compare_sent(const struct engine *e)
{
  const struct region *const r = e->region;
  const vsc_pos oldest = atomic_load(&r->rx->out.valid_from);
  if (stage.generation != e->audio.wake.view.generation) {
    stage.generation = e->audio.wake.view.generation;
    stage.sent = e->audio.out.final_to;
  }
  vsc_pos p = stage.sent > oldest ? stage.sent : oldest;
  for (; p < e->audio.out.final_to; p++) {
    unsigned right = 0;
    for (uint32_t c = 0; c < CHANNELS; c++) {
      const float wanted = sum(c, p);
      right += word(r->out_words, &r->geometry, c, p) == wanted;
      stage.sounded += wanted != 0.0f;
    }
    *(right == CHANNELS ? &stage.sent_exact : &stage.sent_wrong) += 1;
  }
  stage.sent = p;
}

/* What is looped back: all but application 1. */
static void
compare_looped(const struct engine *e)
{
  const struct region *const r = e->region;
  if (stage.looped == 0) {
    stage.looped = e->audio.in.final_to;
  }
  for (; stage.looped < e->audio.in.final_to; stage.looped++) {
    const vsc_pos from = stage.looped - LOOP_DELAY;
    unsigned right = 0;
    for (uint32_t c = 0; c < CHANNELS; c++) {
      const float wanted = sum_without(1, c, from);
      right += word(r->in_words, &r->geometry, c, stage.looped) == wanted;
      stage.loop_sounded += wanted != 0.0f;
      stage.left_out += has_played(&stage.apps[1], c, from);
    }
    *(right == CHANNELS ? &stage.loop_exact : &stage.loop_wrong) += 1;
  }
}

static void
compare_heard(const struct engine *e)
{
  const struct region *const r = e->region;
  if (stage.heard == 0) {
    stage.heard = e->audio.in.final_to;
  }
  for (; stage.heard < e->audio.in.final_to; stage.heard++) {
    unsigned right = 0;
    unsigned silent = 0;
    for (uint32_t c = 0; c < CHANNELS; c++) {
      const float x = word(r->in_words, &r->geometry, c, stage.heard);
      right += x == sum(c, stage.heard - LINK_OFFSET);
      silent += x == 0.0f;
    }
    if (right == CHANNELS) {
      stage.exact++;
    } else {
      *(silent == CHANNELS ? &stage.missing : &stage.wrong) += 1;
    }
  }
}

static void
after_wake(void *arg, struct sim *sim, unsigned node)
{
  struct engine *const e = sim->nodes[node].engine;
  (void)arg;
  if (node == 1) {
    compare_heard(e);
    return;
  }
  compare_sent(e);
  if (stage.has_loop) {
    compare_looped(e);
  }
  for (unsigned i = 0; i < APPS; i++) {
    play(e, i);
  }
}

#define HEAD                                                                   \
  "[device]\ninputs = 8\noutputs = 8\nshare = mix\nlanes = 3\n"                \
  "[clock]\nmodule = clock-system\n"                                           \
  "[stream]\npacket_time = 250us\nlink_offset = 750us\nwhen = always\n"
#define STREAM(role) "[" role " s1]\nchannels = 1-8\naddress = 239.69.1.1\n"

static void
begin(struct sim *sim)
{
  memset(&stage, 0, sizeof stage);
  sim_create(sim, 7, SIM_EPOCH);
  sim_node(sim, 0xC0A80001u, 40.0, HEAD STREAM("send"));
  sim_node(sim, 0xC0A80002u, -60.0, HEAD STREAM("receive"));
  sim_run_until(sim, SIM_EPOCH + SECOND / 10);
  sim->after_wake = after_wake;
}

static void
run_for(struct sim *sim, int64_t ns)
{
  sim_run_until(sim, world_now(sim->world) + ns);
}

static void
applications_come_and_go(void)
{
  struct sim sim;
  begin(&sim);
  join(&sim, 0, 0, 8);
  run_for(&sim, 200 * MS);
  join(&sim, 1, 0, 4);
  run_for(&sim, 200 * MS);
  join(&sim, 2, 2, 6);
  run_for(&sim, 200 * MS);
  leave(&sim, 1);
  run_for(&sim, 7 * MS);
  join(&sim, 3, 1, 5); /* waits for the lane that is still heard */
  run_for(&sim, 400 * MS);
  expect(stage.apps[3].has_begun, "a lane is given again");
  leave(&sim, 0);
  run_for(&sim, 300 * MS);
  join(&sim, 4, 0, 8);
  join(&sim, 5, 0, 8);
  run_for(&sim, 300 * MS);
  leave(&sim, 2);
  leave(&sim, 3);
  leave(&sim, 4);
  run_for(&sim, 500 * MS);
  printf("come and go: %" PRIu64 " sent exactly, %" PRIu64 " heard exactly\n",
         stage.sent_exact,
         stage.exact);
  expect(stage.sent_wrong == 0 && stage.sent_exact > RATE * 2,
         "what is sent is the sum of what was written");
  expect(stage.wrong == 0 && stage.missing == 0 && stage.exact > RATE * 2,
         "and so it is heard");
  expect(stage.sounded > (uint64_t)RATE * 8, "there was something to hear");
  expect(sim.nodes[0].engine->audio.mix->saturated == 0, "nothing saturated");
  const struct stream *const s = streams_find(sim.nodes[0].engine, "s1");
  expect(s->counts->tx.counters[TX_UNDERRUN_FRAMES] == 0,
         "nobody's frames were missing");
  sim_destroy(&sim);
}

/* Shorter and longer than the ring is ahead, and than all of the ring. */
static void
an_engine_stalls(void)
{
  static const int64_t stalls[] = { 2, 9, 40, 100, 171, 400 };
  struct sim sim;
  begin(&sim);
  join(&sim, 0, 0, 8);
  join(&sim, 1, 2, 3);
  run_for(&sim, 200 * MS);
  for (unsigned i = 0; i < sizeof stalls / sizeof *stalls; i++) {
    sim_stall(&sim, 0, world_now(sim.world) + stalls[i] * MS);
    run_for(&sim, stalls[i] * MS + 200 * MS);
    expect(stage.sent_wrong == 0, "nothing else is sent after a stall");
  }
  expect(stage.wrong == 0 && stage.exact > RATE / 2,
         "silence or the sum, never anything old");
  sim_destroy(&sim);
}

static void
the_clock_steps(void)
{
  static const int64_t steps[] = {
    SECOND, -SECOND / 2, 40 * MS, -3600 * SECOND
  };
  struct sim sim;
  begin(&sim);
  join(&sim, 0, 0, 8);
  join(&sim, 1, 2, 3);
  run_for(&sim, 300 * MS);
  for (unsigned i = 0; i < sizeof steps / sizeof *steps; i++) {
    const uint64_t before = stage.sent_exact;
    const uint32_t generation = sim.nodes[0].engine->view.generation;
    world_step_clock(sim.nodes[0].os, steps[i]);
    run_for(&sim, 2 * SECOND);
    expect(sim.nodes[0].engine->view.generation == generation + 1,
           "one step, one generation");
    expect(stage.sent_exact > before + RATE, "it goes on");
  }
  expect(stage.sent_wrong == 0, "nothing of before a step is sent");
  sim_destroy(&sim);
}

/* The audio thread stops with the last application, and starts with the next.
 */
static void
the_device_is_idle_in_between(void)
{
  struct sim sim;
  begin(&sim);
  sim_stop(&sim, 0);
  snprintf(sim.nodes[0].profile,
           sizeof sim.nodes[0].profile,
           "%s",
           HEAD STREAM("send") "when = open\n");
  sim_start(&sim, 0);
  for (unsigned i = 0; i < 20; i++) {
    join(&sim, i % APPS, 0, 8);
    run_for(&sim, 250 * MS);
    expect(stage.apps[i % APPS].has_begun, "it is granted at once");
    leave(&sim, i % APPS);
    run_for(&sim, i % 3 * 70 * MS);
  }
  run_for(&sim, 300 * MS);
  expect(!sim.nodes[0].engine->is_running, "the device is idle");
  /* Open and stopped is as good as closed. */
  join(&sim, 0, 0, 8);
  run_for(&sim, 200 * MS);
  _Atomic uint32_t *const activity =
    &sim.nodes[0].engine->region->tx->slots[0].activity;
  expect(sim.nodes[0].engine->is_running, "it runs");
  const uint64_t sounded = stage.sounded;
  stage.apps[0].is_there = false;
  atomic_store(activity, ACTIVITY_STOPPED);
  run_for(&sim, 300 * MS);
  expect(!sim.nodes[0].engine->is_running, "and rests");
  expect(stage.sounded > sounded, "when what was written has been sent");
  expect(device_clients(sim.nodes[0].engine->device) == 1, "it is open");
  atomic_store(activity, ACTIVITY_STARTED);
  stage.apps[0].is_there = true;
  stage.apps[0].has_begun = false;
  run_for(&sim, 300 * MS);
  expect(sim.nodes[0].engine->is_running && stage.apps[0].has_begun,
         "and runs again");
  leave(&sim, 0);
  run_for(&sim, 300 * MS);
  expect(!sim.nodes[0].engine->is_running, "the device is idle");
  expect(stage.sent_wrong == 0 && stage.sent_exact > RATE, "exact");
  sim_destroy(&sim);
}

/* One of several on the same channels is not heard in a loopback; the others
   are, exactly, and nothing of the one before its first frame or after its
   last.
 */
static void
one_is_left_out(void)
{
  struct sim sim;
  begin(&sim);
  sim_stop(&sim, 0);
  snprintf(sim.nodes[0].profile,
           sizeof sim.nodes[0].profile,
           "%s",
           HEAD STREAM("send") "[loopback join]\nfrom = out 1-8\nto = in 1-8\n"
                               "delay = 96frames\nexclude = app1\n");
  sim_start(&sim, 0);
  run_for(&sim, 50 * MS);
  stage.has_loop = true;
  for (unsigned i = 0; i < 5; i++) {
    join(&sim, 0, 0, 8);
    run_for(&sim, 60 * MS);
    join(&sim, 1, 0, 4); /* left out */
    run_for(&sim, 130 * MS);
    join(&sim, 2, 2, 6);
    run_for(&sim, 130 * MS);
    leave(&sim, 1);
    run_for(&sim, 7 * MS);
    join(&sim, 3, 1, 5);
    run_for(&sim, 200 * MS);
    leave(&sim, 0);
    leave(&sim, 2);
    join(&sim, 1, 0, 8);
    run_for(&sim, 200 * MS);
    leave(&sim, 1);
    leave(&sim, 3);
    run_for(&sim, 300 * MS);
  }
  printf("left out: %" PRIu64 " frames exact\n", stage.loop_exact);
  expect(stage.loop_wrong == 0 && stage.loop_exact > RATE * 4,
         "the others are looped back exactly");
  expect(stage.loop_sounded > (uint64_t)RATE * 8 && stage.left_out > RATE * 4,
         "there was something to hear, and somebody not to");
  expect(stage.sent_wrong == 0, "what is sent is the sum of all");
  expect(sim.nodes[0].engine->loopbacks->state.excluded > RATE,
         "and it is counted");
  sim_destroy(&sim);
}

static void
keep(void *arg, const char *line)
{
  snprintf(arg, 200, "%s", line);
}

/* What an engine that runs PROFILE says to another rate; WANTED is in it, NULL:
   it could. */
static void
rate_is_checked(const char *profile, uint32_t rate, const char *wanted)
{
  struct sim sim;
  char set[32];
  char why[200] = "";
  snprintf(set, sizeof set, "device.rate=%u", rate);
  const char *const sets[] = { set, NULL };
  sim_create(&sim, 7, SIM_EPOCH);
  sim_node(&sim, 0xC0A80001u, 0.0, profile);
  const struct config_source source = { .state_path = "profile",
                                        .state_text = profile,
                                        .sets = sets,
                                        .loader = sim.nodes[0].loader,
                                        .error = keep,
                                        .arg = why };
  struct config *config = NULL;
  vsc_status status = config_load(&source, &config);
  if (status >= 0) {
    status = engine_check(sim.nodes[0].engine, config, why, sizeof why);
  }
  expect(wanted ? status < 0 && strstr(why, wanted) : status >= 0,
         wanted ? wanted : "the streams can run at that rate");
  if (wanted && !strstr(why, wanted)) {
    fprintf(stderr, "it says: %s\n", why);
  }
  config_destroy(config);
  sim_destroy(&sim);
}

static void
rates_are_checked(void)
{
  char path[] = "/tmp/aes67-sdp-XXXXXX";
  char profile[512];
  const int fd = mkstemp(path);
  FILE *const file = fd >= 0 ? fdopen(fd, "w") : NULL;
  if (!file) {
    expect(0, "a session can be written");
    return;
  }
  fprintf(file,
          "v=0\r\no=- 1 1 IN IP4 192.168.0.1\r\ns=x\r\nc=IN IP4 "
          "239.69.1.1/32\r\nt=0 0\r\nm=audio 5004 RTP/AVP 96\r\n"
          "a=rtpmap:96 L24/48000/8\r\na=ptime:1\r\na=mediaclk:direct=0\r\n");
  fclose(file);
  snprintf(
    profile, sizeof profile, "[receive s1]\nchannels = 1-8\nsdp = %s\n", path);
  rate_is_checked(HEAD STREAM("send"), 96000, NULL);
  rate_is_checked(HEAD STREAM("send"), 44100, NULL);
  rate_is_checked(
    "[stream]\npacket_time = 1ms\n" STREAM("send"),
    96000,
    "a packet of 8 channels would hold 2304 bytes, the most is 1440");
  rate_is_checked(
    "[stream]\npacket_time = 1ms\n" STREAM("receive"), 96000, NULL);
  rate_is_checked(profile,
                  96000,
                  "s1: the stream runs at 48000 frames/s, the device at 96000");
  rate_is_checked(profile, 48000, NULL);
  unlink(path);
}

int
main(void)
{
  applications_come_and_go();
  an_engine_stalls();
  the_clock_steps();
  the_device_is_idle_in_between();
  one_is_left_out();
  rates_are_checked();
  printf("%d failed\n", failures);
  return failures != 0;
}
