/* many.c - runs a fuzz target over damaged copies of the seeds in the folders
   that it is given, without libFuzzer: 10,000, or a million where VSC_LONG is
   set; memory does not grow. VSC_SEED=N begins elsewhere.
   SPDX-License-Identifier: MIT */
#include "modules/shared/splitmix.h"
#include "tests/fuzz/mutate.h"

#include <dirent.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#define SEEDS 64
#define SEED_BYTES 4096
#define WARM 1000       /* inputs, until everything was touched once */
#define GROWTH_KB 1024L /* of the program, not of what it is tested with */

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t seeds[SEEDS][SEED_BYTES];
static size_t sizes[SEEDS], count;
static uint64_t at;

/* Which one it was, for VSC_SEED. */
static void
tell(int number)
{
  fprintf(
    stderr, "signal %d at VSC_SEED=%llu\n", number, (unsigned long long)at);
  _Exit(1);
}

static void
read_folder(const char *path)
{
  DIR *const folder = opendir(path);
  for (struct dirent *e; folder && count < SEEDS && (e = readdir(folder));) {
    char name[4096];
    snprintf(name, sizeof name, "%s/%s", path, e->d_name);
    FILE *const file = e->d_name[0] == '.' ? NULL : fopen(name, "rb");
    if (file) {
      sizes[count] = fread(seeds[count], 1, SEED_BYTES, file);
      count += sizes[count] > 0;
      fclose(file);
    }
  }
  if (folder) {
    closedir(folder);
  }
}

static long
memory_kb(void)
{
  struct rusage usage;
  return getrusage(RUSAGE_SELF, &usage) ? 0 : usage.ru_maxrss;
}

int
main(int argc, char **argv)
{
  const char *const seed = getenv("VSC_SEED");
  const uint64_t first = seed ? strtoull(seed, NULL, 10) : 1;
  const uint64_t inputs = getenv("VSC_LONG") ? 1000000 : 10000;
  long before = 0;
  for (int i = 1; i < argc; i++) {
    read_folder(argv[i]);
  }
  if (count == 0) {
    fprintf(stderr, "no seeds\n");
    return 1;
  }
  signal(SIGABRT, tell);
  signal(SIGSEGV, tell);
  for (uint64_t i = 0; i < inputs; i++) {
    at = first + i;
    uint64_t state = at * UINT64_C(0xD1342543DE82EF95);
    const size_t n = (size_t)(splitmix64(&state) % count);
    uint8_t bytes[2 * SEED_BYTES];
    memcpy(bytes, seeds[n], sizes[n]);
    LLVMFuzzerTestOneInput(bytes,
                           mutate(bytes, sizes[n], sizeof bytes, &state));
    before = i == WARM ? memory_kb() : before;
  }
  printf("%llu inputs of %zu seeds, %ld kB more than at first\n",
         (unsigned long long)inputs,
         count,
         memory_kb() - before);
  return memory_kb() - before > GROWTH_KB;
}
