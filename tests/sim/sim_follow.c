/* sim_follow.c - an hour (VSC_LONG=1: a day) of a sender that follows nobody:
   its clock is off and wanders, its packets come up to 2 ms late, some never,
   and it begins anew with other time stamps. What it plays is heard as the same
   tone, without a click that nothing counts. VSC_HOURS=N runs as long.
   SPDX-License-Identifier: MIT */
#include "expect.h"
#include "sim.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SECOND INT64_C(1000000000)
#define MINUTE (60 * SECOND)
#define HZ 997
#define RATE 48000
#define PACKET 48
#define LEVEL 0.5
/* What three samples of the tone say of it, if it goes on: a step of 20 ns is
   more. */
#define CLICK 1e-4
/* Clicks that are nearer are one: as far as the resampler's filter reaches. */
#define APART 400

#define DEVICE "[device]\ninputs = 1\noutputs = 1\n"
#define RECEIVE                                                                \
  "[receive r1]\nchannels = 1\naddress = 239.69.1.1\nlink_offset = 10ms\n"     \
  "when = always\n"
#define FOLLOWS                                                                \
  DEVICE RECEIVE "follow = stream\n[clock]\nmodule = clock-system\n"
#define OTHER_RATE                                                             \
  "follow = stream\nrate = 44100\n[clock]\nmodule = clock-system\n"
#define LEADS                                                                  \
  DEVICE RECEIVE "rtp_offset = auto\n"                                         \
                 "[clock]\nmodule = clock-ptp\nfollow = r1\n"

struct sender {
  double ppm; /* of its clock, at the moment */
  double at;  /* true time of the next packet's end, from SIM_EPOCH */
  uint64_t frames;
  uint32_t ssrc, stamp;
  uint16_t sequence;
};

struct ear {
  vsc_pos heard; /* 0: not begun */
  double x[2];
  uint64_t frames, silent, clicks;
  uint64_t since;      /* the newest click */
  double power, worst; /* of all but the tone: this second's, and the most */
  uint32_t in_second;
  int is_settled; /* WORST is of what comes from now on */
};

static struct ear ear;
static uint32_t rate = RATE; /* of the stream */
static double heard_ppm;     /* what the tone's pitch is off by */
static int is_exact;         /* by nothing */
static unsigned lost_per_million;
static int64_t jitter_ns;

static int
fate(void *arg,
     const struct world_packet *p,
     vsc_ip to,
     int64_t delay[WORLD_COPIES])
{
  struct world *const w = arg;
  (void)p;
  (void)to;
  delay[0] = 100000 + (int64_t)(world_random(w) % (uint64_t)(jitter_ns + 1));
  return world_random(w) % 1000000 >= lost_per_million;
}

static void
put32(uint8_t *p, uint32_t v)
{
  p[0] = (uint8_t)(v >> 24);
  p[1] = (uint8_t)(v >> 16);
  p[2] = (uint8_t)(v >> 8);
  p[3] = (uint8_t)v;
}

static void
send(struct world *w, struct sender *s)
{
  uint8_t bytes[12 + 3 * PACKET] = { 0x80, 96 };
  bytes[2] = (uint8_t)(s->sequence >> 8);
  bytes[3] = (uint8_t)s->sequence;
  put32(bytes + 4, s->stamp);
  put32(bytes + 8, s->ssrc);
  for (unsigned i = 0; i < PACKET; i++) {
    const double at = (double)((s->frames + i) * HZ % rate) / rate;
    const double x = LEVEL * sin(6.283185307179586 * at);
    const int32_t word = (int32_t)lrint(x * 8388608);
    uint8_t low[4];
    put32(low, (uint32_t)word << 8);
    memcpy(bytes + 12 + 3 * (size_t)i, low, 3);
  }
  const struct world_packet p = { .source = 0xC0A80009u,
                                  .dest = 0xEF450101u,
                                  .source_port = 5004,
                                  .dest_port = 5004,
                                  .length = sizeof bytes,
                                  .bytes = bytes,
                                  .sent = world_now(w) };
  world_inject(w, &p);
  s->frames += PACKET;
  s->stamp += PACKET;
  s->sequence++;
}

static void
judge(struct ear *e, float x)
{
  const double turn =
    2 * cos(6.283185307179586 * HZ / RATE * (1 + heard_ppm * 1e-6));
  const double rest = (double)x - turn * e->x[1] + e->x[0];
  e->silent += x == 0 && e->x[1] == 0;
  e->x[0] = e->x[1];
  e->x[1] = (double)x;
  e->frames++;
  e->since++;
  if (fabs(rest) > CLICK) {
    e->clicks += e->since > APART;
    e->since = 0;
  }
  e->power += rest * rest;
  if (++e->in_second == RATE) {
    const double db = 10 * log10(e->power / RATE / (LEVEL * LEVEL / 2));
    if (e->is_settled) {
      e->worst = db > e->worst ? db : e->worst;
    }
    e->power = 0;
    e->in_second = 0;
  }
}

static void
listen(void *arg, struct sim *sim, unsigned node)
{
  (void)arg;
  const struct engine *const e = sim->nodes[node].engine;
  const vsc_pos valid = (vsc_pos)atomic_load(&e->region->rx->in.valid_from);
  const vsc_pos end = e->audio.in.final_to;
  vsc_pos p = ear.heard > valid && ear.heard < end ? ear.heard : end;
  for (; p < end; p++) {
    float x;
    memcpy(&x,
           &e->region->in_words[(uint64_t)p & (e->region->geometry.ring - 1)],
           sizeof x);
    judge(&ear, x);
  }
  ear.heard = p;
}

/* The sender sends for so long; its crystal wanders as one in a warm room. */
static void
play(struct sim *sim, struct sender *s, int64_t ns)
{
  const double until = (double)(world_now(sim->world) + ns - SIM_EPOCH);
  while (s->at < until) {
    sim_run_until(sim, SIM_EPOCH + (int64_t)s->at);
    send(sim->world, s);
    const double dice = (double)(world_random(sim->world) >> 11) * 0x1p-53;
    s->ppm += (dice - 0.5) * 1e-3; /* 0.01 ppm in a second */
    heard_ppm = is_exact ? 0 : s->ppm;
    s->at += 1e9 * PACKET / rate / (1 + s->ppm * 1e-6);
  }
}

static json_t *
receiver(struct sim *sim)
{
  json_t *const all = status_json(sim->nodes[0].engine);
  json_t *const one =
    json_incref(json_array_get(json_object_get(all, "receivers"), 0));
  json_decref(all);
  return one;
}

static double
number(const json_t *r, const char *group, const char *key)
{
  const json_t *const of = *group ? json_object_get(r, group) : r;
  const json_t *const n = json_object_get(of, key);
  expect(json_is_number(n), key);
  return json_number_value(n);
}

static int
is_in_state(struct sim *sim, const char *word)
{
  json_t *const r = receiver(sim);
  const char *const state =
    json_string_value(json_object_get(json_object_get(r, "follow"), "state"));
  const int is_so = state && strcmp(state, word) == 0;
  if (!is_so) {
    fprintf(stderr, "state %s instead of %s\n", state, word);
  }
  json_decref(r);
  return is_so;
}

static void
make(struct sim *sim, uint64_t seed, const char *profile)
{
  sim_create(sim, seed, SIM_EPOCH);
  sim_node(sim, 0xC0A80001u, 23.0, profile);
  world_set_fate(sim->world, fate, sim->world);
  ear = (struct ear){ .worst = -300 };
  sim->after_wake = listen;
}

/* What is heard from now on counts. */
static void
listen_anew(void)
{
  ear.clicks = ear.silent = 0;
  ear.is_settled = 1;
}

/* No click and no silence, since then; silence alone has no clicks. */
static void
expect_whole(const char *what)
{
  expect(ear.clicks == 0, what);
  expect(ear.silent == 0, "sound all the time");
}

/* Nothing is lost: not one click, and all but the tone is far below it. */
static void
hear_all(double ppm, double seconds, const char *profile)
{
  struct sim sim;
  struct sender s = { .ppm = ppm, .ssrc = 1, .stamp = 4294960000u };
  lost_per_million = 0;
  jitter_ns = 2000000;
  make(&sim, 5, profile);
  play(&sim, &s, 5 * SECOND);
  expect(is_in_state(&sim, "sync") || is_in_state(&sim, "slew"), "it plays");
  play(&sim, &s, 55 * SECOND);
  listen_anew();
  play(&sim, &s, (int64_t)(seconds * 1e9));
  expect(is_in_state(&sim, "sync"), "in step in the end");
  json_t *const r = receiver(&sim);
  const double drift = number(r, "follow", "ppm");
  printf("%+.0f ppm: %.0f s, %" PRIu64
         " frames, %.0f lost, %.0f jumps, %" PRIu64
         " clicks; drift %+.3f ppm (it is %+.3f), worst second %.1f dB\n",
         ppm,
         seconds,
         ear.frames,
         number(r, "", "lost"),
         number(r, "follow", "jumps"),
         ear.clicks,
         drift,
         s.ppm,
         ear.worst);
  expect(number(r, "", "lost") == 0, "nothing is lost");
  expect(number(r, "follow", "jumps") == 0, "no jump");
  expect_whole("no click");
  expect(ear.worst > -200 && ear.worst < -110, "nothing but the tone");
  expect(fabs(drift - s.ppm) < 0.5, "the drift is known");
  json_decref(r);
  sim_destroy(&sim);
}

/* What goes wrong is counted, and heard no more often. */
static void
hear_restarts(double ppm, double seconds)
{
  struct sim sim;
  struct sender s = { .ppm = ppm, .ssrc = 1 };
  lost_per_million = 100;
  jitter_ns = 2000000;
  make(&sim, 6, FOLLOWS);
  const unsigned restarts = 4;
  for (unsigned i = 0; i < restarts; i++) {
    play(&sim, &s, (int64_t)(seconds / restarts * 1e9));
    sim_run_until(&sim, world_now(sim.world) + SECOND);
    expect(is_in_state(&sim, "miss"), "packets have stopped");
    s.at += 1e9 + 0.3e6;
    s.ssrc++;
    s.stamp = (uint32_t)world_random(sim.world);
    s.sequence = (uint16_t)world_random(sim.world);
    play(&sim, &s, SECOND / 10);
    expect(is_in_state(&sim, "seek"), "it is looked for again");
  }
  play(&sim, &s, 30 * SECOND);
  json_t *const r = receiver(&sim);
  const double lost = number(r, "", "lost");
  const double jumps = number(r, "follow", "jumps");
  printf("%+.0f ppm, %u restarts: %.0f lost, %.0f jumps, %" PRIu64
         " clicks, %.2f s silent\n",
         ppm,
         restarts,
         lost,
         jumps,
         ear.clicks,
         (double)ear.silent / RATE);
  expect(jumps == restarts, "a restart is one jump");
  /* A lost packet is silence between two clicks, which are one; a jump is an
     end and a beginning. */
  expect((double)ear.clicks <= lost + 2 * jumps + 1, "every click is counted");
  expect(ear.silent < 8 * RATE, "two seconds a restart, at the most");
  json_decref(r);
  sim_destroy(&sim);
}

/* A sender that held its breath: for so long that its packets still come in
   time, which is slewed, and for longer, which is a jump. */
static void
hear_pauses(void)
{
  struct sim sim;
  struct sender s = { .ppm = 40, .ssrc = 1 };
  lost_per_million = 0;
  jitter_ns = 500000;
  make(&sim, 7, FOLLOWS);
  play(&sim, &s, 60 * SECOND);
  listen_anew();
  s.at += 3e6;
  play(&sim, &s, 60 * SECOND);
  printf("a pause of 3 ms: %" PRIu64 " clicks\n", ear.clicks);
  expect_whole("a small pause is slewed");
  expect(is_in_state(&sim, "sync"), "in step again");
  s.at += 40e6;
  play(&sim, &s, 60 * SECOND);
  json_t *const r = receiver(&sim);
  const double jumps = number(r, "follow", "jumps");
  printf("a pause of 40 ms: %" PRIu64 " clicks, %.0f jumps, %.0f late, "
         "%.2f s silent\n",
         ear.clicks,
         jumps,
         number(r, "", "late"),
         (double)ear.silent / RATE);
  expect(jumps == 1, "a large pause is one jump");
  expect(ear.clicks <= 2, "heard as an end and a beginning");
  expect(ear.silent < 5 * RATE / 2, "two seconds of silence");
  expect(is_in_state(&sim, "sync"), "in step again");
  json_decref(r);
  sim_destroy(&sim);
}

/* Our own clock steps, also by decades, and our engine sleeps: that is heard,
   as of any stream, and the sender is known as before. */
static void
hear_ourselves(void)
{
  struct sim sim;
  struct sender s = { .ppm = -70, .ssrc = 1 };
  lost_per_million = 0;
  jitter_ns = 500000;
  make(&sim, 9, FOLLOWS);
  play(&sim, &s, 60 * SECOND);
  listen_anew();
  world_step_clock(sim.nodes[0].os, 5 * SECOND);
  play(&sim, &s, 10 * SECOND);
  sim_stall(&sim, 0, world_now(sim.world) + SECOND / 3);
  play(&sim, &s, 10 * SECOND);
  world_step_clock(sim.nodes[0].os, -1000000007 * SECOND);
  play(&sim, &s, 10 * SECOND);
  json_t *const r = receiver(&sim);
  const double jumps = number(r, "follow", "jumps");
  printf("our clock steps and our engine sleeps: %" PRIu64
         " clicks, %.0f jumps, %.0f late, %.2f s silent\n",
         ear.clicks,
         jumps,
         number(r, "", "late"),
         (double)ear.silent / RATE);
  expect(is_in_state(&sim, "sync"), "in step");
  expect(jumps == 0, "the sender did nothing");
  expect(ear.clicks <= 6, "heard as three ends and three beginnings");
  expect(ear.silent < RATE, "hardly silent");
  json_decref(r);
  sim_destroy(&sim);
}

/* Time stamps without sense, sequences and sources that change: it is no worse
   than silence, and over when that is. */
static void
hear_lies(void)
{
  struct sim sim;
  struct sender s = { .ppm = 10, .ssrc = 1 };
  lost_per_million = 0;
  jitter_ns = 500000;
  make(&sim, 10, FOLLOWS);
  for (unsigned i = 0; i < 20000; i++) {
    const uint64_t dice = world_random(sim.world);
    s.stamp = i % 3000 < 1500 ? (uint32_t)dice : s.stamp + (dice & 4095);
    s.sequence = dice % 50 == 0 ? (uint16_t)(dice >> 32) : s.sequence;
    s.ssrc += dice % 700 == 0;
    play(&sim, &s, SECOND / 1000);
  }
  play(&sim, &s, 30 * SECOND);
  listen_anew();
  play(&sim, &s, 30 * SECOND);
  printf("after lies: %" PRIu64 " clicks\n", ear.clicks);
  expect(is_in_state(&sim, "sync"), "in step");
  expect_whole("no click");
  sim_destroy(&sim);
}

/* Our own clock goes by the stream: what is received stays the same samples, as
   from a sender that follows the media clock. */
static void
lead(double ppm, double seconds)
{
  struct sim sim;
  struct sender s = { .ppm = ppm, .ssrc = 1, .stamp = 77 };
  lost_per_million = 0;
  jitter_ns = 2000000;
  make(&sim, 8, LEADS);
  play(&sim, &s, 60 * SECOND);
  listen_anew();
  is_exact = 1;
  play(&sim, &s, (int64_t)(seconds * 1e9));
  json_t *const all = status_json(sim.nodes[0].engine);
  json_t *const clock = json_object_get(all, "clock");
  json_t *const r = receiver(&sim);
  const double drift = number(r, "follow", "ppm");
  printf("the clock goes by %+.0f ppm: %s, rate %+.3f ppm, %.0f anchored, "
         "%" PRIu64 " clicks, worst second %.1f dB, off by %+.3f ppm\n",
         ppm,
         json_string_value(json_object_get(clock, "goes_by")),
         number(clock, "", "rate_ppb") / 1000,
         number(r, "", "anchored"),
         ear.clicks,
         ear.worst,
         drift);
  expect(number(clock, "", "generation") == 1, "no step");
  expect(number(r, "", "anchored") == 1, "it stays where it is");
  expect(number(r, "", "lost") == 0, "nothing is lost");
  expect_whole("no click");
  expect(ear.worst > -200 && ear.worst < -120, "bit by bit");
  expect(fabs(drift) < 1, "one pace");
  json_decref(all);
  json_decref(r);
  sim_destroy(&sim);
}

int
main(void)
{
  const char *const wish = getenv("VSC_HOURS");
  const double hours = wish ? atof(wish) : getenv("VSC_LONG") ? 24 : 1;
  const double seconds = hours * 3600;
  hear_all(200, seconds, FOLLOWS);
  hear_all(-200, seconds / 12, FOLLOWS);
  rate = 44100;
  hear_all(90, seconds / 12, DEVICE RECEIVE OTHER_RATE);
  rate = RATE;
  hear_restarts(-137, 300);
  hear_pauses();
  hear_ourselves();
  hear_lies();
  lead(150, seconds / 12);
  printf("%d failed\n", failures);
  return failures != 0;
}
