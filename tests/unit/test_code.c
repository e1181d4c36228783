/* test_code.c - every page of the program is there before the audio thread
   runs. SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>

#include "engine/os/code.h"

#include <dlfcn.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <vsc/module.h>

/* KiB of the mapping that holds WHERE, or of what of it has a page. */
static unsigned long
kilobytes(const void *where, const char *key)
{
  const uint64_t at = (uint64_t)(uintptr_t)where;
  unsigned long value = 0;
  bool is_here = false;
  char line[512];
  FILE *const file = fopen("/proc/self/smaps", "r");
  cr_assert(file);
  while (fgets(line, sizeof line, file)) {
    uint64_t from, to;
    if (sscanf(line, "%" SCNx64 "-%" SCNx64, &from, &to) == 2) {
      is_here = at >= from && at < to;
    } else if (is_here && strncmp(line, key, strlen(key)) == 0) {
      value = strtoul(line + strlen(key), NULL, 10);
    }
  }
  fclose(file);
  return value;
}

static void
expect_all(const void *where)
{
  const unsigned long size = kilobytes(where, "Size:");
  cr_expect_gt(size, 0);
  cr_expect_eq(kilobytes(where, "Rss:"), size);
}

Test(code, is_there_after_prefault)
{
  code_prefault(NULL);
  /* Of this program, and of the C library. */
  expect_all((const void *)(uintptr_t)kilobytes);
  expect_all((const void *)(uintptr_t)strtoul);
}

Test(code, of_a_module_is_there_with_its_library)
{
  const char *const path = VSC_MODULES "/resampler-samplerate.so";
  void *const module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  cr_assert(module, "%s", dlerror());
  code_prefault(path);
  expect_all(dlsym(module, VSC_MODULE_SYMBOL));
  expect_all(dlsym(module, "src_process"));
  dlclose(module);
}

Test(code, of_libraries_that_the_audio_thread_never_calls_is_not)
{
  void *const files = dlopen("libsndfile.so.1", RTLD_NOW | RTLD_LOCAL);
  cr_assert(files, "%s", dlerror());
  const void *const place = dlsym(files, "sf_open");
  code_prefault(NULL);
  cr_expect_lt(kilobytes(place, "Rss:"), kilobytes(place, "Size:"));
  dlclose(files);
}
