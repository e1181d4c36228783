/* cli.h - what a subcommand of aes67 sees: its row in the table, the parsed
   line, and where to print.

   A command is one file cli/cmd_NAME.c that defines its row,
   `const struct command command_NAME`, with designated initialisers, beside the
   function that reads its options; table.c lists the rows. Parser, help, man
   page and completion are generated from them, so an option that is not in a
   row does not exist.
   SPDX-License-Identifier: MIT */
#ifndef VSC_CLI_H
#define VSC_CLI_H

#include <vsc/base.h>
#include <stdbool.h>
#include <stdio.h>

struct cli;
struct paths;

/** Exit codes: INTERFACE.md, "Commands". */
enum cli_exit {
  CLI_OK = 0,
  CLI_FAILED = 1,
  CLI_USAGE = 2, /* or a profile error */
  CLI_DEGRADED = 3,
  CLI_NO_ENGINE = 4,
  CLI_NOT_FOUND = 5,
};

/** One option: "--seconds N", or "--watch" when it has no argument. */
struct command_option {
  const char *name;     /* without the dashes; NULL ends a table */
  const char *argument; /* placeholder "N", or NULL: a flag */
  const char *help;     /* lower case, no full stop */
  bool is_repeated;     /* may be given more than once */
};

/** One row: a command, or a verb of one ("profile list"). */
struct command {
  const char *name;
  const char *summary;   /* one line, lower case, no full stop */
  const char *arguments; /* "PROFILE", "FILE|-", "[COMMAND]"; NULL: none */
  unsigned min_arguments, max_arguments;
  const struct command_option *options; /* ended by a NULL name; may be NULL */
  const struct command *verbs;          /* ended by a NULL name; may be NULL */
  const char *details; /* sentences for help and man page; may be NULL */
  /** Exit code. NULL for a command that is nothing without a verb. */
  int (*run)(struct cli *cli);
};

/** One option as it was given. */
struct cli_given {
  const struct command_option *option;
  const char *value; /* "" for a flag */
};

/** A parsed line. Strings are the caller's argv and environment. */
struct cli {
  const char *instance;    /* checked: letters, digits, ".", "_", "-" */
  const char *runtime_dir; /* NULL: the usual places */
  bool json, quiet;
  FILE *out, *err; /* data; words */
  const struct command *command;
  const struct command *verb; /* NULL when the command has none */
  const char **arguments;     /* NULL-ended: after command and verb */
  unsigned argument_count;
  struct cli_given *given;
  unsigned given_count;
};

/** Parse and run: main() without the process. ARGV[0] may be "aes67-NAME". */
int
cli_main(int argc, const char *const *argv, FILE *out, FILE *err);

/** The value of the option, "" for a flag that is there, NULL when it is not.
    NAME must be in the row. */
const char *
cli_option(const struct cli *cli, const char *name);
/** Number I (from 0) of a repeated option, or NULL after the last. */
const char *
cli_option_at(const struct cli *cli, const char *name, unsigned i);
static inline bool
cli_has(const struct cli *cli, const char *name)
{
  return cli_option(cli, name) != NULL;
}
/** A whole number in [min, max]; untouched when the option is not there. False
    after a message: return CLI_USAGE. */
bool
cli_option_number(const struct cli *cli,
                  const char *name,
                  int64_t min,
                  int64_t max,
                  int64_t *out);

/** "aes67 NAME: text" on err, control bytes escaped; returns CODE. */
int
cli_fail(const struct cli *cli, enum cli_exit code, const char *fmt, ...)
  VSC_PRINTF(3, 4);
/** The same and how to use the command; returns CLI_USAGE. */
int
cli_usage(const struct cli *cli, const char *fmt, ...) VSC_PRINTF(2, 3);
/** Words on err unless --quiet; control bytes escaped; a line each. */
void
cli_say(const struct cli *cli, const char *fmt, ...) VSC_PRINTF(2, 3);
/** TEXT into OUT with control bytes (C0, DEL, C1) and broken UTF-8 as \xNN, cut
    at BYTES; returns OUT. For everything that came from network or engine. */
char *
cli_clean(const char *text, char *out, size_t bytes);

/** Where modules and profiles are, from this binary. */
void
cli_paths(struct paths *out);

#endif
