/* cmd_stats.c - aes67 stats: every counter of an engine, once or every second.
   SPDX-License-Identifier: MIT */
#include "connect.h"
#include "json_print.h"
#include "modules/shared/clock_id.h"
#include "stats_all.h"
#include "table.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define WATCH_MS 1000
#define LINE_WIDTH 78

/* "key value" for every number in OBJECT and in its objects; lines are folded
   behind the name. */
static void
print_numbers(const json_t *object, const char *prefix, int *column, FILE *out)
{
  const char *key;
  json_t *value;
  json_object_foreach((json_t *)(uintptr_t)object, key, value)
  {
    char text[160];
    int n = 0;
    if (json_is_object(value)) {
      snprintf(text, sizeof text, "%.100s.", key);
      print_numbers(value, text, column, out);
    } else if (json_is_integer(value)) {
      n = snprintf(text,
                   sizeof text,
                   "  %s%s %" JSON_INTEGER_FORMAT,
                   prefix,
                   key,
                   json_integer_value(value));
    } else if (json_is_real(value)) {
      n = snprintf(
        text, sizeof text, "  %s%s %.3f", prefix, key, json_real_value(value));
    }
    if (n > 0 && *column + n > LINE_WIDTH) {
      fprintf(out, "\n%-16s", "");
      *column = 16;
    }
    if (n > 0) {
      fputs(text, out);
      *column += n;
    }
  }
}

static void
print_counters(const char *name, const json_t *object, FILE *out)
{
  int column = fprintf(out, "%-16s", name);
  print_numbers(object, "", &column, out);
  fputc('\n', out);
}

static void
print_streams(const json_t *list, FILE *out)
{
  for (size_t i = 0; i < json_array_size(list); i++) {
    const json_t *const s = json_array_get(list, i);
    print_counters(json_text(s, "name"), s, out);
    const char *const advice = json_text(json_object_get(s, "advice"), "text");
    if (*advice) {
      fprintf(out, "%-16s  %s\n", "", advice);
    }
  }
}

static void
print_stats(const json_t *raw, FILE *out)
{
  json_t *const s = json_clean(raw);
  print_counters("device", json_object_get(s, "device"), out);
  print_counters("clock", json_object_get(s, "clock"), out);
  print_counters("audio", json_object_get(s, "audio"), out);
  print_streams(json_object_get(s, "receivers"), out);
  print_streams(json_object_get(s, "senders"), out);
  print_streams(json_object_get(s, "loopbacks"), out);
  print_streams(json_object_get(s, "bridges"), out);
  const char *name;
  json_t *counters;
  json_object_foreach(json_object_get(s, "modules"), name, counters)
  {
    if (json_object_size(counters) > 0) {
      print_counters(name, counters, out);
    }
  }
  json_decref(s);
}

/* "00:1b:21:ab:cd:ef", where the identity is made of a hardware address (IEEE
   1588-2008 7.5.2.2.2); else all eight octets. */
static void
print_master(const char *identity, FILE *out)
{
  uint8_t b[CLOCK_ID_BYTES];
  if (!clock_id_read(identity, identity + strlen(identity), b, sizeof b)) {
    fputs("none", out);
    return;
  }
  const bool is_mac = b[3] == 0xFF && b[4] == 0xFE;
  for (int i = 0; i < 8; i++) {
    if (!is_mac || (i != 3 && i != 4)) {
      fprintf(out, "%s%02x", i ? ":" : "", b[i]);
    }
  }
}

static void
print_ptp(const json_t *status, FILE *out)
{
  static const char *const states[][2] = { { "locked", "SLAVE" },
                                           { "locking", "UNCALIBRATED" },
                                           { "master", "MASTER" },
                                           { "holdover", "HOLDOVER" } };
  json_t *const c = json_clean(json_object_get(status, "clock"));
  const char *state = "LISTENING";
  for (unsigned i = 0; i < sizeof states / sizeof states[0]; i++) {
    if (strcmp(json_text(c, "state"), states[i][0]) == 0) {
      state = states[i][1];
    }
  }
  fprintf(out, "PTP State: %s\nGrand Master: ", state);
  print_master(json_text(c, "grandmaster"), out);
  fprintf(out,
          " (priority %" PRId64 ")\n"
          "Offset from Master: %+" PRId64 " ns (mean), \302\261%" PRId64
          " ns (jitter)\n"
          "Path Delay: %" PRId64 " ns\nLock Quality: ",
          json_whole(c, "priority1"),
          json_whole(c, "offset_ns"),
          json_whole(c, "jitter_ns"),
          json_whole(c, "path_delay_ns"));
  for (const char *p = json_text(c, "quality"); *p; p++) {
    fputc(toupper((unsigned char)*p), out);
  }
  fputc('\n', out);
  if (*json_text(c, "diagnosis")) {
    fprintf(out, "Diagnosis: %s\n", json_text(c, "diagnosis"));
  }
  json_decref(c);
}

/* Takes ANSWER over. */
static int
print_answer(const struct cli *cli, json_t *answer, bool is_line)
{
  if (cli_has(cli, "ptp") && cli->json) {
    json_t *const clock = json_pack("{s:s}", "schema", "vsc.clock/1");
    json_object_update(clock, json_object_get(answer, "clock"));
    json_decref(answer);
    answer = clock;
  }
  if (cli->json) {
    return is_line ? json_print_line(cli, answer) : json_print(cli, answer);
  }
  (cli_has(cli, "ptp") ? print_ptp : print_stats)(answer, cli->out);
  json_decref(answer);
  return CLI_OK;
}

static int
watch(const struct cli *cli)
{
  struct connection *connection = NULL;
  json_t *stats = NULL;
  int code = connection_open(cli, &connection);
  if (code == CLI_OK) {
    code = connection_call(connection,
                           json_pack("{s:s, s:s, s:i}",
                                     "op",
                                     "subscribe",
                                     "what",
                                     cli_has(cli, "ptp") ? "status" : "stats",
                                     "interval_ms",
                                     WATCH_MS),
                           &stats);
  }
  const bool is_terminal = isatty(fileno(cli->out));
  while (code == CLI_OK) {
    fputs(is_terminal && !cli->json ? "\033[H\033[J" : "", cli->out);
    code = print_answer(cli, stats, true);
    fputs(is_terminal || cli->json ? "" : "\n", cli->out);
    stats = NULL;
    if (fflush(cli->out)) {
      code = cli_fail(cli, CLI_FAILED, "cannot write any more");
    } else if (code == CLI_OK) {
      code = connection_next(connection, &stats);
    }
  }
  connection_close(connection);
  return code;
}

static int
run(struct cli *cli)
{
  if (cli_has(cli, "all") && cli_has(cli, "ptp")) {
    return cli_usage(cli, "--all or --ptp, not both");
  }
  if (!cli_has(cli, "all") &&
      (cli_has(cli, "interface") || cli_has(cli, "address"))) {
    return cli_usage(cli, "--interface and --address go with --all");
  }
  if (cli_has(cli, "all")) {
    return stats_all(cli);
  }
  if (cli_has(cli, "watch")) {
    return watch(cli);
  }
  json_t *stats = NULL;
  const char *const what = cli_has(cli, "ptp") ? "status" : "stats";
  const int code = connect_ask(cli, what, &stats);
  return code == CLI_OK ? print_answer(cli, stats, false) : code;
}

static const struct command_option options[] = {
  { .name = "ptp", .help = "the clock alone: state, master, offset, delay" },
  { .name = "watch",
    .help = "again every second until it is stopped; JSON: an object a line" },
  { .name = "all",
    .help = "every engine of the network that tells how it is; see [engine] "
            "stats_address" },
  { .name = "interface",
    .argument = "NAME",
    .help = "with --all: where to listen (default: as our engine, or the only "
            "one)" },
  { .name = "address",
    .argument = "GROUP",
    .help = "with --all: which group (default: our engine's, or "
            "239.255.67.67)" },
  { .name = NULL },
};

const struct command command_stats = {
  .name = "stats",
  .summary = "every counter",
  .options = options,
  .details = "With --all: exit code 3 when one is degraded or gone, 5 when "
             "nobody tells anything.",
  .run = run,
};
