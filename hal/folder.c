/* folder.c - lists and checks runtime folders, and who has run there.
   SPDX-License-Identifier: MIT */
#include "folder.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "platform.h"

/* The folder of last resort, where anybody could have put something. */
static void
temporary_folder(char out[FOLDER_BYTES])
{
  snprintf(out, FOLDER_BYTES, "/tmp/aes67-%lu", (unsigned long)geteuid());
}

static bool
is_set(const char *text)
{
  return text && *text != '\0';
}

unsigned
folder_candidates(const char *wish, char out[FOLDERS][FOLDER_BYTES])
{
  const char *const only = is_set(wish) ? wish : getenv("AES67_RUNTIME_DIR");
  if (is_set(only)) {
    return snprintf(out[0], FOLDER_BYTES, "%s", only) < FOLDER_BYTES ? 1 : 0;
  }
  unsigned count = 0;
  const char *const xdg = getenv("XDG_RUNTIME_DIR");
  if (is_set(xdg) &&
      snprintf(out[count], FOLDER_BYTES, "%s/aes67", xdg) < FOLDER_BYTES) {
    count++;
  }
  snprintf(out[count++], FOLDER_BYTES, "%s/aes67", platform_run_folder());
  temporary_folder(out[count++]);
  return count;
}

vsc_status
folder_check(const char *dir, uint32_t *owner, char *why, size_t why_bytes)
{
  char temporary[FOLDER_BYTES];
  temporary_folder(temporary);
  const bool must_be_private = strcmp(dir, temporary) == 0;
  struct stat st;
  if (must_be_private ? lstat(dir, &st) : stat(dir, &st)) {
    const int error = errno;
    snprintf(why,
             why_bytes,
             "cannot use runtime folder \"%s\": %s",
             dir,
             strerror(error));
    return error == ENOENT ? VSC_ERR_NOT_FOUND : VSC_ERR_REFUSED;
  }
  *owner = (uint32_t)st.st_uid;
  const char *wrong = NULL;
  if (!S_ISDIR(st.st_mode)) {
    wrong = "it is not a folder";
  } else if (must_be_private &&
             (st.st_uid != geteuid() || (st.st_mode & 0077))) {
    wrong = "it must be yours and 0700, remove it";
  } else if (st.st_mode & S_IWOTH) {
    wrong = "everybody can write to it, chmod o-w";
  }
  if (wrong) {
    snprintf(
      why, why_bytes, "cannot use runtime folder \"%s\": %s", dir, wrong);
    return VSC_ERR_REFUSED;
  }
  return VSC_OK;
}

bool
folder_instance_ok(const char *instance)
{
  static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "0123456789._-";
  const size_t length = strlen(instance);
  return length > 0 && length <= FOLDER_INSTANCE_MAX && instance[0] != '.' &&
         strspn(instance, allowed) == length;
}

void
folder_list(const char *dir,
            void (*tell)(void *arg, const char *instance),
            void *arg)
{
  DIR *const folder = opendir(dir);
  for (struct dirent *e; folder && (e = readdir(folder));) {
    char name[FOLDER_INSTANCE_MAX + sizeof FOLDER_LOCK];
    const int length = snprintf(name, sizeof name, "%s", e->d_name);
    char *const end = strrchr(name, '.');
    if (length < (int)sizeof name && end && strcmp(end, FOLDER_LOCK) == 0) {
      *end = '\0';
      if (folder_instance_ok(name)) {
        tell(arg, name);
      }
    }
  }
  if (folder) {
    closedir(folder);
  }
}
