/* fuzz_elf.c - the reader of a module file's symbols.
   SPDX-License-Identifier: MIT */
#include "sdk/check/elf.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  char names[64];
  elf_own_data(data, size, names, sizeof names);
  return 0;
}
