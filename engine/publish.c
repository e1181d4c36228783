/* publish.c - what others are told of our senders: described anew whenever
   something about them changes, announced through every discovery module that
   can.
   SPDX-License-Identifier: MIT */
#include "engine.h"

#include "modules/shared/address.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Seconds from NTP's epoch to that of TAI (RFC 4566, 5.2: a version may be a
   time stamp of NTP's; so it grows over restarts, too). */
#define NTP_SECONDS UINT64_C(2208988800)
#define SECOND 1000000000

/* FNV-1a. The same for a stream of this engine for ever, but for another
   machine's or engine's stream of the same name. Of 31 bits: some receivers
   take no more. */
static uint64_t
session_number(const struct engine *e, const char *name)
{
  uint64_t hash = UINT64_C(0xCBF29CE484222325) ^ e->setup.os->engine_id;
  for (const char *p = name; *p; p++) {
    hash = (hash ^ (uint8_t)*p) * UINT64_C(0x100000001B3);
  }
  return (hash ^ hash >> 33) & 0x7FFFFFFF;
}

/* PTP's grandmaster; where there is none, this machine's own clock, by the MAC
   address of its interface (RFC 7273, 4.4). */
static void
describe_clock(const struct engine *e, vsc_stream *out)
{
  static const uint8_t unknown[sizeof e->view.grandmaster];
  if (memcmp(e->view.grandmaster, unknown, sizeof unknown) != 0) {
    out->reference = VSC_REFERENCE_PTP;
    memcpy(out->clock_id, e->view.grandmaster, sizeof out->clock_id);
    out->clock_domain = e->view.domain;
    return;
  }
  memcpy(out->clock_id, e->own_clock, sizeof out->clock_id);
  out->reference = VSC_REFERENCE_LOCAL;
  out->clock_domain = 0;
}

/* Once: the system is asked for it, and every tick describes every sender. */
void
publish_start(struct engine *e)
{
  const vsc_net *const net = &e->setup.os->net;
  vsc_net_about about = { .size = sizeof about };
  if (net->about && net->about(net, &about) >= 0) {
    memcpy(e->own_clock, about.identity, 3);
    memcpy(e->own_clock + 3, about.identity + 5, 3);
  }
}

bool
publish_describe(const struct engine *e,
                 const struct stream *s,
                 vsc_stream *out)
{
  const struct stream_config *const c = s->is_open ? &s->resolved : &s->config;
  const char *const engine = e->config->engine.name;
  const vsc_ip own = e->setup.os->net.address(&e->setup.os->net);
  *out = c->desc;
  out->size = sizeof *out;
  if (!out->address || !own) {
    return false;
  }
  out->payload_type = out->payload_type == 255 ? 96 : out->payload_type;
  snprintf(
    out->name, sizeof out->name, "%s%s%s", engine, *engine ? " " : "", s->name);
  out->origin = own;
  out->session = session_number(e, s->name);
  snprintf(out->id,
           sizeof out->id,
           "- %llu IN IP4 " IP_FORMAT,
           (unsigned long long)out->session,
           IP_BYTES(own));
  if (s->config.is_send) {
    out->source = own;
    out->has_rtp_offset = 1;
    describe_clock(e, out);
  }
  return true;
}

static void
announce(struct engine *e, const vsc_stream *stream)
{
  for (unsigned i = 0; i < CONFIG_DISCOVERIES; i++) {
    const vsc_discovery_ops *const ops =
      e->discoveries[i] ? e->discoveries[i]->module->ops : NULL;
    if (ops && ops->announce) {
      ops->announce(e->discoveries[i]->self, stream);
    }
  }
}

static void
withdraw(struct engine *e, const char *id)
{
  for (unsigned i = 0; i < CONFIG_DISCOVERIES; i++) {
    const vsc_discovery_ops *const ops =
      e->discoveries[i] ? e->discoveries[i]->module->ops : NULL;
    if (ops && ops->withdraw) {
      ops->withdraw(e->discoveries[i]->self, id);
    }
  }
}

/* A new one is the last, so that they are told in the profile's order. */
static struct published *
row_of(struct engine *e, const char *name)
{
  struct published **p = &e->published;
  while (*p && strcmp((*p)->name, name) != 0) {
    p = &(*p)->next;
  }
  if (!*p && (*p = calloc(1, sizeof **p))) {
    snprintf((*p)->name, VSC_NAME_BYTES, "%s", name);
  }
  return *p;
}

/* Greater than before, and than before a restart. */
static uint64_t
next_version(const struct engine *e, uint64_t before)
{
  vsc_ns host = 0;
  int64_t tai = 0;
  int32_t offset = 0;
  e->setup.os->system_clock(e->setup.os, &host, &tai, &offset);
  const uint64_t now = (uint64_t)(tai / SECOND) + NTP_SECONDS;
  return now > before ? now : before + 1;
}

static void
look_at(struct engine *e, const struct stream *s)
{
  vsc_stream now;
  struct published *const p =
    publish_describe(e, s, &now) ? row_of(e, s->name) : NULL;
  if (!p) {
    return;
  }
  p->is_seen = true;
  now.version = p->stream.version;
  if (memcmp(&now, &p->stream, sizeof now) == 0) {
    return;
  }
  if (p->stream.id[0] && strcmp(p->stream.id, now.id) != 0) {
    withdraw(e, p->stream.id);
  }
  now.version = next_version(e, now.version);
  p->stream = now;
  announce(e, &p->stream);
}

void
publish_senders(struct engine *e)
{
  for (struct published *p = e->published; p; p = p->next) {
    p->is_seen = false;
  }
  for (const struct stream *s = e->streams; s; s = s->next) {
    if (s->config.is_send) {
      look_at(e, s);
    }
  }
  struct published **link = &e->published;
  while (*link) {
    struct published *const p = *link;
    if (p->is_seen) {
      link = &p->next;
      continue;
    }
    withdraw(e, p->stream.id);
    *link = p->next;
    free(p);
  }
}

/* The modules say themselves that all is over. */
void
publish_end(struct engine *e)
{
  while (e->published) {
    struct published *const p = e->published;
    e->published = p->next;
    free(p);
  }
}

const vsc_stream *
publish_find(const struct engine *e, const char *name)
{
  for (const struct published *p = e->published; p; p = p->next) {
    if (strcmp(p->name, name) == 0 || strcmp(p->stream.name, name) == 0) {
      return &p->stream;
    }
  }
  return NULL;
}
