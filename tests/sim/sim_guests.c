/* sim_guests.c - senders that applications bring along come and go, are heard
   exactly, and touch nothing of what runs beside them.
   SPDX-License-Identifier: MIT */
#include "expect.h"
#include "sim.h"

#include "engine/guest.h"
#include "hal/client_state.h"

#include <stdio.h>
#include <string.h>

#define RATE 48000
#define LINK_OFFSET 96 /* 2 ms */
#define SECOND INT64_C(1000000000)
#define BLOCK 64
#define SHIFT 32 /* of the signal: not what the device's outputs play */

#define HEAD                                                                   \
  "[device]\ninputs = 16\noutputs = 8\n[clock]\nmodule = clock-system\n"       \
  "[stream]\npacket_time = 250us\nlink_offset = 2ms\nwhen = always\n"
#define RECEIVE_OWN "[receive s1]\nchannels = 1-8\naddress = 239.69.1.1\n"

/* Device inputs FIRST.. of node 1 against the signal from channel SIGNAL on. */
struct ear {
  uint32_t first, channels, signal;
  uint64_t exact, silent, wrong;
};

struct scene {
  struct sim sim;
  struct ear device, guest;
  vsc_pos heard;
  vsc_client *client; /* of the guest; NULL: it plays nothing */
  vsc_pos next;       /* its next frame */
};

/* A client's clock has no argument. */
static struct scene scene;

static vsc_ns
virtual_now(void) VSC_RT
{
  return world_host_time(scene.sim.nodes[0].os, world_now(scene.sim.world));
}

static void
virtual_sleep(vsc_ns duration)
{
  sim_run_until(&scene.sim, world_now(scene.sim.world) + duration);
}

static void
hear(const struct region *r, vsc_pos pos, struct ear *ear)
{
  unsigned right = 0;
  unsigned zero = 0;
  for (uint32_t c = 0; c < ear->channels; c++) {
    float x;
    memcpy(&x,
           &r->in_words[(size_t)(ear->first + c) * r->geometry.stride +
                        ((uint64_t)pos & (r->geometry.ring - 1))],
           sizeof x);
    right += x == sim_signal(ear->signal + c, pos - LINK_OFFSET);
    zero += x == 0.0f;
  }
  ear->exact += right == ear->channels;
  ear->silent += zero == ear->channels;
  ear->wrong += right != ear->channels && zero != ear->channels;
}

static void
play(struct scene *s)
{
  float block[BLOCK * 2];
  vsc_client_time time = { .size = sizeof time };
  while (vsc_client_writable(s->client) >= BLOCK) {
    for (uint32_t i = 0; i < BLOCK * 2; i++) {
      block[i] = sim_signal(SHIFT + i % 2, s->next + i / 2);
    }
    vsc_client_write(s->client, block, BLOCK, &time);
    s->next = time.out_pos + BLOCK;
  }
}

static void
after_wake(void *arg, struct sim *sim, unsigned node)
{
  struct scene *const s = arg;
  const struct engine *const e = sim->nodes[node].engine;
  if (node == 0 && s->client) {
    play(s);
  }
  for (; node == 1 && s->heard < e->audio.in.final_to; s->heard++) {
    hear(e->region, s->heard, &s->device);
    hear(e->region, s->heard, &s->guest);
  }
}

static void
listen_anew(struct scene *s)
{
  s->device = (struct ear){ .channels = 8 };
  s->guest = (struct ear){ .first = 8, .channels = 2, .signal = SHIFT };
  s->heard = s->sim.nodes[1].engine->audio.in.final_to;
}

static void
begin(const char *receives)
{
  memset(&scene, 0, sizeof scene);
  sim_create(&scene.sim, 11, SIM_EPOCH);
  sim_node(&scene.sim,
           0xC0A80001u,
           40.0,
           HEAD "[send s1]\nchannels = 1-8\naddress = 239.69.1.1\n");
  scene.sim.nodes[0].has_app = 1;
  sim_node(&scene.sim, 0xC0A80002u, -60.0, receives);
  sim_run_until(&scene.sim, SIM_EPOCH + SECOND / 10);
  scene.sim.after_wake = after_wake;
  scene.sim.arg = &scene;
  listen_anew(&scene);
}

static void
run(int64_t duration)
{
  sim_run_until(&scene.sim, world_now(scene.sim.world) + duration);
}

static struct engine *
engine(void)
{
  return scene.sim.nodes[0].engine;
}

static vsc_status
ask(const char *name, const char *address, char *instance)
{
  const struct config_extra extra = {
    .name = name, .channels = 2, .address = address, .packet_time = "1ms"
  };
  char why[512];
  return guest_open(engine(), &extra, instance, why, sizeof why);
}

/* The application comes and plays from now on. */
static void
come(const char *address)
{
  static const struct client_host host = { virtual_now, virtual_sleep };
  char instance[GUEST_INSTANCE_BYTES] = "";
  expect(ask("song", address, instance) == VSC_OK, "a sender is made");
  const vsc_client_config config = { .size = sizeof config,
                                     .instance = instance,
                                     .runtime_dir = scene.sim.folder,
                                     .outputs = 2,
                                     .timeout_ns = SECOND };
  vsc_client *client = NULL;
  if (client_open(&config, &host, &client) != VSC_OK) {
    expect(0, vsc_client_error());
    return;
  }
  vsc_client_time time = { .size = sizeof time };
  vsc_client_clock(client, &time);
  scene.next = time.pos + RATE / 100;
  vsc_client_begin_at(client, scene.next);
  scene.client = client;
}

static void
go(void)
{
  vsc_client_close(scene.client);
  scene.client = NULL;
}

static void
is_heard_and_touches_nothing(void)
{
  begin(HEAD RECEIVE_OWN
        "[receive song]\nchannels = 9-10\naddress = 239.69.9.9\n");
  for (unsigned i = 0; i < 40; i++) {
    const uint64_t before = scene.guest.exact;
    come("239.69.9.9");
    run(SECOND / 5 + i * 12345);
    go();
    run(SECOND / 5);
    expect(!streams_find(engine(), "song"), "gone with its application");
    expect(scene.guest.exact - before > RATE / 8, "it is heard");
  }
  expect(scene.guest.wrong == 0, "and never wrong");
  expect(scene.device.exact > RATE && scene.device.silent == 0 &&
           scene.device.wrong == 0,
         "the device's streams are exact beside it");
  sim_destroy(&scene.sim);
}

static void
follows_a_clock_step(int64_t step)
{
  begin(HEAD RECEIVE_OWN
        "[receive song]\nchannels = 9-10\naddress = 239.69.9.9\n");
  come("239.69.9.9");
  run(SECOND);
  world_step_clock(scene.sim.nodes[0].os, step);
  world_step_clock(scene.sim.nodes[1].os, step);
  run(2 * SECOND);
  listen_anew(&scene);
  run(SECOND);
  expect(scene.guest.exact > RATE / 2 && scene.guest.silent == 0 &&
           scene.guest.wrong == 0,
         "exact after a step of the clock");
  go();
  sim_destroy(&scene.sim);
}

static void
is_bounded_and_expires(void)
{
  begin(HEAD RECEIVE_OWN);
  char instance[GUEST_INSTANCE_BYTES];
  char name[8];
  char address[32];
  for (unsigned i = 1; i <= GUESTS_MAX + 1; i++) {
    snprintf(name, sizeof name, "g%u", i);
    snprintf(address, sizeof address, "239.69.9.%u", i);
    const vsc_status status = ask(name, address, instance);
    expect(status == (i <= GUESTS_MAX ? VSC_OK : VSC_ERR_REFUSED),
           "so many and no more");
  }
  expect(ask("g1", "239.69.9.20", instance) == VSC_ERR_MALFORMED,
         "a name is given once");
  run(6 * SECOND);
  expect(!streams_find(engine(), "g1") && !streams_find(engine(), "g8"),
         "nobody came: they are gone");
  expect(ask("g1", "239.69.9.1", instance) == VSC_OK, "there is room again");
  sim_stop(&scene.sim, 0);
  expect(scene.device.wrong == 0 && scene.device.silent == 0,
         "the device's streams are exact beside them");
  sim_destroy(&scene.sim);
}

int
main(void)
{
  is_heard_and_touches_nothing();
  follows_a_clock_step(10 * SECOND);
  follows_a_clock_step(-10 * SECOND);
  is_bounded_and_expires();
  printf("%d failed\n", failures);
  return failures != 0;
}
