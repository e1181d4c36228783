/* net_survival.c - the engine is killed again and again under an application
   that hears itself: its callbacks go on, nothing it hears is ever wrong, input
   and output stay as far apart, and each next engine is heard. Once it comes as
   another region. Finds the build in VSC_BUILD.
   SPDX-License-Identifier: MIT */
#include "hal/platform.h"
#include "tests/rt/echo_rig.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define MS INT64_C(1000000)
#define PATIENCE (30000 * MS)
#define KILLS_MAX 1000

static const char profile[] =
  "[engine]\ninterface = lo\nlog_level = error\n"
  "[device]\ninputs = 8\noutputs = 8\n"
  "[stream]\npacket_time = 1ms\nlink_offset = 20ms\nwhen = always\nttl = 1\n"
  "[send a]\nchannels = 1-8\naddress = 239.255.74.1\n"
  "[receive a]\nchannels = 1-8\naddress = 239.255.74.1\n";

struct world {
  char folder[64];
  char path[96];
  char aes67[512];
  pid_t engine;
};

/* RING: of the device; another makes another region. */
static void
start_engine(struct world *w, const char *ring)
{
  char set[64];
  snprintf(set, sizeof set, "device.ring=%s", ring);
  w->engine = fork();
  if (w->engine == 0) {
    execl(w->aes67,
          "aes67",
          "run",
          w->path,
          "--instance",
          "survival",
          "--runtime-dir",
          w->folder,
          "--set",
          set,
          (char *)NULL);
    _exit(127);
  }
}

static void
end_engine(struct world *w, int signal)
{
  kill(w->engine, signal);
  waitpid(w->engine, NULL, 0);
}

static vsc_client *
open_client(const struct world *w)
{
  vsc_client *client = NULL;
  const vsc_client_config config = { .size = sizeof config,
                                     .instance = "survival",
                                     .runtime_dir = w->folder,
                                     .inputs = ECHO_CHANNELS,
                                     .outputs = ECHO_CHANNELS,
                                     .timeout_ns = PATIENCE };
  if (vsc_client_open(&config, &client) < 0) {
    fprintf(stderr, "%s\n", vsc_client_error());
  }
  return client;
}

/* How long until one frame more is exact; below 0: never. */
static vsc_ns
wait_for_exact(struct echo *e)
{
  const vsc_ns began = platform_now();
  const uint64_t before = atomic_load(&e->exact);
  while (atomic_load(&e->exact) == before) {
    if (platform_now() - began > PATIENCE) {
      return -1;
    }
    platform_sleep(MS);
  }
  return platform_now() - began;
}

static int
compare(const void *a, const void *b)
{
  const vsc_ns x = *(const vsc_ns *)a;
  const vsc_ns y = *(const vsc_ns *)b;
  return (x > y) - (x < y);
}

static int
survive(struct world *w, struct echo *e, unsigned kills)
{
  static vsc_ns took[KILLS_MAX];
  for (unsigned i = 0; i < kills; i++) {
    end_engine(w, SIGKILL);
    /* Some engines come at once, some when we have long noticed. */
    platform_sleep((vsc_ns)(i % 4) * 150 * MS);
    start_engine(w, i >= kills / 2 ? "16384" : "8192");
    /* What it had yet to hear of the one before. */
    platform_sleep(30 * MS);
    took[i] = wait_for_exact(e);
    if (took[i] < 0) {
      fprintf(stderr, "nothing is heard of engine %u\n", i + 2);
      return 1;
    }
    took[i] += 30 * MS;
  }
  qsort(took, kills, sizeof *took, compare);
  printf("%u engines killed; from the start of the next to the first exact "
         "frame p50 %" PRId64 " ms, p99 %" PRId64 " ms, max %" PRId64 " ms\n",
         kills,
         took[kills / 2] / MS,
         took[(kills * 99 + 99) / 100 - 1] / MS,
         took[kills - 1] / MS);
  return 0;
}

static int
play(struct world *w, unsigned kills)
{
  struct echo e = { .client = open_client(w) };
  const vsc_client_callbacks callbacks = { .size = sizeof callbacks,
                                           .process = echo_process,
                                           .error = echo_error,
                                           .user = &e };
  if (!e.client || vsc_client_start(e.client, &callbacks) < 0) {
    return 1;
  }
  int status = wait_for_exact(&e) < 0 || survive(w, &e, kills);
  vsc_client_close(e.client);
  printf("%" PRIu64 " callbacks, at most %" PRId64 " us apart, %" PRIu64
         " jumps; %" PRIu64 " frames exact, %" PRIu64
         " samples wrong; told away %u times, back %u times\n",
         e.calls,
         e.longest / 1000,
         e.gaps,
         e.exact,
         e.wrong,
         e.away,
         e.back);
  status |= e.wrong != 0 || e.distances != 0 || e.others != 0 || e.back < kills;
  return status;
}

int
main(void)
{
  const char *const build = getenv("VSC_BUILD");
  const unsigned kills = getenv("VSC_LONG") ? 100 : 12;
  struct world w = { .folder = "/tmp/aes67-survival-XXXXXX" };
  if (!build || !mkdtemp(w.folder)) {
    return 1;
  }
  snprintf(w.aes67, sizeof w.aes67, "%s/aes67", build);
  snprintf(w.path, sizeof w.path, "%s/survival.ini", w.folder);
  setenv("XDG_STATE_HOME", w.folder, 1);
  FILE *const f = fopen(w.path, "w");
  if (!f || fputs(profile, f) < 0 || fclose(f)) {
    return 1;
  }
  start_engine(&w, "8192");
  const int status = play(&w, kills);
  end_engine(&w, SIGTERM);
  char command[128];
  snprintf(command, sizeof command, "rm -r %s", w.folder);
  return system(command) != 0 || status;
}
