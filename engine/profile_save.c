/* profile_save.c - writes a text so that a crash or a full disk leaves the old
   file or the new one, never a part.
   SPDX-License-Identifier: MIT */
#include "profile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_BYTES 4096

/* What the user can do about ERROR. */
static const char *
next_step(int error)
{
  switch (error) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return "free some space there";
    case EACCES:
    case EPERM:
    case EROFS:
      return "allow writing to that folder";
    case ENOTDIR:
      return "a part of the path is not a folder";
    case EISDIR:
      return "remove the folder of that name";
    default:
      return "try again, or choose another place";
  }
}

static vsc_status
refuse(const char *what, const char *path, char *why, size_t why_bytes)
{
  const int error = errno;
  snprintf(why,
           why_bytes,
           "cannot %s \"%s\": %s; %s",
           what,
           path,
           strerror(error),
           next_step(error));
  return VSC_ERR_SYSTEM;
}

/* Every folder above PATH that is missing, from the outermost on. */
static vsc_status
make_folders(const char *path, char *why, size_t why_bytes)
{
  char folder[PATH_BYTES];
  for (const char *slash = strchr(path + 1, '/'); slash;
       slash = strchr(slash + 1, '/')) {
    memcpy(folder, path, (size_t)(slash - path));
    folder[slash - path] = '\0';
    if (mkdir(folder, 0700) && errno != EEXIST) {
      struct stat st; /* a read-only file system says so first */
      const int error = errno;
      if (stat(folder, &st)) {
        errno = error;
        return refuse("make the folder", folder, why, why_bytes);
      }
    }
  }
  return VSC_OK;
}

static int
write_all(int fd, const char *text)
{
  size_t left = strlen(text);
  while (left) {
    const ssize_t n = write(fd, text, left);
    if (n < 0 && errno != EINTR) {
      return -1;
    }
    text += n > 0 ? n : 0;
    left -= n > 0 ? (size_t)n : 0;
  }
  return 0;
}

/* Everything up to the new file's being whole on the disk. */
static int
fill(int fd, const char *text)
{
  const mode_t mask = umask(022); /* can only be read by setting it */
  umask(mask);
  return fcntl(fd, F_SETFD, FD_CLOEXEC) || write_all(fd, text) ||
             fchmod(fd, 0644 & ~mask) || fsync(fd)
           ? -1
           : 0;
}

/* The rename itself must reach the disk too. */
static int
sync_folder(const char *path)
{
  char folder[PATH_BYTES] = ".";
  const char *const slash = strrchr(path, '/');
  if (slash) {
    const size_t length = slash == path ? 1 : (size_t)(slash - path);
    memcpy(folder, path, length);
    folder[length] = '\0';
  }
  const int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) {
    return -1;
  }
  /* EINVAL: a file system that has no such thing. */
  const int failed = fsync(fd) && errno != EINVAL;
  const int error = errno;
  close(fd);
  errno = error;
  return failed ? -1 : 0;
}

vsc_status
profile_save_text(const char *path,
                  const char *text,
                  char *why,
                  size_t why_bytes)
{
  char temporary[PATH_BYTES];
  const int n = snprintf(temporary, sizeof temporary, "%s.XXXXXX", path);
  if (!*path || n >= (int)sizeof temporary) {
    errno = *path ? ENAMETOOLONG : ENOENT;
    return refuse("save", path, why, why_bytes);
  }
  if (make_folders(path, why, why_bytes) < 0) {
    return VSC_ERR_SYSTEM;
  }
  const int fd = mkstemp(temporary);
  if (fd < 0) {
    return refuse("save", path, why, why_bytes);
  }
  int failed = fill(fd, text);
  int error = errno;
  if (close(fd) && !failed) {
    failed = -1;
    error = errno;
  }
  if (!failed && rename(temporary, path)) {
    failed = -1;
    error = errno;
  }
  if (failed) {
    unlink(temporary);
    errno = error;
    return refuse("save", path, why, why_bytes);
  }
  return sync_folder(path) ? refuse("be sure of", path, why, why_bytes)
                           : VSC_OK;
}
