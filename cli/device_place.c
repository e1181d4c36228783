/* device_place.c - writes and removes files in somebody's configuration.
   SPDX-License-Identifier: MIT */
#include "device_place.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The first line of a file is how we know it again; then the folders that were
   made for it, the outermost first. */
#define MARK "# written by aes67 device install; changes here are lost\n"
#define FOLDER "# with the folder "
#define FOLDERS_MAX 8
#define FILE_BYTES 65536

struct folders {
  char path[FOLDERS_MAX][PLACE_BYTES];
  unsigned count;
};

/* The regular file at PATH, NUL-terminated; NULL when there is none, or it is
   too long to be ours. The caller frees. */
static char *
load(const char *path)
{
  struct stat st;
  if (lstat(path, &st) || !S_ISREG(st.st_mode) || st.st_size >= FILE_BYTES) {
    return NULL;
  }
  char *const text = calloc(1, FILE_BYTES);
  FILE *const file = text ? fopen(path, "rb") : NULL;
  if (!file) {
    free(text);
    return NULL;
  }
  text[fread(text, 1, FILE_BYTES - 1, file)] = '\0';
  fclose(file);
  return text;
}

enum place_state
place_state(const char *path)
{
  struct stat st;
  if (lstat(path, &st)) {
    return errno == ENOENT || errno == ENOTDIR ? PLACE_FREE : PLACE_TAKEN;
  }
  char *const text = load(path);
  const bool is_ours = text && strncmp(text, MARK, strlen(MARK)) == 0;
  free(text);
  return is_ours ? PLACE_OURS : PLACE_TAKEN;
}

/* Those that TEXT, one of ours, says were made for it. */
static void
read_folders(const char *text, struct folders *out)
{
  const char *line = text + strlen(MARK);
  out->count = 0;
  while (strncmp(line, FOLDER, strlen(FOLDER)) == 0 &&
         out->count < FOLDERS_MAX) {
    line += strlen(FOLDER);
    const size_t n = strcspn(line, "\n");
    if (n < PLACE_BYTES) {
      memcpy(out->path[out->count], line, n);
      out->path[out->count++][n] = '\0';
    }
    line += n + (line[n] == '\n');
  }
}

/* The folders above PATH; those that were not there are added to OUT. */
static int
make_folders(const struct cli *cli, const char *path, struct folders *out)
{
  char folder[PLACE_BYTES];
  for (const char *slash = strchr(path + 1, '/'); slash;
       slash = strchr(slash + 1, '/')) {
    snprintf(folder, sizeof folder, "%.*s", (int)(slash - path), path);
    if (mkdir(folder, 0755) == 0) {
      if (out->count < FOLDERS_MAX) {
        memcpy(out->path[out->count++], folder, sizeof folder);
      }
    } else if (errno != EEXIST) {
      return cli_fail(cli,
                      CLI_FAILED,
                      "cannot make the folder \"%s\": %s",
                      folder,
                      strerror(errno));
    }
  }
  return CLI_OK;
}

/* All or nothing: a new file takes the old one's name. */
static int
store(const struct cli *cli,
      const char *path,
      const struct folders *folders,
      const char *text)
{
  char next[PLACE_BYTES + 8];
  snprintf(next, sizeof next, "%s.aes67", path);
  if (place_state(next) == PLACE_OURS) {
    (void)unlink(next); /* from a time when it was killed */
  }
  const int fd =
    open(next, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
  FILE *const file = fd >= 0 ? fdopen(fd, "wb") : NULL;
  bool is_written = file != NULL;
  if (file) {
    fputs(MARK, file);
    for (unsigned i = 0; i < folders->count; i++) {
      fprintf(file, FOLDER "%s\n", folders->path[i]);
    }
    fputs(text, file);
    is_written = !fflush(file) && !ferror(file) && !fsync(fd);
    is_written = !fclose(file) && is_written;
  }
  if (!is_written || rename(next, path)) {
    const int error = errno;
    if (fd >= 0) {
      (void)unlink(next);
    }
    return cli_fail(
      cli, CLI_FAILED, "cannot write \"%s\": %s", path, strerror(error));
  }
  return CLI_OK;
}

static void
report(const struct cli *cli, const char *word, const char *path)
{
  char clean[PLACE_BYTES * 4];
  fprintf(cli->out, "%s %s\n", word, cli_clean(path, clean, sizeof clean));
}

int
place_put(const struct cli *cli, const char *path, const char *text)
{
  struct folders folders = { .count = 0 };
  const enum place_state state = place_state(path);
  if (state == PLACE_TAKEN) {
    return cli_fail(
      cli, CLI_FAILED, "\"%s\" is there and not ours: it stays as it is", path);
  }
  char *const old = state == PLACE_OURS ? load(path) : NULL;
  if (old) {
    read_folders(old, &folders);
    const char *rest = old + strlen(MARK);
    while (strncmp(rest, FOLDER, strlen(FOLDER)) == 0) {
      rest = strchr(rest, '\n');
      rest = rest ? rest + 1 : "";
    }
    const bool is_same = strcmp(rest, text) == 0;
    free(old);
    if (is_same) {
      report(cli, "unchanged", path);
      return CLI_OK;
    }
  }
  int code = make_folders(cli, path, &folders);
  if (code == CLI_OK) {
    code = store(cli, path, &folders, text);
  }
  if (code == CLI_OK) {
    report(cli, "wrote", path);
  }
  return code;
}

/* What systemctl enable made beside the unit PATH: FOLDER/SOMETHING.wants/NAME.
   Only links to PATH. */
static void
take_links(const struct cli *cli, const char *path)
{
  const char *const name = strrchr(path, '/') + 1;
  char folder[PLACE_BYTES];
  snprintf(folder, sizeof folder, "%.*s", (int)(name - 1 - path), path);
  DIR *const dir = opendir(folder);
  const struct dirent *entry;
  while (dir && (entry = readdir(dir))) {
    const char *const dot = strrchr(entry->d_name, '.');
    char wants[PLACE_BYTES * 2];
    char link[PLACE_BYTES * 3];
    char target[PLACE_BYTES] = "";
    if (!dot || strcmp(dot, ".wants") != 0) {
      continue;
    }
    snprintf(wants, sizeof wants, "%s/%s", folder, entry->d_name);
    snprintf(link, sizeof link, "%s/%s", wants, name);
    const ssize_t n = readlink(link, target, sizeof target - 1);
    if (n > 0 && strcmp(target, path) == 0 && unlink(link) == 0) {
      report(cli, "removed", link);
      (void)rmdir(wants); /* unless there is more in it */
    }
  }
  if (dir) {
    closedir(dir);
  }
}

int
place_take(const struct cli *cli, const char *path, unsigned *taken)
{
  struct folders folders = { .count = 0 };
  if (place_state(path) != PLACE_OURS) {
    return CLI_OK;
  }
  char *const text = load(path);
  if (text) {
    read_folders(text, &folders);
    free(text);
  }
  if (unlink(path)) {
    return cli_fail(
      cli, CLI_FAILED, "cannot remove \"%s\": %s", path, strerror(errno));
  }
  report(cli, "removed", path);
  ++*taken;
  take_links(cli, path);
  while (folders.count > 0) {
    (void)rmdir(folders.path[--folders.count]); /* unless somebody uses it */
  }
  return CLI_OK;
}
