/* config_bridge.c - [bridge NAME] sections: which channels of the device meet
   which sound card. Whether the card is there is found out when it is opened.
   SPDX-License-Identifier: MIT */
#include "config_bridge.h"

#include "config_parts.h"
#include "option.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool
set_card(struct config *c,
         struct profile_section *s,
         const struct bridge_options *o,
         struct config_bridge *out)
{
  if (!o->device || !*o->device) {
    config_complain_missing(
      c, s, "needs the key \"device\", a sound card; see: aplay -L");
    return false;
  }
  if (snprintf(out->device, sizeof out->device, "%s", o->device) >=
      (int)sizeof out->device) {
    config_complain(
      c, s, "device", "at most %zu bytes", sizeof out->device - 1);
    return false;
  }
  return true;
}

static bool
set_channels(struct config *c,
             struct profile_section *s,
             const struct bridge_options *o,
             struct config_bridge *out)
{
  uint16_t list[VSC_CHANNELS_MAX];
  const int32_t n = channels_parse(o->channels, list, VSC_CHANNELS_MAX);
  const uint32_t there =
    out->is_capture ? c->geometry.outputs : c->geometry.inputs;
  bool is_range = n > 0;
  for (int32_t i = 1; i < n; i++) {
    is_range = is_range && list[i] == list[0] + i;
  }
  if (!is_range) {
    config_complain(c,
                    s,
                    "channels",
                    "\"%s\" is no range; write 3-4, or 3 alone",
                    o->channels);
    return false;
  }
  if ((uint32_t)(list[0] + n) > there) {
    config_complain(c,
                    s,
                    "channels",
                    "\"%s\": the device has %u %s",
                    o->channels,
                    there,
                    out->is_capture ? "outputs" : "inputs");
    return false;
  }
  out->first = list[0];
  out->count = (uint32_t)n;
  return true;
}

static bool
set_resampler(struct config *c,
              const struct config_source *src,
              struct profile_section *s,
              const struct bridge_options *o,
              struct config_bridge *out)
{
  char module[64];
  if (snprintf(out->resampler, sizeof out->resampler, "%s", o->resampler) >=
      (int)sizeof out->resampler) {
    config_complain(c, s, "resampler", "the name is too long");
    return false;
  }
  snprintf(module, sizeof module, "resampler-%s", out->resampler);
  return config_check_module(
    c, src, s, "resampler", module, VSC_KIND_RESAMPLER);
}

/* Where outputs are not mixed, one capture fills each. */
static void
check_outputs(struct config *c,
              struct profile_section *s,
              const struct config_bridge *b)
{
  for (unsigned i = 0; i < c->bridge_count && !c->device.share; i++) {
    const struct config_bridge *const other = &c->bridges[i];
    if (b->is_capture && other->is_capture &&
        b->first < other->first + other->count &&
        other->first < b->first + b->count) {
      config_complain(c,
                      s,
                      "channels",
                      "\"%s\" fills some of these outputs already; see "
                      "[device] share",
                      other->name);
    }
  }
}

void
config_bridges_load(struct config *c, const struct config_source *src)
{
  const vsc_option *const tables[] = { config_rows("bridge"), NULL };
  c->bridges = calloc(CONFIG_BRIDGES, sizeof *c->bridges);
  for (unsigned i = 0; c->bridges && i < profile_sections(c->profile); i++) {
    struct profile_section *const s = profile_section_at(c->profile, i);
    if (strcmp(s->role, "bridge") != 0) {
      continue;
    }
    const unsigned before = profile_errors(c->profile);
    struct bridge_options o = { 0 };
    option_defaults(tables[0], &o);
    profile_apply(c->profile, s, tables[0], &o);
    profile_report_unused(c->profile, s, tables, NULL, NULL);
    if (!o.enabled || profile_errors(c->profile) != before) {
      continue;
    }
    if (c->bridge_count == CONFIG_BRIDGES) {
      config_complain(
        c, s, NULL, "is one too many: at most %d", CONFIG_BRIDGES);
      return;
    }
    struct config_bridge b = { .is_capture = o.direction == 1,
                               .latency = o.latency };
    snprintf(b.name, sizeof b.name, "%s", s->name);
    if (set_card(c, s, &o, &b) && set_channels(c, s, &o, &b) &&
        set_resampler(c, src, s, &o, &b)) {
      check_outputs(c, s, &b);
      c->bridges[c->bridge_count++] = b;
    }
  }
}
