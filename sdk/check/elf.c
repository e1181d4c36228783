/* elf.c - section headers and symbols (System V gABI, chapters 4 and 5).
   Offsets in the file are hostile: each is checked before it is followed.
   SPDX-License-Identifier: MIT */
#include "elf.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define HEADER_BYTES 64
#define SECTION_BYTES 64
#define SYMBOL_BYTES 24
#define SECTIONS_MAX 4096
#define SYMBOLS_MAX 1000000
#define TYPE_SYMTAB 2
#define FLAG_WRITE 1
#define SYMBOL_OBJECT 1
#define SYMBOL_TLS 6

struct elf {
  const uint8_t *file;
  size_t bytes;
  bool is_big;
  uint64_t sections; /* offset of the first header */
  uint32_t section_count;
  uint32_t names; /* index of the section with sections' names */
};

struct section {
  uint32_t name, type, link;
  uint64_t flags, offset, bytes;
};

/* WIDTH bytes at OFFSET, which the caller has checked. */
static uint64_t
number(const struct elf *e, uint64_t offset, unsigned width)
{
  uint64_t n = 0;
  for (unsigned i = 0; i < width; i++) {
    n = n << 8 | e->file[offset + (e->is_big ? i : width - 1 - i)];
  }
  return n;
}

static bool
is_inside(const struct elf *e, uint64_t offset, uint64_t length)
{
  return offset <= e->bytes && length <= e->bytes - offset;
}

static bool
elf_read(struct elf *e, const uint8_t *file, size_t bytes)
{
  static const uint8_t magic[5] = { 0x7f, 'E', 'L', 'F', 2 /* 64 bits */ };
  *e = (struct elf){ .file = file, .bytes = bytes };
  if (bytes < HEADER_BYTES || memcmp(file, magic, sizeof magic) != 0) {
    return false;
  }
  e->is_big = file[5] == 2;
  e->sections = number(e, 40, 8);
  e->section_count = (uint32_t)number(e, 60, 2);
  e->names = (uint32_t)number(e, 62, 2);
  return number(e, 58, 2) == SECTION_BYTES &&
         e->section_count <= SECTIONS_MAX && e->names < e->section_count &&
         is_inside(e, e->sections, (uint64_t)e->section_count * SECTION_BYTES);
}

static struct section
section_at(const struct elf *e, uint32_t index)
{
  const uint64_t at = e->sections + (uint64_t)index * SECTION_BYTES;
  return (struct section){
    .name = (uint32_t)number(e, at, 4),
    .type = (uint32_t)number(e, at + 4, 4),
    .flags = number(e, at + 8, 8),
    .offset = number(e, at + 24, 8),
    .bytes = number(e, at + 32, 8),
    .link = (uint32_t)number(e, at + 40, 4),
  };
}

/* The string at OFFSET in section INDEX, or "". */
static const char *
text_at(const struct elf *e, uint32_t index, uint32_t offset)
{
  if (index >= e->section_count) {
    return "";
  }
  const struct section s = section_at(e, index);
  if (!is_inside(e, s.offset, s.bytes) || offset >= s.bytes) {
    return "";
  }
  const char *const text = (const char *)e->file + s.offset + offset;
  return memchr(text, 0, s.bytes - offset) ? text : "";
}

/* Constants with addresses in them are written once by the dynamic linker and
   then read-only: .data.rel.ro and the like are no variables. */
static bool
is_variable_section(const struct elf *e, uint64_t index)
{
  if (index == 0 || index >= e->section_count) {
    return false;
  }
  const struct section s = section_at(e, (uint32_t)index);
  const char *const name = text_at(e, e->names, s.name);
  return s.flags & FLAG_WRITE &&
         (strcmp(name, ".data") == 0 || strcmp(name, ".bss") == 0 ||
          strcmp(name, ".tdata") == 0 || strcmp(name, ".tbss") == 0);
}

/* The compiler's start-up code, sanitizers and coverage have some. */
static bool
is_compilers(const char *name)
{
  return name[0] == '\0' || strncmp(name, "__", 2) == 0 ||
         strncmp(name, "completed.", 10) == 0 ||
         strncmp(name, "_DYNAMIC", 8) == 0;
}

static int64_t
add_symbols(const struct elf *e,
            const struct section *table,
            char *out,
            size_t out_bytes)
{
  uint64_t found = 0;
  if (!is_inside(e, table->offset, table->bytes)) {
    return VSC_ERR_MALFORMED;
  }
  for (uint64_t i = 0; i < table->bytes / SYMBOL_BYTES && i < SYMBOLS_MAX;
       i++) {
    const uint64_t at = table->offset + i * SYMBOL_BYTES;
    const unsigned type = e->file[at + 4] & 15u;
    const uint64_t size = number(e, at + 16, 8);
    const char *const name =
      text_at(e, table->link, (uint32_t)number(e, at, 4));
    if ((type != SYMBOL_OBJECT && type != SYMBOL_TLS) || size == 0 ||
        is_compilers(name) || !is_variable_section(e, number(e, at + 6, 2))) {
      continue;
    }
    const size_t used = strlen(out);
    snprintf(out + used, out_bytes - used, "%s%s", used ? ", " : "", name);
    found += size < UINT32_MAX ? size : UINT32_MAX;
  }
  return (int64_t)found;
}

int64_t
elf_own_data(const uint8_t *file, size_t bytes, char *out, size_t out_bytes)
{
  struct elf e;
  out[0] = '\0';
  if (!elf_read(&e, file, bytes)) {
    return VSC_ERR_UNSUPPORTED;
  }
  for (uint32_t i = 0; i < e.section_count; i++) {
    const struct section s = section_at(&e, i);
    if (s.type == TYPE_SYMTAB) {
      return add_symbols(&e, &s, out, out_bytes);
    }
  }
  return VSC_ERR_UNSUPPORTED;
}
