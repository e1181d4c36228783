/* config.c - a profile into a checked configuration.
   SPDX-License-Identifier: MIT */
#include "config.h"

#include "config_stream.h"
#include "config_table.h"
#include "group.h"
#include "option.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vsc/position.h>

/* Frames a DAW may be late before a frame that is final was needed: the engine
   wakes a little after its nominal time. 4 never read silence where 8 halves
   what is left on machines that stall; 4 is a twelfth of a millisecond. */
#define MARGIN 4

static int
is_rate(int64_t rate)
{
  for (int64_t r = 44100; r <= 384000; r *= 2) {
    if (rate == r || rate == r / 441 * 480) {
      return 1;
    }
  }
  return 0;
}

static void
set_geometry(struct config *c, struct profile_section *s, vsc_ns packet_time)
{
  const struct device_options *const d = &c->device;
  struct region_geometry *const g = &c->geometry;
  if (!is_rate(d->rate)) {
    profile_complain(c->profile,
                     s,
                     profile_entry(s, "rate"),
                     "rate %lld: use 44100 or 48000 times 1, 2, 4, 8",
                     (long long)d->rate);
    return;
  }
  uint32_t ring = (uint32_t)d->ring;
  if (ring == 0) {
    ring = 8192;
    for (int64_t r = 48000; r < d->rate && ring < REGION_RING_MAX; r *= 2) {
      ring *= 2;
    }
  }
  const uint32_t wake = vsc_packet_frames(packet_time, (uint32_t)d->rate);
  *g = (struct region_geometry){
    .rate = (uint32_t)d->rate,
    .inputs = (uint32_t)d->inputs,
    .outputs = (uint32_t)d->outputs,
    .ring = ring,
    .stride = region_stride(ring),
    .buffer = (uint32_t)d->buffer,
    .wake = wake,
    .s_in = wake + MARGIN,
    .s_out = (uint32_t)d->headroom,
    .lanes = d->share ? (uint32_t)d->lanes : 0,
  };
  const char *why = "";
  if (!region_geometry_ok(g, &why)) {
    profile_complain(
      c->profile, s, profile_entry(s, "ring"), "the device cannot be: %s", why);
  }
}

static void
set_group(struct config *c, struct profile_section *s)
{
  char why[200];
  c->has_group = *c->device.group != '\0';
  if (c->has_group &&
      group_find(c->device.group, &c->group, why, sizeof why) < 0) {
    profile_complain(
      c->profile, s, profile_entry(s, "group"), "group: %s", why);
  }
}

static const vsc_option *
module_rows(const struct config_source *src,
            const char *name,
            int kind,
            const struct loaded **loaded)
{
  char why[256];
  *loaded = NULL;
  if (!src->loader ||
      loader_load(src->loader, name, kind, loaded, why, sizeof why) < 0) {
    return NULL; /* said, with the reason, when it is really loaded */
  }
  return loaded_module(*loaded)->options;
}

struct other_module {
  const char *key;
  int kind;
  char name[64];
};

static void
look_for_key(void *arg,
             const char *name,
             const char *path,
             const vsc_module *module,
             const char *why)
{
  struct other_module *const o = arg;
  (void)path;
  (void)why;
  if (module && module->kind == o->kind && !o->name[0] &&
      option_find(module->options, o->key)) {
    snprintf(o->name, sizeof o->name, "%s", name);
  }
}

struct notice_context {
  const struct config_source *source;
  int kind;
  char text[128];
};

/* A key of another installed module of the same kind: modules can be swapped
   with one --set. */
static const char *
other_modules_key(void *arg, const char *key)
{
  struct notice_context *const n = arg;
  struct other_module o = { .key = key, .kind = n->kind };
  if (n->kind && n->source->loader) {
    loader_list(n->source->loader, look_for_key, &o);
  }
  if (!o.name[0]) {
    return NULL;
  }
  snprintf(
    n->text, sizeof n->text, "it belongs to %s, which is not used", o.name);
  return n->text;
}

/* Report the keys of S that neither ROWS nor the module knows. */
static void
check_keys(struct config *c,
           const struct config_source *src,
           struct profile_section *s,
           const char *module,
           int kind)
{
  const struct loaded *loaded = NULL;
  const vsc_option *const rows = config_rows(s->role);
  const vsc_option *const extra =
    module ? module_rows(src, module, kind, &loaded) : NULL;
  const vsc_option *const tables[] = { rows->key ? rows : extra,
                                       rows->key ? extra : NULL,
                                       NULL };
  if (extra) {
    /* Checked here, filled when the instance is made. */
    void *const scratch = calloc(1, loaded_module(loaded)->instance_size + 1u);
    if (scratch) {
      profile_apply(c->profile, s, extra, scratch);
    }
    free(scratch);
  }
  struct notice_context n = { .source = src, .kind = kind };
  if (!module || extra || !src->loader) {
    profile_report_unused(c->profile, s, tables, other_modules_key, &n);
  }
  if (loaded) {
    loader_unload(src->loader, loaded);
  }
}

static void
load_modules(struct config *c, const struct config_source *src)
{
  struct profile_section *const clock =
    profile_section(c->profile, "clock", "");
  struct module_options m = { 0 };
  option_defaults(config_rows("clock"), &m);
  profile_apply(c->profile, clock, config_rows("clock"), &m);
  c->clock_module = m.module;
  if (clock) {
    check_keys(c, src, clock, m.module, VSC_KIND_CLOCK);
  }
  for (unsigned i = 0; i < profile_sections(c->profile); i++) {
    struct profile_section *const s = profile_section_at(c->profile, i);
    char name[80];
    if (strcmp(s->role, "discovery") == 0) {
      struct module_options d = { 0 };
      profile_apply(c->profile, s, config_rows("discovery"), &d);
      if (!d.module || c->discovery_count == CONFIG_DISCOVERIES) {
        profile_complain(c->profile,
                         s,
                         NULL,
                         d.module ? "too many discovery modules"
                                  : "discovery needs \"module\"");
        continue;
      }
      c->discoveries[c->discovery_count].name = s->name;
      c->discoveries[c->discovery_count].section = s;
      c->discoveries[c->discovery_count++].module = d.module;
      check_keys(c, src, s, d.module, VSC_KIND_DISCOVERY);
    } else if (strcmp(s->role, "transport") == 0) {
      snprintf(name, sizeof name, "transport-%.60s", s->name);
      check_keys(c, src, s, name, VSC_KIND_TRANSPORT);
    } else if (strcmp(s->role, "codec") == 0) {
      snprintf(name, sizeof name, "codec-%.60s", s->name);
      check_keys(c, src, s, name, VSC_KIND_CODEC);
    }
  }
}

static void
check_roles(struct config *c)
{
  for (unsigned i = 0; i < profile_sections(c->profile); i++) {
    const struct profile_section *const s = profile_section_at(c->profile, i);
    const struct role *r = config_roles();
    while (r->name && strcmp(r->name, s->role) != 0) {
      r++;
    }
    if (!r->name) {
      profile_complain(c->profile,
                       s,
                       NULL,
                       "unknown section [%s]; there are [engine], [device], "
                       "[clock], [discovery NAME], [transport NAME], [codec "
                       "NAME], [stream], [send NAME] and [receive NAME]",
                       s->role);
    } else if (r->has_name != (s->name[0] != '\0')) {
      profile_complain(c->profile,
                       s,
                       NULL,
                       r->has_name ? "[%s] needs a name: [%s NAME]"
                                   : "[%s] takes no name; write [%s]",
                       s->role,
                       s->role);
    }
  }
}

static void
load_streams(struct config *c, const struct config_source *src)
{
  struct profile_section *const common =
    profile_section(c->profile, "stream", "");
  const unsigned count = profile_sections(c->profile);
  c->streams = calloc(count + 1, sizeof *c->streams);
  for (unsigned i = 0; c->streams && i < count; i++) {
    struct profile_section *const s = profile_section_at(c->profile, i);
    const int is_send = strcmp(s->role, "send") == 0;
    if (!is_send && strcmp(s->role, "receive") != 0) {
      continue;
    }
    const unsigned before = profile_errors(c->profile);
    struct stream_options o = { .session = "", .sdp = "", .source = "" };
    option_defaults(config_rows(s->role), &o);
    profile_apply(c->profile, common, config_rows("stream"), &o);
    profile_apply(c->profile, s, config_rows(s->role), &o);
    check_keys(c, src, s, NULL, 0);
    struct config_stream *const out = &c->streams[c->stream_count];
    out->section = s;
    out->is_enabled = o.enabled;
    if (profile_errors(c->profile) != before) {
      continue;
    }
    if (!o.enabled) {
      /* It keeps its place, so that the others exchange with the same. */
      out->config.is_send = is_send;
      ip_parse(o.address, &out->config.desc.address);
      out->config.desc.port = (uint16_t)o.port;
      c->stream_count++;
    } else if (config_stream_set(c, s, &o, out) == 0) {
      c->stream_count++;
    } else {
      memset(out, 0, sizeof *out);
    }
  }
}

/* The n-th send and the n-th receive exchange addresses: two machines, one
   profile. */
static void
exchange_sides(struct config *c)
{
  unsigned r = 0;
  for (unsigned i = 0; i < c->stream_count; i++) {
    vsc_stream *const tx = &c->streams[i].config.desc;
    if (!c->streams[i].config.is_send) {
      continue;
    }
    while (r < c->stream_count && c->streams[r].config.is_send) {
      r++;
    }
    if (r == c->stream_count) {
      return;
    }
    vsc_stream *const rx = &c->streams[r++].config.desc;
    if (!rx->address || !tx->address) {
      continue;
    }
    const vsc_stream was = *tx;
    tx->address = rx->address;
    tx->port = rx->port;
    rx->address = was.address;
    rx->port = was.port;
  }
}

static void
drop_disabled(struct config *c)
{
  unsigned kept = 0;
  for (unsigned i = 0; i < c->stream_count; i++) {
    if (c->streams[i].is_enabled) {
      c->streams[kept++] = c->streams[i];
    }
  }
  c->stream_count = kept;
}

static void
check_conflicts(struct config *c)
{
  const struct config_stream *owner[VSC_CHANNELS_MAX] = { 0 };
  for (unsigned i = 0; i < c->stream_count; i++) {
    struct config_stream *const s = &c->streams[i];
    const vsc_stream *const d = &s->config.desc;
    for (unsigned j = 0; s->config.is_send && j < i; j++) {
      const struct stream_config *const o = &c->streams[j].config;
      if (o->is_send && o->desc.address == d->address &&
          o->desc.port == d->port) {
        profile_complain(c->profile,
                         s->section,
                         NULL,
                         "sends to the same address and port as \"%s\"",
                         o->desc.name);
      }
    }
    const struct config_stream *other =
      s->config.is_send ? NULL : config_claim(s, owner);
    if (other) {
      profile_complain(c->profile,
                       s->section,
                       NULL,
                       "feeds a device input that \"%s\" feeds already",
                       other->config.desc.name);
    }
  }
}

const struct config_stream *
config_claim(const struct config_stream *s,
             const struct config_stream *owner[VSC_CHANNELS_MAX])
{
  const struct route_map *const m = &s->map;
  const uint32_t n = s->config.desc.format.channels;
  const struct config_stream *other = NULL;
  for (uint32_t i = 0; i < n + m->copies; i++) {
    const uint16_t to = i < n ? m->device[i] : m->copy[i - n].to;
    if (to != ROUTE_NONE) {
      other = owner[to] ? owner[to] : other;
      owner[to] = s;
    }
  }
  return other;
}

static void
load_sections(struct config *c, const struct config_source *src)
{
  static const char *const plain[] = { "engine", "device", "stream" };
  struct stream_options common = { 0 };
  void *const objects[] = { &c->engine, &c->device, &common };
  for (unsigned i = 0; i < 3; i++) {
    struct profile_section *const s = profile_section(c->profile, plain[i], "");
    option_defaults(config_rows(plain[i]), objects[i]);
    profile_apply(c->profile, s, config_rows(plain[i]), objects[i]);
    if (s) {
      check_keys(c, src, s, NULL, 0);
    }
  }
  struct profile_section *const device =
    profile_section(c->profile, "device", "");
  set_geometry(c, device, common.packet_time);
  set_group(c, device);
}

static vsc_status
read_profile(struct config *c, const struct config_source *src)
{
  char path[1024];
  vsc_status status = VSC_OK;
  if (src->profile) {
    status = profile_find(src->profile, src->folders, path, sizeof path);
    if (status < 0) {
      profile_complain(c->profile,
                       NULL,
                       NULL,
                       "no profile \"%s\"; see: aes67 profile list",
                       src->profile);
      return status;
    }
    const char *const slash = strrchr(path, '/');
    snprintf(c->profile_name,
             sizeof c->profile_name,
             "%.63s",
             slash ? slash + 1 : path);
    char *const dot = strrchr(c->profile_name, '.');
    if (dot) {
      *dot = '\0';
    }
    status = profile_read(c->profile, path, src->folders);
  }
  if (src->state_text && profile_read_text(c->profile,
                                           src->state_path,
                                           src->state_text,
                                           strlen(src->state_text)) < 0) {
    status = VSC_ERR_MALFORMED;
  }
  for (unsigned i = 0; src->sets && src->sets[i]; i++) {
    if (profile_set(c->profile, src->sets[i]) < 0) {
      status = VSC_ERR_MALFORMED;
    }
  }
  return status;
}

vsc_status
config_load(const struct config_source *src, struct config **out)
{
  struct config *const c = calloc(1, sizeof *c);
  if (!c) {
    return VSC_ERR_NOMEM;
  }
  c->profile = profile_create(src->error, src->arg);
  if (!c->profile) {
    free(c);
    return VSC_ERR_NOMEM;
  }
  profile_on_notice(c->profile, src->notice, src->arg);
  const vsc_status status = read_profile(c, src);
  if (status >= 0) {
    check_roles(c);
    load_sections(c, src);
    if (profile_errors(c->profile) == 0) {
      load_modules(c, src);
      load_streams(c, src);
    }
    if (profile_errors(c->profile) == 0) {
      if (c->engine.side) {
        exchange_sides(c);
      }
      drop_disabled(c);
      check_conflicts(c);
    }
  }
  if (status < 0 || profile_errors(c->profile) > 0) {
    config_destroy(c);
    return VSC_ERR_MALFORMED;
  }
  *out = c;
  return VSC_OK;
}

char *
config_role_text(const struct config *c, const char *role)
{
  char *text = NULL;
  size_t bytes = 0;
  FILE *const out = open_memstream(&text, &bytes);
  for (unsigned i = 0; out && i < profile_sections(c->profile); i++) {
    const struct profile_section *const s = profile_section_at(c->profile, i);
    for (unsigned k = 0; strcmp(s->role, role) == 0 && k < s->count; k++) {
      fprintf(
        out, "%s\n%s\n%s\n", s->name, s->entries[k].key, s->entries[k].value);
    }
  }
  if (out) {
    fclose(out);
  }
  return text;
}

void
config_destroy(struct config *c)
{
  if (c) {
    profile_destroy(c->profile);
    free(c->streams);
    free(c);
  }
}
