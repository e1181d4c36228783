/* elf.h - which variables of a shared object all its instances share: the bytes
   of a 64-bit ELF file, whatever system this is.
   SPDX-License-Identifier: MIT */
#ifndef VSC_CHECK_ELF_H
#define VSC_CHECK_ELF_H

#include <vsc/base.h>

/** Bytes of writable variables that are not the compiler's own; their names,
    with commas, in OUT. VSC_ERR_UNSUPPORTED: not ELF, or no symbol table;
    VSC_ERR_MALFORMED. */
int64_t
elf_own_data(const uint8_t *file, size_t bytes, char *out, size_t out_bytes);

#endif
