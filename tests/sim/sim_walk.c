/* sim_walk.c - a random walk of applications that come and go, wish rates and
   buffers, and outlive engines: the device follows who is alone, refuses others
   by name, and every frame that an application hears is the one that was
   played. VSC_SEED=N is another walk, VSC_LONG=1 ten thousand steps.
   SPDX-License-Identifier: MIT */
#include "sim.h"
#include "wishes.h"

#include "hal/client_audio.h"
#include "hal/client_callback.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MS INT64_C(1000000)
#define APPS 6
#define CHANNELS 2u /* of each */
#define FRAMES_MAX 2048
#define DELAY 192 /* frames: the loopback's */
/* An engine looks at its slots ten times a second. */
#define POLL (100 * MS)
/* After this the sound is back: the engine's first wake-ups, the loopback, and
   what a callback of the longest may take. */
#define SETTLED (100 * MS)

struct app {
  vsc_client *client; /* NULL: closed */
  char name[16];
  uint32_t frames;
  uint64_t calls, exact, silent, wrong, gaps, late;
  bool is_judged;
  vsc_pos due;
  unsigned others;         /* told: neither away nor back */
  vsc_ns turn_at, tend_at; /* host time */
};

static struct sim sim;
static struct app apps[APPS];
static uint64_t seed;
static unsigned step_number;
static int failures;
static vsc_ns counted_since;
static vsc_ns longest; /* that a change took */
static unsigned changes, refusals, restarts;

static void
expect(bool is_true, const char *what)
{
  if (!is_true) {
    fprintf(stderr,
            "failed in step %u of VSC_SEED=%" PRIu64 ": %s: %s\n",
            step_number,
            seed,
            what,
            vsc_client_error());
    failures++;
  }
}

static uint32_t
pick(uint32_t n)
{
  return (uint32_t)(world_random(sim.world) % n);
}

static vsc_ns
host_now(void) VSC_RT
{
  const struct sim_node *const n = &sim.nodes[0];
  return world_host_time(n->os, world_now(sim.world));
}

static void
process(void *user,
        const void *in,
        void *out,
        uint32_t frames,
        const vsc_client_time *time) VSC_RT
{
  struct app *const a = user;
  const float *heard = in;
  float *played = out;
  const uint32_t first = a->client->first_in;
  for (uint32_t f = 0; f < frames; f++) {
    uint32_t right = 0;
    uint32_t zero = 0;
    for (uint32_t c = 0; c < CHANNELS; c++, heard++) {
      right +=
        *heard == sim_signal(first + c, time->in_pos + (vsc_pos)f - DELAY);
      zero += *heard == 0.0f;
      *played++ = sim_signal(first + c, time->out_pos + (vsc_pos)f);
    }
    a->exact += right == CHANNELS;
    a->silent += zero == CHANNELS;
    a->wrong += right != CHANNELS && zero != CHANNELS;
  }
  a->gaps += a->calls > 0 && (time->pos != a->due || time->gap_frames != 0);
  a->due = time->pos + (vsc_pos)frames;
  a->late += time->late_frames;
  a->calls++;
}

static void
error(void *user, vsc_status status, const char *text)
{
  struct app *const a = user;
  (void)text;
  a->others += status != VSC_OK && status != VSC_ERR_AGAIN;
}

/* Applications, their tenders and the engine, each when it is due; it starts
   again when somebody's wish was granted. */
static void
run_for(vsc_ns ns)
{
  const struct os *const os = sim.nodes[0].os;
  const vsc_ns end = host_now() + ns;
  while (host_now() < end) {
    vsc_ns next = end - host_now() > MS ? host_now() + MS : end;
    for (unsigned i = 0; i < APPS; i++) {
      const struct app *const a = &apps[i];
      if (a->client) {
        next = a->turn_at < next ? a->turn_at : next;
        next = a->tend_at < next ? a->tend_at : next;
      }
    }
    sim_run_until(&sim, world_true_time(os, next));
    sim_follow(&sim, 0);
    for (unsigned i = 0; i < APPS; i++) {
      struct app *const a = &apps[i];
      if (a->client && host_now() >= a->tend_at) {
        a->tend_at = host_now() + client_tend_turn(a->client);
      }
      if (a->client && host_now() >= a->turn_at) {
        a->turn_at = client_turn(a->client);
      }
    }
  }
}

static const struct client_host host = { .now = host_now, .sleep = run_for };

/* From here on every frame counts. */
static void
count_anew(void)
{
  counted_since = host_now();
  for (unsigned i = 0; i < APPS; i++) {
    struct app *const a = &apps[i];
    a->is_judged = a->client != NULL;
    a->exact = a->silent = a->gaps = a->late = a->calls = 0;
  }
}

static void
settle(void)
{
  run_for(SETTLED);
  for (unsigned i = 0; i < APPS; i++) {
    expect(apps[i].wrong == 0, "nothing wrong is heard, whatever happens");
  }
  count_anew();
}

/* Since it has settled all is exact, in time, and as fast as the rate says. */
static void
judge(void)
{
  const vsc_ns took = host_now() - counted_since;
  for (unsigned i = 0; i < APPS; i++) {
    const struct app *const a = &apps[i];
    if (!a->client || !a->is_judged) {
      continue;
    }
    const uint32_t rate = sim.nodes[0].engine->region->geometry.rate;
    const vsc_pos due = vsc_pos_at(took, rate);
    expect(a->exact == a->calls * a->frames && a->silent + a->wrong == 0,
           "every frame is exact");
    expect(a->gaps == 0 && a->late == 0, "no frame is left out");
    const vsc_pos called = (vsc_pos)(a->calls * a->frames);
    expect(called + (vsc_pos)a->frames + 8 >= due &&
             called <= due + (vsc_pos)a->frames + 8,
           "it is called back at the device's rate");
  }
}

static unsigned
open_apps(void)
{
  unsigned n = 0;
  for (unsigned i = 0; i < APPS; i++) {
    n += apps[i].client != NULL;
  }
  return n;
}

static void
close_app(unsigned i)
{
  struct app *const a = &apps[i];
  if (a->client) {
    client_unprepare(a->client);
    vsc_client_close(a->client);
    a->client = NULL;
  }
}

static uint32_t
device_rate_now(void)
{
  return sim.nodes[0].engine->region->geometry.rate;
}

static void
judge_granted(const struct wish *w, const struct app *a)
{
  vsc_client_info info = { .size = sizeof info };
  vsc_client_info device = { .size = sizeof device };
  const struct region_geometry *const g =
    &sim.nodes[0].engine->region->geometry;
  vsc_client_describe(a->client, &info);
  expect(vsc_client_query(sim.nodes[0].instance, sim.folder, &device) == VSC_OK,
         "the device can be asked");
  expect(info.rate == (w->rate ? w->rate : w->was), "it has the wished rate");
  expect(info.rate == g->rate && device.rate == g->rate, "so has the device");
  expect(info.buffer == (w->frames ? w->frames : WISH_BUFFER),
         "it has its buffer");
  expect(device.buffer == WISH_BUFFER, "which is nobody else's");
  expect(info.frames_max == g->ring / 8 && info.ring == g->ring &&
           info.input_latency == g->s_in && info.output_latency == g->s_out &&
           info.wake == g->wake,
         "it is told the geometry that there is");
}

/* Does anybody play on the channels of application N's place? */
static bool
are_taken(unsigned n)
{
  for (unsigned i = 0; i < APPS; i++) {
    if (apps[i].client && apps[i].client->first_out == n * CHANNELS) {
      return true;
    }
  }
  return false;
}

static void
open_app(unsigned i)
{
  struct app *const a = &apps[i];
  const vsc_ns began = host_now();
  /* Now and then on somebody else's channels. */
  const unsigned place = pick(8) == 0 ? pick(APPS) : i;
  struct wish w = { .was = device_rate_now(),
                    .others = open_apps(),
                    .is_taken = are_taken(place) };
  wish_pick(&w, pick);
  *a = (struct app){ .turn_at = INT64_MAX, .tend_at = INT64_MAX };
  snprintf(a->name, sizeof a->name, "app%u", i);
  const vsc_client_config config = { .size = sizeof config,
                                     .instance = sim.nodes[0].instance,
                                     .runtime_dir = sim.folder,
                                     .app = a->name,
                                     .first_input = place * CHANNELS,
                                     .inputs = CHANNELS,
                                     .first_output = place * CHANNELS,
                                     .outputs = CHANNELS,
                                     .sample = VSC_SAMPLE_F32,
                                     .rate = w.rate,
                                     .frames = w.frames };
  vsc_client *client = NULL;
  const vsc_status status = client_open(&config, &host, &client);
  const vsc_ns took = host_now() - began;
  expect((status == VSC_OK) == wish_is_possible(&w),
         "what can be is granted, what cannot is refused");
  if (status != VSC_OK) {
    refusals++;
    expect(device_rate_now() == w.was, "what is refused changes nothing");
    expect(wish_is_reason(&w, status, vsc_client_error()),
           "and it is said why");
    return;
  }
  a->client = client;
  a->frames = client->info.buffer;
  judge_granted(&w, a);
  if (wish_changes(&w)) {
    changes++;
    longest = took > longest ? took : longest;
    /* The engine's look at its slots, and the next one's, and in between the
       application's own looks. */
    expect(took <= 2 * POLL + 40 * MS, "it has changed within two periods");
  }
  const vsc_client_callbacks callbacks = {
    .size = sizeof callbacks, .process = process, .error = error, .user = a
  };
  expect(client_prepare(client, &callbacks) == VSC_OK, "it starts");
  a->turn_at = a->tend_at = host_now();
}

/* It comes back as it was: who is attached goes on. */
static void
restart_engine(void)
{
  restarts++;
  sim_stop(&sim, 0);
  const vsc_ns until = host_now() + (vsc_ns)pick(400) * MS;
  while (host_now() < until) {
    run_for(MS); /* applications go on without one */
  }
  sim_start(&sim, 0);
  run_for(2 * POLL);
  for (unsigned i = 0; i < APPS; i++) {
    if (apps[i].client) {
      expect(apps[i].others == 0 && apps[i].client->callback->told == VSC_OK,
             "who was attached is again");
    }
  }
}

static void
walk(unsigned steps)
{
  for (step_number = 1; step_number <= steps && failures < 10; step_number++) {
    const unsigned i = pick(APPS);
    count_anew();
    const unsigned what = pick(24);
    if (what == 0) {
      restart_engine();
    } else if (what < 5) {
      for (unsigned n = 0; n < APPS; n++) {
        close_app(n);
      }
    } else if (apps[i].client) {
      close_app(i);
    } else {
      open_app(i);
      /* Whoever was there noticed nothing of it. */
      judge();
    }
    settle();
    run_for((vsc_ns)(5 + pick(30)) * MS);
    judge();
  }
  for (unsigned n = 0; n < APPS; n++) {
    close_app(n);
  }
}

int
main(void)
{
  static const char profile[] =
    "[device]\ninputs = 16\noutputs = 16\nbuffer = 64\n"
    "[clock]\nmodule = clock-system\n[stream]\npacket_time = 500us\n"
    "link_offset = 2ms\n[loopback l]\nfrom = out 1-16\nto = in 1-16\n"
    "delay = 192frames\n[send s1]\nchannels = 1-8\naddress = 239.69.1.1\n";
  const char *const wish = getenv("VSC_SEED");
  seed = wish ? strtoull(wish, NULL, 10) : 16;
  sim_create(&sim, seed, SIM_EPOCH);
  sim_node(&sim, 0xC0A80001u, 40.0, profile);
  run_for(2 * POLL);
  walk(getenv("VSC_LONG") ? 10000 : 300);
  printf("%u steps: %u rates changed, at most %" PRId64
         " ms each; %u refusals; %u engines started again; %d failed\n",
         step_number - 1,
         changes,
         longest / MS,
         refusals,
         restarts,
         failures);
  expect(changes > 10 && refusals > 20 && restarts > 2, "there was a walk");
  sim_destroy(&sim);
  return failures != 0;
}
