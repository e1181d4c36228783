/* net_walk.c - a random walk of applications on one engine, in real time: they
   open and close, wish rates and buffers, alone or beside others. The device
   follows who is alone, others are refused by name, all who are open hear
   themselves through the network after every step, and nothing ever is wrong.
   Finds the build in VSC_BUILD; VSC_SEED=N is another walk, VSC_LONG=1 two
   thousand steps. SPDX-License-Identifier: MIT */
#include "hal/platform.h"
#include "modules/shared/splitmix.h"
#include "tests/sim/wishes.h"

#include <inttypes.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define MS INT64_C(1000000)
#define PATIENCE (30000 * MS)
#define APPS 4u
#define CHANNELS 2u /* of each */
#define STEPS_MAX 2000

static const char profile[] =
  "[engine]\ninterface = lo\nlog_level = error\n"
  "[device]\ninputs = 8\noutputs = 8\nbuffer = 64\n"
  "[stream]\npacket_time = 500us\nlink_offset = 20ms\nttl = 1\n"
  "[send a]\nchannels = 1-8\naddress = 239.255.75.1\n"
  "[receive a]\nchannels = 1-8\naddress = 239.255.75.1\n";

struct app {
  vsc_client *client; /* NULL: closed */
  char name[16];
  uint32_t first, frames;
  vsc_pos link; /* frames from output to input */
  /* the callback's; read when it is stopped */
  vsc_pos distance;
  uint64_t calls;
  /* atomic */
  _Atomic uint64_t exact, wrong, distances;
  _Atomic unsigned others; /* told: neither away nor back */
};

static struct app apps[APPS];
static char folder[] = "/tmp/aes67-walk-XXXXXX";
static char aes67[512], path[96];
static uint64_t state; /* of the walk */
static unsigned step, failures, changes, refusals;
static vsc_ns took[STEPS_MAX];

static void
expect(bool is_true, const char *what)
{
  if (!is_true) {
    fprintf(
      stderr, "failed in step %u: %s: %s\n", step, what, vsc_client_error());
    failures++;
  }
}

static uint32_t
pick(uint32_t n)
{
  return (uint32_t)(splitmix64(&state) % n);
}

static inline float
signal_at(vsc_pos p, uint32_t c) VSC_RT
{
  const uint32_t x = ((uint32_t)p * 131u + c * 7919u) & 0x3fffffu;
  return (float)(x | 1u) / 8388608.0f;
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
  uint64_t exact = 0;
  uint64_t wrong = frames != a->frames;
  for (uint32_t f = 0; f < frames; f++) {
    uint32_t same = 0;
    for (uint32_t c = a->first; c < a->first + CHANNELS; c++) {
      const float wanted = signal_at(time->in_pos + (vsc_pos)f - a->link, c);
      same += *heard == wanted;
      wrong += *heard != wanted && *heard != 0.0f;
      heard++;
      *played++ = signal_at(time->out_pos + (vsc_pos)f, c);
    }
    exact += same == CHANNELS;
  }
  const vsc_pos distance = time->out_pos - time->in_pos;
  const bool has_moved = a->calls > 0 && distance != a->distance;
  a->distance = distance;
  a->calls++;
  atomic_fetch_add_explicit(&a->exact, exact, memory_order_relaxed);
  atomic_fetch_add_explicit(&a->wrong, wrong, memory_order_relaxed);
  atomic_fetch_add_explicit(&a->distances, has_moved, memory_order_relaxed);
}

static void
error(void *user, vsc_status status, const char *text)
{
  struct app *const a = user;
  fprintf(stderr, "%s: %s\n", a->name, text);
  atomic_fetch_add(&a->others, status != VSC_OK && status != VSC_ERR_AGAIN);
}

/* All who are open hear ten milliseconds more of themselves. */
static void
all_hear(void)
{
  for (unsigned i = 0; i < APPS; i++) {
    struct app *const a = &apps[i];
    const uint64_t before = atomic_load(&a->exact);
    const vsc_ns began = platform_now();
    while (a->client && atomic_load(&a->exact) < before + 480 &&
           platform_now() - began < PATIENCE) {
      platform_sleep(MS);
    }
    expect(!a->client || atomic_load(&a->exact) >= before + 480,
           "who is open hears itself");
    expect(atomic_load(&a->wrong) == 0, "nothing is wrong");
    expect(atomic_load(&a->distances) == 0,
           "input and output stay as far apart");
    expect(atomic_load(&a->others) == 0, "nobody loses the device");
  }
}

static void
close_app(struct app *a)
{
  vsc_client_close(a->client);
  a->client = NULL;
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

static bool
are_taken(uint32_t first)
{
  for (unsigned i = 0; i < APPS; i++) {
    if (apps[i].client && apps[i].first == first) {
      return true;
    }
  }
  return false;
}

static vsc_client_info
ask_device(void)
{
  vsc_client_info info = { .size = sizeof info };
  expect(vsc_client_query("walk", folder, &info) == VSC_OK,
         "the device can be asked");
  return info;
}

/* It is what was wished, and what the device says. */
static void
start(struct app *a, const struct wish *w)
{
  vsc_client_info info = { .size = sizeof info };
  const vsc_client_info device = ask_device();
  vsc_client_describe(a->client, &info);
  expect(info.rate == (w->rate ? w->rate : w->was), "it has the wished rate");
  expect(info.buffer == (w->frames ? w->frames : WISH_BUFFER),
         "it has its buffer");
  expect(device.rate == info.rate && device.buffer == WISH_BUFFER &&
           device.ring == info.ring && device.wake == info.wake &&
           device.input_latency == info.input_latency &&
           device.output_latency == info.output_latency &&
           device.frames_max == info.ring / 8,
         "the device says the same");
  a->frames = info.buffer;
  a->link = (vsc_pos)info.rate / 50; /* 20 ms */
  const vsc_client_callbacks callbacks = {
    .size = sizeof callbacks, .process = process, .error = error, .user = a
  };
  expect(vsc_client_start(a->client, &callbacks) == VSC_OK, "it starts");
}

static void
open_app(unsigned i)
{
  struct app *const a = &apps[i];
  /* Now and then on somebody else's channels. */
  const uint32_t first = CHANNELS * (pick(8) == 0 ? pick(APPS) : i);
  struct wish w = { .was = ask_device().rate,
                    .others = open_apps(),
                    .is_taken = are_taken(first) };
  wish_pick(&w, pick);
  memset(a, 0, sizeof *a);
  a->first = first;
  snprintf(a->name, sizeof a->name, "app%u", i);
  const vsc_client_config config = { .size = sizeof config,
                                     .instance = "walk",
                                     .runtime_dir = folder,
                                     .app = a->name,
                                     .first_input = first,
                                     .inputs = CHANNELS,
                                     .first_output = first,
                                     .outputs = CHANNELS,
                                     .rate = w.rate,
                                     .frames = w.frames,
                                     .timeout_ns = PATIENCE };
  const vsc_ns began = platform_now();
  const vsc_status status = vsc_client_open(&config, &a->client);
  if (status == VSC_OK) {
    if (wish_changes(&w)) {
      took[changes++] = platform_now() - began;
    }
    expect(wish_is_possible(&w), "what cannot be is refused");
    start(a, &w);
    return;
  }
  refusals++;
  expect(!wish_is_possible(&w) &&
           wish_is_reason(&w, status, vsc_client_error()),
         "what can be is granted, and else it is said why");
  expect(ask_device().rate == w.was, "what is refused changes nothing");
}

static void
walk(unsigned steps)
{
  for (step = 1; step <= steps && failures < 5; step++) {
    struct app *const a = &apps[pick(APPS)];
    if (pick(5) == 0) {
      for (unsigned i = 0; i < APPS; i++) {
        close_app(&apps[i]);
      }
    } else if (a->client) {
      close_app(a);
    } else {
      open_app((unsigned)(a - apps));
    }
    all_hear();
  }
  for (unsigned i = 0; i < APPS; i++) {
    close_app(&apps[i]);
  }
}

static int
compare(const void *a, const void *b)
{
  const vsc_ns x = *(const vsc_ns *)a;
  const vsc_ns y = *(const vsc_ns *)b;
  return (x > y) - (x < y);
}

static pid_t
start_engine(void)
{
  FILE *const f = fopen(path, "w");
  if (!f || fputs(profile, f) < 0 || fclose(f)) {
    exit(1);
  }
  const pid_t pid = fork();
  if (pid == 0) {
    execl(aes67,
          "aes67",
          "run",
          path,
          "--instance",
          "walk",
          "--runtime-dir",
          folder,
          (char *)NULL);
    _exit(127);
  }
  return pid;
}

/* It is there. */
static bool
has_started(void)
{
  vsc_client_info info = { .size = sizeof info };
  for (vsc_ns began = platform_now(); platform_now() - began < PATIENCE;) {
    if (vsc_client_query("walk", folder, &info) == VSC_OK) {
      return true;
    }
    platform_sleep(10 * MS);
  }
  return false;
}

int
main(void)
{
  const char *const build = getenv("VSC_BUILD");
  const char *const seed = getenv("VSC_SEED");
  state = seed ? strtoull(seed, NULL, 10) : 16;
  if (!build || !mkdtemp(folder)) {
    return 1;
  }
  snprintf(aes67, sizeof aes67, "%s/aes67", build);
  snprintf(path, sizeof path, "%s/walk.ini", folder);
  setenv("XDG_STATE_HOME", folder, 1);
  const pid_t engine = start_engine();
  const bool is_there = has_started();
  if (is_there) {
    walk(getenv("VSC_LONG") ? STEPS_MAX : 400);
  }
  int status = 0;
  kill(engine, SIGTERM);
  waitpid(engine, &status, 0);
  expect(WIFEXITED(status) && WEXITSTATUS(status) == 0,
         "the engine ends in good order");
  qsort(took, changes, sizeof *took, compare);
  const vsc_ns half = changes > 0 ? took[changes / 2] : 0;
  printf("%u steps: %u refusals; %u rates changed, in p50 %" PRId64
         " ms, at most %" PRId64 " ms; %u failures\n",
         step - 1,
         refusals,
         changes,
         half / MS,
         changes > 0 ? took[changes - 1] / MS : 0,
         failures);
  expect(is_there && changes >= 5 && refusals >= 20, "there was a walk");
  /* Two looks of an engine at its slots, 200 ms, where the machine is in time.
   */
  expect(half < 1000 * MS, "half of the changes take less than a second");
  char command[128];
  snprintf(command, sizeof command, "rm -r %s", folder);
  return system(command) != 0 || failures > 0;
}
