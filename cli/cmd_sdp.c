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
show_text(struct cli *cli, const char *stream, const char *text)
{
  if (!cli->json) {
    print_text(text, cli->out);
    return CLI_OK;
  }
  return json_print(cli,
                    json_pack("{s:s, s:s, s:s}",
                              "schema",
                              "vsc.sdp-text/1",
                              "stream",
                              stream,
                              "text",
                              text));
}

/* PATH parsed into OUT; the caller frees it. The exit code is CLI_FAILED when
   the text is refused, and OUT is there. */
static int
parse_file(struct cli *cli, const char *path, struct sdp_result **out)
{
  char *text = NULL;
  size_t bytes = 0;
  const int code = read_file(cli, path, SDP_BYTES_MAX, &text, &bytes);
  if (code != CLI_OK) {
    return code;
  }
  *out = calloc(1, sizeof **out);
  if (!*out) {
    free(text);
    return cli_fail(cli, CLI_FAILED, "no memory left");
  }
  const bool is_ok = sdp_parse(text, bytes, *out) >= 0;
  free(text);
  return is_ok ? CLI_OK : CLI_FAILED;
}

static void
print_reasons(const struct cli *cli,
              const char *path,
              const struct sdp_result *result,
              bool is_ok);

/* Each stream of the file as we would announce it, with its copy. */
static int
show_file(struct cli *cli, const char *path, uint8_t dialect)
{
  struct sdp_result *result = NULL;
  int code = parse_file(cli, path, &result);
  if (code != CLI_OK) {
    if (result) {
      print_reasons(cli, path, result, false);
    }
    free(result);
    return code;
  }
  for (uint32_t i = 0; code == CLI_OK && i < result->count; i++) {
    const bool is_pair = i + 1 < result->count && result->more[i + 1].leg;
    char text[SDP_PRINT_BYTES];
    result->streams[i].dialect = dialect;
    if (sdp_print(&result->streams[i], is_pair ? 2 : 1, text, sizeof text) <
        0) {
      code = cli_fail(cli,
                      CLI_FAILED,
                      "%s: the stream in line %" PRIu32
                      " cannot be said in this dialect",
                      path,
                      result->more[i].line);
    } else {
      code = show_text(cli, result->streams[i].name, text);
    }
    i += is_pair;
  }
  free(result);
  return code;
}

static int
run_show(struct cli *cli)
{
  const char *const stream = cli->arguments[0];
  const char *const dialect = cli_option(cli, "dialect");
  uint8_t n = 0;
  while (dialect && sdp_dialects[n] && strcmp(dialect, sdp_dialects[n]) != 0) {
    n++;
  }
  if (!sdp_dialects[n]) {
    return cli_usage(
      cli, "--dialect \"%s\" is none of aes67, dante, st2110", dialect);
  }
  if (read_file_is_named(stream)) {
    return show_file(cli, stream, n);
  }
  json_t *const request =
    json_pack("{s:s, s:s}", "op", "sdp", "stream", stream);
  if (dialect) {
    json_object_set_new(request, "dialect", json_string(dialect));
  }
  json_t *reply = NULL;
  int code = connect_call(cli, request, &reply);
  if (code == CLI_OK) {
    code = show_text(cli, stream, json_text(reply, "text"));
  }
  json_decref(reply);
  return code;
}

static json_t *
stream_json(const vsc_stream *s, const struct sdp_more *more)
{
  char address[16], source[16] = "", clock[SDP_CLOCK_BYTES];
  char name[sizeof s->name * 4], group[sizeof more->group * 4];
  char order[sizeof more->channel_order * 4];
  ip_format(s->address, address);
  if (s->source) {
    ip_format(s->source, source);
  }
  sdp_clock_text(s, clock);
  return json_pack("{s:s, s:s, s:i, s:i, s:i, s:s, s:i, s:i, s:I, s:I, s:s, "
                   "s:s, s:s, s:s, s:i}",
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
                   cli_clean(more->group, group, sizeof group),
                   "channel_order",
                   cli_clean(more->channel_order, order, sizeof order),
                   "leg",
                   (int)more->leg);
}

static int
print_report(const struct cli *cli, const struct sdp_result *result, bool is_ok)
{
  json_t *const streams = json_array();
  json_t *const errors = json_array();
  json_t *const warnings = json_array();
  for (uint32_t i = 0; i < result->count && i < SDP_STREAMS_MAX; i++) {
    json_array_append_new(streams,
                          stream_json(&result->streams[i], &result->more[i]));
  }
  for (uint32_t i = 0; i < result->fault_count; i++) {
    const struct sdp_fault *const f = &result->faults[i];
    char reason[sizeof f->reason * 4];
    json_array_append_new(
      is_ok || f->weight == SDP_NOTE ? warnings : errors,
      json_pack("{s:i, s:s}",
                "line",
                (int)f->line,
                "reason",
                cli_clean(f->reason, reason, sizeof reason)));
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
print_stream(const vsc_stream *s, const struct sdp_more *more, FILE *out)
{
  char address[16], source[16], packet[32], clock[SDP_CLOCK_BYTES];
  char name[sizeof s->name * 4];
  ip_format(s->address, address);
  ip_format(s->source, source);
  sdp_clock_text(s, clock);
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
  if (more->leg) {
    fputs(", a copy of the one before (ST 2022-7)", out);
  }
  fputc('\n', out);
}

/* A line for each thing that is wrong, or ignored. */
static void
print_reasons(const struct cli *cli,
              const char *path,
              const struct sdp_result *result,
              bool is_ok)
{
  for (uint32_t i = 0; i < result->fault_count; i++) {
    const struct sdp_fault *const f = &result->faults[i];
    char line[16] = "";
    if (f->line) {
      snprintf(line, sizeof line, ":%" PRIu32, f->line);
    }
    if (!is_ok && f->weight != SDP_NOTE) {
      cli_fail(cli, CLI_FAILED, "%s%s: %s", path, line, f->reason);
    } else {
      cli_say(cli, "%s%s: warning: %s", path, line, f->reason);
    }
  }
}

static int
run_check(struct cli *cli)
{
  const char *const path = cli->arguments[0];
  struct sdp_result *result = NULL;
  const int code = parse_file(cli, path, &result);
  if (!result) {
    return code;
  }
  const bool is_ok = code == CLI_OK;
  if (cli->json) {
    print_report(cli, result, is_ok);
  } else {
    for (uint32_t i = 0; is_ok && i < result->count; i++) {
      print_stream(&result->streams[i], &result->more[i], cli->out);
    }
    print_reasons(cli, path, result, is_ok);
  }
  free(result);
  return code;
}

static const struct command verbs[] = {
  { .name = "show",
    .summary = "print a stream's session description",
    .arguments = "STREAM|FILE",
    .min_arguments = 1,
    .max_arguments = 1,
    .options =
      (const struct command_option[]){
        { .name = "dialect",
          .argument = "D",
          .help = "for whom: aes67, dante or st2110 (default: as configured)" },
        { .name = NULL },
      },
    .details = "STREAM is one of ours or one that was found. Of a file (\"-\", "
               "a path, or "
               "NAME.sdp) the streams as we would announce them.",
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
