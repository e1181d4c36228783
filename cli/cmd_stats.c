/* cmd_stats.c - aes67 stats: every counter of an engine, once or every second.
   SPDX-License-Identifier: MIT */
#include "connect.h"
#include "json_print.h"
#include "table.h"

#include <inttypes.h>
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
                                     "stats",
                                     "interval_ms",
                                     WATCH_MS),
                           &stats);
  }
  const bool is_terminal = isatty(fileno(cli->out));
  while (code == CLI_OK) {
    if (cli->json) {
      code = json_print_line(cli, stats);
    } else {
      fputs(is_terminal ? "\033[H\033[J" : "", cli->out);
      print_stats(stats, cli->out);
      fputs(is_terminal ? "" : "\n", cli->out);
      json_decref(stats);
    }
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
  if (cli_has(cli, "watch")) {
    return watch(cli);
  }
  json_t *stats = NULL;
  const int code = connect_call(cli, json_pack("{s:s}", "op", "stats"), &stats);
  if (code != CLI_OK) {
    return code;
  }
  if (cli->json) {
    return json_print(cli, stats);
  }
  print_stats(stats, cli->out);
  json_decref(stats);
  return CLI_OK;
}

static const struct command_option options[] = {
  { .name = "watch",
    .help = "again every second until it is stopped; JSON: an object a line" },
  { .name = NULL },
};

const struct command command_stats = {
  .name = "stats",
  .summary = "every counter",
  .options = options,
  .run = run,
};
