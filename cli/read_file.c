/* read_file.c - a whole file, or standard input, that is not too long.
   SPDX-License-Identifier: MIT */
#include "read_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int
read_file(const struct cli *cli,
          const char *path,
          size_t max,
          char **out,
          size_t *out_bytes)
{
  const bool is_stdin = strcmp(path, "-") == 0;
  FILE *const file = is_stdin ? stdin : fopen(path, "rb");
  if (!file) {
    return cli_fail(cli,
                    errno == ENOENT ? CLI_NOT_FOUND : CLI_FAILED,
                    "cannot read \"%s\": %s",
                    path,
                    strerror(errno));
  }
  char *const bytes = malloc(max + 2);
  const size_t count = bytes ? fread(bytes, 1, max + 1, file) : 0;
  const bool has_failed = !bytes || ferror(file);
  const int cause = errno;
  if (!is_stdin) {
    fclose(file);
  }
  if (has_failed || count > max) {
    free(bytes);
    return has_failed
             ? cli_fail(cli,
                        CLI_FAILED,
                        "cannot read \"%s\": %s",
                        path,
                        strerror(cause))
             : cli_fail(
                 cli, CLI_FAILED, "\"%s\" is longer than %zu bytes", path, max);
  }
  bytes[count] = '\0';
  *out = bytes;
  *out_bytes = count;
  return CLI_OK;
}

bool
read_file_is_named(const char *name)
{
  const size_t n = strlen(name);
  const bool is_path = name[0] == '/' || strncmp(name, "./", 2) == 0 ||
                       strncmp(name, "../", 3) == 0;
  return strcmp(name, "-") == 0 || is_path ||
         (n > 4 && strcmp(name + n - 4, ".sdp") == 0) ||
         (strchr(name, '/') && access(name, F_OK) == 0);
}
