/* config_module.c - the modules that a profile names: are they there, and do
   they know their keys. SPDX-License-Identifier: MIT */
#include "config_parts.h"

#include "option.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The installed module of a kind whose name is nearest to a wrong one. */
struct near_module {
  const char *wish;
  int kind;
  char name[64];
};

/* "system" of "clock-system". */
static const char *
stem(const char *name)
{
  const char *const dash = strchr(name, '-');
  return dash ? dash + 1 : name;
}

static void
look_for_name(void *arg,
              const char *name,
              const char *path,
              const vsc_module *module,
              const char *why)
{
  struct near_module *const n = arg;
  (void)path;
  (void)why;
  if (!module || module->kind != n->kind) {
    return;
  }
  const char *const words[] = { *n->name ? n->name : name, name, NULL };
  if (word_nearest(n->wish, words) == name ||
      /* what was left out, and what was written twice */
      strcmp(stem(name), n->wish) == 0 || strcmp(name, stem(n->wish)) == 0) {
    snprintf(n->name, sizeof n->name, "%s", name);
  }
}

/* ", did you mean ...": in the words of KEY, where a module is named by its
 * stem.
 */
static void
suggest(const struct config_source *src,
        const char *key,
        const char *module,
        int kind,
        char out[96])
{
  struct near_module n = { .wish = module, .kind = kind };
  loader_list(src->loader, look_for_name, &n);
  const bool is_whole = key && strcmp(key, "module") == 0;
  char *const name = is_whole ? n.name : n.name + (stem(n.name) - n.name);
  for (char *p = name; key && strcmp(key, "encoding") == 0 && *p; p++) {
    *p = (char)(*p >= 'a' && *p <= 'z' ? *p - 'a' + 'A' : *p);
  }
  out[0] = '\0';
  if (*name) {
    snprintf(out, 96, "; did you mean \"%s\"?", name);
  }
}

bool
config_check_module(struct config *c,
                    const struct config_source *src,
                    struct profile_section *s,
                    const char *key,
                    const char *module,
                    int kind)
{
  char why[LOADER_WHY_BYTES];
  char near[96];
  const struct loaded *loaded = NULL;
  const vsc_status status =
    src->loader
      ? loader_load(src->loader, module, kind, &loaded, why, sizeof why)
      : VSC_OK;
  if (loaded) {
    loader_unload(src->loader, loaded);
  }
  /* Who writes a stem cannot choose another kind: then the file is wrong. */
  const bool is_whole = key && strcmp(key, "module") == 0;
  const bool is_mistake =
    status == VSC_ERR_NOT_FOUND ||
    (status == VSC_ERR_INVALID && (is_whole || !key_is_valid(module)));
  if (!is_mistake) {
    return true;
  }
  suggest(src, key, module, kind, near);
  config_complain(c, s, key, "%s%s", why, near);
  return false;
}

/* A key of another installed module of the same kind: modules can be swapped
   with one --set. */
struct other_module {
  const char *key;
  int kind;
  char name[64];
};

static void
look_for_key(void *arg,
             const char *name,
             const char *path,
             const vsc_module *module,
             const char *why)
{
  struct other_module *const o = arg;
  (void)path;
  (void)why;
  if (module && module->kind == o->kind && !o->name[0] &&
      option_find(module->options, o->key)) {
    snprintf(o->name, sizeof o->name, "%s", name);
  }
}

struct notice_context {
  const struct config_source *source;
  int kind;
  char text[128];
};

static const char *
other_modules_key(void *arg, const char *key)
{
  struct notice_context *const n = arg;
  struct other_module o = { .key = key, .kind = n->kind };
  if (n->kind && n->source->loader) {
    loader_list(n->source->loader, look_for_key, &o);
  }
  if (!o.name[0]) {
    return NULL;
  }
  snprintf(
    n->text, sizeof n->text, "it belongs to %s, which is not used", o.name);
  return n->text;
}

/* Values are tried here, and filled in when the instance is made. */
static void
try_values(struct config *c,
           struct profile_section *s,
           const struct loaded *loaded)
{
  const vsc_module *const module = loaded_module(loaded);
  void *const scratch = calloc(1, module->instance_size + 1u);
  if (scratch) {
    profile_apply(c->profile, s, module->options, scratch);
  }
  free(scratch);
  for (const vsc_option *row = module->options; row && row->key; row++) {
    if (!row->fallback && !profile_entry(s, row->key)) {
      config_complain_missing(
        c, s, "needs the key \"%s\": %s", row->key, row->help);
    }
  }
}

void
config_check_keys(struct config *c,
                  const struct config_source *src,
                  struct profile_section *s,
                  const char *module,
                  int kind)
{
  char why[LOADER_WHY_BYTES];
  const struct loaded *loaded = NULL;
  if (module && src->loader) {
    /* Why it cannot be loaded is said when it is needed. */
    (void)loader_load(src->loader, module, kind, &loaded, why, sizeof why);
  }
  const vsc_option *const rows = config_rows(s->role);
  const vsc_option *const extra =
    loaded ? loaded_module(loaded)->options : NULL;
  const vsc_option *const tables[] = { rows->key ? rows : extra,
                                       rows->key ? extra : NULL,
                                       NULL };
  if (extra) {
    try_values(c, s, loaded);
  }
  struct notice_context n = { .source = src, .kind = kind };
  if (!module || loaded || !src->loader) {
    profile_report_unused(c->profile, s, tables, other_modules_key, &n);
  }
  if (loaded) {
    loader_unload(src->loader, loaded);
  }
}
