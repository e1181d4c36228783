/* rt_guard.c - between its first wake-up and its last the audio thread makes no
   system call that is not planned, has no page fault, allocates nothing, takes
   no lock and waits for nothing, whatever the main thread does: librtguard ends
   this program otherwise. So for what an application's thread may call.
   SPDX-License-Identifier: MIT */
#include "engine_rig.h"
#include "guard/rtguard.h"
#include "hal/platform.h"

#include <inttypes.h>
#include <pthread.h>
#include <string.h>
#include <vsc/client.h>

#define SECOND 1000000000
#define HEAD                                                                   \
  "[device]\ninputs = 64\noutputs = 64\n"                                      \
  "[stream]\npacket_time = 1ms\nlink_offset = 20ms\nttl = 1\n"
#define SEND(n, channels)                                                      \
  "[send tx" #n "]\nchannels = " channels "\naddress = 239.255.72." #n "\n"
#define RECEIVE(n, channels)                                                   \
  "[receive rx" #n "]\nchannels = " channels "\naddress = 239.255.72." #n "\n"
#define RESAMPLED "rate = 96000\nresampler = samplerate\n"
#define BOTH(n, channels) SEND(n, channels) RECEIVE(n, channels)
#define MOST                                                                   \
  BOTH(1, "1-8")                                                               \
  BOTH(2, "9-16")                                                              \
  BOTH(3, "17-24")                                                             \
  BOTH(4, "25-32") BOTH(5, "33-40") BOTH(6, "41-48") BOTH(7, "49-56")

static const char *const profiles[] = {
  HEAD MOST BOTH(8, "57-64"),
  HEAD MOST,
  HEAD MOST SEND(8, "57-64") "packet_time = 250us\nencoding = L16\n",
  HEAD MOST RECEIVE(8, "57-64") "map = 1>57, 2>64, 2>60\n",
  HEAD MOST SEND(8, "57-60") RESAMPLED RECEIVE(8, "57-60") RESAMPLED,
};

struct player {
  const char *folder;
  uint32_t first, channels;
  int is_called;
  _Atomic int has_ended;
  _Atomic int is_stopping;
  uint64_t opened, blocks, silent;
  int has_failed;
};

#define FRAMES 64
#define PLAYERS 3

/* One block each way, as an application's callback would move it. */
static void
move(struct player *p, vsc_client *client, float *block)
{
  vsc_client_time time = { .size = sizeof time };
  vsc_client_clock(client, &time);
  if (vsc_client_readable(client) >= FRAMES) {
    vsc_client_read(client, block, FRAMES, &time);
    p->silent += time.silent_frames;
    p->blocks++;
  }
  while (vsc_client_writable(client) >= FRAMES &&
         time.out_pos - time.pos < 4 * FRAMES) {
    vsc_client_write(client, block, FRAMES, &time);
  }
}

static int
play(struct player *p)
{
  static _Thread_local float block[FRAMES * 64];
  const vsc_client_config config = {
    .size = sizeof config,
    .instance = "rt",
    .runtime_dir = p->folder,
    .app = "guarded",
    .inputs = 64,
    .first_output = p->first,
    .outputs = p->channels,
    .timeout_ns = 10 * (vsc_ns)SECOND,
  };
  vsc_client *client = NULL;
  if (vsc_client_open(&config, &client) < 0 ||
      vsc_client_begin(client, 4 * FRAMES) < 0) {
    fprintf(stderr, "%s\n", vsc_client_error());
    vsc_client_close(client);
    return 1;
  }
  p->opened++;
  int status = 0;
  for (int i = 0; status == 0 && i < 300; i++) {
    status = vsc_client_wait(client, 1, FRAMES, SECOND) < 0;
    if (i > 0) {
      rtguard_enter("pull");
    }
    move(p, client, block);
    rtguard_leave();
  }
  vsc_client_close(client);
  return status;
}

static void
process(void *user,
        const void *in,
        void *out,
        uint32_t frames,
        const vsc_client_time *time) VSC_RT
{
  struct player *const p = user;
  if (in && out) {
    memcpy(out, in, frames * p->channels * sizeof(float));
  }
  p->silent += time->silent_frames;
  p->blocks++;
}

/* In callback form: the client's own thread is guarded, by its name. */
static int
be_called(struct player *p)
{
  const vsc_client_config config = {
    .size = sizeof config,
    .instance = "rt",
    .runtime_dir = p->folder,
    .app = "called",
    .inputs = p->channels,
    .first_output = p->first,
    .outputs = p->channels,
    .frames = FRAMES,
    .timeout_ns = 10 * (vsc_ns)SECOND,
  };
  const vsc_client_callbacks callbacks = { .size = sizeof callbacks,
                                           .process = process,
                                           .user = p };
  vsc_client *client = NULL;
  if (vsc_client_open(&config, &client) < 0 ||
      vsc_client_start(client, &callbacks) < 0) {
    fprintf(stderr, "%s\n", vsc_client_error());
    vsc_client_close(client);
    return 1;
  }
  p->opened++;
  platform_sleep(400000000);
  vsc_client_close(client);
  return 0;
}

/* Opens and closes the device again and again. */
static void *
play_on(void *arg)
{
  struct player *const p = arg;
  while (!p->is_stopping && !p->has_failed) {
    p->has_failed = p->is_called ? be_called(p) : play(p);
  }
  p->has_ended = 1;
  return NULL;
}

/* Streams change every 20 ms while applications come and go; all are gone
   for a moment at the end, so that the thread stops and starts. */
static int
work(struct rig *rig, vsc_ns duration)
{
  struct player players[] = {
    { .folder = rig->folder, .first = 0, .channels = 32 },
    { .folder = rig->folder, .first = 32, .channels = 16 },
    { .folder = rig->folder, .first = 48, .channels = 16, .is_called = 1 },
  };
  pthread_t threads[PLAYERS];
  for (int i = 0; i < PLAYERS; i++) {
    if (pthread_create(&threads[i], NULL, play_on, &players[i])) {
      return 1;
    }
  }
  int failed = 0;
  const vsc_ns end = rig_now(rig) + duration;
  for (unsigned n = 1; rig_now(rig) < end; n++) {
    struct config *const c =
      rig_configure(rig, profiles[n % (sizeof profiles / sizeof *profiles)]);
    if (!c || engine_reconfigure(rig->engine, c) < 0) {
      failed = 1;
    }
    json_decref(stats_json(rig->engine));
    rig_run(rig, 20000000);
  }
  for (int i = 0; i < PLAYERS; i++) {
    players[i].is_stopping = 1;
  }
  while (!players[0].has_ended || !players[1].has_ended ||
         !players[2].has_ended) {
    rig_run(rig, 5000000);
  }
  for (int i = 0; i < PLAYERS; i++) {
    pthread_join(threads[i], NULL);
    printf("player %d: opened %" PRIu64 " times, %" PRIu64 " blocks, %" PRIu64
           " frames silent\n",
           i,
           players[i].opened,
           players[i].blocks,
           players[i].silent);
    failed |= players[i].has_failed || players[i].blocks == 0;
  }
  return failed;
}

int
main(void)
{
  static const char *const folders[] = { VSC_MODULES, NULL };
  struct rig rig;
  int status = rig_start(&rig, folders, profiles[0]);
  if (status) {
    return status;
  }
  const int seconds = getenv("VSC_LONG") ? 60 : 4;
  for (int i = 0; status == 0 && i < 2; i++) {
    status = work(&rig, seconds * (vsc_ns)SECOND / 2);
    rig_run(&rig, 300000000);
  }
  rig_stop(&rig);
  const struct rtguard_sum sum = rtguard_sum("aes67-audio");
  printf("%" PRIu64 " audio threads, %" PRIu64 " wake-ups guarded\n",
         sum.threads,
         sum.sleeps);
  const struct rtguard_sum called = rtguard_sum("aes67-client");
  printf("%" PRIu64 " applications' threads, %" PRIu64 " callbacks guarded\n",
         called.threads,
         called.sleeps);
  if (status || !rtguard_is_there()) {
    return status;
  }
  /* A busy machine sleeps through some. */
  return sum.threads < 2 || sum.sleeps < 100u * (unsigned)seconds ||
         called.threads < 2 || called.sleeps < 50;
}
