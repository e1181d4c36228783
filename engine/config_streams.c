/* config_streams.c - all [send] and [receive] sections: made, exchanged between
   the sides, held against each other.
   SPDX-License-Identifier: MIT */
#include "config_parts.h"

#include "option.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
config_streams_load(struct config *c, const struct config_source *src)
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
    struct stream_options o = { .session = "", .sdp = "", .source = "" };
    option_defaults(config_rows(s->role), &o);
    profile_apply(c->profile, common, config_rows("stream"), &o);
    const bool has_bad_keys =
      profile_apply(c->profile, s, config_rows(s->role), &o) < 0;
    config_check_keys(c, src, s, NULL, 0);
    struct config_stream *const out = &c->streams[c->stream_count++];
    out->section = s;
    out->is_enabled = o.enabled;
    if (o.enabled) {
      out->is_wrong = config_stream_set(c, src, s, &o, out) || has_bad_keys;
    } else {
      /* It keeps its place, so that the others exchange with the same. */
      out->config.is_send = is_send;
      ip_parse(o.address, &out->config.desc.address);
      out->config.desc.port = (uint16_t)o.port;
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
    if (!rx->address || !tx->address || tx->also_count) {
      continue; /* one address cannot be exchanged for several */
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
    if (c->streams[i].is_enabled && !c->streams[i].is_wrong) {
      c->streams[kept++] = c->streams[i];
    }
  }
  c->stream_count = kept;
}

bool
stream_goes_to(const vsc_stream *d, vsc_ip ip)
{
  bool is_there = d->address == ip;
  for (uint32_t i = 0; i < d->also_count; i++) {
    is_there |= d->also[i] == ip;
  }
  return is_there;
}

/* Has A a destination of B's? */
static bool
goes_where(const vsc_stream *a, const vsc_stream *b)
{
  bool is_shared = stream_goes_to(a, b->address);
  for (uint32_t i = 0; i < b->also_count; i++) {
    is_shared |= stream_goes_to(a, b->also[i]);
  }
  return is_shared;
}

/* A sender of C, but for S, that sends to the same place, or NULL. */
static const struct config_stream *
same_target(const struct config *c,
            unsigned count,
            const struct config_stream *s)
{
  const vsc_stream *const d = &s->config.desc;
  for (unsigned i = 0; s->config.is_send && i < count; i++) {
    const struct stream_config *const o = &c->streams[i].config;
    if (o->is_send && o->desc.port == d->port && goes_where(&o->desc, d)) {
      return &c->streams[i];
    }
  }
  return NULL;
}

static void
complain_same_target(struct config *c,
                     const struct config_stream *s,
                     const struct config_stream *other)
{
  config_complain(c,
                  s->section,
                  "address",
                  "\"%s\" sends to the same address and port",
                  other->config.desc.name);
}

const struct config_stream *
config_claim(const struct config_stream *s,
             const struct config_stream *owner[VSC_CHANNELS_MAX],
             uint16_t *input)
{
  const struct route_map *const m = &s->map;
  const uint32_t n = s->config.desc.format.channels;
  const struct config_stream *other = NULL;
  for (uint32_t i = 0; i < n + m->copies; i++) {
    const uint16_t to = i < n ? m->device[i] : m->copy[i - n].to;
    if (to == ROUTE_NONE) {
      continue;
    }
    if (owner[to] && !other) {
      other = owner[to];
      *input = to;
    }
    owner[to] = s;
  }
  return other;
}

static void
check_conflicts(struct config *c)
{
  const struct config_stream *owner[VSC_CHANNELS_MAX] = { 0 };
  for (unsigned i = 0; i < c->stream_count; i++) {
    struct config_stream *const s = &c->streams[i];
    uint16_t input = 0;
    const struct config_stream *other = same_target(c, i, s);
    if (other) {
      complain_same_target(c, s, other);
    }
    other = s->config.is_send ? NULL : config_claim(s, owner, &input);
    if (other) {
      config_complain(c,
                      s->section,
                      profile_entry(s->section, "map") ? "map" : "channels",
                      "\"%s\" feeds device input %u already",
                      other->config.desc.name,
                      input + 1u);
    }
  }
}

/* Copies are of device channels: where FROM is another one's, the first of its
   copies is fed instead, and the others are of that. */
static uint16_t
feed_copies(struct route_map *m, uint16_t from)
{
  uint16_t first = ROUTE_NONE;
  uint16_t kept = 0;
  for (uint16_t i = 0; i < m->copies; i++) {
    const bool is_of_it = m->copy[i].from == from;
    if (is_of_it && first == ROUTE_NONE) {
      first = m->copy[i].to;
    } else {
      m->copy[kept] = m->copy[i];
      m->copy[kept++].from = is_of_it ? first : m->copy[i].from;
    }
  }
  m->copies = kept;
  return first;
}

/* Without what another one feeds. */
static void
give_up(struct route_map *m, uint32_t channels, const bool is_taken[])
{
  uint16_t kept = 0;
  for (uint16_t i = 0; i < m->copies; i++) {
    if (!is_taken[m->copy[i].to]) {
      m->copy[kept++] = m->copy[i];
    }
  }
  m->copies = kept;
  for (uint32_t i = 0; i < channels; i++) {
    if (m->device[i] != ROUTE_NONE && is_taken[m->device[i]]) {
      m->device[i] = feed_copies(m, m->device[i]);
    }
  }
}

/* A receiver that takes over leaves to the others what it does not feed. */
static void
take_over(struct config *c)
{
  const struct config_stream *owner[VSC_CHANNELS_MAX] = { 0 };
  bool is_taken[VSC_CHANNELS_MAX] = { false };
  uint16_t input;
  for (unsigned i = 0; i < c->stream_count; i++) {
    const struct config_stream *const s = &c->streams[i];
    if (!s->config.is_send && s->config.takes_over) {
      config_claim(s, owner, &input);
    }
  }
  for (unsigned i = 0; i < VSC_CHANNELS_MAX; i++) {
    is_taken[i] = owner[i] != NULL;
  }
  for (unsigned i = 0; i < c->stream_count; i++) {
    struct config_stream *const s = &c->streams[i];
    if (!s->config.is_send && !s->config.takes_over) {
      give_up(&s->map, s->config.desc.format.channels, is_taken);
    }
  }
}

/* The clock goes by a receiver that there is. */
static void
check_clock(struct config *c)
{
  unsigned i = 0;
  while (i < c->stream_count &&
         (c->streams[i].config.is_send ||
          strcmp(c->streams[i].config.desc.name, c->clock_follow) != 0)) {
    i++;
  }
  if (*c->clock_follow && i == c->stream_count) {
    char shown[64];
    config_complain(c,
                    profile_section(c->profile, "clock", ""),
                    "follow",
                    "there is no [receive %s]",
                    text_shorten(c->clock_follow, shown, sizeof shown));
  }
}

void
config_streams_join(struct config *c)
{
  if (c->engine.side) {
    exchange_sides(c);
  }
  drop_disabled(c);
  check_clock(c);
  if (c->has_geometry) {
    take_over(c);
    check_conflicts(c);
  }
}

/* The profile of one [send]: BASE's [stream], and what EXTRA says. */
static struct profile *
extra_profile(const struct config *base,
              const struct config_extra *extra,
              profile_error *error,
              void *arg)
{
  struct profile *const p = profile_create(error, arg);
  if (!p) {
    return NULL;
  }
  const struct profile_section *const common =
    profile_section(base->profile, "stream", "");
  for (unsigned i = 0; common && i < common->count; i++) {
    const struct profile_entry *const e = &common->entries[i];
    profile_put(p, "stream", "", e->key, e->value, e->file);
  }
  char channels[16];
  char rate[16];
  snprintf(channels, sizeof channels, "1-%u", extra->channels);
  /* Its device has the engine's rate, and a frame there is a frame sent. */
  snprintf(rate, sizeof rate, "%u", base->geometry.rate);
  const struct {
    const char *key, *value;
  } given[] = {
    { "channels", channels },
    { "rate", rate },
    { "address", extra->address },
    { "port", extra->port },
    { "packet_time", extra->packet_time },
    { "encoding", extra->encoding },
    { "when", "always" },
  };
  for (unsigned i = 0; i < sizeof given / sizeof given[0]; i++) {
    if (given[i].value) {
      profile_put(
        p, "send", extra->name, given[i].key, given[i].value, CONFIG_REQUEST);
    }
  }
  return p;
}

vsc_status
config_extra_send(const struct config *base,
                  const struct config_extra *extra,
                  profile_error *error,
                  void *arg,
                  struct config_stream *out)
{
  struct config c = { .geometry = base->geometry, .has_geometry = true };
  c.geometry.outputs = extra->channels;
  c.profile = extra_profile(base, extra, error, arg);
  if (!c.profile) {
    return VSC_ERR_NOMEM;
  }
  const struct config_source source = { .loader = extra->loader,
                                        .error = error,
                                        .arg = arg };
  config_check_roles(&c);
  if (profile_errors(c.profile) == 0) {
    config_streams_load(&c, &source);
  }
  if (profile_errors(c.profile) == 0 && c.stream_count == 1) {
    *out = c.streams[0];
    const struct config_stream *const other =
      same_target(base, base->stream_count, out);
    if (other) {
      complain_same_target(&c, out, other);
    }
    out->section = NULL;
  }
  const bool is_good = profile_errors(c.profile) == 0 && c.stream_count == 1;
  profile_destroy(c.profile);
  free(c.streams);
  return is_good ? VSC_OK : VSC_ERR_MALFORMED;
}
