/* code_linux.c - what is mapped of a program, as its loader knows it.
   SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "code.h"

#include <link.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* The kernel's word for it is younger than some kernels; there, as much as we
   may lock. */
static void
prefault(void *from, size_t bytes)
{
  if (madvise(from, bytes, MADV_POPULATE_READ) && mlock(from, bytes) == 0) {
    munlock(from, bytes);
  }
}

static int
prefault_object(struct dl_phdr_info *info, size_t size, void *arg)
{
  const char *const path = arg;
  (void)size;
  const int is_ours =
    info->dlpi_name[0] == '\0' || (path && strcmp(info->dlpi_name, path) == 0);
  const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
  for (int i = 0; i < info->dlpi_phnum; i++) {
    const ElfW(Phdr) *const p = &info->dlpi_phdr[i];
    if (p->p_type == PT_LOAD && p->p_flags & PF_R) {
      const uintptr_t at = (uintptr_t)info->dlpi_addr + p->p_vaddr;
      void *const from = (void *)(at - at % page);
      const size_t bytes = p->p_memsz + at % page;
      if (!is_ours || mlock(from, bytes)) {
        prefault(from, bytes);
      }
    }
  }
  return 0;
}

void
code_prefault(const char *path)
{
  dl_iterate_phdr(prefault_object, (void *)(uintptr_t)path);
}
