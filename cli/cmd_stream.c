/* cmd_stream.c - aes67 stream: a file to the network, through a sender of its
   own or one that the engine has. SPDX-License-Identifier: MIT */
#include "audio_io.h"
#include "connect.h"
#include "json_print.h"
#include "table.h"

#include <stdio.h>
#include <string.h>
#include <vsc/stream.h>

/* Into the channels of a sender that is there. */

static int
find_sender(const struct cli *cli,
            const json_t *status,
            const char *name,
            struct audio_range *channels)
{
  const json_t *const sender =
    json_find(json_object_get(status, "senders"), "name", name);
  const char *const takes = json_text(sender, "channels");
  if (!sender) {
    return cli_fail(
      cli, CLI_NOT_FOUND, "no sender is named \"%s\"; see: aes67 status", name);
  }
  if (!audio_range_parse(takes, channels)) {
    return cli_fail(cli,
                    CLI_FAILED,
                    "the sender takes channels \"%s\", not one range: use play",
                    takes);
  }
  return CLI_OK;
}

static int
into_sender(const struct cli *cli, const char *name)
{
  json_t *status = NULL;
  struct audio_range channels = { 0 };
  int code = connect_ask(cli, "status", &status);
  if (code == CLI_OK) {
    code = find_sender(cli, status, name, &channels);
    json_decref(status);
  }
  return code == CLI_OK ? audio_play_file(cli, channels, NULL) : code;
}

/* Through a sender that lives as long as this command. */

/* "/music/song.wav" -> "song". */
static const char *
default_name(const char *path, char *out, size_t bytes)
{
  const char *const slash = strrchr(path, '/');
  const char *const base = slash ? slash + 1 : path;
  const char *const dot = strrchr(base, '.');
  const size_t length =
    dot && dot != base ? (size_t)(dot - base) : strlen(base);
  snprintf(
    out, bytes, "%.*s", (int)(length < bytes ? length : bytes - 1), base);
  return strcmp(path, "-") == 0 || !*out ? "stream" : out;
}

static json_t *
wish(const struct cli *cli, uint32_t channels)
{
  static const struct {
    const char *key, *option;
  } given[] = {
    { "address", "address" },
    { "port", "port" },
    { "packet_time", "packet-time" },
    { "encoding", "encoding" },
  };
  char base[VSC_NAME_BYTES];
  const char *const name = cli_option(cli, "name");
  json_t *const request =
    json_pack("{s:s, s:s, s:i}",
              "op",
              "stream.open",
              "name",
              name ? name : default_name(cli->arguments[0], base, sizeof base),
              "channels",
              (int)channels);
  for (size_t i = 0; i < sizeof given / sizeof given[0]; i++) {
    const char *const value = cli_option(cli, given[i].option);
    if (value) {
      json_object_set_new(request, given[i].key, json_string(value));
    }
  }
  return request;
}

static void
tell(const struct cli *cli, const json_t *sender, uint32_t channels)
{
  char packet[32];
  const char *const name = json_text(sender, "stream");
  cli_say(
    cli,
    "sending \"%s\" as stream \"%s\": %u channel%s %s, %s packets, to %s; "
    "what a receiver wants to know: aes67 sdp show \"%s\"",
    cli->arguments[0],
    name,
    channels,
    channels == 1 ? "" : "s",
    json_text(sender, "encoding"),
    time_text(json_whole(sender, "packet_time_ns"), packet),
    json_text(sender, "address"),
    name);
}

static int
attach(const struct cli *cli,
       void *arg,
       struct audio_range channels,
       vsc_client **out)
{
  json_t *sender = NULL;
  int code = connection_call(arg, wish(cli, channels.count), &sender);
  if (code == CLI_OK) {
    code = audio_attach(cli, json_text(sender, "device"), false, channels, out);
  }
  if (code == CLI_OK) {
    tell(cli, sender, channels.count);
  }
  json_decref(sender);
  return code;
}

/* The sender went with the engine that made it. */
static int
check(void *arg)
{
  return connection_check(arg);
}

static int
through_own(const struct cli *cli)
{
  int64_t channels = 0;
  if (!cli_option_number(cli, "channels", 1, VSC_CHANNELS_MAX, &channels)) {
    return CLI_USAGE;
  }
  if (channels > 0 && !cli_has(cli, "format")) {
    return cli_usage(cli, "--channels is for raw samples: a file says its own");
  }
  struct connection *connection = NULL;
  int code = connection_open(cli, &connection);
  if (code == CLI_OK) {
    const struct audio_target target = { .attach = attach,
                                         .check = check,
                                         .arg = connection };
    code = audio_play_file(
      cli, (struct audio_range){ .count = (uint32_t)channels }, &target);
  }
  connection_close(connection);
  return code;
}

static int
run(struct cli *cli)
{
  static const char *const own[] = { "address",     "port",     "name",
                                     "packet-time", "encoding", "channels" };
  const char *const sender = cli_option(cli, "stream");
  for (size_t i = 0; sender && i < sizeof own / sizeof own[0]; i++) {
    if (cli_has(cli, own[i])) {
      return cli_usage(cli,
                       "--%s is for a sender of its own, --stream names one "
                       "that is there: not both",
                       own[i]);
    }
  }
  if (sender) {
    return into_sender(cli, sender);
  }
  if (!cli_has(cli, "address")) {
    return cli_usage(cli,
                     "say where to: --address 239.69.9.9, or --stream NAME for "
                     "one of the engine's senders");
  }
  return through_own(cli);
}

const struct command command_stream = {
  .name = "stream",
  .summary = "send a file straight to the network",
  .arguments = "FILE|-",
  .min_arguments = 1,
  .max_arguments = 1,
  .options =
    (const struct command_option[]){
      { .name = "address",
        .argument = "ADDRESS",
        .help = "group or host to send to, as 239.69.9.9" },
      { .name = "port",
        .argument = "PORT",
        .help = "UDP port (default: 5004)" },
      { .name = "name",
        .argument = "NAME",
        .help = "of the stream (default: the file's)" },
      { .name = "packet-time",
        .argument = "TIME",
        .help = "audio in a packet, as 1ms (default: the engine's)" },
      { .name = "encoding",
        .argument = "ENCODING",
        .help = "sample format on the wire: L16, L24 (default: the engine's)" },
      { .name = "stream",
        .argument = "NAME",
        .help = "through this sender of the engine instead" },
      { .name = "loop", .help = "again from the first frame at the end" },
      AUDIO_OPTION_FORMAT,
      { .name = "channels", .argument = "N", .help = "of raw samples" },
      { .name = "rate",
        .argument = "HZ",
        .help = "of raw samples (default: the device's)" },
      AUDIO_OPTION_START,
      { .name = NULL },
    },
  .details =
    "The running engine gets a sender with as many channels as the file, "
    "beside "
    "its own and without using a channel of its device, until the file or this "
    "command ends; nothing of it is saved. With --stream the file goes into "
    "the "
    "device channels that a sender of the engine takes, and must have as many.",
  .run = run,
};
