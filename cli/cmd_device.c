/* cmd_device.c - aes67 device: make it known to other programs, and no longer.
   SPDX-License-Identifier: MIT */
#include "device_files.h"
#include "device_names.h"
#include "table.h"

#include <unistd.h>

/* For all: as root unless --user says otherwise. */
static bool
is_for_all(const struct cli *cli)
{
  return cli_has(cli, "system") || (geteuid() == 0 && !cli_has(cli, "user"));
}

static int
say_next(const struct cli *cli,
         const struct device_files *files,
         bool is_system)
{
  int code = CLI_OK;
  if (!files->has_alsa) {
    cli_say(cli,
            "no ALSA device: the plug-in is not there; install libasound2-dev, "
            "build again, and install once more");
    code = CLI_DEGRADED;
  }
  cli_say(cli,
          "start the engine with: %s",
          is_system ? "systemctl daemon-reload && systemctl start aes67"
                    : "systemctl --user daemon-reload && systemctl --user "
                      "start aes67");
  if (files->include[0]) {
    cli_say(cli,
            "both files that ALSA reads are yours; add this line to one of "
            "them: <%s>",
            files->include);
    code = CLI_DEGRADED;
  }
  return code;
}

static int
run_install(struct cli *cli)
{
  struct device_files files;
  const bool is_system = is_for_all(cli);
  if (cli_has(cli, "system") && cli_has(cli, "user")) {
    return cli_usage(cli, "--user or --system, not both");
  }
  int code = device_files_collect(cli, is_system, &files);
  for (unsigned i = 0; code == CLI_OK && i < files.count; i++) {
    if (files.files[i].text) {
      code = place_put(cli, files.files[i].path, files.files[i].text);
    }
  }
  if (code == CLI_OK) {
    code = say_next(cli, &files, is_system);
  }
  device_files_finish(&files);
  return code;
}

static int
run_remove(struct cli *cli)
{
  struct device_files files;
  unsigned taken = 0;
  if (cli_has(cli, "system") && cli_has(cli, "user")) {
    return cli_usage(cli, "--user or --system, not both");
  }
  int code = device_files_collect(cli, is_for_all(cli), &files);
  /* The last first: folders were made by the first that needed them. */
  for (unsigned i = files.count; code == CLI_OK && i > 0; i--) {
    code = place_take(cli, files.files[i - 1].path, &taken);
  }
  if (code == CLI_OK && taken == 0) {
    cli_say(cli, "nothing was installed");
  }
  device_files_finish(&files);
  return code;
}

static const struct command_option whose[] = {
  { .name = "user", .help = "for this user (unless root)" },
  { .name = "system", .help = "for all users (as root)" },
  { .name = NULL },
};

static const struct command_option names[] = {
  { .name = "jack", .help = "name the ports of the JACK server" },
  { .name = NULL },
};

static const struct command verbs[] = {
  { .name = "install",
    .summary = "put the ALSA device and the systemd units in place",
    .options = whose,
    .details = "Prints each path that it wrote. A file that it did not write "
               "stays as it is.",
    .run = run_install },
  { .name = "remove",
    .summary = "take away what install wrote, and nothing else",
    .options = whose,
    .run = run_remove },
  { .name = "names",
    .summary = "what the channels are called",
    .options = names,
    .details = "With --jack the ports of a JACK server that runs on the device "
               "get these names (as pretty names); again when they change.",
    .run = device_names_run },
  { .name = NULL },
};

const struct command command_device = {
  .name = "device",
  .summary = "make the sound device known to other programs",
  .verbs = verbs,
};
