/* sessions.c - what discovery modules find, by id; bounded.
   SPDX-License-Identifier: MIT */
#include "engine.h"

#include "log.h"

#include <stdlib.h>
#include <string.h>

#define SESSIONS_MAX 1024

static struct session **
place_of(struct engine *e, const char *id)
{
  struct session **s = &e->sessions;
  while (*s && strcmp((*s)->stream.id, id) != 0) {
    s = &(*s)->next;
  }
  return s;
}

/* A receiver that waits for this session, or follows it to where it is now. */
static void
tell_streams(struct engine *e, const char *name)
{
  bool is_awaited = false;
  for (struct stream *s = e->streams; s; s = s->next) {
    if (strcmp(s->config.session, name) == 0) {
      s->retry_at = 0;
      s->has_moved = s->is_open;
      is_awaited = true;
    }
  }
  if (is_awaited) {
    streams_arrange(e);
  }
}

static void
found(void *arg, const vsc_stream *stream)
{
  struct engine *const e = arg;
  vsc_stream news = { 0 };
  memcpy(
    &news, stream, stream->size < sizeof news ? stream->size : sizeof news);
  news.id[sizeof news.id - 1] = '\0';
  news.name[sizeof news.name - 1] = '\0';
  news.format.encoding[sizeof news.format.encoding - 1] = '\0';
  struct session **const place = place_of(e, news.id);
  if (!*place) {
    unsigned count = 0;
    for (struct session *s = e->sessions; s; s = s->next) {
      count++;
    }
    *place = count < SESSIONS_MAX ? calloc(1, sizeof **place) : NULL;
    if (!*place) {
      return;
    }
  }
  if (memcmp(&(*place)->stream, &news, sizeof news) == 0) {
    return;
  }
  (*place)->stream = news;
  tell_streams(e, news.name);
}

static void
lost(void *arg, const char *id)
{
  struct engine *const e = arg;
  struct session **const place = place_of(e, id);
  struct session *const s = *place;
  if (s) {
    *place = s->next;
    free(s);
  }
}

const struct session *
sessions_find(const struct engine *e, const char *name)
{
  for (const struct session *s = e->sessions; s; s = s->next) {
    if (strcmp(s->stream.name, name) == 0) {
      return s;
    }
  }
  return NULL;
}

void
sessions_start(struct engine *e)
{
  e->sink = (vsc_discovery_sink){
    .size = sizeof e->sink, .arg = e, .found = found, .lost = lost
  };
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
    if (ops->start(e->discoveries[i]->self, &e->sink) < 0) {
      instance_destroy(e->discoveries[i]);
      e->discoveries[i] = NULL;
    }
  }
}

void
sessions_stop(struct engine *e)
{
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
