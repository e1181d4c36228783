/* cmd_stream.c - aes67 stream: a file into the channels of one sender.
   SPDX-License-Identifier: MIT */
#include "audio_io.h"
#include "connect.h"
#include "json_print.h"
#include "table.h"

#include <string.h>

/* The sender that --stream names, or the only one. NULL after a message. */
static const json_t *
find_sender(const struct cli *cli, const json_t *status)
{
  const char *const wish = cli_option(cli, "stream");
  const json_t *const senders = json_object_get(status, "senders");
  const size_t count = json_array_size(senders);
  if (!wish && count == 1) {
    return json_array_get(senders, 0);
  }
  for (size_t i = 0; wish && i < count; i++) {
    const json_t *const sender = json_array_get(senders, i);
    if (strcmp(json_text(sender, "name"), wish) == 0) {
      return sender;
    }
  }
  if (wish) {
    cli_fail(cli, CLI_NOT_FOUND, "no sender is named \"%s\"", wish);
  } else {
    cli_fail(cli,
             CLI_NOT_FOUND,
             "the engine has %zu senders: choose one with --stream NAME",
             count);
  }
  return NULL;
}

static int
run(struct cli *cli)
{
  json_t *status = NULL;
  int code = connect_call(cli, json_pack("{s:s}", "op", "status"), &status);
  if (code != CLI_OK) {
    return code;
  }
  struct audio_range channels = { 0 };
  const json_t *const sender = find_sender(cli, status);
  if (!sender) {
    code = CLI_NOT_FOUND;
  } else if (!audio_range_parse(json_text(sender, "channels"), &channels)) {
    code = cli_fail(cli,
                    CLI_FAILED,
                    "the sender takes channels \"%s\", not one range: use play",
                    json_text(sender, "channels"));
  }
  json_decref(status);
  return code == CLI_OK ? audio_play_file(cli, channels) : code;
}

const struct command command_stream = {
  .name = "stream",
  .summary = "play a file straight into one of the engine's senders",
  .arguments = "FILE|-",
  .min_arguments = 1,
  .max_arguments = 1,
  .options =
    (const struct command_option[]){
      { .name = "stream",
        .argument = "NAME",
        .help = "the sender (default: the only one)" },
      { .name = "loop", .help = "again from the first frame at the end" },
      AUDIO_OPTION_FORMAT,
      { .name = "rate",
        .argument = "HZ",
        .help = "of raw samples (default: the device's)" },
      AUDIO_OPTION_START,
      { .name = NULL },
    },
  .details =
    "As play, but by the name of a sender: the file goes into the device "
    "channels that the sender takes, and must have as many.",
  .run = run,
};
