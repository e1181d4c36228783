/* loader.c - opens module files and counts their users. The only file that
   includes ltdl.h.
   SPDX-License-Identifier: MIT */
#include "loader.h"

#include "loader_entry.h"
#include "loader_path.h"
#include "os/code.h"
#include "paths.h"

#include <ltdl.h>

#include <dirent.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define OPENER "vsc"

/* What libltdl is given as the data of our opener. */
struct opener {
  char reason[PATHS_BYTES + 512]; /* dlerror()'s, which libltdl would drop */
};

struct loaded {
  struct loaded *next;
  unsigned uses;
  lt_dlhandle handle;
  struct loader_entry entry;
  char name[LOADER_NAME_BYTES];
  char *path;
};

struct loader {
  char **folders;        /* NULL-ended */
  uid_t binary_owner;    /* of the running program */
  struct opener *opener; /* libltdl owns it */
  struct loaded *loaded;
};

/* libltdl's own dlopen loader binds lazily, so that a missing symbol kills the
   process at the first call, and it answers "file not found" to everything. */

static lt_module
opener_open(lt_user_data data, const char *path, lt_dladvise advise)
{
  struct opener *const opener = data;
  (void)advise;
  void *const library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    const char *const reason = dlerror();
    snprintf(opener->reason,
             sizeof opener->reason,
             "%s",
             reason ? reason : "unknown reason");
  }
  return library;
}

static int
opener_close(lt_user_data data, lt_module module)
{
  (void)data;
  return dlclose(module);
}

static void *
opener_find(lt_user_data data, lt_module module, const char *symbol)
{
  (void)data;
  return dlsym(module, symbol);
}

static int
opener_exit(lt_user_data data)
{
  free(data);
  return 0;
}

/* lt_preopen stays, libltdl does not let it go: it never matches a path. */
static void
remove_stock_openers(void)
{
  lt_dlloader at = lt_dlloader_next(NULL);
  while (at) {
    const char *const name = lt_dlloader_get(at)->name;
    at = lt_dlloader_next(at);
    if (strcmp(name, OPENER) != 0 && strcmp(name, "lt_preopen") != 0) {
      free(lt_dlloader_remove(name));
    }
  }
}

/* libltdl frees the table at its last lt_dlexit(). */
static struct opener *
opener_register(void)
{
  const lt_dlvtable *const there = lt_dlloader_find(OPENER);
  if (there) {
    return there->dlloader_data;
  }
  struct opener *const opener = calloc(1, sizeof *opener);
  lt_dlvtable *const table = calloc(1, sizeof *table);
  if (opener && table) {
    *table = (lt_dlvtable){
      .name = OPENER,
      .module_open = opener_open,
      .module_close = opener_close,
      .find_sym = opener_find,
      .dlloader_exit = opener_exit,
      .dlloader_data = opener,
      .priority = LT_DLLOADER_PREPEND,
    };
    if (lt_dlloader_add(table) == 0) {
      return opener;
    }
  }
  free(opener);
  free(table);
  return NULL;
}

static char **
copy_folders(const char *const *folders)
{
  size_t count = 0;
  while (folders && folders[count]) {
    count++;
  }
  char **const copy = calloc(count + 1, sizeof *copy);
  for (size_t i = 0; copy && i < count; i++) {
    copy[i] = strdup(folders[i]);
    if (!copy[i]) {
      return copy; /* ended here; loader_create sees that it is short */
    }
  }
  return copy;
}

vsc_status
loader_create(const char *const *folders, struct loader **out)
{
  *out = NULL;
  struct loader *const l = calloc(1, sizeof *l);
  if (!l) {
    return VSC_ERR_NOMEM;
  }
  if (lt_dlinit() != 0) {
    free(l);
    return VSC_ERR_SYSTEM;
  }
  unsetenv("LTDL_LIBRARY_PATH"); /* read at each lt_dlopen() of a bare name */
  lt_dlsetsearchpath("");
  remove_stock_openers();
  l->opener = opener_register();
  l->folders = copy_folders(folders);
  size_t count = 0;
  while (l->folders && l->folders[count]) {
    count++;
  }
  if (!l->opener || !l->folders || (folders && folders[count])) {
    loader_destroy(l);
    return VSC_ERR_NOMEM;
  }
  char binary[PATHS_BYTES];
  struct stat st;
  if (exe_path(binary, sizeof binary) >= 0 && stat(binary, &st) == 0) {
    l->binary_owner = st.st_uid;
  }
  *out = l;
  return VSC_OK;
}

static void
loaded_destroy(struct loaded *m)
{
  if (m) {
    if (m->handle) {
      lt_dlclose(m->handle);
    }
    free(m->path);
    free(m);
  }
}

void
loader_destroy(struct loader *loader)
{
  if (!loader) {
    return;
  }
  while (loader->loaded) {
    struct loaded *const m = loader->loaded;
    loader->loaded = m->next;
    loaded_destroy(m);
  }
  for (char **folder = loader->folders; folder && *folder; folder++) {
    free(*folder);
  }
  free(loader->folders);
  lt_dlexit();
  free(loader);
}

/* M->path is trusted. */
static vsc_status
open_module(struct loader *l, struct loaded *m, const struct loader_why *why)
{
  l->opener->reason[0] = '\0';
  m->handle = lt_dlopen(m->path);
  if (!m->handle) {
    const char *reason = l->opener->reason;
    const size_t length = strlen(m->path);
    if (strncmp(reason, m->path, length) == 0 && reason[length] == ':') {
      reason += length + strspn(reason + length, ": ");
    }
    return loader_complain(
      why,
      VSC_ERR_MALFORMED,
      "%s: %s: build it for this machine with vsc_add_module()",
      m->path,
      *reason ? reason : lt_dlerror());
  }
  const vsc_module *const entry = lt_dlsym(m->handle, VSC_MODULE_SYMBOL);
  if (!entry) {
    return loader_complain(why,
                           VSC_ERR_MALFORMED,
                           "%s: exports no " VSC_MODULE_SYMBOL
                           ": define it with VSC_EXPORT",
                           m->path);
  }
  const vsc_status status = loader_entry_read(&m->entry, m->path, entry, why);
  /* The audio thread may be running, and call it soon. */
  if (status == VSC_OK && m->entry.module.kind != VSC_KIND_DISCOVERY) {
    code_prefault(m->path);
  }
  return status;
}

/* The stem of PATH's file. */
static vsc_status
set_name(struct loaded *m, const struct loader_why *why)
{
  const char *const file = strrchr(m->path, '/') + 1;
  const size_t length = strlen(file) - 3; /* ".so" */
  if (length >= sizeof m->name) {
    return loader_complain(why,
                           VSC_ERR_INVALID,
                           "%s: its name is longer than %d: rename it",
                           m->path,
                           LOADER_NAME_BYTES - 1);
  }
  memcpy(m->name, file, length);
  m->name[length] = '\0';
  return VSC_OK;
}

static struct loaded *
loaded_find(const struct loader *l, const char *path)
{
  for (struct loaded *m = l->loaded; m; m = m->next) {
    if (strcmp(m->path, path) == 0) {
      return m;
    }
  }
  return NULL;
}

/* Takes PATH, which is checked. */
static vsc_status
loaded_create(struct loader *l,
              char *path,
              struct loaded **out,
              const struct loader_why *why)
{
  struct loaded *const m = calloc(1, sizeof *m);
  if (!m) {
    free(path);
    return loader_complain(why, VSC_ERR_NOMEM, "no memory for a module");
  }
  m->path = path;
  vsc_status status = set_name(m, why);
  if (status >= 0) {
    status = open_module(l, m, why);
  }
  if (status < 0) {
    loaded_destroy(m);
    return status;
  }
  m->next = l->loaded;
  l->loaded = m;
  *out = m;
  return VSC_OK;
}

vsc_status
loader_load(struct loader *loader,
            const char *name,
            int kind,
            const struct loaded **out,
            char *why,
            size_t why_bytes)
{
  const struct loader_why reason = { .text = why, .bytes = why_bytes };
  char *path = NULL;
  *out = NULL;
  vsc_status status = loader_path_find(
    loader->folders, loader->binary_owner, name, &path, &reason);
  if (status < 0) {
    return status;
  }
  struct loaded *m = loaded_find(loader, path);
  if (m) {
    free(path);
  } else {
    status = loaded_create(loader, path, &m, &reason);
    if (status < 0) {
      return status;
    }
  }
  m->uses++;
  const int is = m->entry.module.kind;
  if (kind && is != kind) {
    status =
      loader_complain(&reason,
                      VSC_ERR_INVALID,
                      "%s: a %s, but a %s is needed: name another module",
                      m->path,
                      loader_kind(is),
                      loader_kind(kind) ? loader_kind(kind) : "?");
    loader_unload(loader, m);
    return status;
  }
  *out = m;
  return VSC_OK;
}

void
loader_unload(struct loader *loader, const struct loaded *loaded)
{
  for (struct loaded **at = &loader->loaded; *at; at = &(*at)->next) {
    struct loaded *const m = *at;
    if (m == loaded) {
      if (--m->uses == 0) {
        *at = m->next;
        loaded_destroy(m);
      }
      return;
    }
  }
}

const vsc_module *
loaded_module(const struct loaded *loaded)
{
  return &loaded->entry.module;
}

const char *
loaded_name(const struct loaded *loaded)
{
  return loaded->name;
}

const char *
loaded_path(const struct loaded *loaded)
{
  return loaded->path;
}

static int
is_module_file(const struct dirent *entry)
{
  const size_t length = strlen(entry->d_name);
  return length > 3 && strcmp(entry->d_name + length - 3, ".so") == 0;
}

/* Does a folder before LAST have FILE? */
static int
is_shadowed(char *const *folders, char *const *last, const char *file)
{
  for (char *const *folder = folders; folder != last; folder++) {
    char path[PATHS_BYTES];
    struct stat st;
    snprintf(path, sizeof path, "%s/%s", *folder, file);
    if (lstat(path, &st) == 0) {
      return 1;
    }
  }
  return 0;
}

void
loader_list(struct loader *loader,
            void (*visit)(void *arg,
                          const char *name,
                          const char *path,
                          const vsc_module *module,
                          const char *why),
            void *arg)
{
  for (char **folder = loader->folders; *folder; folder++) {
    struct dirent **entries = NULL;
    const int count = scandir(*folder, &entries, is_module_file, alphasort);
    for (int i = 0; i < count; i++) {
      const char *const file = entries[i]->d_name;
      if (!is_shadowed(loader->folders, folder, file)) {
        char path[PATHS_BYTES], name[LOADER_NAME_BYTES], why[LOADER_WHY_BYTES];
        const struct loaded *m = NULL;
        snprintf(path, sizeof path, "%s/%s", *folder, file);
        snprintf(name, sizeof name, "%.*s", (int)strlen(file) - 3, file);
        if (loader_load(loader, path, 0, &m, why, sizeof why) >= 0) {
          visit(arg, name, path, loaded_module(m), NULL);
          loader_unload(loader, m);
        } else {
          visit(arg, name, path, NULL, why);
        }
      }
      free(entries[i]);
    }
    free(entries);
  }
}
