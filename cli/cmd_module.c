/* cmd_module.c - aes67 module: what can be loaded, and why something cannot.
   SPDX-License-Identifier: MIT */
#include "engine/loader.h"
#include "engine/paths.h"
#include "json_print.h"
#include "sdk/check/check.h"
#include "table.h"

#include <string.h>

static const char *
kind_name(int32_t kind)
{
  static const char *const names[] = { "unknown",   "codec", "transport",
                                       "discovery", "clock", "resampler" };
  return kind > 0 && kind < (int32_t)(sizeof names / sizeof names[0])
           ? names[kind]
           : names[0];
}

/* Text of a module, which may be anything, as JSON. */
static json_t *
text_json(const char *text)
{
  char clean[512];
  return json_string(text ? cli_clean(text, clean, sizeof clean) : "");
}

static void
visit(void *arg,
      const char *name,
      const char *path,
      const vsc_module *module,
      const char *why)
{
  json_t *const list = arg;
  json_t *const j = json_object();
  json_object_set_new(j, "name", text_json(name));
  json_object_set_new(j, "path", text_json(path));
  json_object_set_new(
    j, "kind", text_json(kind_name(module ? module->kind : 0)));
  json_object_set_new(j, "version", text_json(module ? module->version : ""));
  json_object_set_new(j, "vendor", text_json(module ? module->vendor : ""));
  json_object_set_new(j, "license", text_json(module ? module->license : ""));
  json_object_set_new(j, "summary", text_json(module ? module->summary : ""));
  json_object_set_new(j, "problem", text_json(why));
  json_array_append_new(list, j);
}

static int
run_list(struct cli *cli)
{
  struct paths paths;
  struct loader *loader = NULL;
  cli_paths(&paths);
  if (loader_create(paths.modules, &loader) < 0) {
    return cli_fail(cli, CLI_FAILED, "the module loader does not start");
  }
  json_t *const list = json_array();
  loader_list(loader, visit, list);
  loader_destroy(loader);
  if (cli->json) {
    return json_print(
      cli, json_pack("{s:s, s:o}", "schema", "vsc.modules/1", "modules", list));
  }
  for (size_t i = 0; i < json_array_size(list); i++) {
    const json_t *const m = json_array_get(list, i);
    const char *const problem = json_text(m, "problem");
    fprintf(cli->out,
            "%-20s %-10s %-8s %s%s\n",
            json_text(m, "name"),
            json_text(m, "kind"),
            json_text(m, "version"),
            *problem ? "not loadable: " : "",
            *problem ? problem : json_text(m, "summary"));
  }
  json_decref(list);
  return CLI_OK;
}

static int
run_check(struct cli *cli)
{
  const bool is_sound =
    vsc_check_module(cli->arguments[0], cli->out, cli->json) == 0;
  return is_sound ? CLI_OK : CLI_FAILED;
}

static const struct command verbs[] = {
  { .name = "list",
    .summary = "modules that there are, or why one cannot be loaded",
    .run = run_list },
  { .name = "check",
    .summary = "the SDK's conformance kit: what is wrong with a module",
    .arguments = "FILE.so",
    .min_arguments = 1,
    .max_arguments = 1,
    .run = run_check },
  { .name = NULL },
};

const struct command command_module = {
  .name = "module",
  .summary = "codecs, transports, clocks and discovery",
  .verbs = verbs,
};
