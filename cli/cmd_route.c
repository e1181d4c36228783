/* cmd_route.c - aes67 route: the crosspoint of stream and device channels.
   SPDX-License-Identifier: MIT */
#include "change.h"
#include "connect.h"
#include "json_print.h"
#include "table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define LINE_MAX_BYTES 4096
/* Streams in one import; more than an engine has. */
#define LINES_MAX 256

static int
ask(const struct cli *cli, json_t **routes)
{
  return connect_ask(cli, "route.show", routes);
}

static int
run_show(struct cli *cli)
{
  json_t *raw = NULL;
  const int code = ask(cli, &raw);
  if (code != CLI_OK) {
    return code;
  }
  if (cli->json) {
    return json_print(cli, raw);
  }
  json_t *const clean = json_clean(raw);
  const json_t *const routes = json_object_get(clean, "routes");
  for (size_t i = 0; i < json_array_size(routes); i++) {
    const json_t *const r = json_array_get(routes, i);
    fprintf(cli->out,
            "%-16s %-8s %s\n",
            json_text(r, "stream"),
            json_text(r, "direction"),
            json_text(r, "map"));
  }
  const json_t *const loopbacks = json_object_get(clean, "loopbacks");
  for (size_t i = 0; i < json_array_size(loopbacks); i++) {
    const json_t *const l = json_array_get(loopbacks, i);
    fprintf(cli->out,
            "%-16s %-8s %s > %s\n",
            json_text(l, "name"),
            "loopback",
            json_text(l, "from"),
            json_text(l, "to"));
  }
  json_decref(clean);
  json_decref(raw);
  return CLI_OK;
}

/* "NAME MAP" into its two halves; false when there is no second. */
static bool
split(char *line, char **name, char **map)
{
  *name = line + strspn(line, " \t");
  char *const end = *name + strcspn(*name, " \t");
  if (*end == '\0') {
    return false;
  }
  *end = '\0';
  *map = end + 1 + strspn(end + 1, " \t");
  return **map != '\0';
}

static int
run_set(struct cli *cli)
{
  char line[LINE_MAX_BYTES];
  const char *const second = cli->arguments[1];
  const int n = snprintf(line,
                         sizeof line,
                         "%s%s%s",
                         cli->arguments[0],
                         second ? " " : "",
                         second ? second : "");
  char *name, *map;
  if (n >= (int)sizeof line || !split(line, &name, &map)) {
    return cli_usage(cli, "\"%s\" is not a stream and its map", line);
  }
  return change(
    cli,
    json_pack(
      "{s:s, s:s, s:s}", "op", "route.set", "stream", name, "map", map));
}

static int
run_export(struct cli *cli)
{
  json_t *raw = NULL;
  const int code = ask(cli, &raw);
  if (code != CLI_OK) {
    return code;
  }
  const char *const path = cli->arguments[0];
  const bool is_stdout = !path || strcmp(path, "-") == 0;
  FILE *const out = is_stdout ? cli->out : fopen(path, "w");
  if (!out) {
    json_decref(raw);
    return cli_fail(
      cli, CLI_FAILED, "cannot write \"%s\": %s", path, strerror(errno));
  }
  json_t *const clean = json_clean(raw);
  const json_t *const routes = json_object_get(clean, "routes");
  fputs("# stream, tab, map; for: aes67 route import\n", out);
  for (size_t i = 0; i < json_array_size(routes); i++) {
    const json_t *const r = json_array_get(routes, i);
    fprintf(out, "%s\t%s\n", json_text(r, "stream"), json_text(r, "map"));
  }
  json_decref(clean);
  json_decref(raw);
  const bool has_failed = fflush(out) || ferror(out);
  if ((!is_stdout && fclose(out)) || has_failed) {
    return cli_fail(cli,
                    CLI_FAILED,
                    "cannot write \"%s\": %s",
                    is_stdout ? "-" : path,
                    strerror(errno));
  }
  return CLI_OK;
}

/* Lines of FILE as keys and values of SET. */
static int
read_lines(const struct cli *cli,
           FILE *file,
           const char *path,
           const json_t *routes,
           json_t *set)
{
  char line[LINE_MAX_BYTES];
  for (unsigned number = 1; fgets(line, sizeof line, file); number++) {
    const size_t length = strcspn(line, "\r\n");
    if (line[length] == '\0' && length == sizeof line - 1) {
      return cli_fail(
        cli, CLI_USAGE, "%s:%u: the line is too long", path, number);
    }
    line[length] = '\0';
    char *name, *map;
    if (line[0] == '#' || line[strspn(line, " \t")] == '\0') {
      continue;
    }
    if (!split(line, &name, &map)) {
      return cli_fail(cli,
                      CLI_USAGE,
                      "%s:%u: \"%s\" has no map behind it",
                      path,
                      number,
                      name);
    }
    const json_t *const route = json_find(routes, "stream", name);
    if (!route) {
      return cli_fail(cli,
                      CLI_NOT_FOUND,
                      "%s:%u: no stream \"%s\"; see: aes67 route show",
                      path,
                      number,
                      name);
    }
    /* Of the section that holds it: "receive rx1". */
    char key[LINE_MAX_BYTES + 32];
    snprintf(
      key, sizeof key, "%.16s %s.map", json_text(route, "direction"), name);
    if (json_object_set_new(set, key, json_string(map)) ||
        json_object_size(set) > LINES_MAX) {
      return cli_fail(
        cli, CLI_USAGE, "%s:%u: no text, or too many lines", path, number);
    }
  }
  return ferror(file)
           ? cli_fail(
               cli, CLI_FAILED, "cannot read \"%s\": %s", path, strerror(errno))
           : CLI_OK;
}

/* All maps in one change: they are checked together, then taken together. */
static int
run_import(struct cli *cli)
{
  const char *const path = cli->arguments[0];
  const bool is_stdin = strcmp(path, "-") == 0;
  FILE *const file = is_stdin ? stdin : fopen(path, "r");
  if (!file) {
    return cli_fail(cli,
                    errno == ENOENT ? CLI_NOT_FOUND : CLI_FAILED,
                    "cannot read \"%s\": %s",
                    path,
                    strerror(errno));
  }
  json_t *routes = NULL;
  json_t *const set = json_object();
  int code = ask(cli, &routes);
  if (code == CLI_OK) {
    code = read_lines(cli, file, path, json_object_get(routes, "routes"), set);
  }
  if (!is_stdin) {
    fclose(file);
  }
  json_decref(routes);
  if (code == CLI_OK && json_object_size(set) == 0) {
    code = cli_fail(cli, CLI_USAGE, "\"%s\" has no map in it", path);
  }
  if (code != CLI_OK) {
    json_decref(set);
    return code;
  }
  return change(cli, json_pack("{s:s, s:o}", "op", "configure", "set", set));
}

static const struct command verbs[] = {
  { .name = "show",
    .summary = "every stream's map, and every loopback",
    .run = run_show },
  { .name = "set",
    .summary = "give a stream another map",
    .arguments = "STREAM MAP",
    .min_arguments = 1,
    .max_arguments = 2,
    .details = "For example: aes67 route set rx1 \"3>17, 4>18\"",
    .run = run_set },
  { .name = "export",
    .summary = "every map, for import",
    .arguments = "[FILE|-]",
    .max_arguments = 1,
    .run = run_export },
  { .name = "import",
    .summary = "take the maps of a file, all or none",
    .arguments = "FILE|-",
    .min_arguments = 1,
    .max_arguments = 1,
    .run = run_import },
  { .name = NULL },
};

const struct command command_route = {
  .name = "route",
  .summary = "which channel goes where",
  .verbs = verbs,
  .details = "A map says \"stream channel > device channel\" for a receiver "
             "and \"device channel >\nstream channel\" for a sender: 3>17, "
             "4>18. Channels count from 1. Loopbacks inside the device are "
             "sections of their own:\naes67 configure --set \"loopback "
             "NAME.from=out 1-2\" --set \"loopback NAME.to=in 1-2\"",
  .run = run_show,
};
