/* rtsp_client.c - which sessions are wanted, and what their hosts say of them.
   SPDX-License-Identifier: MIT */
#include "rtsp_client.h"

#include "rtsp_host.h"

#include <stdio.h>
#include <string.h>

void
rtsp_client_init(struct rtsp_client *c, const vsc_host *host)
{
  c->host = host;
  c->answers = host->counter(host, "rtsp_answers");
  c->malformed = host->counter(host, "malformed");
  for (unsigned i = 0; i < RTSP_HOSTS; i++) {
    rtsp_host_init(&c->hosts[i], c);
  }
}

void
rtsp_client_start(struct rtsp_client *c, const vsc_discovery_sink *sink)
{
  c->sink = *sink;
}

void
rtsp_client_stop(struct rtsp_client *c)
{
  for (unsigned i = 0; i < RTSP_HOSTS; i++) {
    rtsp_host_leave(&c->hosts[i]);
  }
  memset(c->rows, 0, sizeof c->rows);
}

static void
find_host(struct rtsp_client *c, struct rtsp_wanted *w)
{
  w->host = rtsp_host_for(c, &w->url, w->is_followed);
  snprintf(w->trouble,
           sizeof w->trouble,
           w->host ? "its host is being asked"
                   : "there are too many other hosts");
}

void
rtsp_client_tick(struct rtsp_client *c)
{
  for (unsigned i = 0; i < RTSP_WANTED; i++) {
    struct rtsp_wanted *const w = &c->rows[i];
    if (w->name[0] && w->url.path > 0 && !w->host) {
      find_host(c, w);
    }
  }
  for (unsigned i = 0; i < RTSP_HOSTS; i++) {
    if (c->hosts[i].ip) {
      rtsp_host_tick(&c->hosts[i]);
    }
  }
}

bool
rtsp_client_is_busy(const struct rtsp_client *c)
{
  bool is_busy = false;
  for (unsigned i = 0; i < RTSP_HOSTS; i++) {
    is_busy |= c->hosts[i].ip && rtsp_host_is_busy(&c->hosts[i]);
  }
  return is_busy;
}

static struct rtsp_wanted *
row_of(struct rtsp_client *c, const char *name, bool is_followed)
{
  for (unsigned i = 0; i < RTSP_WANTED; i++) {
    struct rtsp_wanted *const w = &c->rows[i];
    if (strcmp(w->name, name) == 0 &&
        (!*name || w->is_followed == is_followed)) {
      return w;
    }
  }
  return NULL;
}

/* Is ID another row's, too? Two names in DNS-SD may lead to one session. */
static const struct rtsp_wanted *
other_with(const struct rtsp_client *c,
           const struct rtsp_wanted *but,
           const char *id)
{
  for (unsigned i = 0; i < RTSP_WANTED; i++) {
    const struct rtsp_wanted *const w = &c->rows[i];
    for (uint32_t k = 0; w != but && w->name[0] && k < w->count; k++) {
      if (strcmp(w->ids[k], id) == 0) {
        return w;
      }
    }
  }
  return NULL;
}

/* All but the first KEEP streams of W. */
static void
lose(struct rtsp_client *c, struct rtsp_wanted *w, uint32_t keep)
{
  for (uint32_t i = keep; i < w->count; i++) {
    c->sink.lost(c->sink.arg, w->ids[i]);
  }
  w->count = keep < w->count ? keep : w->count;
}

void
rtsp_wanted_gone(struct rtsp_client *c, struct rtsp_wanted *w, const char *why)
{
  lose(c, w, 0);
  snprintf(w->trouble, sizeof w->trouble, "%s", why);
}

/* The id of the stream number I of W; false: it is to be passed over. */
static bool
name_stream(const struct rtsp_client *c,
            const struct rtsp_wanted *w,
            uint32_t i,
            vsc_stream *out)
{
  if (w->is_followed) {
    const int n = snprintf(
      out->id, sizeof out->id, i ? "%s #%u" : "%s", w->url.text, i + 1);
    return n > 0 && (size_t)n < sizeof out->id;
  }
  return !other_with(c, w, out->id);
}

bool
rtsp_wanted_take(struct rtsp_client *c,
                 struct rtsp_wanted *w,
                 struct slice body)
{
  struct sdp_result *const r = &c->result;
  if (sdp_parse(body.at, slice_length(body), r) < 0) {
    char why[sizeof w->trouble];
    c->host->count(c->malformed, 1);
    snprintf(why,
             sizeof why,
             "its description cannot be used: line %u: %s",
             (unsigned)r->line,
             r->reason);
    rtsp_wanted_gone(c, w, why);
    return false;
  }
  memcpy(w->origin, r->streams[0].id, sizeof w->origin);
  uint32_t kept = 0;
  for (uint32_t i = 0; i < r->count && kept < RTSP_LEGS; i++) {
    vsc_stream *const s = &r->streams[i];
    /* Copies of a stream are no streams of their own. */
    if (r->more[i].leg > 0 || !name_stream(c, w, i, s)) {
      continue;
    }
    if (kept < w->count && strcmp(w->ids[kept], s->id) != 0) {
      lose(c, w, kept);
    }
    memcpy(w->ids[kept++], s->id, sizeof s->id);
    w->count = kept > w->count ? kept : w->count;
    c->sink.found(c->sink.arg, s);
  }
  lose(c, w, kept);
  w->trouble[0] = '\0';
  return true;
}

static void
forget(struct rtsp_client *c, struct rtsp_wanted *w)
{
  struct rtsp_host *const h = w->host;
  lose(c, w, 0);
  memset(w, 0, sizeof *w);
  if (h) {
    rtsp_host_release(h, w);
  }
}

/* Those that somebody has asked for are not crowded out by those that are just
   there. */
static struct rtsp_wanted *
free_row(struct rtsp_client *c, const char *name, bool is_followed)
{
  unsigned rows = 0;
  for (unsigned i = 0; i < RTSP_WANTED; i++) {
    rows += !c->rows[i].name[0];
  }
  if (rows > (is_followed ? 0 : RTSP_WANTED_FOLLOWED) &&
      strlen(name) < sizeof c->rows[0].name) {
    return row_of(c, "", false);
  }
  if (!c->has_warned) {
    c->has_warned = true;
    c->host->log(c->host,
                 VSC_LOG_WARN,
                 "too many sessions: \"%.100s\" and others are ignored",
                 name);
  }
  return NULL;
}

static void
want(struct rtsp_client *c, const char *name, const char *url, bool is_followed)
{
  struct rtsp_wanted *const w = free_row(c, name, is_followed);
  const char *why = "";
  if (!w) {
    return;
  }
  snprintf(w->name, sizeof w->name, "%s", name);
  w->is_followed = is_followed;
  w->is_kept = true;
  if (rtsp_url_read(url, &w->url, &why) < 0) {
    snprintf(w->trouble, sizeof w->trouble, "the address %s", why);
    return;
  }
  find_host(c, w);
  if (w->host) {
    rtsp_host_tick(w->host);
    c->host->request_main(c->host);
  }
}

void
rtsp_client_add(struct rtsp_client *c, const char *name, const char *url)
{
  struct rtsp_wanted *const old = *name ? row_of(c, name, false) : NULL;
  if (old && strcmp(old->url.text, url) == 0) {
    return;
  }
  if (old) {
    forget(c, old);
  }
  if (*name) {
    want(c, name, url, false);
  }
}

void
rtsp_client_drop(struct rtsp_client *c, const char *name)
{
  struct rtsp_wanted *const w = *name ? row_of(c, name, false) : NULL;
  if (w) {
    forget(c, w);
  }
}

void
rtsp_client_follow(struct rtsp_client *c,
                   const char *const *urls,
                   uint32_t count)
{
  for (unsigned i = 0; i < RTSP_WANTED; i++) {
    c->rows[i].is_kept = !c->rows[i].is_followed;
  }
  for (uint32_t i = 0; i < count; i++) {
    struct rtsp_wanted *const w = row_of(c, urls[i], true);
    if (w) {
      w->is_kept = true;
    }
  }
  for (unsigned i = 0; i < RTSP_WANTED; i++) {
    if (!c->rows[i].is_kept) {
      forget(c, &c->rows[i]);
    }
  }
  for (uint32_t i = 0; i < count; i++) {
    if (!row_of(c, urls[i], true)) {
      want(c, urls[i], urls[i], true);
    }
  }
}

const char *
rtsp_client_trouble(const struct rtsp_client *c, const char *url)
{
  for (unsigned i = 0; i < RTSP_WANTED; i++) {
    const struct rtsp_wanted *const w = &c->rows[i];
    if (w->is_followed && strcmp(w->name, url) == 0) {
      return w->trouble;
    }
  }
  return NULL;
}
