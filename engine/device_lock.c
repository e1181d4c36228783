/* device_lock.c - takes the lock file of an instance.
   SPDX-License-Identifier: MIT */
#include "device_lock.h"

#include "hal/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

static vsc_status
already_locked(int fd, const char *instance, char *why, size_t why_bytes)
{
  char text[24] = "";
  const ssize_t length = read(fd, text, sizeof text - 1);
  const long pid = length > 0 ? strtol(text, NULL, 10) : 0;
  snprintf(why,
           why_bytes,
           "another engine (pid %ld) runs as instance \"%s\": stop it, or give "
           "this one another --instance",
           pid,
           instance);
  return VSC_ERR_REFUSED;
}

vsc_status
device_lock(const char *runtime_dir,
            const char *instance,
            int *out,
            char *why,
            size_t why_bytes)
{
  char path[512];
  *out = -1;
  if (*instance == '\0' || *instance == '.' || strchr(instance, '/') ||
      snprintf(path, sizeof path, "%s/%s" FOLDER_LOCK, runtime_dir, instance) >=
        (int)sizeof path) {
    snprintf(why, why_bytes, "\"%s\" cannot be an instance's name", instance);
    return VSC_ERR_INVALID;
  }
  const int fd =
    open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, (mode_t)0600);
  if (fd < 0) {
    snprintf(why,
             why_bytes,
             "cannot open lock file \"%s\": %s",
             path,
             strerror(errno));
    return VSC_ERR_SYSTEM;
  }
  if (flock(fd, LOCK_EX | LOCK_NB)) {
    const vsc_status status = already_locked(fd, instance, why, why_bytes);
    close(fd);
    return status;
  }
  char text[24];
  const int length = snprintf(text, sizeof text, "%ld\n", (long)getpid());
  /* The pid is for people; the lock holds without it. */
  if (ftruncate(fd, 0) == 0) {
    (void)!pwrite(fd, text, (size_t)length, 0);
  }
  *out = fd;
  return VSC_OK;
}

void
device_unlock(int lock)
{
  if (lock >= 0) {
    close(lock);
  }
}
