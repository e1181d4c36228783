/* rtsp_host.c - the client's side of a connection.
   SPDX-License-Identifier: MIT */
#include "rtsp_host.h"

#include "modules/shared/address.h"

#include <stdio.h>
#include <string.h>

#define SECOND (vsc_ns)1000000000
#define ANSWER_TIME (10 * SECOND)
/* Asking again keeps the connection, and hears of changes that nobody told:
   every server knows DESCRIBE, not every one GET_PARAMETER. */
#define AGAIN (30 * SECOND)
#define AGAIN_HTTP (60 * SECOND)
#define AGAIN_MISSING (5 * SECOND)
#define BACKOFF_MAX (30 * SECOND)
/* What is said of hosts that fail, at most: names in DNS-SD may lead to one
   after the other. */
#define WORDS 8
#define WORDS_TIME (10 * SECOND)
/* Between two changes that are announced and followed at once. */
#define CHANGE_TIME (SECOND / 4)

static vsc_ns
now_of(const struct rtsp_host *h)
{
  return h->client->host->now(h->client->host);
}

static struct rtsp_wanted *
next_row(const struct rtsp_host *h, struct rtsp_wanted *after)
{
  struct rtsp_wanted *const end = h->client->rows + RTSP_WANTED;
  struct rtsp_wanted *w = after ? after + 1 : h->client->rows;
  while (w < end && w->host != h) {
    w++;
  }
  return w < end ? w : NULL;
}

/* The one that has waited longest of those that are due THEN, or NULL. */
static struct rtsp_wanted *
due_row(const struct rtsp_host *h, vsc_ns then)
{
  struct rtsp_wanted *due = NULL;
  for (struct rtsp_wanted *w = next_row(h, NULL); w; w = next_row(h, w)) {
    if (w->due <= then && (!due || w->due < due->due)) {
      due = w;
    }
  }
  return due;
}

static void
disconnect(struct rtsp_host *h)
{
  rtsp_link_close(&h->link);
  h->is_open = false;
  h->asked = NULL;
}

static void
complain(struct rtsp_host *h, const char *text, vsc_ns now)
{
  struct rtsp_client *const c = h->client;
  if (now - c->said_at >= WORDS_TIME) {
    c->said_at = now;
    c->said = 0;
  }
  if (!h->has_warned && c->said < WORDS) {
    c->said++;
    h->has_warned = true;
    c->host->log(c->host, VSC_LOG_WARN, "%s; it is tried again", text);
  }
}

/* What is known of its sessions stays: their audio may well go on. */
static void
fail(struct rtsp_host *h, const char *why)
{
  char text[128];
  const vsc_ns now = now_of(h);
  if (h->is_open && now - h->opened_at >= AGAIN) {
    h->has_warned = false; /* it was of use: sooner again, and worth a word */
    h->backoff = SECOND;
  }
  snprintf(
    text, sizeof text, IP_FORMAT ":%u: %s", IP_BYTES(h->ip), h->port, why);
  complain(h, text, now);
  h->retry_at = now + h->backoff;
  h->backoff = h->backoff < BACKOFF_MAX / 2 ? 2 * h->backoff : BACKOFF_MAX;
  disconnect(h);
  h->client->host->request_main(h->client->host);
  for (struct rtsp_wanted *w = next_row(h, NULL); w; w = next_row(h, w)) {
    w->due = 0;
    if (w->count == 0) {
      snprintf(w->trouble, sizeof w->trouble, "%s; it is tried again", text);
    }
  }
}

/* The whole URL to an RTSP server; a path and a Host to a web server. */
static void
ask(struct rtsp_host *h, struct rtsp_wanted *w)
{
  const char *const path = w->url.text + w->url.path;
  char headers[96] = "Accept: application/sdp\r\n";
  if (h->is_http) {
    snprintf(headers,
             sizeof headers,
             "Host: " IP_FORMAT ":%u\r\nAccept: application/sdp\r\n",
             IP_BYTES(h->ip),
             h->port);
  }
  const struct rtsp_words words = {
    .method = h->is_http ? "GET" : "DESCRIBE",
    .uri = h->is_http ? (*path ? path : "/") : w->url.text,
    .is_http = h->is_http,
    .has_cseq = !h->is_http,
    .cseq = ++h->cseq,
    .headers = headers,
  };
  h->asked = w;
  h->deadline = now_of(h) + ANSWER_TIME;
  if (!rtsp_link_write(&h->link, &words)) {
    fail(h, "does not take what is sent");
  }
}

static void
ask_next(struct rtsp_host *h)
{
  struct rtsp_wanted *const due =
    h->is_open && !h->asked ? due_row(h, now_of(h)) : NULL;
  if (due) {
    ask(h, due);
  }
}

static void
on_opened(void *arg)
{
  struct rtsp_host *const h = arg;
  h->is_open = true;
  h->opened_at = now_of(h);
  ask_next(h);
}

static void
on_answer(struct rtsp_host *h, const struct rtsp_message *m)
{
  struct rtsp_wanted *const w = h->asked;
  if (!w || (m->has_cseq && m->cseq != h->cseq)) {
    return; /* late, or to nothing */
  }
  h->asked = NULL;
  w->due = now_of(h) + (h->is_http ? AGAIN_HTTP : AGAIN);
  h->client->host->count(h->client->answers, 1);
  if (m->status == 200) {
    rtsp_wanted_take(h->client, w, m->body);
  } else {
    char why[96];
    snprintf(why,
             sizeof why,
             m->status == 404 ? "its host knows no such session (404)"
                              : "its host answers with %u",
             m->status);
    rtsp_wanted_gone(h->client, w, why);
    w->due = now_of(h) + AGAIN_MISSING;
  }
  h->has_warned &= !h->is_http;
  if (m->is_last || h->is_http) {
    disconnect(h);
  }
}

/* Whose description is it? By its o= line, for the URI may say nothing. */
static struct rtsp_wanted *
row_meant(struct rtsp_host *h, const struct rtsp_message *m)
{
  struct sdp_result *const r = &h->client->result;
  const struct slice part = rtsp_last_part(m->uri);
  if (sdp_parse(m->body.at, slice_length(m->body), r) < 0) {
    return NULL;
  }
  struct rtsp_wanted *meant = NULL;
  for (struct rtsp_wanted *w = next_row(h, NULL); w; w = next_row(h, w)) {
    const char *const path = w->url.text + w->url.path;
    const struct slice mine =
      rtsp_last_part((struct slice){ path, path + strlen(path) });
    if (strcmp(w->origin, r->streams[0].id) == 0) {
      return w;
    }
    if (slice_length(part) > 0 && slice_length(part) == slice_length(mine) &&
        memcmp(part.at, mine.at, slice_length(part)) == 0) {
      meant = w;
    }
  }
  return meant;
}

static void
ask_soon(const struct rtsp_host *h, struct rtsp_wanted *w)
{
  const vsc_ns soon = now_of(h) + SECOND;
  w->due = w->due < soon ? w->due : soon;
  h->client->host->request_main(h->client->host);
}

/* One that nobody can place is a reason to ask for all; one that comes right
   behind another, to ask what is true in the end. */
static void
on_announce(struct rtsp_host *h, const struct rtsp_message *m)
{
  struct rtsp_wanted *const meant = row_meant(h, m);
  const vsc_ns now = now_of(h);
  if (meant && now - meant->told_at >= CHANGE_TIME) {
    meant->told_at = now;
    rtsp_wanted_take(h->client, meant, m->body);
    return;
  }
  for (struct rtsp_wanted *w = next_row(h, NULL); w; w = next_row(h, w)) {
    if (!meant || w == meant) {
      ask_soon(h, w);
    }
  }
}

static void
on_request(struct rtsp_host *h, const struct rtsp_message *m)
{
  const bool is_announce = slice_is(m->method, "ANNOUNCE");
  const bool is_known = is_announce || slice_is(m->method, "OPTIONS") ||
                        slice_is(m->method, "GET_PARAMETER");
  const struct rtsp_words words = { .status = is_known ? 200 : 501,
                                    .has_cseq = m->has_cseq,
                                    .cseq = m->cseq };
  if (is_announce) {
    on_announce(h, m);
  }
  if (!rtsp_link_write(&h->link, &words)) {
    fail(h, "does not take what is sent");
  }
}

static void
on_message(void *arg, const struct rtsp_message *m)
{
  struct rtsp_host *const h = arg;
  if (m->is_response) {
    on_answer(h, m);
  } else {
    on_request(h, m);
  }
  ask_next(h);
}

static void
on_ended(void *arg, const char *why)
{
  fail(arg, why);
}

static const struct rtsp_link_events host_events = { .opened = on_opened,
                                                     .message = on_message,
                                                     .ended = on_ended };

void
rtsp_host_init(struct rtsp_host *h, struct rtsp_client *c)
{
  h->client = c;
  h->link.host = c->host;
  h->link.events = &host_events;
  h->link.arg = h;
  rtsp_link_init(&h->link, h->bytes, sizeof h->bytes);
}

struct rtsp_host *
rtsp_host_for(struct rtsp_client *c, const struct rtsp_url *url, bool is_first)
{
  struct rtsp_host *place = NULL;
  unsigned places = 0;
  for (unsigned i = 0; i < RTSP_HOSTS; i++) {
    struct rtsp_host *const h = &c->hosts[i];
    if (h->ip == url->host && h->port == url->port &&
        h->is_http == url->is_http) {
      return h;
    }
    if (!h->ip) {
      place = h;
      places++;
    }
  }
  if (places <= (is_first ? 0 : RTSP_HOSTS_FOLLOWED)) {
    place = NULL;
  }
  if (place) {
    place->ip = url->host;
    place->port = url->port;
    place->is_http = url->is_http;
    place->has_warned = false;
    place->retry_at = 0;
    place->backoff = SECOND;
  }
  return place;
}

void
rtsp_host_tick(struct rtsp_host *h)
{
  const vsc_ns now = now_of(h);
  if (h->link.fd >= 0) {
    if ((!h->is_open || h->asked) && now > h->deadline) {
      fail(h, "does not answer");
    }
    ask_next(h);
    return;
  }
  if (now < h->retry_at || !due_row(h, now)) {
    return;
  }
  const char *why = "";
  h->deadline = now + ANSWER_TIME;
  if (rtsp_link_begin(&h->link, h->ip, h->port, &why) < 0) {
    fail(h, why);
  }
}

bool
rtsp_host_is_busy(const struct rtsp_host *h)
{
  const bool is_connecting = h->link.fd >= 0 && !h->is_open;
  return is_connecting || h->asked || due_row(h, now_of(h) + SECOND);
}

void
rtsp_host_release(struct rtsp_host *h, const struct rtsp_wanted *w)
{
  if (h->asked == w) {
    /* Its answer would be taken for the next one's. */
    disconnect(h);
  }
  if (!next_row(h, NULL)) {
    rtsp_host_leave(h);
  }
}

void
rtsp_host_leave(struct rtsp_host *h)
{
  disconnect(h);
  h->ip = 0;
}
