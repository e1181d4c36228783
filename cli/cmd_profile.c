/* cmd_profile.c - aes67 profile: which there are, what they say, what is wrong.
   SPDX-License-Identifier: MIT */
#include "engine/config.h"
#include "engine/paths.h"
#include "engine/runtime_dir.h"
#include "json_print.h"
#include "table.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

/* Where complaints about a profile go. */
struct sink {
  const struct cli *cli;
  json_t *errors; /* texts, or NULL: words on err */
};

static void
complain(void *arg, const char *line)
{
  const struct sink *const sink = arg;
  char clean[2048];
  if (sink->errors) {
    json_array_append_new(sink->errors,
                          json_string(cli_clean(line, clean, sizeof clean)));
  } else {
    cli_fail(sink->cli, CLI_USAGE, "%s", line);
  }
}

/* The first clause of the comment that begins the file, without the file's
   name: "; x.ini - monitoring and live work: ..." */
static void
first_comment(const char *path, char *out, size_t bytes)
{
  char text[512] = "";
  size_t used = 0;
  char line[256];
  FILE *const file = fopen(path, "r");
  while (file && used + sizeof line < sizeof text &&
         fgets(line, sizeof line, file) && line[0] == ';') {
    line[strcspn(line, "\r\n")] = '\0';
    used += (size_t)snprintf(text + used,
                             sizeof text - used,
                             "%s",
                             line + 1 + (used ? 0 : strspn(line + 1, " ")));
  }
  if (file) {
    fclose(file);
  }
  const char *const dash = strstr(text, " - ");
  char *const words = text + (dash ? dash + 3 - text : 0);
  words[strcspn(words, ".:;")] = '\0';
  cli_clean(words, out, bytes);
}

/* FOLDER's profiles, but for those that an earlier folder has. */
static void
list_folder(const char *folder, json_t *list)
{
  struct dirent **files = NULL;
  const int count = scandir(folder, &files, NULL, alphasort);
  for (int i = 0; i < count; i++) {
    const char *const file = files[i]->d_name;
    const size_t length = strlen(file);
    char name[256], path[PATHS_BYTES + 256], summary[256], clean[1024];
    if (file[0] != '.' && length > 4 && length < sizeof name &&
        strcmp(file + length - 4, ".ini") == 0) {
      snprintf(name, sizeof name, "%.*s", (int)(length - 4), file);
      cli_clean(name, clean, sizeof clean);
      snprintf(path, sizeof path, "%s/%s", folder, file);
      first_comment(path, summary, sizeof summary);
      if (!json_find(list, "name", clean)) {
        json_array_append_new(list,
                              json_pack("{s:s, s:s?, s:s}",
                                        "name",
                                        clean,
                                        "path",
                                        path,
                                        "summary",
                                        summary));
      }
    }
    free(files[i]);
  }
  free(files);
}

static int
run_list(struct cli *cli)
{
  struct paths paths;
  cli_paths(&paths);
  json_t *const list = json_array();
  for (const char *const *folder = paths.profiles; *folder; folder++) {
    list_folder(*folder, list);
  }
  if (cli->json) {
    return json_print(
      cli,
      json_pack("{s:s, s:o}", "schema", "vsc.profiles/1", "profiles", list));
  }
  for (size_t i = 0; i < json_array_size(list); i++) {
    const json_t *const p = json_array_get(list, i);
    fprintf(cli->out,
            "%-16s %s\n",
            json_text(p, "name"),
            *json_text(p, "summary") ? json_text(p, "summary")
                                     : json_text(p, "path"));
  }
  json_decref(list);
  return CLI_OK;
}

static int
find(const struct cli *cli, const struct paths *paths, char *out, size_t bytes)
{
  const char *const name = cli->arguments[0];
  char why[512];
  return profile_find(name, paths->profiles, out, bytes) == VSC_OK
           ? CLI_OK
           : cli_fail(cli,
                      CLI_NOT_FOUND,
                      "%s",
                      profile_missing(name, paths->profiles, why, sizeof why));
}

/* Defaults below, what --instance has saved above. */
static vsc_status
read_saved(const struct cli *cli, struct profile *profile)
{
  struct runtime_places places;
  char dirs[STATE_DIRS][STATE_DIR_BYTES];
  runtime_places_read(&places);
  const unsigned count = state_dirs(&places, dirs);
  for (unsigned i = 0; i < count; i++) {
    char path[2 * STATE_DIR_BYTES + 64];
    snprintf(path, sizeof path, "%s/%s.ini", dirs[i], cli->instance);
    FILE *const file = fopen(path, "r");
    if (file) {
      fclose(file);
      return profile_read(profile, path, NULL);
    }
  }
  return VSC_OK;
}

static int
run_show(struct cli *cli)
{
  struct paths paths;
  char path[PATHS_BYTES];
  cli_paths(&paths);
  const int code = find(cli, &paths, path, sizeof path);
  if (code != CLI_OK) {
    return code;
  }
  const bool is_effective = cli_has(cli, "effective");
  struct sink sink = { .cli = cli };
  struct profile *const profile = profile_create(complain, &sink);
  char *const defaults = is_effective ? config_default_text() : NULL;
  if (defaults) {
    profile_read_text(profile, "default", defaults, strlen(defaults));
  }
  vsc_status done =
    profile ? profile_read(profile, path, paths.profiles) : VSC_ERR_NOMEM;
  if (done == VSC_OK && is_effective) {
    done = read_saved(cli, profile);
  }
  char *const text =
    done == VSC_OK ? profile_text(profile, is_effective) : NULL;
  int printed = text ? CLI_OK : CLI_USAGE;
  if (text && cli->json) {
    printed = json_print(cli,
                         json_pack("{s:s, s:s, s:s}",
                                   "schema",
                                   "vsc.profile-text/1",
                                   "path",
                                   path,
                                   "text",
                                   text));
  } else if (text) {
    fputs(text, cli->out);
  }
  free(text);
  free(defaults);
  profile_destroy(profile);
  return printed;
}

static void
count_streams(const struct config *config, unsigned *sends, unsigned *receives)
{
  for (unsigned i = 0; i < config->stream_count; i++) {
    *(config->streams[i].config.is_send ? sends : receives) += 1;
  }
}

static int
run_check(struct cli *cli)
{
  struct paths paths;
  char path[PATHS_BYTES];
  cli_paths(&paths);
  const int code = find(cli, &paths, path, sizeof path);
  if (code != CLI_OK) {
    return code;
  }
  struct loader *loader = NULL;
  struct config *config = NULL;
  struct sink sink = { .cli = cli, .errors = cli->json ? json_array() : NULL };
  if (loader_create(paths.modules, &loader) < 0) {
    json_decref(sink.errors);
    return cli_fail(cli, CLI_FAILED, "the module loader does not start");
  }
  const struct config_source source = {
    .profile = path,
    .folders = paths.profiles,
    .loader = loader,
    .error = complain,
    .arg = &sink,
  };
  const bool is_ok = config_load(&source, &config) == VSC_OK;
  unsigned sends = 0, receives = 0;
  if (is_ok) {
    count_streams(config, &sends, &receives);
  }
  int printed = CLI_OK;
  if (cli->json) {
    printed = json_print(cli,
                         json_pack("{s:s, s:b, s:s, s:i, s:i, s:o}",
                                   "schema",
                                   "vsc.profile/1",
                                   "ok",
                                   (int)is_ok,
                                   "path",
                                   path,
                                   "sends",
                                   (int)sends,
                                   "receives",
                                   (int)receives,
                                   "errors",
                                   sink.errors));
  } else if (is_ok) {
    fprintf(cli->out,
            "%s: ok, %u sends, %u receives\n",
            cli->arguments[0],
            sends,
            receives);
  }
  config_destroy(config);
  loader_destroy(loader);
  return is_ok ? printed : CLI_USAGE;
}

static int
run_defaults(struct cli *cli)
{
  char *const text = config_default_text();
  if (!text) {
    return cli_fail(cli, CLI_FAILED, "no memory");
  }
  fputs(text, cli->out);
  free(text);
  return CLI_OK;
}

static const struct command_option show_options[] = {
  { .name = "effective",
    .help = "with defaults and what --instance saved, and where each value "
            "came from" },
  { .name = NULL },
};

static const struct command verbs[] = {
  { .name = "list", .summary = "profiles that there are", .run = run_list },
  { .name = "show",
    .summary = "print a profile with what it includes",
    .arguments = "NAME",
    .min_arguments = 1,
    .max_arguments = 1,
    .options = show_options,
    .run = run_show },
  { .name = "check",
    .summary = "everything that is wrong with a profile",
    .arguments = "NAME",
    .min_arguments = 1,
    .max_arguments = 1,
    .run = run_check },
  { .name = "defaults",
    .summary = "every key, its default and what it means: default.ini",
    .run = run_defaults },
  { .name = NULL },
};

const struct command command_profile = {
  .name = "profile",
  .summary = "what an engine is told",
  .verbs = verbs,
  .details = "NAME is the name of a profile or the path of a file.",
};
