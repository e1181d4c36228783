/* help.c - what the table says, for a terminal; and the help command.
   SPDX-License-Identifier: MIT */
#include "table.h"

#include <string.h>

#define WIDTH 79
#define HELP_COLUMN 31

/* TEXT from COLUMN on, its lines broken between words and begun at INDENT. */
static void
wrap(const char *text, int indent, int column, FILE *out)
{
  const char *space = "";
  while (*(text += strspn(text, " \n"))) {
    const int length = (int)strcspn(text, " \n");
    if (*space && column + 1 + length > WIDTH) {
      fprintf(out, "\n%*s", indent, "");
      column = indent;
      space = "";
    }
    column += fprintf(out, "%s%.*s", space, length, text);
    text += length;
    space = " ";
  }
  fputc('\n', out);
}

/* A name on the left, what it is on the right. */
static void
print_row(const char *left, const char *help, FILE *out)
{
  int column = fprintf(out, "  %s", left);
  if (column >= HELP_COLUMN) {
    fputc('\n', out);
    column = 0;
  }
  fprintf(out, "%*s", HELP_COLUMN - column, "");
  wrap(help, HELP_COLUMN, HELP_COLUMN, out);
}

static void
print_options(const struct command_option *options, FILE *out)
{
  for (; options && options->name; options++) {
    char left[64];
    snprintf(left,
             sizeof left,
             "--%s%s%s",
             options->name,
             options->argument ? " " : "",
             options->argument ? options->argument : "");
    print_row(left, options->help, out);
  }
}

void
help_usage(const struct command *command, const struct command *verb, FILE *out)
{
  if (!command) {
    fputs("usage: aes67 COMMAND [OPTION]...; see: aes67 help\n", out);
    return;
  }
  const struct command *const row = verb ? verb : command;
  fprintf(out, "usage: aes67 %s", command->name);
  if (verb) {
    fprintf(out, " %s", verb->name);
  } else if (command->verbs) {
    const char *open = command->run ? " [" : " ";
    for (const struct command *v = command->verbs; v->name; v++) {
      fprintf(out, "%s%s", open, v->name);
      open = "|";
    }
    fputs(command->run ? "]" : "", out);
  }
  if (row->arguments) {
    fprintf(out, " %s", row->arguments);
  }
  fprintf(out, " [OPTION]...; see: aes67 help %s\n", command->name);
}

void
help_command(const struct command *command,
             const struct command *verb,
             FILE *out)
{
  const struct command *const row = verb ? verb : command;
  fprintf(out, "aes67 %s", command->name);
  if (verb) {
    fprintf(out, " %s", verb->name);
  }
  fprintf(out,
          "%s%s - %s\n",
          row->arguments ? " " : "",
          row->arguments ? row->arguments : "",
          row->summary);
  if (row->details) {
    fputc('\n', out);
    wrap(row->details, 0, 0, out);
  }
  if (!verb && command->verbs) {
    fputs("\nverbs:\n", out);
    for (const struct command *v = command->verbs; v->name; v++) {
      char left[64];
      snprintf(
        left, sizeof left, "%s %s", v->name, v->arguments ? v->arguments : "");
      print_row(left, v->summary, out);
      print_options(v->options, out);
    }
  }
  if (row->options && row->options->name) {
    fputs("\noptions:\n", out);
    print_options(row->options, out);
  }
  fputs("\neverywhere:\n", out);
  print_options(global_options, out);
}

void
help_all(FILE *out)
{
  fputs("aes67 - the network as a sound device\n\n"
        "usage: aes67 COMMAND [OPTION]...\n\ncommands:\n",
        out);
  for (const struct command *const *c = commands; *c; c++) {
    fprintf(out, "  %-12s %s\n", (*c)->name, (*c)->summary);
  }
  fputs("\neverywhere:\n", out);
  print_options(global_options, out);
  fputs("\nbegin with: aes67 run low-latency\n"
        "more about a command: aes67 help COMMAND\n",
        out);
}

static int
help_run(struct cli *cli)
{
  if (cli_has(cli, "man")) {
    man_page(cli->out);
    return CLI_OK;
  }
  if (cli_has(cli, "names")) {
    for (const struct command *const *c = commands; *c; c++) {
      fprintf(cli->out, "%s\n", (*c)->name);
    }
    return CLI_OK;
  }
  if (cli->argument_count == 0) {
    help_all(cli->out);
    return CLI_OK;
  }
  const struct command *const command = command_find(cli->arguments[0]);
  if (!command) {
    return cli_usage(cli, "unknown command \"%s\"", cli->arguments[0]);
  }
  const struct command *verb = NULL;
  if (cli->argument_count > 1) {
    verb = command_verb(command, cli->arguments[1]);
    if (!verb) {
      return cli_usage(
        cli, "unknown verb \"%s\" of %s", cli->arguments[1], command->name);
    }
  }
  help_command(command, verb, cli->out);
  return CLI_OK;
}

static const struct command_option help_options[] = {
  { .name = "man", .help = "print the manual page (roff)" },
  { .name = "names", .help = "print the name of every command, one a line" },
  { .name = NULL },
};

const struct command command_help = {
  .name = "help",
  .summary = "how to use a command",
  .arguments = "[COMMAND [VERB]]",
  .max_arguments = 2,
  .options = help_options,
  .run = help_run,
};
