/* replay.c - runs a fuzz target over files or folders once, without libFuzzer.
   SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
replay(const char *path)
{
  struct stat st;
  if (stat(path, &st)) {
    fprintf(stderr, "no such seed \"%s\"\n", path);
    return 1;
  }
  if (S_ISDIR(st.st_mode)) {
    DIR *const folder = opendir(path);
    int failed = folder == NULL;
    for (struct dirent *e; folder && (e = readdir(folder));) {
      char inner[4096];
      if (e->d_name[0] != '.' &&
          snprintf(inner, sizeof inner, "%s/%s", path, e->d_name) <
            (int)sizeof inner) {
        failed |= replay(inner);
      }
    }
    if (folder) {
      closedir(folder);
    }
    return failed;
  }
  FILE *const file = fopen(path, "rb");
  uint8_t *const bytes = malloc(st.st_size > 0 ? (size_t)st.st_size : 1);
  const size_t size =
    file && bytes ? fread(bytes, 1, (size_t)st.st_size, file) : 0;
  LLVMFuzzerTestOneInput(bytes, size);
  free(bytes);
  return file ? fclose(file) : 1;
}

int
main(int argc, char **argv)
{
  int failed = argc < 2;
  for (int i = 1; i < argc; i++) {
    failed |= replay(argv[i]);
  }
  return failed;
}
