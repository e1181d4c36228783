/* parse.c - a command line by the table.
   SPDX-License-Identifier: MIT */
#include "parse.h"
#include "hal/folder.h"
#include "table.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static vsc_status VSC_PRINTF(2, 3)
  refuse(struct parsed *p, const char *fmt, ...)
{
  va_list args;
  va_start(args, fmt);
  vsnprintf(p->why, sizeof p->why, fmt, args);
  va_end(args);
  return VSC_ERR_INVALID;
}

/* "; did you mean "list"?", or nothing. */
static const char *
hint(const char *nearest, char out[96])
{
  out[0] = '\0';
  if (nearest) {
    snprintf(out, 96, "; did you mean \"%s\"?", nearest);
  }
  return out;
}

/* "--name", "--name=value" at ARGV[*i], or with its value behind it. */
static vsc_status
take_option(struct parsed *p, int argc, const char *const *argv, int *i)
{
  struct cli *const cli = &p->cli;
  const char *const name = argv[*i] + 2;
  const size_t length = strcspn(name, "=");
  const char *value = name[length] == '=' ? name + length + 1 : NULL;
  const struct command_option *option =
    command_option(global_options, name, length);
  if (!option && cli->verb) {
    option = command_option(cli->verb->options, name, length);
  }
  if (!option && cli->command) {
    option = command_option(cli->command->options, name, length);
  }
  if (!option) {
    char bare[64];
    char text[96];
    snprintf(bare, sizeof bare, "%.*s", (int)length, name);
    return refuse(
      p,
      "unknown option \"--%s\"%s",
      bare,
      hint(command_nearest_option(cli->command, cli->verb, bare), text));
  }
  if (value && !option->argument) {
    return refuse(p, "option \"--%s\" takes no value", option->name);
  }
  if (option->argument && !value) {
    if (*i + 1 >= argc) {
      return refuse(
        p, "option \"--%s\" needs %s", option->name, option->argument);
    }
    value = argv[++*i];
  }
  for (unsigned j = 0; j < cli->given_count && !option->is_repeated; j++) {
    if (cli->given[j].option == option && option->argument) {
      return refuse(p, "option \"--%s\" is given twice", option->name);
    }
  }
  cli->given[cli->given_count++] =
    (struct cli_given){ .option = option, .value = value ? value : "" };
  return VSC_OK;
}

/* A word that is no option: the command, its verb, or an argument. */
static vsc_status
take_word(struct parsed *p, const char *word)
{
  struct cli *const cli = &p->cli;
  char text[96];
  if (!cli->command) {
    cli->command = command_find(word);
    return cli->command ? VSC_OK
                        : refuse(p,
                                 "unknown command \"%s\"%s",
                                 word,
                                 hint(command_nearest(word), text));
  }
  if (cli->command->verbs && !cli->verb) {
    cli->verb = command_verb(cli->command, word);
    return cli->verb
             ? VSC_OK
             : refuse(p,
                      "unknown verb \"%s\" of %s%s",
                      word,
                      cli->command->name,
                      hint(command_nearest_verb(cli->command, word), text));
  }
  cli->arguments[cli->argument_count++] = word;
  return VSC_OK;
}

/* What the global options mean. */
static vsc_status
apply_globals(struct parsed *p)
{
  struct cli *const cli = &p->cli;
  for (unsigned i = 0; i < cli->given_count; i++) {
    const char *const name = cli->given[i].option->name;
    const char *const value = cli->given[i].value;
    if (strcmp(name, "instance") == 0) {
      cli->instance = value;
    } else if (strcmp(name, "runtime-dir") == 0) {
      cli->runtime_dir = value;
    } else if (strcmp(name, "json") == 0) {
      cli->json = true;
    } else if (strcmp(name, "quiet") == 0) {
      cli->quiet = true;
    } else if (strcmp(name, "help") == 0) {
      p->wants_help = true;
    } else if (strcmp(name, "version") == 0) {
      p->wants_version = true;
    }
  }
  if (!folder_instance_ok(cli->instance)) {
    return refuse(p,
                  "instance \"%s\" is no name: at most 32 letters, digits, "
                  "\".\", \"_\" and \"-\"",
                  cli->instance);
  }
  if (cli->runtime_dir && cli->runtime_dir[0] == '\0') {
    return refuse(p, "option \"--runtime-dir\" needs DIR");
  }
  return VSC_OK;
}

static vsc_status
check_arguments(struct parsed *p)
{
  const struct cli *const cli = &p->cli;
  const struct command *const row = cli->verb ? cli->verb : cli->command;
  if (!row) {
    return refuse(p, "no command");
  }
  /* The message begins with the command's name; the verb is ours to say. */
  const char *const verb = cli->verb ? cli->verb->name : "";
  const char *const space = cli->verb ? " " : "";
  if (!row->run) {
    return refuse(p, "needs a verb");
  }
  if (cli->argument_count < row->min_arguments) {
    return refuse(p, "%s%sneeds %s", verb, space, row->arguments);
  }
  if (cli->argument_count > row->max_arguments) {
    return refuse(p,
                  "%s%shas no use for \"%s\"",
                  verb,
                  space,
                  cli->arguments[row->max_arguments]);
  }
  return VSC_OK;
}

static const char *
variable(const char *name)
{
  const char *const value = getenv(name);
  return value && value[0] ? value : NULL;
}

/* "aes67-play" is "aes67 play". */
static const char *
linked_name(const char *program)
{
  const char *const slash = strrchr(program, '/');
  const char *const base = slash ? slash + 1 : program;
  return strncmp(base, "aes67-", 6) == 0 ? base + 6 : NULL;
}

vsc_status
parse_line(int argc, const char *const *argv, struct parsed *out)
{
  memset(out, 0, sizeof *out);
  struct cli *const cli = &out->cli;
  const char *const instance = variable("AES67_INSTANCE");
  cli->instance = instance ? instance : "default";
  cli->runtime_dir = variable("AES67_RUNTIME_DIR");
  const size_t words = argc > 0 ? (size_t)argc + 1 : 1;
  cli->arguments = calloc(words, sizeof *cli->arguments);
  cli->given = calloc(words, sizeof *cli->given);
  if (!cli->arguments || !cli->given) {
    refuse(out, "no memory left");
    return VSC_ERR_NOMEM;
  }
  const char *const linked = argc > 0 ? linked_name(argv[0]) : NULL;
  vsc_status done = linked ? take_word(out, linked) : VSC_OK;
  bool has_options_ended = false;
  for (int i = 1; i < argc && done == VSC_OK; i++) {
    const char *const word = argv[i];
    if (has_options_ended || word[0] != '-' || word[1] == '\0') {
      done = take_word(out, word);
    } else if (strcmp(word, "--") == 0) {
      has_options_ended = true;
    } else if (word[1] == '-') {
      done = take_option(out, argc, argv, &i);
    } else if (strcmp(word, "-h") == 0) {
      out->wants_help = true;
    } else {
      done = refuse(out, "unknown option \"%s\"; options begin with --", word);
    }
  }
  if (done == VSC_OK) {
    done = apply_globals(out);
  }
  if (done == VSC_OK && !out->wants_help && !out->wants_version) {
    done = check_arguments(out);
  }
  return done;
}

void
parse_finish(struct parsed *parsed)
{
  free(parsed->cli.arguments);
  free(parsed->cli.given);
  parsed->cli.arguments = NULL;
  parsed->cli.given = NULL;
}
