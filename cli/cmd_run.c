/* cmd_run.c - aes67 run: the engine in the foreground.
   SPDX-License-Identifier: MIT */
#include "cli.h"

#include "engine/paths.h"
#include "engine/runner.h"

#include <string.h>

#define SETS_MAX 128

static int
run(struct cli *cli)
{
  struct paths paths;
  const char *sets[SETS_MAX + 2] = { 0 };
  unsigned n = 0;
  const char *const side = cli_option(cli, "side");
  if (side && strcmp(side, "a") != 0 && strcmp(side, "b") != 0) {
    return cli_usage(cli, "--side is a or b, not \"%s\"", side);
  }
  if (side) {
    sets[n++] = side[0] == 'b' ? "engine.side=b" : "engine.side=a";
  }
  const char *set;
  for (unsigned i = 0; (set = cli_option_at(cli, "set", i)); i++) {
    if (n > SETS_MAX) {
      return cli_usage(cli, "more than %d --set: write a profile", SETS_MAX);
    }
    sets[n++] = set;
  }
  cli_paths(&paths);
  const struct runner_setup setup = {
    .profile = cli->arguments[0],
    .sets = sets,
    .instance = cli->instance,
    .runtime_dir = cli->runtime_dir,
    .paths = &paths,
    .version = VSC_VERSION,
  };
  return runner_run(&setup);
}

static const struct command_option options[] = {
  { .name = "side",
    .argument = "a|b",
    .help = "b exchanges the addresses of sends and receives: the other "
            "machine" },
  { .name = "set",
    .argument = "SECTION.KEY=VALUE",
    .help = "one key of the profile, over file and saved state",
    .is_repeated = true },
  { .name = NULL },
};

const struct command command_run = {
  .name = "run",
  .summary = "the engine, in the foreground",
  .arguments = "PROFILE",
  .min_arguments = 1,
  .max_arguments = 1,
  .options = options,
  .details =
    "PROFILE is a name (see: aes67 profile list) or a path. Ready when "
    "a line that begins with \"ready\" is on stderr.",
  .run = run,
};
