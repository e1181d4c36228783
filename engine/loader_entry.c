/* loader_entry.c - what a module says about itself, looked at before it is
   used. SPDX-License-Identifier: MIT */
#include "loader_entry.h"

#include "loader.h"
#include "option.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define INSTANCE_BYTES_MAX (64u << 20) /* a mistake, not a module */
#define NEEDS_MAX 9
/* Where MEMBER ends. */
#define END_OF(type, member)                                                   \
  (offsetof(type, member) + sizeof(((type *)0)->member))

/* A member without which a kind does not work. */
struct need {
  const char *member; /* NULL ends */
  size_t offset;
};
#define NEED(type, name)                                                       \
  {                                                                            \
    .member = #name, .offset = offsetof(type, name)                            \
  }

static const struct kind {
  const char *name;
  const char *ops; /* the struct's name */
  size_t ops_bytes;
  struct need needs[NEEDS_MAX + 1];
} kinds[] = {
  [VSC_KIND_CODEC] = { .name = "codec",
                       .ops = "vsc_codec_ops",
                       .ops_bytes = sizeof(vsc_codec_ops),
                       .needs = { NEED(vsc_codec_ops, encoding),
                                  NEED(vsc_codec_ops, open),
                                  NEED(vsc_codec_ops, decode),
                                  NEED(vsc_codec_ops, encode) } },
  [VSC_KIND_TRANSPORT] = { .name = "transport",
                           .ops = "vsc_transport_ops",
                           .ops_bytes = sizeof(vsc_transport_ops),
                           .needs = { NEED(vsc_transport_ops, rx_open),
                                      NEED(vsc_transport_ops, rx_close),
                                      NEED(vsc_transport_ops, tx_open),
                                      NEED(vsc_transport_ops, tx_close),
                                      NEED(vsc_transport_ops, plan_size),
                                      NEED(vsc_transport_ops, plan),
                                      NEED(vsc_transport_ops, rx_run),
                                      NEED(vsc_transport_ops, tx_packet),
                                      NEED(vsc_transport_ops, tx_flush) } },
  [VSC_KIND_DISCOVERY] = { .name = "discovery",
                           .ops = "vsc_discovery_ops",
                           .ops_bytes = sizeof(vsc_discovery_ops),
                           .needs = { NEED(vsc_discovery_ops, start),
                                      NEED(vsc_discovery_ops, stop) } },
  [VSC_KIND_CLOCK] = { .name = "clock",
                       .ops = "vsc_clock_ops",
                       .ops_bytes = sizeof(vsc_clock_ops),
                       .needs = { NEED(vsc_clock_ops, start),
                                  NEED(vsc_clock_ops, stop) } },
  [VSC_KIND_RESAMPLER] = { .name = "resampler",
                           .ops = "vsc_resampler_ops",
                           .ops_bytes = sizeof(vsc_resampler_ops),
                           .needs = { NEED(vsc_resampler_ops, open),
                                      NEED(vsc_resampler_ops, latency),
                                      NEED(vsc_resampler_ops, run),
                                      NEED(vsc_resampler_ops, reset) } },
};

const char *
loader_kind(int kind)
{
  const size_t count = sizeof kinds / sizeof kinds[0];
  return kind > 0 && (size_t)kind < count ? kinds[kind].name : NULL;
}

/* Keeps it one line whatever a file is called. */
vsc_status
loader_complain(const struct loader_why *why,
                vsc_status status,
                const char *fmt,
                ...)
{
  va_list args;
  va_start(args, fmt);
  vsnprintf(why->text, why->bytes, fmt, args);
  va_end(args);
  for (char *c = why->text; *c; c++) {
    if ((unsigned char)*c < ' ' || *c == 0x7f) {
      *c = '?';
    }
  }
  return status;
}

/* MEMBER lies in SIZE bytes at OPS and is not null. */
static int
has(const void *ops, uint32_t size, const struct need *need)
{
  void *member = NULL;
  if (need->offset + sizeof member <= size) {
    memcpy(&member, (const char *)ops + need->offset, sizeof member);
  }
  return member != NULL;
}

static vsc_status
read_ops(struct loader_entry *m,
         const char *path,
         const vsc_module *entry,
         const struct loader_why *why)
{
  const struct kind *const kind = &kinds[entry->kind];
  if (!entry->ops) {
    return loader_complain(why,
                           VSC_ERR_MALFORMED,
                           "%s: a %s without ops: point .ops at a %s",
                           path,
                           kind->name,
                           kind->ops);
  }
  uint32_t size = 0; /* the first member of every one of them */
  memcpy(&size, entry->ops, sizeof size);
  for (const struct need *need = kind->needs; need->member; need++) {
    if (!has(entry->ops, size, need)) {
      return loader_complain(
        why,
        VSC_ERR_MALFORMED,
        "%s: a %s without \"%s\": fill in .size and .%s of %s",
        path,
        kind->name,
        need->member,
        need->member,
        kind->ops);
    }
  }
  if (size > kind->ops_bytes) {
    size = (uint32_t)kind->ops_bytes;
  }
  memcpy(&m->ops, entry->ops, size);
  m->module.ops = &m->ops;
  return VSC_OK;
}

static vsc_status
read_head(const char *path,
          const vsc_module *entry,
          const struct loader_why *why)
{
  if (entry->size < END_OF(vsc_module, kind)) {
    return loader_complain(
      why,
      VSC_ERR_MALFORMED,
      "%s: %s has %u bytes, too few to tell its ABI: begin it "
      "with VSC_MODULE_HEAD",
      path,
      VSC_MODULE_SYMBOL,
      (unsigned)entry->size);
  }
  if (entry->abi_major != VSC_ABI_MAJOR) {
    return loader_complain(
      why,
      VSC_ERR_UNSUPPORTED,
      "%s: built for SDK ABI %u, this engine has %d: rebuild it "
      "against this SDK",
      path,
      (unsigned)entry->abi_major,
      VSC_ABI_MAJOR);
  }
  /* What ABI 0.1 had; later members may be missing. */
  if (entry->size < END_OF(vsc_module, on_main)) {
    return loader_complain(
      why,
      VSC_ERR_MALFORMED,
      "%s: %s has %u bytes, ABI %d needs %zu: begin it with "
      "VSC_MODULE_HEAD and rebuild it",
      path,
      VSC_MODULE_SYMBOL,
      (unsigned)entry->size,
      VSC_ABI_MAJOR,
      END_OF(vsc_module, on_main));
  }
  if (!loader_kind(entry->kind)) {
    return loader_complain(
      why,
      VSC_ERR_UNSUPPORTED,
      "%s: kind %d is none that this engine knows: see enum "
      "vsc_kind",
      path,
      (int)entry->kind);
  }
  return VSC_OK;
}

vsc_status
loader_entry_read(struct loader_entry *m,
                  const char *path,
                  const vsc_module *entry,
                  const struct loader_why *why)
{
  vsc_status status = read_head(path, entry, why);
  if (status < 0) {
    return status;
  }
  const size_t size =
    entry->size < sizeof m->module ? entry->size : sizeof m->module;
  memcpy(&m->module, entry, size);
  if (m->module.instance_size > INSTANCE_BYTES_MAX) {
    return loader_complain(
      why,
      VSC_ERR_MALFORMED,
      "%s: wants %u bytes an instance, more than %u: take what "
      "it needs with host->alloc",
      path,
      (unsigned)m->module.instance_size,
      INSTANCE_BYTES_MAX);
  }
  char row[256] = "";
  if (m->module.options &&
      option_check(
        m->module.options, m->module.instance_size, row, sizeof row) < 0) {
    return loader_complain(why,
                           VSC_ERR_MALFORMED,
                           "%s: %s: mend its table and rebuild it",
                           path,
                           row);
  }
  const char **const texts[] = { &m->module.version,
                                 &m->module.vendor,
                                 &m->module.license,
                                 &m->module.summary };
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
    if (!*texts[i]) {
      *texts[i] = "";
    }
  }
  return read_ops(m, path, entry, why);
}
