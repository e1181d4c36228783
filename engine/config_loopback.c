/* config_loopback.c - [loopback NAME] sections: which channels go where inside
   the device, checked alone, and against each other and the streams.
   SPDX-License-Identifier: MIT */
#include "config_loopback.h"

#include "config_parts.h"
#include "option.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vsc/position.h>

/* "in 1-8" into DIRECTION and LIST; how many channels, or -1 after
   complaining. */
static int32_t
read_channels(struct config *c,
              struct profile_section *s,
              const char *key,
              const char *text,
              bool *is_input,
              uint16_t *list)
{
  const struct profile_entry *const at = profile_entry(s, key);
  *is_input = strncmp(text, "in ", 3) == 0;
  const bool is_output = strncmp(text, "out ", 4) == 0;
  const int32_t n =
    *is_input || is_output
      ? channels_parse(text + (is_output ? 4 : 3), list, VSC_CHANNELS_MAX)
      : -1;
  if (n <= 0) {
    profile_complain(c->profile,
                     s,
                     at,
                     "%s: write outputs as in out 1-8, or inputs as in in "
                     "1-4,9; each once, from 1",
                     key);
    return -1;
  }
  const uint32_t there = *is_input ? c->geometry.inputs : c->geometry.outputs;
  for (int32_t i = 0; i < n; i++) {
    if (list[i] >= there) {
      profile_complain(c->profile,
                       s,
                       at,
                       "%s: channel %u: the device has %u %s",
                       key,
                       list[i] + 1u,
                       there,
                       *is_input ? "inputs" : "outputs");
      return -1;
    }
  }
  return n;
}

static bool
set_channels(struct config *c,
             struct profile_section *s,
             const struct loopback_options *o,
             struct loopback_config *out)
{
  bool from_input;
  bool to_input;
  const int32_t from =
    read_channels(c, s, "from", o->from, &from_input, out->from);
  const int32_t to = read_channels(c, s, "to", o->to, &to_input, out->to);
  if (from < 0 || to < 0) {
    return false;
  }
  if (from_input == to_input || from != to) {
    profile_complain(
      c->profile,
      s,
      profile_entry(s, "to"),
      from_input == to_input
        ? "to: sound goes from outputs to inputs or from inputs to outputs"
        : "to: %d channels, and \"from\" has %d",
      to,
      from);
    return false;
  }
  out->is_reflection = from_input;
  out->channels = (uint32_t)from;
  const int a = snprintf(out->from_text, sizeof out->from_text, "%s", o->from);
  const int b = snprintf(out->to_text, sizeof out->to_text, "%s", o->to);
  if (a >= (int)sizeof out->from_text || b >= (int)sizeof out->to_text) {
    profile_complain(c->profile, s, NULL, "from and to: the text is too long");
    return false;
  }
  return true;
}

static bool
set_delay(struct config *c,
          struct profile_section *s,
          const struct loopback_options *o,
          struct loopback_config *out)
{
  const struct region_geometry *const g = &c->geometry;
  const struct profile_entry *const at = profile_entry(s, "delay");
  const int64_t least = out->is_reflection ? 0 : (int64_t)g->wake;
  const int64_t most = region_offset_room(g, g->wake);
  char *end = NULL;
  const unsigned long frames = strtoul(o->delay, &end, 10);
  vsc_ns duration = 0;
  int64_t delay = least;
  if (*o->delay >= '0' && *o->delay <= '9' && strcmp(end, "frames") == 0) {
    delay = frames < REGION_RING_MAX ? (int64_t)frames : REGION_RING_MAX;
  } else if (*o->delay && duration_parse(o->delay, &duration) >= 0) {
    const vsc_ns longest = 10 * (vsc_ns)VSC_SECOND;
    delay = vsc_frames_in(duration < longest ? duration : longest, g->rate);
  } else if (*o->delay) {
    profile_complain(c->profile,
                     s,
                     at,
                     "delay: write a time such as 3ms, or frames as in "
                     "96frames");
    return false;
  }
  if (delay < least) {
    char period[40];
    duration_format(vsc_tai_of((vsc_pos)least, g->rate), period, sizeof period);
    profile_complain(c->profile,
                     s,
                     at,
                     "delay: \"%s\" is too short; from out to in the least is "
                     "%lld frames (%s), the time between two wake-ups",
                     o->delay,
                     (long long)least,
                     period);
    return false;
  }
  if (delay > most) {
    profile_complain(c->profile,
                     s,
                     at,
                     "delay: \"%s\" is %s%lld frames; with a ring of %u frames "
                     "it may be at most %lld: make [device] ring larger",
                     o->delay,
                     delay >= REGION_RING_MAX ? "at least " : "",
                     (long long)delay,
                     g->ring,
                     (long long)(most > 0 ? most : 0));
    return false;
  }
  out->delay = (uint32_t)delay;
  return true;
}

/* The next of names between commas, without its spaces; false at the end. */
static bool
next_name(const char **list, const char **name, size_t *length)
{
  if (!*list) {
    return false;
  }
  *name = *list + strspn(*list, " \t");
  const size_t all = strcspn(*name, ",");
  *list = (*name)[all] ? *name + all + 1 : NULL;
  *length = all;
  while (*length > 0 && strchr(" \t", (*name)[*length - 1])) {
    --*length;
  }
  return true;
}

bool
config_excludes(const struct loopback_config *c, const char *app)
{
  const char *list = c->exclude;
  const char *name;
  size_t length;
  while (next_name(&list, &name, &length)) {
    if (length > 0 && strlen(app) == length && memcmp(app, name, length) == 0) {
      return true;
    }
  }
  return false;
}

static bool
set_exclude(struct config *c,
            struct profile_section *s,
            const struct loopback_options *o,
            struct loopback_config *out)
{
  const struct profile_entry *const at = profile_entry(s, "exclude");
  const char *list = *o->exclude ? o->exclude : NULL;
  const char *name;
  size_t length;
  if (list && out->is_reflection) {
    profile_complain(c->profile,
                     s,
                     at,
                     "exclude: no application plays what is received; it is "
                     "for loopbacks from outputs");
    return false;
  }
  while (next_name(&list, &name, &length)) {
    if (length == 0 || length >= REGION_APP_BYTES) {
      profile_complain(c->profile,
                       s,
                       at,
                       "exclude: write names of 1 to %d bytes as aes67 status "
                       "shows them, with commas between them",
                       REGION_APP_BYTES - 1);
      return false;
    }
  }
  if (snprintf(out->exclude, sizeof out->exclude, "%s", o->exclude) >=
      (int)sizeof out->exclude) {
    profile_complain(c->profile, s, at, "exclude: the text is too long");
    return false;
  }
  return true;
}

void
config_loopbacks_load(struct config *c)
{
  const vsc_option *const tables[] = { config_rows("loopback"), NULL };
  const unsigned count = profile_sections(c->profile);
  c->loopbacks = calloc(count + 1, sizeof *c->loopbacks);
  for (unsigned i = 0; c->loopbacks && i < count; i++) {
    struct profile_section *const s = profile_section_at(c->profile, i);
    if (strcmp(s->role, "loopback") != 0) {
      continue;
    }
    const unsigned before = profile_errors(c->profile);
    struct loopback_options o = { 0 };
    option_defaults(tables[0], &o);
    profile_apply(c->profile, s, tables[0], &o);
    profile_report_unused(c->profile, s, tables, NULL, NULL);
    struct config_loopback *const out = &c->loopbacks[c->loopback_count];
    if (!o.enabled || profile_errors(c->profile) != before) {
      continue;
    }
    *out = (struct config_loopback){ .section = s };
    snprintf(out->config.name, sizeof out->config.name, "%s", s->name);
    if (set_channels(c, s, &o, &out->config) &&
        set_delay(c, s, &o, &out->config) &&
        set_exclude(c, s, &o, &out->config)) {
      c->loopback_count++;
    }
  }
}

/* Every channel is fed by one stream or one loopback. */
static void
check_claims(struct config *c)
{
  const struct config_stream *streams[VSC_CHANNELS_MAX] = { 0 };
  const char *owners[2][VSC_CHANNELS_MAX] = { { 0 } };
  uint16_t input = 0;
  for (unsigned i = 0; i < c->stream_count; i++) {
    if (!c->streams[i].config.is_send) {
      (void)config_claim(&c->streams[i], streams, &input);
    }
  }
  for (unsigned i = 0; i < VSC_CHANNELS_MAX; i++) {
    owners[0][i] = streams[i] ? streams[i]->config.desc.name : NULL;
  }
  for (unsigned i = 0; i < c->loopback_count; i++) {
    const struct config_loopback *const l = &c->loopbacks[i];
    const char **const owner = owners[l->config.is_reflection];
    const char *other = NULL;
    uint32_t at = 0;
    for (uint32_t k = 0; k < l->config.channels; k++) {
      const uint16_t to = l->config.to[k];
      if (owner[to] && !other) {
        other = owner[to];
        at = to;
      }
      owner[to] = l->config.name;
    }
    if (other) {
      profile_complain(c->profile,
                       l->section,
                       profile_entry(l->section, "to"),
                       "to: device %s %u is fed by \"%s\" already",
                       l->config.is_reflection ? "output" : "input",
                       at + 1,
                       other);
    }
  }
}

static bool
feeds(const struct config_loopback *a, const struct config_loopback *b)
{
  if (a->config.is_reflection == b->config.is_reflection) {
    return false;
  }
  for (uint32_t i = 0; i < a->config.channels; i++) {
    for (uint32_t k = 0; k < b->config.channels; k++) {
      if (a->config.to[i] == b->config.from[k]) {
        return true;
      }
    }
  }
  return false;
}

/* The first from FIRST on that feeds loopback AT; count when none does. */
static unsigned
feeder(const struct config *c, unsigned first, unsigned at)
{
  unsigned i = first;
  while (i < c->loopback_count && !feeds(&c->loopbacks[i], &c->loopbacks[at])) {
    i++;
  }
  return i;
}

/* All from FIRST on are fed by another of them: name one circle. */
static void
name_circle(struct config *c, unsigned first)
{
  unsigned start = first;
  for (unsigned i = 0; i < c->loopback_count; i++) {
    start = feeder(c, first, start);
  }
  char text[400];
  size_t used = 0;
  unsigned at = start;
  do {
    at = feeder(c, first, at);
    const int n = snprintf(text + used,
                           sizeof text - used,
                           "%s is fed by \"%s\"",
                           used ? ", that" : "",
                           c->loopbacks[at].config.name);
    used += used + (size_t)n < sizeof text ? (size_t)n : 0;
    text[used] = '\0';
  } while (at != start);
  profile_complain(c->profile,
                   c->loopbacks[start].section,
                   profile_entry(c->loopbacks[start].section, "from"),
                   "from: sound would go in a circle: \"%s\"%s",
                   c->loopbacks[start].config.name,
                   text);
}

void
config_loopbacks_check(struct config *c)
{
  const unsigned before = profile_errors(c->profile);
  check_claims(c);
  /* Now channels bound what follows: no two loopbacks feed the same one. */
  for (unsigned sorted = 0;
       sorted < c->loopback_count && profile_errors(c->profile) == before;
       sorted++) {
    unsigned i = sorted;
    while (i < c->loopback_count && feeder(c, sorted, i) < c->loopback_count) {
      i++;
    }
    if (i == c->loopback_count) {
      name_circle(c, sorted);
      return;
    }
    const struct config_loopback next = c->loopbacks[i];
    memmove(&c->loopbacks[sorted + 1],
            &c->loopbacks[sorted],
            (i - sorted) * sizeof next);
    c->loopbacks[sorted] = next;
  }
}
