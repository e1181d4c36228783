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

/* What is looked at: the program, or a module and what was loaded for it. */
struct search {
  const char *path;
  int has_come; /* by the module */
};

/* The libraries that code of ours and of the modules runs in on the audio
   thread, whoever loaded them. All others of the program are for files, cards
   and messages: megabytes that would be resident for nothing. */
static int
is_called(const char *name)
{
  static const char *const called[] = { "/libc.", "/libm.", "/ld-", "vdso" };
  for (unsigned i = 0; i < sizeof called / sizeof *called; i++) {
    if (strstr(name, called[i])) {
      return 1;
    }
  }
  return 0;
}

static int
prefault_object(struct dl_phdr_info *info, size_t size, void *arg)
{
  struct search *const search = arg;
  (void)size;
  const int is_ours = search->path ? strcmp(info->dlpi_name, search->path) == 0
                                   : info->dlpi_name[0] == '\0';
  /* They come in the order in which they were loaded. */
  search->has_come |= search->path && is_ours;
  if (!is_ours && !search->has_come &&
      (search->path || !is_called(info->dlpi_name))) {
    return 0;
  }
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
  struct search search = { .path = path };
  dl_iterate_phdr(prefault_object, &search);
}
