/* profile_find.c - from a profile's name to its file, and the nearest name when
   there is none.
   SPDX-License-Identifier: MIT */
#include "profile_table.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static bool
is_file(const char *path)
{
  struct stat st;
  return !stat(path, &st) && S_ISREG(st.st_mode);
}

static bool
ends_in_ini(const char *name)
{
  const size_t length = strlen(name);
  return length > 4 && !strcmp(name + length - 4, ".ini");
}

/* FOLDER "/" NAME ".ini" into PATH: is there such a file? */
static bool
try_folder(const char *folder, const char *name, char *path, size_t bytes)
{
  const int n = snprintf(
    path, bytes, "%s%s%s", folder, name, ends_in_ini(name) ? "" : ".ini");
  return n > 0 && (size_t)n < bytes && is_file(path);
}

static bool
try_folders(const char *const *folders,
            const char *name,
            char *path,
            size_t bytes)
{
  for (; folders && *folders; folders++) {
    char folder[PROFILE_PATH_BYTES];
    const int n = snprintf(folder, sizeof folder, "%s/", *folders);
    if (n < (int)sizeof folder && try_folder(folder, name, path, bytes)) {
      return true;
    }
  }
  return false;
}

vsc_status
profile_find(const char *name_or_path,
             const char *const *folders,
             char *path,
             size_t path_bytes)
{
  const bool has_folder = strchr(name_or_path, '/') != NULL;
  if (strlen(name_or_path) < path_bytes && is_file(name_or_path) &&
      (has_folder || ends_in_ini(name_or_path))) {
    strcpy(path, name_or_path);
    return VSC_OK;
  }
  return *name_or_path && !has_folder &&
             try_folders(folders, name_or_path, path, path_bytes)
           ? VSC_OK
           : VSC_ERR_NOT_FOUND;
}

/* "dir/" of "dir/file", "" of "file". */
static bool
folder_of(const char *path, char *out, size_t bytes)
{
  const char *const slash = strrchr(path, '/');
  const size_t length = slash ? (size_t)(slash + 1 - path) : 0;
  if (length >= bytes) {
    return false;
  }
  memcpy(out, path, length);
  out[length] = '\0';
  return true;
}

bool
profile_find_beside(const char *file,
                    const char *name,
                    const char *const *folders,
                    char *path,
                    size_t bytes)
{
  char folder[PROFILE_PATH_BYTES] = "";
  if (!*name || (*name != '/' && !folder_of(file, folder, sizeof folder))) {
    return false;
  }
  return try_folder(folder, name, path, bytes) ||
         (!strchr(name, '/') && try_folders(folders, name, path, bytes));
}

/* Is one of the profiles in FOLDER nearer to NAME than what OUT holds? */
static void
nearest_in(const char *folder, const char *name, char *out)
{
  DIR *const dir = opendir(folder);
  for (struct dirent *e; dir && (e = readdir(dir));) {
    char stem[OPTION_KEY_BYTES];
    const size_t length = strlen(e->d_name);
    if (!ends_in_ini(e->d_name) || length - 4 >= sizeof stem ||
        profile_text_flaw(e->d_name, length)) {
      continue;
    }
    memcpy(stem, e->d_name, length - 4);
    stem[length - 4] = '\0';
    const char *const words[] = { *out ? out : stem, stem, NULL };
    if (word_nearest(name, words) == stem) {
      strcpy(out, stem);
    }
  }
  if (dir) {
    closedir(dir);
  }
}

bool
profile_nearest(const char *file,
                const char *name,
                const char *const *folders,
                char *out)
{
  char folder[PROFILE_PATH_BYTES];
  out[0] = '\0';
  if (file && folder_of(file, folder, sizeof folder)) {
    nearest_in(*folder ? folder : ".", name, out);
  }
  for (; folders && *folders; folders++) {
    nearest_in(*folders, name, out);
  }
  return *out;
}

const char *
profile_missing(const char *name_or_path,
                const char *const *folders,
                char *out,
                size_t bytes)
{
  char shown[128];
  char nearest[OPTION_KEY_BYTES];
  struct stat st;
  text_shorten(name_or_path, shown, sizeof shown);
  if (strchr(name_or_path, '/') || ends_in_ini(name_or_path)) {
    const char *const why = stat(name_or_path, &st) ? strerror(errno)
                            : S_ISDIR(st.st_mode)   ? "it is a folder"
                                                    : "it is no file";
    snprintf(out, bytes, "no profile \"%s\": %s", shown, why);
  } else if (profile_nearest(NULL, name_or_path, folders, nearest)) {
    snprintf(out,
             bytes,
             "no profile \"%s\"; did you mean \"%s\"? see: aes67 profile list",
             shown,
             nearest);
  } else {
    snprintf(out, bytes, "no profile \"%s\"; see: aes67 profile list", shown);
  }
  return out;
}
