/* table.c - the one table of subcommands, and how a name is found in it.
   SPDX-License-Identifier: MIT */
#include "table.h"
#include "engine/option.h"

#include <string.h>

const struct command *const commands[] = {
  &command_run,        &command_status,
  &command_stats,      &command_list,
  &command_subscribe,  &command_unsubscribe,
  &command_publish,    &command_unpublish,
  &command_play,       &command_record,
  &command_tone,       &command_stream,
  &command_listen,     &command_bridge,
  &command_clock,      &command_route,
  &command_configure,  &command_sdp,
  &command_device,     &command_module,
  &command_selftest,   &command_latency,
  &command_verify,     &command_profile,
  &command_completion, &command_version,
  &command_help,       NULL,
};

const struct command_option global_options[] = {
  { .name = "instance",
    .argument = "NAME",
    .help = "the engine to talk to (default, or $AES67_INSTANCE)" },
  { .name = "runtime-dir",
    .argument = "DIR",
    .help = "where its socket is ($AES67_RUNTIME_DIR, else the usual places)" },
  { .name = "json", .help = "print JSON, with a \"schema\" that says which" },
  { .name = "quiet", .help = "only answers and errors" },
  { .name = "help", .help = "how to use the command; also -h" },
  { .name = "version", .help = "which version this is" },
  { .name = NULL },
};

const struct command *
command_find(const char *name)
{
  for (const struct command *const *c = commands; *c; c++) {
    if (strcmp((*c)->name, name) == 0) {
      return *c;
    }
  }
  return NULL;
}

const struct command *
command_verb(const struct command *command, const char *name)
{
  for (const struct command *v = command->verbs; v && v->name; v++) {
    if (strcmp(v->name, name) == 0) {
      return v;
    }
  }
  return NULL;
}

const struct command_option *
command_option(const struct command_option *options,
               const char *name,
               size_t bytes)
{
  for (; options && options->name; options++) {
    if (strncmp(options->name, name, bytes) == 0 &&
        options->name[bytes] == '\0') {
      return options;
    }
  }
  return NULL;
}

/* Names as an option table, which knows what "near" is. */
struct names {
  vsc_option rows[64];
  unsigned count;
};

static void
add_name(struct names *names, const char *name)
{
  if (names->count < sizeof names->rows / sizeof names->rows[0] - 1) {
    names->rows[names->count++].key = name;
  }
}

static void
add_options(struct names *names, const struct command_option *options)
{
  for (; options && options->name; options++) {
    add_name(names, options->name);
  }
}

const char *
command_nearest(const char *name)
{
  struct names names = { .count = 0 };
  for (const struct command *const *c = commands; *c; c++) {
    add_name(&names, (*c)->name);
  }
  return option_nearest(names.rows, name);
}

const char *
command_nearest_verb(const struct command *command, const char *name)
{
  struct names names = { .count = 0 };
  for (const struct command *v = command->verbs; v && v->name; v++) {
    add_name(&names, v->name);
  }
  return option_nearest(names.rows, name);
}

const char *
command_nearest_option(const struct command *command,
                       const struct command *verb,
                       const char *name)
{
  struct names names = { .count = 0 };
  add_options(&names, verb ? verb->options : NULL);
  add_options(&names, command ? command->options : NULL);
  add_options(&names, global_options);
  return option_nearest(names.rows, name);
}
