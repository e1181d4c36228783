/* rt_changes.c - a real audio thread while the main thread adds, changes and
   removes streams and loopbacks and asks for status: for ThreadSanitizer, and
   for leaks. Over lo only.
   SPDX-License-Identifier: MIT */
#include "engine/engine.h"
#include "engine/log.h"
#include "engine/loop.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HEAD                                                                   \
  "[device]\ninputs = 16\noutputs = 16\n[stream]\npacket_time = 1ms\n"         \
  "link_offset = 20ms\nwhen = always\n"                                        \
  "[send a]\nchannels = 1-8\naddress = 239.255.71.1\nttl = 1\n"                \
  "[receive a]\nchannels = 1-8\naddress = 239.255.71.1\n"
#define OTHER                                                                  \
  "[send b]\nchannels = 9-16\naddress = 239.255.71.2\nttl = 1\n"               \
  "packet_time = 250us\n"
#define RESAMPLED "rate = 96000\nresampler = linear\n"

#define JOIN "[loopback join]\nfrom = out 1-8\nto = in 9-16\n"

static const char *const profiles[] = {
  HEAD,
  HEAD OTHER "[receive b]\nchannels = 9-16\naddress = 239.255.71.2\n",
  HEAD OTHER "[receive b]\nchannels = 9-16\naddress = 239.255.71.2\nmap = "
             "1>9, 2>16, 2>12\n",
  HEAD OTHER,
  HEAD OTHER RESAMPLED
  "[receive b]\nchannels = 9-16\naddress = 239.255.71.2\n" RESAMPLED,
  HEAD JOIN,
  HEAD JOIN "delay = 96frames\nexclude = somebody\n"
            "[loopback back]\nfrom = in 1-4\nto = out 13-16\n",
};
#define PROFILES (sizeof profiles / sizeof profiles[0])

static void
print_error(void *arg, const char *line)
{
  (void)arg;
  fprintf(stderr, "%s\n", line);
}

static struct config *
configure(struct loader *loader, const char *text)
{
  const struct config_source source = { .state_path = "profile",
                                        .state_text = text,
                                        .loader = loader,
                                        .error = print_error };
  struct config *c = NULL;
  return config_load(&source, &c) < 0 ? NULL : c;
}

/* 200 changes 5 ms apart; packets that crossed at the end. */
static unsigned long long
work(struct engine *e, struct loader *loader, struct loop *loop)
{
  unsigned changes = 0;
  vsc_ns next = e->setup.os->now(e->setup.os);
  while (changes < 200) {
    loop_step(loop);
    if (e->setup.os->now(e->setup.os) < next) {
      continue;
    }
    next = e->setup.os->now(e->setup.os) + 5000000;
    struct config *const c = configure(loader, profiles[changes++ % PROFILES]);
    if (!c || engine_reconfigure(e, c) < 0) {
      return 0;
    }
    json_decref(stats_json(e));
  }
  const struct stream *const a = e->streams->next;
  return (unsigned long long)a->counts->rx.counters[RX_PACKETS];
}

static void
wake_often(void *arg)
{
  (void)arg;
}

int
main(void)
{
  static const char *const folders[] = { VSC_MODULES, VSC_FIXTURES, NULL };
  char folder[] = "/tmp/aes67-rt-XXXXXX";
  char why[600] = "";
  struct os_interface lo = { 0 };
  struct os *os = NULL;
  struct loader *loader = NULL;
  struct log *const log = log_create(VSC_LOG_ERROR);
  if (os_find_interface("lo", &lo, why, sizeof why) < 0) {
    fprintf(stderr, "skipped: %s\n", why);
    return 77;
  }
  if (!log || !mkdtemp(folder) || os_create(&lo, log, &os) < 0 ||
      loader_create(folders, &loader) < 0) {
    return 1;
  }
  struct loop *const loop = loop_create(os);
  vsc_timer *const timer =
    loop_timer(loop, os->now(os), 5000000, wake_often, NULL);
  const struct engine_setup setup = { .log = log,
                                      .loop = loop,
                                      .os = os,
                                      .loader = loader,
                                      .interface = &lo,
                                      .instance = "rt",
                                      .runtime_dir = folder,
                                      .version = "test" };
  struct engine *e = NULL;
  unsigned long long packets = 0;
  if (engine_create(&setup, configure(loader, HEAD), &e, why, sizeof why) < 0) {
    fprintf(stderr, "%s\n", why);
  } else {
    packets = work(e, loader, loop);
  }
  engine_destroy(e);
  loop_untimer(loop, timer);
  loop_destroy(loop);
  os_destroy(os);
  loader_destroy(loader);
  log_drain(log);
  log_destroy(log);
  char lock[64];
  snprintf(lock, sizeof lock, "%s/rt.lock", folder);
  unlink(lock);
  rmdir(folder);
  printf("%llu packets crossed while 200 changes were made\n", packets);
  return packets < 100;
}
