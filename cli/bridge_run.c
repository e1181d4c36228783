/* bridge_run.c - see bridge_run.h. SPDX-License-Identifier: MIT */
#include "bridge_run.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "engine/instance.h"
#include "engine/log.h"
#include "engine/option.h"
#include "engine/paths.h"
#include "hal/bridge/bridge.h"
#include "hal/platform.h"

#define SECOND INT64_C(1000000000)
#define CARD_RATE 48000
#define CARD_PERIOD 256
/* Below the engine's and the clients' (hal/client_threads.c). */
#define PRIORITY 65
#define FALLBACK 10
/* For a good end, when the engine asks for one or has gone. */
#define GRACE (2 * SECOND)
#define WHY_BYTES LOADER_WHY_BYTES

bool
bridge_option_latency(const struct cli *cli, vsc_ns *out)
{
  static const vsc_option row = { .key = "latency",
                                  .type = VSC_OPT_DURATION,
                                  .width = sizeof *out,
                                  .fallback = "0s",
                                  .min = 0,
                                  .max = 2e9,
                                  .help = "" };
  const char *const text = cli_option(cli, "latency");
  char why[400];
  if (text && option_set(&row, text, out, why, sizeof why) < 0) {
    cli_usage(cli, "--latency %s", why);
    return false;
  }
  return true;
}

bool
bridge_has_card(const char *card, uint32_t channels, char *why, size_t bytes)
{
  const struct card_config config = {
    .name = card, .channels = channels, .rate = CARD_RATE, .period = CARD_PERIOD
  };
  struct card *c = NULL;
  const bool is_there = card_open(&config, &c, why, bytes) == VSC_OK;
  card_close(c);
  return is_there;
}

/* What of an engine a resampler sees outside of one. */
struct host {
  struct services services;
  struct instance *resampler;
};

static void
host_close(struct host *h)
{
  instance_destroy(h->resampler);
  loader_destroy(h->services.loader);
  os_destroy(h->services.os);
  if (h->services.log) {
    log_drain(h->services.log);
  }
  log_destroy(h->services.log);
}

static int
host_open(const struct cli *cli, struct host *out)
{
  const char *const wish = cli_option(cli, "resampler");
  const char *const name = wish ? wish : "samplerate";
  static const struct os_interface nowhere = { 0 };
  struct paths paths;
  char module[VSC_NAME_BYTES];
  char why[WHY_BYTES];
  *out = (struct host){ 0 };
  struct services *const s = &out->services;
  cli_paths(&paths);
  snprintf(module, sizeof module, "resampler-%s", name);
  s->log = log_create(VSC_LOG_INFO);
  if (!s->log || os_create(&nowhere, s->log, &s->os) < 0 ||
      loader_create(paths.modules, &s->loader) < 0) {
    return cli_fail(cli, CLI_FAILED, "the module loader does not start");
  }
  if (instance_create(s,
                      module,
                      VSC_KIND_RESAMPLER,
                      name,
                      NULL,
                      NULL,
                      &out->resampler,
                      why,
                      sizeof why) < 0) {
    return cli_fail(cli, CLI_FAILED, "%s", why);
  }
  return CLI_OK;
}

static void
tell_json(FILE *out, const struct bridge_counts *n)
{
  fprintf(out,
          "{\"schema\": \"vsc.bridge/1\", \"frames\": %" PRIu64
          ", \"silent_frames\": %" PRIu64 ", \"latency_ns\": %" PRId64
          ", \"drift_ppm\": %.4f, \"settled\": %s, \"card_stops\": %" PRIu64
          ", \"jumps\": %" PRIu64 "}\n",
          n->frames,
          n->silent_frames,
          n->latency,
          n->drift_ppm,
          n->is_settled ? "true" : "false",
          n->card_stops,
          n->jumps);
  fflush(out);
}

static void
tell(const struct cli *cli, const struct bridge_counts *n)
{
  cli_say(cli,
          "%" PRIu64 " frames, %" PRIu64 " silent, latency %.2f ms, the card "
          "is %+.3f ppm off%s, stopped %" PRIu64 " times, %" PRIu64 " jumps",
          n->frames,
          n->silent_frames,
          (double)n->latency * 1e-6,
          n->drift_ppm,
          n->is_settled ? "" : " (not settled)",
          n->card_stops,
          n->jumps);
  if (cli->json) {
    tell_json(cli->out, n);
  }
}

/* Waits for the end of stdin, on a thread of its own: the others may hang in a
   card. */
static void
watch_stdin(void *arg)
{
  char bytes[16];
  (void)arg;
  ssize_t n = 1;
  while (n > 0 || (n < 0 && errno == EINTR)) {
    n = read(STDIN_FILENO, bytes, sizeof bytes);
  }
  kill(getpid(), SIGTERM);
  platform_sleep(GRACE);
  _exit(CLI_FAILED);
}

vsc_status
bridge_supervised(void)
{
  const struct platform_thread_config watcher = { .name = "aes67-watch",
                                                  .run = watch_stdin };
  struct platform_thread *thread = NULL; /* ends with the process */
  /* Who does not read loses lines; the sound goes on. */
  (void)fcntl(STDOUT_FILENO, F_SETFL, O_NONBLOCK);
  return platform_thread_start(&watcher, NULL, &thread);
}

/* The thread that moves audio, while the main one waits for signals. */
struct mover {
  struct bridge *bridge;
  FILE *reports; /* NULL: none */
  vsc_ns end;
  vsc_status status;
  char why[400]; /* the client's words, which are this thread's */
};

static void
move(void *arg)
{
  struct mover *const m = arg;
  vsc_ns now = platform_now();
  vsc_ns due = now;
  while (m->status == VSC_OK && !audio_must_stop() && now < m->end) {
    m->status = bridge_step(m->bridge);
    now = platform_now();
    if (m->reports && now >= due) {
      struct bridge_counts counts;
      bridge_count(m->bridge, &counts);
      tell_json(m->reports, &counts);
      due = now + SECOND;
    }
  }
  snprintf(m->why, sizeof m->why, "%s", vsc_client_error());
}

static int
run(const struct cli *cli,
    const struct bridge_plan *plan,
    const struct bridge_config *config)
{
  char why[WHY_BYTES];
  struct bridge *bridge = NULL;
  if (bridge_create(config, &bridge, why, sizeof why) < 0) {
    return cli_fail(cli, CLI_FAILED, "%s", why);
  }
  struct mover mover = { .bridge = bridge,
                         .reports = plan->is_supervised ? cli->out : NULL,
                         .end =
                           plan->seconds > 0
                             ? platform_now() + (vsc_ns)(plan->seconds * SECOND)
                             : INT64_MAX };
  const struct platform_thread_config thread_config = { .name = "aes67-bridge",
                                                        .run = move,
                                                        .arg = &mover,
                                                        .priority = PRIORITY,
                                                        .fallback = FALLBACK };
  struct platform_thread *thread = NULL;
  if (platform_thread_start(&thread_config, NULL, &thread) < 0) {
    bridge_destroy(bridge);
    return cli_fail(cli, CLI_FAILED, "no thread");
  }
  platform_thread_join(thread);
  struct bridge_counts counts;
  bridge_count(bridge, &counts);
  bridge_destroy(bridge);
  if (plan->is_supervised) {
    tell_json(cli->out, &counts);
  } else {
    tell(cli, &counts);
  }
  if (mover.status < 0) {
    const bool is_card =
      mover.status == VSC_ERR_SYSTEM || mover.status == VSC_ERR_NOT_FOUND;
    return is_card
             ? cli_fail(cli, CLI_FAILED, "the card \"%s\" is gone", plan->card)
             : cli_fail(cli, CLI_FAILED, "%s", mover.why);
  }
  return counts.silent_frames || counts.card_stops ? CLI_DEGRADED : CLI_OK;
}

int
bridge_run(const struct cli *cli, const struct bridge_plan *plan)
{
  char why[WHY_BYTES];
  vsc_client_info device;
  int code = audio_query(cli, &device);
  if (code != CLI_OK) {
    return code;
  }
  struct host host;
  struct bridge_config config = { .is_capture = plan->is_capture,
                                  .channels = plan->channels.count,
                                  .latency = plan->latency };
  const struct card_config card = { .name = plan->card,
                                    .is_capture = plan->is_capture,
                                    .channels = plan->channels.count,
                                    .rate = device.rate,
                                    .period = CARD_PERIOD };
  code = host_open(cli, &host);
  if (code == CLI_OK && card_open(&card, &config.card, why, sizeof why) < 0) {
    code = cli_fail(cli, CLI_FAILED, "%s", why);
  }
  if (code == CLI_OK) {
    code = audio_attach(
      cli, NULL, !plan->is_capture, plan->channels, &config.client);
  }
  if (code == CLI_OK) {
    config.ops = host.resampler->module->ops;
    config.self = host.resampler->self;
    code = run(cli, plan, &config);
  }
  vsc_client_close(config.client);
  card_close(config.card);
  host_close(&host);
  return code;
}
