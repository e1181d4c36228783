/* loader_path.c - folders, links, owners and modes.
   SPDX-License-Identifier: MIT */
#define _XOPEN_SOURCE 700 /* realpath, S_ISVTX */

#include "loader_path.h"

#include "paths.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Root, us, or whoever owns the program: they can change it anyway. */
static int
is_trusted(uid_t binary_owner, uid_t owner)
{
  return owner == 0 || owner == geteuid() || owner == binary_owner;
}

/* Above FOLDER (a real path): nobody else may put another folder in its place.
   A sticky folder (/tmp) lets only the owner rename what is in it. */
static vsc_status
check_above(const char *path, const char *folder, const struct loader_why *why)
{
  char above[PATHS_BYTES];
  snprintf(above, sizeof above, "%s", folder);
  for (char *slash = strrchr(above, '/'); slash; slash = strrchr(above, '/')) {
    slash[slash == above] = '\0'; /* "/" at the end */
    struct stat st;
    if (stat(above, &st) == 0 && st.st_mode & S_IWOTH &&
        !(st.st_mode & S_ISVTX)) {
      return loader_complain(
        why,
        VSC_ERR_REFUSED,
        "%s: everybody may replace its folder, through %s: "
        "chmod o-w %s",
        path,
        above,
        above);
    }
    if (slash == above) {
      break;
    }
  }
  return VSC_OK;
}

/* Before dlopen(): a file's constructors run as soon as it is opened. Nobody
   but those trusted here can change the answer between check and use. */
static vsc_status
check_trust(uid_t binary_owner,
            const char *path,
            const char *folder,
            const struct loader_why *why)
{
  struct stat st, above;
  if (stat(folder, &above) != 0 || lstat(path, &st) != 0) {
    return loader_complain(why,
                           VSC_ERR_NOT_FOUND,
                           "%s: %s: \"aes67 module list\" shows what there is",
                           path,
                           strerror(errno));
  }
  if (!is_trusted(binary_owner, above.st_uid) ||
      above.st_mode & (S_IWGRP | S_IWOTH)) {
    return loader_complain(
      why,
      VSC_ERR_REFUSED,
      "%s: others may write to its folder: give it to you or "
      "root and chmod go-w, or move the module",
      path);
  }
  if (S_ISLNK(st.st_mode)) {
    return loader_complain(why,
                           VSC_ERR_REFUSED,
                           "%s: a symbolic link: put the file itself there",
                           path);
  }
  if (!S_ISREG(st.st_mode)) {
    return loader_complain(why,
                           VSC_ERR_REFUSED,
                           "%s: not a regular file: put a shared object there",
                           path);
  }
  if (!is_trusted(binary_owner, st.st_uid)) {
    return loader_complain(
      why,
      VSC_ERR_REFUSED,
      "%s: belongs to user %ld: chown it to you or root if you "
      "trust it",
      path,
      (long)st.st_uid);
  }
  if (st.st_mode & (S_IWGRP | S_IWOTH)) {
    return loader_complain(
      why,
      VSC_ERR_REFUSED,
      "%s: others may write to it: chmod go-w if you trust it",
      path);
  }
  return check_above(path, folder, why);
}

/* The real path of FOLDER/FILE, malloc'd, in OUT; it is checked. Symbolic links
   on the way to the folder are resolved once, here, so that what was checked
   is what is opened. */
static vsc_status
real_path(uid_t binary_owner,
          const char *folder,
          const char *file,
          char **out,
          const struct loader_why *why)
{
  char *const real = realpath(folder, NULL);
  if (!real) {
    return loader_complain(
      why,
      VSC_ERR_NOT_FOUND,
      "%s/%s: %s: \"aes67 module list\" shows what there is",
      folder,
      file,
      strerror(errno));
  }
  const size_t bytes = strlen(real) + strlen(file) + 2;
  char *const path = malloc(bytes);
  if (!path || bytes > PATHS_BYTES) {
    free(real);
    free(path);
    return loader_complain(
      why, VSC_ERR_NOMEM, "%s: its path is too long", file);
  }
  snprintf(path, bytes, "%s/%s", strcmp(real, "/") == 0 ? "" : real, file);
  const vsc_status status = check_trust(binary_owner, path, real, why);
  free(real);
  if (status < 0) {
    free(path);
    return status;
  }
  *out = path;
  return VSC_OK;
}

static int
ends_with(const char *text, const char *end)
{
  const size_t n = strlen(text), m = strlen(end);
  return n > m && strcmp(text + n - m, end) == 0;
}

/* Letters, digits, ".", "_", "-", not beginning with ".". */
static int
is_name(const char *name)
{
  const size_t length = strspn(name,
                               "abcdefghijklmnopqrstuvwxyz"
                               "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-");
  return length > 0 && length < LOADER_NAME_BYTES && !name[length] &&
         name[0] != '.';
}

/* PATH is absolute, as somebody wrote it. */
static vsc_status
find_path(uid_t binary_owner,
          const char *path,
          char **out,
          const struct loader_why *why)
{
  const size_t length = strlen(path);
  const char *const slash = strrchr(path, '/');
  char folder[PATHS_BYTES];
  if (length >= sizeof folder) {
    return loader_complain(
      why, VSC_ERR_INVALID, "%s: its path is too long", slash + 1);
  }
  snprintf(folder, sizeof folder, "%.*s", (int)(slash - path) + 1, path);
  if (ends_with(path, ".la")) {
    return loader_complain(why,
                           VSC_ERR_UNSUPPORTED,
                           "%s: a libtool archive: load the .so beside it: "
                           "%.*s.so",
                           path,
                           (int)(length - 3),
                           path);
  }
  if (!ends_with(path, ".so") || slash[1] == '.') {
    return loader_complain(why,
                           VSC_ERR_INVALID,
                           "%s: not the path of a module: it ends in .so",
                           path);
  }
  return real_path(binary_owner, folder, slash + 1, out, why);
}

static int
is_there(const char *folder, const char *file)
{
  char path[PATHS_BYTES];
  struct stat st;
  const int length = snprintf(path, sizeof path, "%s/%s", folder, file);
  return length > 0 && (size_t)length < sizeof path && lstat(path, &st) == 0;
}

/* The first folder that has the name decides, also when its file is refused:
   whoever is surprised by what is loaded looks there first. */
static vsc_status
find_name(char *const *folders,
          uid_t binary_owner,
          const char *name,
          char **out,
          const struct loader_why *why)
{
  if (!is_name(name)) {
    return loader_complain(why,
                           VSC_ERR_INVALID,
                           "\"%s\": not a module's name: write it like "
                           "\"codec-l24\", or as an absolute path",
                           name);
  }
  char so[LOADER_NAME_BYTES + 4], la[LOADER_NAME_BYTES + 4];
  char places[512] = "";
  snprintf(so, sizeof so, "%s.so", name);
  snprintf(la, sizeof la, "%s.la", name);
  for (char *const *folder = folders; *folder; folder++) {
    if (is_there(*folder, so)) {
      return real_path(binary_owner, *folder, so, out, why);
    }
    if (is_there(*folder, la)) {
      return loader_complain(why,
                             VSC_ERR_UNSUPPORTED,
                             "%s/%s: a libtool archive: put the .so beside it",
                             *folder,
                             la);
    }
    const size_t used = strlen(places);
    snprintf(
      places + used, sizeof places - used, "%s%s", used ? ", " : "", *folder);
  }
  return loader_complain(why,
                         VSC_ERR_NOT_FOUND,
                         "\"%s\": no such module in %s: \"aes67 module list\" "
                         "shows what there is",
                         name,
                         *places ? places : "no folder");
}

vsc_status
loader_path_find(char *const *folders,
                 uid_t binary_owner,
                 const char *name,
                 char **out,
                 const struct loader_why *why)
{
  return name[0] == '/' ? find_path(binary_owner, name, out, why)
                        : find_name(folders, binary_owner, name, out, why);
}
