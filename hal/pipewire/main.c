/* main.c - aes67-pipewire: the device of an engine as two nodes of PipeWire's
   graph, which it drives by the device's clock. It stays whatever becomes of
   the engine and of PipeWire. SPDX-License-Identifier: MIT */
#include "graph.h"

#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hal/platform.h"

/* Clients are looked after as often as the library does itself. */
#define BUSY_NS INT64_C(20000000)
#define IDLE_NS INT64_C(1000000000)
#define ATTACH_PAUSE_NS INT64_C(500000000)
#define LOOK_PAUSE_NS INT64_C(1000000000)

struct bridge {
  const char *runtime_dir;
  bool is_quiet;
  struct pw_main_loop *main_loop;
  struct pw_loop *loop;
  struct spa_source *timer;
  struct graph graph;
  struct device_facts facts;
  vsc_client *in, *out;
  vsc_ns not_before[2]; /* to attach, heard and played */
  vsc_ns looked;
  uint64_t told_trouble;
  /* last, once each: of what is played, heard, and all else */
  char said[3][CLIENT_TEXT_BYTES];
};

enum topic { PLAYED, HEARD, REST };

static void
say(struct bridge *b, enum topic topic, const char *text)
{
  char *const said = b->said[topic];
  if (!b->is_quiet && strcmp(said, text) != 0) {
    snprintf(said, sizeof b->said[topic], "%s", text);
    fprintf(stderr, "aes67-pipewire: %s\n", text);
  }
}

/* --- attachments */

static void
detach(struct bridge *b, vsc_client **client)
{
  vsc_client *const old = *client;
  if (old) {
    *client = NULL;
    graph_use(&b->graph, b->in, b->out);
    vsc_client_close(old);
  }
}

/* VSC_ERR_UNSUPPORTED: the device has become another. */
static vsc_status
keep(struct bridge *b, bool is_input)
{
  vsc_client **const client = is_input ? &b->in : &b->out;
  vsc_ns *const not_before = &b->not_before[is_input];
  const bool had_one = *client != NULL;
  vsc_status status;
  if (*client) {
    status = client_tend(*client);
  } else if (platform_now() < *not_before) {
    return VSC_OK;
  } else {
    status = device_attach(
      b->graph.instance, b->runtime_dir, &b->facts.info, is_input, client);
    *not_before = platform_now() + ATTACH_PAUSE_NS;
    if (status == VSC_OK) {
      graph_use(&b->graph, b->in, b->out);
    }
  }
  const enum topic topic = is_input ? HEARD : PLAYED;
  if (status == VSC_OK) {
    b->said[topic][0] = '\0';
  } else if (status != VSC_ERR_AGAIN) {
    say(b, topic, vsc_client_error());
  } else if (had_one && (is_input || !b->in)) {
    say(b, topic, "the engine is away: silence until it is back");
  }
  return status;
}

static bool
keep_attached(struct bridge *b)
{
  const vsc_client_info *const info = &b->facts.info;
  const bool plays = graph_plays(&b->graph);
  vsc_status status = VSC_OK;
  if (graph_is_running(&b->graph) && info->inputs > 0) {
    status = keep(b, true);
  } else {
    detach(b, &b->in);
  }
  if (plays && status != VSC_ERR_UNSUPPORTED) {
    status = keep(b, false);
  } else if (!plays) {
    detach(b, &b->out);
  }
  return status != VSC_ERR_UNSUPPORTED;
}

/* --- the device and the graph */

static void
leave(struct bridge *b)
{
  detach(b, &b->in);
  detach(b, &b->out);
  graph_close(&b->graph);
}

static void
enter(struct bridge *b)
{
  if (device_look(b->graph.instance, b->runtime_dir, &b->facts) != VSC_OK) {
    say(b, REST, vsc_client_error());
    return;
  }
  if (!graph_open(&b->graph, b->loop, &b->facts)) {
    say(b, REST, "PipeWire is not running: waiting for it");
    return;
  }
  b->said[REST][0] = '\0';
  if (!b->is_quiet) {
    fprintf(stderr,
            "ready: %u inputs, %u outputs, %u frames/s, instance \"%s\"\n",
            b->facts.info.inputs,
            b->facts.info.outputs,
            b->facts.info.rate,
            b->graph.instance);
  }
}

static void
tell_trouble(struct bridge *b)
{
  const uint64_t left_out =
    atomic_load_explicit(&b->graph.cycle.left_out, memory_order_relaxed);
  const uint64_t run_over =
    atomic_load_explicit(&b->graph.run_over, memory_order_relaxed);
  if (left_out + run_over != b->told_trouble && !b->is_quiet) {
    fprintf(stderr,
            "aes67-pipewire: so far programs were not ready with %" PRIu64
            " cycles, and %" PRIu64 " were left out\n",
            run_over,
            left_out);
  }
  b->told_trouble = left_out + run_over;
}

/* Once a second: new names, another device. */
static bool
look(struct bridge *b)
{
  static struct device_facts facts;
  const vsc_ns now = platform_now();
  if (now - b->looked < LOOK_PAUSE_NS) {
    return true;
  }
  b->looked = now;
  tell_trouble(b);
  if (atomic_load_explicit(&b->graph.is_led, memory_order_relaxed)) {
    say(b, REST, "another driver runs the graph: silence until ours does");
  }
  if (device_look(b->graph.instance, b->runtime_dir, &facts) != VSC_OK) {
    return true; /* no engine: all stays */
  }
  if (!device_is_same(&facts.info, &b->facts.info)) {
    return false;
  }
  b->facts = facts;
  graph_refresh(&b->graph, &b->facts);
  return true;
}

static void
arm(struct bridge *b, int64_t ns)
{
  struct timespec value = { .tv_sec = (time_t)(ns / VSC_SECOND),
                            .tv_nsec = (long)(ns % VSC_SECOND) };
  pw_loop_update_timer(b->loop, b->timer, &value, NULL, false);
}

static void
on_timer(void *data, uint64_t expirations)
{
  struct bridge *const b = data;
  (void)expirations;
  if (b->graph.context && b->graph.is_lost) {
    say(b, REST, "PipeWire has gone: waiting for it");
    leave(b);
  }
  if (b->graph.context && (!keep_attached(b) || !look(b))) {
    say(b, REST, "the device has changed");
    leave(b);
  }
  if (!b->graph.context) {
    enter(b);
  }
  arm(b, graph_is_running(&b->graph) ? BUSY_NS : IDLE_NS);
}

static void
on_signal(void *data, int number)
{
  struct bridge *const b = data;
  (void)number;
  pw_main_loop_quit(b->main_loop);
}

static int
run(struct bridge *b)
{
  b->main_loop = pw_main_loop_new(NULL);
  if (!b->main_loop) {
    fprintf(stderr, "aes67-pipewire: no main loop\n");
    return 1;
  }
  b->loop = pw_main_loop_get_loop(b->main_loop);
  b->timer = pw_loop_add_timer(b->loop, on_timer, b);
  pw_loop_add_signal(b->loop, SIGINT, on_signal, b);
  pw_loop_add_signal(b->loop, SIGTERM, on_signal, b);
  arm(b, 1);
  pw_main_loop_run(b->main_loop);
  leave(b);
  pw_main_loop_destroy(b->main_loop);
  return 0;
}

static void
help(FILE *f)
{
  fputs(
    "usage: aes67-pipewire [--instance NAME] [--runtime-dir DIR] [--quiet]\n"
    "\n"
    "The device of an engine in PipeWire's graph: the source \"aes67.in\" and\n"
    "the sink \"aes67.out\", a port a channel, called as the device calls "
    "them.\n"
    "The graph runs by the media clock, so nothing is resampled. Runs until "
    "it\n"
    "is stopped, and waits for an engine or for PipeWire where there is none.\n"
    "\n"
    "  --instance NAME    of the engine ($AES67_INSTANCE, else \"default\")\n"
    "  --runtime-dir DIR  where it runs ($AES67_RUNTIME_DIR, else the usual)\n"
    "  --quiet            say nothing\n"
    "  --version          the version\n",
    f);
}

int
main(int argc, char **argv)
{
  static struct bridge bridge;
  static const struct option options[] = {
    { "instance", required_argument, NULL, 'i' },
    { "runtime-dir", required_argument, NULL, 'r' },
    { "quiet", no_argument, NULL, 'q' },
    { "version", no_argument, NULL, 'v' },
    { "help", no_argument, NULL, 'h' },
    { NULL, 0, NULL, 0 },
  };
  const char *const named = getenv("AES67_INSTANCE");
  bridge.graph.instance = named && named[0] ? named : "default";
  for (int o; (o = getopt_long(argc, argv, "h", options, NULL)) >= 0;) {
    switch (o) {
      case 'i':
        bridge.graph.instance = optarg;
        break;
      case 'r':
        bridge.runtime_dir = optarg;
        break;
      case 'q':
        bridge.is_quiet = true;
        break;
      case 'v':
        puts("aes67-pipewire " VSC_VERSION);
        return 0;
      case 'h':
        help(stdout);
        return 0;
      default:
        help(stderr);
        return 2;
    }
  }
  if (optind < argc) {
    help(stderr);
    return 2;
  }
  pw_init(NULL, NULL);
  const int code = run(&bridge);
  pw_deinit();
  return code;
}
