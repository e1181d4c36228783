/* cmd_sdp.c - aes67 sdp: print a stream's session description, check a file.
   SPDX-License-Identifier: MIT */
#include "connect.h"
#include "engine/option.h"
#include "json_print.h"
#include "modules/shared/sdp.h"
#include "read_file.h"
#include "table.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Lines stay lines; nothing else that controls a terminal gets out. */
static void
print_text(const char *text, FILE *out)
{
  while (*text) {
    const size_t line = strcspn(text, "\r\n");
    const size_t end = strspn(text + line, "\r\n");
    char *const copy = malloc(line + 1);
    char *const clean = malloc(4 * line + 1);
    if (copy && clean) {
      memcpy(copy, text, line);
      copy[line] = '\0';
      fputs(cli_clean(copy, clean, 4 * line + 1), out);
      fwrite(text + line, 1, end, out);
    }
    free(copy);
    free(clean);
    text += line + end;
  }
}

static int
run_show(struct cli *cli)
{
  json_t *reply = NULL;
  const char *const stream = cli->arguments[0];
  const int code = connect_call(
    cli, json_pack("{s:s, s:s}", "op", "sdp", "stream", stream), &reply);
  if (code != CLI_OK) {
    return code;
  }
  if (cli->json) {
    json_object_set_new(reply, "schema", json_string("vsc.sdp-text/1"));
    json_object_set_new(reply, "stream", json_string(stream));
    return json_print(cli, reply);
  }
  print_text(json_text(reply, "text"), cli->out);
  json_decref(reply);
  return CLI_OK;
}

/* "IEEE1588-2008:00-1D-...:0", or empty. */
static void
clock_text(const vsc_stream *s, char out[64])
{
  static const uint8_t none[8];
  const uint8_t *const c = s->clock_id;
  out[0] = '\0';
  if (memcmp(c, none, sizeof none) != 0) {
    snprintf(out,
             64,
             "%02X-%02X-%02X-%02X-%02X-%02X-%02X-%02X:%" PRIu32,
             c[0],
             c[1],
             c[2],
             c[3],
             c[4],
             c[5],
             c[6],
             c[7],
             s->clock_domain);
  }
}

static json_t *
stream_json(const vsc_stream *s)
{
  char address[16], source[16] = "", clock[64];
  char name[sizeof s->name * 4];
  ip_format(s->address, address);
  if (s->source) {
    ip_format(s->source, source);
  }
  clock_text(s, clock);
  return json_pack(
    "{s:s, s:s, s:i, s:i, s:i, s:s, s:i, s:i, s:I, s:I, s:s, s:s, s:s}",
    "name",
    cli_clean(s->name, name, sizeof name),
    "encoding",
    s->format.encoding,
    "rate",
    (int)s->format.rate,
    "channels",
    (int)s->format.channels,
    "payload_type",
    (int)s->payload_type,
    "address",
    address,
    "port",
    (int)s->port,
    "ttl",
    (int)s->ttl,
    "packet_time_ns",
    (json_int_t)s->packet_time,
    "rtp_offset",
    (json_int_t)s->rtp_offset,
    "clock",
    clock,
    "source",
    source,
    "group",
    "");
}

static int
print_report(const struct cli *cli, const struct sdp_result *result, bool is_ok)
{
  json_t *const streams = json_array();
  json_t *const errors = json_array();
  json_t *const warnings = json_array();
  for (uint32_t i = 0; i < result->count && i < SDP_STREAMS_MAX; i++) {
    json_array_append_new(streams, stream_json(&result->streams[i]));
  }
  if (result->reason[0]) {
    char reason[sizeof result->reason * 4];
    json_array_append_new(
      is_ok ? warnings : errors,
      json_pack("{s:i, s:s}",
                "line",
                (int)result->line,
                "reason",
                cli_clean(result->reason, reason, sizeof reason)));
  }
  return json_print(cli,
                    json_pack("{s:s, s:b, s:o, s:o, s:o}",
                              "schema",
                              "vsc.sdp/1",
                              "ok",
                              (int)is_ok,
                              "streams",
                              streams,
                              "errors",
                              errors,
                              "warnings",
                              warnings));
}

static void
print_stream(const vsc_stream *s, FILE *out)
{
  char address[16], source[16], packet[32], clock[64];
  char name[sizeof s->name * 4];
  ip_format(s->address, address);
  ip_format(s->source, source);
  clock_text(s, clock);
  fprintf(out,
          "%s: %s/%" PRIu32 "/%" PRIu32 ", %s:%u, payload type %u",
          cli_clean(s->name, name, sizeof name),
          s->format.encoding,
          s->format.rate,
          s->format.channels,
          address,
          (unsigned)s->port,
          (unsigned)s->payload_type);
  if (s->packet_time) {
    fprintf(out, ", packets of %s", time_text(s->packet_time, packet));
  }
  if (s->source) {
    fprintf(out, ", from %s", source);
  }
  if (*clock) {
    fprintf(out, ", clock %s", clock);
  }
  fputc('\n', out);
}

static void
print_reason(const struct cli *cli,
             const char *path,
             const struct sdp_result *result,
             bool is_ok)
{
  char line[16] = "";
  if (result->line) {
    snprintf(line, sizeof line, ":%" PRIu32, result->line);
  }
  if (!is_ok) {
    cli_fail(cli, CLI_FAILED, "%s%s: %s", path, line, result->reason);
  } else if (result->reason[0]) {
    cli_say(cli, "%s%s: ignored: %s", path, line, result->reason);
  }
}

static int
run_check(struct cli *cli)
{
  const char *const path = cli->arguments[0];
  char *text = NULL;
  size_t bytes = 0;
  const int code = read_file(cli, path, SDP_BYTES_MAX, &text, &bytes);
  if (code != CLI_OK) {
    return code;
  }
  struct sdp_result *const result = calloc(1, sizeof *result);
  if (!result) {
    free(text);
    return cli_fail(cli, CLI_FAILED, "no memory left");
  }
  const bool is_ok = sdp_parse(text, bytes, result) >= 0;
  int printed = CLI_OK;
  if (cli->json) {
    printed = print_report(cli, result, is_ok);
  } else {
    for (uint32_t i = 0; is_ok && i < result->count; i++) {
      print_stream(&result->streams[i], cli->out);
    }
    print_reason(cli, path, result, is_ok);
  }
  free(result);
  free(text);
  return is_ok ? printed : CLI_FAILED;
}

static const struct command verbs[] = {
  { .name = "show",
    .summary = "print a stream's session description",
    .arguments = "STREAM",
    .min_arguments = 1,
    .max_arguments = 1,
    .run = run_show },
  { .name = "check",
    .summary = "what a session description says, or what is wrong with it",
    .arguments = "FILE|-",
    .min_arguments = 1,
    .max_arguments = 1,
    .run = run_check },
  { .name = NULL },
};

const struct command command_sdp = {
  .name = "sdp",
  .summary = "session descriptions",
  .verbs = verbs,
};
