/* device_names.h - the verb names of aes67 device.
   SPDX-License-Identifier: MIT */
#ifndef VSC_CLI_DEVICE_NAMES_H
#define VSC_CLI_DEVICE_NAMES_H

#include "cli.h"

int
device_names_run(struct cli *cli);

#endif
