/* cmd_latency.c - aes67 latency: the round trip from the device over the
   network and back to the device, measured; or the far end of one.
   SPDX-License-Identifier: MIT */
#include "audio_io.h"
#include "connect.h"
#include "engine/option.h"
#include "json_print.h"
#include "latency_report.h"
#include "selftest_counts.h"
#include "table.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vsc/position.h>

#define SAMPLES 1000
#define SAMPLES_MAX 10000000
#define LOOK_MS 20
#define FOUND_MS 5000 /* until the first frame has come back */

/* Does the list of channels of STREAM hold CHANNEL, from 1? */
static bool
has_channel(const json_t *stream, int64_t channel)
{
  uint16_t list[VSC_CHANNELS_MAX];
  const int32_t n =
    channels_parse(json_text(stream, "channels"), list, VSC_CHANNELS_MAX);
  for (int32_t i = 0; i < n; i++) {
    if (list[i] + 1 == channel) {
      return true;
    }
  }
  return false;
}

static const json_t *
stream_of(const json_t *status, const char *kind, int64_t channel)
{
  const json_t *const list = json_object_get(status, kind);
  for (size_t i = 0; i < json_array_size(list); i++) {
    if (has_channel(json_array_get(list, i), channel)) {
      return json_array_get(list, i);
    }
  }
  return NULL;
}

static uint32_t
link_frames(const json_t *receiver, uint32_t rate)
{
  return (uint32_t)vsc_frames_in(json_whole(receiver, "link_offset_ns"), rate);
}

static uint64_t
drop_outs(const json_t *receiver)
{
  return (uint64_t)json_whole(receiver, "dropouts");
}

/* The far engine, when it runs on this machine, says its own link offset. */
static int
ask_far(const struct cli *cli, const json_t *sender, struct latency_way *way)
{
  struct cli far = *cli;
  far.instance = cli_option(cli, "far");
  json_t *status = NULL;
  int code = connect_ask(&far, "status", &status);
  const char *const address = json_text(sender, "address");
  const json_t *const receiver =
    json_find(json_object_get(status, "receivers"), "address", address);
  if (receiver) {
    way->engines_lost += drop_outs(receiver);
    way->link_there = link_frames(receiver, way->rate);
    way->knows_there = true;
  } else if (code == CLI_OK) {
    code = cli_fail(cli,
                    CLI_NOT_FOUND,
                    "engine \"%s\" has no receiver of %s",
                    far.instance,
                    address);
  }
  json_decref(status);
  return code;
}

/* Which streams the two channels are of. */
static int
find_way(const struct cli *cli,
         const vsc_client_config *config,
         const vsc_client_info *info,
         struct latency_way *way)
{
  json_t *status = NULL;
  int code = connect_ask(cli, "status", &status);
  if (code != CLI_OK) {
    return code;
  }
  const json_t *const sender =
    stream_of(status, "senders", (int64_t)config->first_output + 1);
  const json_t *const receiver =
    stream_of(status, "receivers", (int64_t)config->first_input + 1);
  *way = (struct latency_way){ .rate = info->rate,
                               .buffer = info->buffer,
                               .headroom = info->output_latency,
                               .margin = info->input_latency };
  way->link_back = receiver ? link_frames(receiver, info->rate) : 0;
  way->engines_lost = receiver ? drop_outs(receiver) : 0;
  way->is_own =
    sender && receiver &&
    strcmp(json_text(sender, "address"), json_text(receiver, "address")) == 0;
  const bool is_far = sender && !way->is_own;
  way->link_there = is_far ? way->link_back : 0;
  way->knows_there = !is_far;
  if (is_far && cli_has(cli, "far")) {
    code = ask_far(cli, sender, way);
  }
  json_decref(status);
  return code;
}

/* What the engines have lost since BEFORE, which was found before. */
static int
count_lost(const struct cli *cli,
           const vsc_client_config *config,
           const vsc_client_info *info,
           struct latency_way *before)
{
  struct latency_way now;
  const int code = find_way(cli, config, info, &now);
  if (code == CLI_OK) {
    before->engines_lost = now.engines_lost < before->engines_lost
                             ? now.engines_lost
                             : now.engines_lost - before->engines_lost;
  }
  return code;
}

/* Why nothing came back, as far as our engine knows. */
static int
fail_silent(const struct cli *cli, const vsc_client_config *config)
{
  char why[400] = "";
  json_t *status = NULL;
  if (connect_ask(cli, "status", &status) == CLI_OK) {
    selftest_why_silent(status, why, sizeof why);
  }
  json_decref(status);
  return cli_fail(
    cli,
    CLI_FAILED,
    "what was played on output %u did not come to input %u "
    "within %d s (%s): at the far end run \"aes67 latency "
    "--reflect\", or its engine with --set \"loopback back.from=in "
    "1-8\" --set \"loopback back.to=out 1-8\" --set "
    "stream.when=always",
    config->first_output + 1,
    config->first_input + 1,
    FOUND_MS / 1000,
    why);
}

static uint32_t
taken(const struct latency_probe *p)
{
  return atomic_load_explicit(&p->taken, memory_order_acquire);
}

/* Until there are enough samples, none come, or somebody has had enough. */
static void
wait_for_samples(const struct latency_probe *p)
{
  int idle_ms = 0;
  uint32_t before = 0;
  while (taken(p) < p->wanted && idle_ms < FOUND_MS && !audio_must_stop()) {
    poll(NULL, 0, LOOK_MS);
    idle_ms = taken(p) == before ? idle_ms + LOOK_MS : 0;
    before = taken(p);
  }
}

static int
save_report(const struct cli *cli, const struct latency_report *r)
{
  const char *const path = cli_option(cli, "report");
  json_t *const j = latency_report_json(r);
  int code = CLI_OK;
  if (path &&
      (!j ||
       json_dump_file(j, path, JSON_INDENT(2) | JSON_REAL_PRECISION(9)) != 0)) {
    code = cli_fail(
      cli, CLI_FAILED, "cannot write \"%s\": %s", path, strerror(errno));
  }
  json_decref(j);
  return code;
}

static int
tell(const struct cli *cli,
     const struct latency_probe *p,
     const struct latency_way *way)
{
  struct latency_report r;
  latency_report_make(p, way, &r);
  int code = save_report(cli, &r);
  if (code == CLI_OK && cli->json) {
    code = json_print(cli, latency_report_json(&r));
  } else if (code == CLI_OK) {
    latency_report_print(&r, cli->out);
  }
  return code == CLI_OK ? latency_report_verdict(&r) : code;
}

static int
open_client(const struct cli *cli,
            const vsc_client_config *config,
            vsc_client **out,
            vsc_client_info *info)
{
  const vsc_status status = vsc_client_open(config, out);
  if (status < 0) {
    return audio_failed(cli, status);
  }
  *info = (vsc_client_info){ .size = sizeof *info };
  vsc_client_describe(*out, info);
  return CLI_OK;
}

static int
start_client(const struct cli *cli,
             vsc_client *client,
             vsc_client_process_fn process,
             void *user)
{
  const vsc_client_callbacks callbacks = { .size = sizeof callbacks,
                                           .process = process,
                                           .user = user };
  const vsc_status status = vsc_client_start(client, &callbacks);
  return status < 0 ? audio_failed(cli, status) : CLI_OK;
}

static int
measure(const struct cli *cli, vsc_client_config *config, uint32_t samples)
{
  vsc_client *client = NULL;
  vsc_client_info info;
  struct latency_way way;
  struct latency_probe probe = { .wanted = 0 };
  config->inputs = 1;
  config->outputs = 1;
  int code = open_client(cli, config, &client, &info);
  if (code == CLI_OK) {
    code = find_way(cli, config, &info, &way);
  }
  if (code == CLI_OK && latency_probe_init(&probe, info.rate, samples) < 0) {
    code = cli_fail(cli, CLI_FAILED, "no memory left");
  }
  if (code == CLI_OK) {
    code = start_client(cli, client, latency_probe_process, &probe);
  }
  if (code == CLI_OK) {
    wait_for_samples(&probe);
    vsc_client_stop(client);
    code = taken(&probe) == 0 ? fail_silent(cli, config)
                              : count_lost(cli, config, &info, &way);
    code = code == CLI_OK ? tell(cli, &probe, &way) : code;
  }
  vsc_client_close(client);
  latency_probe_finish(&probe);
  return code;
}

/* The far end: what comes in goes out in the same callback. */
struct mirror {
  uint32_t channels;
};

static void
reflect(void *user,
        const void *in,
        void *out,
        uint32_t frames,
        const vsc_client_time *time) VSC_RT
{
  const struct mirror *const m = user;
  (void)time;
  memcpy(out, in, (size_t)frames * m->channels * sizeof(int32_t));
}

static int
run_mirror(const struct cli *cli, vsc_client_config *config)
{
  vsc_client *client = NULL;
  vsc_client_info info;
  int code = audio_query(cli, &info);
  struct mirror mirror = { info.inputs < info.outputs ? info.inputs
                                                      : info.outputs };
  config->inputs = config->outputs = mirror.channels;
  config->first_input = config->first_output = 0;
  if (code == CLI_OK) {
    code = open_client(cli, config, &client, &info);
  }
  if (code == CLI_OK) {
    code = start_client(cli, client, reflect, &mirror);
  }
  if (code == CLI_OK) {
    cli_say(cli,
            "reflecting %u channels, each %u frames after it came in; Ctrl-C "
            "ends it",
            mirror.channels,
            info.input_latency + info.buffer + info.output_latency);
  }
  while (code == CLI_OK && !audio_must_stop()) {
    poll(NULL, 0, LOOK_MS);
  }
  vsc_client_close(client);
  return code;
}

static int
run(struct cli *cli)
{
  int64_t samples = SAMPLES, output = 1, input = 1;
  if (!cli_option_number(cli, "samples", 1, SAMPLES_MAX, &samples) ||
      !cli_option_number(cli, "output", 1, VSC_CHANNELS_MAX, &output) ||
      !cli_option_number(cli, "input", 1, VSC_CHANNELS_MAX, &input)) {
    return CLI_USAGE;
  }
  audio_catch_signals();
  vsc_client_config config = { .size = sizeof config,
                               .instance = cli->instance,
                               .runtime_dir = cli->runtime_dir,
                               .app = "aes67 latency",
                               .first_input = (uint32_t)input - 1,
                               .first_output = (uint32_t)output - 1,
                               .sample = VSC_SAMPLE_S32 };
  return cli_has(cli, "reflect") ? run_mirror(cli, &config)
                                 : measure(cli, &config, (uint32_t)samples);
}

const struct command command_latency = {
  .name = "latency",
  .summary = "the round trip over the network, measured, with its stages",
  .options =
    (const struct command_option[]){
      { .name = "samples",
        .argument = "N",
        .help = "how many, a hundred a second (default 1000)" },
      { .name = "report",
        .argument = "FILE",
        .help = "write what --json prints to FILE as well" },
      { .name = "output",
        .argument = "CHANNEL",
        .help = "where it is played (default 1)" },
      { .name = "input",
        .argument = "CHANNEL",
        .help = "where it comes back (default 1)" },
      { .name = "far",
        .argument = "INSTANCE",
        .help = "the far engine, if it runs here: its link offset is asked" },
      { .name = "reflect",
        .help = "instead: be the application at the far end, all channels" },
      { .name = NULL },
    },
  .details =
    "The far end sends back what it receives: its engine, with a [loopback] "
    "from in\nto out, or an application there (--reflect). Each frame is "
    "played with a number,\n42 dB below full scale; L16 is too narrow for it. "
    "Exit 3: less than 99 % came\nback.",
  .run = run,
};
