/* change.h - telling an engine to change something, and what came of it.
   SPDX-License-Identifier: MIT */
#ifndef VSC_CLI_CHANGE_H
#define VSC_CLI_CHANGE_H

#include "cli.h"
#include <jansson.h>

/** Send REQUEST, which changes something, and print the answer if it is to be
    JSON; else REPLY is what has to be said, and the caller's. Takes REQUEST
    over. */
int
change_ask(const struct cli *cli, json_t *request, json_t **reply);
/** Send REQUEST, which changes something, and say what happens. Takes REQUEST
    over. */
int
change(const struct cli *cli, json_t *request);

#endif
