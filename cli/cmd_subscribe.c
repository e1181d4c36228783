/* cmd_subscribe.c - aes67 subscribe, unsubscribe, publish, unpublish: streams
   that are received and sent from now on, also after a restart.
   SPDX-License-Identifier: MIT */
#define _XOPEN_SOURCE 700 /* realpath */
#include "change.h"
#include "json_print.h"
#include "modules/shared/sdp.h"
#include "read_file.h"
#include "table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The engine reads the file itself, now and after a restart: a path that means
   the same to it, and a file that is worth it. */
static int
take_file(const struct cli *cli, const char *path, json_t *request)
{
  char *text = NULL;
  size_t bytes = 0;
  int code = read_file(cli, path, SDP_BYTES_MAX, &text, &bytes);
  if (code != CLI_OK) {
    return code;
  }
  struct sdp_result *const result = calloc(1, sizeof *result);
  char *const absolute = realpath(path, NULL);
  if (!result || !absolute) {
    code = cli_fail(cli, CLI_FAILED, "\"%s\": %s", path, strerror(errno));
  } else if (sdp_parse(text, bytes, result) < 0) {
    code = cli_fail(
      cli, CLI_FAILED, "%s:%u: %s", path, result->line, result->reason);
  } else {
    const vsc_stream *const s = &result->streams[0];
    json_object_set_new(request, "sdp", json_string(absolute));
    json_object_set_new(request, "name", json_string(s->name));
    json_object_set_new(
      request, "count", json_integer((json_int_t)s->format.channels));
  }
  free(absolute);
  free(result);
  free(text);
  return code;
}

/* Ask, and say what came of it: the stream, VERB, and KEY of the reply. Takes
   REQUEST over. */
static int
ask(const struct cli *cli, json_t *request, const char *verb, const char *key)
{
  json_t *reply = NULL;
  const int code = change_ask(cli, request, &reply);
  if (!reply) {
    return code;
  }
  const json_t *const is_found = json_object_get(reply, "is_found");
  cli_say(cli,
          "%s: %s %s%s",
          json_text(reply, "stream"),
          verb,
          json_text(reply, key),
          json_is_false(is_found) ? ", as soon as it is found" : "");
  json_decref(reply);
  return CLI_OK;
}

static void
set_option(const struct cli *cli, const char *name, json_t *request)
{
  const char *const value = cli_option(cli, name);
  if (value) {
    json_object_set_new(request, name, json_string(value));
  }
}

static int
run_subscribe(struct cli *cli)
{
  const char *const file = cli_option(cli, "sdp");
  const char *const name = cli->arguments[0];
  if (!file == !name) {
    return cli_usage(cli, "name a stream, or a file with --sdp FILE");
  }
  json_t *const request = json_pack("{s:s}", "op", "stream.subscribe");
  set_option(cli, "channels", request);
  const int code = file ? take_file(cli, file, request) : CLI_OK;
  if (code != CLI_OK ||
      (name && json_object_set_new(request, "session", json_string(name)))) {
    json_decref(request);
    return code != CLI_OK ? code : cli_usage(cli, "the name is not UTF-8 text");
  }
  return ask(cli, request, "received on inputs", "channels");
}

static int
run_publish(struct cli *cli)
{
  if (!cli_has(cli, "channels")) {
    return cli_usage(cli, "which outputs? --channels 1-2");
  }
  json_t *const request =
    json_pack("{s:s, s:s}", "op", "stream.publish", "name", cli->arguments[0]);
  if (!request) {
    return cli_usage(cli, "the name is not UTF-8 text");
  }
  set_option(cli, "channels", request);
  set_option(cli, "address", request);
  set_option(cli, "port", request);
  return ask(cli, request, "sent to", "address");
}

static int
run_unsubscribe(struct cli *cli)
{
  char *const path = realpath(cli->arguments[0], NULL);
  const char *const name = cli->arguments[0];
  const bool is_file = path && read_file_is_named(name);
  const int code = change(
    cli,
    json_pack(
      "{s:s, s:s}", "op", "stream.unsubscribe", "name", is_file ? path : name));
  free(path);
  return code;
}

static int
run_unpublish(struct cli *cli)
{
  return change(
    cli,
    json_pack(
      "{s:s, s:s}", "op", "stream.unpublish", "name", cli->arguments[0]));
}

const struct command command_subscribe = {
  .name = "subscribe",
  .summary = "receive a stream, now and after a restart",
  .arguments = "[NAME|URL]",
  .max_arguments = 1,
  .options =
    (const struct command_option[]){
      { .name = "sdp",
        .argument = "FILE",
        .help = "the stream that the file describes" },
      { .name = "channels",
        .argument = "A-B",
        .help = "device inputs (default: the first that are free)" },
      { .name = NULL },
    },
  .details =
    "NAME is as in aes67 list, URL begins with rtsp:// or http:// and leads to "
    "the stream's description; a stream that is not there yet is waited for, "
    "and one that changes is followed. Receivers of the profile leave the "
    "inputs to it until it is unsubscribed.",
  .run = run_subscribe,
};

const struct command command_unsubscribe = {
  .name = "unsubscribe",
  .summary = "receive a stream no longer",
  .arguments = "NAME|FILE|URL",
  .min_arguments = 1,
  .max_arguments = 1,
  .run = run_unsubscribe,
};

const struct command command_publish = {
  .name = "publish",
  .summary = "send device outputs as a stream, now and after a restart",
  .arguments = "NAME",
  .min_arguments = 1,
  .max_arguments = 1,
  .options =
    (const struct command_option[]){
      { .name = "channels", .argument = "A-B", .help = "device outputs" },
      { .name = "address",
        .argument = "G",
        .help = "group or host (default: a free group of 239.69/16)" },
      { .name = "port", .argument = "P", .help = "UDP port (default: 5004)" },
      { .name = NULL },
    },
  .details = "It is announced to others by every discovery module that can.",
  .run = run_publish,
};

const struct command command_unpublish = {
  .name = "unpublish",
  .summary = "send a stream no longer",
  .arguments = "NAME",
  .min_arguments = 1,
  .max_arguments = 1,
  .run = run_unpublish,
};
