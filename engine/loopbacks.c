/* loopbacks.c - which loopbacks there are and which of them can be, while
   streams and applications come and go; what is copied for them is in patch.h.
   SPDX-License-Identifier: MIT */
#include "loopbacks.h"

#include "log.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vsc/position.h>

static bool
plays(const struct device_client *c, uint32_t channel)
{
  return channel >= c->first_out && channel - c->first_out < c->outputs;
}

static bool
hears(const struct device_client *c, uint32_t channel)
{
  return channel >= c->first_in && channel - c->first_in < c->inputs;
}

/* --- which there are */

/* The open sender that has OUTPUT, or NULL. */
static const struct stream *
sender_of(const struct engine *e, uint32_t output)
{
  for (const struct stream *s = e->streams; s; s = s->next) {
    for (uint32_t c = 0; s->tx && c < s->resolved.desc.format.channels; c++) {
      if (s->map.device[c] == output) {
        return s;
      }
    }
  }
  return NULL;
}

/* Whether words are bits. What a sender has marked stays as it is. */
static void
mark_channel(struct engine *e, const struct loopback *l, uint32_t k, bool is_on)
{
  const uint32_t to = l->config.to[k];
  if (!l->config.is_reflection || !sender_of(e, to)) {
    device_mark_raw(
      e->device, !l->config.is_reflection, to, is_on && patch_bit(l->raw, k));
  }
}

/* Move the first of the list at LINK to those that wait for the audio thread.
 */
static void
retire(struct engine *e, struct loopback **link)
{
  struct loopback *const l = *link;
  *link = l->next;
  for (uint32_t k = 0; l->is_active && k < l->config.channels; k++) {
    mark_channel(e, l, k, false);
  }
  l->close_at = e->serial + 1;
  l->next = e->closing_loopbacks;
  e->closing_loopbacks = l;
}

bool
loopbacks_reconcile(struct engine *e, const struct config *config)
{
  bool has_changed = false;
  struct loopback *kept = NULL;
  struct loopback **tail = &kept;
  for (unsigned i = 0; i < config->loopback_count; i++) {
    const struct loopback_config *const c = &config->loopbacks[i].config;
    struct loopback **link = &e->loopbacks;
    while (*link && memcmp(&(*link)->config, c, sizeof *c) != 0) {
      link = &(*link)->next;
    }
    struct loopback *l = *link;
    if (l) {
      *link = l->next;
    } else {
      l = calloc(1, sizeof *l);
      if (!l) {
        log_write(e->setup.log, VSC_LOG_ERROR, c->name, "no memory");
        continue;
      }
      l->config = *c;
    }
    l->next = NULL;
    *tail = l;
    tail = &l->next;
  }
  while (e->loopbacks) {
    has_changed = true;
    retire(e, &e->loopbacks);
  }
  e->loopbacks = kept;
  return has_changed;
}

void
loopbacks_retire(struct engine *e)
{
  while (e->loopbacks) {
    retire(e, &e->loopbacks);
  }
}

void
loopbacks_collect(struct engine *e)
{
  struct loopback **link = &e->closing_loopbacks;
  while (*link) {
    struct loopback *const l = *link;
    const bool has_passed =
      e->serial >= l->close_at &&
      (!e->is_running || audio_has_seen(&e->audio, l->close_at));
    if (has_passed || !e->graph) {
      *link = l->next;
      free(l);
    } else {
      link = &l->next;
    }
  }
}

/* --- which can be */

static bool
has_raw(const struct engine *e, bool is_input, uint32_t channel)
{
  const struct region_rx *const rx = e->region->rx;
  return is_input ? rx->input_is_raw[channel] : rx->output_is_raw[channel];
}

/* Why L cannot be; empty when it can. Inputs are its own by configuration; an
   output may have an application, or a sender that takes the other kind of
   words. */
static void
object(const struct engine *e,
       const struct loopback *l,
       char *why,
       size_t bytes)
{
  why[0] = '\0';
  for (uint32_t k = 0; l->config.is_reflection && k < l->config.channels; k++) {
    const uint32_t to = l->config.to[k];
    struct device_client c;
    unsigned cursor = 0;
    while (device_next_client(e->device, &cursor, &c)) {
      if (plays(&c, to)) {
        snprintf(why,
                 bytes,
                 "output %" PRIu32 " belongs to \"%s\" (pid %" PRIu32
                 ") until that ends",
                 to + 1,
                 c.app,
                 c.pid);
        return;
      }
    }
    const struct stream *const sender = sender_of(e, to);
    if (sender && has_raw(e, false, to) != patch_bit(l->raw, k)) {
      snprintf(
        why,
        bytes,
        "input %u carries %s, and \"%.40s\" sends %s from output %" PRIu32,
        l->config.from[k] + 1u,
        patch_bit(l->raw, k) ? "bits" : "audio",
        sender->name,
        patch_bit(l->raw, k) ? "audio" : "bits",
        to + 1);
      return;
    }
  }
}

/* The words of a loopback are what those of its source are. */
static bool
take_marks(const struct engine *e, struct loopback *l)
{
  uint64_t raw[2] = { 0 };
  for (uint32_t k = 0; k < l->config.channels; k++) {
    if (has_raw(e, l->config.is_reflection, l->config.from[k])) {
      raw[k / 64] |= UINT64_C(1) << k % 64;
    }
  }
  const bool has_changed = memcmp(raw, l->raw, sizeof raw) != 0;
  memcpy(l->raw, raw, sizeof raw);
  return has_changed;
}

bool
loopbacks_arrange(struct engine *e)
{
  bool has_changed = false;
  for (struct loopback *l = e->loopbacks; l; l = l->next) {
    char why[sizeof l->reason];
    has_changed |= take_marks(e, l) && l->is_active;
    object(e, l, why, sizeof why);
    if (why[0] && strcmp(why, l->reason) != 0) {
      log_write(e->setup.log, VSC_LOG_ERROR, l->config.name, "%s", why);
    }
    memcpy(l->reason, why, sizeof why);
    has_changed |= l->is_active != (why[0] == '\0');
    l->is_active = why[0] == '\0';
    for (uint32_t k = 0; l->is_active && k < l->config.channels; k++) {
      mark_channel(e, l, k, true);
      if (l->config.is_reflection) {
        device_reserve_output(e->device, l->config.to[k]);
      }
    }
  }
  loopbacks_watch(e);
  return has_changed;
}

bool
loopbacks_build(struct engine *e, struct graph *g)
{
  uint32_t count = 0;
  for (const struct loopback *l = e->loopbacks; l; l = l->next) {
    count += l->is_active;
  }
  g->patches = arena_alloc(&g->arena, (count + 1) * sizeof *g->patches);
  if (!g->patches) {
    return false;
  }
  const float fall = patch_fall(g->wake_frames, e->region->geometry.rate);
  for (struct loopback *l = e->loopbacks; l; l = l->next) {
    if (!l->is_active) {
      continue;
    }
    struct patch *const p = &g->patches[g->patch_count++];
    *p = (struct patch){
      .state = &l->state,
      .device = l->config.is_reflection ? NULL : e->device,
      .mix = l->config.is_reflection || e->audio.mix->count == 0 ? NULL
                                                                 : e->audio.mix,
      .source = l->config.is_reflection ? &e->audio.in : &e->audio.out,
      .target = l->config.is_reflection ? &e->audio.out : &e->audio.in,
      .delay = l->config.delay,
      .channels = l->config.channels,
      .fall = fall,
    };
    memcpy(p->raw, l->raw, sizeof p->raw);
    memcpy(p->from, l->config.from, sizeof p->from);
    memcpy(p->to, l->config.to, sizeof p->to);
  }
  return true;
}

/* --- applications */

void
loopbacks_admit(void *arg,
                const struct device_client *client,
                char *reason,
                size_t bytes)
{
  struct engine *const e = arg;
  for (struct loopback *l = e->loopbacks; l; l = l->next) {
    for (uint32_t k = 0; l->config.is_reflection && k < l->config.channels;
         k++) {
      if (plays(client, l->config.to[k])) {
        snprintf(reason,
                 bytes,
                 "output channel %u is fed by [loopback %.40s]",
                 l->config.to[k] + 1u,
                 l->config.name);
        return;
      }
    }
  }
  /* Left out from its first frame: its lane is silent until then. */
  for (struct loopback *l = e->loopbacks; client->lane && l; l = l->next) {
    const uint32_t bit = 1u << (client->lane - 1);
    if (config_excludes(&l->config, client->app)) {
      atomic_fetch_or_explicit(&l->state.left_out, bit, memory_order_relaxed);
    } else {
      atomic_fetch_and_explicit(&l->state.left_out, ~bit, memory_order_relaxed);
    }
  }
  for (struct loopback *l = e->loopbacks; !client->lane && l; l = l->next) {
    for (uint32_t k = 0; k < l->config.channels; k++) {
      if (plays(client, l->config.from[k]) &&
          config_excludes(&l->config, client->app)) {
        atomic_fetch_or_explicit(
          &l->state.muted[k / 64], UINT64_C(1) << k % 64, memory_order_relaxed);
      }
    }
  }
}

/* Channel K's applications have come and gone. One that is left out may have
   written half a ring ahead: that stays out, but for what another writes. */
static bool
is_muted(const struct engine *e,
         struct loopback *l,
         uint32_t k,
         bool has_excluded,
         bool has_other)
{
  const vsc_ns now = e->setup.os->now(e->setup.os);
  const struct region_geometry *const g = &e->region->geometry;
  vsc_ns *const until = &l->muted_until[k];
  const uint64_t muted =
    atomic_load_explicit(&l->state.muted[k / 64], memory_order_relaxed);
  if (has_excluded || has_other) {
    *until = 0;
  } else if (muted >> k % 64 & 1 && *until == 0) {
    *until = now + vsc_tai_of((vsc_pos)(g->ring / 2), g->rate);
  }
  return has_excluded || now < *until;
}

/* The lanes of L that are not heard: those of the excluded that are there, and
   of those that are gone, until the last of them has been heard elsewhere. */
static uint32_t
lanes_left_out(const struct engine *e, const struct loopback *l)
{
  const uint32_t before =
    atomic_load_explicit(&l->state.left_out, memory_order_relaxed);
  uint32_t lanes = 0;
  for (uint32_t i = 0; i < e->audio.mix->count; i++) {
    if (before >> i & 1u && mix_is_heard(e->audio.mix, i + 1)) {
      lanes |= 1u << i;
    }
  }
  struct device_client c;
  unsigned cursor = 0;
  while (device_next_client(e->device, &cursor, &c)) {
    if (c.lane && config_excludes(&l->config, c.app)) {
      lanes |= 1u << (c.lane - 1);
    }
  }
  return lanes;
}

static void
warn(struct engine *e, struct loopback *l, const char *warning)
{
  if (warning[0] && strcmp(warning, l->warning) != 0) {
    log_write(e->setup.log, VSC_LOG_WARN, l->config.name, "%s", warning);
  }
  snprintf(l->warning, sizeof l->warning, "%s", warning);
}

static void
watch(struct engine *e, struct loopback *l)
{
  bool has_excluded[VSC_CHANNELS_MAX] = { false };
  bool has_other[VSC_CHANNELS_MAX] = { false };
  char warning[sizeof l->warning] = "";
  struct device_client c;
  unsigned cursor = 0;
  while (device_next_client(e->device, &cursor, &c)) {
    const bool is_excluded = config_excludes(&l->config, c.app);
    for (uint32_t k = 0; k < l->config.channels; k++) {
      if (!plays(&c, l->config.from[k])) {
        continue;
      }
      (is_excluded ? has_excluded : has_other)[k] = true;
      if (!is_excluded && hears(&c, l->config.to[k]) && !warning[0]) {
        snprintf(warning,
                 sizeof warning,
                 "\"%s\" (pid %" PRIu32 ") hears on input %u what it plays on "
                 "output %u: beware of feedback, or set exclude = %s",
                 c.app,
                 c.pid,
                 l->config.to[k] + 1u,
                 l->config.from[k] + 1u,
                 c.app);
      }
    }
  }
  atomic_store_explicit(
    &l->state.left_out, lanes_left_out(e, l), memory_order_relaxed);
  uint64_t muted[2] = { 0 };
  /* Where writers have lanes, they are left out one by one. */
  for (uint32_t k = 0; !e->audio.mix->count && k < l->config.channels; k++) {
    if (is_muted(e, l, k, has_excluded[k], has_other[k])) {
      muted[k / 64] |= UINT64_C(1) << k % 64;
    }
  }
  for (unsigned i = 0; i < 2; i++) {
    atomic_store_explicit(&l->state.muted[i], muted[i], memory_order_relaxed);
  }
  warn(e, l, warning);
}

void
loopbacks_watch(struct engine *e)
{
  for (struct loopback *l = e->loopbacks; l; l = l->next) {
    if (!l->config.is_reflection) {
      watch(e, l);
    }
  }
}

/* --- what is told */

void
loopbacks_second(struct engine *e)
{
  for (struct loopback *l = e->loopbacks; l; l = l->next) {
    l->is_losing = counter_since(&l->state.late_frames, &l->late_seen) > 0;
  }
}

enum stream_state
loopback_state(const struct engine *e, const struct loopback *l)
{
  return !l->is_active    ? STREAM_REFUSED
         : !e->is_running ? STREAM_WAITING
         : l->is_losing   ? STREAM_DEGRADED
                          : STREAM_PLAYING;
}

const char *
loopback_reason(const struct engine *e, const struct loopback *l)
{
  switch (loopback_state(e, l)) {
    case STREAM_WAITING:
      return l->config.is_reflection
               ? "no application uses the device, and no stream has when = "
                 "always"
               : "no application uses the device";
    case STREAM_PLAYING:
    case STREAM_SILENT:
    case STREAM_CONFLICT:
      return "";
    case STREAM_DEGRADED:
      return "frames were late within the last second";
    case STREAM_REFUSED:
      return l->reason;
  }
  return "";
}
