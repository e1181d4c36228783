/* cmd_listen.c - aes67 listen: what is received, on the default sound card, or
   in a file where there is none. SPDX-License-Identifier: MIT */
#include "bridge_run.h"
#include "connect.h"
#include "json_print.h"
#include "table.h"

#include <unistd.h>

#include "engine/loader.h"

#define CARD "default"
#define CHANNELS 2 /* that a card surely has */

/* The inputs that receiver NAME meets. */
static int
channels_of(const struct cli *cli, const char *name, struct audio_range *out)
{
  json_t *status = NULL;
  const int code = connect_ask(cli, "status", &status);
  if (code != CLI_OK) {
    return code;
  }
  const json_t *const r =
    json_find(json_object_get(status, "receivers"), "name", name);
  int found = CLI_OK;
  if (!r) {
    found = cli_fail(cli,
                     CLI_NOT_FOUND,
                     "no receiver is called \"%s\"; aes67 status shows them",
                     name);
  } else if (!audio_range_parse(json_text(r, "channels"), out)) {
    found = cli_fail(cli,
                     CLI_FAILED,
                     "\"%s\" meets the inputs %s: choose with --channels",
                     name,
                     json_text(r, "channels"));
  }
  json_decref(status);
  return found;
}

static int
listen_into_file(const struct cli *cli,
                 const struct bridge_plan *plan,
                 const char *why)
{
  char path[24] = "out.wav"; /* a recording of before stays */
  for (int n = 2; n < 1000 && access(path, F_OK) == 0; n++) {
    snprintf(path, sizeof path, "out-%d.wav", n);
  }
  const struct audio_recording what = { .path = path,
                                        .channels = plan->channels,
                                        .seconds = plan->seconds,
                                        .start = AUDIO_NOW };
  cli_say(cli, "%s: recording into %s", why, path);
  return audio_record(cli, &what);
}

static int
run(struct cli *cli)
{
  const char *const card = cli_option(cli, "card");
  struct bridge_plan plan = { .card = card ? card : CARD };
  if (!audio_option_channels(cli, false, &plan.channels) ||
      !audio_option_seconds(cli, &plan.seconds) ||
      !bridge_option_latency(cli, &plan.latency)) {
    return CLI_USAGE;
  }
  const bool is_given = plan.channels.count > 0;
  /* Before a word about cards. */
  vsc_client_info device;
  int code = audio_query(cli, &device);
  if (code == CLI_OK && !is_given && cli->argument_count > 0) {
    code = channels_of(cli, cli->arguments[0], &plan.channels);
  }
  if (code != CLI_OK) {
    return code;
  }
  if (!is_given &&
      (plan.channels.count == 0 || plan.channels.count > CHANNELS)) {
    plan.channels.count = CHANNELS;
  }
  char why[LOADER_WHY_BYTES];
  audio_catch_signals();
  return card || bridge_has_card(CARD, plan.channels.count, why, sizeof why)
           ? bridge_run(cli, &plan)
           : listen_into_file(cli, &plan, why);
}

const struct command command_listen = {
  .name = "listen",
  .summary = "what is received, on the default sound card",
  .arguments = "[STREAM]",
  .max_arguments = 1,
  .options =
    (const struct command_option[]){
      { .name = "card",
        .argument = "CARD",
        .help = "another card, by ALSA's name" },
      { .name = "channels",
        .argument = "A-B",
        .help = "inputs of the device, from 1 (default: the first two of the "
                "stream, or 1-2)" },
      BRIDGE_OPTION_LATENCY,
      BRIDGE_OPTION_RESAMPLER,
      { .name = "seconds",
        .argument = "N",
        .help = "how long (default: until interrupted)" },
      { .name = NULL },
    },
  .details = "STREAM is a receiver's name, as rx1. Where there is no sound "
             "card, what is "
             "received goes into the file out.wav (out-2.wav, if that is "
             "there). See aes67 bridge.",
  .run = run,
};
