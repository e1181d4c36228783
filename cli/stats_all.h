/* stats_all.h - aes67 stats --all: every engine of the network that tells how
   it is ([engine] stats_address). SPDX-License-Identifier: MIT */
#ifndef VSC_CLI_STATS_ALL_H
#define VSC_CLI_STATS_ALL_H

#include "cli.h"

/** The exit code. With --watch again every second, until it is stopped. */
int
stats_all(const struct cli *cli);

#endif
