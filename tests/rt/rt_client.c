/* rt_client.c - applications with real threads beside an engine that comes and
   goes: one hears itself through all of it, another opens, starts, stops and
   closes again and again. For ThreadSanitizer, and for what is left behind.
   Over loopback only. SPDX-License-Identifier: MIT */
#include "echo_rig.h"
#include "engine_rig.h"
#include "hal/platform.h"

#include <dirent.h>
#include <inttypes.h>
#include <pthread.h>
#include <vsc/client.h>

#define SECOND INT64_C(1000000000)
#define MS INT64_C(1000000)
#define RESTARTS 12
#define PROFILE(channels)                                                      \
  "[device]\ninputs = " channels "\noutputs = " channels "\n"                  \
  "[stream]\npacket_time = 1ms\nlink_offset = 20ms\nwhen = always\n"           \
  "[send a]\nchannels = 1-8\naddress = 239.255.73.1\nttl = 1\n"                \
  "[receive a]\nchannels = 1-8\naddress = 239.255.73.1\n"

/* The second is another region. */
static const char *const profiles[] = { PROFILE("12"), PROFILE("16") };

static vsc_client *
open_client(const char *folder, uint32_t inputs, uint32_t outputs)
{
  vsc_client *client = NULL;
  const vsc_client_config config = { .size = sizeof config,
                                     .instance = "rt",
                                     .runtime_dir = folder,
                                     .app = "rt_client",
                                     .inputs = inputs,
                                     .first_output = outputs == ECHO_CHANNELS
                                                       ? 0
                                                       : ECHO_CHANNELS,
                                     .outputs = outputs,
                                     .timeout_ns = 20 * SECOND };
  vsc_status status = VSC_ERR_REFUSED;
  /* Until the engine has seen that the one before us has left. */
  for (int i = 0; status == VSC_ERR_REFUSED && i < 100; i++) {
    status = vsc_client_open(&config, &client);
    platform_sleep(status == VSC_OK ? 0 : 10 * MS);
  }
  if (status < 0) {
    fprintf(stderr, "%s\n", vsc_client_error());
  }
  return client;
}

/* --- the other: comes and goes */

struct comer {
  const char *folder;
  vsc_client *watched; /* somebody else's, that it asks for names */
  _Atomic int is_stopping, has_ended;
  _Atomic unsigned calls;
  unsigned lives;
  int has_failed;
};

static void
count(void *user,
      const void *in,
      void *out,
      uint32_t frames,
      const vsc_client_time *time) VSC_RT
{
  struct comer *const c = user;
  (void)in;
  (void)out;
  (void)frames;
  (void)time;
  atomic_fetch_add_explicit(&c->calls, 1, memory_order_relaxed);
}

static int
live(struct comer *c)
{
  const vsc_client_callbacks callbacks = { .size = sizeof callbacks,
                                           .process = count,
                                           .user = c };
  char name[32];
  vsc_client_info info = { .size = sizeof info };
  vsc_client *const client = open_client(c->folder, c->lives % 3, 1);
  int is_good = client != NULL;
  for (int i = 0; is_good && i < 2; i++) {
    const unsigned calls = atomic_load(&c->calls);
    is_good = vsc_client_start(client, &callbacks) == VSC_OK &&
              vsc_client_start(client, &callbacks) == VSC_ERR_INVALID;
    for (int n = 0; is_good && n < 5000 && atomic_load(&c->calls) < calls + 3;
         n++) {
      platform_sleep(MS);
      vsc_client_channel_name(c->watched, 1, 0, name, sizeof name);
      vsc_client_describe(c->watched, &info);
    }
    is_good = is_good && vsc_client_stop(client) == VSC_OK &&
              atomic_load(&c->calls) >= calls + 3;
    const unsigned after = atomic_load(&c->calls);
    platform_sleep(2 * MS);
    is_good = is_good && atomic_load(&c->calls) == after;
  }
  if (is_good && c->lives % 2) {
    is_good = vsc_client_start(client, &callbacks) == VSC_OK; /* close stops */
  }
  vsc_client_close(client);
  return is_good;
}

static void *
come_and_go(void *arg)
{
  struct comer *const c = arg;
  while (!c->is_stopping && !c->has_failed) {
    c->has_failed = !live(c);
    c->lives += !c->has_failed;
  }
  c->has_ended = 1;
  return NULL;
}

/* --- what is left behind */

struct holdings {
  unsigned fds, threads, mappings;
};

static unsigned
entries(const char *path)
{
  DIR *const d = opendir(path);
  unsigned n = 0;
  while (d && readdir(d)) {
    n++;
  }
  if (d) {
    closedir(d);
  }
  return n;
}

static struct holdings
look(void)
{
  struct holdings h = { .fds = entries("/proc/self/fd"),
                        .threads = entries("/proc/self/task") };
  FILE *const f = fopen("/proc/self/maps", "r");
  char line[512];
  while (f && fgets(line, sizeof line, f)) {
    h.mappings += strstr(line, "/dev/shm/aes67-") != NULL;
  }
  if (f) {
    fclose(f);
  }
  return h;
}

/* --- the engine */

/* The engine's main thread works until the listener hears MORE than it has. */
static vsc_ns
run_until_heard(struct rig *rig, struct echo *l, uint64_t more)
{
  const vsc_ns began = rig_now(rig);
  const uint64_t before = atomic_load(&l->exact);
  while (atomic_load(&l->exact) < before + more &&
         rig_now(rig) - began < 20 * SECOND) {
    loop_step(rig->loop);
  }
  return rig_now(rig) - began;
}

/* Another engine in the place of this one; is it heard? */
static int
restart(struct rig *rig, struct echo *l, const char *profile)
{
  engine_destroy(rig->engine);
  rig->engine = NULL;
  platform_sleep(20 * MS);
  if (!rig_serve(rig, profile)) {
    return 0;
  }
  const vsc_ns took = run_until_heard(rig, l, 1);
  printf("heard again after %" PRId64 " ms\n", took / MS);
  return took < 20 * SECOND;
}

/* The engine's main loop must turn while a client opens. */
static void *
open_listener(void *arg)
{
  return open_client(arg, ECHO_CHANNELS, ECHO_CHANNELS);
}

static vsc_client *
open_beside(struct rig *rig)
{
  pthread_t thread;
  void *client = NULL;
  if (pthread_create(&thread, NULL, open_listener, rig->folder)) {
    return NULL;
  }
  rig_run(rig, 500 * MS);
  pthread_join(thread, &client);
  return client;
}

static int
work(struct rig *rig, struct echo *l)
{
  const vsc_client_callbacks callbacks = { .size = sizeof callbacks,
                                           .process = echo_process,
                                           .error = echo_error,
                                           .user = l };
  l->client = open_beside(rig);
  if (!l->client || vsc_client_start(l->client, &callbacks) < 0) {
    return 0;
  }
  pthread_t thread;
  struct comer comer = { .folder = rig->folder, .watched = l->client };
  int is_good = run_until_heard(rig, l, 4800) < 20 * SECOND &&
                !pthread_create(&thread, NULL, come_and_go, &comer);
  const int has_comer = is_good;
  for (int i = 1; is_good && i <= RESTARTS; i++) {
    is_good = restart(rig, l, profiles[i / 2 % 2]);
    rig_run(rig, 200 * MS);
  }
  comer.is_stopping = 1;
  while (has_comer && !comer.has_ended) {
    rig_run(rig, 5 * MS);
  }
  if (has_comer) {
    pthread_join(thread, NULL);
  }
  vsc_client_close(l->client);
  printf("%u lives of another application, %u callbacks in them\n",
         comer.lives,
         comer.calls);
  return is_good && !comer.has_failed && comer.lives > 0;
}

int
main(void)
{
  static const char *const folders[] = { VSC_MODULES, NULL };
  struct rig rig;
  struct echo l = { 0 };
  const int status = rig_start(&rig, folders, profiles[0]);
  if (status) {
    return status;
  }
  const struct holdings before = look();
  int is_good = work(&rig, &l);
  rig_run(&rig, 300 * MS); /* the engine takes note */
  const struct holdings after = look();
  rig_stop(&rig);
  printf("%" PRIu64 " callbacks, at most %" PRId64 " us apart, %" PRIu64
         " jumps; %" PRIu64 " frames exact, %" PRIu64
         " samples wrong; away %u times, back %u times\n",
         l.calls,
         l.longest / 1000,
         l.gaps,
         l.exact,
         l.wrong,
         l.away,
         l.back);
  printf("before and after: %u %u fds, %u %u threads, %u %u mappings\n",
         before.fds,
         after.fds,
         before.threads,
         after.threads,
         before.mappings,
         after.mappings);
  is_good = is_good && l.wrong == 0 && l.distances == 0 && l.others == 0 &&
            l.back >= RESTARTS && before.fds == after.fds &&
            before.threads == after.threads &&
            before.mappings == after.mappings;
  return !is_good;
}
