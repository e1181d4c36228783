/* macho.c - see macho.h. lld writes LC_DYLD_INFO_ONLY: opcodes that say where
   pointers are to be moved and where imports belong.
   SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "macho.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#if defined(__x86_64__)
#define CPU 0x01000007u
#else
#define CPU 0x0100000cu
#endif
#define SEGMENTS 8

enum { LC_SEGMENT_64 = 0x19, LC_DYLD_INFO_ONLY = (int)0x80000022 };
enum { PROTECT_R = 1, PROTECT_W = 2, PROTECT_X = 4 };

struct segment_command {
  uint32_t cmd, cmdsize;
  char name[16];
  uint64_t vmaddr, vmsize, fileoff, filesize;
  uint32_t maxprot, initprot, nsects, flags;
};

struct dyld_info_command {
  uint32_t cmd, cmdsize;
  uint32_t rebase_off, rebase_size, bind_off, bind_size;
  uint32_t weak_off, weak_size, lazy_off, lazy_size;
  uint32_t export_off, export_size;
};

struct image {
  const uint8_t *file;
  uint8_t *base;
  size_t bytes;
  struct segment_command segments[SEGMENTS];
  unsigned count;
  struct dyld_info_command info;
};

static void
give_up(const char *what, const char *name)
{
  fprintf(stderr, "macho: %s %s\n", what, name);
  exit(1);
}

static uint32_t
be32(const uint8_t *p)
{
  return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 |
         p[3];
}

static uint64_t
uleb(const uint8_t **at)
{
  uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    const uint8_t byte = *(*at)++;
    value |= (uint64_t)(byte & 0x7f) << shift;
    if (!(byte & 0x80)) {
      break;
    }
  }
  return value;
}

/* The slice of CPU in a universal file, or the file itself. */
static const uint8_t *
slice(const uint8_t *file)
{
  if (be32(file) != 0xcafebabe) {
    return file;
  }
  for (uint32_t i = 0; i < be32(file + 4); i++) {
    const uint8_t *const arch = file + 8 + 20 * (size_t)i;
    if (be32(arch) == CPU) {
      return file + be32(arch + 8);
    }
  }
  give_up("no slice for this processor in", "the bundle");
  return NULL;
}

static void
read_commands(struct image *m)
{
  uint32_t header[8];
  memcpy(header, m->file, sizeof header);
  if (header[0] != 0xfeedfacf || header[1] != CPU || header[3] != 8) {
    give_up("not a 64-bit bundle:", "its header");
  }
  const uint8_t *at = m->file + sizeof header;
  for (uint32_t i = 0; i < header[4]; i++) {
    uint32_t command[2];
    memcpy(command, at, sizeof command);
    if (command[0] == LC_SEGMENT_64) {
      if (m->count == SEGMENTS) {
        give_up("too many", "segments");
      }
      memcpy(&m->segments[m->count++], at, sizeof m->segments[0]);
    } else if (command[0] == (uint32_t)LC_DYLD_INFO_ONLY) {
      memcpy(&m->info, at, sizeof m->info);
    }
    at += command[1];
  }
}

/* A bundle begins at address 0; it may lie anywhere. */
static void
map(struct image *m)
{
  for (unsigned i = 0; i < m->count; i++) {
    const struct segment_command *const s = &m->segments[i];
    const size_t end = s->vmaddr + s->vmsize;
    m->bytes = end > m->bytes ? end : m->bytes;
  }
  m->base = mmap(
    NULL, m->bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (m->base == MAP_FAILED) {
    give_up("no memory for", "the bundle");
  }
  for (unsigned i = 0; i < m->count; i++) {
    const struct segment_command *const s = &m->segments[i];
    memcpy(m->base + s->vmaddr, m->file + s->fileoff, s->filesize);
  }
}

static void
protect(const struct image *m)
{
  for (unsigned i = 0; i < m->count; i++) {
    const struct segment_command *const s = &m->segments[i];
    const int protection = (s->initprot & PROTECT_R ? PROT_READ : 0) |
                           (s->initprot & PROTECT_W ? PROT_WRITE : 0) |
                           (s->initprot & PROTECT_X ? PROT_EXEC : 0);
    if (s->vmsize && mprotect(m->base + s->vmaddr, s->vmsize, protection)) {
      give_up("cannot protect", s->name);
    }
  }
  __builtin___clear_cache((char *)m->base, (char *)m->base + m->bytes);
}

static void
slide(const struct image *m, uint64_t at)
{
  uint64_t word;
  memcpy(&word, m->base + at, sizeof word);
  word += (uint64_t)(uintptr_t)m->base;
  memcpy(m->base + at, &word, sizeof word);
}

static void
rebase(const struct image *m)
{
  const uint8_t *p = m->file + m->info.rebase_off;
  const uint8_t *const end = p + m->info.rebase_size;
  uint64_t at = 0;
  while (p < end) {
    const uint8_t op = *p & 0xf0, low = *p & 0x0f;
    uint64_t count = 1, skip = 0;
    p++;
    switch (op) {
      case 0x00: /* DONE */
        return;
      case 0x10: /* SET_TYPE: a pointer */
        continue;
      case 0x20: /* SET_SEGMENT_AND_OFFSET */
        at = m->segments[low].vmaddr + uleb(&p);
        continue;
      case 0x30: /* ADD_ADDR */
        at += uleb(&p);
        continue;
      case 0x40: /* ADD_ADDR_SCALED */
        at += 8u * low;
        continue;
      case 0x50: /* DO, so often */
        count = low;
        break;
      case 0x60: /* the same, ULEB */
        count = uleb(&p);
        break;
      case 0x70: /* DO, ADD_ADDR */
        skip = uleb(&p);
        break;
      case 0x80: /* DO, so often, skipping */
        count = uleb(&p);
        skip = uleb(&p);
        break;
      default:
        give_up("unknown opcode of", "the rebase table");
    }
    for (; count; count--) {
      slide(m, at);
      at += 8 + skip;
    }
  }
}

static void
put(const struct image *m, uint64_t at, const char *name, macho_resolve *find)
{
  void *const to = find(name);
  if (!to) {
    give_up("nothing to bind to:", name);
  }
  memcpy(m->base + at, &to, sizeof to);
}

/* Lazy ones have a DONE after each. */
static void
bind_all(const struct image *m,
         uint32_t offset,
         uint32_t bytes,
         macho_resolve *find)
{
  const uint8_t *p = m->file + offset;
  const uint8_t *const end = p + bytes;
  const char *name = "";
  uint64_t at = 0, count, skip;
  while (p < end) {
    const uint8_t op = *p & 0xf0, low = *p & 0x0f;
    p++;
    switch (op) {
      case 0x00: /* DONE */
      case 0x10: /* SET_DYLIB_ORDINAL */
      case 0x30: /* SET_DYLIB_SPECIAL */
      case 0x50: /* SET_TYPE */
        break;
      case 0x20: /* SET_DYLIB_ORDINAL, ULEB */
        (void)uleb(&p);
        break;
      case 0x40: /* SET_SYMBOL */
        name = (const char *)p;
        p += strlen(name) + 1;
        break;
      case 0x70: /* SET_SEGMENT_AND_OFFSET */
        at = m->segments[low].vmaddr + uleb(&p);
        break;
      case 0x80: /* ADD_ADDR */
        at += uleb(&p);
        break;
      case 0x90: /* DO */
        put(m, at, name, find);
        at += 8;
        break;
      case 0xa0: /* DO, ADD_ADDR */
        put(m, at, name, find);
        at += 8 + uleb(&p);
        break;
      case 0xb0: /* DO, ADD_ADDR_SCALED */
        put(m, at, name, find);
        at += 8 + 8u * low;
        break;
      case 0xc0: /* DO, so often, skipping */
        count = uleb(&p);
        skip = uleb(&p);
        for (; count; count--) {
          put(m, at, name, find);
          at += 8 + skip;
        }
        break;
      default:
        give_up("unknown opcode of", "the bind table");
    }
  }
}

void
macho_load(const char *path, macho_resolve *resolve, struct macho *out)
{
  struct stat st;
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0 || fstat(fd, &st)) {
    give_up("cannot open", path);
  }
  const uint8_t *const file =
    mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
  close(fd);
  if (file == MAP_FAILED) {
    give_up("cannot map", path);
  }
  struct image m = { .file = slice(file) };
  read_commands(&m);
  map(&m);
  rebase(&m);
  bind_all(&m, m.info.bind_off, m.info.bind_size, resolve);
  bind_all(&m, m.info.lazy_off, m.info.lazy_size, resolve);
  protect(&m);
  *out = (struct macho){ .base = m.base,
                         .bytes = m.bytes,
                         .exports = m.info.export_off,
                         .exports_bytes = m.info.export_size,
                         .file = m.file };
}

/* A node: bytes of its value, the value (flags, address), then its children,
   each with what the name goes on with. */
void *
macho_symbol(const struct macho *m, const char *name)
{
  const uint8_t *const trie = m->file + m->exports;
  const uint8_t *p = trie;
  while (m->exports_bytes) {
    const uint64_t value_bytes = uleb(&p);
    const uint8_t *const value = p;
    if (!*name) {
      p = value;
      (void)uleb(&p);
      return value_bytes ? m->base + uleb(&p) : NULL;
    }
    p = value + value_bytes;
    unsigned children = *p++;
    const uint8_t *next = NULL;
    for (; children && !next; children--) {
      const char *const edge = (const char *)p;
      const size_t length = strlen(edge);
      p += length + 1;
      const uint64_t offset = uleb(&p);
      if (strncmp(edge, name, length) == 0) {
        name += length;
        next = trie + offset;
      }
    }
    if (!next) {
      return NULL;
    }
    p = next;
  }
  return NULL;
}
