/* cmd_version.c - aes67 version: of the command, the module ABI, the region.
   SPDX-License-Identifier: MIT */
#include "hal/region.h"
#include "json_print.h"
#include "table.h"

static int
run(struct cli *cli)
{
  if (cli->json) {
    return json_print(cli,
                      json_pack("{s:s, s:s, s:i, s:i, s:i}",
                                "schema",
                                "vsc.version/1",
                                "version",
                                VSC_VERSION,
                                "abi_major",
                                VSC_ABI_MAJOR,
                                "abi_minor",
                                VSC_ABI_MINOR,
                                "region_layout",
                                REGION_LAYOUT));
  }
  fprintf(cli->out,
          "aes67 %s, module abi %d.%d, region layout %d\n",
          VSC_VERSION,
          VSC_ABI_MAJOR,
          VSC_ABI_MINOR,
          REGION_LAYOUT);
  return CLI_OK;
}

const struct command command_version = {
  .name = "version",
  .summary = "which version this is",
  .run = run,
};
