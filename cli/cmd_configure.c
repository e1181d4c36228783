/* cmd_configure.c - aes67 configure: change a running engine and keep it.
   SPDX-License-Identifier: MIT */
#include "change.h"
#include "table.h"

#include <string.h>

static const struct command_option options[] = {
  { .name = "profile", .argument = "P", .help = "run this profile instead" },
  { .name = "ptp-domain", .argument = "D", .help = "PTP domain, 0..127" },
  { .name = "interface",
    .argument = "I",
    .help = "network interface: a name, an address, or auto" },
  { .name = "log-level",
    .argument = "L",
    .help = "what is logged: error, warn, info or debug" },
  { .name = "set",
    .argument = "SECTION.KEY=VALUE",
    .help = "any key: --set \"receive rx9.address=239.69.3.1\"",
    .is_repeated = true },
  { .name = "remove",
    .argument = "SECTION",
    .help = "a whole section: --remove \"receive rx9\"",
    .is_repeated = true },
  { .name = NULL },
};

/* Options that are one key of the profile. */
static const struct {
  const char *option, *key;
} keys[] = {
  { "ptp-domain", "clock.domain" },
  { "interface", "engine.interface" },
  { "log-level", "engine.log_level" },
};

/* Every --set as the engine wants it: {"section.key": "value"}. */
static bool
take_sets(const struct cli *cli, json_t *set)
{
  const char *text;
  for (unsigned i = 0; (text = cli_option_at(cli, "set", i)); i++) {
    const char *const equals = strchr(text, '=');
    char key[256];
    if (!equals || (size_t)(equals - text) >= sizeof key) {
      cli_usage(cli, "--set \"%s\" is not SECTION.KEY=VALUE", text);
      return false;
    }
    memcpy(key, text, (size_t)(equals - text));
    key[equals - text] = '\0';
    if (json_object_set_new(set, key, json_string(equals + 1))) {
      cli_usage(cli, "--set \"%s\" is not UTF-8 text", text);
      return false;
    }
  }
  return true;
}

static json_t *
take_removes(const struct cli *cli)
{
  json_t *const remove = json_array();
  const char *text;
  for (unsigned i = 0; (text = cli_option_at(cli, "remove", i)); i++) {
    json_array_append_new(remove, json_string(text));
  }
  return remove;
}

static int
run(struct cli *cli)
{
  json_t *const set = json_object();
  if (!take_sets(cli, set)) {
    json_decref(set);
    return CLI_USAGE;
  }
  for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
    const char *const value = cli_option(cli, keys[i].option);
    if (value) {
      json_object_set_new(set, keys[i].key, json_string(value));
    }
  }
  const char *const profile = cli_option(cli, "profile");
  json_t *const remove = take_removes(cli);
  if (!profile && json_object_size(set) == 0 && json_array_size(remove) == 0) {
    json_decref(set);
    json_decref(remove);
    return cli_usage(cli, "nothing to change; name an option");
  }
  json_t *const request = json_pack(
    "{s:s, s:o, s:o}", "op", "configure", "set", set, "remove", remove);
  if (profile) {
    json_object_set_new(request, "profile", json_string(profile));
  }
  return change(cli, request);
}

const struct command command_configure = {
  .name = "configure",
  .summary = "change a running engine, now and after a restart",
  .options = options,
  .details =
    "Checked whole before anything changes. Streams are added, changed "
    "and removed while the others go on exactly; what is more than "
    "streams starts the engine again.",
  .run = run,
};
