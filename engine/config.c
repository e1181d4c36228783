/* config.c - a profile into a checked configuration.
   SPDX-License-Identifier: MIT */
#include "config.h"

#include "config_bridge.h"
#include "config_parts.h"
#include "config_loopback.h"
#include "group.h"
#include "hal/label.h"
#include "option.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vsc/position.h>

/* Frames a DAW may be late before a frame that is final was needed: the engine
   wakes a little after its nominal time. 4 never read silence where 8 halves
   what is left on machines that stall; 4 is a twelfth of a millisecond. */
#define MARGIN 4

static bool
is_stream(const struct profile_section *s)
{
  return strcmp(s->role, "send") == 0 || strcmp(s->role, "receive") == 0;
}

static const char *
label(const struct profile_section *s, char *out, size_t bytes)
{
  snprintf(out, bytes, "[%s%s%s]", s->role, *s->name ? " " : "", s->name);
  return out;
}

void
config_complain(struct config *c,
                struct profile_section *s,
                const char *key,
                const char *fmt,
                ...)
{
  char text[1024];
  char name[128];
  va_list args;
  va_start(args, fmt);
  vsnprintf(text, sizeof text, fmt, args);
  va_end(args);
  struct profile_entry *const own = key ? profile_entry(s, key) : NULL;
  struct profile_entry *const common =
    key && !own && is_stream(s)
      ? profile_entry(profile_section(c->profile, "stream", ""), key)
      : NULL;
  struct profile_entry *const e = own ? own : common;
  label(s, name, sizeof name);
  if (!e) {
    profile_complain(c->profile,
                     s,
                     NULL,
                     "%s %s%s%s",
                     name,
                     key ? key : "",
                     key ? ": " : "",
                     text);
  } else if (!e->is_refused) {
    e->is_refused = true;
    profile_complain(c->profile,
                     s,
                     e,
                     "%s: %s%s%s%s",
                     key,
                     text,
                     profile_hint(e),
                     own ? "" : ", in ",
                     own ? "" : name);
  }
}

void
config_complain_missing(struct config *c,
                        struct profile_section *s,
                        const char *fmt,
                        ...)
{
  char text[512];
  va_list args;
  va_start(args, fmt);
  vsnprintf(text, sizeof text, fmt, args);
  va_end(args);
  if (!c->has_bad_text) {
    config_complain(c, s, NULL, "%s", text);
  }
}

int
config_is_rate(int64_t rate)
{
  for (int64_t r = 44100; r <= 384000; r *= 2) {
    if (rate == r || rate == r / 441 * 480) {
      return 1;
    }
  }
  return 0;
}

static bool
is_ring(int64_t ring)
{
  return ring >= 1024 && ring <= REGION_RING_MAX && (ring & (ring - 1)) == 0;
}

/* What is wrong with the device, at the key that says so. */
static bool
check_device(struct config *c,
             struct profile_section *s,
             const struct region_geometry *g)
{
  static const char most[] =
    "%u frames; with a ring of %u frames it may be at most %u";
  const uint32_t quarter = g->ring / 4;
  const char *why = "";
  if (!config_is_rate(g->rate)) {
    config_complain(
      c, s, "rate", "\"%u\" is not 44100 or 48000 times 1, 2, 4 or 8", g->rate);
  } else if (!is_ring(g->ring)) {
    config_complain(c,
                    s,
                    "ring",
                    "\"%u\" is not 0 or a power of two in 1024..%d",
                    g->ring,
                    REGION_RING_MAX);
  } else if (g->buffer > quarter) {
    config_complain(c, s, "buffer", most, g->buffer, g->ring, quarter);
  } else if (g->s_out >= quarter) {
    config_complain(c, s, "headroom", most, g->s_out, g->ring, quarter - 1);
  } else if (region_offset_room(g, g->wake) <= 0) {
    config_complain(
      c, s, "ring", "%u frames are too few for any link_offset", g->ring);
  } else if (!region_geometry_ok(g, &why)) {
    config_complain(c, s, "ring", "the device cannot be: %s", why);
  } else {
    return true;
  }
  return false;
}

/* False after a complaint. */
static bool
set_geometry(struct config *c, vsc_ns packet_time)
{
  const struct device_options *const d = &c->device;
  struct profile_section *const s =
    profile_section_need(c->profile, "device", "");
  uint32_t ring = (uint32_t)d->ring;
  if (ring == 0) {
    ring = 8192;
    for (int64_t r = 48000; r < d->rate && ring < REGION_RING_MAX; r *= 2) {
      ring *= 2;
    }
  }
  const uint32_t wake = vsc_packet_frames(packet_time, (uint32_t)d->rate);
  c->geometry = (struct region_geometry){
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
  return s && check_device(c, s, &c->geometry);
}

static void
check_stats_address(struct config *c, struct profile_section *s)
{
  vsc_ip ip = 0;
  const char *const text = c->engine.stats_address;
  if (*text && (ip_parse(text, &ip) < 0 || !VSC_IP_IS_MULTICAST(ip))) {
    config_complain(
      c, s, "stats_address", "\"%s\" is no multicast group", text);
  }
}

static void
set_group(struct config *c)
{
  char why[200];
  c->has_group = *c->device.group != '\0';
  if (c->has_group &&
      group_find(c->device.group, &c->group, why, sizeof why) < 0) {
    config_complain(
      c, profile_section_need(c->profile, "device", ""), "group", "%s", why);
  }
}

static void
load_clock(struct config *c, const struct config_source *src)
{
  struct profile_section *const s = profile_section(c->profile, "clock", "");
  struct clock_options m = { 0 };
  option_defaults(config_rows("clock"), &m);
  profile_apply(c->profile, s, config_rows("clock"), &m);
  c->clock_module = m.module;
  c->clock_follow = m.follow;
  if (s && config_check_module(c, src, s, "module", m.module, VSC_KIND_CLOCK)) {
    config_check_keys(c, src, s, m.module, VSC_KIND_CLOCK);
  }
}

static void
load_discovery(struct config *c,
               const struct config_source *src,
               struct profile_section *s)
{
  struct module_options d = { 0 };
  option_defaults(config_rows("discovery"), &d);
  profile_apply(c->profile, s, config_rows("discovery"), &d);
  if (!d.enabled) {
    return;
  }
  if (!d.module) {
    config_complain_missing(
      c, s, "needs the key \"module\"; see: aes67 module list");
  } else if (c->discovery_count == CONFIG_DISCOVERIES) {
    config_complain(
      c, s, NULL, "is one too many: at most %d", CONFIG_DISCOVERIES);
  } else if (config_check_module(
               c, src, s, "module", d.module, VSC_KIND_DISCOVERY)) {
    c->discoveries[c->discovery_count].name = s->name;
    c->discoveries[c->discovery_count].section = s;
    c->discoveries[c->discovery_count++].module = d.module;
    config_check_keys(c, src, s, d.module, VSC_KIND_DISCOVERY);
  }
}

/* Of a section whose name is the module's, as in [codec l24]; -1: another. */
static int
kind_of(const char *role)
{
  return strcmp(role, "transport") == 0   ? VSC_KIND_TRANSPORT
         : strcmp(role, "codec") == 0     ? VSC_KIND_CODEC
         : strcmp(role, "resampler") == 0 ? VSC_KIND_RESAMPLER
                                          : -1;
}

static void
load_modules(struct config *c, const struct config_source *src)
{
  load_clock(c, src);
  for (unsigned i = 0; i < profile_sections(c->profile); i++) {
    struct profile_section *const s = profile_section_at(c->profile, i);
    const int kind = kind_of(s->role);
    if (strcmp(s->role, "discovery") == 0) {
      load_discovery(c, src, s);
    } else if (kind >= 0) {
      char name[80];
      snprintf(name, sizeof name, "%s-%.60s", s->role, s->name);
      if (config_check_module(c, src, s, NULL, name, kind)) {
        config_check_keys(c, src, s, name, kind);
      }
    }
  }
}

/* Which section was meant: one that is called so ("rx1" for "receive rx1"), or
   a role that is spelled like it. */
static void
complain_role(struct config *c, const struct profile_section *s)
{
  const char *words[16] = { NULL };
  char near[128] = "";
  unsigned n = 0;
  for (const struct role *r = config_roles(); r->name && n < 15; r++) {
    words[n++] = r->name;
  }
  for (unsigned i = 0; i < profile_sections(c->profile) && !*near; i++) {
    const struct profile_section *const other =
      profile_section_at(c->profile, i);
    if (*other->name && strcmp(other->name, s->role) == 0) {
      label(other, near, sizeof near);
    }
  }
  const char *const role = word_nearest(s->role, words);
  if (!*near && role) {
    snprintf(near, sizeof near, "[%s%s%s]", role, *s->name ? " " : "", s->name);
  }
  if (*near) {
    profile_complain(c->profile,
                     s,
                     NULL,
                     "unknown section [%s]; did you mean %s?",
                     s->role,
                     near);
  } else {
    profile_complain(c->profile,
                     s,
                     NULL,
                     "unknown section [%s]; there are [engine], [device], "
                     "[clock], [discovery NAME], [transport NAME], [codec "
                     "NAME], [stream], [send NAME], [receive NAME], [loopback "
                     "NAME] and [bridge NAME]",
                     s->role);
  }
}

void
config_check_roles(struct config *c)
{
  for (unsigned i = 0; i < profile_sections(c->profile); i++) {
    const struct profile_section *const s = profile_section_at(c->profile, i);
    const struct role *r = config_roles();
    while (r->name && strcmp(r->name, s->role) != 0) {
      r++;
    }
    if (!r->name) {
      complain_role(c, s);
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

/* [engine], [device], [stream]. */
static void
load_sections(struct config *c, const struct config_source *src)
{
  static const char *const plain[] = { "engine", "stream", "device" };
  struct stream_options common = { 0 };
  void *const objects[] = { &c->engine, &common, &c->device };
  struct profile_section *sections[3];
  unsigned before = 0;
  for (unsigned i = 0; i < 3; i++) {
    struct profile_section *const s = profile_section(c->profile, plain[i], "");
    before = profile_errors(c->profile);
    option_defaults(config_rows(plain[i]), objects[i]);
    profile_apply(c->profile, s, config_rows(plain[i]), objects[i]);
    if (s) {
      config_check_keys(c, src, s, NULL, 0);
    }
    sections[i] = s;
  }
  /* Of a wrong device nothing more can be said. */
  c->has_geometry =
    profile_errors(c->profile) == before && set_geometry(c, common.packet_time);
  if (!c->has_geometry) {
    c->geometry = (struct region_geometry){ .rate = 48000, .ring = 8192 };
  }
  if (sections[0]) {
    check_stats_address(c, sections[0]);
  }
  if (sections[1]) {
    config_stream_check(c, src, sections[1], &common);
  }
  set_group(c);
}

/* The profile that SRC names; what goes over it comes on top. */
static vsc_status
read_base(struct config *c, const struct config_source *src)
{
  char path[1024];
  char why[512];
  const vsc_status found =
    profile_find(src->profile, src->folders, path, sizeof path);
  if (found < 0) {
    profile_complain(
      c->profile,
      NULL,
      NULL,
      "%s",
      profile_missing(src->profile, src->folders, why, sizeof why));
    return found;
  }
  const char *const slash = strrchr(path, '/');
  /* A file may be called anything; what status tells is text. */
  label_clean(
    slash ? slash + 1 : path, c->profile_name, sizeof c->profile_name);
  char *const dot = strrchr(c->profile_name, '.');
  if (dot) {
    *dot = '\0';
  }
  (void)profile_read(c->profile, path, src->folders);
  return VSC_OK;
}

/* Below 0: there is no profile. What is wrong in one is in its errors. */
static vsc_status
read_profile(struct config *c, const struct config_source *src)
{
  const vsc_status status = src->profile ? read_base(c, src) : VSC_OK;
  if (status < 0) {
    return status;
  }
  if (src->state_text) {
    (void)profile_read_text(
      c->profile, src->state_path, src->state_text, strlen(src->state_text));
  }
  for (unsigned i = 0; src->sets && src->sets[i]; i++) {
    (void)profile_set(c->profile, src->sets[i]);
  }
  c->has_bad_text = profile_errors(c->profile) > 0;
  return VSC_OK;
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
    config_check_roles(c);
    load_sections(c, src);
    load_modules(c, src);
    config_streams_load(c, src);
    if (c->has_geometry) {
      config_loopbacks_load(c);
      config_bridges_load(c, src);
    }
    config_streams_join(c);
    if (profile_errors(c->profile) == 0) {
      config_loopbacks_check(c);
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
    free(c->loopbacks);
    free(c->bridges);
    free(c);
  }
}
