/* cmd_bridge.c - aes67 bridge: the device joined to a sound card on a clock of
   its own. SPDX-License-Identifier: MIT */
#include "bridge_run.h"
#include "table.h"

static int
run(struct cli *cli, bool is_capture)
{
  struct bridge_plan plan = { .card = cli->arguments[0],
                              .is_capture = is_capture };
  if (!audio_option_channels(cli, false, &plan.channels) ||
      !audio_option_seconds(cli, &plan.seconds) ||
      !bridge_option_latency(cli, &plan.latency)) {
    return CLI_USAGE;
  }
  if (plan.channels.count == 0) {
    plan.channels.count = 2;
  }
  audio_catch_signals();
  if (cli_has(cli, "supervised")) {
    plan.is_supervised = true;
    if (bridge_supervised() < 0) {
      return cli_fail(cli, CLI_FAILED, "no thread can watch for the end");
    }
  }
  return bridge_run(cli, &plan);
}

static int
run_play(struct cli *cli)
{
  return run(cli, false);
}

static int
run_capture(struct cli *cli)
{
  return run(cli, true);
}

static const struct command_option options[] = {
  { .name = "channels",
    .argument = "A-B",
    .help = "of the device, from 1 (default 1-2); the card has as many" },
  BRIDGE_OPTION_LATENCY,
  BRIDGE_OPTION_RESAMPLER,
  { .name = "seconds",
    .argument = "N",
    .help = "how long (default: until interrupted)" },
  { .name = "supervised",
    .help = "for an engine: counts every second, and the end with stdin" },
  { .name = NULL },
};

static const struct command verbs[] = {
  { .name = "play",
    .summary = "what the device hears, on the card's outputs",
    .arguments = "CARD",
    .min_arguments = 1,
    .max_arguments = 1,
    .options = options,
    .run = run_play },
  { .name = "capture",
    .summary = "what the card hears, on the device's outputs",
    .arguments = "CARD",
    .min_arguments = 1,
    .max_arguments = 1,
    .options = options,
    .run = run_capture },
  { .name = NULL },
};

const struct command command_bridge = {
  .name = "bridge",
  .summary = "join the device to a sound card on another clock",
  .verbs = verbs,
  .details =
    "CARD is a name of ALSA's, as default or plughw:1. The card's clock is "
    "tracked against the media clock and a resampler follows, so that the "
    "latency is constant. Without --seconds it runs until it is interrupted. "
    "Exit 3 when frames were silent or the card ran dry.",
};
