/* cmd_list.c - aes67 list: streams that were found on the network, and ours.
   SPDX-License-Identifier: MIT */
#include "connect.h"
#include "json_print.h"
#include "table.h"

#include <inttypes.h>
#include <string.h>

static void
print_more(const json_t *s, bool is_ours, FILE *out)
{
  char packet[32], age[32];
  fprintf(out,
          "    %s, payload type %" PRId64 ", RTP offset %" PRId64 "\n",
          json_whole(s, "packet_time_ns")
            ? time_text(json_whole(s, "packet_time_ns"), packet)
            : "packet time not told",
          json_whole(s, "payload_type"),
          json_whole(s, "rtp_offset"));
  fprintf(out,
          "    clock %s%s%s\n",
          *json_text(s, "clock") ? json_text(s, "clock") : "not told",
          *json_text(s, "source") ? ", from " : "",
          json_text(s, "source"));
  fprintf(out,
          "    o= %s, version %" PRId64 "\n",
          json_text(s, "id"),
          json_whole(s, "version"));
  if (is_ours) {
    return;
  }
  if (*json_text(s, "copy_address")) {
    fprintf(out,
            "    second leg %s:%" PRId64 "\n",
            json_text(s, "copy_address"),
            json_whole(s, "copy_port"));
  }
  fprintf(out,
          "    by %s, as it is since %s\n",
          json_text(s, "discovery"),
          age_text(json_whole(s, "age_s"), age));
  if (*json_text(s, "receiver")) {
    fprintf(out,
            "    %s is %s%s%s\n",
            json_text(s, "receiver"),
            json_text(s, "state"),
            *json_text(s, "reason") ? ": " : "",
            json_text(s, "reason"));
  }
}

static void
print_stream(const json_t *s, bool is_verbose, FILE *out)
{
  const bool is_ours = strcmp(json_text(s, "direction"), "ours") == 0;
  const char *const receiver = json_text(s, "receiver");
  char address[32], format[64];
  snprintf(address,
           sizeof address,
           "%s:%" PRId64,
           json_text(s, "address"),
           json_whole(s, "port"));
  snprintf(format,
           sizeof format,
           "%s/%" PRId64 "/%" PRId64,
           json_text(s, "encoding"),
           json_whole(s, "rate"),
           json_whole(s, "channels"));
  fprintf(out,
          "%-32s %-21s %-14s %s%s\n",
          *json_text(s, "name") ? json_text(s, "name") : json_text(s, "id"),
          address,
          format,
          is_ours     ? "ours"
          : *receiver ? "received as "
                      : "",
          is_ours ? "" : receiver);
  if (is_verbose) {
    print_more(s, is_ours, out);
  }
}

static int
run(struct cli *cli)
{
  json_t *reply = NULL;
  const int code = connect_ask(cli, "list", &reply);
  if (code != CLI_OK) {
    return code;
  }
  if (cli->json) {
    return json_print(cli, reply);
  }
  json_t *const clean = json_clean(reply);
  const json_t *const streams = json_object_get(clean, "streams");
  for (size_t i = 0; i < json_array_size(streams); i++) {
    print_stream(json_array_get(streams, i), cli_has(cli, "verbose"), cli->out);
  }
  if (json_array_size(streams) == 0) {
    cli_say(cli, "no stream has been found yet");
  }
  json_decref(clean);
  json_decref(reply);
  return CLI_OK;
}

const struct command command_list = {
  .name = "list",
  .summary = "streams found on the network, and ours",
  .options =
    (const struct command_option[]){
      { .name = "verbose",
        .help = "clock, packet time, sender, origin, and why it is silent" },
      { .name = NULL },
    },
  .run = run,
};
