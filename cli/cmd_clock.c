/* cmd_clock.c - aes67 clock: what the engine's clock does, and what it reads.
   SPDX-License-Identifier: MIT */
#include "connect.h"
#include "json_print.h"
#include "table.h"

#include <inttypes.h>
#include <poll.h>

#define SAMPLE_MS 100
#define SAMPLES_MAX 1000000

static int
sample(const struct cli *cli, int64_t count)
{
  struct connection *connection = NULL;
  int code = connection_open(cli, &connection);
  for (int64_t i = 0; i < count && code == CLI_OK; i++) {
    if (i > 0) {
      poll(NULL, 0, SAMPLE_MS);
    }
    json_t *reading = NULL;
    code =
      connection_call(connection, json_pack("{s:s}", "op", "clock"), &reading);
    if (code != CLI_OK) {
      break;
    }
    if (cli->json) {
      json_object_set_new(reading, "schema", json_string("vsc.clock/1"));
      code = json_print_line(cli, reading);
      continue;
    }
    fprintf(cli->out,
            "%" PRId64 " %" PRId64 " %" PRId64 "\n",
            json_whole(reading, "mono_raw_ns"),
            json_whole(reading, "tai_ns"),
            json_whole(reading, "ptp_ns"));
    fflush(cli->out);
    json_decref(reading);
  }
  connection_close(connection);
  return code;
}

static void
print_clock(const json_t *raw, FILE *out)
{
  json_t *const c = json_clean(raw);
  char text[32];
  const char *const master = json_text(c, "grandmaster");
  const char *const diagnosis = json_text(c, "diagnosis");
  fprintf(out, "module       %s\n", json_text(c, "module"));
  fprintf(out,
          "state        %s for %s\n",
          json_text(c, "state"),
          age_text(json_whole(c, "since_s"), text));
  fprintf(out, "domain       %" PRId64 "\n", json_whole(c, "domain"));
  fprintf(out, "grandmaster  %s\n", *master ? master : "none");
  fprintf(
    out, "offset       %s\n", time_text(json_whole(c, "offset_ns"), text));
  fprintf(
    out, "jitter       %s\n", time_text(json_whole(c, "jitter_ns"), text));
  fprintf(
    out, "path delay   %s\n", time_text(json_whole(c, "path_delay_ns"), text));
  fprintf(out, "rate         %" PRId64 " ppb\n", json_whole(c, "rate_ppb"));
  fprintf(out,
          "error        %s\n",
          json_whole(c, "error_ns") < 0
            ? "unknown"
            : time_text(json_whole(c, "error_ns"), text));
  fprintf(out, "quality      %s\n", json_text(c, "quality"));
  fprintf(out, "stamps       %s\n", json_text(c, "stamps"));
  fprintf(out, "generation   %" PRId64 "\n", json_whole(c, "generation"));
  if (*diagnosis) {
    fprintf(out, "diagnosis    %s\n", diagnosis);
  }
  json_decref(c);
}

static int
run(struct cli *cli)
{
  int64_t count = 0;
  if (!cli_option_number(cli, "sample", 1, SAMPLES_MAX, &count)) {
    return CLI_USAGE;
  }
  if (count > 0) {
    return sample(cli, count);
  }
  json_t *status = NULL;
  const int code = connect_ask(cli, "status", &status);
  if (code != CLI_OK) {
    return code;
  }
  int printed = CLI_OK;
  if (cli->json) {
    json_t *const out = json_pack("{s:s}", "schema", "vsc.clock/1");
    json_object_update(out, json_object_get(status, "clock"));
    printed = json_print(cli, out);
  } else {
    print_clock(json_object_get(status, "clock"), cli->out);
  }
  json_decref(status);
  return printed;
}

static const struct command_option options[] = {
  { .name = "sample",
    .argument = "N",
    .help = "N lines, a tenth of a second apart: mono_raw_ns tai_ns ptp_ns" },
  { .name = NULL },
};

const struct command command_clock = {
  .name = "clock",
  .summary = "the media clock",
  .options = options,
  .details = "The three readings of --sample are of one instant: "
             "CLOCK_MONOTONIC_RAW, CLOCK_TAI and\nthe engine's media time.",
  .run = run,
};
