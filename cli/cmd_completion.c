/* cmd_completion.c - aes67 completion: a shell's script, from the table.
   SPDX-License-Identifier: MIT */
#include "table.h"

static int
run(struct cli *cli)
{
  const char *const shell = cli->arguments[0];
  return completion_script(shell, cli->out)
           ? CLI_OK
           : cli_usage(
               cli, "\"%s\" is no shell we know: bash, zsh or fish", shell);
}

const struct command command_completion = {
  .name = "completion",
  .summary = "print the completion script of a shell",
  .arguments = "bash|zsh|fish",
  .min_arguments = 1,
  .max_arguments = 1,
  .details = "For this shell alone: source <(aes67 completion bash)",
  .run = run,
};
