/* paths.c - where modules and profiles are looked for.
   SPDX-License-Identifier: MIT */
#include "paths.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The next text as one of LIST's folders; what does not fit or is relative is
   left out. */
static void
add(struct paths *paths,
    unsigned *texts,
    const char **list,
    unsigned *count,
    const char *folder,
    const char *rest)
{
  char *const text = paths->text[*texts];
  const int n = snprintf(text, PATHS_BYTES, "%s%s", folder, rest);
  if (folder[0] == '/' && n < PATHS_BYTES) {
    list[(*count)++] = text;
    (*texts)++;
  }
}

static bool
has(const char *folder, const char *file)
{
  char path[PATHS_BYTES * 2];
  snprintf(path, sizeof path, "%s%s", folder, file);
  return access(path, R_OK) == 0;
}

/* PREFIX as it is when absolute, else from the binary's FOLDER upwards: an
   installed tree may be moved. */
static void
add_prefix(struct paths *paths,
           unsigned *texts,
           const char **list,
           unsigned *count,
           const char *folder,
           const char *prefix)
{
  char base[PATHS_BYTES] = "";
  char rest[PATHS_BYTES] = "";
  if (prefix[0] == '/') {
    add(paths, texts, list, count, prefix, "");
    return;
  }
  snprintf(base, sizeof base, "%s", folder);
  while (strncmp(prefix, "../", 3) == 0) {
    char *const up = strrchr(base, '/');
    if (up) {
      *up = '\0';
    }
    prefix += 3;
  }
  snprintf(rest, sizeof rest, "/%s", prefix);
  if (folder[0] == '/') {
    add(paths,
        texts,
        list,
        count,
        base[0] ? base : "/",
        rest + (base[0] ? 0 : 1));
  }
}

void
paths_init(struct paths *out,
           const char *binary,
           const char *prefix_modules,
           const char *prefix_profiles)
{
  memset(out, 0, sizeof *out);
  unsigned texts = 0, modules = 0, profiles = 0;

  char beside[PATHS_BYTES] = "";
  if (binary) {
    snprintf(beside, sizeof beside, "%s", binary);
  } else if (exe_path(beside, sizeof beside) < 0) {
    beside[0] = '\0';
  }
  char *const slash = strrchr(beside, '/');
  if (slash) {
    *slash = '\0';
  }

  const char *const config = getenv("XDG_CONFIG_HOME");
  const char *const home = getenv("HOME");
  if (config && config[0]) {
    add(out, &texts, out->profiles, &profiles, config, "/aes67");
  } else if (home && home[0]) {
    add(out, &texts, out->profiles, &profiles, home, "/.config/aes67");
  }
  add(out, &texts, out->profiles, &profiles, "/etc/aes67", "");
  /* A build tree has both folders beside the binary; a prefix has not. */
  if (slash && has(beside, "/profiles/")) {
    add(out, &texts, out->profiles, &profiles, beside, "/profiles");
  }
  add_prefix(out, &texts, out->profiles, &profiles, beside, prefix_profiles);
  if (slash && has(beside, "/modules/")) {
    add(out, &texts, out->modules, &modules, beside, "/modules");
  }
  add_prefix(out, &texts, out->modules, &modules, beside, prefix_modules);
}
