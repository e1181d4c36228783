/* json_print.h - JSON from the engine: as it is, or into text that is safe on a
   terminal.
   SPDX-License-Identifier: MIT */
#ifndef VSC_CLI_JSON_PRINT_H
#define VSC_CLI_JSON_PRINT_H

#include "cli.h"
#include "engine/option.h"
#include <jansson.h>

/** Print J on out, indented, a newline behind it; CLI_OK. Takes J over. */
int
json_print(const struct cli *cli, json_t *j);
/** The same on one line: one object of many. */
int
json_print_line(const struct cli *cli, json_t *j);
/** A copy whose texts and keys have been through cli_clean. J is borrowed. */
json_t *
json_clean(const json_t *j);

/** Members, "" and 0 where there is none of that type. Borrowed. */
const char *
json_text(const json_t *object, const char *key);
int64_t
json_whole(const json_t *object, const char *key);

/** The first object of LIST whose KEY is TEXT, or NULL. Borrowed. */
const json_t *
json_find(const json_t *list, const char *key, const char *text);

#endif
