/* sessions.c - what discovery modules find, by id; bounded.
   SPDX-License-Identifier: MIT */
#include "engine.h"

#include "log.h"
#include "modules/shared/rtsp_url.h"

#include <stdlib.h>
#include <string.h>

#define SESSIONS_MAX 1024

/* What FINDER has found by ID; the end of the list when it has not. */
static struct session **
place_of(struct engine *e, const char *id, unsigned finder)
{
  struct session **s = &e->sessions;
  while (*s && ((*s)->finder != finder || strcmp((*s)->stream.id, id) != 0)) {
    s = &(*s)->next;
  }
  return s;
}

/* The first that is called so: those of others behind it are its shadows. */
static struct session *
by_id(const struct engine *e, const char *id)
{
  struct session *s = e->sessions;
  while (s && strcmp(s->stream.id, id) != 0) {
    s = s->next;
  }
  return s;
}

/* A receiver that waits for this session, or follows it to where it is now. */
static void
tell_streams(struct engine *e, const struct session *news)
{
  bool is_awaited = false;
  for (struct stream *s = e->streams; s; s = s->next) {
    if (s->config.session[0] && sessions_find(e, s->config.session) == news) {
      s->retry_at = s->follow_at;
      s->has_moved = s->is_open;
      is_awaited = true;
    }
  }
  if (is_awaited) {
    streams_arrange(e);
  }
}

/* Do A and B differ in what a receiver is opened with? */
static bool
has_moved(const vsc_stream *a, const vsc_stream *b)
{
  return a->address != b->address || a->port != b->port ||
         a->source != b->source || a->payload_type != b->payload_type ||
         a->rtp_offset != b->rtp_offset ||
         a->has_rtp_offset != b->has_rtp_offset ||
         a->packet_time != b->packet_time ||
         a->copy_address != b->copy_address || a->copy_port != b->copy_port ||
         a->copy_source != b->copy_source ||
         memcmp(&a->format, &b->format, sizeof a->format) != 0;
}

/* Never more than SESSIONS_MAX; an id belongs to who found it first, and when
   that has lost it, to who has found it, too, as that describes it. */
static void
found(void *arg, const vsc_stream *stream)
{
  const struct finder *const f = arg;
  struct engine *const e = f->engine;
  vsc_stream news = { 0 };
  memcpy(
    &news, stream, stream->size < sizeof news ? stream->size : sizeof news);
  news.size = sizeof news;
  news.id[sizeof news.id - 1] = '\0';
  news.name[sizeof news.name - 1] = '\0';
  news.format.encoding[sizeof news.format.encoding - 1] = '\0';
  struct session **const place = place_of(e, news.id, f->index);
  bool is_new = false;
  if (!*place) {
    unsigned count = 0;
    for (struct session *s = e->sessions; s; s = s->next) {
      count++;
    }
    *place = count < SESSIONS_MAX ? calloc(1, sizeof **place) : NULL;
    if (!*place) {
      return;
    }
    (*place)->finder = f->index;
    (*place)->is_shadow = by_id(e, news.id) != NULL;
    is_new = true;
  }
  struct session *const s = *place;
  if (memcmp(&s->stream, &news, sizeof news) == 0) {
    return;
  }
  const bool matters = is_new || has_moved(&s->stream, &news) ||
                       strcmp(s->stream.name, news.name) != 0;
  s->stream = news;
  s->found_at = e->setup.os->now(e->setup.os);
  if (matters && !s->is_shadow) {
    tell_streams(e, s);
  }
}

static void
lost(void *arg, const char *id)
{
  const struct finder *const f = arg;
  struct engine *const e = f->engine;
  struct session **const place = place_of(e, id, f->index);
  struct session *const s = *place;
  if (!s) {
    return;
  }
  *place = s->next;
  struct session *const heir = s->is_shadow ? NULL : by_id(e, id);
  if (heir) {
    heir->is_shadow = false;
    if (has_moved(&s->stream, &heir->stream)) {
      tell_streams(e, heir);
    }
  }
  free(s);
}

/* A URL is an id and nothing else: anybody may call his session by one. */
const struct session *
sessions_find(const struct engine *e, const char *name)
{
  const bool is_url = rtsp_url_is(name);
  for (const struct session *s = e->sessions; s; s = s->next) {
    if ((!is_url && strcmp(s->stream.name, name) == 0) ||
        strcmp(s->stream.id, name) == 0) {
      return s;
    }
  }
  return NULL;
}

static const vsc_discovery_ops *
ops_of(const struct engine *e, unsigned finder)
{
  return e->discoveries[finder] ? e->discoveries[finder]->module->ops : NULL;
}

static bool
can_follow(const vsc_discovery_ops *ops)
{
  return ops && VSC_HAS(ops, vsc_discovery_ops, trouble) && ops->follow &&
         ops->trouble;
}

void
sessions_follow(struct engine *e)
{
  uint32_t count = 0;
  for (const struct stream *s = e->streams; s; s = s->next) {
    count += rtsp_url_is(s->config.session);
  }
  const char **const urls = calloc(count + 1u, sizeof *urls);
  if (!urls) {
    return;
  }
  count = 0;
  for (const struct stream *s = e->streams; s; s = s->next) {
    if (rtsp_url_is(s->config.session)) {
      urls[count++] = s->config.session;
    }
  }
  for (unsigned i = 0; i < CONFIG_DISCOVERIES; i++) {
    const vsc_discovery_ops *const ops = ops_of(e, i);
    if (can_follow(ops)) {
      ops->follow(e->discoveries[i]->self, urls, count);
    }
  }
  free(urls);
}

const char *
sessions_trouble(const struct engine *e, const char *url)
{
  if (!rtsp_url_is(url) || sessions_find(e, url)) {
    return "";
  }
  const char *said = "no discovery module takes URLs: add [discovery mdns] "
                     "with module = discovery-mdns";
  for (unsigned i = 0; i < CONFIG_DISCOVERIES; i++) {
    const vsc_discovery_ops *const ops = ops_of(e, i);
    if (can_follow(ops)) {
      said = ops->trouble(e->discoveries[i]->self, url);
      if (said) {
        return said;
      }
      said = "too many others are asked for";
    }
  }
  return said;
}

void
sessions_start(struct engine *e)
{
  publish_start(e);
  for (unsigned i = 0; i < e->config->discovery_count; i++) {
    char why[400];
    if (instance_create(&e->services,
                        e->config->discoveries[i].module,
                        VSC_KIND_DISCOVERY,
                        e->config->discoveries[i].name,
                        e->config->profile,
                        e->config->discoveries[i].section,
                        &e->discoveries[i],
                        why,
                        sizeof why) < 0) {
      log_write(
        e->setup.log, VSC_LOG_ERROR, e->config->discoveries[i].name, "%s", why);
      continue;
    }
    const vsc_discovery_ops *const ops = e->discoveries[i]->module->ops;
    struct finder *const f = &e->finders[i];
    *f = (struct finder){
      .engine = e,
      .index = i,
      .sink = { .size = sizeof f->sink, .arg = f, .found = found, .lost = lost }
    };
    if (ops->start(e->discoveries[i]->self, &f->sink) < 0) {
      instance_destroy(e->discoveries[i]);
      e->discoveries[i] = NULL;
    }
  }
}

void
sessions_stop(struct engine *e)
{
  publish_end(e);
  for (unsigned i = 0; i < CONFIG_DISCOVERIES; i++) {
    if (e->discoveries[i]) {
      const vsc_discovery_ops *const ops = e->discoveries[i]->module->ops;
      ops->stop(e->discoveries[i]->self);
      instance_destroy(e->discoveries[i]);
      e->discoveries[i] = NULL;
    }
  }
  while (e->sessions) {
    struct session *const s = e->sessions;
    e->sessions = s->next;
    free(s);
  }
}
