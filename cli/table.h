/* table.h - the one table of subcommands.
   SPDX-License-Identifier: MIT */
#ifndef VSC_CLI_TABLE_H
#define VSC_CLI_TABLE_H

#include "cli.h"

/* A row lives beside the function that reads its options, in cmd_NAME.c. */
extern const struct command command_bridge, command_clock, command_completion,
  command_configure, command_device, command_help, command_latency,
  command_list, command_listen, command_module, command_play, command_profile,
  command_publish, command_record, command_route, command_run, command_sdp,
  command_selftest, command_stats, command_status, command_stream,
  command_subscribe, command_tone, command_unpublish, command_unsubscribe,
  command_verify, command_version;

/** Ended by NULL; in the order that help shows. */
extern const struct command *const commands[];
/** Options that every command takes, anywhere on the line. */
extern const struct command_option global_options[];

/** The row named NAME, or NULL. */
const struct command *
command_find(const char *name);
/** The verb of COMMAND named NAME, or NULL. */
const struct command *
command_verb(const struct command *command, const char *name);
/** The option named by the first BYTES of NAME in OPTIONS (may be NULL), or
    NULL. */
const struct command_option *
command_option(const struct command_option *options,
               const char *name,
               size_t bytes);
/** The nearest of what may be typed instead of NAME, or NULL when nothing is
    near. */
const char *
command_nearest(const char *name);
const char *
command_nearest_verb(const struct command *command, const char *name);
const char *
command_nearest_option(const struct command *command,
                       const struct command *verb,
                       const char *name);

/** Generated from the table (help.c, man.c, completion.c). */
void
help_all(FILE *out);
void
help_command(const struct command *command,
             const struct command *verb,
             FILE *out);
/** "usage: aes67 play FILE|- [OPTION]..." */
void
help_usage(const struct command *command,
           const struct command *verb,
           FILE *out);
void
man_page(FILE *out);
/** SHELL: bash, zsh or fish; false for any other. */
bool
completion_script(const char *shell, FILE *out);

#endif
