/* runtime_dir.c - the folders an engine leaves things in. A folder under /tmp
   may have been made by anybody, so each is looked at before it is trusted.
   SPDX-License-Identifier: MIT */
#define _XOPEN_SOURCE 700 /* realpath */
#include "runtime_dir.h"

#include "hal/platform.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* An empty variable is one that is not set. */
static const char *
variable(const char *name)
{
  const char *const value = getenv(name);
  return value && value[0] ? value : NULL;
}

void
runtime_places_read(struct runtime_places *out)
{
  *out = (struct runtime_places){
    .xdg_runtime_dir = variable("XDG_RUNTIME_DIR"),
    .run = platform_run_folder(),
    .tmp = "/tmp",
    .xdg_state_home = variable("XDG_STATE_HOME"),
    .home = variable("HOME"),
    .var_lib = "/var/lib",
    .uid = geteuid(),
  };
}

/* False when it does not fit. */
static bool
join(char out[RUNTIME_DIR_BYTES], const char *folder, const char *rest)
{
  size_t length = strlen(folder);
  while (length > 1 && folder[length - 1] == '/') {
    length--;
  }
  const int n =
    snprintf(out, RUNTIME_DIR_BYTES, "%.*s%s", (int)length, folder, rest);
  return n > 0 && n < RUNTIME_DIR_BYTES;
}

unsigned
runtime_dirs(const struct runtime_places *places,
             const char *wish,
             char out[RUNTIME_DIRS][RUNTIME_DIR_BYTES])
{
  if (wish) {
    return join(out[0], wish, "") ? 1 : 0;
  }
  unsigned count = 0;
  if (places->xdg_runtime_dir &&
      join(out[count], places->xdg_runtime_dir, "/aes67")) {
    count++;
  }
  if (places->run && join(out[count], places->run, "/aes67")) {
    count++;
  }
  char own[32];
  snprintf(own, sizeof own, "/aes67-%lu", (unsigned long)places->uid);
  if (places->tmp && join(out[count], places->tmp, own)) {
    count++;
  }
  return count;
}

static vsc_status
refuse(char *why, size_t why_bytes, const char *dir, const char *what)
{
  snprintf(why, why_bytes, "the runtime folder \"%s\" %s", dir, what);
  return VSC_ERR_REFUSED;
}

/* A name in /tmp is anybody's to take first; in the other places only those
   can make folders whom we have to trust anyway. */
static bool
is_anybodys(const struct runtime_places *places, const char *dir)
{
  const size_t length = places->tmp ? strlen(places->tmp) : 0;
  return length > 0 && strncmp(dir, places->tmp, length) == 0 &&
         strncmp(dir + length, "/aes67-", 7) == 0;
}

vsc_status
runtime_dir_check(const struct runtime_places *places,
                  const char *dir,
                  char *why,
                  size_t why_bytes)
{
  const bool must_be_ours = is_anybodys(places, dir);
  struct stat st;
  if (must_be_ours ? lstat(dir, &st) : stat(dir, &st)) {
    const int cause = errno;
    snprintf(
      why, why_bytes, "the runtime folder \"%s\": %s", dir, strerror(cause));
    return cause == ENOENT ? VSC_ERR_NOT_FOUND : VSC_ERR_SYSTEM;
  }
  if (S_ISLNK(st.st_mode)) {
    return refuse(why, why_bytes, dir, "is a link; remove it");
  }
  if (!S_ISDIR(st.st_mode)) {
    return refuse(why, why_bytes, dir, "is no folder");
  }
  if (must_be_ours && st.st_uid != places->uid) {
    return refuse(why,
                  why_bytes,
                  dir,
                  "belongs to another user; name one with --runtime-dir");
  }
  if (must_be_ours && (st.st_mode & (S_IRWXG | S_IRWXO))) {
    return refuse(why, why_bytes, dir, "is open to other users; chmod 0700 it");
  }
  if (st.st_mode & S_IWOTH) {
    return refuse(
      why, why_bytes, dir, "is writable by everybody; chmod o-w it");
  }
  return VSC_OK;
}

static vsc_status
try_dir(const struct runtime_places *places,
        const char *dir,
        char *why,
        size_t why_bytes)
{
  if (mkdir(dir, 0700) && errno != EEXIST) {
    snprintf(why,
             why_bytes,
             "cannot make the runtime folder \"%s\": %s",
             dir,
             strerror(errno));
    return VSC_ERR_SYSTEM;
  }
  const vsc_status checked = runtime_dir_check(places, dir, why, why_bytes);
  if (checked < 0) {
    return checked;
  }
  if (access(dir, W_OK | X_OK)) {
    return refuse(why, why_bytes, dir, "is not writable for us");
  }
  return VSC_OK;
}

vsc_status
runtime_dir_make(const struct runtime_places *places,
                 const char *wish,
                 char out[RUNTIME_DIR_BYTES],
                 char *why,
                 size_t why_bytes)
{
  char dirs[RUNTIME_DIRS][RUNTIME_DIR_BYTES];
  const unsigned count = runtime_dirs(places, wish, dirs);
  vsc_status tried = VSC_ERR_INVALID;
  snprintf(
    why,
    why_bytes,
    "the runtime folder's name is too long; use a shorter --runtime-dir");
  /* WHY keeps the last one's reason: the folder that should always work. */
  for (unsigned i = 0; i < count; i++) {
    tried = try_dir(places, dirs[i], why, why_bytes);
    if (tried == VSC_OK) {
      memcpy(out, dirs[i], RUNTIME_DIR_BYTES);
      return VSC_OK;
    }
  }
  return tried;
}

/* May members of GROUP go through a folder? */
static bool
lets_through(const struct stat *st, gid_t group)
{
  return st->st_mode & (st->st_gid == group ? S_IXGRP : S_IXOTH);
}

/* Does a folder on the way to PATH stop members of GROUP? PATH is changed and
   restored. */
static bool
is_walled_off(char *path, gid_t group)
{
  bool is_stopped = false;
  for (char *at = strchr(path + 1, '/'); at; at = strchr(at + 1, '/')) {
    struct stat st;
    *at = '\0';
    is_stopped |= stat(path, &st) != 0 || !lets_through(&st, group);
    *at = '/';
  }
  return is_stopped;
}

vsc_status
runtime_dir_share(const struct runtime_places *places,
                  const char *dir,
                  uint32_t group,
                  char *why,
                  size_t why_bytes)
{
  struct stat st;
  char *const real = realpath(dir, NULL);
  const bool is_reachable = real && stat(real, &st) == 0 &&
                            !is_anybodys(places, dir) &&
                            !is_walled_off(real, (gid_t)group);
  free(real);
  if (is_reachable && lets_through(&st, (gid_t)group)) {
    return VSC_OK;
  }
  if (!is_reachable || st.st_uid != places->uid) {
    return refuse(why,
                  why_bytes,
                  dir,
                  "cannot be reached by the members of [device] group; name "
                  "one that can with --runtime-dir");
  }
  /* They see which instances there are: a driver shows one device for each. */
  const mode_t mode = (st.st_mode & 07707) | S_IRGRP | S_IXGRP;
  if (chown(dir, (uid_t)-1, (gid_t)group) || chmod(dir, mode)) {
    snprintf(why,
             why_bytes,
             "cannot open the runtime folder \"%s\" to group %lu: %s",
             dir,
             (unsigned long)group,
             strerror(errno));
    return VSC_ERR_SYSTEM;
  }
  return VSC_OK;
}

vsc_status
runtime_socket_path(const char *dir,
                    const char *instance,
                    char out[RUNTIME_DIR_BYTES])
{
  const int n = snprintf(out, RUNTIME_DIR_BYTES, "%s/%s.sock", dir, instance);
  return n > 0 && n < RUNTIME_DIR_BYTES ? VSC_OK : VSC_ERR_INVALID;
}

vsc_status
runtime_find(const struct runtime_places *places,
             const char *wish,
             const char *instance,
             char dir[RUNTIME_DIR_BYTES],
             char path[RUNTIME_DIR_BYTES],
             char *why,
             size_t why_bytes)
{
  char dirs[RUNTIME_DIRS][RUNTIME_DIR_BYTES];
  const unsigned count = runtime_dirs(places, wish, dirs);
  vsc_status found = VSC_ERR_NOT_FOUND;
  snprintf(why, why_bytes, "no engine runs as instance \"%s\"", instance);
  for (unsigned i = 0; i < count; i++) {
    struct stat st;
    char socket[RUNTIME_DIR_BYTES];
    if (runtime_socket_path(dirs[i], instance, socket) < 0) {
      continue;
    }
    if (lstat(socket, &st)) {
      if (errno == EACCES) {
        refuse(why,
               why_bytes,
               dirs[i],
               "is closed to us; be a member of the group that the engine's "
               "[device] group names");
        found = VSC_ERR_REFUSED;
      }
      continue;
    }
    if (runtime_dir_check(places, dirs[i], why, why_bytes) < 0) {
      found = VSC_ERR_REFUSED;
      continue;
    }
    if (dir) {
      memcpy(dir, dirs[i], RUNTIME_DIR_BYTES);
    }
    memcpy(path, socket, RUNTIME_DIR_BYTES);
    return VSC_OK;
  }
  return found;
}

/* Make every missing folder of PATH, which is changed and restored. */
static bool
make_folders(char *path)
{
  for (char *at = strchr(path + 1, '/');; at = strchr(at + 1, '/')) {
    if (at) {
      *at = '\0';
    }
    const bool is_there =
      mkdir(path, 0700) == 0 || errno == EEXIST || access(path, X_OK) == 0;
    if (!at) {
      return is_there;
    }
    *at = '/';
    if (!is_there) {
      return false;
    }
  }
}

unsigned
state_dirs(const struct runtime_places *places,
           char out[STATE_DIRS][STATE_DIR_BYTES])
{
  unsigned count = 0;
  const char *const bases[] = {
    places->xdg_state_home,
    /* Root of a user namespace may not write there, but has a home. */
    !places->xdg_state_home && places->uid == 0 ? places->var_lib : NULL,
    !places->xdg_state_home ? places->home : NULL,
  };
  for (size_t i = 0; i < sizeof bases / sizeof bases[0]; i++) {
    const char *const rest =
      bases[i] == places->home ? "/.local/state/aes67" : "/aes67";
    if (bases[i] &&
        snprintf(out[count], STATE_DIR_BYTES, "%s%s", bases[i], rest) <
          STATE_DIR_BYTES) {
      count++;
    }
  }
  return count;
}

vsc_status
state_dir_make(const struct runtime_places *places,
               char *out,
               size_t out_bytes,
               char *why,
               size_t why_bytes)
{
  char dirs[STATE_DIRS][STATE_DIR_BYTES];
  const unsigned count = state_dirs(places, dirs);
  snprintf(why, why_bytes, "no folder for saved state; set HOME");
  for (unsigned i = 0; i < count; i++) {
    if (make_folders(dirs[i]) && access(dirs[i], W_OK) == 0) {
      const int n = snprintf(out, out_bytes, "%s", dirs[i]);
      return n >= 0 && (size_t)n < out_bytes ? VSC_OK : VSC_ERR_INVALID;
    }
    snprintf(why,
             why_bytes,
             "cannot use the state folder \"%s\": %s",
             dirs[i],
             strerror(errno));
  }
  return count ? VSC_ERR_SYSTEM : VSC_ERR_NOT_FOUND;
}
